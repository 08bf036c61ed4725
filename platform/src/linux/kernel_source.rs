//! The live kernel as a source of records.
//!
//! Step: source. Opening loads and attaches the probes; polling hands out, in this order, the
//! capture's start, a rundown of what already runs (in slices, so that the ring is drained in
//! between), what the probes dropped, and the ring's records. After [`Source::close`] the ring is
//! drained to its end, so every record that was made is handed out or counted as dropped.

use std::collections::VecDeque;
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use aya::Ebpf;
use aya::maps::{MapData, RingBuf};
use aya_log::EbpfLogger;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::attach::{self, Attached, Attachment, Functions};
use super::counters::{Counters, KINDS, kind_stats};
use super::load::{self, Loaded};
use super::needs;
use super::rundown::Rundown;
use super::skipped::Skipped;
use super::system;
use super::tiers::Tiers;
use super::uses::LibraryProbes;
use crate::source::{Progress, Source, SourceError, SourceStats};
use crate::survey::{Hook, Options, Tier, TierWanted};

/// The live kernel.
pub struct KernelSource {
    /// Holds the programs and their maps.
    ebpf: Ebpf,
    attachments: Vec<Attachment>,
    ring: RingBuf<MapData>,
    counters: Counters,
    skipped: Skipped,
    hooks: Vec<Hook>,
    tiers: Tiers,
    content: Result<(), String>,
    overlays: bool,
    library_probes: Result<LibraryProbes, String>,
    logger: Option<EbpfLogger<&'static dyn log::Log>>,
    first: VecDeque<Vec<u8>>,
    rundown: Option<Rundown>,
    delivered: [u64; KINDS],
    told_here: [u64; KINDS],
    last_record: Instant,
    last_losses: Instant,
    saturated: bool,
    closed: bool,
}

impl KernelSource {
    /// Loads the probes, attaches what this kernel takes and starts the capture.
    ///
    /// # Errors
    /// `Privilege` when the kernel does not let this process load programs, `Unsupported` when it
    /// lacks type information or every essential hook.
    pub fn open(options: &Options) -> Result<Self, SourceError> {
        let (loaded, functions) = load_for_tier(options)?;
        let Loaded {
            mut ebpf,
            btf,
            fields,
            clocks,
            logger,
            content,
        } = loaded;
        let library_probes = load::library_probes(&mut ebpf, &fields, options);
        let ring = load::take_ring(&mut ebpf)?;
        let counters = Counters::new(load::take_counters(&mut ebpf)?, clocks.boot);
        let attached = attach::attach(
            &mut ebpf,
            &btf,
            &fields,
            system::mounted_tracefs().as_deref(),
            functions,
        );
        let Attached {
            hooks,
            attachments,
            tiers,
            skippable,
        } = attached;
        load::check_essential(&hooks)?;
        let overlays = fields.missing(needs::OVERLAY).is_none();

        Ok(Self {
            ebpf,
            attachments,
            ring,
            counters,
            skipped: Skipped::new(skippable, clocks.boot),
            hooks,
            tiers,
            content,
            overlays,
            library_probes,
            logger,
            first: VecDeque::from([load::capture_start(clocks)]),
            rundown: options.rundown.then(Rundown::new),
            delivered: [0; KINDS],
            told_here: [0; KINDS],
            last_record: Instant::now(),
            last_losses: Instant::now(),
            saturated: false,
            closed: false,
        })
    }

    /// The hooks and whether they listen.
    #[must_use]
    pub fn hooks(&self) -> &[Hook] {
        &self.hooks
    }

    /// Where the hooks stand, on systems with more than one tier.
    #[must_use]
    pub fn tier(&self) -> Option<Tier> {
        Some(self.tiers.tier())
    }

    /// On which tier each thing is watched.
    pub(super) fn tiers(&self) -> &Tiers {
        &self.tiers
    }

