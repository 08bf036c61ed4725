//! Which sessions there are, and how each is set up.
//!
//! Step: source. Starts of processes and loads of images have a session of their own, small and
//! quick, that a storm of file events cannot fill; the classic kernel events have another, because
//! only they carry command lines. The system's own defaults lose starts under load, so sizes are
//! said. Invariant: this is data; the tests hold it against the system's own limits.

use std::time::Duration;

use crate::encode::etw::{KERNEL_FILE, KERNEL_NETWORK, KERNEL_PROCESS, NT_PROCESS, POWER_SHELL};

/// A session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionPlan {
    /// Its name, by which an orphan of it is found.
    pub name: &'static str,
    /// What it listens to.
    pub providers: &'static [ProviderPlan],
    /// Size of a buffer in KiB.
    pub buffer_kib: u32,
    /// Buffers that each processor has at least.
    pub buffers_each: u32,
    /// Buffers at most, however many processors there are.
    pub most_buffers: u32,
    /// How long an event may wait in a buffer.
    pub flush: Duration,
    /// Bytes of events that may wait for the thread that takes records.
    pub queue_bytes: usize,
    /// It takes the kernel's classic events rather than those of manifests.
    pub classic: bool,
    /// Whether the product is of use without it.
    pub essential: bool,
}

/// A provider within a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProviderPlan {
    /// Its name.
    pub name: &'static str,
    /// Its GUID in the binary layout.
    pub guid: [u8; 16],
    /// Events of these keywords; 0 for all.
    pub keywords: u64,
    /// Events up to this level.
    pub level: u8,
    /// Events of these numbers; none for all.
    pub events: &'static [u16],
    /// Whether it is asked for what was there before.
    pub rundown: bool,
    /// What is seen through it; what stays unseen without it.
    pub sees: &'static str,
}

impl SessionPlan {
    /// The least and the largest number of buffers on a host with so many processors.
    #[must_use]
    pub fn buffers(&self, processors: u32) -> (u32, u32) {
        let least = processors.max(2).saturating_mul(self.buffers_each);
        let least = least.min(self.most_buffers);
        let most = least.saturating_mul(4).min(self.most_buffers).max(least);
        (least, most)
    }

    /// Memory of its buffers in bytes, at most.
    #[must_use]
    pub fn most_bytes(&self) -> u64 {
        u64::from(self.most_buffers) * u64::from(self.buffer_kib) * 1024
    }
}

impl ProviderPlan {
    /// The GUID as a number, as its text reads.
    #[must_use]
    pub fn number(&self) -> u128 {
        let [first @ .., _, _, _, _, _, _, _, _, _, _, _, _] = self.guid;
        let [_, _, _, _, second @ .., _, _, _, _, _, _, _, _, _, _] = self.guid;
        let [_, _, _, _, _, _, third @ .., _, _, _, _, _, _, _, _] = self.guid;
        let [_, _, _, _, _, _, _, _, rest @ ..] = self.guid;
        u128::from(u32::from_le_bytes(first)) << 96
            | u128::from(u16::from_le_bytes(second)) << 80
            | u128::from(u16::from_le_bytes(third)) << 64
            | u128::from(u64::from_be_bytes(rest))
    }
}

/// How long events are held back at most so that those of all sessions come in the order of time:
/// what the slowest session may keep them, and as long again for their way.
#[must_use]
pub fn patience() -> Duration {
    let slowest = SESSIONS.iter().map(|plan| plan.flush).max();
    slowest.unwrap_or_default() * 2
}

/// Starts, ends and images.
const PROCESS: SessionPlan = SessionPlan {
    name: "Packhound-Process",
    providers: &[ProviderPlan {
        name: "Microsoft-Windows-Kernel-Process",
        guid: KERNEL_PROCESS,
        // Process and image.
        keywords: 0x10 | 0x40,
        level: 4,
        events: &[1, 2, 5],
        rundown: false,
        sees: "programs being started and libraries being loaded",
    }],
    buffer_kib: 64,
    buffers_each: 4,
    most_buffers: 128,
    flush: Duration::from_millis(100),
    queue_bytes: 4 << 20,
    classic: false,
    essential: true,
};

/// The same starts with their command lines.
const SYSTEM: SessionPlan = SessionPlan {
    name: "Packhound-System",
    providers: &[ProviderPlan {
        name: "Windows Kernel Trace: Process",
        guid: NT_PROCESS,
        // As the flag of the kernel's own session.
        keywords: 1,
        level: 4,
        events: &[1],
        rundown: false,
        sees: "command lines of programs that end before they can be asked",
    }],
    buffer_kib: 64,
    buffers_each: 2,
    most_buffers: 64,
    flush: Duration::from_millis(100),
    queue_bytes: 4 << 20,
    classic: true,
    essential: false,
};

/// Everything that comes in numbers.
const FILE: SessionPlan = SessionPlan {
    name: "Packhound-File",
    providers: &[
        ProviderPlan {
            name: "Microsoft-Windows-Kernel-File",
            guid: KERNEL_FILE,
            // Names, files, creates, reads, writes, deletes, renames and links, new files.
            keywords: 0x10 | 0x20 | 0x80 | 0x100 | 0x200 | 0x400 | 0x800 | 0x1000,
            level: 4,
            events: &[10, 11, 12, 13, 14, 15, 16, 26, 27, 28, 30],
            rundown: true,
            sees: "files being read, written, renamed and removed",
        },
        ProviderPlan {
            name: "Microsoft-Windows-Kernel-Network",
            guid: KERNEL_NETWORK,
            // IPv4 and IPv6.
            keywords: 0x10 | 0x20,
            level: 4,
            events: &[10, 11, 12, 13, 15, 26, 27, 28, 29, 31],
            rundown: false,
            sees: "connections and their bytes",
        },
        ProviderPlan {
            name: "Microsoft-Windows-PowerShell",
            guid: POWER_SHELL,
            keywords: 0,
            level: 5,
            events: &[4103, 4104],
            rundown: false,
            sees: "scripts that PowerShell runs",
        },
    ],
    buffer_kib: 256,
    buffers_each: 4,
    most_buffers: 128,
    flush: Duration::from_millis(200),
    queue_bytes: 24 << 20,
    classic: false,
    essential: true,
};

/// All of them, in the order in which they are started; a lane of the queue is each one's place.
pub const SESSIONS: [SessionPlan; 3] = [PROCESS, SYSTEM, FILE];

#[cfg(test)]
mod tests;
