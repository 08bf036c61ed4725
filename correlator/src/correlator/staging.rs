//! Gathering: batch copies into one place, and output of exploring commands in one file.
//!
//! Step: correlate. Copies are counted per destination and per shell that has them made, so that a
//! loop of single copies is one batch. A gathering is told by itself when it is large or holds
//! what attackers collect; when it is packed within the window, it becomes a part of that packing.

use super::Correlator;
use super::joining::expected_output;
use super::writing::Made;
use crate::activity::{ActivityId, OutputFile};
use crate::catalogue::Rank;
use crate::event::{FileWritten, ProcessKey, Time};
use crate::evidence::Evidence;
use crate::finding::Technique;
use crate::gathering::Gathered;
use crate::path;
use crate::policy::Policy;
use crate::process::{Process, Role, Sighting};

impl Correlator {
    /// A file that a copying utility has put somewhere.
    pub(super) fn copied(&mut self, key: ProcessKey, path: &[u8], size: Option<u64>) {
        if !self.policy.is_staging(path) {
            return;
        }
        let Some(process) = self.processes.find(key) else {
            return;
        };
        let Some(root) = destination(process, path) else {
            return;
        };
        // What the package or build tools copy about is theirs.
        if self
            .policy
            .catalogue
            .benign_in(process.contexts, path)
            .is_some()
        {
            return;
        }
        let sensitive = self.copied_sightings(process);
        let locked = process
            .program
            .command()
            .is_some_and(|command| LOCKED_COPIERS.contains(&&*command.utility));
        let owner = Self::owner_of(process);
        let gathered = Gathered {
            owner,
            root: self.names.name(&path::key(&root)),
        };
        let threshold = self.policy.knobs.user_threshold;
        self.window_end();
        let gathering = self.gatherings.go_on(gathered.clone(), key, self.now);
        gathering.files += 1;
        gathering.bytes = gathering.bytes.saturating_add(size.unwrap_or(0));
        gathering.add_sensitive(&sensitive);
        let files = gathering.files;
        let telling = gathering
            .sensitive
            .iter()
            .any(|sighting| sighting.rank >= Rank::Medium);
        let large = files >= threshold.files || gathering.bytes >= threshold.bytes;
        let enough = large || (telling && (files >= FEW_FILES || locked));
        if enough || gathering.activity.is_some() {
            self.batch(&gathered, &root, key);
        }
    }

    /// The shell that has a copying process run, or the process itself.
    fn owner_of(process: &Process) -> ProcessKey {
        let copies = matches!(process.program.role, Role::Utility(_));
        process.parent.filter(|_| copies).unwrap_or(process.key)
    }

    /// What a copying process was given, or has read, of what attackers collect.
    fn copied_sightings(&self, process: &Process) -> Vec<Sighting> {
        let read = process
            .doings
            .as_deref()
            .map(|doings| doings.sensitive.clone());
        let mut sightings = read.unwrap_or_default();
        let program = &process.program;
        let Some(command) = program.command() else {
            return sightings;
        };
        for input in self.inputs(program, command).iter().take(MOST_INPUTS) {
            if let Some((what, rank)) = self.policy.collected(input) {
                sightings.push(Sighting {
                    what,
                    rank,
                    path: input.as_slice().into(),
                });
            }
        }
        sightings
    }

    /// Tells, or goes on telling, of a batch of copies.
    fn batch(&mut self, gathered: &Gathered, root: &[u8], key: ProcessKey) {
        let Some(gathering) = self.gatherings.find_mut(gathered) else {
            return;
        };
        let (files, before) = (gathering.files, gathering.activity);
        let id = match self.open(before) {
            Some(id) => id,
            None => self.open_gathering(gathered, root, key),
        };
        let directory = root.to_vec();
        self.note(
            id,
            Evidence::BatchCopy { files, directory },
            Rank::High,
            Some(key),
        );
        self.note_gathered(id, gathered, key);
        self.changed(id);
    }

    fn open_gathering(&mut self, gathered: &Gathered, root: &[u8], key: ProcessKey) -> ActivityId {
        let id = self.open_activity(key, Some(root));
        if let Some(gathering) = self.gatherings.find_mut(gathered) {
            gathering.activity = Some(id);
        }
        self.take_in(id, key);
        let mut output = OutputFile::new(key, self.now);
        output.directory = true;
        output.name(self.names.name(root), &self.policy);
        // The place is that of what lies in the directory.
        let mut below = root.to_vec();
        below.extend_from_slice(b"/x");
        output.judge_name(&below, &self.policy);
        if let Some(activity) = self.activities.find_mut(id) {
            activity.methods.add(Technique::LocalStaging);
            activity.outputs.push(output);
            activity.output_count += 1;
        }
        id
    }

    fn note_gathered(&mut self, id: ActivityId, gathered: &Gathered, key: ProcessKey) {
        let sensitive = self
            .gatherings
            .find_mut(gathered)
            .map(|it| it.sensitive.clone());
        for sighting in sensitive.unwrap_or_default() {
            self.note_source(id, &sighting.path, key);
        }
    }

