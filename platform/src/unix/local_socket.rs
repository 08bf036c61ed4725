//! A local stream socket between two programs of one host, each of which knows who the other is.
//!
//! Step: source, for the stream to the collector. It is a Unix socket. Invariants: no byte
//! is read from or written to a peer whose user is not allowed; the socket has its owner and mode
//! before its name appears; a socket that somebody listens on is never taken over.

use std::fmt;
use std::io;
use std::os::fd::{FromRawFd as _, OwnedFd};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::os::unix::net as blocking;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{UnixListener, UnixStream};

use super::user::User;

/// One end of a connection.
#[derive(Debug)]
pub struct LocalSocket(UnixStream);

/// Where connections arrive.
#[derive(Debug)]
pub struct LocalListener {
    listener: UnixListener,
    /// The name to remove at the end; none for a socket that the service manager made.
    path: Option<PathBuf>,
}

/// Who may open the socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// Permission bits.
    pub mode: u32,
    /// The owning user, where it is not this one.
    pub owner: Option<u32>,
    /// The owning group, where it is not this one.
    pub group: Option<u32>,
}

impl Default for Access {
    /// The owner only.
    fn default() -> Self {
        Self {
            mode: 0o600,
            owner: None,
            group: None,
        }
    }
}

impl Access {
    /// Everybody may try; who may is told from the user, whom [`LocalListener::accept`] checks.
    #[must_use]
    pub fn checked(_allowed: &[User]) -> Self {
        Self {
            mode: 0o666,
            ..Self::default()
        }
    }

    /// What an operator asked for: permission bits and an owner, each where it is not the default.
    /// The users that are `allowed` to connect change nothing here: the mode alone decides who
    /// gets as far as being asked for its user.
    ///
    /// # Errors
    /// When there is no such owner.
    pub fn asked(
        mode: Option<u32>,
        owner: Option<&str>,
        _allowed: &[User],
    ) -> Result<Self, String> {
        let number = |text: &str| {
            let user = User::parse(text).or_else(|| User::named(text));
            user.map(|user| user.0)
                .ok_or_else(|| format!("--owner {text}: there is no such user"))
        };
        let owner = owner.map(number).transpose()?;
        Ok(Self {
            mode: mode.unwrap_or(0o600),
            owner,
            group: None,
        })
    }
}

/// Who is at the other end, as the system says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its user.
    pub user: User,
    /// Its process, where the system tells it.
    pub pid: Option<i32>,
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "uid {}, process {}", self.user, self.pid.unwrap_or(0))
    }
}

impl LocalSocket {
    /// Connects to `path`, if the program there runs as one of `allowed`.
    ///
    /// # Errors
    /// When nobody listens there, or the wrong one does.
    pub async fn connect(path: &Path, allowed: &[User]) -> Result<Self, SocketError> {
        let stream = UnixStream::connect(path)
            .await
            .map_err(SocketError::io(format!("connecting to {}", path.display())))?;
        check(&stream, allowed)?;
        Ok(Self(stream))
    }
}

impl LocalListener {
    /// Listens at `path`; must be called within a runtime.
    ///
    /// # Errors
    /// When somebody listens there already, or the socket cannot be made.
    pub fn bind(path: &Path, access: &Access) -> Result<Self, SocketError> {
        if blocking::UnixStream::connect(path).is_ok() {
            return Err(SocketError::InUse(path.to_owned()));
        }
        let what = format!("listening at {}", path.display());
        let listener = make(path, access).map_err(SocketError::io(what.clone()))?;
        let listener = UnixListener::from_std(listener).map_err(SocketError::io(what))?;
        Ok(Self {
            listener,
            path: Some(path.to_owned()),
        })
    }

