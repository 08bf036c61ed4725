//! What waits on disk for the collector.
//!
//! Step: sink. Findings and telemetry each have a directory of segments ([`segment`] holds the
//! format). Invariants: an item that was appended is there after a kill, and after a power failure
//! where it was synced; the whole never exceeds its bound; telemetry goes before findings when it
//! would; whatever is lost is counted and told as an item of the findings lane. Each run has an
//! epoch of its own, so that sequences of a run that was cut off are never given twice.

mod file;
mod lane;
mod segment;

use std::collections::hash_map::RandomState;
use std::fmt;
use std::fs::File;
use std::hash::{BuildHasher as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use platform::host::make_private_directory;

use crate::config;
use crate::wire::{self, Acknowledged, Cause, Content, Item, Lane, Loss, Losses};
pub use lane::Chunk;
use lane::LaneFiles;

/// The open spool.
#[derive(Debug)]
pub struct Spool {
    directory: PathBuf,
    bound: u64,
    segment_bytes: u64,
    sync: config::Sync,
    epoch: u64,
    findings: LaneFiles,
    telemetry: LaneFiles,
    losses: Losses,
    /// Held while the spool is open: two daemons would give the same sequences.
    _lock: File,
}

impl Spool {
    /// Opens the spool, makes it where it is absent, and tells what it lost since it was open last.
    ///
    /// # Errors
    /// When another daemon has it, or it cannot be made or read.
    pub fn open(settings: &config::Spool) -> Result<(Self, Vec<Loss>), SpoolError> {
        let directory = settings.path.clone();
        let failed = |error| SpoolError::Failed(directory.clone(), error);
        make_private_directory(&directory).map_err(failed)?;
        let lock = File::create(directory.join("lock")).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => return Err(SpoolError::InUse(directory)),
            Err(std::fs::TryLockError::Error(error)) => return Err(failed(error)),
        }
        let (findings, mut lost) = read(&directory, Lane::Findings).map_err(failed)?;
        let (telemetry, more) = read(&directory, Lane::Telemetry).map_err(failed)?;
        lost.extend(more);
        let segments = findings.segments.iter().chain(&telemetry.segments);
        let latest = segments.map(|segment| segment.header.epoch).max();
        let mut spool = Self {
            bound: settings.max_bytes,
            segment_bytes: (settings.max_bytes / 32).clamp(SEGMENT.0, SEGMENT.1),
            sync: settings.sync,
            // A clock that was set back must not lead to an epoch that was there before.
            epoch: now().max(latest.map_or(0, |latest| latest.saturating_add(1))),
            directory,
            findings,
            telemetry,
            losses: Losses::default(),
            _lock: lock,
        };
        for loss in &lost {
            spool.lost(loss.clone());
        }
        Ok((spool, lost))
    }

    /// Appends encoded items to a lane, all or none; makes room first.
    ///
    /// # Errors
    /// When the disk does not take them; they are counted and told when it does again.
    pub fn append<B: AsRef<[u8]>>(&mut self, lane: Lane, items: &[B]) -> Result<(), SpoolError> {
        let items = items.iter().map(AsRef::as_ref);
        let (fit, too_long): (Vec<&[u8]>, Vec<&[u8]>) =
            items.partition(|item| item.len() <= wire::MAX_ITEM);
        let outcome = self.put(lane, &fit);
        let unwritten = if outcome.is_err() { &*fit } else { &[] };
        let number = too_long.len() + unwritten.len();
        if number > 0 {
            let bytes = too_long
                .iter()
                .chain(unwritten)
                .map(|item| item.len())
                .sum::<usize>();
            self.lost(Loss {
                lane,
                cause: Cause::Unwritten,
                epoch: None,
                items: Some(number as u64),
                bytes: bytes as u64,
                place: self.directory.display().to_string(),
            });
        }
        outcome.map_err(|error| SpoolError::Failed(self.directory.clone(), error))
    }

    fn put(&mut self, lane: Lane, items: &[&[u8]]) -> std::io::Result<()> {
        if items.is_empty() {
            return Ok(());
        }
        let entries = items.iter().map(|item| item.len() + segment::ENTRY);
        let needed = entries.sum::<usize>() as u64 + segment::Header::SIZE as u64;
        self.make_room(needed);
        let outcome = self.write(lane, items);
        // A full disk may have room once telemetry goes; findings are worth it.
        let full = outcome
            .as_ref()
            .is_err_and(|error| error.kind() == std::io::ErrorKind::StorageFull);
        if full && lane == Lane::Findings && self.evict(Lane::Telemetry) {
            return self.write(lane, items);
        }
        outcome
    }

    fn write(&mut self, lane: Lane, items: &[&[u8]]) -> std::io::Result<()> {
        let sync = match self.sync {
            config::Sync::Always => true,
            config::Sync::Findings => lane == Lane::Findings,
            config::Sync::Never => false,
        };
        let (epoch, longest) = (self.epoch, self.segment_bytes);
        self.lane(lane).append(epoch, items, longest, sync)
    }

    /// Lets the oldest telemetry go, and only without any the oldest findings, until so many bytes
    /// are free.
    fn make_room(&mut self, needed: u64) {
        while self.waiting() + needed > self.bound {
            if !self.evict(Lane::Telemetry) && !self.evict(Lane::Findings) {
                break;
            }
        }
    }

    /// Deletes a lane's oldest segment and tells what was in it.
    fn evict(&mut self, lane: Lane) -> bool {
        let Some((segment, items)) = self.lane(lane).evict() else {
            return false;
        };
        if items > 0 {
            self.lost(Loss {
                lane,
                cause: Cause::Evicted,
                epoch: Some(segment.header.epoch),
                items: Some(items),
                bytes: segment.bytes,
                place: segment.name(),
            });
        }
        true
    }

    /// Counts and tells items that did not get into the spool or out of it.
    pub fn lost(&mut self, loss: Loss) {
        let items = loss.items.unwrap_or(1);
        let counter = match (loss.cause, loss.lane) {
            (Cause::Evicted, Lane::Findings) => &mut self.losses.evicted_findings,
            (Cause::Evicted, Lane::Telemetry) => &mut self.losses.evicted_telemetry,
            (Cause::Damaged, _) => &mut self.losses.damaged,
            (Cause::Overrun, _) => &mut self.losses.overrun,
            (Cause::Unwritten, _) => &mut self.losses.unwritten,
        };
        *counter += items;
        let item = wire::item(&Item {
            time: now(),
            content: Content::Loss(loss),
        });
        // A loss that the disk does not take either is still in the counters of every heartbeat.
        let _ = self.write(Lane::Findings, &[&item]);
    }

    /// The next items of a lane to send, for a batch of at most so many bytes.
    ///
    /// # Errors
    /// When a segment cannot be read.
    pub fn next(&mut self, lane: Lane, bytes: usize) -> Result<Option<Chunk>, SpoolError> {
        let outcome = self.lane(lane).next(wire::MAX_ITEMS, bytes);
        outcome.map_err(|error| SpoolError::Failed(self.directory.clone(), error))
    }

    /// Everything intact of the findings lane, encoded, in order.
    ///
    /// # Errors
    /// When a segment cannot be read.
    pub fn each_finding(&mut self, take: impl FnMut(&[u8])) -> Result<(), SpoolError> {
        let outcome = self.findings.each(take);
        outcome.map_err(|error| SpoolError::Failed(self.directory.clone(), error))
    }

    /// Begins sending anew after what was acknowledged.
    pub fn rewind(&mut self) {
        self.findings.rewind();
        self.telemetry.rewind();
    }

    /// Lets go what the collector has.
    pub fn acknowledge(&mut self, through: Acknowledged) {
        let epoch = self.epoch;
        // This run's newest findings stay, so that the next start can see what was spooled last.
        let kept = if through.lane == Lane::Findings { 2 } else { 0 };
        self.lane(through.lane)
            .acknowledge((through.epoch, through.through), epoch, kept);
    }

    /// Whether every item of a lane was acknowledged.
    #[must_use]
    pub fn is_done(&self, lane: Lane) -> bool {
        match lane {
            Lane::Findings => self.findings.is_done(),
            Lane::Telemetry => self.telemetry.is_done(),
        }
    }

    /// Bytes on disk.
    #[must_use]
    pub fn waiting(&self) -> u64 {
        self.findings.bytes() + self.telemetry.bytes()
    }

    /// What was lost since it was opened.
    #[must_use]
    pub fn losses(&self) -> Losses {
        self.losses
    }

    /// This run's epoch.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// The oldest epoch of which something is there.
    #[must_use]
    pub fn oldest_epoch(&self) -> u64 {
        let first = |lane: &LaneFiles| lane.segments.front().map(|segment| segment.header.epoch);
        let both = [first(&self.findings), first(&self.telemetry)];
        both.into_iter().flatten().min().unwrap_or(self.epoch)
    }

    fn lane(&mut self, lane: Lane) -> &mut LaneFiles {
        match lane {
            Lane::Findings => &mut self.findings,
            Lane::Telemetry => &mut self.telemetry,
        }
    }
}

