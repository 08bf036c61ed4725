//! Where the servers are and how to log in there.
//!
//! Step: sink. Files are read at each new connection, so that a rotated password or certificate is
//! taken over without a restart. A secret is never part of an error or of the log.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use async_nats::ConnectOptions;

use crate::exit::Misuse;

/// What publishing needs to know.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// The servers' addresses, separated by commas; there is no secret in them.
    pub(crate) servers: String,
    /// How to log in.
    pub(crate) login: Login,
    /// Authorities beside the system's.
    pub(crate) authorities: Option<PathBuf>,
    /// The own certificate and its key.
    pub(crate) identity: Option<(PathBuf, PathBuf)>,
    /// Replicas of what is made.
    pub(crate) replicas: usize,
    /// Days after which a host's sighting of a packing counts for other hosts.
    pub(crate) prevalence_after: u16,
    /// Size of the stream of findings, where it is made.
    pub(crate) findings_bytes: u64,
    /// Size of the stream of telemetry, where it is made.
    pub(crate) telemetry_bytes: u64,
}

/// How to log in.
#[derive(Clone, Debug)]
pub(crate) enum Login {
    /// Not at all, or with the certificate alone.
    Anonymous,
    /// With a credentials file.
    Credentials(PathBuf),
    /// With a user's name and password, one per line.
    User(PathBuf),
    /// With a token.
    Token(PathBuf),
}

impl Target {
    /// Refuses what can never work, before anything is started.
    pub(crate) fn check(&self) -> Result<(), Misuse> {
        for server in self.servers.split(',') {
            if server.contains('@') {
                return Err(Misuse::new(
                    "--nats: an address with a user or password can be read by everybody on this \
                     host; put them into a file and name it with --nats-user-file or \
                     --nats-token-file"
                        .to_owned(),
                ));
            }
            if let Err(error) = server.trim().parse::<async_nats::ServerAddr>() {
                return Err(Misuse::new(format!(
                    "--nats {server}: {error}; write nats://host:4222 or tls://host:4222"
                )));
            }
        }
        let login = match &self.login {
            Login::Anonymous => None,
            Login::Credentials(path) => Some(("--nats-creds", path)),
            Login::User(path) => Some(("--nats-user-file", path)),
            Login::Token(path) => Some(("--nats-token-file", path)),
        };
        let authorities = self.authorities.iter().map(|path| ("--nats-ca", path));
        let own = self.identity.iter();
        let own = own.flat_map(|(cert, key)| [("--nats-cert", cert), ("--nats-key", key)]);
        for (option, path) in login.into_iter().chain(authorities).chain(own) {
            if let Err(error) = std::fs::File::open(path) {
                let path = path.display();
                return Err(Misuse::new(format!("{option} {path}: {error}")));
            }
        }
        Ok(())
    }

    /// The addresses.
    pub(super) fn addresses(&self) -> anyhow::Result<Vec<async_nats::ServerAddr>> {
        let servers = self.servers.split(',').map(|server| server.trim().parse());
        servers.collect::<Result<_, _>>().context("--nats")
    }

    /// The options of a connection, with the secrets as the files have them now.
    pub(super) fn options(&self) -> anyhow::Result<ConnectOptions> {
        let mut options = ConnectOptions::new()
            .name("packhound collect")
            .connection_timeout(CONNECTING)
            .max_reconnects(None)
            .reconnect_delay_callback(|attempts| {
                let doubled = FIRST_DELAY.saturating_mul(1 << attempts.min(6));
                doubled.min(LONGEST_DELAY)
            });
        match &self.login {
            Login::Anonymous => {}
            Login::Credentials(path) => {
                let text = read(path)?;
                options = options
                    .credentials(&text)
                    .with_context(|| format!("{}: no credentials file", path.display()))?;
            }
            Login::User(path) => {
                let text = read(path)?;
                let mut lines = text.lines();
                let (Some(user), Some(password)) = (lines.next(), lines.next()) else {
                    let path = path.display();
                    bail!(
                        "{path}: the user's name is wanted on one line, the password on the next"
                    );
                };
                options = options.user_and_password(user.to_owned(), password.to_owned());
            }
            Login::Token(path) => {
                let text = read(path)?;
                let token = text.lines().next().filter(|token| !token.is_empty());
                let Some(token) = token else {
                    bail!("{}: a token is wanted on the first line", path.display());
                };
                options = options.token(token.to_owned());
            }
        }
        if let Some(path) = &self.authorities {
            options = options.add_root_certificates(path.clone());
        }
        if let Some((certificate, key)) = &self.identity {
            options = options.add_client_certificate(certificate.clone(), key.clone());
        }
        Ok(options)
    }
}

fn read(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| path.display().to_string())
}

/// Longest time for one connection.
const CONNECTING: Duration = Duration::from_secs(5);

/// The first wait before connecting again; it doubles.
const FIRST_DELAY: Duration = Duration::from_millis(50);

/// The longest wait.
const LONGEST_DELAY: Duration = Duration::from_secs(2);
