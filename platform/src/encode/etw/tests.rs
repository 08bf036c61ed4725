//! Payloads built from the documented layouts, 32- and 64-bit, whole and cut.

mod classic;
mod files;

use ring_abi::{Body, Flags, Kind, Known, Tag, decode};

use super::{
    Event, KERNEL_FILE, KERNEL_NETWORK, KERNEL_PROCESS, NT_FILE, NT_IMAGE, NT_PROCESS, POWER_SHELL,
    Records, Session,
};
use crate::encode::tests::{handed_out, only};
use crate::sid::Sid;

/// Builds a payload.
#[derive(Clone, Default)]
struct Build {
    bytes: Vec<u8>,
    pointer: usize,
}

fn build(pointer: usize) -> Build {
    Build {
        bytes: Vec::new(),
        pointer,
    }
}

impl Build {
    fn u16(mut self, value: u16) -> Self {
        self.bytes.extend(value.to_le_bytes());
        self
    }

    fn u32(mut self, value: u32) -> Self {
        self.bytes.extend(value.to_le_bytes());
        self
    }

    fn u64(mut self, value: u64) -> Self {
        self.bytes.extend(value.to_le_bytes());
        self
    }

    fn pointer(mut self, value: u64) -> Self {
        self.bytes.extend(&value.to_le_bytes()[..self.pointer]);
        self
    }

    fn raw(mut self, bytes: &[u8]) -> Self {
        self.bytes.extend(bytes);
        self
    }

    fn wide(mut self, text: &str) -> Self {
        self.bytes
            .extend(text.encode_utf16().flat_map(u16::to_le_bytes));
        self.u16(0)
    }
}

/// Label of high integrity.
fn label() -> Vec<u8> {
    vec![1, 1, 0, 0, 0, 0, 0, 16, 0, 0x30, 0, 0]
}

type Given<'e> = ([u8; 16], u16, u8, &'e Build);

