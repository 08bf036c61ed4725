//! `cargo xtask vm`: guests with kernels and systems other than this machine's.
//!
//! Step: tooling. Kernels and systems are fetched from Debian's archives into a cache that
//! checkouts share; nothing of them is installed here. Without KVM that is proven to work, guests
//! run emulated. What a guest finds out comes back as data; silence is a failure.

mod architecture;
mod archive;
mod archives;
mod attended;
mod cache;
mod compiled;
mod kernel;
mod machine;
pub(crate) mod matrix;
mod outcome;
mod queue;
mod root;
mod services;
mod small;
mod tiers;

use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::{packages, shell, workspace};
use architecture::Architecture;
use machine::Machine;
use matrix::Choice;
use outcome::Answer;

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
        /// For which architecture.
        #[arg(long, value_enum, default_value_t = Architecture::Amd64)]
        arch: Architecture,
    },
    /// Run a script in guests.
    Run(Run),
    /// Sit down at a guest in which the daemon runs.
    Shell(attended::Options),
    /// Run the project's own tests that take a guest.
    Test {
        /// Which.
        #[arg(value_enum, default_value_t = Suite::Kernels)]
        suite: Suite,
        /// Test this daemon; without it, one is built. May be repeated for the kernels, once for
        /// each architecture.
        #[arg(long)]
        program: Vec<PathBuf>,
        /// Of the kernels: all rows of the matrix, and not the quick ones alone.
        #[arg(long)]
        all: bool,
        /// Of the kernels: the rows of these series, such as 6.1,6.12.
        #[arg(long, value_delimiter = ',')]
        kernel: Vec<String>,
        /// Of the kernels: the rows with these words in their name, such as arm64.
        #[arg(long)]
        case: Option<String>,
        /// Of the kernels: how many guests run at the same time [default: one more than there are
        /// processors].
        #[arg(long)]
        at_once: Option<NonZeroUsize>,
    },
}

/// The project's own tests that take a guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Suite {
    /// Services and packages, from installation to purge.
    Services,
    /// The daemon on other kernels.
    Kernels,
    /// What each tier of the probes sees and costs.
    Tiers,
}

/// Run a script in guests.
#[derive(Debug, clap::Args)]
pub(crate) struct Run {
    /// The kernels' series, such as 6.1,6.12.
    #[arg(long, value_delimiter = ',', default_value = DEFAULT_KERNEL)]
    kernel: Vec<String>,
    /// The guests' architecture.
    #[arg(long, value_enum, default_value_t = Architecture::Amd64)]
    arch: Architecture,
    /// Boot a Debian with systemd; without it there are a busybox, a C library and a few archivers.
    #[arg(long)]
    systemd: bool,
    /// How many processors a guest has.
    #[arg(long, default_value_t = 1)]
    processors: u32,
    /// How much memory a guest has, in MiB.
    #[arg(long, default_value_t = MEMORY)]
    memory: u32,
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
            println!("series  architecture  from                 kept here");
            for series in kernel::SERIES {
                for architecture in Architecture::ALL {
                    let kept = kernel::kept(series, architecture);
                    let state = kept.map_or("not fetched".to_owned(), |kernel| kernel.version);
                    let (name, from) = (architecture.name(), series.suites[0]);
                    println!("{:6}  {name:12}  {from:19}  {state}", series.name);
                }
            }
            Ok(())
        }
        Task::Fetch { kernel, arch } => {
            packages::ensure_for_guests()?;
            for series in kernel::SERIES {
                if kernel.is_empty() || kernel.iter().any(|name| name == series.name) {
                    let version = kernel::fetch(series, *arch)?.version;
                    shell::step(&format!("{} for {}: {version}", series.name, arch.name()));
                }
            }
            kernel
                .iter()
                .try_for_each(|name| kernel::series(name).map(drop))
        }
        Task::Run(run) => run_script(run),
        Task::Shell(options) => attended::run(options),
        Task::Test {
            suite,
            program,
            all,
            kernel,
            case,
            at_once,
        } => match suite {
            Suite::Services => services::test(program.first().map(PathBuf::as_path)),
            Suite::Tiers => tiers::test(program.first().map(PathBuf::as_path)),
            Suite::Kernels => {
                packages::ensure_for_guests()?;
                let choice = Choice {
                    all: *all,
                    kernels: kernel.clone(),
                    case: case.clone(),
                    at_once: *at_once,
                };
                matrix::test(program, &choice)
            }
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
            architecture: run.arch,
            systemd: run.systemd,
            command_line: &run.cmdline,
            processors: run.processors,
            counted: run.counted,
            memory: run.memory,
            limit: Duration::from_secs(run.limit),
            ..Guest::of(name)
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
#[derive(Clone, Copy, Debug)]
pub(crate) struct Guest<'a> {
    /// Its kernel's series.
    pub(crate) kernel: &'a str,
    /// What it runs on.
    pub(crate) architecture: Architecture,
    /// Whether it is a Debian with systemd.
    pub(crate) systemd: bool,
    /// Added to the kernel's command line.
    pub(crate) command_line: &'a str,
    /// How many processors it has.
    pub(crate) processors: u32,
    /// How much memory it has, in MiB.
    pub(crate) memory: u32,
    /// Whether its clock counts its instructions.
    pub(crate) counted: bool,
    /// When it is ended.
    pub(crate) limit: Duration,
}

