//! Records in, events out: what is known, what stays unknown, and that nothing panics.

use expect_test::expect;
use proptest::prelude::*;
use ring_abi::{Encoder, decode};

use super::*;

/// Encodes a record and shows the event that it becomes.
fn shown(
    enricher: &mut Enricher,
    kind: Kind,
    header: Header,
    body: &[u8],
    fields: &[(Tag, &[u8])],
) -> String {
    let mut buffer = [0; 4096];
    let mut encoder = Encoder::new(&mut buffer, kind, header, body).unwrap();
    for (tag, value) in fields {
        encoder.field(*tag, value).unwrap();
    }
    let record = decode(encoder.finish()).unwrap();
    enricher
        .enrich(&record)
        .map_or_else(|| "none".to_owned(), |event| format!("{event:?}"))
}

fn opened() -> Enricher {
    let mut enricher = Enricher::recorded();
    let start = CaptureStart {
        wall_time: 1_000_000,
        boot_time: 400,
        system: System::LINUX.0,
        page_size: 4096,
    };
    let fields: [(Tag, &[u8]); 2] = [(Tag::HOST, b"web-7"), (Tag::BOOT, b"b1")];
    let none = shown(
        &mut enricher,
        Kind::CAPTURE_START,
        Header::default(),
        &start.write(),
        &fields,
    );
    assert_eq!(none, "none");
    enricher
}

const HEADER: Header = Header {
    length: 0,
    version: 0,
    kind: 0,
    flags: 0,
    cpu: 0,
    sequence: 0,
    time: 500,
    pid: 7,
    tid: 7,
    start_time: 450,
};

#[test]
fn a_use_of_a_library() {
    let mut enricher = opened();
    let body = ring_abi::LibraryUse {
        device: 1,
        inode: 2,
        uses: 10,
        first: 480,
        known: Known::FILE.0 | Known::LEVEL.0 | Known::PASSPHRASE.0,
        purpose: Purpose::ARCHIVE.0,
        level: u32::MAX,
        _pad: 0,
    };
    let fields: [(Tag, &[u8]); 5] = [
        (Tag::PATH, b"/lib/libzip.so.4"),
        (Tag::FUNCTION, b"zip_open"),
        (Tag::FAMILY, b"libzip"),
        (Tag::GIVEN_PATH, b"../out.zip"),
        (Tag::BASE_PATH, b"/tmp/a"),
    ];
    let mut show = |body: ring_abi::LibraryUse, fields: &[(Tag, &[u8])]| {
        shown(
            &mut enricher,
            Kind::LIBRARY_USE,
            HEADER,
            &body.write(),
            fields,
        )
    };
    let whole = show(body, &fields);
    for part in [
        "uses: 10",
        "first: Time(1000080)",
        "purpose: Archive",
        "level: Some(-1)",
        "passphrase: true",
        "format: None",
    ] {
        assert!(whole.contains(part), "{part}: {whole}");
    }
    let output = format!("output: Some({:?})", b"/tmp/out.zip");
    assert!(whole.contains(&output), "{whole}");
    let bare = show(ring_abi::LibraryUse { known: 0, ..body }, &fields[1..3]);
    for part in [
        "library: None",
        "output: None",
        "level: None",
        "passphrase: false",
    ] {
        assert!(bare.contains(part), "{part}: {bare}");
    }
    // Without a name, or for a purpose of a later version, it says nothing.
    assert_eq!(show(body, &fields[..1]), "none");
    assert_eq!(
        show(ring_abi::LibraryUse { purpose: 9, ..body }, &fields),
        "none"
    );
}

