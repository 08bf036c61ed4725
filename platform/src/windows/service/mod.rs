//! The daemon as a service of the system: installed, removed, asked how it is, and run.
//!
//! Step: source, beside it. What the service manager is told is in [`crate::service::plan`].
//! Invariants: the service runs as the system's own user with few of its privileges; what is done
//! is told, in the order in which it was done; configuration and state stay when it is removed.

mod event_log;
mod running;

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::time::Duration;

use windows_service::Error;
use windows_service::service::{
    Service, ServiceAccess, ServiceAction, ServiceActionType, ServiceErrorControl,
    ServiceFailureActions, ServiceFailureResetPeriod, ServiceInfo, ServiceStartType, ServiceState,
    ServiceType,
};
use windows_service::service_manager::{ServiceManager, ServiceManagerAccess};
use windows_sys::Win32::System::Services::{
    ChangeServiceConfig2W, SERVICE_CONFIG_REQUIRED_PRIVILEGES_INFO,
    SERVICE_REQUIRED_PRIVILEGES_INFOW,
};

use super::private;
use crate::service::{Activity, Role, ServiceError, ServiceStatus, plan};
pub(super) use running::{is_service, tell};
pub use running::{output, run, say};

/// Installs the service to run `program`, lets it start with the system and, if `start`, now.
/// Gives what was done.
///
/// # Errors
/// When this user may not, or the system refuses.
pub fn install(role: Role, program: &Path, start: bool) -> Result<Vec<String>, ServiceError> {
    only_the_agent(role)?;
    let program = on_a_drive(program)?;
    let access = ServiceManagerAccess::CONNECT | ServiceManagerAccess::CREATE_SERVICE;
    let manager = manager(access, "installing a service")?;
    let info = ServiceInfo {
        name: role.name().into(),
        display_name: plan::DISPLAY_NAME.into(),
        service_type: ServiceType::OWN_PROCESS,
        start_type: ServiceStartType::AutoStart,
        error_control: ServiceErrorControl::Normal,
        executable_path: program.to_owned(),
        launch_arguments: plan::ARGUMENTS.map(OsString::from).to_vec(),
        dependencies: Vec::new(),
        account_name: None,
        account_password: None,
    };
    let access = ServiceAccess::ALL_ACCESS;
    let mut done = Vec::new();
    let service = match manager.open_service(role.name(), access) {
        Ok(service) => {
            let asked = "changing the service";
            service.change_config(&info).map_err(refused(asked))?;
            done.push(format!("changed the service {}", role.name()));
            service
        }
        Err(Error::Winapi(error)) if error.raw_os_error() == Some(ABSENT) => {
            let made = manager.create_service(&info, access);
            let service = made.map_err(refused("making the service"))?;
            done.push(format!("made the service {}", role.name()));
            service
        }
        Err(error) => return Err(refused("opening the service")(error)),
    };
    done.push("it starts with the system, a little later, and anew when it fails".to_owned());
    done.extend(describe(&service)?);
    let folder = Path::new(super::places::STATE);
    private::make_private_directory(folder)
        .map_err(ServiceError::io(format!("making {}", folder.display())))?;
    event_log::register().map_err(ServiceError::io("making the event log's source"))?;
    done.push("findings go to the event log Application, source Packhound".to_owned());
    if start {
        let status = service.query_status();
        let status = status.map_err(refused("asking the service"))?;
        if status.current_state == ServiceState::Stopped {
            let started = service.start::<OsString>(&[]);
            started.map_err(refused("starting the service"))?;
            done.push(format!("started {}", role.name()));
        } else {
            done.push(format!(
                "{} runs already; start it anew to take this one",
                role.name()
            ));
        }
    }
    Ok(done)
}

/// Tells the service manager what the making of a service does not; gives what this system does not
/// know of.
fn describe(service: &Service) -> Result<Vec<String>, ServiceError> {
    let restarts = plan::RESTARTS.map(|delay| ServiceAction {
        action_type: ServiceActionType::Restart,
        delay,
    });
    let actions = ServiceFailureActions {
        reset_period: ServiceFailureResetPeriod::After(plan::FORGIVEN),
        reboot_msg: None,
        command: None,
        actions: Some(restarts.to_vec()),
    };
    let failures = || service.set_failure_actions_on_non_crash_failures(true);
    let steps = [
        ("a description", service.set_description(plan::DESCRIPTION)),
        ("a delayed start", service.set_delayed_auto_start(true)),
        (
            "starts after a failure",
            service
                .update_failure_actions(actions)
                .and_then(|()| failures()),
        ),
        ("fewer privileges", lower(service).map_err(Error::Winapi)),
    ];
    let mut unknown = Vec::new();
    for (what, outcome) in steps {
        match outcome {
            Ok(()) => {}
            Err(Error::Winapi(error)) if error.raw_os_error() == Some(UNKNOWN) => {
                unknown.push(format!("this system does not know of {what} for a service"));
            }
            Err(error) => return Err(refused(what)(error)),
        }
    }
    Ok(unknown)
}