/// What became of a guest.
pub(crate) struct Played {
    /// What it said of each check.
    pub(crate) answers: Vec<Answer>,
    /// The folder with what it gave back.
    pub(crate) result: PathBuf,
    /// What it printed.
    pub(crate) console: PathBuf,
    /// How long it took.
    pub(crate) took: Duration,
}

impl<'a> Guest<'a> {
    /// A guest as most are: small, with one processor.
    pub(crate) fn of(kernel: &'a str) -> Self {
        Self {
            kernel,
            architecture: Architecture::Amd64,
            systemd: false,
            command_line: "",
            processors: 1,
            memory: MEMORY,
            counted: false,
            limit: Duration::from_mins(5),
        }
    }

    /// Runs `script` beside `files`, prints what it says of its checks, and gives the folder with
    /// what it gave back.
    ///
    /// # Errors
    /// When the guest cannot be run, or a check fails or is not answered.
    pub(crate) fn run(&self, script: &str, files: &[&Path], name: &str) -> Result<PathBuf> {
        let played = self.play(script, files, name)?;
        print!("{}", outcome::table(&played.answers));
        let seconds = played.took.as_secs_f64();
        shell::step(&format!(
            "{name}: {} checks in {seconds:.0} s; what it gave back is in {}",
            played.answers.len(),
            played.result.display()
        ));
        let failed = played.answers.iter().filter(|answer| !answer.holds).count();
        if failed > 0 {
            let last = machine::last_lines(&played.console);
            bail!("{name}: {failed} checks failed; the guest printed at last:\n{last}");
        }
        Ok(played.result)
    }

    /// Runs `script` beside `files`.
    ///
    /// # Errors
    /// When the guest cannot be run, or its answers are none.
    pub(crate) fn play(&self, script: &str, files: &[&Path], name: &str) -> Result<Played> {
        let kernel = kernel::fetch(kernel::series(self.kernel)?, self.architecture)?;
        let disk = self.systemd.then(root::disk).transpose()?;
        let small = (!self.systemd).then(|| small::system(self.architecture));
        let small = small.transpose()?;
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
            more: small.as_deref(),
            payload: given.path(),
            command_line: self.command_line,
            memory: self.memory,
            processors: self.processors,
            counted: self.counted,
            limit: self.limit,
        };
        let ran = machine.run(&folder)?;
        let text = fs::read_to_string(ran.result.join("answers")).unwrap_or_default();
        Ok(Played {
            answers: outcome::answers(&outcome::checks(script), &text)?,
            result: ran.result,
            console: ran.console,
            took: ran.took,
        })
    }
}

/// The kernel of the release that the packages are made for.
pub(crate) const DEFAULT_KERNEL: &str = "6.1";

/// What a guest has, in MiB.
const MEMORY: u32 = 1024;

/// What every script can use.
const CHECKING: &str = include_str!("guest/checking.sh");
