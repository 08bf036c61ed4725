//! A fleet of made-up agents that deliver findings, or records, to one collector as fast as it takes
//! them.
//!
//! Step: tests; the bench runs it. Every agent has a connection of its own, and all begin together.
//! It prints how many items were acknowledged and in how many seconds.
#![forbid(unsafe_code)]

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, Barrier};
use std::time::Instant;

use harness::{Answer, FleetAgent, answer};
use ring_abi::{Encoder, FileWritten, Header, Kind, Known, MAX_RECORD, ProcessStart, Tag};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("fleet: {reason}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let usage = "usage: fleet SOCKET findings|records AGENTS BATCHES ITEMS-IN-A-BATCH";
    let [socket, what, numbers @ ..] = arguments.as_slice() else {
        return Err(usage.to_owned());
    };
    let lane = match what.as_str() {
        "findings" => 0,
        "records" => 1,
        _ => return Err(usage.to_owned()),
    };
    let numbers: Vec<u64> = numbers.iter().filter_map(|one| one.parse().ok()).collect();
    let [agents, batches, size] = numbers[..] else {
        return Err(usage.to_owned());
    };
    let socket = PathBuf::from(socket);
    let gate = Arc::new(Barrier::new(agents as usize + 1));
    let mut threads = Vec::new();
    for number in 0..agents {
        let (socket, gate) = (socket.clone(), Arc::clone(&gate));
        let deliver = move || deliver(&socket, lane, number, [batches, size], &gate);
        let thread = std::thread::Builder::new()
            .stack_size(256 << 10)
            .spawn(deliver);
        threads.push(thread.map_err(|error| format!("a thread: {error}"))?);
    }
    gate.wait();
    let begun = Instant::now();
    for thread in threads {
        thread.join().map_err(|_| "an agent panicked")??;
    }
    let items = agents * batches * size;
    println!("{items} {}", begun.elapsed().as_secs_f64());
    Ok(())
}

fn deliver(
    socket: &std::path::Path,
    lane: u64,
    number: u64,
    [batches, size]: [u64; 2],
    gate: &Barrier,
) -> Result<(), String> {
    let agent = FleetAgent::new(number);
    let documents: Vec<String> = (0..size).map(|one| document(number, one)).collect();
    let records: Vec<_> = (0..size).map(|one| record(number, one)).collect();
    let connected = agent.connect(socket, lane);
    // Whoever failed must not keep the others waiting.
    gate.wait();
    let (mut stream, _) = connected.map_err(|error| format!("agent {number}: {error}"))?;
    let failed = |error: std::io::Error| format!("agent {number}: {error}");
    let (mut sent, mut done) = (0, 0);
    while done < batches {
        while sent < batches && sent - done < WINDOW {
            let batch = match lane {
                0 => agent.findings(sent * size, &documents),
                _ => agent.records(sent * size, &records),
            };
            stream.write_all(&batch).map_err(failed)?;
            sent += 1;
        }
        match answer(&mut stream).map_err(failed)? {
            Answer::Ack(_, _, through) => done = (through + 1) / size,
            Answer::Heartbeat => {}
            other => return Err(format!("agent {number}: {other:?}")),
        }
    }
    Ok(())
}

fn document(agent: u64, number: u64) -> String {
    format!(
        "{{\"class_uid\":2004,\"activity_name\":\"Create\",\"severity_id\":3,\"message\":\"root \
         packed and encrypted /home/ann/docs with 7-zip into /tmp/out-{number}.7z\",\
         \"finding_info\":{{\"uid\":\"{agent:016x}{number:016x}\"}},\"device\":{{\"hostname\":\
         \"host-{agent}\"}}}}"
    )
}

/// A record with its time: programs that start, and files that are written with a sample of their
/// content, as a host has them.
fn record(agent: u64, number: u64) -> (u64, Vec<u8>) {
    let (kind, body) = if number.is_multiple_of(2) {
        let start = ProcessStart {
            known: Known::PARENT.with(Known::USER).with(Known::FILE).0,
            parent_pid: 1,
            inode: number,
            ..ProcessStart::default()
        };
        (Kind::PROCESS_START, start.write().to_vec())
    } else {
        let written = FileWritten {
            known: Known::FILE.with(Known::SIZE_AFTER).0,
            inode: number,
            size_after: number,
            ..FileWritten::default()
        };
        (Kind::FILE_WRITTEN, written.write().to_vec())
    };
    let header = Header {
        pid: 1_000 + number as u32,
        start_time: agent,
        ..Header::default()
    };
    let mut buffer = vec![0; MAX_RECORD];
    let encoder = Encoder::new(&mut buffer, kind, header, &body);
    let mut encoder = encoder.expect("a small record fits");
    let path = format!("/home/ann/docs/{agent}/report-{number}.odt");
    let fields = if kind == Kind::PROCESS_START {
        [
            (Tag::PATH, "/usr/bin/gzip"),
            (Tag::ARGUMENTS, "gzip\0-9\0report.odt\0"),
        ]
    } else {
        [(Tag::PATH, &*path), (Tag::CONTENT_HEAD, &*path)]
    };
    for (tag, value) in fields {
        let fits = encoder.field(tag, value.as_bytes());
        fits.expect("a short field fits");
    }
    // Within the minutes around a midnight, so that two days' tables are open.
    let time = 1_790_812_800_000_000_000 + agent * 1_000_000_000 - 500_000_000_000;
    (time + number, encoder.finish().to_vec())
}

/// Batches without an acknowledgement.
const WINDOW: u64 = 8;
