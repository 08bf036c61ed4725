//! Standard error: messages, and one line of what is going on where it is a terminal.
//!
//! Step: sink. Invariant: the status line is erased before anything else is written, so that it
//! never mixes with a message or a finding. Failing to write here stops nothing.

use std::io::{IsTerminal as _, Write as _, stderr};
use std::sync::{Arc, Mutex, PoisonError};

use platform::host::service;

use super::escape::visible;

/// Standard error, shared by everyone who has something to say.
#[derive(Clone, Debug)]
pub(crate) struct Console {
    /// Whether a status line is shown at all.
    live: bool,
    drawn: Arc<Mutex<bool>>,
}

impl Console {
    /// Looks at what standard error is.
    pub(crate) fn new() -> Self {
        Self {
            live: stderr().is_terminal(),
            drawn: Arc::default(),
        }
    }

    /// Whether a status line is shown.
    pub(crate) fn is_live(&self) -> bool {
        self.live
    }

    /// Writes a message.
    pub(crate) fn say(&self, message: &str) {
        if service::say(message) {
            return;
        }
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        erase(&mut drawn);
        let mut text = String::new();
        for line in message.lines() {
            text.push_str("packhound: ");
            text.push_str(&visible(line));
            text.push('\n');
        }
        // In one piece, so that messages of several processes do not mix in a journal.
        let _ = stderr().lock().write_all(text.as_bytes());
    }

    /// Draws the status line in place of the earlier one.
    pub(crate) fn status(&self, line: &str) {
        if !self.live {
            return;
        }
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        let width = terminal_size::terminal_size_of(stderr()).map_or(80, |(width, _)| width.0);
        // A line that reached the last column would wrap, and then could not be erased.
        let shown: String = line
            .chars()
            .take(usize::from(width).saturating_sub(1))
            .collect();
        let mut error = stderr().lock();
        let _ = write!(error, "\r\u{1b}[2K{shown}");
        let _ = error.flush();
        *drawn = true;
    }

    /// Runs `write` with the status line out of the way.
    pub(crate) fn beside<T>(&self, write: impl FnOnce() -> T) -> T {
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        erase(&mut drawn);
        write()
    }
}

fn erase(drawn: &mut bool) {
    if *drawn {
        let mut error = stderr().lock();
        let _ = write!(error, "\r\u{1b}[2K");
        let _ = error.flush();
        *drawn = false;
    }
}
