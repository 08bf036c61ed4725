//! Inputs to begin with: whole and right, so that a mutation reaches past the first check.
//!
//! Step: tests.

use agent::spool::Spool;
use agent::wire::{self, Bytes, Content, Frame, Item, Lane};
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

/// Streams of every kind of frame.
#[must_use]
pub fn frames() -> Vec<Vec<u8>> {
    let position = wire::Acknowledged {
        epoch: 1_000_000_000_000,
        lane: Lane::Telemetry,
        through: 70_000,
    };
    let hello = wire::Hello {
        host: Bytes::new(b"host"),
        system: "linux".to_owned(),
        ..wire::Hello::of_this_version()
    };
    let batch = wire::Batch {
        epoch: 1,
        lane: Lane::Findings,
        first: 300,
        items: items(),
    };
    let frames = [
        Frame::Hello(hello),
        Frame::Welcome(wire::Welcome {
            version: 1,
            acknowledged: vec![position; 3],
        }),
        Frame::Batch(batch),
        Frame::Ack(position),
        Frame::Heartbeat(wire::Heartbeat::default()),
        Frame::Bye(wire::Bye {
            code: wire::ByeCode::SLOW,
            text: "slow".to_owned(),
        }),
    ];
    let mut seeds: Vec<Vec<u8>> = frames.iter().map(wire::encode).collect();
    seeds.push(seeds.concat());
    seeds
}

/// A segment of several items, as the spool wrote it.
#[must_use]
pub fn segments() -> Vec<Vec<u8>> {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let settings = agent::config::Spool {
        path: folder.path().to_owned(),
        max_bytes: 1 << 20,
        sync: agent::config::Sync::Never,
    };
    let (mut spool, _) = Spool::open(&settings).expect("an empty spool opens");
    let items: Vec<Vec<u8>> = items().iter().map(wire::item).collect();
    for _ in 0..3 {
        let appended = spool.append(Lane::Findings, &items);
        appended.expect("a small spool takes small items");
    }
    let segment = folder.path().join("findings/0000000000000000.seg");
    vec![std::fs::read(segment).expect("the first segment has that name")]
}

fn items() -> Vec<Item<'static>> {
    let loss = wire::Loss {
        lane: Lane::Telemetry,
        cause: wire::Cause::Evicted,
        epoch: Some(7),
        items: Some(300),
        bytes: 1 << 20,
        place: "0000000000000000.seg".to_owned(),
    };
    let contents = [
        Content::Finding(Bytes::new(b"{\"class_uid\":2004}")),
        Content::Record(Bytes::new(b"record")),
        Content::Loss(loss),
    ];
    contents.map(|content| Item { time: 1, content }).to_vec()
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
