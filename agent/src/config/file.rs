//! The commented configuration file, for whichever system this is.
//!
//! Step: none; serves `packhound config default`. One text is kept; places and users of the system
//! are put in when it is asked for.

use platform::host::{User, places};

use super::Settings;

/// The commented file that `packhound config default` prints, with Linux' places and users.
pub(super) const DEFAULT_FILE: &str = include_str!("default.toml");

/// The commented file with this system's places and users; it parses to the defaults.
#[must_use]
pub fn default_file() -> String {
    let users = Settings::default().stream.collector_uids;
    let users: Vec<String> = users.iter().map(toml_user).collect();
    // Of the collector and of who may ask for counters alike.
    let mut text = DEFAULT_FILE.replace("uids = [0]", &format!("uids = [{}]", users.join(", ")));
    for (key, linux, here) in [
        (
            "address",
            "/run/packhound/collector.sock",
            places::COLLECTOR,
        ),
        ("path", "/var/lib/packhound/spool", places::SPOOL),
        ("path", "/var/lib/packhound", places::STATE),
        ("directory", "/etc/packhound/catalogue", places::CATALOGUE),
    ] {
        // A literal string of TOML takes back slashes as they are.
        let quote = if here.contains('\\') { '\'' } else { '"' };
        let stated = format!("{key} = \"{linux}\"");
        text = text.replace(&stated, &format!("{key} = {quote}{here}{quote}"));
    }
    text
}

/// A user as the configuration writes it: a number, or a text in quotes.
fn toml_user(user: &User) -> String {
    let text = user.to_string();
    match text.parse::<u32>() {
        Ok(number) => number.to_string(),
        Err(_) => format!("\"{text}\""),
    }
}
