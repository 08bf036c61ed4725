//! A whole finding as its line, and what must never be in one.

use std::sync::Arc;

use correlator::{
    Analytic, Behind, Evidence, FileKey, FileSummary, Finding, FindingUid, Gaps, Maker, ProcessKey,
    ProcessSummary, Purpose, Severity, Source, Technique, Time, Weighed,
};
use expect_test::expect_file;
use ring_abi::System;

use super::*;
use crate::host::Host;

fn second(seconds: u64) -> Time {
    Time(1_795_356_200_000_000_000 + seconds * 1_000_000_000)
}

fn key(pid: u32) -> ProcessKey {
    ProcessKey {
        pid,
        start: u64::from(pid) * 1000,
    }
}

fn process(pid: u32, image: &[u8], arguments: &[u8]) -> ProcessSummary {
    ProcessSummary {
        key: key(pid),
        image: Some(image.to_vec()),
        script: None,
        arguments: Some(arguments.to_vec()),
        directory: Some(b"/root".to_vec()),
        uid: Some(0),
        user: Some("root".to_owned()),
        login_uid: Some(1000),
        terminal: Some(false),
        maker: None,
        integrity: None,
        behind: None,
        container: None,
        started: Some(second(0)),
        ended: None,
    }
}

/// A packing that uses every part of a finding.
pub(crate) fn finding() -> Finding {
    let shell = process(4700, b"/usr/bin/bash", b"-bash\0");
    let server = process(900, b"/usr/sbin/sshd", b"sshd: root\0");
    let weighed = |evidence: Evidence, weight: i32, pid: Option<u32>| Weighed {
        evidence,
        weight,
        time: second(1),
        process: pid.map(key),
    };
    Finding {
        uid: FindingUid(0x3f2a_9c01_0000_0000_0000_0000_0000_00ff),
        revision: 1,
        first_seen: second(0),
        last_seen: second(2),
        severity: Severity::High,
        confidence: 95,
        score: 82,
        techniques: vec![Technique::Utility],
        analytics: vec![Analytic(832), Analytic(1459)],
        evidence: vec![
            weighed(Evidence::Password, 30, Some(4711)),
            weighed(
                Evidence::RenamedUtility {
                    utility: "7-zip".into(),
                    image: b"/tmp/svc".to_vec(),
                },
                30,
                Some(4711),
            ),
            weighed(
                Evidence::Utility {
                    utility: "7-zip".into(),
                    purpose: Purpose::Archive,
                },
                20,
                Some(4711),
            ),
            weighed(
                Evidence::SensitiveSource {
                    what: "ssh keys".into(),
                    path: b"/etc/ssh".to_vec(),
                },
                12,
                None,
            ),
            weighed(Evidence::Habit { times: 4, days: 2 }, -10, None),
        ],
        processes: vec![process(
            4711,
            b"/tmp/svc",
            b"/tmp/svc\0a\0-pS3cret\0/tmp/o\xff.jpg\0",
        )],
        lineage: vec![shell, server],
        outputs: vec![FileSummary {
            path: Some(b"/tmp/o\xff.jpg".to_vec()),
            file: Some(FileKey {
                device: 1,
                inode: 2,
            }),
            size: Some(1_258_291),
            format: Some("7z, encrypted".to_owned()),
            entropy: Some(7.987),
            removed: false,
        }],
        sources: vec![
            Source {
                path: b"/etc/ssh".to_vec(),
                sensitive: Some("ssh keys".to_owned()),
            },
            Source {
                path: b"/etc".to_vec(),
                sensitive: None,
            },
        ],
        gaps: Gaps {
            lost: 42,
            incomplete: 1,
            ..Gaps::default()
        },
        omitted: 0,
        pattern: None,
    }
}

/// The finding's document as the daemon would tell it.
pub(crate) fn document(finding: &Finding) -> Document {
    let host = Host {
        name: Some(b"web-7".to_vec()),
        release: Some(b"6.18.0".to_vec()),
        boot: None,
        system: Some(System::LINUX),
    };
    let converter = Converter {
        show_secrets: false,
    };
    converter.document(finding, &host, finding.first_seen)
}

#[test]
fn a_whole_finding() {
    // Laid out over lines here, so that a change can be read; the sink writes one line.
    let text = serde_json::to_string_pretty(&document(&finding())).unwrap();
    expect_file!["finding.json"].assert_eq(&format!("{text}\n"));
}

/// As if a program of Windows had made it.
pub(crate) fn of_windows() -> Finding {
    let text = |text: &str| Some(Arc::from(text.as_bytes()));
    let mut finding = finding();
    let producer = &mut finding.processes[0];
    producer.integrity = Some("S-1-16-12288".to_owned());
    producer.behind = Some(Behind::Creator(key(812)));
    producer.maker = Some(Box::new(Maker {
        original_name: text("7za.exe"),
        product: text("7-Zip"),
        company: text("Igor Pavlov"),
        signed: Some(false),
        ..Maker::default()
    }));
    finding
}

#[test]
fn a_program_is_told_as_its_maker_did() {
    let document = document(&of_windows());
    let process = document.evidences[0].process.as_ref().unwrap();
    assert_eq!(process.integrity_id, Some(4));
    assert_eq!(process.integrity.as_deref(), Some("High"));
    let file = process.file.as_ref().unwrap();
    assert_eq!(file.internal_name.as_deref(), Some("7za.exe"));
    assert_eq!(file.company_name.as_deref(), Some("Igor Pavlov"));
    let participant = &document.unmapped.packhound.processes[0];
    assert_eq!(participant.product.as_deref(), Some("7-Zip"));
    assert_eq!(participant.signed, Some(false));
    assert_eq!(participant.creator_pid, Some(812));
}

#[test]
fn a_label_between_two_levels_has_the_lower_one() {
    let level = |label| maker::integrity(Some(label)).map(|(level, _)| level);
    assert_eq!(level("S-1-16-8448"), Some(3), "medium plus");
    assert_eq!(level("S-1-16-16384"), Some(5));
    assert_eq!(level("AppContainer"), Some(99), "a word of Sysmon's");
}

#[test]
fn a_document_can_be_read_back() {
    let document = document(&finding());
    let line = serde_json::to_string(&document).unwrap();
    assert!(!line.contains('\n'));
    assert_eq!(serde_json::from_str::<Document>(&line).unwrap(), document);
}

#[test]
fn secrets_are_shown_only_when_they_are_wanted() {
    let shown = |show_secrets| {
        let converter = Converter { show_secrets };
        let document = converter.document(&finding(), &Host::default(), Time(0));
        serde_json::to_string(&document).unwrap().contains("S3cret")
    };
    assert!(!shown(false));
    assert!(shown(true));
}

#[test]
fn an_update_says_so_and_keeps_its_identifier() {
    let first = finding();
    let mut second = finding();
    second.revision = 2;
    let (first, second) = (document(&first), document(&second));
    assert_eq!((second.activity_id, second.type_uid), (2, 200_402));
    assert_eq!(second.activity_name, "Update");
    assert_eq!(first.finding_info.uid, second.finding_info.uid);
    assert_ne!(first.metadata.uid, second.metadata.uid);
}

#[test]
fn a_finding_that_knows_nothing_invents_nothing() {
    let mut bare = finding();
    bare.processes.clear();
    bare.lineage.clear();
    bare.outputs.clear();
    bare.sources.clear();
    bare.evidence.clear();
    bare.analytics.clear();
    let document = document(&bare);
    assert!(document.evidences.is_empty());
    assert_eq!(document.message, "somebody packed data");
}
