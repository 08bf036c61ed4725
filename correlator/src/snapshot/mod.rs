//! State that survives a restart: processes, open activities, gatherings, gaps and the baseline.
//!
//! Step: correlate (a boundary: the only place here that derives serde, on mirrors of its own).
//! Format: eight bytes of magic, a version, then postcard. Invariant: a snapshot either restores
//! as a whole or changes nothing; a restored correlator tells the same findings as one that was
//! never interrupted, as soon as the rundown of running processes has confirmed the living.
//! What follows from the catalogue and the knobs is not saved but made anew, so that a changed
//! catalogue holds for what is open, too.

mod activity;
mod code;
mod command;
mod evidence;
mod output;
mod process;

use serde::{Deserialize, Serialize};

use crate::baseline::{Habit, Work};
use crate::correlator::{Correlator, Gap};
use crate::event::{ProcessKey, Time};
use crate::gathering::{Gathered, Gathering};
use crate::inside::Rest;

use activity::SavedActivity;
use code::SavedInside;
use command::SavedPieces;
use evidence::SavedSighting;
use process::{Programs, SavedProcess, SavedProgram};

/// Why a snapshot cannot be restored; nothing was changed.
#[derive(Debug)]
#[non_exhaustive]
pub enum SnapshotError {
    /// The bytes are not a snapshot.
    Foreign,
    /// It was written by another version of the format.
    Version {
        /// Its version.
        found: u16,
        /// The version that this program reads and writes.
        expected: u16,
    },
    /// It is cut off or damaged.
    Damaged(Box<dyn std::error::Error + Send + Sync>),
}

impl std::fmt::Display for SnapshotError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Foreign => f.write_str("this is no snapshot of the correlator"),
            Self::Version { found, expected } => write!(
                f,
                "the snapshot has version {found}, this program reads version {expected}"
            ),
            Self::Damaged(source) => write!(f, "the snapshot is damaged: {source}"),
        }
    }
}

impl std::error::Error for SnapshotError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Damaged(source) => Some(&**source),
            Self::Foreign | Self::Version { .. } => None,
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Saved {
    now: u64,
    names: Vec<Vec<u8>>,
    programs: Vec<SavedProgram>,
    processes: Vec<SavedProcess>,
    activities: Vec<SavedActivity>,
    next_activity: u64,
    gatherings: Vec<SavedGathering>,
    habits: Vec<SavedHabit>,
    losses: Vec<(u64, u64, u64)>,
    code_files: Vec<SavedInside>,
    watched: Vec<Vec<u8>>,
    rests: Vec<(Vec<u8>, u64, u64)>,
    scripts: Vec<SavedPieces>,
}

/// A process key as a snapshot holds it.
type SavedKey = (u32, u64);

#[derive(Serialize, Deserialize)]
struct SavedGathering {
    owner: SavedKey,
    root: Vec<u8>,
    files: u64,
    bytes: u64,
    commands: Vec<Vec<u8>>,
    sensitive: Vec<SavedSighting>,
    processes: Vec<SavedKey>,
    activity: Option<u64>,
    last: u64,
}

#[derive(Serialize, Deserialize)]
struct SavedHabit {
    image: Vec<u8>,
    parent: Option<Vec<u8>>,
    uid: Option<u32>,
    #[serde(with = "evidence::optional_purpose")]
    purpose: Option<crate::Purpose>,
    utility: Option<String>,
    directory: Vec<u8>,
    times: u64,
    days: u64,
    first_seen: u64,
    last_seen: u64,
}

impl Correlator {
    /// Everything that [`Correlator::restore`] needs to go on from here.
    ///
    /// # Panics
    /// Never: encoding into memory does not fail.
    #[must_use]
    pub fn snapshot(&self) -> Vec<u8> {
        let mut programs = Programs::default();
        let processes = self.save_processes(&mut programs);
        let activities = self.save_activities(&mut programs);
        let (names, programs) = programs.into_tables();
        let saved = Saved {
            now: self.now.0,
            names,
            programs,
            processes,
            activities,
            next_activity: self.activities.next(),
            gatherings: self.gatherings.iter().map(save_gathering).collect(),
            habits: self.baseline.habits().into_iter().map(save_habit).collect(),
            losses: self
                .losses
                .iter()
                .map(|gap| (gap.from.0, gap.to.0, gap.count))
                .collect(),
            code_files: self.save_code_files(),
            watched: self
                .inside
                .watched()
                .into_iter()
                .map(|name| name.to_vec())
                .collect(),
            rests: self
                .inside
                .rests()
                .iter()
                .map(|rest| (rest.library.to_vec(), rest.from.0, rest.to.0))
                .collect(),
            scripts: self.scripts.0.iter().map(SavedPieces::from).collect(),
        };
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        postcard::to_extend(&saved, bytes).expect("a vector takes every byte")
    }

