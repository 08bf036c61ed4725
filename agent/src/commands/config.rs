//! `packhound config`: is a configuration valid, and what is the default one.
//!
//! Step: none. It reads, and changes nothing.

use crate::arguments::{Config, Configured};
use crate::config::{DEFAULT_PATH, default_file};
use crate::sink::print;

/// Runs the command.
pub(super) fn config(arguments: &Config) -> anyhow::Result<()> {
    match arguments {
        Config::Default => print(&default_file())?,
        Config::Check { file } => {
            let configured = Configured {
                config: file.clone(),
            };
            let settings = super::settings(&configured)?;
            super::judgement(&settings)?;
            let message = match file {
                Some(file) => format!("{}: valid\n", file.display()),
                None if std::path::Path::new(DEFAULT_PATH).exists() => {
                    format!("{DEFAULT_PATH}: valid\n")
                }
                None => format!("{DEFAULT_PATH} does not exist: the defaults apply\n"),
            };
            print(&message)?;
        }
    }
    Ok(())
}
