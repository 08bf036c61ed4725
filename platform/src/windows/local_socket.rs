//! A local stream socket between two programs of one host, each of which knows who the other is.
//!
//! Step: source, for the stream to the collector. On Windows it is a named pipe. Invariants: no
//! byte is read from or written to a peer whose user is not allowed; a name that somebody has is
//! never shared; nobody gets in from another host; a client cannot add instances to the pipe, and
//! the server cannot act in its client's name.

use std::fmt;
use std::io;
use std::os::windows::io::{AsHandle as _, AsRawHandle as _, BorrowedHandle, RawHandle};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::windows::named_pipe::{NamedPipeClient, NamedPipeServer, ServerOptions};
use windows_sys::Win32::Foundation::{ERROR_ACCESS_DENIED, ERROR_PIPE_BUSY, INVALID_HANDLE_VALUE};
use windows_sys::Win32::Storage::FileSystem::{
    CreateFileW, FILE_FLAG_OVERLAPPED, OPEN_EXISTING, SECURITY_IDENTIFICATION,
    SECURITY_SQOS_PRESENT,
};
use windows_sys::Win32::System::Pipes::{GetNamedPipeClientProcessId, GetNamedPipeServerProcessId};

use super::security::{self, Descriptor};
use super::socket_error::SocketError;
use super::token::Token;
use super::user::User;
use super::wide::wide;
use crate::sid::Sid;

/// One end of a connection.
#[derive(Debug)]
pub struct LocalSocket(End);

#[derive(Debug)]
enum End {
    Client(NamedPipeClient),
    Server(NamedPipeServer),
}

/// Where connections arrive.
#[derive(Debug)]
pub struct LocalListener {
    path: PathBuf,
    descriptor: Descriptor,
    /// The instance that the next client finds; none when it could not be made.
    waiting: Option<NamedPipeServer>,
}

/// Who may open the socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// Users beside the administrators, the system and this program's own.
    pub users: Vec<User>,
}

impl Default for Access {
    /// Nobody else.
    fn default() -> Self {
        Self { users: Vec::new() }
    }
}

impl Access {
    /// These users may open the pipe.
    #[must_use]
    pub fn checked(allowed: &[User]) -> Self {
        Self {
            users: allowed.to_vec(),
        }
    }

    /// What an operator asked for: everybody who is `allowed` may open the pipe.
    ///
    /// # Errors
    /// When an option of another system was used.
    pub fn asked(mode: Option<u32>, owner: Option<&str>, allowed: &[User]) -> Result<Self, String> {
        if mode.is_some() || owner.is_some() {
            return Err(
                "--mode and --owner mean nothing on Windows: name who may connect with \
                 --agent-uid SID"
                    .to_owned(),
            );
        }
        Ok(Self {
            users: allowed.to_vec(),
        })
    }

    /// The descriptor in the system's notation. Whoever serves may do everything with the pipe;
    /// clients may read and write and not more, above all not make instances of it.
    fn description(&self, own: Option<&User>) -> String {
        use fmt::Write as _;
        let mut text = "D:P(A;;FA;;;SY)(A;;FA;;;BA)".to_owned();
        if let Some(own) = own {
            let _ = write!(text, "(A;;FA;;;{own})");
        }
        for user in &self.users {
            let _ = write!(text, "(A;;{CLIENT_ACCESS:#x};;;{user})");
        }
        text
    }
}

/// Who is at the other end, as the system says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its user; none where the system does not tell.
    pub user: Option<User>,
    /// Its process.
    pub pid: Option<u32>,
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.user {
            Some(user) => write!(f, "{user}, process {}", self.pid.unwrap_or(0)),
            None => write!(f, "process {}", self.pid.unwrap_or(0)),
        }
    }
}

