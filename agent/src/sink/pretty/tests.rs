//! What a person reads, in a wide, a narrow and a coloured terminal.

use expect_test::expect;

use super::*;
use crate::sink::ocsf::tests::{document, finding, of_windows};
use correlator::{Evidence, Severity, Weighed};

const WIDE: Look = Look {
    colour: false,
    width: Some(100),
};

#[test]
fn a_finding() {
    expect![[r#"
        HIGH    root packed and encrypted /etc/ssh and 1 other place with 7-zip (named svc) into
                /tmp/o\xff.jpg
                T1560.001 Archive via Utility · AN0832, AN1459 · 2026-11-22 14:03:22 UTC · confidence 95 %
          who   root (uid 0, no terminal, logged in as 1000) · sshd > bash > svc [4711]
          ran   /tmp/svc a -p*** /tmp/o\xff.jpg   in /root
          made  /tmp/o\xff.jpg · 1.2 MiB · 7z, encrypted · entropy 7.99
          from  /etc/ssh (ssh keys)
                /etc
          why    +30  the command line sets a password or key
                 +30  7-zip ran under another name: /tmp/svc
                 +20  7-zip was told to make an archive
                 +12  read ssh keys: /etc/ssh
                 -10  done before on this host: 4 times on 2 days
                  82  in all
          gap   not everything was seen: 42 records lost on the host, 1 record with a value cut short
                packhound explain 3f2a9c01

    "#]].assert_eq(&block(&document(&finding()), Extent::Brief, WIDE));
}

#[test]
fn a_program_that_names_its_maker() {
    let shown = block(&document(&of_windows()), Extent::Brief, WIDE);
    // The macro takes away what all lines begin with, so nothing may be left to take.
    let lines = shown.lines().skip(3).take(4);
    let lines: Vec<_> = lines
        .map(|line| line.strip_prefix("  ").unwrap_or(line))
        .collect();
    expect![[r#"
          who   root (uid 0, no terminal, high integrity, logged in as 1000, made by process 812) · sshd >
                bash > svc [4711]
          ran   /tmp/svc a -p*** /tmp/o\xff.jpg   in /root
           is   7za.exe of 7-Zip, by Igor Pavlov, not signed"#]].assert_eq(&lines.join("\n"));
}

#[test]
fn a_narrow_terminal_wraps() {
    let look = Look {
        colour: false,
        width: Some(44),
    };
    let text = block(&document(&finding()), Extent::Brief, look);
    for line in text.lines() {
        assert!(unicode_width::UnicodeWidthStr::width(line) <= 44, "{line}");
    }
    expect![[r#"
        HIGH    root packed and encrypted /etc/ssh
                and 1 other place with 7-zip (named
                svc) into /tmp/o\xff.jpg
                T1560.001 Archive via Utility ·
                AN0832, AN1459 · 2026-11-22 14:03:22
                UTC · confidence 95 %
          who   root (uid 0, no terminal, logged in
                as 1000) · sshd > bash > svc [4711]
          ran   /tmp/svc a -p*** /tmp/o\xff.jpg   in
                /root
          made  /tmp/o\xff.jpg · 1.2 MiB · 7z,
                encrypted · entropy 7.99
          from  /etc/ssh (ssh keys)
                /etc
          why    +30  the command line sets a
                      password or key
                 +30  7-zip ran under another name:
                      /tmp/svc
                 +20  7-zip was told to make an
                      archive
                 +12  read ssh keys: /etc/ssh
                 -10  done before on this host: 4
                      times on 2 days
                  82  in all
          gap   not everything was seen: 42 records
                lost on the host, 1 record with a
                value cut short
                packhound explain 3f2a9c01

    "#]]
    .assert_eq(&text);
}

#[test]
fn everything_that_is_kept() {
    expect![[r#"
        HIGH    root packed and encrypted /etc/ssh and 1 other place with 7-zip (named svc) into
                /tmp/o\xff.jpg
                T1560.001 Archive via Utility · AN0832, AN1459 · 2026-11-22 14:03:22 UTC · confidence 95 %
          who   root (uid 0, no terminal, logged in as 1000) · sshd > bash > svc [4711]
          ran   /tmp/svc a -p*** /tmp/o\xff.jpg   in /root
          under -bash
          under 'sshd: root'
          made  /tmp/o\xff.jpg · 1.2 MiB · 7z, encrypted · entropy 7.99
          from  /etc/ssh (ssh keys)
                /etc
          why    +30  the command line sets a password or key (+1.000 s, process 4711)
                 +30  7-zip ran under another name: /tmp/svc (+1.000 s, process 4711)
                 +20  7-zip was told to make an archive (+1.000 s, process 4711)
                 +12  read ssh keys: /etc/ssh (+1.000 s)
                 -10  done before on this host: 4 times on 2 days (+1.000 s)
                  82  in all
          gap   not everything was seen: 42 records lost on the host, 1 record with a value cut short
          id    3f2a9c010000000000000000000000ff · revision 1 · first told 2026-11-22 14:03:20 UTC · seen
                from 2026-11-22 14:03:20 UTC to 2026-11-22 14:03:22 UTC
          host  web-7

    "#]].assert_eq(&block(&document(&finding()), Extent::Full, WIDE));
}

#[test]
fn an_update_shows_what_is_new() {
    let before = document(&finding());
    let mut later = finding();
    later.revision = 2;
    later.severity = Severity::Critical;
    later.score = 102;
    let time = later.last_seen;
    later.evidence.push(Weighed {
        evidence: Evidence::InputsRemoved { files: 14 },
        weight: 20,
        time,
        process: None,
    });
    expect![[r#"
        CRIT    update 2 of 3f2a9c01: root packed and encrypted /etc/ssh and 1 other place with 7-zip (named
                svc) into /tmp/o\xff.jpg
                High before, score 82 then and 102 now
          new    +20  14 sources removed after packing

    "#]].assert_eq(&update(&document(&later), Some(&before), WIDE));
}

#[test]
fn colour_never_comes_from_the_host() {
    let mut hostile = finding();
    hostile.outputs[0].path = Some(b"/tmp/\x1b[2J\n\xe2\x80\xaegpj".to_vec());
    let plain = block(&document(&hostile), Extent::Full, WIDE);
    assert!(!plain.contains('\u{1b}') && !plain.contains('\u{202e}'));
    let look = Look {
        colour: true,
        ..WIDE
    };
    let coloured = block(&document(&hostile), Extent::Brief, look);
    assert!(coloured.contains("\u{1b}[1;31mHIGH"));
    assert!(!coloured.contains("\u{1b}[2J"));
}

#[test]
fn a_list_to_choose_from() {
    expect![[r#"
        HIGH    3f2a9c01  2026-11-22 14:03:22 UTC  root packed and encrypted /etc/ssh and 1 other place with
                7-zip (named svc) into /tmp/o\xff.jpg
    "#]].assert_eq(&list(&[document(&finding())], WIDE));
}
