//! Packhound on Linux: the kernel source and what the daemon asks of the system beside it.
//!
//! Step: source. The names re-exported here are the same on every system ([`crate::host`] lists
//! them). All calls of Linux's own interfaces are below this folder.

mod attach;
mod btf;
mod calibrate;
mod counters;
mod fields;
mod ignored;
mod image;
mod kernel_source;
mod load;
mod local_socket;
mod lookup;
mod notify;
pub mod places;
mod private;
mod privileges;
mod rundown;
pub mod service;
mod signals;
mod survey;
mod system;
mod user;
mod uses;

pub use image::open_image;
pub use kernel_source::KernelSource;
pub use local_socket::{Access, LocalListener, LocalSocket, Peer, SocketError};
pub use lookup::Lookup;
pub use notify::{notify, watchdog};
pub use private::{make_private_directory, make_private_file, owned_by_this_user, sync_directory};
pub use privileges::keep_only;
pub use signals::Signals;
pub use survey::survey;
pub use system::{identity, raise_descriptors};
pub use user::User;
