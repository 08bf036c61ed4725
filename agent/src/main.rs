//! The `packhound` binary: arguments in, exit code out.
//!
//! Step: none; `agent` does the work. Exit codes: 0 done, 2 usage or configuration, 3 missing
//! privilege, 4 nothing could be attached, 1 anything else.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use agent::arguments::Arguments;
use agent::exit;
use clap::Parser as _;

fn main() -> ExitCode {
    match agent::execute(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("packhound: {}", exit::message(&error));
            ExitCode::from(exit::code(&error))
        }
    }
}
