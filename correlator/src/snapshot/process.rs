//! Processes as a snapshot holds them: names and programs once each, processes by their numbers.
//!
//! Step: correlate (the snapshot's boundary). A program is saved as the start that it was made
//! from; its role, origin and contexts follow from catalogue and knobs when it is restored.

use std::collections::HashMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::code::{SavedUse, restore_file};
use super::command::SavedCommand;
use super::evidence::{RankMirror, SavedSighting, text};
use super::{SavedKey, restore_key, save_key};
use crate::activity::ActivityId;
use crate::catalogue::{Contexts, Rank};
use crate::correlator::Correlator;
use crate::event::{ProcessKey, ProcessStart, Time};
use crate::evidence::Text;
use crate::maker::{Behind, Maker};
use crate::process::{Carried, Child, Doings, Loaded, Name, Process, Program};

/// A name's place in the table of names.
pub(super) type NameNumber = u32;

/// A program's place in the table of programs.
pub(super) type ProgramNumber = u32;

#[derive(Serialize, Deserialize)]
pub(super) struct SavedProgram {
    image: Option<NameNumber>,
    image_file: Option<(u64, u64)>,
    script: Option<NameNumber>,
    maker: Option<SavedMaker>,
    integrity: Option<String>,
    behind: Option<SavedBehind>,
    scripted: Option<SavedCommand>,
    arguments: Option<Vec<u8>>,
    directory: Option<NameNumber>,
    user: Option<String>,
    container: Option<String>,
    uid: Option<u32>,
    login_uid: Option<u32>,
    image_owner: Option<u32>,
    terminal: Option<bool>,
    incomplete: bool,
}

#[derive(Serialize, Deserialize)]
struct SavedMaker {
    original_name: Option<NameNumber>,
    product: Option<NameNumber>,
    company: Option<NameNumber>,
    signing_id: Option<NameNumber>,
    team_id: Option<NameNumber>,
    signed: Option<bool>,
    of_system: bool,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
enum SavedBehind {
    Creator(SavedKey),
    Responsible(SavedKey),
}

#[derive(Serialize, Deserialize)]
pub(super) struct SavedProcess {
    key: SavedKey,
    parent: Option<SavedKey>,
    program: ProgramNumber,
    earlier: Vec<ProgramNumber>,
    started: u64,
    ended: Option<u64>,
    activity: Option<u64>,
    lends: bool,
    carries: Option<(u64, bool)>,
    doings: Option<SavedDoings>,
}

#[derive(Serialize, Deserialize)]
struct SavedDoings {
    directories: Vec<Vec<u8>>,
    directories_read: u64,
    sensitive: Vec<SavedSighting>,
    library: Option<SavedLibrary>,
    uses: Vec<SavedUse>,
    mapped: Vec<(u64, u64)>,
    explored: Vec<Vec<u8>>,
    explored_at: u64,
    children: Vec<(SavedKey, u64)>,
    open_flows: u32,
    received: u64,
    throttled: u64,
}

#[derive(Serialize, Deserialize)]
struct SavedLibrary {
    #[serde(with = "text")]
    name: Text,
    #[serde(with = "RankMirror")]
    rank: Rank,
    path: Vec<u8>,
}

/// Collects names and programs while a snapshot is made.
#[derive(Default)]
pub(super) struct Programs {
    names: Vec<Vec<u8>>,
    name_numbers: HashMap<Name, NameNumber>,
    saved: Vec<SavedProgram>,
    /// By the address of the shared program.
    numbers: FxHashMap<usize, ProgramNumber>,
}

impl Programs {
    pub(super) fn into_tables(self) -> (Vec<Vec<u8>>, Vec<SavedProgram>) {
        (self.names, self.saved)
    }

