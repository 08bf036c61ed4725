//! The daemon as a service of the system: installed, removed, asked how it is, and run.
//!
//! Step: source, beside it. What launchd is told is in [`crate::service::launchd`]. Invariants: what
//! others wrote is left alone; what is done is told, in the order in which it was done;
//! configuration and state stay when it is removed.

mod launchctl;
mod log;

use std::fs;
use std::io;
use std::path::Path;
use std::sync::OnceLock;

use crate::service::launchd::{self, LABEL, PLACE};
use crate::service::{Role, ServiceError, ServiceStatus};
use crate::unix::private;
use crate::unix::program::{self, Safe};
use log::{Findings, Log};

/// Installs the service to run `program`, lets it start with the system and, if `start`, now.
/// Gives what was done.
///
/// # Errors
/// When this user may not, `program` is not safe to be run as root, or the system refuses.
pub fn install(role: Role, program: &Path, start: bool) -> Result<Vec<String>, ServiceError> {
    only_the_agent(role)?;
    privileged("installing a service")?;
    let program = program::checked(program, &SAFE)?;
    let place = Path::new(PLACE);
    if let Ok(found) = fs::read_to_string(place)
        && !launchd::is_ours(&found)
    {
        return Err(ServiceError::Foreign(place.to_owned()));
    }
    let mut done = Vec::new();
    if is_loaded() {
        // launchd reads a changed list only when it is told of it anew.
        launchctl::output(&["bootout", &target()])?;
        done.push(format!("stopped {LABEL}"));
    }
    let early = place.with_extension("packhound-new");
    fs::write(&early, launchd::property_list(&program))
        .and_then(|()| private::readable(&early))
        .and_then(|()| fs::rename(&early, place))
        .map_err(ServiceError::io(format!("writing {PLACE}")))?;
    done.push(format!("wrote {PLACE}"));
    launchctl::output(&["enable", &target()])?;
    done.push(format!("{LABEL} starts with the system"));
    if start {
        launchctl::output(&["bootstrap", "system", PLACE])?;
        done.push(format!("started {LABEL}"));
    }
    done.push(format!(
        "findings go to the system's log: log stream --predicate 'subsystem == \"{LABEL}\"'"
    ));
    Ok(done)
}

/// Stops the service and removes what [`install`] wrote; configuration and state stay. Gives what
/// was done; nothing where it was not installed.
///
/// # Errors
/// When this user may not, or the system refuses.
pub fn uninstall(role: Role) -> Result<Vec<String>, ServiceError> {
    only_the_agent(role)?;
    privileged("removing a service")?;
    let mut done = Vec::new();
    match fs::read_to_string(PLACE) {
        Ok(found) if !launchd::is_ours(&found) => {
            return Err(ServiceError::Foreign(PLACE.into()));
        }
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(done),
        Err(error) => return Err(ServiceError::io(format!("reading {PLACE}"))(error)),
    }
    if is_loaded() {
        launchctl::output(&["bootout", &target()])?;
        done.push(format!("stopped {LABEL}"));
    }
    fs::remove_file(PLACE).map_err(ServiceError::io(format!("removing {PLACE}")))?;
    done.push(format!("removed {PLACE}"));
    Ok(done)
}

/// How the service is.
///
/// # Errors
/// None on macOS: a service that launchd does not know of is one that is not installed, or stopped.
pub fn status(role: Role) -> Result<ServiceStatus, ServiceError> {
    if role == Role::Collector {
        return Ok(ServiceStatus::default());
    }
    let place = Path::new(PLACE);
    let place = place.exists().then(|| place.to_owned());
    let mut status = match launchctl::output(&["print", &target()]) {
        Ok(told) => launchd::status(&told),
        Err(_) => ServiceStatus {
            enabled: place.is_some(),
            state: "not loaded".to_owned(),
            ..ServiceStatus::default()
        },
    };
    status.place = status.place.or(place);
    Ok(status)
}

/// What tells why a service does not run, and what starts it.
#[must_use]
pub fn advice(_name: &str) -> String {
    format!(
        "see `log show --last 10m --predicate 'subsystem == \"{LABEL}\"'`, then `sudo launchctl \
         kickstart {}`",
        target()
    )
}

/// Does `work`, with the system's log in place of standard output and standard error, which lead
/// nowhere.
///
/// # Errors
/// None on macOS.
pub fn run(_role: Role, work: impl FnOnce() -> u8 + Send + 'static) -> Result<u8, ServiceError> {
    let _ = MESSAGES.set(Log::new(c"daemon"));
    let _ = FINDINGS.set(Log::new(c"findings"));
    Ok(work())
}

/// Where findings are written, if not on standard output: a service has none.
#[must_use]
pub fn output() -> Option<Box<dyn io::Write + Send>> {
    let log = FINDINGS.get()?;
    Some(Box::new(Findings(log)))
}

/// Says something where standard error leads nowhere; says whether it did.
#[must_use]
pub fn say(text: &str) -> bool {
    MESSAGES.get().is_some_and(|log| {
        log.write(text);
        true
    })
}

fn only_the_agent(role: Role) -> Result<(), ServiceError> {
    match role {
        Role::Agent => Ok(()),
        Role::Collector => Err(ServiceError::Manager(
            "the collector is no service on macOS: run `packhound collect` where agents reach it"
                .to_owned(),
        )),
    }
}

fn privileged(what: &str) -> Result<(), ServiceError> {
    if nix::unistd::Uid::effective().is_root() {
        return Ok(());
    }
    Err(ServiceError::Privilege(what.to_owned()))
}

fn is_loaded() -> bool {
    launchctl::output(&["print", &target()]).is_ok()
}

/// The service, as launchd is asked for it.
fn target() -> String {
    format!("system/{LABEL}")
}

static MESSAGES: OnceLock<Log> = OnceLock::new();
static FINDINGS: OnceLock<Log> = OnceLock::new();

/// Which paths launchd is told as they are, and where else a program can be.
const SAFE: Safe = Safe {
    plain: "/._+- ",
    instead: "install the package, or put the signed bundle into a place of root's and install \
              from there: `sudo cp -R Packhound.app /Library/Packhound/ && sudo \
              /Library/Packhound/Packhound.app/Contents/MacOS/packhound service install`",
};
