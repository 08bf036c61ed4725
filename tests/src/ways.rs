//! What must be seen of each way of getting bytes into a file, and what a recording saw.
//!
//! Step: tests. The ways are programs in `tests/ways`, and the table there says which of them a tier
//! of hooks is blind to. Invariant: a way that is seen where the table says that it is not fails like
//! one that is missed, so that the table stays true.

use std::collections::{HashMap, HashSet};

use ring_abi::{Body, Flags, RECORDING_MAGIC, Record, Tag, decode, frame_length};
use toml::{Table, Value};

use crate::error::HarnessError;

/// A way, as the table has it.
#[derive(Clone, Debug)]
pub struct Way {
    /// Its name, which the programs know.
    pub name: String,
    /// One line for people.
    pub title: String,
    /// Words of the blind spot that hides it on tier 1, and on tier 2.
    blind: [Option<String>; 2],
    /// Words of a blind spot that hides it wherever it is listed, on either tier.
    blind_where_listed: Option<String>,
    /// It depends on how threads of the kernel race whether it is told, so both are right.
    races: bool,
}

/// What the programs say of a way.
#[derive(Clone, Debug)]
enum Made {
    /// It was done.
    Done(Left),
    /// A name was removed, of a directory or not.
    Removed(Gone),
    /// It cannot be done here.
    Unsupported(String),
}

/// What a way has left behind.
#[derive(Clone, Debug)]
struct Left {
    size: u64,
    identity: (u64, u64),
    /// Empty where it has no name.
    path: Vec<u8>,
}

/// The name that a way has removed, and whether it was a directory's.
type Gone = (Vec<u8>, bool);

/// What came of a way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// It was told whole.
    Told,
    /// It was not told, as the table says, by these words of the blind spot.
    Blind(String),
    /// It cannot be done here, for this reason.
    Unsupported(String),
    /// It is not as the table says, for this reason.
    Wrong(String),
}

/// Reads the table.
///
/// # Errors
/// When it is not as it must be.
pub fn load_ways(text: &str) -> Result<Vec<Way>, HarnessError> {
    let wrong = |what: String| HarnessError::Scenario(format!("tests/ways/ways.toml: {what}"));
    let table: Table = text.parse().map_err(|error| wrong(format!("{error}")))?;
    let Some(Value::Array(entries)) = table.get("way") else {
        return Err(wrong("no [[way]]".to_owned()));
    };
    let way = |entry: &Value| {
        let text = |name: &str| entry.get(name)?.as_str().map(str::to_owned);
        let known = [
            "name",
            "title",
            "blind_on_tier_1",
            "blind_on_tier_2",
            "blind_where_listed",
            "races",
        ];
        let strange = entry.as_table()?.keys().any(|key| !known.contains(&&**key));
        (!strange).then_some(())?;
        Some(Way {
            name: text("name")?,
            title: text("title")?,
            blind: [text("blind_on_tier_1"), text("blind_on_tier_2")],
            blind_where_listed: text("blind_where_listed"),
            races: entry
                .get("races")
                .is_some_and(|races| races.as_bool() == Some(true)),
        })
    };
    let read = entries.iter().map(|entry| way(entry).ok_or(entry));
    read.collect::<Result<_, _>>()
        .map_err(|entry| wrong(format!("no way: {entry}")))
}

impl Way {
    /// Where some hooks stand on tier 1 and others on tier 2, a way is unseen only if `doctor` lists
    /// that among its blind spots; every other one is to be told, whatever the table says of tier 2.
    /// What is listed may be seen all the same: one blind spot stands for several ways.
    pub fn hold_to_what_is_listed(&mut self, blind_spots: &[String]) {
        let [_, blind] = &mut self.blind;
        blind.take_if(|words| !blind_spots.iter().any(|spot| spot.contains(&**words)));
        self.races = true;
    }
}

/// Compares what was done with a recording of it; each way of the table once, in its order.
/// `blind_spots` are those that `doctor` lists.
///
/// # Errors
/// When what the programs said, or the recording, cannot be read.
pub fn compare(
    ways: &[Way],
    tier: u8,
    said: &str,
    recording: &[u8],
    blind_spots: &[String],
) -> Result<Vec<(Way, Seen)>, HarnessError> {
    let mut made = HashMap::new();
    for line in said.lines() {
        let (name, one) = parse(line)
            .ok_or_else(|| HarnessError::Scenario(format!("no line of `ways`: {line}")))?;
        made.insert(name, one);
    }
    let told = Told::read(recording)
        .ok_or_else(|| HarnessError::Scenario("the recording is cut or none".to_owned()))?;
    let is_listed = |words: &String| blind_spots.iter().any(|spot| spot.contains(words));
    let judge = |way: &Way| {
        let whole = match made.get(&way.name) {
            None => return Seen::Wrong("it was not done".to_owned()),
            Some(Made::Unsupported(why)) => return Seen::Unsupported(why.clone()),
            Some(Made::Done(left)) => told.whole(left),
            Some(Made::Removed(gone)) => told.removal(gone),
        };
        let everywhere = way.blind_where_listed.as_ref();
        let blind = way.blind[usize::from(tier == 2)].as_ref();
        match (whole, blind.or(everywhere.filter(|words| is_listed(words)))) {
            (Ok(()), None) => Seen::Told,
            (Ok(()), Some(_)) if way.races => Seen::Told,
            (Ok(()), Some(_)) => Seen::Wrong(format!(
                "told, though it is said to be unseen on tier {tier} here"
            )),
            (Err(why), None) => Seen::Wrong(why),
            (Err(_), Some(words)) if is_listed(words) => Seen::Blind(words.clone()),
            (Err(_), Some(words)) => {
                Seen::Wrong(format!("not told, and no blind spot says \"{words}\""))
            }
        }
    };
    Ok(ways.iter().map(|way| (way.clone(), judge(way))).collect())
}

