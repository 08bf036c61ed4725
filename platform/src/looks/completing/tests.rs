//! Records before and after the look.

use std::sync::Arc;

use ring_abi::{Body, FileWritten, Flags, Kind, Known, ProcessStart, Tag, decode};

use super::{About, Sample, Seen, complete};
use crate::encode::{Records, Who};
use crate::pe::Pe;

/// A record made like those of events.
fn record(kind: Kind, body: &[u8], fields: &[(Tag, Option<&[u8]>)]) -> Vec<u8> {
    let mut records = Records::default();
    let who = Who {
        time: 9,
        pid: 44,
        tid: 45,
        start: 8,
    };
    records.put(kind, who, Flags(0), body, fields);
    let mut made = Vec::new();
    records.drain(&mut |record| made = record.to_vec());
    made
}

fn about() -> About {
    About {
        line: Some(br#"tar.exe -cf "a b.tar" docs"#.to_vec()),
        user: Some(br"HOST\ann".to_vec()),
        integrity: Some(b"S-1-16-8192".to_vec()),
        program: Some(Arc::new(Pe {
            original_name: Some("bsdtar".to_owned()),
            product: None,
            company: Some("libarchive".to_owned()),
            signed: true,
        })),
        file: Some((3, 4)),
    }
}

#[test]
fn a_start_gets_what_it_lacks() {
    let body = ProcessStart {
        parent_pid: 7,
        known: Known::PARENT.0,
        ..ProcessStart::default()
    };
    let fields = [
        (Tag::PATH, Some(&br"C:\tar.exe"[..])),
        (Tag::USER, Some(b"S-1-5-21-1")),
    ];
    let made = record(Kind::PROCESS_START, &body.write(), &fields);
    let made = complete(&made, &Seen::Process(about())).unwrap();
    let record = decode(&made).unwrap();
    assert_eq!((record.header.pid, record.header.start_time), (44, 8));
    let field = |tag| record.tail.field(tag).map(String::from_utf8_lossy);
    assert_eq!(field(Tag::PATH).unwrap(), r"C:\tar.exe");
    assert_eq!(
        field(Tag::ARGUMENTS).unwrap(),
        "tar.exe\0-cf\0a b.tar\0docs\0"
    );
    assert_eq!(field(Tag::USER).unwrap(), r"HOST\ann");
    assert_eq!(field(Tag::ORIGINAL_NAME).unwrap(), "bsdtar");
    assert_eq!(field(Tag::COMPANY).unwrap(), "libarchive");
    assert_eq!(field(Tag::PRODUCT), None);
    assert_eq!(field(Tag::INTEGRITY).unwrap(), "S-1-16-8192");
    let Body::ProcessStart(body) = record.body else {
        panic!()
    };
    assert_eq!((body.parent_pid, body.arguments_length), (7, 25));
    assert_eq!((body.device, body.inode), (3, 4));
    let known = Known(body.known);
    assert!(known.has(Known::PARENT) && known.has(Known::FILE) && known.has(Known::SIGNED));
    assert!(!known.has(Known::UNSIGNED));
}

#[test]
fn a_command_line_of_the_event_stays() {
    let fields = [(Tag::ARGUMENTS, Some(&b"zip\0-P\0x\0"[..]))];
    let made = record(
        Kind::PROCESS_START,
        &ProcessStart::default().write(),
        &fields,
    );
    let made = complete(&made, &Seen::Process(about())).unwrap();
    let record = decode(&made).unwrap();
    assert_eq!(
        record.tail.field(Tag::ARGUMENTS),
        Some(&b"zip\0-P\0x\0"[..])
    );
    // What was not found is not there.
    let made = complete(&made, &Seen::Process(About::default())).unwrap();
    assert_eq!(decode(&made).unwrap().tail, record.tail);
}

#[test]
fn a_long_command_line_is_cut_and_says_so() {
    let line = format!("tar.exe {}", "x".repeat(20_000)).into_bytes();
    let made = record(Kind::PROCESS_START, &ProcessStart::default().write(), &[]);
    let seen = Seen::Process(About {
        line: Some(line),
        ..About::default()
    });
    let made = complete(&made, &seen).unwrap();
    let record = decode(&made).unwrap();
    assert!(record.flags().has(Flags::TRUNCATED));
    assert_eq!(
        record.tail.field(Tag::ARGUMENTS).map(<[u8]>::len),
        Some(6_000)
    );
}

#[test]
fn a_written_file_gets_its_size_and_samples() {
    let body = FileWritten {
        bytes_written: 12,
        known: Known::BYTES_WRITTEN.0,
        ..FileWritten::default()
    };
    let fields = [(Tag::PATH, Some(&br"C:\a.zip"[..]))];
    let made = record(Kind::FILE_WRITTEN, &body.write(), &fields);
    let sample = Sample {
        device: 1,
        inode: 2,
        size: 3,
        head: b"PK\x03\x04".to_vec(),
        ..Sample::default()
    };
    let made = complete(&made, &Seen::File(sample)).unwrap();
    let record = decode(&made).unwrap();
    let Body::FileWritten(body) = record.body else {
        panic!()
    };
    assert_eq!((body.size_after, body.bytes_written), (3, 12));
    assert_eq!(
        record.tail.field(Tag::CONTENT_HEAD),
        Some(&b"PK\x03\x04"[..])
    );
    assert_eq!(record.tail.field(Tag::CONTENT_TAIL), None);
}

#[test]
fn what_does_not_fit_together_changes_nothing() {
    let made = record(Kind::FILE_WRITTEN, &FileWritten::default().write(), &[]);
    assert_eq!(complete(&made, &Seen::Process(about())), None);
    assert_eq!(complete(&made, &Seen::Nothing), None);
    assert_eq!(complete(b"no record", &Seen::Nothing), None);
}