    /// Whether content samples can be taken in the kernel; else why not.
    ///
    /// # Errors
    /// The reason, in words.
    pub fn content(&self) -> Result<(), &str> {
        self.content.as_ref().copied().map_err(String::as_str)
    }

    /// Whether content samples of files in an overlay can be taken: only where overlayfs is a part
    /// of the kernel itself, whose type information then describes it.
    #[must_use]
    pub fn reaches_into_overlays(&self) -> bool {
        self.overlays
    }

    /// How functions of libraries are watched; else why they are not.
    ///
    /// # Errors
    /// The reason, in words.
    pub fn library_probes(&self) -> Result<&'static str, &str> {
        match &self.library_probes {
            Ok(probes) if probes.sets_many() => Ok("one link for each library"),
            Ok(_) => Ok("one link for each function"),
            Err(why) => Err(why),
        }
    }

    /// How many instructions the verifier followed for each program that is loaded, where the
    /// kernel tells (Linux 5.16 does).
    #[must_use]
    pub fn verified(&self) -> Vec<(String, u32)> {
        let programs = self.ebpf.programs();
        let counted = programs.filter_map(|(name, program)| {
            let count = program.info().ok()?.verified_instruction_count()?;
            (count > 0).then(|| (name.to_owned(), count))
        });
        counted.collect()
    }

    /// What there is to say that no counter tells, each once.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let probes = self.library_probes.as_ref();
        probes.map(LibraryProbes::notes).unwrap_or_default()
    }

    /// Whether everything that already ran has been handed out, and its libraries and the system's
    /// own have been looked at. It may say no again while new ones are looked at.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        let probes = self.library_probes.as_ref();
        self.first.is_empty()
            && self.rundown.is_none()
            && probes.map_or(true, LibraryProbes::is_ready)
    }

    /// Hands out what was made in user space: the capture's start and a slice of the rundown.
    fn told_first(&mut self, limit: usize, take: &mut dyn FnMut(&[u8])) -> usize {
        let told = &mut self.told_here;
        let delivered = &mut self.delivered;
        let probes = &mut self.library_probes;
        let mut hand = |record: &[u8]| {
            count(told, record);
            count(delivered, record);
            if let Ok(probes) = probes {
                probes.look_at(record);
            }
            take(record);
        };
        let mut records = 0;
        while records < limit
            && let Some(record) = self.first.pop_front()
        {
            hand(&record);
            records += 1;
        }
        if let Some(rundown) = &mut self.rundown {
            records += rundown.slice(limit.saturating_sub(records).min(RUNDOWN_SLICE), &mut hand);
            if rundown.is_done() {
                self.rundown = None;
            }
        }
        records
    }

    /// Hands out loss records for what the probes dropped since the last look.
    fn losses(&mut self, take: &mut dyn FnMut(&[u8])) -> usize {
        self.last_losses = Instant::now();
        let Ok(clocks) = system::clocks() else {
            return 0;
        };
        let told = &mut self.told_here;
        let delivered = &mut self.delivered;
        let mut hand = |record: &[u8]| {
            count(told, record);
            count(delivered, record);
            take(record);
        };
        let pid = std::process::id();
        let rests = match &self.library_probes {
            Ok(probes) => probes.rests(clocks.boot, pid, &mut hand),
            Err(_) => 0,
        };
        rests
            + self.skipped.losses(clocks.boot, pid, &mut hand)
            + self.counters.losses(clocks.boot, pid, &mut hand)
    }

    /// Hands out what the ring holds.
    fn drain(&mut self, limit: usize, take: &mut dyn FnMut(&[u8])) -> usize {
        let mut records = 0;
        while records < limit
            && let Some(record) = self.ring.next()
        {
            count(&mut self.delivered, &record);
            if let Ok(probes) = &mut self.library_probes {
                probes.look_at(&record);
            }
            take(&record);
            records += 1;
        }
        if records != 0 {
            self.last_record = Instant::now();
        }
        self.saturated = records == limit;
        records
    }

    /// Waits for the ring. While records keep coming, a short pause lets them gather (the probes
    /// wake nobody then); otherwise the kernel wakes this thread for the first one.
    fn wait(&self, longest: Duration) -> Result<(), SourceError> {
        if self.saturated || self.closed {
            return Ok(());
        }
        if self.last_record.elapsed() < BUSY {
            std::thread::sleep(GATHER.min(longest));
            return Ok(());
        }
        let timeout = PollTimeout::try_from(longest).unwrap_or(PollTimeout::MAX);
        let mut set = [PollFd::new(self.ring.as_fd(), PollFlags::POLLIN)];
        match poll(&mut set, timeout) {
            Ok(_) | Err(nix::Error::EINTR) => Ok(()),
            Err(error) => Err(load::io_error("waiting for the ring", error.into())),
        }
    }
}

