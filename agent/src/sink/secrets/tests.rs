//! Each line is a command line and how it is shown.

use expect_test::{Expect, expect};

use super::*;
use crate::sink::escape::command_line;

fn check(arguments: &[&str], want: Expect) {
    check_as(None, false, arguments, want);
}

fn check_as(utility: Option<&str>, cautious: bool, arguments: &[&str], want: Expect) {
    let mut bytes = Vec::new();
    for argument in arguments {
        bytes.extend_from_slice(argument.as_bytes());
        bytes.push(0);
    }
    let shown = masked(&bytes, None, utility, cautious);
    assert_eq!(shown.len(), arguments.len(), "no argument comes or goes");
    want.assert_eq(&command_line(shown));
}

#[test]
fn archivers() {
    check(
        &["7z", "a", "-pS3cret", "-mhe=on", "x.7z"],
        expect!["7z a -p*** -mhe=on x.7z"],
    );
    check(
        &["/usr/bin/7zz", "a", "-p", "x.7z"],
        expect!["/usr/bin/7zz a -p x.7z"],
    );
    check(
        &["rar", "a", "-hpSecret", "x.rar"],
        expect!["rar a -hp*** x.rar"],
    );
    check(
        &["zip", "-P", "pw", "-r", "x.zip", "d"],
        expect!["zip -P *** -r x.zip d"],
    );
    check(
        &["zip", "-qrPpw", "x.zip", "d"],
        expect!["zip -qrP*** x.zip d"],
    );
    check(
        &["zip", "-rP", "pw", "x.zip", "d"],
        expect!["zip -rP *** x.zip d"],
    );
    check(
        &["zip", "--password", "pw", "x.zip"],
        expect!["zip --password *** x.zip"],
    );
    check(
        &["WINZIP64.EXE", "-min", "-a", "-sSecret"],
        expect!["WINZIP64.EXE -min -a -s***"],
    );
    check(
        &["tar", "-p", "-czf", "x.tgz", "d"],
        expect!["tar -p -czf x.tgz d"],
    );
    check(&["mkdir", "-p", "a/b"], expect!["mkdir -p a/b"]);
}

#[test]
fn encryption() {
    check(
        &[
            "openssl",
            "enc",
            "-aes-256-cbc",
            "-pass",
            "pass:abc",
            "-in",
            "a",
        ],
        expect!["openssl enc -aes-256-cbc -pass pass:*** -in a"],
    );
    check(
        &[
            "openssl",
            "enc",
            "-pass",
            "file:/root/key",
            "-k",
            "abc",
            "-K",
            "00ff",
        ],
        expect!["openssl enc -pass file:/root/key -k *** -K ***"],
    );
    check(
        &["openssl", "enc", "-pass", "stdin"],
        expect!["openssl enc -pass stdin"],
    );
    check(
        &["gpg", "--batch", "--passphrase", "abc", "-c", "x"],
        expect!["gpg --batch --passphrase *** -c x"],
    );
    check(
        &["gpg", "--passphrase-file", "/k", "--passphrase=abc"],
        expect!["gpg --passphrase-file /k --passphrase=***"],
    );
}

#[test]
fn transfers_and_environment() {
    check(
        &["curl", "-u", "bob:pw", "-T", "x", "https://h/"],
        expect!["curl -u bob:*** -T x https://h/"],
    );
    check(
        &["curl", "https://bob:pw@h/p@q"],
        expect!["curl https://bob:***@h/p@q"],
    );
    check(
        &["curl", "-H", "Authorization: Bearer abc"],
        expect!["curl -H Authorization:***"],
    );
    check(
        &["sshpass", "-ppw", "scp", "x", "h:"],
        expect!["sshpass -p*** scp x h:"],
    );
    check(&["ssh", "-p22", "h"], expect!["ssh -p22 h"]);
    check(
        &["env", "PGPASSWORD=abc", "pg_dump"],
        expect!["env PGPASSWORD=*** pg_dump"],
    );
    check(
        &["smbclient", "-U", "bob%pw", "//h/s"],
        expect!["smbclient -U bob%*** //h/s"],
    );
}

#[test]
fn a_program_behind_another_keeps_its_switches() {
    check(
        &["sudo", "-u", "bob", "zip", "-P", "pw", "x"],
        expect!["sudo -u bob zip -P *** x"],
    );
    check(
        &[
            "bash",
            "-c",
            "tar c d | openssl enc -k 'my pw' > /tmp/x; zip -P \"pw\" y d",
        ],
        expect!["bash -c 'tar c d | openssl enc -k *** > /tmp/x; zip -P *** y d'"],
    );
    check(
        &["python3", "-c", "password='abc'; print(1)"],
        expect!["python3 -c 'password=***; print(1)'"],
    );
}

#[test]
fn a_renamed_program_is_known_by_the_finding() {
    check(
        &["./svc", "a", "-pS3cret", "x"],
        expect!["./svc a -pS3cret x"],
    );
    check_as(
        Some("7-zip"),
        false,
        &["./svc", "a", "-pS3cret", "x"],
        expect!["./svc a -p*** x"],
    );
    check_as(
        None,
        true,
        &["./svc", "a", "-pS3cret", "-P", "q"],
        expect!["./svc a -p*** -P ***"],
    );
}

#[test]
fn no_arguments_are_no_arguments() {
    assert!(masked(b"", None, None, true).is_empty());
    assert_eq!(
        split(b"a\0\0b\0").collect::<Vec<_>>(),
        [&b"a"[..], b"", b"b"]
    );
}
