//! A plain mutator: changed inputs for each decoder, so many or for so long, on stable Rust.
//!
//! Step: tests. It finds less than a coverage-guided fuzzer and needs nothing but the toolchain. A
//! seed makes the same inputs again. An input that makes a decoder panic is written to `artifacts`
//! and named, and `mutate replay TARGET FILE` gives it to the decoder again.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use decoders::{Bound, TARGETS, survives};

fn main() -> ExitCode {
    let arguments = std::env::args().skip(1).collect::<Vec<_>>();
    match run(&arguments) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(usage) => {
            eprintln!("{usage}");
            ExitCode::from(2)
        }
    }
}

/// Does what the arguments say; gives how many targets failed.
fn run(arguments: &[String]) -> Result<usize, String> {
    let usage = || {
        let names = TARGETS.map(|(name, ..)| name).join(", ");
        format!(
            "usage: mutate COUNT|SECONDSs [SEED [TARGET...]]\n       mutate replay TARGET FILE\n\
             targets: {names}"
        )
    };
    let named = |name: &str| TARGETS.into_iter().find(|(known, ..)| *known == name);
    if let [word, name, file] = arguments
        && word == "replay"
    {
        let (_, decode, _) = named(name).ok_or_else(usage)?;
        let input = std::fs::read(file).map_err(|error| format!("{file}: {error}"))?;
        decode(&input);
        println!("{name}: {file} is survived");
        return Ok(0);
    }
    let bound = arguments.first().and_then(|text| Bound::parse(text));
    let bound = bound.ok_or_else(usage)?;
    let seed = match arguments.get(1) {
        Some(text) => text.parse().map_err(|_| usage())?,
        None => SEED,
    };
    let mut targets = Vec::new();
    for name in arguments.iter().skip(2) {
        targets.push(named(name).ok_or_else(usage)?);
    }
    if targets.is_empty() {
        targets.extend(TARGETS);
    }
    println!("seed {seed}");
    let mut failed = 0;
    for target in targets {
        match survives(target, bound, seed) {
            Ok(told) => println!("{told}"),
            Err(told) => {
                eprintln!("{told}");
                failed += 1;
            }
        }
    }
    println!("{failed} failed");
    Ok(failed)
}

/// The seed where none is named.
const SEED: u64 = 0x2545_f491_4f6c_dd1d;
