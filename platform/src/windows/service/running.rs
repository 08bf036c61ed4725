//! The program while the service manager runs it.
//!
//! Step: source, beside it. The service manager calls back on a thread of its own, where the work
//! is then done; it is told of every change of state. Calling the dispatcher from a console may
//! never return, so only the argument that the installation wrote leads here.

use std::ffi::OsString;
use std::io::{self, Write};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use windows_service::service::{
    ServiceControl, ServiceControlAccept, ServiceExitCode, ServiceState, ServiceStatus, ServiceType,
};
use windows_service::service_control_handler::{
    self, ServiceControlHandlerResult, ServiceStatusHandle,
};
use windows_service::{define_windows_service, service_dispatcher};

use super::event_log::{EventLog, Kind};
use crate::host::signals;
use crate::service::plan::{self, Word};
use crate::service::{Role, ServiceError};

define_windows_service!(entered, main);

/// What is to be done as a service; gives the exit code.
type Work = Box<dyn FnOnce() -> u8 + Send>;

static WORK: Mutex<Option<Work>> = Mutex::new(None);
static HANDLE: OnceLock<ServiceStatusHandle> = OnceLock::new();
static LOG: OnceLock<EventLog> = OnceLock::new();
static EXIT: AtomicU8 = AtomicU8::new(0);

/// Does `work` as the service that the service manager has started; gives its exit code.
///
/// # Errors
/// When no service manager has started this program.
pub fn run(role: Role, work: impl FnOnce() -> u8 + Send + 'static) -> Result<u8, ServiceError> {
    *WORK.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(work));
    if let Ok(log) = EventLog::open() {
        let _ = LOG.set(log);
    }
    let outcome = service_dispatcher::start(role.name(), entered);
    outcome.map_err(super::refused("running as a service"))?;
    Ok(EXIT.load(Ordering::Relaxed))
}

/// Whether this program runs as a service.
pub(in crate::host) fn is_service() -> bool {
    HANDLE.get().is_some()
}

/// Where findings are written, if not on standard output: a service has none.
#[must_use]
pub fn output() -> Option<Box<dyn Write + Send>> {
    LOG.get()
        .map(|_| Box::new(Findings) as Box<dyn Write + Send>)
}

/// Says something where standard error leads nowhere; says whether it did.
#[must_use]
pub fn say(text: &str) -> bool {
    LOG.get().is_some_and(|log| {
        log.write(Kind::Message, text);
        true
    })
}

/// Tells the service manager of a state, as it is told to systemd.
pub(in crate::host) fn tell(state: &str) -> io::Result<()> {
    match plan::word(state) {
        Some(Word::Ready) => set(ServiceState::Running, 0),
        Some(Word::Stopping) => set(ServiceState::StopPending, 0),
        None => Ok(()),
    }
}

/// Each text that is written is one finding.
struct Findings;

impl Write for Findings {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(log) = LOG.get() {
            log.write(Kind::Finding, String::from_utf8_lossy(bytes).trim_end());
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What the service manager calls.
fn main(_arguments: Vec<OsString>) {
    let role = Role::Agent;
    let Ok(handle) = service_control_handler::register(role.name(), control) else {
        return;
    };
    let _ = HANDLE.set(handle);
    let _ = set(ServiceState::StartPending, 0);
    let work = WORK.lock().unwrap_or_else(PoisonError::into_inner).take();
    let code = work.map_or(1, |work| work());
    EXIT.store(code, Ordering::Relaxed);
    let _ = set(ServiceState::Stopped, code);
}

/// What the service manager asks for.
fn control(asked: ServiceControl) -> ServiceControlHandlerResult {
    match asked {
        ServiceControl::Stop | ServiceControl::Shutdown | ServiceControl::Preshutdown => {
            let _ = set(ServiceState::StopPending, 0);
            signals::ask_for_stop();
        }
        ServiceControl::ParamChange => signals::ask_for_reload(),
        ServiceControl::Interrogate => {}
        _ => return ServiceControlHandlerResult::NotImplemented,
    }
    ServiceControlHandlerResult::NoError
}

fn set(state: ServiceState, code: u8) -> io::Result<()> {
    let Some(handle) = HANDLE.get() else {
        return Ok(());
    };
    let pending = matches!(
        state,
        ServiceState::StartPending | ServiceState::StopPending
    );
    let accepted = if state == ServiceState::Running {
        ServiceControlAccept::STOP
            | ServiceControlAccept::PRESHUTDOWN
            | ServiceControlAccept::PARAM_CHANGE
    } else if state == ServiceState::StartPending {
        ServiceControlAccept::STOP
    } else {
        ServiceControlAccept::empty()
    };
    let told = handle.set_service_status(ServiceStatus {
        service_type: ServiceType::OWN_PROCESS,
        current_state: state,
        controls_accepted: accepted,
        exit_code: match code {
            0 => ServiceExitCode::Win32(0),
            code => ServiceExitCode::ServiceSpecific(u32::from(code)),
        },
        checkpoint: 0,
        wait_hint: if pending { PATIENCE } else { Duration::ZERO },
        process_id: None,
    });
    told.map_err(io::Error::other)
}

/// How long a start or a stop may take.
const PATIENCE: Duration = Duration::from_secs(30);
