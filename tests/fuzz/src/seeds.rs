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
