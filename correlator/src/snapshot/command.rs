//! What scripts said: their commands, which no command line of a process tells again, and pieces of
//! those whose end has not come.
//!
//! Step: correlate (the snapshot's boundary).

use serde::{Deserialize, Serialize};

use super::evidence::{PurposeMirror, text};
use super::{SavedKey, restore_key, save_key};
use crate::command::{Command, Output, Through};
use crate::correlator::Pieces;
use crate::evidence::{Purpose, Text};

#[derive(Serialize, Deserialize)]
pub(super) struct SavedCommand {
    #[serde(with = "text")]
    utility: Text,
    #[serde(with = "PurposeMirror")]
    purpose: Purpose,
    password: bool,
    output: SavedOutput,
    inputs: Vec<Vec<u8>>,
    through: Option<(String, String)>,
}

#[derive(Serialize, Deserialize)]
enum SavedOutput {
    File(Vec<u8>),
    BesideInputs,
    Standard,
    Remote(Vec<u8>),
    Unknown,
}

impl From<&Command> for SavedCommand {
    fn from(command: &Command) -> Self {
        Self {
            utility: command.utility.clone(),
            purpose: command.purpose,
            password: command.password,
            output: match &command.output {
                Output::File(name) => SavedOutput::File(name.clone()),
                Output::BesideInputs => SavedOutput::BesideInputs,
                Output::Standard => SavedOutput::Standard,
                Output::Remote(name) => SavedOutput::Remote(name.clone()),
                Output::Unknown => SavedOutput::Unknown,
            },
            inputs: command.inputs.clone(),
            through: command.through.as_ref().map(|through| {
                let Through { class, method } = through;
                (class.to_string(), method.to_string())
            }),
        }
    }
}

impl From<SavedCommand> for Command {
    fn from(saved: SavedCommand) -> Self {
        Self {
            utility: saved.utility,
            renamed: false,
            purpose: saved.purpose,
            password: saved.password,
            header_encryption: false,
            split: false,
            deletes_sources: false,
            output: match saved.output {
                SavedOutput::File(name) => Output::File(name),
                SavedOutput::BesideInputs => Output::BesideInputs,
                SavedOutput::Standard => Output::Standard,
                SavedOutput::Remote(name) => Output::Remote(name),
                SavedOutput::Unknown => Output::Unknown,
            },
            inputs: saved.inputs,
            directory: None,
            through: saved.through.map(|(class, method)| Through {
                class: class.into(),
                method: method.into(),
            }),
        }
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct SavedPieces {
    process: SavedKey,
    block: [u8; 16],
    next: u32,
    text: Vec<u8>,
}

impl From<&Pieces> for SavedPieces {
    fn from(pieces: &Pieces) -> Self {
        Self {
            process: save_key(pieces.process),
            block: pieces.block,
            next: pieces.next,
            text: pieces.text.clone(),
        }
    }
}

impl From<SavedPieces> for Pieces {
    fn from(saved: SavedPieces) -> Self {
        Self {
            process: restore_key(saved.process),
            block: saved.block,
            next: saved.next,
            text: saved.text,
        }
    }
}
