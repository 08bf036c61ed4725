//! The daemon as a service of the system: installed, removed, asked how it is.
//!
//! Step: source, beside it: nothing here is part of the stream. On Linux the service manager is
//! systemd, and the units are the files in `units`, which packages install too. Invariants: what a
//! package owns is left alone; what an operator changed is not overwritten; whatever is done is
//! told, in the order in which it was done.

mod status;
mod systemctl;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::service::{Role, ServiceError, ServiceStatus};
use crate::unix::private;
use crate::unix::program::{self, Safe};

/// A unit that belongs to a role.
struct Unit {
    name: &'static str,
    text: &'static str,
}

impl Role {
    /// The unit that does the work.
    fn service(self) -> &'static str {
        match self {
            Self::Agent => AGENT.name,
            Self::Collector => COLLECTOR.name,
        }
    }

    /// The unit that is enabled: the collector's socket starts the collector.
    fn enabled(self) -> &'static str {
        match self {
            Self::Agent => AGENT.name,
            Self::Collector => SOCKET.name,
        }
    }

    fn units(self) -> &'static [Unit] {
        match self {
            Self::Agent => &[AGENT],
            Self::Collector => &[COLLECTOR, SOCKET],
        }
    }
}

/// Installs the service to run `program`, lets it start with the system and, if `start`, now.
/// Gives what was done.
///
/// # Errors
/// When a package owns the service, the system has another service manager, `program` is not safe
/// to be run as root, or the system refuses.
pub fn install(role: Role, program: &Path, start: bool) -> Result<Vec<String>, ServiceError> {
    systemctl::check()?;
    privileged("installing a service")?;
    refuse_packaged(role)?;
    let program = program::checked(program, &SAFE)?;
    let mut done = Vec::new();
    for unit in role.units() {
        let path = Path::new(OWN).join(unit.name);
        let text = unit.text.replace(PACKAGED_PROGRAM, &program);
        if let Ok(found) = fs::read_to_string(&path)
            && !is_ours(&found)
        {
            return Err(ServiceError::Foreign(path));
        }
        write(&path, &text).map_err(ServiceError::io(format!("writing {}", path.display())))?;
        done.push(format!("wrote {}", path.display()));
    }
    systemctl::run(&["daemon-reload"])?;
    systemctl::run(&["enable", "--quiet", role.enabled()])?;
    done.push(format!("{} starts with the system", role.enabled()));
    if start {
        systemctl::run(&["restart", role.enabled()])?;
        done.push(format!("started {}", role.enabled()));
    }
    Ok(done)
}

/// Stops the service and removes what [`install`] wrote; configuration and state stay. Gives what
/// was done; nothing where it was not installed.
///
/// # Errors
/// When a package owns the service, or the system refuses.
pub fn uninstall(role: Role) -> Result<Vec<String>, ServiceError> {
    systemctl::check()?;
    privileged("removing a service")?;
    refuse_packaged(role)?;
    let mut done = Vec::new();
    let mut found = Vec::new();
    for unit in role.units() {
        let path = Path::new(OWN).join(unit.name);
        match fs::read_to_string(&path) {
            Ok(text) if is_ours(&text) => found.push((unit.name, path)),
            Ok(_) => return Err(ServiceError::Foreign(path)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                return Err(ServiceError::io(format!("reading {}", path.display()))(
                    error,
                ));
            }
        }
    }
    for (name, _) in &found {
        systemctl::run(&["disable", "--quiet", "--now", name])?;
        done.push(format!("stopped {name}"));
    }
    for (_, path) in &found {
        fs::remove_file(path).map_err(ServiceError::io(format!("removing {}", path.display())))?;
        done.push(format!("removed {}", path.display()));
    }
    if !found.is_empty() {
        systemctl::run(&["daemon-reload"])?;
    }
    Ok(done)
}

/// How the service is.
///
/// # Errors
/// When the service manager cannot be asked.
pub fn status(role: Role) -> Result<ServiceStatus, ServiceError> {
    systemctl::check()?;
    let told = systemctl::output(&[
        "show",
        "--property",
        status::PROPERTIES,
        role.service(),
        role.enabled(),
    ])?;
    Ok(status::parse(&told, packaged(role).is_some()))
}

/// What tells why a service does not run, and what starts it.
#[must_use]
pub fn advice(name: &str) -> String {
    format!("see `journalctl -u {name}`, then `systemctl start {name}`")
}

/// Does `work`; systemd needs no more of a program.
///
/// # Errors
/// None on Linux.
pub fn run(_role: Role, work: impl FnOnce() -> u8 + Send + 'static) -> Result<u8, ServiceError> {
    Ok(work())
}

/// Where findings are written, if not on standard output, which leads to the journal.
#[must_use]
pub fn output() -> Option<Box<dyn io::Write + Send>> {
    None
}

/// Says something where standard error leads nowhere: here it leads to the journal.
#[must_use]
pub fn say(_text: &str) -> bool {
    false
}

/// Fails where a package brought the units.
fn refuse_packaged(role: Role) -> Result<(), ServiceError> {
    packaged(role).map_or(Ok(()), |unit| {
        Err(ServiceError::Packaged {
            unit,
            enabled: role.enabled(),
        })
    })
}

/// The unit that a package brought, if one did.
fn packaged(role: Role) -> Option<PathBuf> {
    PACKAGED
        .iter()
        .map(|folder| Path::new(folder).join(role.service()))
        .find(|path| path.exists())
}

/// Whether a unit's text is one that we wrote.
fn is_ours(text: &str) -> bool {
    text.starts_with(MARK)
}

/// Writes a unit whole or not at all.
fn write(path: &Path, text: &str) -> io::Result<()> {
    let early = path.with_extension("packhound-new");
    fs::write(&early, text)?;
    let outcome = private::readable(&early).and_then(|()| fs::rename(&early, path));
    if outcome.is_err() {
        let _ = fs::remove_file(&early);
    }
    outcome
}

fn privileged(what: &str) -> Result<(), ServiceError> {
    if nix::unistd::Uid::effective().is_root() {
        return Ok(());
    }
    Err(ServiceError::Privilege(what.to_owned()))
}

const AGENT: Unit = Unit {
    name: "packhound.service",
    text: include_str!("units/packhound.service"),
};

const COLLECTOR: Unit = Unit {
    name: "packhound-collector.service",
    text: include_str!("units/packhound-collector.service"),
};

const SOCKET: Unit = Unit {
    name: "packhound-collector.socket",
    text: include_str!("units/packhound-collector.socket"),
};

/// How each of our units begins.
const MARK: &str = "# Packhound's ";

/// Where an operator's units are.
const OWN: &str = "/etc/systemd/system";

/// Where packages' units are.
const PACKAGED: [&str; 2] = ["/usr/lib/systemd/system", "/lib/systemd/system"];

/// Which paths a unit names as they are, and where else a program can be.
const SAFE: Safe = Safe {
    plain: "/._+-",
    instead: "put it into a place of root's and install from there: `install -m 755 \
              packhound /usr/local/bin/ && /usr/local/bin/packhound service install`",
};

/// The program that the packages' units run.
const PACKAGED_PROGRAM: &str = "/usr/bin/packhound";

#[cfg(test)]
mod tests;
