//! What Linux and macOS do the same way: users, signals, private files, the local socket.
//!
//! Step: source. Each system's folder offers these names as its own. Nothing here asks which of
//! the two it runs on.

mod local_socket;
mod lookup;
pub(crate) mod opened;
pub(crate) mod private;
pub(crate) mod program;
mod signals;
mod user;

pub use local_socket::{Access, LocalListener, LocalSocket, Peer, SocketError};
pub use lookup::Lookup;
pub use private::{make_private_directory, make_private_file, owned_by_this_user, sync_directory};
pub use signals::Signals;
pub use user::User;
