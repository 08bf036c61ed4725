//! Judges what a guest saw of the ways to write.
//!
//! Step: tests. `ways FOLDER`: the folder holds what `doctor --json` told (`doctor.json`), what the
//! programs said (`said`) and the recording of them (`ways.phr`). Prints a line for each way; ends
//! with 1 where one is not as the table in `tests/ways` has it.
#![forbid(unsafe_code)]

use std::path::Path;
use std::process::ExitCode;

use harness::{Seen, compare, load_ways};
use serde_json::Value;

fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().nth(1) else {
        eprintln!("usage: ways FOLDER");
        return ExitCode::from(2);
    };
    match judge(Path::new(&folder)) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("ways: {error}");
            ExitCode::from(2)
        }
    }
}

/// How many ways are not as they must be.
fn judge(folder: &Path) -> Result<usize, Box<dyn std::error::Error>> {
    let read = |name: &str| {
        let path = folder.join(name);
        std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))
    };
    let doctor: Value = serde_json::from_slice(&read("doctor.json")?)?;
    let spots = doctor["blind_spots"].as_array().ok_or("no blind spots")?;
    let spots: Vec<String> = spots
        .iter()
        .filter_map(|spot| Some(spot.as_str()?.to_owned()))
        .collect();
    let tier = doctor["tier"].as_str().ok_or("no tier")?;
    let mut ways = load_ways(include_str!("../../ways/ways.toml"))?;
    if tier == "mixed" {
        for way in &mut ways {
            way.hold_to_what_is_listed(&spots);
        }
    }
    let said = String::from_utf8(read("said")?)?;
    let number = if tier == "1" { 1 } else { 2 };
    let seen = compare(&ways, number, &said, &read("ways.phr")?, &spots)?;
    let mut wrong = 0;
    println!("tier {tier}");
    for (way, seen) in &seen {
        let (state, text) = match seen {
            Seen::Told => ("told", ""),
            Seen::Blind(words) => ("blind", &**words),
            Seen::Unsupported(why) => ("left out", &**why),
            Seen::Wrong(why) => ("WRONG", &**why),
        };
        wrong += usize::from(state == "WRONG");
        println!("{:18} {state:9} {text}", way.name);
    }
    Ok(wrong)
}
