//! Messages of macOS's `EndpointSecurity`, as far as they need no macOS.
//!
//! Step: source. Everything that decides is here, pure, and tested on every host: what a message is
//! ([`Message`]), whoever hands it over, and what comes of it ([`Encoding`]); `eslogger`'s stream of
//! them on a pipe ([`Piped`]); and of a client of our own what it listens to ([`plan`]), what the
//! system's refusals mean ([`trouble`]), which messages are worth a place in the ring ([`Filter`]),
//! how they lie there ([`copied`]), and their way to records ([`Live`]). What calls the system fills
//! a message from what its callback is given.

pub mod copied;
mod encoding;
mod filter;
mod live;
mod message;
mod piped;
pub mod plan;
pub mod running;
pub mod trouble;

pub use encoding::Encoding;
pub use filter::Filter;
pub use live::{Live, LiveBounds};
pub use message::{CodeHash, Destination, Event, File, Message, Process, Stat, Token};
pub use piped::Piped;
