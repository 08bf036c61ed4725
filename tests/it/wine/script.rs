//! Events for the model of Event Tracing for Windows, and their payloads.
//!
//! Step: tests.

use std::fmt::Write as _;
use std::time::SystemTime;

/// An event.
#[derive(Clone, Debug)]
pub(super) struct Event {
    provider: &'static str,
    keywords: u64,
    id: u16,
    version: u8,
    flags: u16,
    pid: u32,
    payload: Payload,
}

/// A payload.
#[derive(Clone, Debug, Default)]
pub(super) struct Payload(Vec<u8>);

impl Event {
    /// An event of a 64-bit system.
    pub(super) fn new(
        provider: &'static str,
        keywords: u64,
        id: u16,
        version: u8,
        pid: u32,
        payload: Payload,
    ) -> Self {
        Self {
            provider,
            keywords,
            id,
            version,
            flags: 0x40,
            pid,
            payload,
        }
    }

    /// A classic one.
    pub(super) fn classic(mut self) -> Self {
        self.flags |= 0x100;
        self
    }

    /// The line of a script.
    pub(super) fn line(&self) -> String {
        let Self {
            provider,
            keywords,
            id,
            version,
            flags,
            pid,
            payload,
        } = self;
        let mut line = format!("{provider} {keywords:x} {id} {version} {flags:x} {pid} 9 ");
        for byte in &payload.0 {
            let _ = write!(line, "{byte:02x}");
        }
        line.push('\n');
        line
    }
}

impl Payload {
    pub(super) fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.extend(bytes);
        self
    }

    pub(super) fn u32(self, value: u32) -> Self {
        self.bytes(&value.to_le_bytes())
    }

    pub(super) fn u64(self, value: u64) -> Self {
        self.bytes(&value.to_le_bytes())
    }

    pub(super) fn wide(mut self, text: &str) -> Self {
        let units = text.encode_utf16().chain([0]);
        self.0.extend(units.flat_map(u16::to_le_bytes));
        self
    }
}

/// Now, in 100 nanoseconds since 1601.
pub(super) fn now() -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    now.map_or(0, |now| now.as_nanos() as u64 / 100) + 116_444_736_000_000_000
}

/// Microsoft-Windows-Kernel-Process, as its GUID lies in memory.
pub(super) const PROCESS: &str = "d62cfb227b0e2b42a0c72fad1fd0e716";

/// Microsoft-Windows-Kernel-File.
pub(super) const FILE: &str = "2789d0edc49c654eb970c2560fb5c289";

/// Microsoft-Windows-Kernel-Network.
pub(super) const NETWORK: &str = "492ad47d295332488dfd43d979153a88";

/// The kernel's classic events of processes.
pub(super) const NT_PROCESS: &str = "d0a86f3d05fed0119dda00c04fd7ba7c";