    /// Whether what is packed now was gathered before.
    pub(super) fn note_staged(&mut self, id: ActivityId, key: ProcessKey, sources: &[Vec<u8>]) {
        let found = sources.iter().find_map(|source| {
            let (gathered, gathering) = self.gatherings.holding(source)?;
            let copies = gathering.files >= FEW_FILES;
            copies.then(|| {
                (
                    gathered.clone(),
                    gathering.files,
                    gathering.processes.clone(),
                )
            })
        });
        let Some((gathered, files, copiers)) = found else {
            return;
        };
        let directory = gathered.root.to_vec();
        let batch = Evidence::BatchCopy {
            files,
            directory: directory.clone(),
        };
        self.note(id, batch, Rank::High, copiers.last().copied());
        self.note(
            id,
            Evidence::StagedBefore { directory },
            Rank::High,
            Some(key),
        );
        self.note_gathered(id, &gathered, key);
        let limits = self.limits;
        for copier in copiers {
            if let Some(copier) = self.processes.find(copier)
                && let Some(activity) = self.activities.find_mut(id)
            {
                activity.join(copier, &limits);
            }
        }
        if let Some(activity) = self.activities.find_mut(id) {
            activity.methods.add(Technique::LocalStaging);
        }
        if let Some(gathering) = self.gatherings.find_mut(&gathered)
            && gathering.activity.is_none()
        {
            gathering.activity = Some(id);
        }
    }

    /// Text that some program has written and that is no packing: it may be the collected output
    /// of commands, or one of the files that a script gathers.
    pub(super) fn gathered_text(
        &mut self,
        key: ProcessKey,
        path: &[u8],
        written: &FileWritten<'_>,
    ) {
        let Some(process) = self.processes.find(key) else {
            return;
        };
        let explored = process.explored(self.now, &self.policy);
        let started = process.started;
        let owner = process.parent.unwrap_or(key);
        let interpreter = matches!(process.program.role, Role::Interpreter { .. });
        let shell = process.program.is_shell();
        let gathers = interpreter && !shell && reads_sensitive(process);
        // What was explored before the writer started went elsewhere.
        let around = self
            .processes
            .find(owner)
            .filter(|owner| owner.explored_since(started))
            .map_or(0, |owner| owner.explored(self.now, &self.policy));
        if (explored, around, gathers) == (0, 0, false) || !self.policy.is_staging(path) {
            return;
        }
        let commands = if shell {
            explored
        } else if explored > 0 && !interpreter {
            self.collect(key, owner, path)
        } else {
            around
        };
        let size = written.size_after.unwrap_or(u64::MAX);
        if commands >= FEW_COMMANDS && size >= commands * LEAST_ANSWER {
            self.tell_collected(key, path, written, commands);
        } else if gathers {
            self.copied(key, path, written.size_after);
        }
    }

    /// Counts commands whose output goes to the same file, each written by itself.
    fn collect(&mut self, key: ProcessKey, owner: ProcessKey, path: &[u8]) -> u64 {
        let Some(image) = self
            .processes
            .find(key)
            .and_then(|it| it.program.image.clone())
        else {
            return 0;
        };
        let command = self.names.name(path::base_name(&image));
        let root = self.names.name(&path::key(path));
        self.window_end();
        let gathering = self
            .gatherings
            .go_on(Gathered { owner, root }, key, self.now);
        gathering.add_command(&command)
    }

    fn tell_collected(
        &mut self,
        key: ProcessKey,
        path: &[u8],
        written: &FileWritten<'_>,
        commands: u64,
    ) {
        let known = self.open(self.activities.of_output(Some(path), written.file));
        let id = known.unwrap_or_else(|| self.open_activity(key, Some(path)));
        self.take_in(id, key);
        let evidence = Evidence::CollectedOutput { commands };
        self.note(id, evidence, Rank::High, Some(key));
        let examination = self.examine(&written.content, path, written.size_after);
        let made = Made::new(key, path, written, examination, Technique::LocalStaging);
        self.add_output(id, made);
    }
}

/// The directory that a copy was made into: the one that the command line names, with all below it,
/// else the one that holds the file.
fn destination(process: &Process, path: &[u8]) -> Option<Vec<u8>> {
    let named = expected_output(&process.program)
        .filter(|named| !path::same(named, path) && path::is_within(path, named));
    named.or_else(|| path::parent(path).map(<[u8]>::to_vec))
}

/// Whether a process has read what attackers collect.
fn reads_sensitive(process: &Process) -> bool {
    process.doings.as_deref().is_some_and(|doings| {
        let telling = |sighting: &Sighting| sighting.rank >= Rank::Medium;
        doings.sensitive.iter().any(telling)
    })
}

impl Process {
    /// Whether an exploring command was run at that time or later.
    fn explored_since(&self, time: Time) -> bool {
        let doings = self.doings.as_deref();
        doings.is_some_and(|doings| doings.explored_at >= time)
    }

    /// How many different exploring commands it, or its children, ran within the window.
    fn explored(&self, now: Time, policy: &Policy) -> u64 {
        self.doings.as_deref().map_or(0, |doings| {
            let recent = now.0.saturating_sub(doings.explored_at.0) <= policy.window();
            if recent {
                doings.explored.len() as u64
            } else {
                0
            }
        })
    }
}

/// From here on files that lie together were put together.
const FEW_FILES: u64 = 3;

/// From here on different commands make a survey.
const FEW_COMMANDS: u64 = 3;

/// An answer of a command has a line, at least; a note about them may have less.
const LEAST_ANSWER: u64 = 8;

/// Utilities that copy what is open elsewhere, one file at a time: a single one is telling.
const LOCKED_COPIERS: [&str; 1] = ["esentutl"];

/// Inputs of one copying command that are looked at for what they hold.
const MOST_INPUTS: usize = 16;
