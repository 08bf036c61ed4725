//! `packhound service`: the daemon under the system's service manager.
//!
//! Step: none. The platform installs, removes and asks; here is what is told of it. `status` ends
//! with 0 when everything that is installed runs, or waits to be started, as it should.

use anyhow::{Context as _, bail};
use platform::host::service;
use platform::host::survey;
use platform::service::{Activity, Role, ServiceStatus};

use crate::arguments::{Configured, Run, Service};
use crate::config::{DEFAULT_PATH, Settings, default_file};
use crate::exit;
use crate::sink::ocsf::Document;
use crate::sink::{Console, diagnosis, look, print};
use crate::state::{Archive, StateError};

/// Runs the command.
pub(super) fn service(arguments: &Service) -> anyhow::Result<()> {
    match arguments {
        Service::Install {
            collector,
            no_start,
        } => install(role(*collector), !no_start),
        Service::Uninstall { collector } => uninstall(role(*collector)),
        Service::Status { configured, json } => status(configured, *json),
    }
}

/// Runs the daemon for the service manager, which has started this program.
pub(super) fn run(arguments: Run) -> anyhow::Result<()> {
    let code = service::run(Role::Agent, move || match super::run::run(&arguments) {
        Ok(()) => 0,
        Err(error) => {
            Console::new().say(&exit::message(&error));
            exit::code(&error)
        }
    })?;
    match code {
        0 => Ok(()),
        code => Err(exit::Told(code).into()),
    }
}

fn role(collector: bool) -> Role {
    if collector {
        Role::Collector
    } else {
        Role::Agent
    }
}

fn install(role: Role, start: bool) -> anyhow::Result<()> {
    let program = std::env::current_exe().context("cannot find this program's own file")?;
    // A service that cannot start is told now, and not to a journal.
    super::settings(&Configured { config: None })?;
    let mut done = service::install(role, &program, start)?;
    if role == Role::Agent {
        done.extend(configuration()?);
    }
    tell(&done)?;
    Ok(print("packhound service status tells how it goes\n")?)
}

/// Writes the default configuration where there is none, so that there is one to be changed.
fn configuration() -> anyhow::Result<Option<String>> {
    let path = std::path::Path::new(DEFAULT_PATH);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot make {}", folder.display()))?;
    }
    let file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path);
    match file {
        Ok(mut file) => {
            use std::io::Write as _;
            file.write_all(default_file().as_bytes())
                .with_context(|| format!("cannot write {DEFAULT_PATH}"))?;
            Ok(Some(format!("wrote {DEFAULT_PATH}")))
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot write {DEFAULT_PATH}")),
    }
}

fn uninstall(role: Role) -> anyhow::Result<()> {
    let done = service::uninstall(role)?;
    if done.is_empty() {
        return Ok(print("it was not installed\n")?);
    }
    tell(&done)?;
    Ok(print("configuration and state are still there\n")?)
}

fn tell(done: &[String]) -> anyhow::Result<()> {
    Ok(print(&format!("{}\n", done.join("\n")))?)
}

fn status(configured: &Configured, json: bool) -> anyhow::Result<()> {
    let settings = super::settings(configured)?;
    let found = last_findings(&settings);
    let survey = survey(&super::options(&settings));
    let mut services = Vec::new();
    for role in [Role::Agent, Role::Collector] {
        services.push((role.name(), service::status(role)?));
    }
    let text = if json {
        diagnosis::status_json(&services, &found, &survey)?
    } else {
        format!(
            "{}{}{}",
            diagnosis::services(&services, look()),
            diagnosis::found(&found, look()),
            diagnosis::summary(&survey, look()),
        )
    };
    print(&text)?;
    judge(&services)
}

/// Fails when a service that is installed to start with the system does not run.
fn judge(services: &[(&str, ServiceStatus)]) -> anyhow::Result<()> {
    if services.iter().all(|(_, status)| status.place.is_none()) {
        bail!("no service is installed: install a package, or run `packhound service install`");
    }
    for (name, status) in services {
        if status.enabled && status.activity == Activity::Stopped {
            bail!("{name} does not run: {}", service::advice(name));
        }
    }
    Ok(())
}

/// What was found last, the latest first; else why it cannot be told.
fn last_findings(settings: &Settings) -> Result<Vec<Document>, String> {
    let kept = match Archive::open(&settings.state.path) {
        Ok(archive) => archive.latest(LISTED),
        Err(StateError::Absent(_)) => Ok(Vec::new()),
        Err(error) => Err(error),
    };
    kept.map_err(|error| error.to_string())?
        .iter()
        .map(|json| serde_json::from_slice(json))
        .collect::<Result<_, _>>()
        .map_err(|error| format!("a kept finding cannot be read: {error}"))
}

/// Findings that are counted.
const LISTED: usize = 1_000;
