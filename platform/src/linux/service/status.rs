//! What systemd tells about a service, as data.
//!
//! Step: source, beside it. Pure: `systemctl show`'s text in, a status out. What is not told is
//! absent.

use std::collections::HashMap;
use std::path::PathBuf;

/// How a service is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceStatus {
    /// Where the service manager has it from; absent where it is not installed.
    pub place: Option<PathBuf>,
    /// Whether a package brought it.
    pub packaged: bool,
    /// Whether it starts with the system.
    pub enabled: bool,
    /// Whether it runs now.
    pub activity: Activity,
    /// Its state in the service manager's words, such as `active (running)`.
    pub state: String,
    /// Since when it is in this state, as the service manager writes it.
    pub since: Option<String>,
    /// Its process.
    pub pid: Option<u32>,
    /// How often it was started anew since it was last started by hand.
    pub restarts: u64,
    /// Why it ended, where it did not end well.
    pub failure: Option<String>,
    /// What the service itself says of how it goes.
    pub text: Option<String>,
    /// Its memory in bytes.
    pub memory: Option<u64>,
}

/// Whether a service runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Activity {
    /// It runs.
    Running,
    /// It is started by the first who connects.
    Listening,
    /// It does not run.
    #[default]
    Stopped,
}

/// Reads what `systemctl show` told of the service's unit, and of the unit that is enabled.
pub(super) fn parse(told: &str, packaged: bool) -> ServiceStatus {
    let mut units = told.split("\n\n").map(properties);
    let service = units.next().unwrap_or_default();
    let enabled = units.next().unwrap_or_default();
    let text = |name: &str| {
        let value = service.get(name).copied().unwrap_or_default();
        (!value.is_empty()).then(|| value.to_owned())
    };
    let number = |name: &str| text(name)?.parse::<u64>().ok();
    let active = text("ActiveState").unwrap_or_default();
    let below = text("SubState").unwrap_or_default();
    let result = text("Result").filter(|result| result != "success");
    let is_on = |unit: &HashMap<&str, &str>, name, value| unit.get(name) == Some(&value);
    let activity = if active == "active" || active == "reloading" {
        Activity::Running
    } else if is_on(&enabled, "SubState", "listening") {
        Activity::Listening
    } else {
        Activity::Stopped
    };
    ServiceStatus {
        place: text("FragmentPath").map(PathBuf::from),
        packaged,
        enabled: is_on(&enabled, "UnitFileState", "enabled"),
        activity,
        state: format!("{active} ({below})"),
        since: text("StateChangeTimestamp"),
        pid: number("MainPID")
            .and_then(|pid| u32::try_from(pid).ok())
            .filter(|pid| *pid != 0),
        restarts: number("NRestarts").unwrap_or(0),
        failure: result.map(|result| match number("ExecMainStatus") {
            Some(status) if status != 0 => format!("{result}, exit status {status}"),
            _ => result,
        }),
        text: text("StatusText"),
        memory: number("MemoryCurrent"),
    }
}

fn properties(unit: &str) -> HashMap<&str, &str> {
    unit.lines()
        .filter_map(|line| line.split_once('='))
        .collect()
}

/// What is asked of each unit.
pub(super) const PROPERTIES: &str = "ActiveState,SubState,UnitFileState,FragmentPath,MainPID,\
     NRestarts,Result,ExecMainStatus,StatusText,StateChangeTimestamp,MemoryCurrent";

#[cfg(test)]
mod tests;