/// Leaves the service only the privileges that it needs.
fn lower(service: &Service) -> io::Result<()> {
    let mut privileges = plan::list(&plan::PRIVILEGES);
    let wanted = SERVICE_REQUIRED_PRIVILEGES_INFOW {
        pmszRequiredPrivileges: privileges.as_mut_ptr(),
    };
    // SAFETY: the service is open, and the structure with its list outlives the call.
    let told = unsafe {
        ChangeServiceConfig2W(
            service.raw_handle(),
            SERVICE_CONFIG_REQUIRED_PRIVILEGES_INFO,
            (&raw const wanted).cast(),
        )
    };
    if told == 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// Stops the service and removes it; configuration and state stay. Gives what was done; nothing
/// where it was not installed.
///
/// # Errors
/// When this user may not, or the system refuses.
pub fn uninstall(role: Role) -> Result<Vec<String>, ServiceError> {
    let manager = manager(ServiceManagerAccess::CONNECT, "removing a service")?;
    let access = ServiceAccess::QUERY_STATUS | ServiceAccess::STOP | ServiceAccess::DELETE;
    let service = match manager.open_service(role.name(), access) {
        Ok(service) => service,
        Err(Error::Winapi(error)) if error.raw_os_error() == Some(ABSENT) => return Ok(Vec::new()),
        Err(error) => return Err(refused("opening the service")(error)),
    };
    let mut done = Vec::new();
    let state = || service.query_status().map(|status| status.current_state);
    if state().map_err(refused("asking the service"))? != ServiceState::Stopped {
        service.stop().map_err(refused("stopping the service"))?;
        for _ in 0..STOPPING {
            if state().map_err(refused("asking the service"))? == ServiceState::Stopped {
                break;
            }
            std::thread::sleep(GLANCE);
        }
        done.push(format!("stopped {}", role.name()));
    }
    service.delete().map_err(refused("removing the service"))?;
    done.push(format!("removed the service {}", role.name()));
    event_log::unregister();
    Ok(done)
}

/// How the service is.
///
/// # Errors
/// When the service manager cannot be asked.
pub fn status(role: Role) -> Result<ServiceStatus, ServiceError> {
    let manager = manager(ServiceManagerAccess::CONNECT, "asking for a service")?;
    let access = ServiceAccess::QUERY_STATUS | ServiceAccess::QUERY_CONFIG;
    let service = match manager.open_service(role.name(), access) {
        Ok(service) => service,
        Err(Error::Winapi(error)) if error.raw_os_error() == Some(ABSENT) => {
            return Ok(ServiceStatus::default());
        }
        Err(error) => return Err(refused("opening the service")(error)),
    };
    let config = service
        .query_config()
        .map_err(refused("asking the service"))?;
    let status = service
        .query_status()
        .map_err(refused("asking the service"))?;
    let (activity, state) = match status.current_state {
        ServiceState::Stopped => (Activity::Stopped, "stopped"),
        ServiceState::StartPending => (Activity::Running, "starting"),
        ServiceState::StopPending => (Activity::Running, "stopping"),
        ServiceState::Running => (Activity::Running, "running"),
        ServiceState::ContinuePending | ServiceState::PausePending | ServiceState::Paused => {
            (Activity::Stopped, "paused")
        }
    };
    let failure = match status.exit_code {
        windows_service::service::ServiceExitCode::ServiceSpecific(code) if code != 0 => {
            Some(format!("exit code {code}"))
        }
        windows_service::service::ServiceExitCode::Win32(code)
            if code != 0 && code != NEVER_STARTED =>
        {
            Some(format!("error {code}"))
        }
        _ => None,
    };
    Ok(ServiceStatus {
        place: Some(config.executable_path),
        enabled: config.start_type == ServiceStartType::AutoStart,
        activity,
        state: state.to_owned(),
        pid: status.process_id.filter(|pid| *pid != 0),
        failure,
        ..ServiceStatus::default()
    })
}

/// What tells why a service does not run, and what starts it.
#[must_use]
pub fn advice(name: &str) -> String {
    format!("see the event log Application, source Packhound, then `sc start {name}`")
}

fn only_the_agent(role: Role) -> Result<(), ServiceError> {
    match role {
        Role::Agent => Ok(()),
        Role::Collector => Err(ServiceError::Manager(
            "the collector is no service on Windows: run `packhound collect` where agents reach it"
                .to_owned(),
        )),
    }
}

/// The program's path, if the system can run it before anybody logs on.
fn on_a_drive(program: &Path) -> Result<&Path, ServiceError> {
    let path = program.to_str().unwrap_or_default();
    if matches!(path.as_bytes(), [letter, b':', b'\\', ..] if letter.is_ascii_alphabetic()) {
        return Ok(program);
    }
    Err(ServiceError::Program(format!(
        "{}: a service runs from a drive of this host: copy the program to one, for example to \
         C:\\Program Files\\Packhound",
        program.display()
    )))
}

fn manager(access: ServiceManagerAccess, what: &str) -> Result<ServiceManager, ServiceError> {
    ServiceManager::local_computer(None::<&str>, access).map_err(refused(what))
}

fn refused(asked: &str) -> impl FnOnce(Error) -> ServiceError + use<'_> {
    move |error| match error {
        Error::Winapi(error) if error.raw_os_error() == Some(DENIED) => {
            ServiceError::Privilege(asked.to_owned())
        }
        Error::Winapi(source) => ServiceError::io(asked)(source),
        error => ServiceError::io(asked)(io::Error::other(error)),
    }
}

/// The system's numbers for a service that is not there, for who may not, and for a service that
/// was never started.
const ABSENT: i32 = 1060;
const DENIED: i32 = 5;
const NEVER_STARTED: u32 = 1077;

/// The system's number for a setting that it does not know.
const UNKNOWN: i32 = 124;

/// Looks at a service that stops, and the time between them.
const STOPPING: u32 = 100;
const GLANCE: Duration = Duration::from_millis(100);
