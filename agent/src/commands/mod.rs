//! What each command does, one file each.
//!
//! Step: none; a command wires the steps together. Shared here is only how a command comes to its
//! settings, and how the live source is opened.

mod baseline;
mod collect;
mod config;
mod doctor;
mod explain;
mod record;
mod replay;
mod run;
mod service;
mod streaming;
mod watched;

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use correlator::Catalogue;
use platform::host::KernelSource;
use platform::{HookState, Options};

use crate::arguments::{Arguments, Command, Configured};
use crate::config::{Settings, load, read_overrides};
use crate::pipeline::Judgement;
use crate::sink::Console;

/// Does what the arguments say.
///
/// # Errors
/// Whatever kept the command from being done, with what to do about it.
pub fn execute(arguments: Arguments) -> anyhow::Result<()> {
    match arguments.command {
        Command::Run(arguments) if arguments.service => service::run(arguments),
        Command::Run(arguments) => run::run(&arguments),
        Command::Collect(arguments) => collect::collect(&arguments),
        Command::Record(arguments) => record::record(&arguments),
        Command::Replay(arguments) => replay::replay(&arguments),
        Command::Doctor(arguments) => doctor::doctor(&arguments),
        Command::Explain(arguments) => explain::explain(&arguments),
        Command::Config(arguments) => config::config(&arguments),
        Command::Baseline(arguments) => baseline::baseline(&arguments),
        Command::Service(arguments) => service::service(&arguments),
    }
}

/// The settings of the named file, or else of the default one.
fn settings(configured: &Configured) -> anyhow::Result<Settings> {
    Ok(load(configured.config.as_deref())?)
}

/// The facts and the operator's settings for the correlator.
fn judgement(settings: &Settings) -> anyhow::Result<Judgement> {
    let overrides = read_overrides(&settings.catalogue)?;
    let catalogue = if overrides.is_empty() {
        Catalogue::builtin()
    } else {
        Catalogue::with_overrides(&overrides)?
    };
    Ok(Judgement {
        catalogue: Arc::new(catalogue),
        knobs: settings.detection.clone(),
    })
}

/// How the kernel is watched.
fn options(settings: &Settings) -> Options {
    Options {
        ring_bytes: settings.capture.ring_bytes,
        records_per_second: settings.capture.records_per_second,
        btf: settings.capture.btf.clone(),
        library_probes: settings.capture.library_probes,
        most_libraries: settings.capture.most_libraries,
        tier: settings.capture.tier,
        own_folder: Some(settings.state.path.clone()),
        ..Options::default()
    }
}

/// Opens the file for the final counters, while the process may still write wherever root may.
fn report(path: &Path) -> anyhow::Result<File> {
    File::create(path).with_context(|| format!("cannot write the counters to {}", path.display()))
}

/// Why counters are missing in the file that [`report`] opened.
const NO_REPORT: &str = "cannot write the counters to the file of --stats";

/// Opens the live kernel.
fn open_kernel(settings: &Settings) -> anyhow::Result<KernelSource> {
    KernelSource::open(&options(settings)).context("cannot watch this host")
}

/// Says what the source is blind to, and how much it sees.
fn say_hooks(console: &Console, source: &KernelSource) {
    let hooks = source.hooks();
    for hook in hooks {
        if let HookState::Missing(why) | HookState::Failed(why) = &hook.state {
            let (name, sees) = (&hook.name, hook.sees);
            console.say(&format!("blind to {sees}: {name}: {why}"));
        }
    }
    if let Err(why) = source.library_probes() {
        console.say(&format!("blind to library functions being called: {why}"));
    }
    let attached = hooks
        .iter()
        .filter(|hook| hook.state == HookState::Attached)
        .count();
    let total = hooks.len();
    let tier = tier_of(source);
    console.say(&format!(
        "watching: {attached} of {total} hooks attached{tier}"
    ));
}

/// The tier of a source's hooks for a sentence; nothing on systems that have but one.
fn tier_of(source: &KernelSource) -> String {
    source
        .tier()
        .map_or_else(String::new, |tier| format!(", tier {}", tier.name()))
}
