//! Says what packing code is in files, and what looking for it costs:
//! `cargo run --release -p packhound-platform --example fingerprint -- /usr/bin/*`.
//!
//! Step: source, for the enrichment. It measures with a cold scanner and a warm page cache, the
//! best of three, as the first start of a program finds its file. The last line is for programs:
//! files, then the median, the 99th of 100 and the longest, each in microseconds.

use std::fs::File;
use std::time::{Duration, Instant};

use platform::fingerprint::Scanner;

fn main() -> std::io::Result<()> {
    let begun = Instant::now();
    let scanner = Scanner::new();
    println!("scanner made in {:?}", begun.elapsed());
    let mut costs: Vec<(Duration, u64, String)> = Vec::new();
    for name in std::env::args().skip(1) {
        let mut file = match File::open(&name) {
            Ok(file) if file.metadata()?.is_file() => file,
            Ok(_) | Err(_) => continue,
        };
        let mut best = Duration::MAX;
        let mut found = None;
        for _ in 0..3 {
            let begun = Instant::now();
            let scan = scanner.scan(&mut file, &mut || true)?;
            best = best.min(begun.elapsed());
            found = Some(scan);
        }
        let Some(scan) = found else { continue };
        if !scan.code.is_empty() || scan.malformed.is_some() {
            let code = scan.code.iter();
            let code: Vec<String> = code
                .map(|code| format!("{} ({})", code.family, code.recognised))
                .collect();
            println!(
                "{name}: {best:?}, {} KiB: {}",
                scan.bytes >> 10,
                code.join(", ")
            );
        }
        costs.push((best, scan.bytes, name));
    }
    costs.sort();
    let at = |share: usize| costs.get((costs.len() * share / 100).min(costs.len() - 1));
    if let (Some(median), Some(late), Some(last)) = (at(50), at(99), costs.last()) {
        let all: Duration = costs.iter().map(|(cost, ..)| *cost).sum();
        println!(
            "{} files in {all:?}: median {:?}, 99 of 100 within {:?}, the longest {:?} for {} KiB of {}",
            costs.len(),
            median.0,
            late.0,
            last.0,
            last.1 >> 10,
            last.2
        );
        println!(
            "{} {} {} {}",
            costs.len(),
            median.0.as_micros(),
            late.0.as_micros(),
            last.0.as_micros()
        );
    }
    Ok(())
}