impl LocalSocket {
    /// Connects to `path`, if the pipe there belongs to one of `allowed`. A name that a program
    /// took before the collector could is found out so.
    ///
    /// # Errors
    /// When nobody listens there, or the wrong one does.
    pub async fn connect(path: &Path, allowed: &[User]) -> Result<Self, SocketError> {
        let what = || format!("connecting to {}", path.display());
        let client = loop {
            match open(path) {
                // Every instance is taken: the next one is there in a moment.
                Err(error) if error.raw_os_error() == Some(ERROR_PIPE_BUSY as i32) => {
                    tokio::time::sleep(BUSY).await;
                }
                other => break other.map_err(SocketError::io(what()))?,
            }
        };
        let peer = server_of(client.as_handle()).map_err(SocketError::io(what()))?;
        check(peer, allowed)?;
        Ok(Self(End::Client(client)))
    }
}

impl LocalListener {
    /// Listens at `path`; must be called within a runtime.
    ///
    /// # Errors
    /// When somebody has that name already, or the pipe cannot be made.
    pub fn bind(path: &Path, access: &Access) -> Result<Self, SocketError> {
        let what = || format!("listening at {}", path.display());
        if !is_pipe(path) {
            return Err(SocketError::NoPipe(path.to_owned()));
        }
        let description = access.description(User::own().as_ref());
        let descriptor = Descriptor::parse(&description).map_err(SocketError::io(what()))?;
        let first = instance(path, &descriptor, true).map_err(|error| {
            if error.raw_os_error() == Some(ERROR_ACCESS_DENIED as i32) {
                SocketError::InUse(path.to_owned())
            } else {
                SocketError::io(what())(error)
            }
        })?;
        Ok(Self {
            path: path.to_owned(),
            descriptor,
            waiting: Some(first),
        })
    }

    /// A socket that the service manager made, which it never does here.
    ///
    /// # Errors
    /// None on Windows.
    pub fn inherited() -> Result<Option<Self>, SocketError> {
        Ok(None)
    }

    /// The next connection of one of `allowed`.
    ///
    /// # Errors
    /// `Refused` for a peer that is not, which is closed; anything else is the system's.
    pub async fn accept(&mut self, allowed: &[User]) -> Result<(LocalSocket, Peer), SocketError> {
        let what = "accepting a connection";
        if self.waiting.is_none() {
            let fresh = instance(&self.path, &self.descriptor, false);
            self.waiting = Some(fresh.map_err(SocketError::io(what))?);
        }
        // Given up in the middle, the instance stays and goes on waiting.
        if let Some(waiting) = &self.waiting {
            waiting.connect().await.map_err(SocketError::io(what))?;
        }
        // The next client finds an instance before this one is looked at.
        let next = instance(&self.path, &self.descriptor, false).ok();
        let Some(server) = std::mem::replace(&mut self.waiting, next) else {
            return Err(SocketError::io(what)(io::ErrorKind::NotConnected.into()));
        };
        let peer = client_of(server.as_handle()).map_err(SocketError::io(what))?;
        let peer = check(peer, allowed)?;
        Ok((LocalSocket(End::Server(server)), peer))
    }
}

/// Makes an instance of the pipe.
fn instance(path: &Path, descriptor: &Descriptor, first: bool) -> io::Result<NamedPipeServer> {
    let mut options = ServerOptions::new();
    options.first_pipe_instance(first);
    options.reject_remote_clients(true);
    options.in_buffer_size(BUFFER).out_buffer_size(BUFFER);
    let mut attributes = descriptor.attributes();
    // SAFETY: the attributes are a valid structure whose descriptor outlives the call.
    unsafe { options.create_with_security_attributes_raw(path, (&raw mut attributes).cast()) }
}

