//! What each thread of the daemon may do.
//!
//! Step: all of them. A thread says its duty where it begins; refusal leaves it with what the
//! daemon was started with, which is told and stops nothing.

use platform::Duty;
use platform::host::{User, keep_only, owned_by_this_user};

use crate::config::Settings;
use crate::sink::Console;

/// Gives up what this thread, and those that it starts, have no use for.
pub(crate) fn lower(duty: Duty, console: &Console) {
    if let Err(error) = keep_only(duty) {
        console.say(&format!(
            "a thread keeps capabilities that it does not need: {error}"
        ));
    }
}

/// The duty of the threads that write: without any power where all is the daemon's own, as it is
/// for a service; in the foreground an operator may have named another user's directory or socket.
pub(crate) fn of_writers(settings: &Settings) -> Duty {
    let owned = [&settings.state.path, &settings.spool.path]
        .into_iter()
        .all(|path| owned_by_this_user(path));
    let own = User::own();
    let mut collectors = settings.stream.collector_uids.iter();
    let own_collector = collectors.all(|user| own.as_ref() == Some(user));
    if owned && own_collector {
        Duty::Own
    } else {
        Duty::Writing
    }
}
