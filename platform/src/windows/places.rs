//! Where everything is unless the configuration says otherwise.
//!
//! Step: source. The folder for the data of programs that serve all users.

/// The configuration.
pub const CONFIGURATION: &str = r"C:\ProgramData\Packhound\packhound.toml";

/// The operator's own catalogue files.
pub const CATALOGUE: &str = r"C:\ProgramData\Packhound\catalogue";

/// The daemon's state.
pub const STATE: &str = r"C:\ProgramData\Packhound\state";

/// What waits for the collector.
pub const SPOOL: &str = r"C:\ProgramData\Packhound\state\spool";

/// The collector's named pipe.
pub const COLLECTOR: &str = r"\\.\pipe\packhound-collector";
