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
pub(crate) struct Scripts(pub(crate) VecDeque<Pieces>);

/// Pieces of one script.
#[derive(Debug)]
pub(crate) struct Pieces {
    pub(crate) process: ProcessKey,
    pub(crate) block: [u8; 16],
    /// The piece that comes next.
    pub(crate) next: u32,
    pub(crate) text: Vec<u8>,
}

impl Scripts {
    /// The text, once its last piece has come. Pieces that were lost, and what is too long, are
    /// missing in it.
    fn joined(&mut self, process: ProcessKey, script: &Script<'_>) -> Option<Vec<u8>> {
        if script.parts <= 1 {
            return Some(script.text.to_vec());
        }
        let known = self.0.iter().position(|pieces| {
            (pieces.process, pieces.block) == (process, script.block) && pieces.next <= script.part
        });
        let mut pieces = known
            .and_then(|at| self.0.remove(at))
            .unwrap_or_else(|| Pieces {
                process,
                block: script.block,
                next: 1,
                text: Vec::new(),
            });
        // Nothing may seem to be one word across a gap.
        if pieces.next < script.part {
            pieces.text.push(b'\n');
        }
        let room = MOST_TEXT.saturating_sub(pieces.text.len());
        pieces
            .text
            .extend_from_slice(&script.text[..script.text.len().min(room)]);
        pieces.next = script.part.saturating_add(1);
        if pieces.next > script.parts {
            return Some(pieces.text);
        }
        if self.0.len() >= MOST_SCRIPTS {
            self.0.pop_front();
        }
        self.0.push_back(pieces);
        None
    }

    /// What has come of a process's scripts that lack their end.
    fn unfinished(&mut self, process: ProcessKey) -> Vec<Vec<u8>> {
        let mut texts = Vec::new();
        self.0.retain_mut(|pieces| {
            let ends = pieces.process == process;
            if ends {
                texts.push(std::mem::take(&mut pieces.text));
            }
            !ends
        });
        texts
    }
}

impl Correlator {
    pub(super) fn script(&mut self, event: &Event<'_>, script: &Script<'_>) {
        if script.path.is_some_and(is_installed) {
            return;
        }
        if let Some(text) = self.scripts.joined(event.process, script) {
            self.scripted(event.process, &text);
        }
    }

    /// Takes over what a script does: from then on its process packs, copies or takes out.
    fn scripted(&mut self, key: ProcessKey, text: &[u8]) {
        let Some(command) = command::scripted(&self.policy.catalogue, text) else {
            return;
        };
        let known = self.processes.find(key);
        // Copying beside packing is a part of it; taking out ends what was made before.
        let packed = known.is_some_and(|process| process.program.packs());
        let counts = match command.purpose {
            Purpose::Copy => !packed,
            Purpose::Consume => known.is_some(),
            purpose => packs(purpose),
        };
        if !counts {
            return;
        }
        if known.is_none() {
            let unknown = Process::new(key, None, self.unknown.clone(), self.now);
            self.processes.insert(unknown);
        }
        let Some(process) = self.processes.find_mut(key) else {
            return;
        };
        process.program = Arc::new(process.program.with_command(command));
        self.take_up_role(key);
    }

    /// A process ends: what has come of its scripts is all that there will be.
    pub(super) fn scripts_ended(&mut self, key: ProcessKey) {
        if self.scripts.0.is_empty() {
            return;
        }
        for text in self.scripts.unfinished(key) {
            self.scripted(key, &text);
        }
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
