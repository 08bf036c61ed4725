//! Programs of macOS, and copies of its messages, to begin with.
//!
//! Step: tests. Whole and right, so that a mutation reaches past the first check.

use platform::endpoint::{Event, File, Message, Process, Stat, copied};

/// A program that takes a packing function from a library, the same without its table of symbols,
/// and a file that holds both.
#[must_use]
pub fn images() -> Vec<Vec<u8>> {
    let (whole, stripped) = (image(false), image(true));
    let mut fat = [0xcafe_babe_u32, 2].map(u32::to_be_bytes).concat();
    for (at, image) in [(64, &whole), (64 + whole.len(), &stripped)] {
        for word in [0x0100_000c, 0, at as u32, image.len() as u32, 0] {
            fat.extend(word.to_be_bytes());
        }
    }
    fat.resize(64, 0);
    fat.extend(&whole);
    fat.extend(&stripped);
    vec![whole, stripped, fat]
}

/// A library, a segment with constants, symbols with their names, and what is bound at the start.
fn image(stripped: bool) -> Vec<u8> {
    const COMMANDS: u32 = 48 + 152 + 24 + 80 + 16;
    const DATA: &[u8; 32] = b"\0 deflate 1.3.1 Copyright 2024 \0";
    const NAMES: &[u8; 16] = b"\0_deflateInit2_\0";
    let words =
        |words: &[u32]| -> Vec<u8> { words.iter().flat_map(|it| it.to_le_bytes()).collect() };
    let (data, symbols) = (32 + COMMANDS, 32 + COMMANDS + 32);
    let (names, fixups) = (symbols + 16, symbols + 32);
    let shown = u32::from(!stripped);
    let mut dynamic = [0; 20];
    (dynamic[0], dynamic[1], dynamic[7]) = (0xb, 80, shown);
    let parts = [
        words(&[0xfeed_facf, 0x0100_000c, 0, 2, 5, COMMANDS, 0, 0]),
        words(&[0xc, 48, 24, 0, 0, 0]),
        b"/usr/lib/libz.1.dylib\0\0\0".to_vec(),
        words(&[0x19, 152]),
        b"__TEXT\0\0\0\0\0\0\0\0\0\0".to_vec(),
        vec![0; 32],
        words(&[5, 5, 1, 0]),
        b"__const\0\0\0\0\0\0\0\0\0__TEXT\0\0\0\0\0\0\0\0\0\0".to_vec(),
        words(&[0, 0, 32, 0, data, 0, 0, 0, 0, 0, 0, 0]),
        words(&[2, 24, symbols, shown, names, 16]),
        words(&dynamic),
        words(&[0x8000_0034, 16, fixups, 48]),
        DATA.to_vec(),
        words(&[1, 0x0100_0001, 0, 0]),
        NAMES.to_vec(),
        words(&[0, 0, 28, 32, 1, 1, 0, 1 | 1 << 9]),
        NAMES.to_vec(),
    ];
    parts.concat()
}

/// Copies of a start of a program and of a closed file.
#[must_use]
pub fn copies() -> Vec<Vec<u8>> {
    let file = File {
        path: b"/private/tmp/a.zip",
        is_truncated: false,
        stat: Some(Stat {
            born: Some(1),
            ..Stat::default()
        }),
    };
    let process = Process {
        executable: file,
        signing_id: Some(b"com.apple.zip"),
        start: Some(1),
        ..Process::default()
    };
    let close = Event::Close {
        modified: true,
        was_mapped_writable: Some(false),
        file,
    };
    let exec = Event::Exec {
        target: process,
        arguments: b"zip\0-r\0",
        arguments_length: 7,
        script: None,
        directory: Some(file),
    };
    let copy = |event| {
        let message = Message {
            version: 8,
            time: 1,
            mach_time: Some(1),
            sequence: Some(1),
            global_sequence: Some(1),
            thread: Some(1),
            process,
            event,
        };
        let mut bytes = Vec::new();
        copied::write(&message, &mut bytes);
        bytes
    };
    vec![copy(close), copy(exec)]
}
