//! Writes recordings of a made-up host, for the bench of replay: how fast, how much memory.
//!
//! Step: tests. The records are of the real format, in a mix like that of a busy build and web
//! host, with a chosen number of live processes throughout. The same arguments give the same bytes.
#![forbid(unsafe_code)]

mod host;

use std::fs::File;
use std::io::{self, BufWriter};
use std::process::ExitCode;

use host::Host;

fn main() -> ExitCode {
    let arguments = std::env::args().skip(1).collect::<Vec<_>>();
    let [processes, records, path] = arguments.as_slice() else {
        eprintln!("usage: mixture LIVE_PROCESSES RECORDS FILE");
        return ExitCode::from(2);
    };
    let (Ok(processes), Ok(records)) = (processes.parse(), records.parse()) else {
        eprintln!("mixture: LIVE_PROCESSES and RECORDS are numbers");
        return ExitCode::from(2);
    };
    match write(processes, records, path) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("mixture: {path}: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Writes a capture's start, every live process, and then `records` records of their doings.
fn write(processes: u32, records: u64, path: &str) -> io::Result<()> {
    let mut host = Host::new(BufWriter::new(File::create(path)?))?;
    for _ in 0..processes.max(1) {
        host.start_process(true)?;
    }
    while host.written() < records + u64::from(processes) {
        host.act()?;
    }
    host.finish()
}
