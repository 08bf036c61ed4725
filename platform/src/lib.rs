//! Where Packhound meets an operating system, and where captures of one are read.
//!
//! Step: source. This file holds the product's only `cfg(target_os)`: it picks the folder that
//! calls the system (`linux`, `windows`, `macos`; what two of them share is in `unix`). Each folder
//! offers the same names as [`host`]: `KernelSource` and `survey` (what the kernel tells, and how much of it),
//! `Lookup` and `open_image` (what records are enriched with), `LocalSocket`, `LocalListener`,
//! `Access`, `Peer`, `SocketError` and `User` (the stream to the collector), `Signals`, `notify`,
//! `watchdog`, `identity`, `raise_descriptors`, `make_private_directory`, `make_private_file`,
//! `sync_directory`, `owned_by_this_user`, `keep_only`, `service` and `places` (the daemon's
//! surroundings).

pub mod byte_ring;
mod container;
mod duty;
pub mod elf;
mod encode;
pub mod endpoint;
pub mod etw;
pub mod fingerprint;
mod image;
pub mod looks;
pub mod pe;
pub mod recording;
pub mod service;
pub mod sid;
mod source;
mod survey;

pub use container::container;
pub use duty::Duty;
pub use image::{Image, ImageAt, ImageIdentity};
pub use source::{KindStats, Progress, Source, SourceError, SourceStats};
pub use survey::{Hook, HookState, Identity, Options, Survey, SurveyLine, Tier, TierWanted};

#[cfg(target_os = "linux")]
#[path = "linux/mod.rs"]
pub mod host;

#[cfg(target_os = "windows")]
#[path = "windows/mod.rs"]
pub mod host;

#[cfg(target_os = "macos")]
#[path = "macos/mod.rs"]
pub mod host;

#[cfg(unix)]
mod unix;

#[cfg(not(any(target_os = "linux", target_os = "macos", target_os = "windows")))]
compile_error!("Packhound has no source for this operating system yet");
