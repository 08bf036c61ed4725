//! What the system's refusals of a client mean, and what is to be done about them.
//!
//! Step: source. Whoever may not have the entitlement has another way in, which every refusal that
//! cannot be put right on the host itself names: the system's own `eslogger`.

use crate::source::SourceError;

/// Why there is no client (`es_new_client_result_t`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// An argument is wrong, which is a mistake of ours.
    InvalidArgument,
    /// The system could not, and says no more.
    Internal,
    /// The program is not signed with the entitlement.
    NotEntitled,
    /// The user has not allowed it (TCC: Full Disk Access).
    NotPermitted,
    /// It does not run as root.
    NotPrivileged,
    /// The system has as many clients as it takes.
    TooManyClients,
    /// Another one, by its number.
    Other(u32),
}

impl Refusal {
    /// The refusal that a number stands for.
    #[must_use]
    pub fn of(number: u32) -> Self {
        match number {
            1 => Self::InvalidArgument,
            2 => Self::Internal,
            3 => Self::NotEntitled,
            4 => Self::NotPermitted,
            5 => Self::NotPrivileged,
            6 => Self::TooManyClients,
            other => Self::Other(other),
        }
    }

    /// What is wrong, in a few words.
    #[must_use]
    pub fn what(self) -> String {
        match self {
            Self::InvalidArgument => "the system does not take the request".to_owned(),
            Self::Internal => "the system could not, and does not say why".to_owned(),
            Self::NotEntitled => {
                format!("this program is not signed with the entitlement {ENTITLEMENT}")
            }
            Self::NotPermitted => "this program has no Full Disk Access".to_owned(),
            Self::NotPrivileged => "this program does not run as root".to_owned(),
            Self::TooManyClients => {
                "the system has as many clients of EndpointSecurity as it takes".to_owned()
            }
            Self::Other(number) => format!("the system refuses with the number {number}"),
        }
    }

    /// What to do.
    #[must_use]
    pub fn remedy(self) -> String {
        match self {
            Self::NotEntitled => format!(
                "use a Packhound that was signed with it (`cargo xtask dist --target \
                 aarch64-apple-darwin` tells how), or without one: {ESLOGGER}"
            ),
            Self::NotPermitted => format!(
                "allow it in System Settings, Privacy & Security, Full Disk Access, or by a \
                 profile of the device's management (SystemPolicyAllFiles for \
                 {IDENTIFIER}); then start it again; or: {ESLOGGER}"
            ),
            Self::NotPrivileged => {
                "run it with sudo, or as a service: `sudo packhound service install`".to_owned()
            }
            Self::TooManyClients => {
                "stop another program that watches this host, or another Packhound (`sudo \
                 launchctl list | grep packhound`)"
                    .to_owned()
            }
            Self::Internal => format!(
                "start it again; if it stays so, start the host anew, and look at `log show \
                 --predicate 'subsystem == \"com.apple.EndpointSecurity\"'`; meanwhile: {ESLOGGER}"
            ),
            Self::InvalidArgument | Self::Other(_) => format!(
                "macOS 13 is the oldest that this is written for; tell us of newer ones; \
                 meanwhile: {ESLOGGER}"
            ),
        }
    }

    /// The error that a start ends with.
    #[must_use]
    pub fn error(self) -> SourceError {
        let text = format!(
            "no client of EndpointSecurity: {}: {}",
            self.what(),
            self.remedy()
        );
        match self {
            Self::NotEntitled | Self::NotPermitted | Self::NotPrivileged => {
                SourceError::Privilege(text)
            }
            Self::InvalidArgument | Self::Internal | Self::TooManyClients | Self::Other(_) => {
                SourceError::Unsupported(text)
            }
        }
    }
}

/// The entitlement that a client must be signed with.
pub const ENTITLEMENT: &str = "com.apple.developer.endpoint-security.client";

/// What the program is called in its signature and its bundle.
pub const IDENTIFIER: &str = "com.packhound.agent";

/// The way in without the entitlement.
pub const ESLOGGER: &str = "`sudo eslogger exec fork exit mmap open create close write rename \
                            unlink link clone copyfile truncate | sudo packhound run --from \
                            eslogger`";

#[cfg(test)]
mod tests;
