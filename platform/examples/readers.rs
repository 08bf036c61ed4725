//! Reads a recording again and again, to be measured from outside:
//! `cargo run --release -p packhound-platform --example readers -- FILE TIMES`.
//!
//! Step: source. The file is unpacked and in memory; each time it is opened, read, and every record
//! taken. What is printed is how many events it tells of, and how many records came of them. Of a
//! file `.messages`, which holds lines of `eslogger`, the lines are read once, and what is done again
//! and again is making records of their messages.

use std::io::Cursor;
use std::path::Path;
use std::time::Duration;

use platform::endpoint::Encoding;
use platform::recording::{
    Gathered, eslogger_message, read_eslogger, read_etl, read_evtx, read_sysmon_json,
};
use platform::{Progress, Source as _, SourceError};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(name), Some(times)) = (arguments.next(), arguments.next()) else {
        return Err("usage: readers FILE TIMES".into());
    };
    let mut bytes = std::fs::read(&name)?;
    let times: u32 = times.parse()?;
    if name.ends_with(".messages") {
        let told = messages(&mut bytes, times)?;
        println!("{} {}", told.0, told.1);
        return Ok(());
    }
    let mut told = (0, 0);
    for _ in 0..times {
        told = drain(open(&name, &bytes)?)?;
    }
    println!("{} {}", told.0, told.1);
    Ok(())
}

/// By the name's extension.
fn open(name: &str, bytes: &[u8]) -> Result<Gathered, SourceError> {
    let extension = Path::new(name).extension().and_then(|it| it.to_str());
    match extension {
        Some("etl") => read_etl(name, &mut &*bytes),
        Some("ndjson") => read_eslogger(name, &mut &*bytes),
        Some("evtx") => read_evtx(name, Cursor::new(bytes)),
        _ => read_sysmon_json(name, &mut &*bytes),
    }
}

/// Takes all records; gives the events and the records.
fn drain(mut source: Gathered) -> Result<(u64, u64), SourceError> {
    let mut records = 0;
    while source.poll(Duration::ZERO, 4_096, &mut |_| records += 1)? != Progress::Ended {}
    let stats = source.stats();
    let events = stats.others.iter().find(|(name, _)| *name == "events");
    Ok((events.map_or(0, |(_, count)| *count), records))
}

/// Makes records of messages so often; gives the messages and the records of one time.
fn messages(bytes: &mut [u8], times: u32) -> Result<(u64, u64), SourceError> {
    let lines = bytes.split_mut(|byte| *byte == b'\n');
    let messages: Vec<_> = lines.filter_map(eslogger_message).collect();
    let mut encoding = Encoding::default();
    let mut records = 0;
    for _ in 0..times {
        records = 0;
        for message in &messages {
            encoding.take(message, &mut |record| {
                records += 1;
                std::hint::black_box(record);
            })?;
        }
    }
    Ok((messages.len() as u64, records))
}
