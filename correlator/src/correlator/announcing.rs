//! Which of the files that a packing utility writes its command line has announced.
//!
//! Step: correlate. The name decides where the command line gives one, else the content; content
//! that was not seen never speaks against.

use super::joining::{command_directory, expected_output};
use super::writing::{class, is_packed};
use crate::command::{Command, Output};
use crate::content::{Density, Examination, FormatClass};
use crate::evidence::Purpose;
use crate::path;
use crate::process::Program;

/// How a written file's name relates to what the command line announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Announced {
    /// It is the name, or the name with a suffix or volume number.
    Named,
    /// The command line does not say where the output goes.
    Open,
    /// It says another name.
    Elsewhere,
}

/// How the file's name relates to what the command line says.
pub(super) fn announced(program: &Program, path: &[u8]) -> Announced {
    let Some(command) = program.command() else {
        return Announced::Open;
    };
    match &command.output {
        Output::File(given) if program.is_expression(given) => announced_by_name(given, path),
        Output::File(_) => match expected_output(program) {
            Some(expected) if path::rest_after(path, &expected).is_some() => Announced::Named,
            Some(_) => Announced::Elsewhere,
            // Where it works is not known; the last component must do.
            None => Announced::Open,
        },
        Output::BesideInputs if is_in_place(program, command, path) => Announced::Named,
        Output::BesideInputs | Output::Standard | Output::Unknown => Announced::Open,
        Output::Remote(_) => Announced::Elsewhere,
    }
}

/// By the name at the end of an expression (`$env:TEMP\\x.zip`), if it has one.
fn announced_by_name(given: &[u8], path: &[u8]) -> Announced {
    let name = path::base_name(given);
    if name.contains(&b'$') || name.is_empty() {
        return Announced::Open;
    }
    let made = path::base_name(path);
    match made.get(..name.len()) {
        Some(beginning) if beginning.eq_ignore_ascii_case(name) => Announced::Named,
        Some(_) | None => Announced::Elsewhere,
    }
}

/// Whether the file lies beside an input and has its name at the beginning of its own.
pub(super) fn is_in_place(program: &Program, command: &Command, path: &[u8]) -> bool {
    if command.output != Output::BesideInputs {
        return false;
    }
    let directory = command_directory(program, command);
    command.inputs.iter().any(|input| {
        path::resolved(directory.as_deref(), input).is_some_and(|input| {
            // With `-r` the inputs are directories.
            path::rest_after(path, &input).is_some()
        })
    })
}

/// Whether what a packing utility wrote is its output, rather than a key ring, a log or a list.
pub(super) fn is_output(
    command: Option<&Command>,
    announced: Announced,
    examination: &Examination,
) -> bool {
    let class = class(examination);
    let unseen = examination.sampled == 0;
    let purpose = command.map(|command| command.purpose);
    if class.is_some_and(is_packed) {
        return true;
    }
    // The parts of a split output begin anywhere; encrypted content may look like anything.
    let any_content = matches!(purpose, Some(Purpose::Split | Purpose::Encrypt));
    match announced {
        Announced::Named => class != Some(FormatClass::Other) || any_content,
        Announced::Open => {
            let dense = examination.density == Density::Dense;
            let no_format = class.is_none();
            match purpose {
                Some(Purpose::Encrypt) => {
                    no_format && (dense || examination.density == Density::Unknown)
                }
                Some(Purpose::Encode) => no_format && !dense,
                Some(Purpose::Split) => true,
                Some(_) | None => {
                    class == Some(FormatClass::Package) || (no_format && (dense || unseen))
                }
            }
        }
        Announced::Elsewhere => false,
    }
}
