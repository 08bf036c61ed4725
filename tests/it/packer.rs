//! The real daemon with a stream, and somebody who packs beside it.
//!
//! Step: tests. Its folder holds the daemon's, the operator's and a collector's files, so that each
//! test has a world of its own.

use std::time::Duration;

use harness::{CollectorSettings, Daemon, Operator, Request, Settings};
use libtest_mimic::Failed;
use tempfile::TempDir;

use crate::ensure;
use crate::place::Available;
use crate::stream::PATIENCE;

/// A daemon that streams, and somebody who packs beside it.
pub(crate) struct Packer {
    pub(crate) folder: TempDir,
    pub(crate) settings: Settings,
    pub(crate) operator: Operator,
}

impl Packer {
    /// With such lines in `[stream]`, and further sections behind them.
    pub(crate) fn new(available: &Available, stream: &str) -> Result<Self, Failed> {
        let (folder, mut settings) = available.settings()?;
        settings.stream = true;
        stream.clone_into(&mut settings.configuration);
        let operator = Operator::start(&folder.path().join("operator"))?;
        let work = folder.path().join("work");
        std::fs::create_dir(&work)?;
        std::fs::write(work.join("text"), "something\n".repeat(100))?;
        Ok(Self {
            folder,
            settings,
            operator,
        })
    }

    /// The collector that the daemon looks for.
    pub(crate) fn collector(&self) -> CollectorSettings {
        CollectorSettings::new(&self.settings.program, self.folder.path())
    }

    /// Packs something under that name.
    pub(crate) fn pack(&self, name: &str) -> Result<(), Failed> {
        self.run(&format!("zip -q -P s3cret {name} text"))
    }

    /// Has the operator do something in the folder of work.
    pub(crate) fn run(&self, script: &str) -> Result<(), Failed> {
        let request = Request {
            script,
            directory: &self.folder.path().join("work"),
            ..Request::default()
        };
        let done = self
            .operator
            .run("stream", &request, Duration::from_mins(1))?;
        ensure(done.status == 0, || done.output)
    }

    /// Packs something, and waits for a finding that names it.
    pub(crate) fn pack_and_wait(&self, daemon: &Daemon, name: &str) -> Result<(), Failed> {
        self.pack(name)?;
        let path = self.folder.path().join("work").join(name);
        let path = path.to_string_lossy().into_owned();
        let told = daemon.board().wait(PATIENCE, |all| {
            all.iter()
                .any(|finding| finding.text.contains(&path))
                .then_some(())
        });
        let words = || format!("no finding names {path}\n{}", daemon.last_words());
        ensure(told.is_some(), words)
    }
}
