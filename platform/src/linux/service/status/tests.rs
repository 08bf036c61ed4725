//! What systemd tells, read.

use std::path::PathBuf;

use super::{Activity, parse};

#[test]
fn a_running_service() {
    let unit = "MainPID=412\nNRestarts=1\nActiveState=active\nSubState=running\n\
                UnitFileState=enabled\nFragmentPath=/lib/systemd/system/packhound.service\n\
                Result=success\nExecMainStatus=0\nStatusText=watching\nMemoryCurrent=4096\n\
                StateChangeTimestamp=Sun 2026-11-22 12:00:00 UTC\n";
    let status = parse(&format!("{unit}\n{unit}"), true);
    assert_eq!(status.activity, Activity::Running);
    assert!(status.enabled && status.packaged);
    assert_eq!(status.state, "active (running)");
    let place = PathBuf::from("/lib/systemd/system/packhound.service");
    assert_eq!(status.place, Some(place));
    assert_eq!(status.pid, Some(412));
    assert_eq!(status.restarts, 1);
    assert_eq!(status.failure, None);
    assert_eq!(status.text.as_deref(), Some("watching"));
    assert_eq!(status.memory, Some(4096));
}

#[test]
fn a_failed_service_says_why() {
    let unit = "ActiveState=failed\nSubState=failed\nResult=exit-code\nExecMainStatus=4\n\
                MainPID=0\nMemoryCurrent=[not set]\n";
    let status = parse(&format!("{unit}\n{unit}"), false);
    assert_eq!(status.activity, Activity::Stopped);
    assert_eq!(status.failure.as_deref(), Some("exit-code, exit status 4"));
    assert_eq!(status.pid, None);
    assert_eq!(status.memory, None);
}

#[test]
fn a_collector_that_waits_for_its_first_agent() {
    let told = "ActiveState=inactive\nSubState=dead\nFragmentPath=/etc/x.service\nResult=success\n\
                \nActiveState=active\nSubState=listening\nUnitFileState=enabled\n";
    let status = parse(told, false);
    assert_eq!(status.activity, Activity::Listening);
    assert!(status.enabled);
}

#[test]
fn nothing_installed() {
    let told = "ActiveState=inactive\nSubState=dead\nFragmentPath=\nUnitFileState=\n";
    assert_eq!(parse(&format!("{told}\n{told}"), false).place, None);
}