    /// The socket that the service manager listens at for this program (`sd_listen_fds(3)`), if it
    /// does; must be called within a runtime, and once.
    ///
    /// # Errors
    /// When what was handed over is no such socket.
    pub fn inherited() -> Result<Option<Self>, SocketError> {
        let number = |name| std::env::var(name).ok()?.parse::<u32>().ok();
        if number("LISTEN_PID") != Some(std::process::id()) || number("LISTEN_FDS") != Some(1) {
            return Ok(None);
        }
        let what = "taking over the service manager's socket";
        // SAFETY: the variables, which name this very process, say that descriptor 3 is open and
        // this program's to own; nothing else here opened or owns it.
        let descriptor = unsafe { OwnedFd::from_raw_fd(FIRST_INHERITED) };
        let listener = blocking::UnixListener::from(descriptor);
        // A descriptor that is no Unix socket has no such address.
        listener.local_addr().map_err(SocketError::io(what))?;
        listener
            .set_nonblocking(true)
            .map_err(SocketError::io(what))?;
        let listener = UnixListener::from_std(listener).map_err(SocketError::io(what))?;
        Ok(Some(Self {
            listener,
            path: None,
        }))
    }

    /// The next connection of one of `allowed`.
    ///
    /// # Errors
    /// `Refused` for a peer that is not, which is closed; anything else is the system's.
    pub async fn accept(&mut self, allowed: &[User]) -> Result<(LocalSocket, Peer), SocketError> {
        let accepted = self.listener.accept().await;
        let (stream, _) = accepted.map_err(SocketError::io("accepting a connection"))?;
        let peer = check(&stream, allowed)?;
        Ok((LocalSocket(stream), peer))
    }
}

impl Drop for LocalListener {
    fn drop(&mut self) {
        if let Some(path) = &self.path {
            // Gone already is as good.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Makes the socket under another name, and gives it its own once its owner and mode are right;
/// that also replaces a name that a killed program left.
fn make(path: &Path, access: &Access) -> io::Result<blocking::UnixListener> {
    if let Some(parent) = path.parent() {
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o755)
            .create(parent)?;
    }
    let mut early = path.as_os_str().to_owned();
    early.push(format!(".{}", std::process::id()));
    let early = PathBuf::from(early);
    let _ = std::fs::remove_file(&early);
    let listener = blocking::UnixListener::bind(&early)?;
    let finish = || {
        std::fs::set_permissions(&early, std::fs::Permissions::from_mode(access.mode))?;
        std::os::unix::fs::chown(&early, access.owner, access.group)?;
        listener.set_nonblocking(true)?;
        std::fs::rename(&early, path)
    };
    if let Err(error) = finish() {
        let _ = std::fs::remove_file(&early);
        return Err(error);
    }
    Ok(listener)
}

fn check(stream: &UnixStream, allowed: &[User]) -> Result<Peer, SocketError> {
    let credentials = stream
        .peer_cred()
        .map_err(SocketError::io("asking who is at the other end"))?;
    let peer = Peer {
        user: User(credentials.uid()),
        pid: credentials.pid(),
    };
    if allowed.contains(&peer.user) {
        Ok(peer)
    } else {
        Err(SocketError::Refused(peer))
    }
}

impl AsyncRead for LocalSocket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl AsyncWrite for LocalSocket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}

/// Why there is no connection.
#[derive(Debug)]
#[non_exhaustive]
pub enum SocketError {
    /// Somebody listens there already.
    InUse(PathBuf),
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
    fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
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
                "{}: another program listens there; stop it, or choose another path",
                path.display()
            ),
            Self::Refused(Peer { user, pid }) => {
                write!(f, "the program at the other end runs as uid {user}")?;
                if let Some(pid) = pid {
                    write!(f, " (process {pid})")?;
                }
                f.write_str(", which is not allowed here")
            }
            Self::Io { what, source } => write!(f, "{what}: {source}"),
        }
    }
}

impl std::error::Error for SocketError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            Self::InUse(_) | Self::Refused(_) => None,
        }
    }
}

/// The first descriptor that a service manager hands over.
const FIRST_INHERITED: i32 = 3;

#[cfg(test)]
mod tests;
