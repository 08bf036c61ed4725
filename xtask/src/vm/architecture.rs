//! The processors that guests have, and what follows from each.
//!
//! Step: tooling. One place knows how Debian, QEMU and Rust name an architecture, and which board
//! is emulated for it.

use clap::ValueEnum;

/// A guest's architecture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Architecture {
    /// x86-64.
    Amd64,
    /// 64-bit ARM.
    Arm64,
}

impl Architecture {
    /// All of them.
    pub(crate) const ALL: [Self; 2] = [Self::Amd64, Self::Arm64];

    /// As Debian calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Amd64 => "amd64",
            Self::Arm64 => "arm64",
        }
    }

    /// The one that Debian calls so.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    /// What the names of Debian's kernel packages end with: few drivers, so small, with all that
    /// the probes need.
    pub(crate) fn flavour(self) -> &'static str {
        match self {
            Self::Amd64 => "-cloud-amd64",
            Self::Arm64 => "-cloud-arm64",
        }
    }

    /// The program that emulates it, and Debian's package of that.
    pub(crate) fn emulator(self) -> (&'static str, &'static str) {
        match self {
            Self::Amd64 => ("qemu-system-x86_64", "qemu-system-x86"),
            Self::Arm64 => ("qemu-system-aarch64", "qemu-system-arm"),
        }
    }

    /// The board and the processor that are emulated.
    pub(crate) fn board(self) -> (&'static str, &'static str) {
        match self {
            Self::Amd64 => ("q35", "max"),
            Self::Arm64 => ("virt", "cortex-a72"),
        }
    }

    /// The serial line that is the guest's console.
    pub(crate) fn console(self) -> &'static str {
        match self {
            Self::Amd64 => "ttyS0",
            Self::Arm64 => "ttyAMA0",
        }
    }

    /// Whether this machine is of that kind, so that its processor could run guests itself.
    pub(crate) fn is_ours(self) -> bool {
        let ours = match self {
            Self::Amd64 => "x86_64",
            Self::Arm64 => "aarch64",
        };
        std::env::consts::ARCH == ours
    }
}
