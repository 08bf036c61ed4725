//! What is fuzzed: every decoder that reads bytes from elsewhere, as a function of bytes.
//!
//! Step: tests. A target must return for every input; a panic, an endless loop or memory without
//! bound is the finding. Both the plain mutator and the cargo-fuzz targets call these.
#![forbid(unsafe_code)]

mod seeds;

use std::cell::RefCell;
use std::fs::File;
use std::io::{Cursor, Write as _};
use std::time::Duration;

use platform::fingerprint::Scanner;
use platform::recording::RingFileReader;
use platform::{Progress, Source as _};
use tempfile::TempDir;

pub use seeds::{configurations, libraries, programs, recordings, records};

/// A decoder's name, what it is, and inputs to begin with.
pub type Target = (&'static str, fn(&[u8]), fn() -> Vec<Vec<u8>>);

/// Every target.
pub const TARGETS: [Target; 5] = [
    ("ring", ring, records),
    ("recording", recording, recordings),
    ("configuration", configuration, configurations),
    ("fingerprint", fingerprint, programs),
    ("library", library, libraries),
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
        let folder = folder.get_or_insert_with(|| {
            let memory = std::path::Path::new("/dev/shm");
            let made = if memory.is_dir() {
                TempDir::new_in(memory)
            } else {
                TempDir::new()
            };
            made.expect("a folder for recordings can be made")
        });
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

/// The machine of the libraries to begin with (`EM_X86_64`).
pub(crate) const MACHINE: u16 = 62;
