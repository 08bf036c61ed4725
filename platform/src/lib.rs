//! Where Packhound meets an operating system, and where captures of one are read.
//!
//! Step: source. This file holds the product's only `cfg(target_os)`: it picks the folder that
//! calls the system (`linux`; `windows` and `macos` have their places beside it) and re-exports
//! the same names from it, listed in [`host`].

pub mod elf;
pub mod fingerprint;
pub mod recording;
mod source;

pub use source::{KindStats, Progress, Source, SourceError, SourceStats};

#[cfg(target_os = "linux")]
#[path = "linux/mod.rs"]
pub mod host;

#[cfg(not(target_os = "linux"))]
compile_error!("Packhound has no source for this operating system yet");
