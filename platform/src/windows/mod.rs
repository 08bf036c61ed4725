//! Packhound on Windows: what the daemon asks of the system.
//!
//! Step: source. The names re-exported here are the same on every system ([`crate::host`] lists
//! them). All calls of Windows' own interfaces are below this folder. The live source is not there
//! yet: it says so, and recordings of Windows hosts are read on every system.

mod image;
mod kernel_source;
mod local_socket;
mod lookup;
mod notify;
pub mod places;
mod private;
mod privileges;
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
