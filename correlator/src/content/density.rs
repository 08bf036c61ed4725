//! How dense bytes are: Shannon entropy and chi-square, both scaled to the number of bytes.
//!
//! Step: correlate. A few hundred random bytes have far less than 8 bits of entropy each, since
//! most values have not come up yet; so the measure is what random bytes of the same number would
//! reach. The decision is chi-square's: its spread for random bytes is known, whatever their
//! number, and text, code, base64 and records lie far outside it. Compressed and encrypted bytes
//! cannot be told apart here; only a format can say.

use super::Density;
use super::samples::Samples;

/// What was measured.
pub(super) struct Measured {
    pub(super) entropy: Option<f32>,
    pub(super) random: Option<f32>,
    pub(super) density: Density,
}

/// Measures the distinct samples.
pub(super) fn measure(samples: &Samples<'_>) -> Measured {
    let total = samples.bytes();
    if total == 0 {
        return Measured {
            entropy: None,
            random: None,
            density: Density::Unknown,
        };
    }
    let counts = count(samples.distinct());
    let entropy = entropy(&counts, total);
    let random = random_entropy(total);
    Measured {
        entropy: Some(entropy),
        random: Some(random),
        density: density(&counts, total, entropy, random),
    }
}

/// How dense these bytes are by themselves.
pub(super) fn of_bytes(bytes: &[u8]) -> Density {
    let counts = count([bytes, &[], &[]]);
    let entropy = entropy(&counts, bytes.len());
    density(&counts, bytes.len(), entropy, random_entropy(bytes.len()))
}

/// How often each value comes up. Two tables, since neighbours are often equal and would wait for
/// each other's increment.
pub(super) fn count(parts: [&[u8]; 3]) -> [u32; 256] {
    let (mut even, mut odd) = ([0_u32; 256], [0_u32; 256]);
    for part in parts {
        let mut pairs = part.chunks_exact(2);
        for pair in &mut pairs {
            even[usize::from(pair[0])] += 1;
            odd[usize::from(pair[1])] += 1;
        }
        for &byte in pairs.remainder() {
            even[usize::from(byte)] += 1;
        }
    }
    for (sum, odd) in even.iter_mut().zip(odd) {
        *sum += odd;
    }
    even
}

fn entropy(counts: &[u32; 256], total: usize) -> f32 {
    if total == 0 {
        return 0.0;
    }
    // Four sums, so that one addition need not wait for the other.
    let mut sums = [0.0_f32; 4];
    for four in counts.chunks_exact(4) {
        for (sum, &count) in sums.iter_mut().zip(four) {
            *sum += weighted_log(count);
        }
    }
    let total = total as f32;
    (total.log2() - sums.iter().sum::<f32>() / total).max(0.0)
}

/// `count * log2(count)`, from a table as far as samples usually go.
fn weighted_log(count: u32) -> f32 {
    match WEIGHTED_LOG.get(count as usize) {
        Some(&value) => value,
        None => count as f32 * (count as f32).log2(),
    }
}

fn density(counts: &[u32; 256], total: usize, entropy: f32, random: f32) -> Density {
    if total < FEW {
        let text = counts
            .iter()
            .enumerate()
            .all(|(value, &count)| count == 0 || is_text(value as u8));
        return if text && total >= TEXT_ENOUGH {
            Density::Plain
        } else {
            Density::Unknown
        };
    }
    let expected = total as f32 / 256.0;
    let squares: u64 = counts.iter().map(|&count| u64::from(count).pow(2)).sum();
    let chi_square = squares as f32 / expected - total as f32;
    if chi_square <= limit(total) {
        Density::Dense
    } else if entropy >= random * MIXED {
        Density::Mixed
    } else {
        Density::Plain
    }
}

/// The largest chi-square of random bytes: its mean is 255, its standard deviation 22.6. Few bytes
/// need the tighter bound, since printable text comes closer to it.
fn limit(total: usize) -> f32 {
    let deviations = if total < 256 { 4.0 } else { 7.0 };
    255.0 + deviations * 22.6
}

/// Whether text has such bytes.
pub(super) fn is_text(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | b'\r' | 0x20..=0x7e)
}

/// The entropy that random bytes of this number reach on average.
pub(super) fn random_entropy(total: usize) -> f32 {
    let at = RANDOM.partition_point(|&(bytes, _)| bytes <= total);
    match (
        at.checked_sub(1).and_then(|at| RANDOM.get(at)),
        RANDOM.get(at),
    ) {
        (Some(&(below, low)), Some(&(above, high))) => {
            // Between the points the curve is close to straight over the logarithm.
            let share = (total as f32 / below as f32).log2() / (above as f32 / below as f32).log2();
            low + (high - low) * share
        }
        (Some(&(_, last)), None) => last,
        (None, _) => (total as f32).log2(),
    }
}

/// Expected entropy of that many bytes drawn at random.
const RANDOM: [(usize, f32); 14] = [
    (16, 3.942),
    (32, 4.882),
    (64, 5.766),
    (128, 6.550),
    (192, 6.939),
    (256, 7.175),
    (384, 7.445),
    (512, 7.590),
    (768, 7.738),
    (1024, 7.809),
    (1280, 7.850),
    (2048, 7.908),
    (4096, 7.955),
    (65536, 7.997),
];

/// Fewer bytes do not tell dense from plain.
const FEW: usize = 96;

/// So many printable bytes are text.
const TEXT_ENOUGH: usize = 16;

/// Share of the random entropy above which bytes are no plain text or table: English is at 0.66
/// and below, base64 at 0.76.
const MIXED: f32 = 0.72;

static WEIGHTED_LOG: [f32; 1281] = weighted_logs();

const fn weighted_logs() -> [f32; 1281] {
    let mut table = [0.0; 1281];
    let mut count = 2;
    while count < table.len() {
        table[count] = (count as f64 * log2(count as f64)) as f32;
        count += 1;
    }
    table
}

/// The binary logarithm of a number of at least 1, bit by bit.
const fn log2(mut value: f64) -> f64 {
    let mut result = 0.0;
    while value >= 2.0 {
        value /= 2.0;
        result += 1.0;
    }
    let mut bit = 0.5;
    let mut step = 0;
    while step < 30 {
        value *= value;
        if value >= 2.0 {
            value /= 2.0;
            result += bit;
        }
        bit /= 2.0;
        step += 1;
    }
    result
}
