//! Where everything is unless the configuration says otherwise.
//!
//! Step: source. The places are those of the file system hierarchy standard.

/// The configuration.
pub const CONFIGURATION: &str = "/etc/packhound/packhound.toml";

/// The operator's own catalogue files.
pub const CATALOGUE: &str = "/etc/packhound/catalogue";

/// The daemon's state.
pub const STATE: &str = "/var/lib/packhound";

/// What waits for the collector.
pub const SPOOL: &str = "/var/lib/packhound/spool";

/// The collector's socket.
pub const COLLECTOR: &str = "/run/packhound/collector.sock";
