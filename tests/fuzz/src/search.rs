//! Changed inputs for a decoder, so many or for so long; a seed makes the same ones again.
//!
//! Step: tests. It needs nothing but stable Rust, so every run of the tests does a little of it. An
//! input that makes a decoder panic is written to `artifacts` and named.

use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::Target;

/// When to stop with one target.
#[derive(Clone, Copy, Debug)]
pub enum Bound {
    /// After so many inputs.
    Inputs(u64),
    /// After so long.
    Time(Duration),
}

impl Bound {
    /// Reads `1000` or `30s`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text.strip_suffix('s') {
            Some(seconds) => seconds
                .parse()
                .ok()
                .map(Duration::from_secs)
                .map(Self::Time),
            None => text.parse().ok().map(Self::Inputs),
        }
    }

    fn is_reached(self, inputs: u64, begun: Instant) -> bool {
        match self {
            Self::Inputs(most) => inputs >= most,
            Self::Time(longest) => begun.elapsed() >= longest,
        }
    }
}

/// Feeds changed inputs to a target; says how many it survived, or which it did not.
///
/// # Errors
/// When the target panics.
pub fn survives((name, target, seeds): Target, bound: Bound, seed: u64) -> Result<String, String> {
    let seeds = seeds();
    // A generator of this kind stands still at 0.
    let mut chance = Chance(seed.max(1));
    let begun = Instant::now();
    let mut inputs = 0;
    while !bound.is_reached(inputs, begun) {
        let input = mutated(&seeds, &mut chance);
        if catch_unwind(|| target(&input)).is_err() {
            let kept = keep(name, &format!("{seed}-{inputs}"), &input);
            let kept = kept.map_or_else(
                |error| format!("it was not kept: {error}"),
                |path| format!("again with `mutate replay {name} {}`", path.display()),
            );
            return Err(format!(
                "{name}: input {inputs} of seed {seed} panics; {kept}"
            ));
        }
        inputs += 1;
    }
    let memory = peak_memory().map_or_else(String::new, |peak| format!(", peak memory {peak}"));
    let seconds = begun.elapsed().as_secs_f64();
    Ok(format!("{name}: {inputs} inputs in {seconds:.1} s{memory}"))
}

/// Writes an input down for later.
fn keep(target: &str, name: &str, input: &[u8]) -> std::io::Result<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("artifacts");
    std::fs::create_dir_all(&folder)?;
    let path = folder.join(format!("{target}-{name}"));
    std::fs::write(&path, input)?;
    Ok(path)
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