impl Source for KernelSource {
    fn poll(
        &mut self,
        wait: Duration,
        limit: usize,
        take: &mut dyn FnMut(&[u8]),
    ) -> Result<Progress, SourceError> {
        let mut records = self.told_first(limit, take);
        if records == 0 {
            self.wait(wait)?;
        }
        if self.last_losses.elapsed() > LOSS_INTERVAL {
            records += self.losses(take);
        }
        records += self.drain(limit.saturating_sub(records).max(1), take);
        if let Some(logger) = &mut self.logger {
            logger.flush();
        }
        if self.closed && records == 0 {
            // The last look: nothing can be made any more.
            let records = self.losses(take);
            return Ok(if records == 0 {
                Progress::Ended
            } else {
                Progress::Records(records)
            });
        }
        Ok(Progress::Records(records))
    }

    fn stats(&mut self) -> SourceStats {
        let kinds = self
            .counters
            .read()
            .map(|made| kind_stats(&made, &self.delivered, &self.told_here))
            .unwrap_or_default();
        let mut others = self
            .library_probes
            .as_ref()
            .map(LibraryProbes::counters)
            .unwrap_or_default();
        others.push(("hooks_skipped", self.skipped.count()));
        SourceStats { kinds, others }
    }

    fn close(&mut self) -> Result<(), SourceError> {
        self.closed = true;
        self.rundown = None;
        let mut attachments = std::mem::take(&mut self.attachments);
        if let Ok(probes) = &mut self.library_probes {
            attachments.extend(probes.stop());
        }
        attach::detach(attachments);
        Ok(())
    }
}

/// Loads the probes for the first tier that this kernel takes. Probes that may be preempted cost a
/// little more, so where there is nothing of tier 1 they are loaded anew without that.
fn load_for_tier(options: &Options) -> Result<(Loaded, Functions), SourceError> {
    if options.tier == TierWanted::Two {
        let why = "[capture] tier says so";
        return Ok((load::load(options, false)?, Functions::refused(why)));
    }
    let mut loaded = load::load(options, true)?;
    let folders = options.own_folder.iter().cloned();
    let folders: Vec<PathBuf> = folders
        .chain([std::env::temp_dir(), PathBuf::from("/dev/shm")])
        .collect();
    let functions = Functions::attach(&mut loaded.ebpf, &loaded.btf, &loaded.fields, &folders);
    if !functions.is_empty() {
        return Ok((loaded, functions));
    }
    drop(loaded);
    Ok((load::load(options, false)?, functions))
}

/// Counts a record by its kind, which every record carries at the same place.
fn count(counts: &mut [u64; KINDS], record: &[u8]) {
    if let Some(&[low, high]) = record.get(6..8) {
        let kind = usize::from(u16::from_le_bytes([low, high])).min(KINDS - 1);
        counts[kind] += 1;
    }
}

const RUNDOWN_SLICE: usize = 256;
/// The probes wake this thread at most every 5 ms, so it must look by itself for longer than that
/// after a record before it may wait to be woken.
const BUSY: Duration = Duration::from_millis(20);
const GATHER: Duration = Duration::from_millis(3);
const LOSS_INTERVAL: Duration = Duration::from_millis(100);
