//! One run of QEMU: a kernel, perhaps a disk, a folder in, a folder out.
//!
//! Step: tooling. What a guest is given and what it gives back are tar files on raw disks, so that
//! no driver, no network and no screen stands between. Invariants: a run ends by itself or at its
//! limit; nothing that a guest writes to its system's disk stays; a guest that gives nothing back
//! has failed, whatever QEMU says.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use super::cache;
use super::kernel::Kernel;
use crate::{digest, shell};

/// A guest that is to run.
pub(crate) struct Machine<'a> {
    /// What it boots.
    pub(crate) kernel: &'a Kernel,
    /// The disk of its system; without one, the payload runs in the initial file system.
    pub(crate) root: Option<&'a Path>,
    /// Unpacked behind what every guest begins in.
    pub(crate) more: Option<&'a Path>,
    /// The folder that it is given; its file `main` is run.
    pub(crate) payload: &'a Path,
    /// Added to the kernel's command line.
    pub(crate) command_line: &'a str,
    /// Memory in MiB.
    pub(crate) memory: u32,
    /// Processors.
    pub(crate) processors: u32,
    /// Whether its clock counts its instructions, one for a nanosecond; it is emulated then.
    pub(crate) counted: bool,
    /// When it is ended at the latest.
    pub(crate) limit: Duration,
}

/// What is left of a run.
pub(crate) struct Ran {
    /// What the guest gave back, unpacked; empty where it gave nothing.
    pub(crate) result: PathBuf,
    /// What it printed.
    pub(crate) console: PathBuf,
    /// How long it took.
    pub(crate) took: Duration,
}

