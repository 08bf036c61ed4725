//! What the command line says to slips and to a machine that is not ready.
//!
//! Step: tests. Each message must name the thing that is wrong; each exit code is the promised one.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use libtest_mimic::{Failed, Trial};

use crate::ensure;
use crate::place::{Available, run};

/// The tests of the command line.
pub(crate) fn trials(available: &Available) -> Vec<Trial> {
    let test = |name, live, test| available.test(name, live, test);
    vec![
        test("cli::unknown-command", false, |available| {
            available.run(&["frobnicate"])?.expect(2, &["frobnicate"])
        }),
        test("cli::help-names-every-command", false, help),
        test("cli::missing-configuration", false, |available| {
            let path = "/nonexistent/packhound.toml";
            available
                .run(&["run", "--config", path])?
                .expect(2, &[path])
        }),
        test("cli::unknown-key", false, unknown_key),
        test("cli::broken-toml", false, broken_toml),
        test(
            "cli::default-configuration-is-valid",
            false,
            default_configuration,
        ),
        test(
            "cli::unreadable-configuration",
            true,
            unreadable_configuration,
        ),
        test("cli::no-root", true, no_root),
        test("cli::doctor", true, doctor),
        test("cli::unknown-finding", true, unknown_finding),
    ]
}

fn help(available: &Available) -> Result<(), Failed> {
    let told = available.run(&["--help"])?;
    ensure(told.code == 0, || format!("{told:#?}"))?;
    for command in [
        "run", "collect", "record", "replay", "doctor", "explain", "config",
    ] {
        ensure(told.out.contains(command), || {
            format!("no {command}: {told:#?}")
        })?;
    }
    Ok(())
}

fn unknown_key(available: &Available) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("p.toml");
    std::fs::write(&path, "[detection]\n\ntime_windw = \"1m\"\n")?;
    let path = path.to_string_lossy();
    for arguments in [
        ["config", "check", &path].as_slice(),
        &["run", "--config", &path],
    ] {
        let told = available.run(arguments)?;
        told.expect(2, &[&format!("{path}:3"), "time_windw", "time_window"])?;
    }
    Ok(())
}

fn broken_toml(available: &Available) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("p.toml");
    std::fs::write(&path, "[detection\n")?;
    let path = path.to_string_lossy();
    let told = available.run(&["config", "check", &path])?;
    told.expect(2, &[&format!("{path}:1")])
}

fn default_configuration(available: &Available) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("p.toml");
    let told = available.run(&["config", "default"])?;
    ensure(told.code == 0, || format!("{told:#?}"))?;
    std::fs::write(&path, told.out)?;
    let told = available.run(&["config", "check", &path.to_string_lossy()])?;
    ensure(told.code == 0, || format!("{told:#?}"))
}

/// Runs the program as nobody, from a copy that nobody may read.
fn as_nobody(available: &Available, arguments: &[&str]) -> Result<crate::place::Told, Failed> {
    let folder = tempfile::tempdir()?;
    std::fs::set_permissions(folder.path(), Permissions::from_mode(0o755))?;
    let copy = folder.path().join("packhound");
    std::fs::copy(available.program(), &copy)?;
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "--"]);
    run(command.arg(copy).args(arguments))
}

fn no_root(available: &Available) -> Result<(), Failed> {
    // With the system's own state, and with a state that this user may write.
    let told = as_nobody(available, &["run"])?;
    told.expect(3, &["sudo"])?;
    ensure(told.out.is_empty(), || format!("{told:#?}"))?;
    let folder = tempfile::tempdir()?;
    std::fs::set_permissions(folder.path(), Permissions::from_mode(0o777))?;
    let path = folder.path().join("p.toml");
    let text = format!("[state]\npath = \"{}/state\"\n", folder.path().display());
    std::fs::write(&path, text)?;
    let told = as_nobody(available, &["run", "--config", &path.to_string_lossy()])?;
    told.expect(3, &["root"])?;
    ensure(told.out.is_empty(), || format!("{told:#?}"))
}

fn unreadable_configuration(available: &Available) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    std::fs::set_permissions(folder.path(), Permissions::from_mode(0o755))?;
    let path = folder.path().join("p.toml");
    std::fs::write(&path, "")?;
    std::fs::set_permissions(&path, Permissions::from_mode(0o600))?;
    let path = path.to_string_lossy();
    as_nobody(available, &["run", "--config", &path])?.expect(2, &[&path])
}

fn doctor(available: &Available) -> Result<(), Failed> {
    let told = available.run(&["doctor"])?;
    ensure(told.code == 0 && !told.out.is_empty(), || {
        format!("{told:#?}")
    })?;
    let told = available.run(&["doctor", "--json"])?;
    let parsed = serde_json::from_str::<serde_json::Value>(&told.out);
    ensure(told.code == 0 && parsed.is_ok(), || format!("{told:#?}"))
}

fn unknown_finding(available: &Available) -> Result<(), Failed> {
    let (_folder, settings) = available.settings()?;
    let daemon = harness::Daemon::start(settings.clone())?;
    daemon.stop()?;
    let path = settings.configuration_path();
    let uid = "00000000000000000000000000000000";
    let told = available.run(&["explain", "--config", &path.to_string_lossy(), uid])?;
    ensure(told.code != 0 && told.err.contains(uid), || {
        format!("{told:#?}")
    })
}
