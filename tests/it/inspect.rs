//! Looking into executables: once per content, over restarts, and whatever the file claims to be.
//!
//! Step: tests. The packer of this package runs from copies, so that each test's file is new to the
//! daemon.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use harness::{Daemon, Operator, Request, Settings, Stats};
use libtest_mimic::{Failed, Trial};
use tempfile::TempDir;

use crate::ensure;
use crate::place::{Available, run};

/// The tests of linked-in code that need a restart or a file that lies.
pub(crate) fn trials(available: &Available) -> Vec<Trial> {
    let test = |name, test| available.test(name, true, test);
    vec![
        test("inspect::a-restart-knows-what-was-found", restarts),
        test("inspect::a-lying-program-is-told-once", lies),
    ]
}

struct Setting {
    folder: TempDir,
    settings: Settings,
    operator: Operator,
}

impl Setting {
    fn new(available: &Available) -> Result<Self, Failed> {
        let (folder, settings) = available.settings()?;
        let operator = Operator::start(&folder.path().join("operator"))?;
        std::fs::write(folder.path().join("text"), "something\n".repeat(100))?;
        Ok(Self {
            folder,
            settings,
            operator,
        })
    }

    /// A copy of the packer, changed by `change`.
    fn packer(&self, change: impl FnOnce(&mut Vec<u8>)) -> Result<PathBuf, Failed> {
        let mut program = std::fs::read(env!("CARGO_BIN_EXE_packer"))?;
        change(&mut program);
        let copy = self.folder.path().join("collect");
        std::fs::write(&copy, program)?;
        std::fs::set_permissions(&copy, std::fs::Permissions::from_mode(0o755))?;
        Ok(copy)
    }

    /// Packs with the packer and waits until a finding of that output names its code.
    fn pack(&self, daemon: &Daemon, packer: &Path, output: &str) -> Result<(), Failed> {
        let script = format!("{} zip {output} text", packer.display());
        let request = Request {
            script: &script,
            directory: self.folder.path(),
            ..Request::default()
        };
        let done = self.operator.run("inspect", &request, PATIENCE)?;
        ensure(done.status == 0, || done.output)?;
        let names_code = daemon.board().wait(PATIENCE, |all| {
            let named = |text: &str| text.contains(output) && text.contains("crate zip ");
            all.iter().any(|finding| named(&finding.text)).then_some(())
        });
        names_code.ok_or_else(|| {
            Failed::from(format!(
                "no finding of {output} names code\n{}",
                daemon.last_words()
            ))
        })
    }
}

fn scanned(stats: Option<Stats>, name: &str) -> Result<u64, Failed> {
    let stats = stats.ok_or("no counters were written")?;
    let count = stats.value["scans"][name].as_u64();
    count.ok_or_else(|| Failed::from(format!("no counter scans.{name}: {:#}", stats.value)))
}

fn restarts(available: &Available) -> Result<(), Failed> {
    let setting = Setting::new(available)?;
    let packer = setting.packer(|_| ())?;
    let first = Daemon::start(setting.settings.clone())?;
    setting.pack(&first, &packer, "first.zip")?;
    let stats = first.stop()?.stats;
    ensure(scanned(stats.clone(), "searched")? > 0, || {
        "nothing was searched".to_owned()
    })?;
    let second = Daemon::start(setting.settings.clone())?;
    setting.pack(&second, &packer, "second.zip")?;
    let stats = second.stop()?.stats;
    ensure(scanned(stats.clone(), "known_before")? > 0, || {
        format!("nothing was known: {stats:?}")
    })?;
    ensure(scanned(stats.clone(), "dropped")? == 0, || {
        format!("{stats:?}")
    })?;
    let mut doctor = std::process::Command::new(&setting.settings.program);
    doctor
        .args(["doctor", "--config"])
        .arg(setting.settings.configuration_path());
    let told = run(&mut doctor)?;
    ensure(told.out.contains("hold packing code"), || {
        format!("{told:#?}")
    })
}

/// A program that runs, but whose section headers are said to be where no file ends.
fn lies(available: &Available) -> Result<(), Failed> {
    let setting = Setting::new(available)?;
    let packer =
        setting.packer(|program| program[40..48].copy_from_slice(&(1_u64 << 60).to_le_bytes()))?;
    let daemon = Daemon::start(setting.settings.clone())?;
    setting.pack(&daemon, &packer, "first.zip")?;
    setting.pack(&daemon, &packer, "second.zip")?;
    let stats = daemon.stop()?.stats;
    ensure(scanned(stats.clone(), "malformed")? >= 1, || {
        format!("{stats:?}")
    })?;
    let log = std::fs::read_to_string(setting.settings.folder.join("log"))?;
    let told = log
        .lines()
        .filter(|line| line.contains("/collect: no sound program"))
        .count();
    ensure(told == 1, || format!("told {told} times:\n{log}"))
}

const PATIENCE: Duration = Duration::from_secs(30);