/// Opens a client's end. It asks for no more than what it uses: the generic right to write would
/// contain that of making instances.
fn open(path: &Path) -> io::Result<NamedPipeClient> {
    if !is_pipe(path) {
        let text =
            "a collector's address is a pipe's name such as \\\\.\\pipe\\packhound-collector";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
    }
    let name = wide(path.as_os_str());
    let flags = FILE_FLAG_OVERLAPPED | SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION;
    // SAFETY: the name ends with a zero; the other pointers may be null.
    let handle = unsafe {
        CreateFileW(
            name.as_ptr(),
            CLIENT_ACCESS,
            0,
            std::ptr::null(),
            OPEN_EXISTING,
            flags,
            std::ptr::null_mut(),
        )
    };
    if handle == INVALID_HANDLE_VALUE {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the handle is open, overlapped, a named pipe's by its name, and given away here.
    unsafe { NamedPipeClient::from_raw_handle(handle as RawHandle) }
}

/// Whether a path is the name of a pipe of this host.
fn is_pipe(path: &Path) -> bool {
    let text = path
        .to_string_lossy()
        .to_ascii_lowercase()
        .replace('/', "\\");
    text.strip_prefix(r"\\.\pipe\")
        .is_some_and(|name| !name.is_empty())
}

/// What is known of the other end: its process, the user of that process, and whatever else counts
/// as its user.
struct Known {
    pid: Option<u32>,
    user: Option<Sid>,
    also: Vec<Sid>,
}

fn client_of(pipe: BorrowedHandle<'_>) -> io::Result<Known> {
    let mut pid = 0;
    // SAFETY: the handle is open and a pipe's, and the pointer leads to a local.
    let told = unsafe { GetNamedPipeClientProcessId(pipe.as_raw_handle(), &raw mut pid) };
    if told == 0 {
        return Err(io::Error::last_os_error());
    }
    let token = Token::of_process(pid)?;
    Ok(Known {
        pid: Some(pid),
        user: Some(token.user),
        also: token.groups,
    })
}

/// Whose the pipe is, and as whom its process runs: the one is to be told even where the other may
/// not be asked, and either speaks for whoever made the pipe.
fn server_of(pipe: BorrowedHandle<'_>) -> io::Result<Known> {
    let mut pid = 0;
    // SAFETY: the handle is open and a pipe's, and the pointer leads to a local.
    let told = unsafe { GetNamedPipeServerProcessId(pipe.as_raw_handle(), &raw mut pid) };
    let pid = (told != 0).then_some(pid);
    let owner = security::owner(pipe)?;
    let mut also: Vec<Sid> = owner.clone().into_iter().collect();
    let token = pid.and_then(|pid| Token::of_process(pid).ok());
    let user = token.map(|token| {
        also.extend(token.groups);
        token.user
    });
    Ok(Known {
        pid,
        user: user.or(owner),
        also,
    })
}

fn check(known: Known, allowed: &[User]) -> Result<Peer, SocketError> {
    let mut all = known.user.iter().chain(&known.also);
    let is_allowed = all.any(|sid| allowed.iter().any(|user| user.0 == *sid));
    let peer = Peer {
        user: known.user.map(User),
        pid: known.pid,
    };
    if is_allowed {
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
        let read = match &mut self.0 {
            End::Client(pipe) => Pin::new(pipe).poll_read(context, buffer),
            End::Server(pipe) => Pin::new(pipe).poll_read(context, buffer),
        };
        match read {
            // A pipe whose other end was closed breaks; a socket ends.
            Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
                Poll::Ready(Ok(()))
            }
            other => other,
        }
    }
}

impl AsyncWrite for LocalSocket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.0 {
            End::Client(pipe) => Pin::new(pipe).poll_write(context, bytes),
            End::Server(pipe) => Pin::new(pipe).poll_write(context, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.0 {
            End::Client(pipe) => Pin::new(pipe).poll_flush(context),
            End::Server(pipe) => Pin::new(pipe).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_flush(context)
    }
}

/// To read and to write, and what comes with both, but not to make instances
/// (`FILE_GENERIC_READ | FILE_GENERIC_WRITE` without `FILE_CREATE_PIPE_INSTANCE`).
const CLIENT_ACCESS: u32 = 0x0012_019b;

/// Bytes that the system keeps for either direction.
const BUFFER: u32 = 64 << 10;

/// Between two attempts while every instance is taken.
const BUSY: Duration = Duration::from_millis(20);
