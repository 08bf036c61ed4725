//! Golden frames, refusals, and the Python client that knows the document only.

use std::io::Write as _;
use std::process::{Command, Stdio};

use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;

fn check(frame: &Frame<'_>, want: Expect) {
    let bytes = encode(frame);
    let shown = bytes
        .chunks(16)
        .map(|line| {
            let hex: Vec<String> = line.iter().map(|byte| format!("{byte:02x}")).collect();
            hex.join(" ")
        })
        .collect::<Vec<_>>()
        .join("\n");
    want.assert_eq(&shown);
    assert_eq!(decode(&bytes[HEADER..]).unwrap(), *frame);
}

fn hello() -> Frame<'static> {
    Frame::Hello(Hello {
        agent: *b"0123456789abcdef",
        epoch: 1_700_000_000_000_000_000,
        oldest_epoch: 250,
        host: Bytes::new(b"web-1"),
        system: "linux".to_owned(),
        release: Bytes::new(b"6.18"),
        boot: Bytes::new(b"\xffb"),
        program: "0.1.0".to_owned(),
        ..Hello::of_this_version()
    })
}

fn of_everything() -> Frame<'static> {
    let item = |time, content| Item { time, content };
    Frame::Batch(Batch {
        epoch: 300,
        lane: Lane::Findings,
        first: 70_000,
        items: vec![
            item(251, Content::Finding(Bytes::new(b"{}"))),
            item(65_536, Content::Record(Bytes::new(&[1, 2, 3]))),
            item(
                1,
                Content::Loss(Loss {
                    lane: Lane::Telemetry,
                    cause: Cause::Damaged,
                    epoch: Some(9),
                    items: None,
                    bytes: 4_294_967_296,
                    place: "s".to_owned(),
                }),
            ),
        ],
    })
}

fn of_the_fleet() -> [Frame<'static>; 2] {
    let pattern = *b"a pattern of 16.";
    [
        Frame::Ask(Ask {
            patterns: vec![pattern],
        }),
        Frame::Known(Known {
            hosts: 230,
            days: 14,
            answers: vec![Answer {
                pattern,
                others: 300,
                lately: 2,
            }],
        }),
    ]
}

fn the_others() -> [Frame<'static>; 4] {
    let acknowledged = Acknowledged {
        epoch: 300,
        lane: Lane::Telemetry,
        through: 250,
    };
    [
        Frame::Welcome(Welcome {
            version: 1,
            acknowledged: vec![acknowledged],
        }),
        Frame::Ack(acknowledged),
        Frame::Heartbeat(Heartbeat {
            losses: Losses {
                evicted_findings: 1,
                evicted_telemetry: 2,
                damaged: 3,
                overrun: 4,
                unwritten: 5,
            },
            waiting: 1_000,
        }),
        Frame::Bye(Bye {
            code: ByeCode::SLOW,
            text: "no".to_owned(),
        }),
    ]
}

