//! The console's events, and the service manager's, as flags that the daemon's loop asks for.
//!
//! Step: source. Ctrl-C, Ctrl-Break, a closed console, a log-off and a shutdown ask for a stop. A
//! second one ends the process at once, as the system does by itself. A service is told of every
//! user's log-off, which is none of its business, and is stopped by the service manager alone,
//! which can ask for a reload, too (`sc control packhound paramchange`).

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use windows_sys::Win32::System::Console::SetConsoleCtrlHandler;

use super::service;

/// The events that were received.
#[derive(Clone, Debug)]
pub struct Signals(());

impl Signals {
    /// Takes over the console's events.
    ///
    /// # Errors
    /// When the system refuses a handler.
    pub fn install() -> io::Result<Self> {
        // SAFETY: the handler is a function of this program, which stays for as long as it runs.
        let installed = unsafe { SetConsoleCtrlHandler(Some(handle), 1) };
        if installed == 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(Self(()))
    }

    /// Whether a stop was asked for; stays so.
    #[must_use]
    pub fn stop(&self) -> bool {
        STOP.load(Ordering::Relaxed)
    }

    /// Whether a reload was asked for since the last call.
    #[must_use]
    pub fn reload(&self) -> bool {
        RELOAD.swap(false, Ordering::Relaxed)
    }
}

/// The service manager asks for a stop.
pub(super) fn ask_for_stop() {
    STOP.store(true, Ordering::Relaxed);
}

/// The service manager asks for a reload.
pub(super) fn ask_for_reload() {
    RELOAD.store(true, Ordering::Relaxed);
}

/// The system calls this on a thread of its own; an answer of zero lets it end the process.
unsafe extern "system" fn handle(_event: u32) -> i32 {
    if service::is_service() {
        return 1;
    }
    i32::from(!STOP.swap(true, Ordering::Relaxed))
}

/// A process has one console, so this is one for all.
static STOP: AtomicBool = AtomicBool::new(false);

/// Asked for and not yet heard of.
static RELOAD: AtomicBool = AtomicBool::new(false);
