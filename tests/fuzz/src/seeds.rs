//! Inputs to begin with: whole and right, so that a mutation reaches past the first check.
//!
//! Step: tests.

use ring_abi::{Encoder, Header, Kind, MAX_RECORD, RECORDING_MAGIC, Tag};

/// A record of every kind, each with every field.
#[must_use]
pub fn records() -> Vec<Vec<u8>> {
    Kind::ALL.iter().map(|(kind, _)| record(*kind)).collect()
}

/// Recordings of one record, and of one record of each kind.
#[must_use]
pub fn recordings() -> Vec<Vec<u8>> {
    let start = record(Kind::CAPTURE_START);
    let all = records().concat();
    vec![
        [&RECORDING_MAGIC[..], &start].concat(),
        [&RECORDING_MAGIC[..], &start, &all].concat(),
    ]
}

/// The default configuration, and one with lists of tables.
#[must_use]
pub fn configurations() -> Vec<Vec<u8>> {
    let default = include_bytes!("../../../agent/src/config/default.toml").to_vec();
    let allowances = b"\
[state]\nsave_every = \"5s\"\n[[detection.process_allowlist]]\nname = \"nightly backup\"\n\
path = \"/usr/bin/tar\"\nparent = \"/opt/backup/bin/agent\"\ndestination = \"/srv/**\"\n"
        .to_vec();
    vec![default, allowances]
}

/// A small library of two functions.
#[must_use]
pub fn libraries() -> Vec<Vec<u8>> {
    let words = |words: &[u64]| words.iter().flat_map(|it| it.to_le_bytes()).collect();
    let halves = |halves: &[u16]| halves.iter().flat_map(|it| it.to_le_bytes()).collect();
    let doubles = |doubles: &[u32]| doubles.iter().flat_map(|it| it.to_le_bytes()).collect();
    // Header, one executable segment, names, symbols, and three sections of which one is empty.
    let parts: [Vec<u8>; 12] = [
        b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec(),
        halves(&[3, crate::MACHINE, 1, 0]),
        words(&[0, 64, 184]),
        halves(&[0, 0, 64, 56, 1, 64, 3, 0]),
        doubles(&[1, 5]),
        words(&[0, 0x1000, 0x1000, 400, 400, 0x1000]),
        b"\0one\0two".to_vec(),
        b"\0\0\0\0\0\0\0\0".to_vec(),
        [doubles(&[1, 0x1_0012]), words(&[0x1010, 16])].concat(),
        [doubles(&[5, 0x1_0012]), words(&[0x1020, 16])].concat(),
        [vec![0; 64], doubles(&[0, 11]), words(&[0, 0, 136, 48])].concat(),
        [doubles(&[2, 0]), words(&[8, 24]), doubles(&[0, 3])].concat(),
    ];
    let mut library = parts.concat();
    library.extend([0; 16]);
    library.extend([120_u64, 9].iter().flat_map(|it| it.to_le_bytes()));
    library.resize(400, 0);
    let machine = platform::elf::Machine(crate::MACHINE);
    let functions = platform::elf::functions(&library[..], machine, &mut |_| true);
    assert!(functions.is_ok_and(|functions| functions.len() == 2));
    vec![library]
}

fn record(kind: Kind) -> Vec<u8> {
    // The decoder knows each body's size; the first that it accepts is it.
    (0..=128)
        .find_map(|size| {
            let mut buffer = vec![0; MAX_RECORD];
            let mut encoder =
                Encoder::new(&mut buffer, kind, Header::default(), &vec![0; size]).ok()?;
            for (tag, name) in Tag::ALL {
                encoder.field(*tag, name.as_bytes()).ok()?;
            }
            let record = encoder.finish().to_vec();
            ring_abi::decode(&record).is_ok().then_some(record)
        })
        .expect("every kind has a body of at most 128 bytes")
}
