//! Where everything is unless the configuration says otherwise.
//!
//! Step: source. The places that macOS keeps for programs that serve all users; `/Library` can be
//! written by root alone.

/// The configuration.
pub const CONFIGURATION: &str = "/Library/Application Support/Packhound/packhound.toml";

/// The operator's own catalogue files.
pub const CATALOGUE: &str = "/Library/Application Support/Packhound/catalogue";

/// The daemon's state.
pub const STATE: &str = "/Library/Application Support/Packhound/state";

/// What waits for the collector.
pub const SPOOL: &str = "/Library/Application Support/Packhound/state/spool";

/// The collector's socket.
pub const COLLECTOR: &str = "/private/var/run/packhound/collector.sock";