#[test]
fn a_process_named_by_its_number_alone_is_the_one_that_lives() {
    let mut enricher = opened();
    let start = CaptureStart {
        system: System::WINDOWS.0,
        ..CaptureStart::default()
    };
    let mut tell = |kind, start_time, body: &[u8]| {
        let header = Header {
            start_time,
            ..HEADER
        };
        let fields: &[(Tag, &[u8])] = &[(Tag::TEXT, b"dir")];
        let event = shown(&mut enricher, kind, header, body, fields);
        let at = event.find("start: ")?;
        Some(event[at + 7..].split([' ', ',', '}']).next()?.to_owned())
    };
    let script = ring_abi::Script::default().write();
    tell(Kind::CAPTURE_START, 0, &start.write());
    assert_eq!(tell(Kind::SCRIPT, 0, &script).as_deref(), Some("0"));
    tell(
        Kind::PROCESS_START,
        450,
        &ring_abi::ProcessStart::default().write(),
    );
    assert_eq!(tell(Kind::SCRIPT, 0, &script).as_deref(), Some("450"));
    let end = ring_abi::Exit::default().write();
    assert_eq!(tell(Kind::EXIT, 0, &end).as_deref(), Some("450"));
    assert_eq!(tell(Kind::SCRIPT, 0, &script).as_deref(), Some("0"));
}

#[test]
fn the_opening_is_kept() {
    let enricher = opened();
    assert!(enricher.knows_the_calendar());
    assert_eq!(enricher.host().name.as_deref(), Some(&b"web-7"[..]));
    assert_eq!(enricher.host().boot.as_deref(), Some(&b"b1"[..]));
    assert_eq!(enricher.host().release, None);
    assert_eq!(enricher.clock.wall(300), correlator::Time(999_900));
}

#[test]
fn a_field_without_its_bit_is_unknown() {
    let body = ring_abi::FileWritten {
        device: 1,
        inode: 2,
        size_before: 3,
        size_after: 4,
        known: Known::SIZE_AFTER.0,
        ..Default::default()
    };
    let text = shown(
        &mut opened(),
        Kind::FILE_WRITTEN,
        HEADER,
        &body.write(),
        &[],
    );
    expect!["Event { time: Time(1000100), process: ProcessKey { pid: 7, start: 450 }, incomplete: false, detail: FileWritten(FileWritten { path: None, file: None, opener: None, created: false, unlinked: false, size_before: None, size_after: Some(4), bytes_written: None, content: Content { head: None, middle: None, tail: None } }) }"].assert_eq(&text);
}

#[test]
fn a_file_cut_by_its_name_has_a_whole_path() {
    let body = ring_abi::FileWritten::default().write();
    let fields: [(Tag, &[u8]); 2] = [(Tag::GIVEN_PATH, b"../a"), (Tag::BASE_PATH, b"/srv/x")];
    let text = shown(&mut opened(), Kind::FILE_WRITTEN, HEADER, &body, &fields);
    assert!(
        text.contains(&format!("path: Some({:?})", b"/srv/a")),
        "{text}"
    );
}

#[test]
fn names_from_one_directory_share_its_path() {
    let body = FileNamed::default().write();
    let fields: [(Tag, &[u8]); 3] = [
        (Tag::GIVEN_PATH, b"b.jpg"),
        (Tag::BASE_PATH, b"/tmp"),
        (Tag::OLD_GIVEN_PATH, b"a.zip"),
    ];
    let text = shown(&mut opened(), Kind::FILE_RENAMED, HEADER, &body, &fields);
    expect!["Event { time: Time(1000100), process: ProcessKey { pid: 7, start: 450 }, incomplete: false, detail: Renamed { from: Some([47, 116, 109, 112, 47, 97, 46, 122, 105, 112]), to: Some([47, 116, 109, 112, 47, 98, 46, 106, 112, 103]), file: None } }"].assert_eq(&text);
}

#[test]
fn a_relative_name_is_made_whole_or_is_absent() {
    // The old name's own directory was not to be had, so that it must not get the new one's.
    let header = Header {
        flags: Flags::LOOKUP_FAILED.0,
        ..HEADER
    };
    let body = FileNamed::default().write();
    let fields: [(Tag, &[u8]); 3] = [
        (Tag::GIVEN_PATH, b"b.jpg"),
        (Tag::BASE_PATH, b"/tmp"),
        (Tag::OLD_GIVEN_PATH, b"a.zip"),
    ];
    let text = shown(&mut opened(), Kind::FILE_RENAMED, header, &body, &fields);
    expect!["Event { time: Time(1000100), process: ProcessKey { pid: 7, start: 450 }, incomplete: true, detail: Renamed { from: None, to: Some([47, 116, 109, 112, 47, 98, 46, 106, 112, 103]), file: None } }"].assert_eq(&text);
}