impl Machine<'_> {
    /// Runs the guest to its end, with everything about the run in `folder`.
    ///
    /// # Errors
    /// When QEMU cannot be started, or the guest does not end in time.
    pub(crate) fn run(&self, folder: &Path) -> Result<Ran> {
        self.run_with(folder, self.accelerator()?)
    }

    fn run_with(&self, folder: &Path, accelerator: &str) -> Result<Ran> {
        let Disks { given, back } = self.disks(folder)?;
        let console = folder.join("console.log");
        let result = folder.join("result");
        // What an earlier guest printed is none of this one's.
        File::create(&console).context("cannot make a file for what the guest prints")?;
        let initial = self.begin(folder)?;
        let serial = format!("file:{}", console.display());
        let mut qemu = self.command(accelerator, &initial, &given, &back, &serial)?;
        let begun = Instant::now();
        let mut child = qemu
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .context("cannot start QEMU")?;
        let end = wait(&mut child, &console, self.limit)?;
        let took = begun.elapsed();
        if end != End::Own {
            let last = last_lines(&console);
            let why = match end {
                End::Limit => format!("did not end within {} s", self.limit.as_secs()),
                End::Own | End::Panic => "had a kernel panic".to_owned(),
            };
            let path = console.display();
            bail!("the guest {why}; it printed at last (all of it is in {path}):\n{last}");
        }
        unpack(&back, &result)?;
        let _ = fs::remove_file(&given);
        Ok(Ran {
            result,
            console,
            took,
        })
    }

    /// Runs the guest with its serial line on this terminal, to its end, whenever that is; gives the
    /// folder with what it gave back.
    ///
    /// # Errors
    /// When QEMU cannot be started, or fails.
    pub(crate) fn attend(&self, folder: &Path) -> Result<PathBuf> {
        let accelerator = self.accelerator()?;
        let Disks { given, back } = self.disks(folder)?;
        let initial = self.begin(folder)?;
        let mut qemu = self.command(accelerator, &initial, &given, &back, "mon:stdio")?;
        // Its kernel may die: then it ends.
        let status = qemu.arg("-no-reboot").status();
        let status = status.context("cannot start QEMU")?;
        if !status.success() {
            bail!("QEMU failed: {status}");
        }
        let result = folder.join("result");
        unpack(&back, &result)?;
        let _ = fs::remove_file(&given);
        Ok(result)
    }

    /// Makes the disks of a run, in an emptied `folder`.
    fn disks(&self, folder: &Path) -> Result<Disks> {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let disks = Disks {
            given: folder.join("payload.tar"),
            back: folder.join("result.tar"),
        };
        let result = folder.join("result");
        let _ = fs::remove_dir_all(&result);
        fs::create_dir_all(&result).context("cannot make a folder for results")?;
        shell::output(
            Command::new("tar")
                .args(["--create", "--owner=0", "--group=0", "--file"])
                .arg(&disks.given)
                .arg("--directory")
                .arg(self.payload)
                .arg("."),
        )?;
        File::create(&disks.back)
            .and_then(|file| file.set_len(RESULT_BYTES))
            .context("cannot make a disk for results")?;
        Ok(disks)
    }

    /// What the guest begins in, and what is unpacked behind it, as one file.
    fn begin(&self, folder: &Path) -> Result<PathBuf> {
        let Some(more) = self.more else {
            return Ok(self.kernel.begin.clone());
        };
        let whole = folder.join("begin.cpio");
        fs::copy(&self.kernel.begin, &whole)
            .and_then(|_| File::options().append(true).open(&whole))
            .and_then(|mut file| std::io::copy(&mut File::open(more)?, &mut file))
            .context("cannot put an initial file system together")?;
        Ok(whole)
    }

    /// What makes it run; only emulation can count instructions.
    fn accelerator(&self) -> Result<&'static str> {
        if self.counted {
            return Ok("tcg");
        }
        accelerator(self.kernel)
    }

    fn command(
        &self,
        accelerator: &str,
        begin: &Path,
        given: &Path,
        back: &Path,
        serial: &str,
    ) -> Result<Command> {
        let architecture = self.kernel.architecture;
        let (program, package) = architecture.emulator();
        let qemu = shell::find(program).with_context(|| {
            format!("{program} is not installed: run this as root, or install {package}")
        })?;
        let mut qemu = Command::new(qemu);
        let (board, processor) = architecture.board();
        // Emulated processors take turns in one thread: with a thread for each, QEMU before 8.1 now
        // and then runs a breakpoint that another processor has taken away meanwhile, when the
        // kernel patches itself, and the guest's kernel dies of it ("Oops: int3"). Seen with 7.2.
        let (accelerator, processor) = if accelerator == "kvm" {
            ("kvm", "host")
        } else {
            ("tcg,thread=single", processor)
        };
        qemu.args(["-accel", accelerator, "-machine", board, "-cpu", processor]);
        if self.counted {
            qemu.args(["-icount", "shift=0,sleep=off"]);
        }
        qemu.args(["-smp", &self.processors.to_string()]);
        qemu.args(["-nodefaults", "-no-user-config"]);
        qemu.args(["-display", "none", "-m", &format!("{}M", self.memory)]);
        qemu.arg("-serial").arg(serial);
        qemu.arg("-kernel").arg(&self.kernel.image);
        qemu.arg("-initrd").arg(begin);
        let mut own = self.command_line.to_owned();
        let line = architecture.console();
        if self.root.is_some() {
            // A login there would hang up on what the guest prints.
            let _ = write!(own, " systemd.mask=serial-getty@{line}.service");
        }
        qemu.arg("-append")
            .arg(format!("console={line} panic=-1 quiet loglevel=3 {own}"));
        let mut disk = |name: &str, path: &Path, more: &str| {
            let path = path.display();
            qemu.arg("-drive")
                .arg(format!("if=none,format=raw,id={name},file={path}{more}"));
            qemu.arg("-device")
                .arg(format!("nvme,serial={name},drive={name}"));
        };
        // Disks get their names in this order, and the guest waits for the first one.
        if let Some(root) = self.root {
            disk("root", root, ",snapshot=on");
        }
        disk("payload", given, ",read-only=on");
        disk("result", back, "");
        Ok(qemu)
    }
}

/// The disks of a run.
struct Disks {
    /// What the guest is given.
    given: PathBuf,
    /// What it gives back.
    back: PathBuf,
}

