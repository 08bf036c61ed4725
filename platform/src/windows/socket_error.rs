//! What keeps two programs of one host apart.
//!
//! Step: source, for the stream to the collector.

use std::fmt;
use std::io;
use std::path::PathBuf;

use super::local_socket::Peer;

/// Why there is no connection.
#[derive(Debug)]
#[non_exhaustive]
pub enum SocketError {
    /// Somebody listens there already.
    InUse(PathBuf),
    /// The path is no pipe's name.
    NoPipe(PathBuf),
    /// The peer runs as a user that is not allowed.
    Refused(Peer),
    /// An operation of the system failed.
    Io {
        /// What was being done.
        what: String,
        /// The system's error.
        source: io::Error,
    },
}

impl SocketError {
    pub(super) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io {
            what: what.into(),
            source,
        }
    }
}

impl fmt::Display for SocketError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InUse(path) => write!(
                f,
                "{}: another program has this pipe; stop it, or choose another name",
                path.display()
            ),
            Self::NoPipe(path) => write!(
                f,
                "{}: not a pipe's name, which begins with \\\\.\\pipe\\",
                path.display()
            ),
            Self::Refused(peer) => {
                write!(
                    f,
                    "the program at the other end runs as {peer}, which is not allowed here"
                )
            }
            Self::Io { what, source } => write!(f, "{what}: {source}"),
        }
    }
}

impl std::error::Error for SocketError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            Self::InUse(_) | Self::NoPipe(_) | Self::Refused(_) => None,
        }
    }
}
