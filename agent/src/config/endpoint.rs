//! Where metrics can be asked for.
//!
//! Step: none; serves the configuration. Invariant: an [`Endpoint`] is on this host only.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

/// A loopback address, or a Unix socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// A loopback address with a port; port 0 for any that is free.
    Tcp(SocketAddr),
    /// An absolute path.
    Socket(PathBuf),
}

impl FromStr for Endpoint {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.starts_with('/') {
            return Ok(Self::Socket(PathBuf::from(text)));
        }
        let address = text.parse::<SocketAddr>().ok();
        address
            .filter(|address| address.ip().is_loopback())
            .map(Self::Tcp)
            .ok_or_else(|| format!("`{text}` is not {ENDPOINT}"))
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Socket(path) => path.display().fmt(f),
        }
    }
}

/// What an endpoint is, for messages.
pub(super) const ENDPOINT: &str = "a loopback address with a port (\"127.0.0.1:9464\", \"[::1]:9464\") or a socket's absolute path";
