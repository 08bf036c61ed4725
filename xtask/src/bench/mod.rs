//! `cargo xtask bench`: what the daemon costs, how fast it judges and how soon it tells.
//!
//! Step: tooling. Every figure is measured here and now, stands beside the bar it must reach, and
//! carries its spread; what cannot be measured here is said. The machine should do nothing else.

mod collect;
mod jetstream;
mod latency;
mod overhead;
mod readers;
mod replay;
mod report;
mod scan;
mod statistics;

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};

use crate::{daemon, packages, shell, workspace};

pub(crate) use report::{Bar, Report, Row};

/// Measure overhead, speed, memory and latency.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Only measurements whose name contains this.
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// Pairs of runs with and without the daemon, of which the median counts.
    #[arg(long, default_value_t = 7)]
    pairs: usize,
    /// Write every single value to this file.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// The daemon, where it is built already.
    #[arg(long, hide = true)]
    program: Option<PathBuf>,
}

/// What every measurement works with.
#[derive(Debug)]
pub(crate) struct Bench {
    /// The daemon.
    pub(crate) program: PathBuf,
    /// The folder of the storms.
    pub(crate) storms: PathBuf,
    /// The project.
    pub(crate) root: PathBuf,
    /// A folder to work in.
    pub(crate) folder: PathBuf,
    /// How many pairs.
    pub(crate) pairs: usize,
}

/// Runs the command.
///
/// # Errors
/// When something cannot be measured; a missed bar is reported and is no error.
pub(crate) fn run(options: &Options) -> Result<()> {
    let root = workspace::root()?;
    let (program, storms) = match &options.program {
        Some(program) => {
            let folder = program.parent().context("the daemon's folder")?;
            (program.clone(), folder.to_owned())
        }
        None => (daemon::build(&root)?, daemon::build_storms(&root)?),
    };
    if !shell::is_root() {
        return again_as_root(options, &program);
    }
    packages::ensure()?;
    let folder = tempfile::Builder::new().prefix("phound-").tempdir()?;
    let bench = Bench {
        program,
        storms,
        root,
        folder: folder.path().to_owned(),
        pairs: options.pairs.max(1),
    };
    let mut report = Report::default();
    let wanted = |name: &str| options.only.as_ref().is_none_or(|only| name.contains(only));
    overhead::measure(&bench, &wanted, &mut report)?;
    replay::measure(&bench, &wanted, &mut report)?;
    readers::measure(&bench, &wanted, &mut report)?;
    scan::measure(&bench, &wanted, &mut report)?;
    latency::measure(&bench, &wanted, &mut report)?;
    collect::measure(&bench, &wanted, &mut report)?;
    jetstream::measure(&bench, &wanted, &mut report)?;
    if report.is_empty() {
        bail!("no measurement has that name");
    }
    print!("{report}");
    if let Some(path) = &options.json {
        let text = format!("{:#}\n", report.json());
        std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// Starts this command again with root's rights; everything is built by now.
fn again_as_root(options: &Options, program: &std::path::Path) -> Result<()> {
    shell::step("the daemon needs root, so sudo may ask for your password");
    let mut command = shell::as_root(&std::env::current_exe()?)?;
    command.args(["bench", "--program"]).arg(program);
    command.arg("--pairs").arg(options.pairs.to_string());
    if let Some(only) = &options.only {
        command.arg("--only").arg(only);
    }
    if let Some(json) = &options.json {
        command.arg("--json").arg(json);
    }
    shell::run(&mut command)
}
