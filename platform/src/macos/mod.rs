//! Packhound on macOS: the kernel source and what the daemon asks of the system beside it.
//!
//! Step: source. The names re-exported here are the same on every system ([`crate::host`] lists
//! them). All calls of macOS' own interfaces are below this folder; what they are asked for, and
//! what is made of their answers, is decided in [`crate::endpoint`], and tested on every system.

mod client;
mod content;
mod filling;
mod image;
mod kernel_source;
mod notify;
pub mod places;
mod privileges;
mod process;
pub mod service;
mod survey;
mod system;

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
