//! What launchd is told is what is meant, and what it tells is understood.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::{LABEL, PLACE, PROGRAM, is_ours, property_list, status};
use crate::service::{Activity, ServiceStatus};

#[test]
fn the_property_list_is_ours_and_escapes_the_program() {
    let list = property_list("/opt/a & b/<packhound>");
    assert!(is_ours(&list) && !list.contains(PROGRAM));
    assert!(property_list(PROGRAM).contains(&format!("<string>{PROGRAM}</string>")));
    assert!(list.contains("<string>/opt/a &amp; b/&lt;packhound&gt;</string>"));
    assert!(!is_ours(
        "<plist><dict><key>Label</key><string>other</string></dict></plist>"
    ));
    assert!(PLACE.ends_with(&format!("/{LABEL}.plist")));
}

/// Python reads property lists by itself; where there is none, this is left out and says so.
#[test]
fn another_reader_of_property_lists_reads_the_same() {
    const SCRIPT: &str = "\
import plistlib, sys
told = plistlib.loads(sys.stdin.buffer.read())
print(told['Label'], told['ProgramArguments'], told['RunAtLoad'], told['KeepAlive'],
      oct(told['Umask']), sorted(told))";
    let python = Command::new("python3")
        .args(["-c", SCRIPT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let Ok(mut python) = python else {
        eprintln!("left out: there is no python3 here to read the property list");
        return;
    };
    let mut input = python.stdin.take().expect("it was piped");
    std::io::Write::write_all(&mut input, property_list(PROGRAM).as_bytes()).expect("it reads");
    drop(input);
    let output = python.wait_with_output().expect("it ends");
    assert!(output.status.success());
    let told = String::from_utf8(output.stdout).expect("it writes text");
    assert_eq!(
        told.trim(),
        format!(
            "{LABEL} ['{PROGRAM}', 'run', '--service'] True {{'SuccessfulExit': False}} 0o77 \
             ['AssociatedBundleIdentifiers', 'ExitTimeOut', 'KeepAlive', 'Label', 'ProcessType', \
             'ProgramArguments', 'RunAtLoad', 'ThrottleInterval', 'Umask', 'WorkingDirectory']"
        )
    );
}

#[test]
fn a_running_service_is_told_from_its_own_block() {
    let told = "system/com.packhound.agent = {\n\
        \tactive count = 1\n\
        \tpath = /Library/LaunchDaemons/com.packhound.agent.plist\n\
        \ttype = LaunchDaemon\n\
        \tstate = running\n\
        \n\
        \tprogram = /Library/Packhound/packhound\n\
        \targuments = {\n\
        \t\t/Library/Packhound/packhound\n\
        \t\tstate = stopped\n\
        \t}\n\
        \truns = 3\n\
        \tpid = 412\n\
        \tlast exit code = 1: Operation not permitted\n\
        }\n";
    let seen = status(told);
    let wanted = ServiceStatus {
        place: Some(PathBuf::from(PLACE)),
        enabled: true,
        activity: Activity::Running,
        state: "running".to_owned(),
        pid: Some(412),
        restarts: 2,
        failure: Some("exit code 1".to_owned()),
        ..ServiceStatus::default()
    };
    assert_eq!(seen, wanted);
}

#[test]
fn a_service_that_never_ended_has_no_failure() {
    let told = "system/x = {\n\tstate = not running\n\tlast exit code = (never exited)\n}\n";
    let seen = status(told);
    assert_eq!(
        (seen.activity, seen.failure, seen.pid),
        (Activity::Stopped, None, None)
    );
    assert_eq!(status("\tlast exit code = 0\n").failure, None);
    assert_eq!(status("").state, "");
}
