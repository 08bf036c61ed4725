//! `cargo xtask vm`: guests with kernels and systems other than this machine's.
//!
//! Step: tooling. Kernels and systems are fetched from Debian's archives into a cache that
//! checkouts share; nothing of them is installed here. Without KVM that is proven to work, guests
//! run emulated. What a guest finds out comes back as data; silence is a failure.

mod archive;
mod archives;
mod cache;
mod kernel;
mod kernels;
mod machine;
mod outcome;
mod root;
mod services;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::{packages, shell, workspace};
use machine::Machine;

/// Run other kernels and systems in guests.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, clap::Subcommand)]
enum Task {
    /// List the kernels that can be asked for.
    List,
    /// Fetch kernels into the cache.
    Fetch {
        /// The kernels' series, such as 6.1,6.12; all without it.
        #[arg(long, value_delimiter = ',')]
        kernel: Vec<String>,
    },
    /// Run a script in guests.
    Run(Run),
    /// Run the project's own tests that take a guest.
    Test {
        /// Which.
        #[arg(value_enum, default_value_t = Suite::Services)]
        suite: Suite,
        /// Test this daemon; without it, one is built.
        #[arg(long)]
        program: Option<PathBuf>,
    },
}

/// The project's own tests that take a guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Suite {
    /// Services and packages, from installation to purge.
    Services,
    /// The daemon on other kernels.
    Kernels,
}

/// Run a script in guests.
#[derive(Debug, clap::Args)]
pub(crate) struct Run {
    /// The kernels' series, such as 6.1,6.12.
    #[arg(long, value_delimiter = ',', default_value = DEFAULT_KERNEL)]
    kernel: Vec<String>,
    /// Boot a Debian with systemd; without it there is a busybox and nothing else.
    #[arg(long)]
    systemd: bool,
    /// Added to the kernel's command line.
    #[arg(long, default_value = "", allow_hyphen_values = true)]
    cmdline: String,
    /// Let the guest's clock count its instructions, one for a nanosecond, to measure costs.
    #[arg(long)]
    counted: bool,
    /// A guest is ended after so many seconds.
    #[arg(long, default_value_t = 300)]
    limit: u64,
    /// A file that is put beside the script; may be repeated.
    #[arg(long)]
    file: Vec<PathBuf>,
    /// The shell script to run; it calls `check NAME COMMAND…` for what must hold, and `finish`.
    script: PathBuf,
}

/// Runs the command.
///
/// # Errors
/// When a guest cannot be made or run, or one of its checks fails.
pub(crate) fn run(options: &Options) -> Result<()> {
    match &options.task {
        Task::List => {
            for series in kernel::SERIES {
                let kept = kernel::kept(series);
                let state = kept.map_or("not fetched".to_owned(), |kernel| kernel.version);
                println!("{:6} {:20} {state}", series.name, series.suites[0]);
            }
            Ok(())
        }
        Task::Fetch { kernel } => {
            packages::ensure_for_guests()?;
            for series in kernel::SERIES {
                if kernel.is_empty() || kernel.iter().any(|name| name == series.name) {
                    let version = kernel::fetch(series)?.version;
                    shell::step(&format!("{}: {version}", series.name));
                }
            }
            kernel
                .iter()
                .try_for_each(|name| kernel::series(name).map(drop))
        }
        Task::Run(run) => run_script(run),
        Task::Test { suite, program } => match suite {
            Suite::Services => services::test(program.as_deref()),
            Suite::Kernels => kernels::test(program.as_deref()),
        },
    }
}

/// Runs a developer's own script on each kernel.
fn run_script(run: &Run) -> Result<()> {
    packages::ensure_for_guests()?;
    let script = fs::read_to_string(&run.script)
        .with_context(|| format!("cannot read {}", run.script.display()))?;
    let mut failed = Vec::new();
    for name in &run.kernel {
        let files = run.file.iter().map(PathBuf::as_path).collect::<Vec<_>>();
        let guest = Guest {
            kernel: name,
            systemd: run.systemd,
            command_line: &run.cmdline,
            counted: run.counted,
            limit: Duration::from_secs(run.limit),
        };
        if let Err(error) = guest.run(&script, &files, &format!("run-{name}")) {
            shell::fail(&format!("{error:#}"));
            failed.push(name.as_str());
        }
    }
    if !failed.is_empty() {
        bail!("failed on {}", failed.join(", "));
    }
    Ok(())
}

/// A guest for one script.
pub(crate) struct Guest<'a> {
    /// Its kernel's series.
    pub(crate) kernel: &'a str,
    /// Whether it is a Debian with systemd.
    pub(crate) systemd: bool,
    /// Added to the kernel's command line.
    pub(crate) command_line: &'a str,
    /// Whether its clock counts its instructions.
    pub(crate) counted: bool,
    /// When it is ended.
    pub(crate) limit: Duration,
}

impl Guest<'_> {
    /// Runs `script` beside `files`, prints what it says of its checks, and gives the folder with
    /// what it gave back.
    ///
    /// # Errors
    /// When the guest cannot be run, or a check fails or is not answered.
    pub(crate) fn run(&self, script: &str, files: &[&Path], name: &str) -> Result<PathBuf> {
        let kernel = kernel::fetch(kernel::series(self.kernel)?)?;
        let disk = self.systemd.then(root::disk).transpose()?;
        let given = tempfile::tempdir().context("cannot make a payload")?;
        for file in files {
            let to = file.file_name().context("a file for a guest has no name")?;
            fs::copy(file, given.path().join(to))
                .with_context(|| format!("cannot copy {}", file.display()))?;
        }
        fs::write(given.path().join("main"), format!("{CHECKING}\n{script}"))
            .context("cannot write a guest's script")?;
        let folder = workspace::target(&workspace::root()?).join("vm").join(name);
        shell::step(&format!("a guest with {} runs {name}", kernel.version));
        let machine = Machine {
            kernel: &kernel,
            root: disk.as_deref(),
            payload: given.path(),
            command_line: self.command_line,
            memory: 1024,
            counted: self.counted,
            limit: self.limit,
        };
        let ran = machine.run(&folder)?;
        let text = fs::read_to_string(ran.result.join("answers")).unwrap_or_default();
        let answers = outcome::answers(&outcome::checks(script), &text)?;
        print!("{}", outcome::table(&answers));
        let seconds = ran.took.as_secs_f64();
        shell::step(&format!(
            "{name}: {} checks in {seconds:.0} s; what it gave back is in {}",
            answers.len(),
            folder.display()
        ));
        let failed = answers.iter().filter(|answer| !answer.holds).count();
        if failed > 0 {
            let last = machine::last_lines(&ran.console);
            bail!("{name}: {failed} checks failed; the guest printed at last:\n{last}");
        }
        Ok(ran.result)
    }
}

/// The kernel of the release that the packages are made for.
pub(crate) const DEFAULT_KERNEL: &str = "6.1";

/// What every script can use.
const CHECKING: &str = include_str!("guest/checking.sh");
