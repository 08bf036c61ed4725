//! A fleet of made-up agents that deliver findings to one collector as fast as it takes them.
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
    let usage = "usage: fleet SOCKET AGENTS BATCHES ITEMS-IN-A-BATCH";
    let [socket, numbers @ ..] = arguments.as_slice() else {
        return Err(usage.to_owned());
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
        let deliver = move || deliver(&socket, number, batches, size, &gate);
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
    number: u64,
    batches: u64,
    size: u64,
    gate: &Barrier,
) -> Result<(), String> {
    let agent = FleetAgent::new(number);
    let documents: Vec<String> = (0..size).map(|one| document(number, one)).collect();
    let connected = agent.connect(socket, 0);
    // Whoever failed must not keep the others waiting.
    gate.wait();
    let (mut stream, _) = connected.map_err(|error| format!("agent {number}: {error}"))?;
    let failed = |error: std::io::Error| format!("agent {number}: {error}");
    let (mut sent, mut done) = (0, 0);
    while done < batches {
        while sent < batches && sent - done < WINDOW {
            let batch = agent.findings(sent * size, &documents);
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

/// Batches without an acknowledgement.
const WINDOW: u64 = 8;
