//! Packhound on Linux: the kernel source and what the daemon asks of the system beside it.
//!
//! Step: source. The names re-exported here are the same on every system: [`KernelSource`],
//! [`Options`], [`Hook`], [`survey`], [`Lookup`], [`open_image`], [`Signals`], [`notify`],
//! [`watchdog`], [`make_private_directory`], [`owner`], [`LocalSocket`], [`LocalListener`], [`identity`],
//! [`raise_descriptors`], [`keep_only`], [`service`]. All calls of Linux's own interfaces are below this folder.

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
mod private;
mod privileges;
mod rundown;
pub mod service;
mod signals;
mod survey;
mod system;
mod uses;

pub use attach::{Hook, HookState};
pub use image::{Image, ImageAt, ImageIdentity, open_image};
pub use kernel_source::KernelSource;
pub use load::Options;
pub use local_socket::{Access, LocalListener, LocalSocket, Peer, SocketError};
pub use lookup::Lookup;
pub use notify::{notify, watchdog};
pub use private::{make_private_directory, owner};
pub use privileges::{Duty, keep_only};
pub use signals::Signals;
pub use survey::{Survey, SurveyLine, survey};
pub use system::{Identity, identity, raise_descriptors};
