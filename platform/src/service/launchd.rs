//! How the daemon is a service of macOS: what launchd is told, and what it tells.
//!
//! Step: source, beside it. Pure: texts in, texts out, which tests read on every host;
//! [`crate::host::service`] calls the system with them.

use std::path::PathBuf;

use super::{Activity, ServiceStatus};

/// What launchd calls the agent.
pub const LABEL: &str = "com.packhound.agent";

/// Where launchd has it from.
pub const PLACE: &str = "/Library/LaunchDaemons/com.packhound.agent.plist";

/// Where a package puts the program: `/Library` can be written by root alone, `/Applications` by
/// every administrator, who could change what runs as root.
pub const PROGRAM: &str = "/Library/Packhound/Packhound.app/Contents/MacOS/packhound";

/// The agent's property list, for a program at this path.
///
/// It starts with the system and anew whenever it ends with an error, not more often than every
/// half minute: a bad configuration or a missing permission stays so. Nothing it writes is for
/// others to read. The system must not slow it down as it does with work that nobody waits for.
#[must_use]
pub fn property_list(program: &str) -> String {
    TEXT.replace(PROGRAM, &escaped(program))
}

/// Whether a property list is one that was made here.
#[must_use]
pub fn is_ours(text: &str) -> bool {
    text.contains("<!-- Packhound's agent.") && text.contains(&format!("<string>{LABEL}</string>"))
}

/// A text as XML holds it.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            c => out.push(c),
        }
    }
    out
}

/// What `launchctl print system/LABEL` tells; none where it could not be read.
#[must_use]
pub fn status(told: &str) -> ServiceStatus {
    // Only the outermost block is the service's own; others nest in it.
    let own = told.lines().filter_map(|line| {
        let line = line.strip_prefix('\t')?;
        (!line.starts_with('\t')).then_some(line)?.split_once(" = ")
    });
    let mut status = ServiceStatus {
        enabled: true,
        ..ServiceStatus::default()
    };
    let mut runs = None;
    for (name, value) in own {
        match name {
            "path" => status.place = Some(PathBuf::from(value)),
            "state" => {
                value.clone_into(&mut status.state);
                if value == "running" {
                    status.activity = Activity::Running;
                }
            }
            "pid" => status.pid = value.parse().ok(),
            "runs" => runs = value.parse::<u64>().ok(),
            "last exit code" => status.failure = failure(value),
            "last terminating signal" => status.failure = Some(value.to_owned()),
            _ => {}
        }
    }
    status.restarts = runs.unwrap_or(0).saturating_sub(1);
    status
}

/// What an exit code says, where it says anything bad: `(never exited)`, `0`, `3: No such process`.
fn failure(value: &str) -> Option<String> {
    let code = value.split(':').next().unwrap_or(value);
    let code: i64 = code.parse().ok()?;
    // launchd adds the system's name for an error of that number, which this is none.
    (code != 0).then(|| format!("exit code {code}"))
}

/// The property list of a packaged program, which packages take, too.
const TEXT: &str = include_str!("launchd/com.packhound.agent.plist");

#[cfg(test)]
mod tests;
