//! A live session of Event Tracing for Windows, as far as it needs no Windows.
//!
//! Step: source. Everything that decides is here, pure, and tested on every host: which sessions
//! there are and how they are set up ([`plan`]), what the system's refusals mean ([`trouble`]), the
//! bounded queue between its callbacks and the thread that takes records ([`Intake`]), the order of
//! events of several sessions ([`order`]), and their way to records ([`Live`]). What calls the
//! system is in the folder of its own.

mod intake;
mod live;
pub mod order;
pub mod plan;
pub mod sampling;
pub mod trouble;

pub use crate::encode::Volumes;
pub use intake::{Intake, Raw, Taken};
pub use live::{Live, LiveBounds, Lost, Running};
