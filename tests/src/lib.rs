//! Starts the real daemon, does real work beside it and reads what it says of it.
//!
//! Step: tests; the live tests, the demo and the bench are built on it. Nothing here waits by
//! sleeping: the daemon announces that it is ready, and a canary packing whose finding arrives
//! proves that everything before it was processed. It knows the daemon by its command line and its
//! output only, as its users do.
#![forbid(unsafe_code)]

mod board;
mod collector;
mod daemon;
mod error;
mod finding;
mod fleet;
mod nats;
mod operator;
mod program;
mod scenario;
mod stage;
mod stats;
mod ways;

pub use board::Board;
pub use collector::{Collector, CollectorSettings};
pub use daemon::{Daemon, Ended, Settings};
pub use error::HarnessError;
pub use finding::{Finding, Severity};
pub use fleet::{Answer, FleetAgent, answer, frame};
pub use nats::{Nats, Stored};
pub use operator::{Done, Operator, Request};
pub use program::{find_library, find_program, is_root};
pub use scenario::{Expectation, Scenario, Shell, load_scenarios};
pub use stage::{Outcome, Stage, Verdict, judge};
pub use stats::{KindCounts, Stats};
pub use ways::{Seen, Way, compare, load_ways};
