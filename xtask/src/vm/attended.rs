//! `cargo xtask vm shell`: a developer at the console of a guest in which the daemon runs.
//!
//! Step: tooling. The guest's serial line is this terminal, as it is: keys go to the guest, also
//! Ctrl-C. What the daemon finds is told there when it finds it. It ends with the shell; nothing
//! that is done in it stays.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use super::architecture::Architecture;
use super::machine::Machine;
use super::matrix::programs::Programs;
use super::{CHECKING, MEMORY, kernel, small};
use crate::{packages, shell, workspace};

/// Sit down at a guest in which the daemon runs.
#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// The kernel's series, such as 6.1.
    #[arg(long, default_value = super::DEFAULT_KERNEL)]
    kernel: String,
    /// The guest's architecture.
    #[arg(long, value_enum, default_value_t = Architecture::Amd64)]
    arch: Architecture,
    /// Added to the kernel's command line.
    #[arg(long, default_value = "", allow_hyphen_values = true)]
    cmdline: String,
    /// How many processors the guest has.
    #[arg(long, default_value_t = 1)]
    processors: u32,
    /// How much memory the guest has, in MiB.
    #[arg(long, default_value_t = MEMORY)]
    memory: u32,
    /// Run this daemon; without it, one is built.
    #[arg(long)]
    program: Option<PathBuf>,
    /// A file that is put into the guest's /payload; may be repeated.
    #[arg(long)]
    file: Vec<PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// When the guest cannot be made, or ends in another way than by leaving its shell.
pub(super) fn run(options: &Options) -> Result<()> {
    packages::ensure_for_guests()?;
    packages::ensure_for_emulation(options.arch.emulator());
    let kernel = kernel::fetch(kernel::series(&options.kernel)?, options.arch)?;
    let small = small::system(options.arch)?;
    let given: Vec<PathBuf> = options.program.iter().cloned().collect();
    let mut made = Programs::new(&given);
    let programs = made.of(options.arch)?.context(
        "the daemon that was given is for another architecture than the guest: name it with --arch",
    )?;
    let payload = tempfile::tempdir().context("cannot make a payload")?;
    for file in options.file.iter().chain(&programs) {
        let name = file.file_name().context("a file for a guest has no name")?;
        fs::copy(file, payload.path().join(name))
            .with_context(|| format!("cannot copy {}", file.display()))?;
    }
    let (rows, columns) = size();
    let line = options.arch.console();
    let main = format!(
        "{CHECKING}\nline={line}\nrows={rows}\ncolumns={columns}\nkernel={}\n{SHELL}",
        options.kernel
    );
    fs::write(payload.path().join("main"), main).context("cannot write a guest's script")?;
    let machine = Machine {
        kernel: &kernel,
        root: None,
        more: Some(&small),
        payload: payload.path(),
        command_line: &options.cmdline,
        memory: options.memory,
        processors: options.processors,
        counted: false,
        limit: std::time::Duration::MAX,
    };
    let folder = workspace::target(&workspace::root()?).join("vm/shell");
    shell::step(&format!(
        "a guest with {}: `exit` leaves it, Ctrl-A X ends it at once",
        kernel.version
    ));
    let result = machine.attend(&folder)?;
    if !result.join("left").is_file() {
        bail!("the guest was ended from outside, or its kernel died: its shell was not left");
    }
    shell::step("the guest has ended; nothing of it stays");
    Ok(())
}

/// Lines and columns of this terminal; those of the oldest ones where it is none.
fn size() -> (u16, u16) {
    let told = Command::new("stty")
        .arg("size")
        .stdin(Stdio::inherit())
        .stderr(Stdio::null())
        .output();
    let text = told.map(|told| String::from_utf8_lossy(&told.stdout).into_owned());
    let text = text.unwrap_or_default();
    let mut numbers = text.split_whitespace().map(str::parse);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(rows)), Some(Ok(columns))) if rows > 0 && columns > 0 => (rows, columns),
        _ => (24, 80),
    }
}

const SHELL: &str = include_str!("guest/shell.sh");
