//! What `collect --nats` needs to know.
//!
//! Step: none. Secrets are named by the file that holds them: a command line can be read by every
//! user of the host.

use std::path::PathBuf;

use clap::Args;

/// The arguments of publishing.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Publishing to NATS JetStream")]
pub struct Nats {
    /// Publish to these servers (`nats://host:4222`, or `tls://` to insist on TLS; several are
    /// separated by commas), and acknowledge only what their stream has
    #[arg(long, value_name = "URL")]
    pub nats: Option<String>,
    /// A credentials file (`.creds`: JWT and seed)
    #[arg(long, value_name = "FILE", requires = "nats", group = "nats-login")]
    pub nats_creds: Option<PathBuf>,
    /// A file with a user's name on its first line and the password on its second
    #[arg(long, value_name = "FILE", requires = "nats", group = "nats-login")]
    pub nats_user_file: Option<PathBuf>,
    /// A file with a token on its first line
    #[arg(long, value_name = "FILE", requires = "nats", group = "nats-login")]
    pub nats_token_file: Option<PathBuf>,
    /// Authorities that may have signed the server's certificate, beside the system's (PEM)
    #[arg(long, value_name = "FILE", requires = "nats")]
    pub nats_ca: Option<PathBuf>,
    /// The certificate that this program shows to the server (PEM)
    #[arg(long, value_name = "FILE", requires = "nats", requires = "nats_key")]
    pub nats_cert: Option<PathBuf>,
    /// Its key (PEM)
    #[arg(long, value_name = "FILE", requires = "nats", requires = "nats_cert")]
    pub nats_key: Option<PathBuf>,
    /// Where a stream or bucket is missing and made: its number of replicas
    #[arg(
        long,
        value_name = "N",
        requires = "nats",
        default_value_t = 1,
        value_parser = clap::value_parser!(u8).range(1..=5)
    )]
    pub nats_replicas: u8,
    /// Days after which a packing that a host showed counts as seen there, when other hosts ask how
    /// common it is
    #[arg(long, value_name = "DAYS", requires = "nats", default_value_t = 1)]
    pub nats_prevalence_after: u16,
    /// Where the stream of findings is missing and made: its size at most
    #[arg(long, value_name = "BYTES", requires = "nats", default_value_t = 1 << 30)]
    pub nats_findings_bytes: u64,
    /// Where the stream of telemetry is missing and made: its size at most
    #[arg(long, value_name = "BYTES", requires = "nats", default_value_t = 1 << 30)]
    pub nats_telemetry_bytes: u64,
}
