//! Messages of macOS's EndpointSecurity, as far as they need no macOS.
//!
//! Step: source. Everything that decides is here, pure, and tested on every host: what a message is
//! ([`Message`]), whoever hands it over. What calls the system fills one from what its callback is
//! given; `eslogger`'s lines are read into the same.

mod message;

pub use message::{CodeHash, Destination, Event, File, Message, Process, Stat, Token};
