//! Tells the service manager about the daemon's state.
//!
//! Step: source. The protocol is systemd's `sd_notify(3)`: one datagram to the socket that
//! `NOTIFY_SOCKET` names, a path or, after `@`, an abstract name. Without that variable nothing
//! happens.

use std::env;
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

/// Tells `state`, newline-separated assignments such as `READY=1`.
///
/// # Errors
/// When the named socket cannot be reached.
pub fn notify(state: &str) -> io::Result<()> {
    let Some(name) = env::var_os("NOTIFY_SOCKET") else {
        return Ok(());
    };
    let address = match name.as_bytes().strip_prefix(b"@") {
        Some(rest) => SocketAddr::from_abstract_name(rest)?,
        None => SocketAddr::from_pathname(&name)?,
    };
    UnixDatagram::unbound()?.send_to_addr(state.as_bytes(), &address)?;
    Ok(())
}

/// How often at least the service manager wants to hear `WATCHDOG=1` (`sd_watchdog_enabled(3)`);
/// none where it does not.
#[must_use]
pub fn watchdog() -> Option<Duration> {
    let number = |name| env::var(name).ok()?.parse::<u64>().ok();
    let ours = env::var_os("WATCHDOG_PID").is_none()
        || number("WATCHDOG_PID") == Some(u64::from(std::process::id()));
    let microseconds = number("WATCHDOG_USEC").filter(|_| ours)?;
    (microseconds > 0).then(|| Duration::from_micros(microseconds))
}
