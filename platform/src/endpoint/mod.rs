//! Messages of macOS's `EndpointSecurity`, as far as they need no macOS.
//!
//! Step: source. Everything that decides is here, pure, and tested on every host: what a message is
//! ([`Message`]), whoever hands it over, and `eslogger`'s stream of them on a pipe ([`Piped`]). What
//! calls the system fills a message from what its callback is given.

mod message;
mod piped;

pub use message::{CodeHash, Destination, Event, File, Message, Process, Stat, Token};
pub use piped::Piped;