    /// Goes on where a snapshot was taken. What was known before is replaced.
    ///
    /// # Errors
    /// When the bytes are no snapshot of this version; nothing is changed then.
    pub fn restore(&mut self, snapshot: &[u8]) -> Result<(), SnapshotError> {
        let rest = snapshot.strip_prefix(MAGIC).ok_or(SnapshotError::Foreign)?;
        let (version, body) = rest.split_at_checked(2).ok_or(SnapshotError::Foreign)?;
        let found = u16::from_le_bytes([version[0], version[1]]);
        if found != VERSION {
            return Err(SnapshotError::Version {
                found,
                expected: VERSION,
            });
        }
        let saved: Saved =
            postcard::from_bytes(body).map_err(|error| SnapshotError::Damaged(error.into()))?;
        self.clear();
        self.now = Time(saved.now);
        let programs = self.restore_programs(&saved.names, saved.programs);
        self.restore_activities(saved.activities, &programs);
        self.activities.restore_next(saved.next_activity);
        self.restore_processes(saved.processes, &programs);
        for gathering in saved.gatherings {
            let (gathered, gathering) = self.restore_gathering(gathering);
            self.gatherings.restore(gathered, gathering);
        }
        for habit in saved.habits {
            self.baseline.restore(restore_habit(habit));
        }
        self.losses = saved
            .losses
            .into_iter()
            .map(|(from, to, count)| Gap {
                from: Time(from),
                to: Time(to),
                count,
            })
            .collect();
        self.restore_code_files(saved.code_files, &saved.watched);
        for (library, from, to) in saved.rests {
            self.inside.rest(Rest {
                library: self.names.name(&library),
                from: Time(from),
                to: Time(to),
            });
        }
        self.scripts.0 = saved.scripts.into_iter().map(Into::into).collect();
        // The next event sorts out what is over.
        self.due = self.now;
        Ok(())
    }

    fn restore_gathering(&mut self, saved: SavedGathering) -> (Gathered, Gathering) {
        let owner = restore_key(saved.owner);
        let gathered = Gathered {
            owner,
            root: self.names.name(&saved.root),
        };
        let gathering = Gathering {
            files: saved.files,
            bytes: saved.bytes,
            commands: saved
                .commands
                .iter()
                .map(|name| self.names.name(name))
                .collect(),
            sensitive: saved.sensitive.into_iter().map(Into::into).collect(),
            processes: saved.processes.into_iter().map(restore_key).collect(),
            activity: saved.activity.map(crate::activity::ActivityId),
            last: Time(saved.last),
        };
        (gathered, gathering)
    }
}

fn save_key(key: ProcessKey) -> SavedKey {
    (key.pid, key.start)
}

fn restore_key((pid, start): SavedKey) -> ProcessKey {
    ProcessKey { pid, start }
}

fn save_gathering((gathered, gathering): (&Gathered, &Gathering)) -> SavedGathering {
    SavedGathering {
        owner: save_key(gathered.owner),
        root: gathered.root.to_vec(),
        files: gathering.files,
        bytes: gathering.bytes,
        commands: gathering
            .commands
            .iter()
            .map(|name| name.to_vec())
            .collect(),
        sensitive: gathering
            .sensitive
            .iter()
            .map(SavedSighting::from)
            .collect(),
        processes: gathering.processes.iter().copied().map(save_key).collect(),
        activity: gathering.activity.map(|id| id.0),
        last: gathering.last.0,
    }
}

fn save_habit(habit: Habit) -> SavedHabit {
    let Habit {
        work,
        times,
        days,
        first_seen,
        last_seen,
    } = habit;
    SavedHabit {
        image: work.image,
        parent: work.parent,
        uid: work.uid,
        purpose: work.purpose,
        utility: work.utility.map(|utility| utility.to_string()),
        directory: work.directory,
        times,
        days,
        first_seen: first_seen.0,
        last_seen: last_seen.0,
    }
}

fn restore_habit(saved: SavedHabit) -> Habit {
    Habit {
        work: Work {
            image: saved.image,
            parent: saved.parent,
            uid: saved.uid,
            purpose: saved.purpose,
            utility: saved.utility.map(Into::into),
            directory: saved.directory,
        },
        times: saved.times,
        days: saved.days,
        first_seen: Time(saved.first_seen),
        last_seen: Time(saved.last_seen),
    }
}

const MAGIC: &[u8; 8] = b"PHSTATE\0";

/// Raised whenever a saved structure changes; 5 knows what programs say of their makers.
const VERSION: u16 = 5;

#[cfg(test)]
mod tests;
