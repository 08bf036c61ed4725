//! Packhound on Windows: what the daemon asks of the system.
//!
//! Step: source. The names re-exported here are the same on every system ([`crate::host`] lists
//! them). All calls of Windows' own interfaces are below this folder; what they are asked for, and
//! what is made of their answers, is decided elsewhere, and tested on every system.

mod accounts;
mod content;
mod devices;
mod etw;
mod image;
mod kernel_source;
mod local_socket;
mod looker;
mod lookup;
mod notify;
pub mod places;
mod private;
mod privileges;
mod process;
mod security;
pub mod service;
mod signals;
mod socket_error;
mod survey;
mod system;
mod token;
mod user;
mod wide;

pub use image::open_image;
pub use kernel_source::KernelSource;
pub use local_socket::{Access, LocalListener, LocalSocket, Peer};
pub use lookup::Lookup;
pub use notify::{notify, watchdog};
pub use private::{make_private_directory, make_private_file, owned_by_this_user, sync_directory};
pub use privileges::keep_only;
pub use signals::Signals;
pub use socket_error::SocketError;
pub use survey::survey;
pub use system::{identity, raise_descriptors};
pub use user::User;

/// Nanoseconds since 1970 of a time as Windows counts it.
fn nanoseconds(ticks: u64) -> u64 {
    ticks
        .saturating_sub(116_444_736_000_000_000)
        .saturating_mul(100)
}
