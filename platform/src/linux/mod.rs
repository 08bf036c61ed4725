//! Packhound on Linux: the kernel source and what the daemon asks of the system beside it.
//!
//! Step: source. The names re-exported here are the same on every system ([`crate::host`] lists
//! them). All calls of Linux's own interfaces are below this folder.

mod arguments;
mod attach;
mod btf;
mod calibrate;
mod counters;
mod fields;
mod hooks;
mod ignored;
mod image;
mod kernel_source;
mod load;
mod needs;
mod notify;
pub mod places;
mod privileges;
mod prove;
mod row;
mod rundown;
pub mod service;
mod skipped;
mod survey;
mod system;
mod tiers;
mod uses;

pub use crate::unix::{
    Access, LocalListener, LocalSocket, Lookup, Peer, Signals, SocketError, User,
    make_private_directory, make_private_file, owned_by_this_user, sync_directory,
};
pub use image::open_image;
pub use kernel_source::KernelSource;
pub use notify::{notify, watchdog};
pub use privileges::keep_only;
pub use survey::survey;
pub use system::{identity, raise_descriptors};
