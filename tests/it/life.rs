//! The daemon's life: it drains, reloads, restarts and is killed, and forgets nothing by it.
//!
//! Step: tests. A finding is known by its uid; that the uid is the same before and after is what
//! "forgets nothing" means here.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use harness::{Daemon, Finding, Operator, Request, Settings, Stage};
use libtest_mimic::{Failed, Trial};
use rustix::process::Signal;
use tempfile::TempDir;

use crate::place::{Available, run};
use crate::{ensure, promptly};

/// The tests of the daemon's life.
pub(crate) fn trials(available: &Available) -> Vec<Trial> {
    let test = |name, test| available.test(name, true, test);
    vec![
        test("life::sigterm-drains-within-two-seconds", drains),
        test("life::sighup-keeps-state", reloads),
        test(
            "life::sighup-with-a-bad-file-keeps-the-old-one",
            reload_refused,
        ),
        test("life::a-restart-goes-on-with-an-open-activity", restarts),
        test("life::kill-keeps-findings", survives_kill),
    ]
}

/// A daemon, somebody at a shell, and a folder for both.
struct Setting {
    folder: TempDir,
    settings: Settings,
    operator: Arc<Operator>,
}

impl Setting {
    fn new(available: &Available) -> Result<Self, Failed> {
        let (folder, settings) = available.settings()?;
        let operator = Arc::new(Operator::start(&folder.path().join("operator"))?);
        let work = folder.path().join("work");
        std::fs::create_dir(&work)?;
        std::fs::write(work.join("text"), "something\n".repeat(100))?;
        Ok(Self {
            folder,
            settings,
            operator,
        })
    }

    fn start(&self) -> Result<Daemon, Failed> {
        Ok(Daemon::start(self.settings.clone())?)
    }

    fn work(&self) -> std::path::PathBuf {
        self.folder.path().join("work")
    }

    /// Runs `script` in the work folder.
    fn play(&self, script: &str) -> Result<(), Failed> {
        let request = Request {
            script,
            directory: &self.work(),
            ..Request::default()
        };
        let done = self
            .operator
            .run("life", &request, Duration::from_mins(1))?;
        ensure(done.status == 0, || done.output)
    }

    /// Packs with a password and waits for the finding that names the archive.
    fn pack(&self, daemon: &Daemon, name: &str) -> Result<Finding, Failed> {
        self.play(&format!("zip -q -P s3cret {name} text"))?;
        wait(daemon, &self.work().join(name))
    }

    /// What `packhound explain` says of a finding.
    fn explain(&self, uid: &str) -> Result<String, Failed> {
        let mut command = std::process::Command::new(&self.settings.program);
        command.args(["explain", "--config"]);
        command.arg(self.settings.configuration_path()).arg(uid);
        let told = run(&mut command)?;
        ensure(told.code == 0, || format!("explain {uid}: {told:#?}"))?;
        Ok(told.out)
    }
}

/// The first finding that names `path`.
fn wait(daemon: &Daemon, path: &Path) -> Result<Finding, Failed> {
    let path = path.to_string_lossy().into_owned();
    daemon
        .board()
        .wait(PATIENCE, |all| {
            all.iter()
                .find(|finding| finding.text.contains(&path))
                .cloned()
        })
        .ok_or_else(|| Failed::from(format!("no finding names {path}\n{}", daemon.last_words())))
}

fn drains(available: &Available) -> Result<(), Failed> {
    let setting = Setting::new(available)?;
    let daemon = setting.start()?;
    let board = daemon.board().clone();
    let storm = env!("CARGO_BIN_EXE_storm");
    setting.play(&format!(
        "{storm} files 20000 .\nzip -q -P s3cret last.zip text"
    ))?;
    let ended = daemon.stop()?;
    ensure(ended.status.success(), || format!("{}", ended.status))?;
    promptly(&ended)?;
    let told = board.findings();
    ensure(
        told.iter().any(|finding| finding.text.contains("last.zip")),
        || "what was in the ring at the signal was not told".to_owned(),
    )
}

fn reloads(available: &Available) -> Result<(), Failed> {
    let setting = Setting::new(available)?;
    let daemon = setting.start()?;
    let finding = setting.pack(&daemon, "a.zip")?;
    daemon.signal(Signal::HUP)?;
    Stage::new(&setting.operator, daemon.board(), setting.folder.path())?.release_canary()?;
    setting.play("mv a.zip a.jpg")?;
    same_uid_names(&daemon, &finding, "a.jpg")?;
    setting.explain(&finding.uid)?;
    let ended = daemon.stop()?;
    ensure(ended.status.success(), || format!("{}", ended.status))
}

fn reload_refused(available: &Available) -> Result<(), Failed> {
    let setting = Setting::new(available)?;
    let daemon = setting.start()?;
    let path = setting.settings.configuration_path();
    std::fs::write(&path, "[detection]\nno_such_knob = 1\n")?;
    daemon.signal(Signal::HUP)?;
    let stage = Stage::new(&setting.operator, daemon.board(), setting.folder.path())?;
    stage.release_canary()?;
    let words = daemon.last_words();
    ensure(words.contains("no_such_knob"), || {
        format!("the refusal is not in the log: {words}")
    })?;
    let ended = daemon.stop()?;
    ensure(ended.status.success(), || format!("{}", ended.status))
}

fn restarts(available: &Available) -> Result<(), Failed> {
    let setting = Setting::new(available)?;
    let daemon = setting.start()?;
    let finding = setting.pack(&daemon, "a.zip")?;
    let ended = daemon.stop()?;
    ensure(ended.status.success(), || format!("{}", ended.status))?;
    let explained = setting.explain(&finding.uid)?;
    ensure(explained.contains("a.zip"), || explained.clone())?;
    let daemon = setting.start()?;
    setting.explain(&finding.uid)?;
    setting.play("mv a.zip a.jpg")?;
    same_uid_names(&daemon, &finding, "a.jpg")?;
    let ended = daemon.stop()?;
    ensure(ended.status.success(), || format!("{}", ended.status))
}

fn survives_kill(available: &Available) -> Result<(), Failed> {
    let setting = Setting::new(available)?;
    let mut told = Vec::new();
    for round in 0..3 {
        let daemon = setting.start()?;
        told.push(setting.pack(&daemon, &format!("round-{round}.zip"))?);
        daemon.kill()?;
    }
    let daemon = setting.start()?;
    for finding in &told {
        setting.explain(&finding.uid)?;
    }
    let ended = daemon.stop()?;
    ensure(ended.status.success(), || format!("{}", ended.status))
}

/// Waits for an update of `finding` that names `word`.
fn same_uid_names(daemon: &Daemon, finding: &Finding, word: &str) -> Result<(), Failed> {
    let updated = daemon.board().wait(PATIENCE, |all| {
        all.iter()
            .any(|later| later.uid == finding.uid && later.text.contains(word))
            .then_some(())
    });
    updated.ok_or_else(|| {
        let told = daemon.board().findings();
        let told = told.iter().map(|one| format!("{} {}", one.uid, one.title));
        let told = told.collect::<Vec<_>>();
        Failed::from(format!(
            "no update of {} names {word}: {told:#?}",
            finding.uid
        ))
    })
}

const PATIENCE: Duration = Duration::from_secs(20);
