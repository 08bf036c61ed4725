//! Golden bytes of the records about connections and about the stream itself.

use ring_abi::{Body, CaptureStart, Flow, Header, Loss, Tag, Throttle};

use super::check;

/// An outbound TCP connection; no bytes are known yet.
#[test]
fn flow_opened() {
    check(
        r"
        80 00 00 00                         | length 128
        01 00                               | version 1
        0c 00                               | kind 12 FLOW_OPENED
        00 00 00 00                         | flags: none
        01 00 00 00                         | cpu 1
        12 00 00 00 00 00 00 00             | sequence 18
        00 b4 94 17 13 00 00 00             | time 82_000_000_000
        92 10 00 00                         | pid 4242
        92 10 00 00                         | tid 4242
        80 6e 18 dc 12 00 00 00             | start_time 81_002_000_000
        29 23 00 00 00 00 00 00             | cookie 9001
        00 00 00 00 00 00 00 00             | local, 10.0.0.5
        00 00 ff ff 0a 00 00 05             |   continued
        00 00 00 00 00 00 00 00             | remote, 203.0.113.9
        00 00 ff ff cb 00 71 09             |   continued
        b0 9c                               | local_port 40_112
        bb 01                               | remote_port 443
        06 00 00 00                         | protocol 6, TCP
        01 00 00 00                         | direction 1, OUTBOUND
        20 00 00 00                         | known 32, opened
        00 b4 94 17 13 00 00 00             | opened 82_000_000_000
        00 00 00 00 00 00 00 00             | bytes_sent 0
        00 00 00 00 00 00 00 00             | bytes_received 0
        ",
        Header {
            length: 128,
            version: 1,
            kind: 12,
            flags: 0,
            cpu: 1,
            sequence: 18,
            time: 82_000_000_000,
            pid: 4242,
            tid: 4242,
            start_time: 81_002_000_000,
        },
        Body::FlowOpened(Flow {
            cookie: 9001,
            local: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 0, 0, 5],
            remote: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 203, 0, 113, 9],
            local_port: 40_112,
            remote_port: 443,
            protocol: 6,
            direction: 1,
            known: 32,
            opened: 82_000_000_000,
            bytes_sent: 0,
            bytes_received: 0,
        }),
        &[],
    );
}

/// The same connection ends; it sent 70 500 bytes.
#[test]
fn flow_closed() {
    check(
        r"
        88 00 00 00                         | length 136
        01 00                               | version 1
        0d 00                               | kind 13 FLOW_CLOSED
        00 00 00 00                         | flags: none
        01 00 00 00                         | cpu 1
        13 00 00 00 00 00 00 00             | sequence 19
        00 7e 2f 53 13 00 00 00             | time 83_000_000_000
        92 10 00 00                         | pid 4242
        92 10 00 00                         | tid 4242
        80 6e 18 dc 12 00 00 00             | start_time 81_002_000_000
        29 23 00 00 00 00 00 00             | cookie 9001
        00 00 00 00 00 00 00 00             | local, 10.0.0.5
        00 00 ff ff 0a 00 00 05             |   continued
        00 00 00 00 00 00 00 00             | remote, 203.0.113.9
        00 00 ff ff cb 00 71 09             |   continued
        b0 9c                               | local_port 40_112
        bb 01                               | remote_port 443
        06 00 00 00                         | protocol 6, TCP
        01 00 00 00                         | direction 1, OUTBOUND
        38 00 00 00                         | known 56, opened, bytes written and read
        00 b4 94 17 13 00 00 00             | opened 82_000_000_000
        64 13 01 00 00 00 00 00             | bytes_sent 70_500
        2c 01 00 00 00 00 00 00             | bytes_received 300
        12 00 04 00                         | field 18 COMMAND, 4 bytes
        63 75 72 6c                         |   curl
        ",
        Header {
            length: 136,
            version: 1,
            kind: 13,
            flags: 0,
            cpu: 1,
            sequence: 19,
            time: 83_000_000_000,
            pid: 4242,
            tid: 4242,
            start_time: 81_002_000_000,
        },
        Body::FlowClosed(Flow {
            cookie: 9001,
            local: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 0, 0, 5],
            remote: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 203, 0, 113, 9],
            local_port: 40_112,
            remote_port: 443,
            protocol: 6,
            direction: 1,
            known: 56,
            opened: 82_000_000_000,
            bytes_sent: 70_500,
            bytes_received: 300,
        }),
        &[(Tag::COMMAND, b"curl")],
    );
}