    pub(super) fn save(&mut self, program: &Arc<Program>) -> ProgramNumber {
        let address = Arc::as_ptr(program).addr();
        if let Some(&number) = self.numbers.get(&address) {
            return number;
        }
        let saved = SavedProgram {
            image: program.image.as_ref().map(|name| self.name(name)),
            image_file: program.image_file.map(|file| (file.device, file.inode)),
            script: program.script.as_ref().map(|name| self.name(name)),
            maker: program.maker.as_deref().map(|maker| self.maker(maker)),
            integrity: program.integrity.as_deref().map(str::to_owned),
            behind: program.behind.map(save_behind),
            scripted: program
                .command()
                .filter(|_| program.scripted)
                .map(SavedCommand::from),
            arguments: program.arguments.as_deref().map(<[u8]>::to_vec),
            directory: program.directory.as_ref().map(|name| self.name(name)),
            user: program.user.as_deref().map(str::to_owned),
            container: program.container.as_deref().map(str::to_owned),
            uid: program.uid,
            login_uid: program.login_uid,
            image_owner: program.image_owner,
            terminal: program.terminal,
            incomplete: program.incomplete,
        };
        let number = self.saved.len() as ProgramNumber;
        self.saved.push(saved);
        self.numbers.insert(address, number);
        number
    }

    fn maker(&mut self, maker: &Maker<Name>) -> SavedMaker {
        let numbers = maker.map(|name| self.name(name));
        SavedMaker {
            original_name: numbers.original_name,
            product: numbers.product,
            company: numbers.company,
            signing_id: numbers.signing_id,
            team_id: numbers.team_id,
            signed: numbers.signed,
            of_system: numbers.of_system,
        }
    }

    fn name(&mut self, name: &Name) -> NameNumber {
        if let Some(&number) = self.name_numbers.get(name) {
            return number;
        }
        let number = self.names.len() as NameNumber;
        self.names.push(name.to_vec());
        self.name_numbers.insert(name.clone(), number);
        number
    }
}

impl Correlator {
    pub(super) fn save_processes(&self, programs: &mut Programs) -> Vec<SavedProcess> {
        let mut processes: Vec<&Process> = self.processes.iter().collect();
        processes.sort_unstable_by_key(|process| process.key);
        processes
            .into_iter()
            .map(|process| SavedProcess {
                key: save_key(process.key),
                parent: process.parent.map(save_key),
                program: programs.save(&process.program),
                earlier: process
                    .earlier
                    .iter()
                    .map(|program| programs.save(program))
                    .collect(),
                started: process.started.0,
                ended: process.ended.map(|time| time.0),
                activity: process.activity.map(|id| id.0),
                lends: process.lends,
                carries: process.carries.map(|carried| (carried.id.0, carried.named)),
                doings: process.doings.as_deref().map(save_doings),
            })
            .collect()
    }

    pub(super) fn restore_programs(
        &mut self,
        names: &[Vec<u8>],
        saved: Vec<SavedProgram>,
    ) -> Vec<Arc<Program>> {
        let name = |number: Option<NameNumber>| {
            number
                .and_then(|number| names.get(number as usize))
                .map(Vec::as_slice)
        };
        let maker = |saved: &SavedMaker| Maker {
            original_name: name(saved.original_name),
            product: name(saved.product),
            company: name(saved.company),
            signing_id: name(saved.signing_id),
            team_id: name(saved.team_id),
            signed: saved.signed,
            of_system: saved.of_system,
        };
        saved
            .into_iter()
            .map(|saved| {
                let start = ProcessStart {
                    image: name(saved.image),
                    image_file: saved.image_file.map(restore_file),
                    image_owner: saved.image_owner,
                    script: name(saved.script),
                    maker: saved.maker.as_ref().map(maker).unwrap_or_default(),
                    integrity: saved.integrity.as_deref(),
                    behind: saved.behind.map(restore_behind),
                    arguments: saved.arguments.as_deref(),
                    directory: name(saved.directory),
                    uid: saved.uid,
                    user: saved.user.as_deref(),
                    login_uid: saved.login_uid,
                    terminal: saved.terminal,
                    container: saved.container.as_deref(),
                    ..ProcessStart::default()
                };
                let program = Program::new(
                    &start,
                    saved.incomplete,
                    &self.policy,
                    &self.limits,
                    &mut self.names,
                    &mut self.images,
                );
                Arc::new(match saved.scripted {
                    Some(scripted) => program.with_command(scripted.into()),
                    None => program,
                })
            })
            .collect()
    }