/// Unpacks what a guest gave back, and removes the disk that it was on. Without a result the disk
/// holds zeros, which tar takes for an empty archive.
fn unpack(back: &Path, result: &Path) -> Result<()> {
    shell::output(
        Command::new("tar")
            .args(["--extract", "--no-same-owner", "--file"])
            .arg(back)
            .arg("--directory")
            .arg(result),
    )?;
    let _ = fs::remove_file(back);
    Ok(())
}

/// How a run came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// The guest ended itself.
    Own,
    /// It took too long and was ended.
    Limit,
    /// Its kernel died and it was ended: it would begin anew, as after a reboot.
    Panic,
}

/// Waits for the end, and makes it at the limit or at a panic.
fn wait(child: &mut Child, console: &Path, limit: Duration) -> Result<End> {
    let begun = Instant::now();
    loop {
        if child.try_wait().context("waiting for QEMU")?.is_some() {
            return Ok(if panicked(console) {
                End::Panic
            } else {
                End::Own
            });
        }
        let end = if panicked(console) {
            End::Panic
        } else if begun.elapsed() > limit {
            End::Limit
        } else {
            std::thread::sleep(Duration::from_millis(100));
            continue;
        };
        let _ = child.kill();
        let _ = child.wait();
        return Ok(end);
    }
}

/// Whether the guest's kernel said that it died.
fn panicked(console: &Path) -> bool {
    let printed = fs::read(console).unwrap_or_default();
    printed.windows(PANIC.len()).any(|part| part == PANIC)
}

/// What makes guests run: the processor itself where that is proven to work, else its emulation.
/// A `/dev/kvm` that is there may still boot nothing.
fn accelerator(kernel: &Kernel) -> Result<&'static str> {
    let usable = File::options().read(true).write(true).open("/dev/kvm");
    if usable.is_err() || !kernel.architecture.is_ours() {
        return Ok("tcg");
    }
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let key = digest::of_bytes(format!("{boot}{}", kernel.version).as_bytes());
    let known = cache::folder()?.join(format!("kvm-{}", &key[..16]));
    let answer = if let Ok(answer) = fs::read_to_string(&known) {
        answer
    } else {
        shell::step("finding out whether /dev/kvm boots a kernel");
        let answer = if boots_with_kvm(kernel)? {
            "kvm"
        } else {
            "tcg"
        };
        fs::write(&known, answer).context("cannot note what /dev/kvm is good for")?;
        answer.to_owned()
    };
    Ok(if answer == "kvm" { "kvm" } else { "tcg" })
}

fn boots_with_kvm(kernel: &Kernel) -> Result<bool> {
    let folder = tempfile::tempdir().context("cannot make a folder for a guest")?;
    let payload = folder.path().join("payload");
    fs::create_dir(&payload).context("cannot make a payload")?;
    fs::write(
        payload.join("main"),
        "echo yes >alive\nbusybox tar -cf /dev/guest-result alive\n",
    )
    .context("cannot write a payload")?;
    let machine = Machine {
        kernel,
        root: None,
        more: None,
        payload: &payload,
        command_line: "",
        memory: 256,
        processors: 1,
        counted: false,
        limit: Duration::from_secs(10),
    };
    let ran = machine.run_with(&folder.path().join("run"), "kvm");
    Ok(ran.is_ok_and(|ran| ran.result.join("alive").is_file()))
}

/// The end of what a guest printed.
pub(crate) fn last_lines(console: &Path) -> String {
    let text = String::from_utf8_lossy(&fs::read(console).unwrap_or_default()).into_owned();
    let lines = text.lines().map(str::trim_end).collect::<Vec<_>>();
    lines[lines.len().saturating_sub(SHOWN)..].join("\n")
}

/// Room for what a guest gives back.
const RESULT_BYTES: u64 = 64 << 20;

/// What a kernel prints when it dies.
const PANIC: &[u8] = b"Kernel panic - not syncing";

/// Lines of the console that a failure shows.
const SHOWN: usize = 60;

#[cfg(test)]
mod tests;