/// The process made more records than a process may.
#[test]
fn throttle() {
    check(
        r"
        48 00 00 00                         | length 72
        01 00                               | version 1
        0e 00                               | kind 14 THROTTLE
        00 00 00 00                         | flags: none
        01 00 00 00                         | cpu 1
        14 00 00 00 00 00 00 00             | sequence 20
        00 5f 25 59 13 00 00 00             | time 83_100_000_000
        92 10 00 00                         | pid 4242
        92 10 00 00                         | tid 4242
        80 6e 18 dc 12 00 00 00             | start_time 81_002_000_000
        dc 05 00 00 00 00 00 00             | left_out 1500
        80 6e 2a 56 13 00 00 00             | since 83_050_000_000
        01 00 00 00                         | reason 1, RATE
        0b 00 00 00                         | kind 11, DIRECTORY_READ
        ",
        Header {
            length: 72,
            version: 1,
            kind: 14,
            flags: 0,
            cpu: 1,
            sequence: 20,
            time: 83_100_000_000,
            pid: 4242,
            tid: 4242,
            start_time: 81_002_000_000,
        },
        Body::Throttle(Throttle {
            left_out: 1500,
            since: 83_050_000_000,
            reason: 1,
            kind: 11,
        }),
        &[],
    );
}

/// The ring was full; the header names no process.
#[test]
fn loss() {
    check(
        r"
        58 00 00 00                         | length 88
        01 00                               | version 1
        0f 00                               | kind 15 LOSS
        00 00 00 00                         | flags: none
        01 00 00 00                         | cpu 1
        15 00 00 00 00 00 00 00             | sequence 21
        00 40 1b 5f 13 00 00 00             | time 83_200_000_000
        00 00 00 00                         | pid 0
        00 00 00 00                         | tid 0
        00 00 00 00 00 00 00 00             | start_time 0
        00 08 00 00 00 00 00 00             | count 2048
        80 4f 20 5c 13 00 00 00             | from 83_150_000_000
        c0 fd 0b 5f 13 00 00 00             | to 83_199_000_000
        01 00 00 00                         | reason 1, RING_FULL
        07 00 00 00                         | kind 7, FILE_WRITTEN
        ff ff ff ff                         | cpu 4_294_967_295, all
        00 00 00 00                         | _pad 0
        ",
        Header {
            length: 88,
            version: 1,
            kind: 15,
            flags: 0,
            cpu: 1,
            sequence: 21,
            time: 83_200_000_000,
            pid: 0,
            tid: 0,
            start_time: 0,
        },
        Body::Loss(Loss {
            count: 2048,
            from: 83_150_000_000,
            to: 83_199_000_000,
            reason: 1,
            kind: 7,
            cpu: 4_294_967_295,
            _pad: 0,
        }),
        &[],
    );
}

/// The first record of a capture: both clocks, host and system.
#[test]
fn capture_start() {
    check(
        r"
        66 00 00 00                         | length 102
        01 00                               | version 1
        10 00                               | kind 16 CAPTURE_START
        00 00 00 00                         | flags: none
        00 00 00 00                         | cpu 0
        00 00 00 00 00 00 00 00             | sequence 0
        01 20 5f a0 12 00 00 00             | time 80_000_000_001
        00 00 00 00                         | pid 0
        00 00 00 00                         | tid 0
        00 00 00 00 00 00 00 00             | start_time 0
        00 80 d3 5b fd 1e e9 18             | wall_time 1_795_000_000_000_000_000
        00 20 5f a0 12 00 00 00             | boot_time 80_000_000_000
        01 00 00 00                         | system 1, LINUX
        00 10 00 00                         | page_size 4096
        0f 00 03 00                         | field 15 HOST, 3 bytes
        64 62 37                            |   db7
        10 00 07 00                         | field 16 RELEASE, 7 bytes
        36 2e 31 38 2e 34 34                |   6.18.44
        11 00 08 00                         | field 17 BOOT, 8 bytes
        30 66 36 63 32 64 31 65             |   0f6c2d1e
        ",
        Header {
            length: 102,
            version: 1,
            kind: 16,
            flags: 0,
            cpu: 0,
            sequence: 0,
            time: 80_000_000_001,
            pid: 0,
            tid: 0,
            start_time: 0,
        },
        Body::CaptureStart(CaptureStart {
            wall_time: 1_795_000_000_000_000_000,
            boot_time: 80_000_000_000,
            system: 1,
            page_size: 4096,
        }),
        &[
            (Tag::HOST, b"db7"),
            (Tag::RELEASE, b"6.18.44"),
            (Tag::BOOT, b"0f6c2d1e"),
        ],
    );
}
