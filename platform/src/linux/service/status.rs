//! What systemd tells about a service, as data.
//!
//! Step: source, beside it. Pure: `systemctl show`'s text in, a status out. What is not told is
//! absent.

use std::collections::HashMap;
use std::path::PathBuf;

use crate::service::{Activity, ServiceStatus};

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
