//! What a process brings into the activity that it joins: its command line, sources, program and
//! circumstances, as evidence.
//!
//! Step: correlate. Only notes; `score` weighs. What is noted twice is kept once, and an output of
//! the same packing is never its source.

use std::sync::Arc;

use super::Correlator;
use crate::activity::ActivityId;
use crate::catalogue::Rank;
use crate::command::{Command, Through};
use crate::event::{ProcessKey, UsePurpose};
use crate::evidence::{Evidence, Purpose};
use crate::finding::Technique;
use crate::path;
use crate::process::{Origin, Program};

impl Correlator {
    /// What the command line says of the packing.
    pub(super) fn note_command(&mut self, id: ActivityId, key: ProcessKey, command: &Command) {
        let by_default = self
            .policy
            .catalogue
            .utility_named(&command.utility)
            .is_some_and(|utility| utility.deletes_sources);
        let image = self
            .processes
            .find(key)
            .and_then(|process| process.program.image())
            .map(|image| path::base_name(image).to_vec())
            .unwrap_or_default();
        if let Some(through) = &command.through {
            self.note_through(id, key, command.purpose, through);
        }
        let said = [
            (
                command.through.is_none(),
                Evidence::Utility {
                    utility: command.utility.clone(),
                    purpose: command.purpose,
                },
            ),
            (
                command.renamed,
                Evidence::RenamedUtility {
                    utility: command.utility.clone(),
                    image,
                },
            ),
            (command.password, Evidence::Password),
            (command.header_encryption, Evidence::HeaderEncryption),
            (
                command.split || command.purpose == Purpose::Split,
                Evidence::Split,
            ),
            // What it does by default says nothing.
            (
                command.deletes_sources && !by_default,
                Evidence::DeletesSources,
            ),
        ];
        // A suite that brings an archiver along gives it what name it likes.
        let brought_along = command.renamed
            && self
                .processes
                .find(key)
                .is_some_and(|process| self.suite_of(process).is_some());
        for (holds, evidence) in said {
            let rank = match evidence {
                Evidence::RenamedUtility { .. } if brought_along => Rank::Low,
                _ => Rank::High,
            };
            if holds {
                self.note(id, evidence, rank, Some(key));
            }
        }
        if let Some(activity) = self.activities.find_mut(id) {
            activity.methods.add(technique(command));
            activity.stages.add(command.purpose);
            activity.stages.add(if command.split {
                Purpose::Split
            } else {
                Purpose::Other
            });
        }
        self.note_chain(id);
    }

    /// A script packs by itself: it is told what it calls, as if a probe had seen the call.
    fn note_through(
        &mut self,
        id: ActivityId,
        key: ProcessKey,
        purpose: Purpose,
        through: &Through,
    ) {
        let catalogue = &self.policy.catalogue;
        let rank = catalogue
            .code(through.class.to_ascii_lowercase().as_bytes())
            .map_or(Rank::Medium, |code| code.rank);
        let interpreter = self
            .processes
            .find(key)
            .and_then(|process| catalogue.interpreter(process.program.image()?))
            .or_else(|| catalogue.interpreter(b"powershell"))
            .map(|interpreter| interpreter.name.clone());
        if let Some(interpreter) = interpreter {
            self.note(
                id,
                Evidence::Interpreter { interpreter },
                Rank::High,
                Some(key),
            );
        }
        let called = Evidence::LibraryUse {
            family: through.class.clone(),
            function: through.method.as_bytes().to_vec(),
            library: None,
            purpose: match purpose {
                Purpose::Encrypt => UsePurpose::Encrypt,
                Purpose::Compress => UsePurpose::Compress,
                _ => UsePurpose::Archive,
            },
            uses: 1,
            since: self.now,
            format: None,
            level: None,
        };
        self.note(id, called, rank, Some(key));
    }

    pub(super) fn note_chain(&mut self, id: ActivityId) {
        let Some(activity) = self.activities.find(id) else {
            return;
        };
        let stages = activity.stages.count();
        // One utility that does two things at once is no chain.
        let utilities = activity
            .observed
            .iter()
            .filter(|observation| matches!(observation.evidence, Evidence::Utility { .. }))
            .count() as u64;
        if stages.min(utilities) >= 2 {
            self.note(
                id,
                Evidence::Chain {
                    stages: stages.min(utilities),
                },
                Rank::High,
                None,
            );
        }
    }