fn parse(line: &str) -> Option<(String, Made)> {
    let fields: Vec<&str> = line.split('\t').collect();
    let made = match fields[..] {
        [_, "unsupported", why] => Made::Unsupported(why.to_owned()),
        [_, "done", size, device, inode, path] => Made::Done(Left {
            size: size.parse().ok()?,
            identity: (device.parse().ok()?, inode.parse().ok()?),
            path: plain(path)?,
        }),
        [_, "removed", kind @ ("file" | "directory"), path] => {
            Made::Removed((plain(path)?, kind == "directory"))
        }
        _ => return None,
    };
    Some((fields[0].to_owned(), made))
}

/// Bytes that are written as `\ooo` as they are.
fn plain(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, more @ ..] = rest {
        rest = more;
        if *first != b'\\' {
            bytes.push(*first);
            continue;
        }
        let digits = std::str::from_utf8(rest.get(..3)?).ok()?;
        bytes.push(u8::from_str_radix(digits, 8).ok()?);
        rest = &rest[3..];
    }
    Some(bytes)
}

/// What a recording tells of files.
#[derive(Default)]
struct Told {
    written: Vec<Written>,
    /// Names that files were given after they had been written.
    names: HashSet<Vec<u8>>,
    removed: HashSet<Gone>,
    /// Processes that were told of by themselves.
    processes: HashSet<(u32, u64)>,
}

struct Written {
    identity: (u64, u64),
    size: u64,
    path: Vec<u8>,
    cut: bool,
    process: (u32, u64),
}

impl Told {
    fn read(recording: &[u8]) -> Option<Self> {
        let mut rest = recording.strip_prefix(&RECORDING_MAGIC[..])?;
        let mut told = Self::default();
        while !rest.is_empty() {
            let (bytes, after) = rest.split_at_checked(frame_length(rest).ok()?)?;
            rest = after;
            told.take(&decode(bytes).ok()?);
        }
        Some(told)
    }

    fn take(&mut self, record: &Record<'_>) {
        let process = (record.header.pid, record.header.start_time);
        match &record.body {
            Body::ProcessStart(_) => {
                self.processes.insert(process);
            }
            Body::Fork(fork) => {
                self.processes.insert((fork.child_pid, fork.child_start));
            }
            Body::FileWritten(written) => self.written.push(Written {
                identity: (written.device, written.inode),
                size: written.size_after,
                path: record.tail.field(Tag::PATH).unwrap_or_default().to_vec(),
                cut: record.flags().has(Flags::TRUNCATED),
                process,
            }),
            Body::FileRenamed(_) | Body::FileLinked(_) => {
                self.names.insert(name(record));
            }
            Body::FileRemoved(removed) => {
                self.removed.insert((name(record), removed.directory == 1));
            }
            _ => {}
        }
    }

    /// Whether a removal was told; else what is missing.
    fn removal(&self, gone: &Gone) -> Result<(), String> {
        let told = self.removed.contains(gone);
        told.then_some(())
            .ok_or_else(|| "no record of it".to_owned())
    }

    /// Whether what a way has left behind was told; else what is missing. A device's number may
    /// be another file system's later, so that one fitting record is enough.
    fn whole(&self, left: &Left) -> Result<(), String> {
        let same = |written: &&Written| {
            written.identity == left.identity
                || (!left.path.is_empty() && written.path == left.path)
        };
        let mut last = Err("no record of the file".to_owned());
        for written in self.written.iter().filter(same) {
            last = self.fits(written, left);
            if last.is_ok() {
                break;
            }
        }
        last
    }

    fn fits(&self, written: &Written, left: &Left) -> Result<(), String> {
        if written.size != left.size {
            return Err(format!("{} bytes, told as {}", left.size, written.size));
        }
        let named = left.path.is_empty() || written.path == left.path || written.cut;
        if !named && !self.names.contains(&left.path) {
            let path = String::from_utf8_lossy(&written.path);
            return Err(format!("its name was told as {path}"));
        }
        if !self.processes.contains(&written.process) {
            return Err(format!("nobody knows process {:?}", written.process));
        }
        Ok(())
    }
}

/// The name that a record tells: as a program gave it, or else the file's own.
fn name(record: &Record<'_>) -> Vec<u8> {
    let field = |tag| record.tail.field(tag).unwrap_or_default();
    let given = field(Tag::GIVEN_PATH);
    if given.starts_with(b"/") {
        given.to_vec()
    } else if given.is_empty() {
        field(Tag::PATH).to_vec()
    } else {
        [field(Tag::BASE_PATH), b"/", given].concat()
    }
}

#[cfg(test)]
mod tests;
