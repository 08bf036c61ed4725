//! Publishing to NATS `JetStream`, which is the fleet's engine: no clustering of our own.
//!
//! Step: sink. One thread with a runtime of its own owns the connection. The writer hands it what it
//! is about to commit and waits for the verdict, so that an item is acknowledged to its agent only
//! after the stream acknowledged it, and a stream that is full, slow, absent or starting makes
//! agents wait in their spools. `NATS.md` beside this file is for operators.

mod connection;
mod login;
mod message;
mod prevalence;
mod publisher;
mod streams;
mod verdict;

pub(crate) use login::{Login, Target};
pub(super) use message::loss;
pub(super) use prevalence::Fleet;
pub(super) use publisher::Publisher;