    /// Sources of a command line, with what is known of them.
    pub(super) fn note_inputs(&mut self, id: ActivityId, key: ProcessKey, inputs: &[Vec<u8>]) {
        for input in inputs {
            // An output of this packing is a stage of it, not a source.
            let stage = self
                .activities
                .find_mut(id)
                .is_none_or(|activity| activity.output_named(input).is_some());
            if stage {
                continue;
            }
            let name = self.names.name(input);
            let limits = self.limits;
            self.activities.update(id, |activity| {
                if !activity.inputs.contains(&name) && activity.inputs.len() < limits.entries {
                    activity.inputs.push(name);
                }
            });
            self.note_source(id, input, key);
        }
    }

    /// A source, and what of it attackers collect.
    pub(super) fn note_source(&mut self, id: ActivityId, source: &[u8], by: ProcessKey) {
        let sensitive = self.policy.collected(source);
        let limits = self.limits;
        if let Some(activity) = self.activities.find_mut(id) {
            activity.add_source(source, sensitive.as_ref().map(|(what, _)| &**what), &limits);
        }
        if let Some((what, rank)) = sensitive {
            let evidence = Evidence::SensitiveSource {
                what,
                path: source.to_vec(),
            };
            self.note(id, evidence, rank, Some(by));
        }
    }

    /// What the program itself and its doings so far say.
    pub(super) fn note_program(&mut self, id: ActivityId, key: ProcessKey) {
        let Some(process) = self.processes.find(key) else {
            return;
        };
        let origin = process.program.origin.clone();
        let doings = process.doings.as_deref();
        let sightings = doings
            .map(|doings| doings.sensitive.clone())
            .unwrap_or_default();
        if let Origin::Odd { place, rank } = origin {
            self.note(id, Evidence::ProgramPlace { place }, rank, Some(key));
        }
        for sighting in sightings {
            self.note_sighting(id, key, &sighting);
        }
    }

    /// Who started it and as whom, told once per activity.
    pub(super) fn note_circumstances(&mut self, id: ActivityId, key: ProcessKey) {
        let catalogue = &self.policy.catalogue;
        let lineage = self
            .processes
            .ancestors(key)
            .take(self.limits.lineage)
            .filter_map(|ancestor| catalogue.lineage(ancestor.program.image()?))
            .max_by_key(|lineage| lineage.rank)
            .map(|lineage| (lineage.name.clone(), lineage.rank));
        if let Some((ancestor, rank)) = lineage {
            self.note(id, Evidence::Lineage { ancestor }, rank, Some(key));
        }
        let Some(process) = self.processes.find(key) else {
            return;
        };
        if let Some(context) = self.user_context(&process.program.clone()) {
            self.note(id, Evidence::UserContext { context }, Rank::High, Some(key));
        }
    }

    fn user_context(&self, program: &Program) -> Option<crate::Text> {
        let knob = &self.policy.knobs.user_context;
        let flagged = program
            .user
            .as_deref()
            .is_some_and(|user| knob.users.iter().any(|flagged| **flagged == *user));
        if flagged {
            return Some(Arc::from("flagged user"));
        }
        let Some(uid) = program.uid else {
            return windows_account(program).map(Arc::from);
        };
        let text = if uid != 0 && uid < knob.people_from(self.policy.knobs.system) {
            "service account"
        } else if uid == 0
            && knob.root_without_terminal
            && program.terminal == Some(false)
            && program.login_uid.is_none()
        {
            "root without a terminal or a login"
        } else {
            return None;
        };
        Some(Arc::from(text))
    }
}

/// How a utility or a script packs: what a script encrypts by itself has a form of its own.
pub(super) fn technique(command: &Command) -> Technique {
    match (&command.through, command.purpose) {
        (None, _) => Technique::Utility,
        (Some(_), Purpose::Encrypt) => Technique::Custom,
        (Some(_), _) => Technique::Library,
    }
}

/// An account of Windows that works without a person, where the process has no screen. Names of
/// accounts are translated with the system; what is not known by name says nothing.
fn windows_account(program: &Program) -> Option<&'static str> {
    let user = program
        .user
        .as_deref()
        .filter(|_| program.terminal != Some(true))?;
    let (domain, name) = user.split_once('\\')?;
    let is = |text: &str, wanted: &str| text.eq_ignore_ascii_case(wanted);
    if is(domain, "IIS APPPOOL") || is(domain, "NT SERVICE") {
        return Some("service account");
    }
    match name {
        name if is(name, "SYSTEM") => Some("system account without a screen"),
        name if is(name, "NETWORK SERVICE") || is(name, "LOCAL SERVICE") => Some("service account"),
        _ => None,
    }
}