/// Encodes events, a microsecond apart, in process 900.
fn encode(events: &[Given<'_>]) -> (Vec<Vec<u8>>, u64) {
    let mut session = Session::default();
    let mut records = Records::default();
    for ((provider, id, version, payload), time) in events.iter().zip(1_u64..) {
        let event = Event {
            provider: *provider,
            id: *id,
            version: *version,
            time: time * 1_000,
            pid: 900,
            tid: 901,
            pointer: payload.pointer,
            payload: &payload.bytes,
        };
        session.encode(&event, &mut records).unwrap();
    }
    session.finish(&mut records).unwrap();
    (handed_out(records), session.tally.undecodable)
}

const CREATED: u64 = 116_444_736_000_000_000 + 50;

#[test]
fn starts_of_every_version_say_the_same() {
    let image = r"\Device\HarddiskVolume2\Windows\System32\tar.exe";
    let v0 = build(8).u32(44).u64(CREATED).u32(33).u32(1);
    let v2 = v0
        .clone()
        .u32(0)
        .wide(image)
        .u32(7)
        .u32(8)
        .wide("")
        .wide("");
    let v3 = build(8)
        .u32(44)
        .u64(1000)
        .u64(CREATED)
        .u32(33)
        .u64(999)
        .u32(1)
        .u32(0)
        .u32(1)
        .u32(1)
        .raw(&label())
        .wide(image)
        .u32(7);
    let starts = [
        (0, v0.clone().wide(image)),
        (1, v0.u32(0).wide(image)),
        (2, v2.clone()),
        (3, v3.clone()),
        (4, v3.clone()),
    ];
    for (version, payload) in starts {
        let (records, undecodable) = encode(&[(KERNEL_PROCESS, 1, version, &payload)]);
        assert_eq!(undecodable, 0);
        let start = only(&records, Kind::PROCESS_START);
        assert_eq!(
            (start.header.pid, start.header.start_time),
            (44, 5_000),
            "version {version}"
        );
        let Body::ProcessStart(body) = start.body else {
            panic!()
        };
        assert_eq!(
            (body.parent_pid, body.parent_start, body.session),
            (33, 0, 1)
        );
        assert_eq!(
            start.tail.field(Tag::PATH),
            Some(image.as_bytes()),
            "version {version}"
        );
        assert_eq!(start.tail.field(Tag::ARGUMENTS), None);
        let label = (version >= 3).then_some(&b"S-1-16-12288"[..]);
        assert_eq!(start.tail.field(Tag::INTEGRITY), label);
        // Process 900 made it, and 33 is said to be its parent.
        let creator = [&900_u32.to_le_bytes()[..], &[0; 8]].concat();
        assert_eq!(start.tail.field(Tag::CREATOR), Some(&creator[..]));
    }
    for (version, payload) in [(0, v2), (1, v3)] {
        let (records, _) = encode(&[(KERNEL_PROCESS, 15, version, &payload)]);
        let start = only(&records, Kind::PROCESS_START);
        assert!(start.flags().has(Flags::RUNDOWN));
        assert_eq!(start.tail.field(Tag::CREATOR), None);
        assert_eq!(start.tail.field(Tag::PATH), Some(image.as_bytes()));
    }
}

#[test]
fn a_stop_ends_the_process_that_was_started() {
    let start = build(8).u32(44).u64(CREATED).u32(33).u32(1).wide("x");
    let stop = build(8)
        .u32(44)
        .u64(CREATED)
        .u64(CREATED + 9)
        .u32(3)
        .u32(1)
        .u32(9)
        .u64(1)
        .u64(2)
        .u64(3)
        .u32(4)
        .u32(5)
        .u32(6)
        .u32(7)
        .u32(0)
        .raw(b"tar.exe\0");
    let load = build(8)
        .pointer(1)
        .pointer(2)
        .u32(44)
        .u32(0)
        .u32(0)
        .pointer(1)
        .wide(r"\a.dll");
    let (records, undecodable) = encode(&[
        (KERNEL_PROCESS, 1, 0, &start),
        (KERNEL_PROCESS, 5, 0, &load),
        (KERNEL_PROCESS, 2, 1, &stop),
        (KERNEL_PROCESS, 5, 0, &load),
    ]);
    assert_eq!(undecodable, 0);
    let exit = only(&records, Kind::EXIT);
    assert_eq!((exit.header.pid, exit.header.start_time), (44, 5_000));
    let Body::Exit(body) = exit.body else {
        panic!()
    };
    assert_eq!(
        (body.status, body.bytes_read, body.bytes_written),
        (3, 6 * 1024, 7 * 1024)
    );
    let loads = records.iter().map(|record| decode(record).unwrap());
    let starts: Vec<u64> = loads
        .filter(|record| record.header.kind == Kind::LIBRARY_LOAD.0)
        .map(|record| record.header.start_time)
        .collect();
    assert_eq!(
        starts,
        [5_000, 0],
        "the number means nobody once its process has ended"
    );
}

#[test]
fn connections_have_their_bytes() {
    let flow = |size| {
        let flow = build(8)
            .u32(44)
            .u32(size)
            .raw(&[203, 0, 113, 9])
            .raw(&[10, 0, 0, 5]);
        flow.raw(&[0x01, 0xbb]).raw(&[0x9c, 0xb0]).u32(0).pointer(0)
    };
    let wide = build(8)
        .u32(45)
        .u32(9)
        .raw(&[2; 16])
        .raw(&[1; 16])
        .u16(1)
        .u16(2);
    let (records, undecodable) = encode(&[
        (KERNEL_NETWORK, 12, 0, &flow(0)),
        (KERNEL_NETWORK, 10, 0, &flow(500)),
        (KERNEL_NETWORK, 10, 0, &flow(700)),
        (KERNEL_NETWORK, 11, 0, &flow(30)),
        (KERNEL_NETWORK, 13, 0, &flow(0)),
        (KERNEL_NETWORK, 26, 0, &wide),
        (KERNEL_NETWORK, 29, 0, &wide),
    ]);
    assert_eq!(undecodable, 0);
    let opened = only(&records, Kind::FLOW_OPENED);
    let Body::FlowOpened(body) = opened.body else {
        panic!()
    };
    assert_eq!(
        (
            opened.header.pid,
            body.remote_port,
            body.local_port,
            body.direction
        ),
        (44, 443, 40_112, 1)
    );
    let mut closed = records.iter().map(|record| decode(record).unwrap());
    let mut closed = std::iter::from_fn(|| closed.find(|it| it.header.kind == Kind::FLOW_CLOSED.0));
    let Body::FlowClosed(body) = closed.next().unwrap().body else {
        panic!()
    };
    assert_eq!((body.bytes_sent, body.bytes_received), (1_200, 30));
    assert!(Known(body.known).has(Known::BYTES_WRITTEN));
    let Body::FlowClosed(body) = closed.next().unwrap().body else {
        panic!()
    };
    assert_eq!(
        (body.known, body.direction),
        (0, 0),
        "its beginning was not seen"
    );
}

#[test]
fn script_blocks_and_commands() {
    let block = build(8).u32(1).u32(1).wide("Compress-Archive a b.zip");
    let block = block
        .wide("ab12cd34-0000-0000-0000-0123456789ab")
        .wide(r"C:\a.ps1");
    let report =
        "CommandInvocation(tar): \"tar\"\nParameterBinding(tar): name=\"x\"; value=\"y\"\n";
    let command = build(8).wide("").wide("").wide(report);
    let (records, undecodable) = encode(&[(POWER_SHELL, 4104, 1, &block)]);
    assert_eq!(undecodable, 0);
    let script = only(&records, Kind::SCRIPT);
    assert_eq!(
        script.tail.field(Tag::TEXT),
        Some(&b"Compress-Archive a b.zip"[..])
    );
    assert_eq!(script.tail.field(Tag::PATH), Some(&br"C:\a.ps1"[..]));
    let (records, _) = encode(&[(POWER_SHELL, 4103, 1, &command)]);
    let script = only(&records, Kind::SCRIPT);
    assert_eq!(script.tail.field(Tag::TEXT), Some(&b"tar -x 'y'"[..]));
}

/// Payloads that end too early, and bytes that are none, are counted and tell nothing wrong.
#[test]
fn a_cut_payload_is_undecodable_or_less() {
    let start = build(8)
        .u32(44)
        .u64(CREATED)
        .u32(33)
        .u32(1)
        .u32(0)
        .wide("image");
    let providers = [
        KERNEL_PROCESS,
        KERNEL_FILE,
        KERNEL_NETWORK,
        POWER_SHELL,
        NT_PROCESS,
        NT_IMAGE,
        NT_FILE,
    ];
    for length in 0..start.bytes.len() {
        let cut = build(8).raw(&start.bytes[..length]);
        for provider in providers {
            for id in [
                0, 1, 2, 3, 4, 5, 10, 12, 13, 15, 16, 26, 27, 64, 65, 68, 4103, 4104,
            ] {
                let _ = encode(&[(provider, id, 1, &cut)]);
            }
        }
        if length < 24 {
            assert_eq!(encode(&[(KERNEL_PROCESS, 1, 1, &cut)]).1, 1, "{length}");
        }
    }
}