/// Opens a lane and makes out what is missing in it.
fn read(directory: &Path, lane: Lane) -> std::io::Result<(LaneFiles, Vec<Loss>)> {
    let (files, unreadable) = LaneFiles::open(directory, lane)?;
    let damage = |epoch, items, bytes, place| Loss {
        lane,
        cause: Cause::Damaged,
        epoch,
        items,
        bytes,
        place,
    };
    let mut lost: Vec<Loss> = unreadable
        .into_iter()
        .map(|(name, bytes)| damage(None, None, bytes, name))
        .collect();
    for (index, segment) in files.segments.iter().enumerate() {
        let epoch = segment.header.epoch;
        let next = files.segments.get(index + 1);
        let cut = next
            .filter(|next| next.header.epoch == epoch)
            .map(|next| next.header.first.saturating_sub(segment.end()));
        // Damage after an epoch's last intact item may have been any number of items.
        let items = cut.map(|cut| segment.missing + cut);
        let known = items.or((segment.damaged == 0).then_some(0));
        if segment.damaged > 0 || known != Some(0) {
            lost.push(damage(Some(epoch), known, segment.damaged, segment.name()));
        }
    }
    Ok((files, lost))
}

/// Nanoseconds since the epoch.
pub(crate) fn now() -> u64 {
    let passed = SystemTime::now().duration_since(UNIX_EPOCH);
    passed.map_or(0, |passed| passed.as_nanos() as u64)
}

/// A number that nobody outside this process can foresee.
pub(crate) fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// Why the spool cannot be used.
#[derive(Debug)]
pub enum SpoolError {
    /// Another daemon has it.
    InUse(PathBuf),
    /// The system failed.
    Failed(PathBuf, std::io::Error),
}

impl fmt::Display for SpoolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InUse(path) => write!(
                f,
                "{}: another packhound uses this spool; stop it, or set another [spool] path",
                path.display()
            ),
            Self::Failed(path, error) => write!(f, "spool {}: {error}", path.display()),
        }
    }
}

impl std::error::Error for SpoolError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Failed(_, error) => Some(error),
            Self::InUse(_) => None,
        }
    }
}

/// Least and greatest length of a segment; the bound allows for 32 of them between these.
const SEGMENT: (u64, u64) = (128 << 10, 4 << 20);

#[cfg(test)]
mod tests;
