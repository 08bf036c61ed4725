//! The one integration binary: the real daemon on this machine's kernel, and its command line.
//!
//! Step: tests. Each scenario of `tests/scenarios` is a test of its own; one daemon serves them all
//! in one process. What needs root is left out without it, and said so; nothing is left out
//! because a program is missing when `cargo xtask test` runs it, since that installs them.
#![forbid(unsafe_code)]

mod cli;
mod collecting;
mod hostile;
mod inspect;
mod kernels;
mod life;
mod live;
mod load;
mod loss;
mod machines;
mod macos;
mod metrics;
mod nats;
mod nats_cluster;
mod nats_fleet;
mod nats_login;
mod nats_trouble;
mod packer;
mod place;
mod recorder;
mod recordings;
mod spool;
mod stream;
mod uses;
mod ways;
mod wine;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // Scenarios share a daemon and are judged one after the other.
    arguments.test_threads = Some(1);
    let available = match place::Available::on_this_machine() {
        Ok(available) => available,
        Err(reason) => {
            eprintln!("tests/it: {reason}");
            return ExitCode::FAILURE;
        }
    };
    if let Some(reason) = available.why_not_live() {
        eprintln!("tests/it: left out: {reason}; `cargo xtask test` runs everything");
    }
    let mut trials = Vec::new();
    trials.extend(cli::trials(&available));
    trials.extend(kernels::trials(&available));
    trials.extend(recordings::trials(&available));
    trials.extend(machines::trials(&available));
    trials.extend(macos::trials(&available));
    match live::trials(&available) {
        Ok(live) => trials.extend(live),
        Err(error) => {
            eprintln!("tests/it: {error}");
            return ExitCode::FAILURE;
        }
    }
    trials.extend(life::trials(&available));
    trials.extend(inspect::trials(&available));
    trials.extend(loss::trials(&available));
    trials.extend(uses::trials(&available));
    trials.extend(ways::trials(&available));
    trials.extend(stream::trials(&available));
    trials.extend(spool::trials(&available));
    trials.extend(hostile::trials(&available));
    trials.extend(collecting::trials(&available));
    trials.extend(nats::trials(&available));
    trials.extend(nats_trouble::trials(&available));
    trials.extend(nats_cluster::trials(&available));
    trials.extend(nats_login::trials(&available));
    trials.extend(nats_fleet::trials(&available));
    trials.extend(metrics::trials(&available));
    trials.extend(wine::trials(&available));
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// A test that is left out when `possible` is not given.
fn trial(
    name: &str,
    possible: bool,
    test: impl FnOnce() -> Result<(), Failed> + Send + 'static,
) -> Trial {
    Trial::test(name, test).with_ignored_flag(!possible)
}

/// Fails when a daemon took so long to end that whoever stops it would kill it. What it takes on a
/// quiet machine is no matter of a test, for machines are noisy.
fn promptly(ended: &harness::Ended) -> Result<(), Failed> {
    ensure(ended.took <= std::time::Duration::from_secs(20), || {
        format!("it took {:?} to end", ended.took)
    })
}

/// Fails with `text` unless `holds`.
fn ensure(holds: bool, text: impl FnOnce() -> String) -> Result<(), Failed> {
    if holds {
        Ok(())
    } else {
        Err(Failed::from(text()))
    }
}