#[test]
fn loss_is_named() {
    let body = ring_abi::Loss {
        count: 9,
        from: 410,
        to: 420,
        reason: LossReason::RING_FULL.0,
        kind: u32::from(Kind::FILE_WRITTEN.0),
        ..Default::default()
    };
    let text = shown(&mut opened(), Kind::LOSS, HEADER, &body.write(), &[]);
    expect![[r#"Event { time: Time(1000100), process: ProcessKey { pid: 7, start: 450 }, incomplete: false, detail: Lost(Lost { count: 9, from: Time(1000010), to: Time(1000020), kind: Some("FILE_WRITTEN"), reason: "RING_FULL", unwatched: None }) }"#]].assert_eq(&text);
}

#[test]
fn who_answers_for_a_helper_stands_behind_it() {
    let behind = |parent_pid, responsible: u32| {
        let body = ring_abi::ProcessStart {
            known: Known::PARENT.0,
            parent_pid,
            parent_start: 3,
            ..Default::default()
        };
        let mut field = responsible.to_le_bytes().to_vec();
        field.extend(440_u64.to_le_bytes());
        let fields: [(Tag, &[u8]); 1] = [(Tag::RESPONSIBLE, &field)];
        let (kind, body) = (Kind::PROCESS_START, body.write());
        let text = shown(&mut opened(), kind, HEADER, &body, &fields);
        let parent = text.split("parent: ").nth(1).unwrap();
        parent.split("),").next().unwrap().to_owned()
    };
    // Of what the system's first process started, the app is told that it was started for.
    expect!["Some(ProcessKey { pid: 9, start: 440 }"].assert_eq(&behind(1, 9));
    expect!["Some(ProcessKey { pid: 8, start: 3 }"].assert_eq(&behind(8, 9));
    // Itself, or the first process, says nothing more.
    expect!["Some(ProcessKey { pid: 1, start: 3 }"].assert_eq(&behind(1, HEADER.pid));
    expect!["Some(ProcessKey { pid: 1, start: 3 }"].assert_eq(&behind(1, 1));
}

#[test]
fn a_container_is_its_control_group() {
    let id = "0123456789abcdef".repeat(4);
    let group = format!("/system.slice/docker-{id}.scope");
    let body = ring_abi::ProcessStart::default().write();
    let fields: [(Tag, &[u8]); 1] = [(Tag::CGROUP, group.as_bytes())];
    let text = shown(&mut opened(), Kind::PROCESS_START, HEADER, &body, &fields);
    assert!(text.contains(&format!("container: Some({id:?})")), "{text}");
}

proptest! {
    #[test]
    fn no_record_that_decodes_panics(
        kind in 1..=16u16,
        header in proptest::collection::vec(any::<u8>(), Header::SIZE),
        body in proptest::collection::vec(any::<u8>(), 88),
        fields in proptest::collection::btree_map(
            1..=18u16,
            proptest::collection::vec(any::<u8>(), 0..40),
            0..6,
        ),
    ) {
        let header = Header::read(&header.try_into().unwrap());
        let size = [88, 16, 56, 32, 32, 32, 88, 24, 24, 24, 32, 80, 80, 24, 40, 24];
        let mut buffer = [0; 4096];
        let body = &body[..size[usize::from(kind) - 1]];
        let mut encoder = Encoder::new(&mut buffer, Kind(kind), header, body).unwrap();
        for (tag, value) in &fields {
            encoder.field(Tag(*tag), value).unwrap();
        }
        let record = decode(encoder.finish()).unwrap();
        let mut enricher = opened();
        let event = enricher.enrich(&record);
        prop_assert_eq!(event.is_none(), kind == Kind::CAPTURE_START.0);
    }
}
