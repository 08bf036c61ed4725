//! A plain mutator: so many changed inputs for each decoder, on stable Rust, the same every time.
//!
//! Step: tests. It finds less than a coverage-guided fuzzer and needs nothing but the toolchain. An
//! input that makes a decoder panic is written to `artifacts` and named.
#![forbid(unsafe_code)]

use std::panic::catch_unwind;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use decoders::{TARGETS, Target};

fn main() -> ExitCode {
    let arguments = std::env::args().skip(1).collect::<Vec<_>>();
    let count = arguments.first().and_then(|count| count.parse().ok());
    let Some(count) = count else {
        eprintln!("usage: mutate COUNT [TARGET]");
        return ExitCode::from(2);
    };
    let mut failed = 0;
    let chosen = TARGETS
        .into_iter()
        .filter(|(name, _, _)| arguments.get(1).is_none_or(|only| only == name));
    for target in chosen {
        failed += u32::from(!run(target, count));
    }
    println!("{} failed", failed);
    if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Feeds `count` inputs to a target; gives whether it survived them.
fn run((name, target, seeds): Target, count: u64) -> bool {
    let seeds = seeds();
    let mut chance = Chance(0x2545_f491_4f6c_dd1d);
    let begun = Instant::now();
    for number in 0..count {
        let input = mutated(&seeds, &mut chance);
        if catch_unwind(|| target(&input)).is_err() {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("artifacts");
            let path = path.join(format!("{name}-{number}"));
            let kept = std::fs::create_dir_all(path.parent().unwrap_or(&path))
                .and_then(|()| std::fs::write(&path, &input));
            match kept {
                Ok(()) => eprintln!("{name}: input {number} panics: {}", path.display()),
                Err(error) => eprintln!("{name}: input {number} panics, and was not kept: {error}"),
            }
            return false;
        }
    }
    let memory = peak_memory().map_or_else(String::new, |peak| format!(", peak memory {peak}"));
    println!(
        "{name}: {count} inputs in {:.1} s{memory}",
        begun.elapsed().as_secs_f64()
    );
    true
}

/// A seed with one to eight changes.
fn mutated(seeds: &[Vec<u8>], chance: &mut Chance) -> Vec<u8> {
    let mut input = seeds[chance.below(seeds.len())].clone();
    for _ in 0..=chance.below(8) {
        let at = chance.below(input.len() + 1);
        match chance.below(7) {
            0 => input.truncate(at),
            1 if at < input.len() => input[at] ^= 1 << chance.below(8),
            2 if at < input.len() => input[at] = [0, 1, 0x7f, 0x80, 0xff][chance.below(5)],
            3 => input.insert(at, chance.below(256) as u8),
            4 if at < input.len() => {
                input.remove(at);
            }
            5 => {
                let other = &seeds[chance.below(seeds.len())];
                let from = chance.below(other.len() + 1);
                input.truncate(at);
                input.extend_from_slice(&other[from..]);
            }
            _ => {
                let end = (at + chance.below(64)).min(input.len());
                let copy = input[at..end].to_vec();
                input.splice(at..at, copy);
            }
        }
    }
    input
}

/// A seeded sequence of numbers.
struct Chance(u64);

impl Chance {
    /// The next number below `below`, which must not be 0.
    fn below(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % below as u64) as usize
    }
}

/// The most memory that this process has had, where the system tells it.
fn peak_memory() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().to_owned())
}