    pub(super) fn restore_processes(
        &mut self,
        saved: Vec<SavedProcess>,
        programs: &[Arc<Program>],
    ) {
        let find = |number: ProgramNumber| {
            programs
                .get(number as usize)
                .unwrap_or(&self.unknown)
                .clone()
        };
        let mut processes: Vec<Process> = Vec::with_capacity(saved.len());
        for saved in saved {
            let (key, parent) = (restore_key(saved.key), saved.parent.map(restore_key));
            let mut process = Process::new(key, parent, find(saved.program), Time(saved.started));
            process.earlier = saved.earlier.into_iter().map(find).collect();
            process.ended = saved.ended.map(Time);
            process.activity = saved.activity.map(ActivityId);
            process.lends = saved.lends;
            process.carries = saved.carries.map(|(id, named)| Carried {
                id: ActivityId(id),
                named,
            });
            process.doings = saved.doings.map(|doings| Box::new(restore_doings(doings)));
            processes.push(process);
        }
        let window = self.policy.window();
        // The ended in the order of their end; the living are doubted until they are heard of.
        processes.sort_by_key(|process| (process.ended.unwrap_or(self.now), process.key));
        inherit_contexts(&mut processes);
        for mut process in processes {
            let (key, ended) = (process.key, process.ended.take());
            self.processes.insert(process);
            let until = Time(ended.unwrap_or(self.now).0.saturating_add(window));
            match ended {
                Some(time) => self.processes.end(key, time, until),
                None => self.processes.doubt(key, until),
            }
        }
    }
}

fn save_behind(behind: Behind) -> SavedBehind {
    match behind {
        Behind::Creator(key) => SavedBehind::Creator(save_key(key)),
        Behind::Responsible(key) => SavedBehind::Responsible(save_key(key)),
    }
}

fn restore_behind(saved: SavedBehind) -> Behind {
    match saved {
        SavedBehind::Creator(key) => Behind::Creator(restore_key(key)),
        SavedBehind::Responsible(key) => Behind::Responsible(restore_key(key)),
    }
}

/// Gives each process the contexts of its ancestors, as far as these are there.
fn inherit_contexts(processes: &mut [Process]) {
    let own: FxHashMap<ProcessKey, (Option<ProcessKey>, Contexts)> = processes
        .iter()
        .map(|process| (process.key, (process.parent, process.program.contexts)))
        .collect();
    for process in processes {
        let mut next = process.parent;
        // A forged parent could make a ring.
        for _ in 0..MOST_ANCESTORS {
            let Some((parent, contexts)) = next.and_then(|key| own.get(&key)) else {
                break;
            };
            process.contexts = process.contexts.with(*contexts);
            next = *parent;
        }
    }
}

fn save_doings(doings: &Doings) -> SavedDoings {
    let names = |names: &[Name]| names.iter().map(|name| name.to_vec()).collect();
    SavedDoings {
        directories: names(&doings.directories),
        directories_read: doings.directories_read,
        sensitive: doings.sensitive.iter().map(SavedSighting::from).collect(),
        library: doings.library.as_ref().map(|loaded| SavedLibrary {
            name: loaded.name.clone(),
            rank: loaded.rank,
            path: loaded.path.to_vec(),
        }),
        uses: doings.uses.iter().map(SavedUse::from).collect(),
        mapped: doings
            .mapped
            .iter()
            .map(|file| (file.device, file.inode))
            .collect(),
        explored: names(&doings.explored),
        explored_at: doings.explored_at.0,
        children: doings
            .children
            .iter()
            .map(|child| (save_key(child.key), child.started.0))
            .collect(),
        open_flows: doings.open_flows,
        received: doings.received,
        throttled: doings.throttled,
    }
}

fn restore_doings(saved: SavedDoings) -> Doings {
    let names = |names: Vec<Vec<u8>>| names.into_iter().map(Name::from).collect();
    Doings {
        directories: names(saved.directories),
        directories_read: saved.directories_read,
        sensitive: saved.sensitive.into_iter().map(Into::into).collect(),
        library: saved.library.map(|library| Loaded {
            name: library.name,
            rank: library.rank,
            path: library.path.into(),
        }),
        uses: saved.uses.into_iter().map(Into::into).collect(),
        mapped: saved.mapped.into_iter().map(restore_file).collect(),
        explored: names(saved.explored),
        explored_at: Time(saved.explored_at),
        children: saved
            .children
            .into_iter()
            .map(|(key, started)| Child {
                key: restore_key(key),
                started: Time(started),
            })
            .collect(),
        open_flows: saved.open_flows,
        received: saved.received,
        throttled: saved.throttled,
    }
}

/// As many as the table of processes follows.
const MOST_ANCESTORS: usize = 32;
