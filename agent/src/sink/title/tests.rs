//! Sentences for findings of different kinds.

use correlator::{Source, Weighed};
use expect_test::{Expect, expect};

use super::*;
use crate::sink::ocsf::tests::finding;

fn check(change: impl FnOnce(&mut Finding), want: Expect) {
    let mut finding = finding();
    change(&mut finding);
    want.assert_eq(&title(&finding));
}

fn evidence(evidence: Evidence) -> Weighed {
    Weighed {
        evidence,
        weight: 1,
        time: correlator::Time(0),
        process: None,
    }
}

fn sources(paths: &[&str]) -> Vec<Source> {
    let source = |path: &&str| Source {
        path: path.as_bytes().to_vec(),
        sensitive: None,
    };
    paths.iter().map(source).collect()
}

#[test]
fn a_sensitive_source_is_named_first() {
    check(
        |_| {},
        expect![[
            r#"root packed and encrypted /etc/ssh and 1 other place with 7-zip (named svc) into /tmp/o\xff.jpg"#
        ]],
    );
}

#[test]
fn sources_are_named_by_what_they_share() {
    let set = |paths: &'static [&'static str]| {
        move |finding: &mut Finding| finding.sources = sources(paths)
    };
    check(
        set(&["/home/bob/a/1", "/home/bob/a/2", "/home/bob/ab"]),
        expect![[
            r#"root packed and encrypted /home/bob with 7-zip (named svc) into /tmp/o\xff.jpg"#
        ]],
    );
    check(
        set(&["/home/bob", "/home/bob/a"]),
        expect![[
            r#"root packed and encrypted /home/bob with 7-zip (named svc) into /tmp/o\xff.jpg"#
        ]],
    );
    check(
        set(&["/home/bob", "/home/bobby"]),
        expect![[
            r#"root packed and encrypted /home/bob and 1 other place with 7-zip (named svc) into /tmp/o\xff.jpg"#
        ]],
    );
    check(
        set(&["/etc", "/home/bob"]),
        expect![[
            r#"root packed and encrypted /etc and 1 other place with 7-zip (named svc) into /tmp/o\xff.jpg"#
        ]],
    );
    check(
        set(&[]),
        expect![[r#"root packed and encrypted data with 7-zip (named svc) into /tmp/o\xff.jpg"#]],
    );
}

#[test]
fn each_technique_has_its_words() {
    check(
        |finding| {
            finding.techniques = vec![Technique::LocalStaging];
            finding.outputs.clear();
            finding.evidence = vec![evidence(Evidence::BatchCopy {
                files: 12,
                directory: b"/dev/shm/.x".to_vec(),
            })];
        },
        expect!["root gathered 12 files from /etc/ssh and 1 other place with svc into /dev/shm/.x"],
    );
    check(
        |finding| {
            finding.techniques = vec![Technique::Custom];
            finding.evidence.clear();
            finding.processes[0].script = Some(b"/tmp/x.py".to_vec());
        },
        expect![[
            r#"root obfuscated /etc/ssh and 1 other place with svc (x.py) into /tmp/o\xff.jpg"#
        ]],
    );
    check(
        |finding| {
            finding.outputs.clear();
            finding.evidence = vec![
                evidence(Evidence::Utility {
                    utility: "tar".into(),
                    purpose: Purpose::Archive,
                }),
                evidence(Evidence::Transfer {
                    process: finding.processes[0].key,
                    remote: [0; 16],
                    port: 22,
                    bytes: 5 << 20,
                }),
            ];
        },
        expect![
            "root packed /etc/ssh and 1 other place with tar, straight out over the network (5.0 MiB)"
        ],
    );
    check(
        |finding| {
            finding.evidence = vec![evidence(Evidence::Utility {
                utility: "openssl".into(),
                purpose: Purpose::Encrypt,
            })];
            finding.processes[0].user = None;
            finding.processes[0].container = Some("0123456789abcdef".repeat(4));
        },
        expect![[
            r#"user 0 in container 0123456789ab encrypted /etc/ssh and 1 other place with openssl into /tmp/o\xff.jpg"#
        ]],
    );
}