#[test]
fn golden_hello() {
    check(
        &hello(),
        expect![[r#"
        3f 00 00 00 00 50 48 53 54 52 45 41 4d 01 02 30
        31 32 33 34 35 36 37 38 39 61 62 63 64 65 66 fd
        00 00 2a 36 fe 9c 97 17 fa 05 77 65 62 2d 31 05
        6c 69 6e 75 78 04 36 2e 31 38 02 ff 62 05 30 2e
        31 2e 30"#]],
    );
}

#[test]
fn golden_batch() {
    check(
        &of_everything(),
        expect![[r#"
        2e 00 00 00 02 fb 2c 01 00 fc 70 11 01 00 03 fb
        fb 00 00 02 7b 7d fc 00 00 01 00 01 03 01 02 03
        01 02 01 01 01 09 00 fd 00 00 00 00 01 00 00 00
        01 73"#]],
    );
}

#[test]
fn golden_welcome_ack_heartbeat_bye() {
    let [welcome, ack, heartbeat, bye] = the_others();
    check(&welcome, expect!["08 00 00 00 01 01 01 fb 2c 01 01 fa"]);
    check(&ack, expect!["06 00 00 00 03 fb 2c 01 01 fa"]);
    check(
        &heartbeat,
        expect!["09 00 00 00 04 01 02 03 04 05 fb e8 03"],
    );
    check(&bye, expect!["05 00 00 00 05 07 02 6e 6f"]);
}

#[test]
fn golden_ask_known() {
    let [ask, known] = of_the_fleet();
    check(
        &ask,
        expect![[r#"
        12 00 00 00 06 01 61 20 70 61 74 74 65 72 6e 20
        6f 66 20 31 36 2e"#]],
    );
    check(
        &known,
        expect![[r#"
        18 00 00 00 07 e6 0e 01 61 20 70 61 74 74 65 72
        6e 20 6f 66 20 31 36 2e fb 2c 01 02"#]],
    );
}

#[test]
fn versions_meet_at_the_newest_common_one() {
    let common = |oldest, newest| {
        let mut hello = Hello::of_this_version();
        (hello.oldest, hello.newest) = (oldest, newest);
        let bytes = encode(&Frame::Hello(hello));
        match decode(&bytes[HEADER..]) {
            Ok(Frame::Hello(hello)) => Some(hello.common_version()),
            _ => None,
        }
    };
    let met = [(1, 1), (1, 2), (2, 2), (1, 9), (3, 9)].map(|(old, new)| common(old, new));
    assert_eq!(met, [Some(1), Some(2), Some(2), Some(2), None]);
}

#[test]
fn a_batch_of_encoded_items_is_the_batch() {
    let Frame::Batch(whole) = of_everything() else {
        panic!("it is a batch")
    };
    let items: Vec<u8> = whole.items.iter().flat_map(item).collect();
    let made = batch(whole.epoch, whole.lane, whole.first, 3, &items);
    assert_eq!(made, encode(&of_everything()));
}

fn refuses(payload: &[u8], want: Expect) {
    want.assert_eq(&decode(payload).unwrap_err().to_string());
}

#[test]
fn what_is_no_frame_is_named() {
    refuses(
        &[],
        expect!["a frame that does not decode: UnexpectedEnd { additional: 1 }"],
    );
    refuses(
        &[9],
        expect![[
            r#"a frame that does not decode: OtherString("invalid value: integer `9`, expected variant index 0 <= i < 8")"#
        ]],
    );
    refuses(
        &[3, 0, 0, 0, 0],
        expect!["1 bytes after the end of what a frame says"],
    );
    refuses(
        &[0, b'G', b'E', b'T', b' ', b'/'],
        expect!["not an agent: its first frame is no Hello"],
    );
    // A batch without items, one with too many, and one whose only item asks for 3 GB.
    refuses(
        &[2, 0, 0, 0, 0],
        expect![[
            r#"a frame that does not decode: OtherString("invalid length 0, expected 1 to 4096 items")"#
        ]],
    );
    refuses(
        &[2, 0, 0, 0, 251, 1, 16],
        expect![[
            r#"a frame that does not decode: OtherString("invalid length 4097, expected 1 to 4096 items")"#
        ]],
    );
    refuses(
        &[2, 0, 0, 0, 1, 0, 0, 252, 0, 0, 0, 192],
        expect!["a frame that does not decode: LimitExceeded"],
    );
    let mut later = Hello::of_this_version();
    (later.oldest, later.newest) = (3, 7);
    refuses(
        &encode(&Frame::Hello(later))[HEADER..],
        expect!["the agent speaks protocol versions 3 to 7, this program 1 to 2"],
    );
    for length in [0, MAX_FRAME as u32 + 1, u32::MAX] {
        assert!(payload_length(length.to_le_bytes()).is_err(), "{length}");
    }
}

#[test]
fn a_hello_of_a_later_version_may_say_more() {
    let Frame::Hello(mut later) = hello() else {
        panic!("it is a hello")
    };
    later.newest = 3;
    let mut bytes = encode(&Frame::Hello(later.clone()));
    bytes.extend_from_slice(b"and more");
    assert_eq!(decode(&bytes[HEADER..]).unwrap(), Frame::Hello(later));
}

#[test]
fn a_stream_is_cut_into_frames_wherever_it_was_split() {
    let frames = [hello(), of_everything()];
    let bytes: Vec<u8> = frames.iter().flat_map(encode).collect();
    for size in 1..bytes.len() {
        let mut reader = FrameReader::default();
        let mut found = Vec::new();
        for part in bytes.chunks(size) {
            reader.push(part);
            while let Some(payload) = reader.next_payload().unwrap() {
                found.push(payload.to_vec());
            }
        }
        assert_eq!(found.len(), 2, "parts of {size}");
        assert!(!reader.is_amid());
        assert_eq!(decode(&found[1]).unwrap(), frames[1]);
    }
}

#[test]
fn a_client_that_knows_the_document_only_reads_every_frame() {
    let [welcome, ack, heartbeat, bye] = the_others();
    let [ask, known] = of_the_fleet();
    let frames = [
        hello(),
        welcome,
        of_everything(),
        ack,
        heartbeat,
        bye,
        ask,
        known,
    ];
    let bytes: Vec<u8> = frames.iter().flat_map(encode).collect();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/src/wire/client.py");
    let mut python = Command::new("python3")
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 is installed for the tests");
    python.stdin.take().unwrap().write_all(&bytes).unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success());
    expect![[r#"
        hello [1, 2, "30313233343536373839616263646566", 1700000000000000000, 250, "web-1", "linux", "6.18", "\u00ffb", "0.1.0"]
        welcome [1, [[300, "telemetry", 250]]]
        batch [300, "findings", 70000, [[251, "{}"], [65536, "\u0001\u0002\u0003"], [1, ["telemetry", "damaged", 9, null, 4294967296, "s"]]]]
        acknowledged [300, "telemetry", 250]
        heartbeat [1, 2, 3, 4, 5, 1000]
        bye [7, "no"]
        ask ["a pattern of 16."]
        known [230, 14, [["a pattern of 16.", 300, 2]]]
    "#]].assert_eq(&String::from_utf8(output.stdout).unwrap());
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = decode(&bytes);
        let mut reader = FrameReader::default();
        reader.push(&bytes);
        while let Ok(Some(_)) = reader.next_payload() {}
    }
}
