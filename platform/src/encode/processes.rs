//! Which process a number means, and what is known of processes that started before the first event.
//!
//! Step: source. Invariants: bounded; a process whose start is not known has the start 0, always.

use std::collections::HashMap;

use ring_abi::{Flags, Kind, ProcessStart, Tag};

use super::arguments;
use super::records::{Records, Who};

/// Processes by number.
#[derive(Debug, Default)]
pub(crate) struct Processes {
    starts: HashMap<u32, u64>,
    /// Those that events name, and whether their start was told.
    met: HashMap<(u32, u64), Met>,
    /// What one event of a start told and another lacks, by process.
    noted: HashMap<u32, Noted>,
}

/// What a classic event tells of a start.
#[derive(Debug, Default)]
pub(crate) struct Noted {
    /// When it was told.
    pub(crate) time: u64,
    /// The command line.
    pub(crate) line: Vec<u8>,
    /// The user's security identifier.
    pub(crate) user: Option<String>,
}

/// What events say of a process beside its start.
#[derive(Debug, Default)]
struct Met {
    started: bool,
    first: u64,
    image: Option<Box<[u8]>>,
    line: Option<Box<[u8]>>,
}

impl Processes {
    /// When the process that has this number now was started; 0 where it is not known.
    pub(crate) fn start_of(&self, pid: u32) -> u64 {
        self.starts.get(&pid).copied().unwrap_or(0)
    }

    /// Whether the process that has this number now was told of.
    pub(crate) fn is_known(&self, pid: u32) -> bool {
        self.starts.contains_key(&pid)
    }

    /// A process starts, or is said to have been started then.
    pub(crate) fn started(&mut self, pid: u32, start: u64) {
        if self.starts.len() < MOST || self.starts.contains_key(&pid) {
            self.starts.insert(pid, start);
        }
        if let Some(met) = self.meet(pid, start) {
            met.started = true;
        }
    }

    /// A process ends, and its number with it.
    pub(crate) fn ended(&mut self, pid: u32) {
        self.starts.remove(&pid);
    }

    /// Forgets what is kept for a recording's end alone.
    pub(crate) fn keep_only_running(&mut self) {
        self.met.clear();
    }

    /// An event names a process by its program.
    pub(crate) fn seen(&mut self, who: Who, image: Option<&str>, line: Option<&str>) {
        let Some(met) = self.meet(who.pid, who.start) else {
            return;
        };
        if met.first == 0 || who.time < met.first {
            met.first = who.time;
        }
        let keep = |place: &mut Option<Box<[u8]>>, text: Option<&str>| {
            if let (None, Some(text)) = (&place, text) {
                *place = Some(text.as_bytes().into());
            }
        };
        keep(
            &mut met.image,
            image.filter(|image| !image.starts_with('<')),
        );
        keep(&mut met.line, line);
    }

    /// Keeps what one event of a start told, for the other.
    pub(crate) fn note(&mut self, pid: u32, noted: Noted) {
        if self.noted.len() >= MOST_NOTED {
            // Starts whose other event was lost; none is worth more than the new one.
            self.noted.clear();
        }
        self.noted.insert(pid, noted);
    }

    /// What the other event of a start at this time told.
    pub(crate) fn take_noted(&mut self, pid: u32, time: u64) -> Option<Noted> {
        let noted = self.noted.remove(&pid)?;
        (noted.time.abs_diff(time) <= SAME_START).then_some(noted)
    }

    fn meet(&mut self, pid: u32, start: u64) -> Option<&mut Met> {
        let key = (pid, start);
        if self.met.len() >= MOST && !self.met.contains_key(&key) {
            return None;
        }
        Some(self.met.entry(key).or_default())
    }

    /// Tells of processes whose start was not told.
    pub(crate) fn tell_earlier(&mut self, records: &mut Records) {
        let mut earlier: Vec<_> = std::mem::take(&mut self.met).into_iter().collect();
        earlier.sort_unstable_by_key(|(key, met)| (met.first, *key));
        let mut words = Vec::new();
        for ((pid, start), met) in earlier {
            let Some(image) = met.image.filter(|_| !met.started) else {
                continue;
            };
            words.clear();
            arguments::split(met.line.as_deref().unwrap_or_default(), &mut words);
            let who = Who {
                time: met.first,
                pid,
                tid: 0,
                start,
            };
            let fields = [
                (Tag::PATH, Some(&*image)),
                (Tag::ARGUMENTS, (!words.is_empty()).then_some(&*words)),
            ];
            let body = ProcessStart::default().write();
            records.put(Kind::PROCESS_START, who, Flags::RUNDOWN, &body, &fields);
        }
    }
}

/// Two events of one start are so close; a number is not given anew so soon.
const SAME_START: u64 = 50_000_000;

/// Starts that wait for their other event.
const MOST_NOTED: usize = 4096;

/// Processes that are remembered at most.
const MOST: usize = 1 << 18;
