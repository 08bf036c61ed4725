//! Scripts that interpreters are given, and commands that shells are asked for.
//!
//! Step: correlate. A script that packs makes its interpreter a packing utility, as the same words
//! on the command line would. A shell that was asked for a packing utility and ended without having
//! started one has packed nothing, but somebody wanted it. Invariants: pieces of scripts are joined
//! in bounded memory; what comes with installed modules is not what somebody asked for.

use std::collections::VecDeque;
use std::sync::Arc;

use super::Correlator;
use crate::command;
use crate::event::{Event, ProcessKey, Script};
use crate::evidence::Purpose;
use crate::knobs::System;
use crate::process::{Process, Role, is_installed, packs};

/// Scripts of which only some pieces have come.
#[derive(Debug, Default)]
pub(super) struct Scripts(VecDeque<Pieces>);

#[derive(Debug)]
struct Pieces {
    process: ProcessKey,
    block: [u8; 16],
    /// The piece that comes next.
    next: u32,
    text: Vec<u8>,
}

impl Scripts {
    /// The whole text, once its last piece has come; what was too long is left out of it.
    fn joined(&mut self, process: ProcessKey, script: &Script<'_>) -> Option<Vec<u8>> {
        if script.parts <= 1 {
            return Some(script.text.to_vec());
        }
        let known = self.0.iter().position(|pieces| {
            (pieces.process, pieces.block, pieces.next) == (process, script.block, script.part)
        });
        let mut pieces = match known.and_then(|at| self.0.remove(at)) {
            Some(pieces) => pieces,
            None if script.part == 1 => Pieces {
                process,
                block: script.block,
                next: 1,
                text: Vec::new(),
            },
            None => return None,
        };
        let room = MOST_TEXT.saturating_sub(pieces.text.len());
        pieces
            .text
            .extend_from_slice(&script.text[..script.text.len().min(room)]);
        pieces.next += 1;
        if pieces.next > script.parts {
            return Some(pieces.text);
        }
        if self.0.len() >= MOST_SCRIPTS {
            self.0.pop_front();
        }
        self.0.push_back(pieces);
        None
    }
}

impl Correlator {
    pub(super) fn script(&mut self, event: &Event<'_>, script: &Script<'_>) {
        if script.path.is_some_and(is_installed) {
            return;
        }
        let key = event.process;
        let Some(text) = self.scripts.joined(key, script) else {
            return;
        };
        let command = command::scripted(&self.policy.catalogue, &text);
        let Some(command) = command.filter(|command| packs(command.purpose)) else {
            return;
        };
        if self.processes.find(key).is_none() {
            let unknown = Process::new(key, None, self.unknown.clone(), event.time);
            self.processes.insert(unknown);
        }
        let Some(process) = self.processes.find_mut(key) else {
            return;
        };
        process.program = Arc::new(process.program.with_command(command));
        self.take_up_role(key);
    }

    /// A shell ends: was it asked for a packing utility that it could not start?
    pub(super) fn asked_in_vain(&mut self, key: ProcessKey) {
        if self.policy.knobs.system != System::Windows {
            return;
        }
        let Some(process) = self.processes.find(key) else {
            return;
        };
        let Role::Interpreter { shell: true, .. } = process.program.role else {
            return;
        };
        let idle = process
            .doings
            .as_deref()
            .is_none_or(|doings| doings.children.is_empty());
        let arguments = process.program.arguments.as_deref().unwrap_or_default();
        if !idle || process.activity.is_some() {
            return;
        }
        let asked = command::asked(&self.policy.catalogue, arguments);
        let Some(command) = asked.filter(|command| {
            matches!(
                command.purpose,
                Purpose::Archive | Purpose::Compress | Purpose::Encrypt
            )
        }) else {
            return;
        };
        let program = Arc::new(process.program.with_command(command));
        if let Some(process) = self.processes.find_mut(key) {
            process.program = program;
        }
        self.enlist(key);
        let own = self
            .processes
            .find(key)
            .and_then(|process| process.activity);
        let Some(id) = own else { return };
        self.activities.update(id, |activity| {
            activity.asked = true;
            activity.methods.utility = true;
        });
        self.changed(id);
    }
}

/// Bytes of a script that are looked at.
const MOST_TEXT: usize = 64 << 10;

/// Scripts that may be incomplete at a time.
const MOST_SCRIPTS: usize = 64;
