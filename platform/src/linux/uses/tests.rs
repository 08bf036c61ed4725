//! Which records lead to a look at a file, and which do not.

use ring_abi::{Encoder, FileWritten, Header, LibraryLoad, MAX_RECORD, ProcessStart};

use super::*;

fn notices(seen: &mut Seen, kind: Kind, flags: u32, body: &[u8], tail: &[(Tag, &[u8])]) -> bool {
    let header = Header {
        pid: 7,
        flags,
        ..Header::default()
    };
    let mut buffer = vec![0; MAX_RECORD];
    let mut encoder = Encoder::new(&mut buffer, kind, header, body).unwrap();
    for (tag, value) in tail {
        encoder.field(*tag, value).unwrap();
    }
    let record = decode(encoder.finish()).unwrap();
    seen.notice(&record).is_some()
}

fn load(inode: u64, known: Known) -> [u8; LibraryLoad::SIZE] {
    let load = LibraryLoad {
        device: 1,
        inode,
        size: 100,
        known: known.0,
        _pad: 0,
    };
    load.write()
}

fn written(seen: &mut Seen, flags: u32, head: &[u8]) -> bool {
    let body = FileWritten {
        device: 1,
        inode: 9,
        known: Known::FILE.0,
        ..FileWritten::default()
    };
    let tail = [(Tag::CONTENT_HEAD, head)];
    notices(seen, Kind::FILE_WRITTEN, flags, &body.write(), &tail)
}

fn head() -> [u8; 64] {
    let mut head = [0; 64];
    head[..6].copy_from_slice(b"\x7fELF\x02\x01");
    head[16] = 3;
    head[18..20].copy_from_slice(&Machine::HERE.0.to_le_bytes());
    head
}

#[test]
fn a_load_is_handed_on_once() {
    let mut seen = Seen::default();
    let kind = Kind::LIBRARY_LOAD;
    assert!(notices(&mut seen, kind, 0, &load(5, Known::FILE), &[]));
    assert!(!notices(&mut seen, kind, 0, &load(5, Known::FILE), &[]));
    assert!(notices(&mut seen, kind, 0, &load(6, Known::FILE), &[]));
    assert!(!notices(&mut seen, kind, 0, &load(7, Known(0)), &[]));
}

#[test]
fn a_load_is_handed_on_again_after_a_full_queue_or_a_while() {
    let mut seen = Seen::default();
    let kind = Kind::LIBRARY_LOAD;
    assert!(notices(&mut seen, kind, 0, &load(5, Known::FILE), &[]));
    seen.forget(&Notice {
        pid: 7,
        device: 1,
        inode: 5,
        size: 100,
        path: None,
        is_program: false,
        written: false,
    });
    assert!(notices(&mut seen, kind, 0, &load(5, Known::FILE), &[]));
    seen.since = Instant::now()
        .checked_sub(FORGETTING + Duration::from_secs(1))
        .unwrap();
    assert!(notices(&mut seen, kind, 0, &load(5, Known::FILE), &[]));
}

#[test]
fn what_is_remembered_is_bounded() {
    let mut seen = Seen::default();
    for inode in 1..3 * SEEN as u64 {
        notices(
            &mut seen,
            Kind::LIBRARY_LOAD,
            0,
            &load(inode, Known::FILE),
            &[],
        );
        assert!(seen.files.len() <= SEEN);
    }
}

#[test]
fn written_programs_and_libraries_are_handed_on_each_time() {
    let mut seen = Seen::default();
    assert!(written(&mut seen, 0, &head()));
    assert!(written(&mut seen, 0, &head()));
    assert!(!written(&mut seen, Flags::UNLINKED.0, &head()));
    assert!(!written(&mut seen, 0, b"text"));
    let mut object = head();
    object[16] = 1;
    assert!(!written(&mut seen, 0, &object));
}

#[test]
fn a_started_program_is_handed_on() {
    let mut seen = Seen::default();
    let body = ProcessStart {
        device: 1,
        inode: 3,
        known: Known::FILE.0,
        ..ProcessStart::default()
    };
    assert!(notices(
        &mut seen,
        Kind::PROCESS_START,
        0,
        &body.write(),
        &[]
    ));
}
