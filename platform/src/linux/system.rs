//! Small facts about the running system.
//!
//! Step: source. Read from /proc and /sys; nothing is guessed: what cannot be read is `None`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use nix::time::{ClockId, clock_gettime};

use crate::survey::Identity;

/// Nanoseconds since the Unix epoch and of the boot clock, taken together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clocks {
    pub(super) wall: u64,
    pub(super) boot: u64,
}

/// Reads both clocks; of a few attempts the one with the least time between the readings.
pub(super) fn clocks() -> io::Result<Clocks> {
    let mut best: Option<(u64, Clocks)> = None;
    for _ in 0..5 {
        let before = read_clock(ClockId::CLOCK_BOOTTIME)?;
        let wall = read_clock(ClockId::CLOCK_REALTIME)?;
        let after = read_clock(ClockId::CLOCK_BOOTTIME)?;
        let gap = after - before;
        if best.is_none_or(|(least, _)| gap < least) {
            best = Some((
                gap,
                Clocks {
                    wall,
                    boot: before + gap / 2,
                },
            ));
        }
    }
    Ok(best.expect("five readings were taken").1)
}

fn read_clock(clock: ClockId) -> io::Result<u64> {
    let time = clock_gettime(clock)?;
    Ok(time.tv_sec() as u64 * 1_000_000_000 + time.tv_nsec() as u64)
}

/// Whether the kernel is locked down so far that not even root may read its memory.
pub(super) fn is_confidential() -> bool {
    line("/sys/kernel/security/lockdown").is_some_and(|text| text.contains("[confidentiality]"))
}

/// A one-line file's text without its line end.
pub(super) fn line(path: impl AsRef<Path>) -> Option<String> {
    fs::read_to_string(path)
        .ok()
        .map(|text| text.trim_end().to_owned())
}

/// The kernel's release.
pub(super) fn release() -> Option<String> {
    line("/proc/sys/kernel/osrelease")
}

/// The host's name.
pub(super) fn host() -> Option<String> {
    line("/proc/sys/kernel/hostname")
}

/// This boot's identifier.
pub(super) fn boot() -> Option<String> {
    line("/proc/sys/kernel/random/boot_id")
}

/// Lets this program have as many open files as its system lets it ask for. Fewer only means that
/// fewer agents can be connected, which is said when it happens.
pub fn raise_descriptors() {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    if let Ok((_, hard)) = getrlimit(Resource::RLIMIT_NOFILE) {
        let _ = setrlimit(Resource::RLIMIT_NOFILE, hard, hard);
    }
}

/// What names this host, as far as it can be read.
#[must_use]
pub fn identity() -> Identity {
    Identity {
        host: host(),
        system: "linux",
        release: release(),
        boot: boot(),
    }
}

/// Size of a page of memory in bytes.
pub(super) fn page_size() -> u64 {
    nix::unistd::sysconf(nix::unistd::SysconfVar::PAGE_SIZE)
        .ok()
        .flatten()
        .map_or(4096, |size| size as u64)
}

/// Where tracefs is mounted, if it is.
pub(super) fn tracefs() -> Option<PathBuf> {
    [TRACEFS, "/sys/kernel/debug/tracing"]
        .into_iter()
        .map(PathBuf::from)
        .find(|path| path.join("events").is_dir())
}

/// Where tracefs is mounted; mounts it in its usual place where nobody has yet, as tracing tools
/// do. A minimal system boots without it.
pub(super) fn mounted_tracefs() -> Option<PathBuf> {
    tracefs().or_else(|| {
        let none: Option<&str> = None;
        let flags = nix::mount::MsFlags::empty();
        // Refusal shows itself as "not mounted", with what to do.
        let _ = nix::mount::mount(Some("tracefs"), TRACEFS, Some("tracefs"), flags, none);
        tracefs()
    })
}

/// Whether the kernel may take the processor from a task that is inside of it.
pub(super) fn preempts() -> bool {
    let version = line("/proc/sys/kernel/version").unwrap_or_default();
    let mode = line("/sys/kernel/debug/sched/preempt");
    may_preempt(&version, mode.as_deref())
}

/// The same from the kernel's version line, and from how it was told to preempt, where it says so:
/// with the choice in parentheses, as in `none (voluntary) full`.
fn may_preempt(version: &str, mode: Option<&str>) -> bool {
    let able = version.split(' ').any(|word| word.starts_with("PREEMPT"));
    let told_not_to = ["(none)", "(voluntary)"];
    able && !mode.is_some_and(|mode| told_not_to.iter().any(|choice| mode.contains(choice)))
}

/// The effective capabilities of this process, as a bit set.
pub(super) fn capabilities() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let text = status
        .lines()
        .find_map(|line| line.strip_prefix("CapEff:"))?;
    u64::from_str_radix(text.trim(), 16).ok()
}

/// The usual place of tracefs.
const TRACEFS: &str = "/sys/kernel/tracing";

#[cfg(test)]
mod tests;
