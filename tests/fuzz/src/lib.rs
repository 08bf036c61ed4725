//! What is fuzzed: every decoder that reads bytes from elsewhere, as a function of bytes.
//!
//! Step: tests. A target must return for every input; a panic, an endless loop or memory without
//! bound is the finding. Both the plain mutator and the cargo-fuzz targets call these.
#![forbid(unsafe_code)]
#![expect(
    clippy::missing_panics_doc,
    reason = "a panic is what the search is for"
)]

mod images;
mod search;
mod seeds;

use std::cell::RefCell;
use std::fs::File;
use std::io::{Cursor, Write as _};
use std::time::Duration;

use agent::spool::Spool;
use agent::wire;
use platform::fingerprint::Scanner;
use platform::looks::sampling::Pieces;
use platform::pe;
use platform::recording::{RingFileReader, read_eslogger, read_etl, read_evtx, read_sysmon_json};
use platform::{Progress, Source};
use tempfile::TempDir;

pub use images::{copies, images};
pub use search::{Bound, survives};
pub use seeds::{
    configurations, executables, exports, frames, libraries, logs, messages, programs, recordings,
    records, segments, traces,
};

/// A decoder's name, what it is, and inputs to begin with.
pub type Target = (&'static str, fn(&[u8]), fn() -> Vec<Vec<u8>>);

/// Every target.
pub const TARGETS: [Target; 14] = [
    ("ring", ring, records),
    ("recording", recording, recordings),
    ("configuration", configuration, configurations),
    ("fingerprint", fingerprint, programs),
    ("library", library, libraries),
    ("frame", frame, frames),
    ("spool", spool, segments),
    ("etl", etl, traces),
    ("evtx", evtx, logs),
    ("sysmon", sysmon, exports),
    ("pe", executable, executables),
    ("eslogger", eslogger, messages),
    ("macho", fingerprint, images),
    ("copied", copied, copies),
];

/// Decodes one record and looks at all of it.
pub fn ring(bytes: &[u8]) {
    let _ = ring_abi::frame_length(bytes);
    if let Ok(record) = ring_abi::decode(bytes) {
        assert_eq!(record.header.length as usize, bytes.len());
        let fields = ring_abi::Tag::ALL
            .iter()
            .filter_map(|(tag, _)| record.tail.field(*tag));
        assert!(fields.map(<[u8]>::len).sum::<usize>() <= bytes.len());
    }
}

/// Reads a whole recording, as `packhound replay` does.
pub fn recording(bytes: &[u8]) {
    thread_local! {
        static FOLDER: RefCell<Option<TempDir>> = const { RefCell::new(None) };
    }
    FOLDER.with_borrow_mut(|folder| {
        let folder = folder.get_or_insert_with(memory);
        let path = folder.path().join("input.phr");
        File::create(&path)
            .and_then(|mut file| file.write_all(bytes))
            .expect("a recording can be written");
        let Ok(mut reader) = RingFileReader::open(&path) else {
            return;
        };
        let mut handed_out = 0;
        while let Ok(Progress::Records(_)) = reader.poll(Duration::ZERO, 64, &mut |record| {
            handed_out += record.len();
            ring(record);
        }) {}
        assert!(handed_out <= bytes.len());
    });
}

/// Looks for packing code in a program; however it lies, no byte is searched more than twice.
pub fn fingerprint(bytes: &[u8]) {
    thread_local! {
        static SCANNER: Scanner = Scanner::new();
    }
    SCANNER.with(|scanner| {
        let scan = scanner
            .scan(&mut Cursor::new(bytes), &mut || true)
            .expect("bytes in memory can be read");
        assert!(scan.bytes <= 2 * bytes.len() as u64);
        assert!(scan.code.iter().all(|code| code.recognised.len() < 128));
    });
}

/// Cuts a stream into frames and decodes each; what decodes says the same when it is said again.
pub fn frame(bytes: &[u8]) {
    let mut reader = wire::FrameReader::default();
    reader.push(bytes);
    while let Ok(Some(payload)) = reader.next_payload() {
        if let Ok(frame) = wire::decode(payload) {
            let again = wire::encode(&frame);
            assert!(wire::decode(&again[wire::HEADER..]).is_ok_and(|again| again == frame));
        }
    }
}

/// Opens a spool with one segment of such bytes, and sends all of it.
pub fn spool(bytes: &[u8]) {
    thread_local! {
        static FOLDER: RefCell<Option<TempDir>> = const { RefCell::new(None) };
    }
    FOLDER.with_borrow_mut(|folder| {
        let folder = folder.get_or_insert_with(memory).path();
        let lane = folder.join("findings");
        let _ = std::fs::remove_dir_all(&lane);
        std::fs::create_dir(&lane)
            .and_then(|()| std::fs::write(lane.join("0000000000000000.seg"), bytes))
            .expect("a segment can be written");
        let settings = agent::config::Spool {
            path: folder.to_owned(),
            max_bytes: 1 << 20,
            sync: agent::config::Sync::Never,
        };
        let (mut spool, _lost) = Spool::open(&settings).expect("a spool of any bytes opens");
        let mut sent = 0;
        while let Ok(Some(chunk)) = spool.next(wire::Lane::Findings, 4_096) {
            assert!(chunk.number > 0);
            sent += chunk.items.len();
        }
        // Losses that were found are items too, of less than a hundred bytes each.
        assert!(sent <= 2 * bytes.len() + 1_000);
    });
}

/// Reads an event trace of Windows.
pub fn etl(bytes: &[u8]) {
    if let Ok(mut source) = read_etl("input.etl", &mut &*bytes) {
        drain(&mut source);
    }
}

/// Reads an event log of Windows.
pub fn evtx(bytes: &[u8]) {
    if let Ok(mut source) = read_evtx("input.evtx", Cursor::new(bytes)) {
        drain(&mut source);
    }
}

/// Reads an export of Sysmon's events.
pub fn sysmon(bytes: &[u8]) {
    if let Ok(mut source) = read_sysmon_json("input.json", &mut &*bytes) {
        drain(&mut source);
    }
}

/// Reads messages of macOS as `eslogger` writes them.
pub fn eslogger(bytes: &[u8]) {
    if let Ok(mut source) = read_eslogger("input.ndjson", &mut &*bytes) {
        drain(&mut source);
    }
}

/// Reads the copy of a message of macOS; what reads is the same when it is written again.
pub fn copied(bytes: &[u8]) {
    use platform::endpoint::copied::{MOST_BYTES, read, write};
    if let Some(message) = read(bytes) {
        let mut again = Vec::new();
        write(&message, &mut again);
        assert!(again.len() <= MOST_BYTES && read(&again).is_some());
    }
}

/// Takes everything from a source: whole records, in the order of their times.
fn drain(source: &mut dyn Source) {
    let mut latest = 0;
    while let Ok(Progress::Records(_)) = source.poll(Duration::ZERO, 64, &mut |record| {
        ring(record);
        let header = ring_abi::decode(record)
            .expect("a reader makes records")
            .header;
        assert!(header.time >= latest);
        latest = header.time;
    }) {}
}

/// A folder in memory, where the system has such.
fn memory() -> TempDir {
    let memory = std::path::Path::new("/dev/shm");
    let made = if memory.is_dir() {
        TempDir::new_in(memory)
    } else {
        TempDir::new()
    };
    made.expect("a folder can be made")
}

/// Parses a configuration; a refused one has problems with places.
pub fn configuration(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Err(error) = agent::config::parse("input.toml", &text) {
        assert!(!error.to_string().is_empty());
    }
}

/// Looks for functions in a program or library.
pub fn library(bytes: &[u8]) {
    let machine = platform::elf::Machine(MACHINE);
    if let Ok(functions) = platform::elf::functions(bytes, machine, &mut |_| true) {
        assert!(functions.is_sorted_by(|one, next| one.offset < next.offset));
    }
}

/// Reads what a Windows program says of itself; few pieces of it, whatever it claims.
pub fn executable(bytes: &[u8]) {
    struct Counted<'b>(&'b [u8], u32);
    impl Pieces for Counted<'_> {
        fn read_at(&mut self, offset: u64, into: &mut [u8]) -> usize {
            self.1 += 1;
            assert!(into.len() <= pe::LONGEST_PIECE);
            self.0.read_at(offset, into)
        }
    }
    let mut file = Counted(bytes, 0);
    let read = pe::read(&mut file);
    assert!(file.1 <= pe::MOST_READS);
    let names = read.map(|pe| [pe.original_name, pe.product, pe.company]);
    let longest = names.into_iter().flatten().flatten().map(|name| name.len());
    assert!(longest.max().unwrap_or(0) <= 4 * pe::LONGEST_PIECE);
}

/// The machine of the libraries to begin with (`EM_X86_64`).
pub(crate) const MACHINE: u16 = 62;
