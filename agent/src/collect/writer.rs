//! The thread that writes: what waits together is written, committed and acknowledged together.
//!
//! Step: sink. Invariants: positions are committed after the items are on disk, and acknowledged
//! after that; an attempt that fails anywhere acknowledges nothing and is made again, so that a
//! full disk only makes agents wait. Failing and working again are each said once.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::findings::Findings;
use super::journal::Journal;
use super::nats::{Fleet, Publisher};
use super::positions::{Key, Positions};
use super::{Counters, Plan};
use crate::sink::Console;
use crate::wire::{Acknowledged, Lane};

/// What connections ask of the writer.
pub(super) enum Work {
    /// An agent came: what is known of it, after forgetting its epochs before `oldest`.
    Greet {
        agent: [u8; 16],
        oldest: u64,
        answer: oneshot::Sender<Vec<Acknowledged>>,
    },
    /// Items of a batch, as they are written.
    Batch(Batch),
}

/// A batch, checked and turned into what is written of it.
pub(super) struct Batch {
    pub(super) key: Key,
    pub(super) first: u64,
    /// What is written, back to back.
    pub(super) bytes: Vec<u8>,
    /// Where each item's part of it ends.
    pub(super) ends: Vec<u32>,
    /// Items that are reports of losses; they have no part.
    pub(super) losses: u64,
    /// The host's name.
    pub(super) host: Arc<[u8]>,
    /// The reports by their place among the items, as they are published.
    pub(super) reports: Vec<(usize, Vec<u8>)>,
    /// Keeps the bytes accounted for.
    pub(super) _permit: OwnedSemaphorePermit,
    pub(super) acknowledge: UnboundedSender<Acknowledged>,
}

impl Batch {
    /// The last item's sequence.
    fn last(&self) -> u64 {
        self.first + self.ends.len() as u64 - 1
    }

    /// Where the items from `sequence` on begin: their number and their first byte.
    fn from(&self, sequence: u64) -> (usize, usize) {
        let skipped = sequence.saturating_sub(self.first) as usize;
        let skipped = skipped.min(self.ends.len());
        let at = skipped
            .checked_sub(1)
            .map_or(0, |last| self.ends[last] as usize);
        (skipped, at)
    }
}

/// The writer's means.
pub(super) struct Writer {
    positions: Positions,
    findings: Findings,
    journal: Journal,
    publisher: Option<Publisher>,
    /// Names of files that are gone, to be forgotten with the next commit.
    gone: Vec<String>,
    console: Console,
    counters: Arc<Counters>,
    stopping: Arc<AtomicBool>,
    failing: bool,
    /// Closing files failed last time.
    unclosed: bool,
}

impl Writer {
    /// Opens everything below the output directory, and finishes what an earlier run left.
    pub(super) fn open(
        plan: &Plan,
        console: Console,
        counters: Arc<Counters>,
        stopping: Arc<AtomicBool>,
    ) -> anyhow::Result<Self> {
        std::fs::create_dir_all(&plan.out)?;
        let positions = Positions::open(&plan.out)?;
        let (findings, gone) = Findings::open(
            &plan.out,
            plan.rotate_bytes,
            plan.rotate_every,
            plan.compress,
            |name| positions.length(name),
        )?;
        let journal = Journal::open(&plan.out, plan.rotate_every, |name| positions.length(name))?;
        let start = |target| Publisher::start(target, console.clone(), Arc::clone(&counters));
        let publisher = plan.publish.as_ref().map(start).transpose()?;
        Ok(Self {
            positions,
            findings,
            journal,
            publisher,
            gone,
            console,
            counters,
            stopping,
            failing: false,
            unclosed: false,
        })
    }

    /// What keeps, and tells, what the fleet knows, where there is a fleet.
    pub(super) fn fleet(&self) -> Option<Fleet> {
        self.publisher.as_ref().map(Publisher::fleet)
    }

    /// Works until nobody can send any more, then finishes the files.
    pub(super) fn work(mut self, queue: &crossbeam_channel::Receiver<Work>) -> anyhow::Result<()> {
        loop {
            self.counters.turns.fetch_add(1, Ordering::Relaxed);
            let first = match queue.recv_timeout(GLANCE) {
                Ok(work) => Some(work),
                Err(crossbeam_channel::RecvTimeoutError::Timeout) => None,
                Err(crossbeam_channel::RecvTimeoutError::Disconnected) => break,
            };
            let mut batches = Vec::new();
            let mut bytes = 0;
            for work in first.into_iter().chain(queue.try_iter()) {
                match work {
                    Work::Greet {
                        agent,
                        oldest,
                        answer,
                    } => {
                        // A memory that cannot be tidied is larger than it must be, no more; but
                        // what it knows after a failure holds for the files too.
                        let tidied = self.positions.forget(agent, oldest);
                        if tidied.is_err() && self.positions.refresh().is_ok() {
                            self.refresh_lengths()?;
                        }
                        let _ = answer.send(self.positions.of(agent));
                    }
                    Work::Batch(batch) => {
                        bytes += batch.bytes.len();
                        batches.push(batch);
                    }
                }
                if bytes >= GROUP {
                    break;
                }
            }
            if !self.write_until_done(batches) {
                break;
            }
            self.rotate(false)?;
        }
        // A commit that failed may be on disk all the same, and files are closed at what is
        // committed.
        if self.positions.refresh()? {
            self.refresh_lengths()?;
        }
        self.rotate(true)?;
        if !self.gone.is_empty() {
            let gone = std::mem::take(&mut self.gone);
            self.positions.commit(&HashMap::new(), &[], &gone)?;
        }
        Ok(())
    }

    /// Writes a group, again and again until it is on disk; false when the stop came before.
    fn write_until_done(&mut self, batches: Vec<Batch>) -> bool {
        if batches.is_empty() {
            return true;
        }
        if let Some(publisher) = &mut self.publisher {
            publisher.begin();
        }
        loop {
            match self.write(&batches) {
                Ok(()) => {
                    if std::mem::take(&mut self.failing) {
                        self.console.say("writing and acknowledging again");
                    }
                    self.counters.failing.store(0, Ordering::Relaxed);
                    let acknowledged = &self.counters.acknowledged;
                    acknowledged.fetch_add(batches.len() as u64, Ordering::Relaxed);
                    for batch in batches {
                        let (_, epoch, lane) = batch.key;
                        let through = batch.last();
                        // The agent may be gone; it is told when it comes back.
                        let _ = batch.acknowledge.send(Acknowledged {
                            epoch,
                            lane,
                            through,
                        });
                    }
                    return true;
                }
                Err(error) => {
                    self.counters.failing.store(1, Ordering::Relaxed);
                    self.counters.write_failures.fetch_add(1, Ordering::Relaxed);
                    if !std::mem::replace(&mut self.failing, true) {
                        self.console.say(&format!(
                            "nothing is acknowledged until it can be written: {error:#}"
                        ));
                    }
                    let until = Instant::now() + RETRY;
                    while Instant::now() < until {
                        if self.stopping.load(Ordering::Relaxed) {
                            return false;
                        }
                        // It lives: a full disk is waited for, and no reason to start anew.
                        self.counters.turns.fetch_add(1, Ordering::Relaxed);
                        std::thread::park_timeout(GLANCE);
                    }
                }
            }
        }
    }

    /// One attempt: publish, append, sync, commit.
    fn write(&mut self, batches: &[Batch]) -> anyhow::Result<()> {
        if self.positions.refresh()? {
            self.refresh_lengths()?;
        }
        let mut positions: HashMap<Key, u64> = HashMap::new();
        let mut lines = Vec::new();
        let mut entries = Vec::new();
        let mut fresh = Vec::new();
        let mut tally = Tally::default();
        for (index, batch) in batches.iter().enumerate() {
            let known = positions.get(&batch.key).copied();
            let known = known.or_else(|| self.positions.through(&batch.key));
            let wanted = known.map_or(0, |known| known + 1);
            tally.missing += batch.first.saturating_sub(wanted);
            let (skipped, at) = batch.from(wanted);
            tally.repeated += skipped as u64;
            let new = (batch.ends.len() - skipped) as u64;
            if new == 0 {
                continue;
            }
            match batch.key.2 {
                Lane::Findings => {
                    lines.extend_from_slice(&batch.bytes[at..]);
                    // A repeat begins at a group's border, so its losses are all in or all out.
                    let losses = if skipped == 0 { batch.losses } else { 0 };
                    tally.losses += losses;
                    tally.findings += new.saturating_sub(losses);
                }
                Lane::Telemetry => {
                    entries.extend_from_slice(&batch.bytes[at..]);
                    tally.records += new;
                }
            }
            fresh.push((index, skipped));
            positions.insert(batch.key, batch.last());
        }
        if let Some(publisher) = &mut self.publisher {
            publisher.publish(batches, &fresh)?;
        }
        let mut lengths = Vec::new();
        let findings = append(&lines, &mut lengths, |bytes| self.findings.append(bytes))?;
        let records = append(&entries, &mut lengths, |bytes| self.journal.append(bytes))?;
        if positions.is_empty() {
            self.count(&tally);
            return Ok(());
        }
        self.positions.commit(&positions, &lengths, &self.gone)?;
        self.gone.clear();
        if let Some(length) = findings {
            self.findings.committed(length);
        }
        if let Some(length) = records {
            self.journal.committed(length);
        }
        tally.finding_bytes = lines.len() as u64;
        tally.record_bytes = entries.len() as u64;
        self.count(&tally);
        Ok(())
    }

    /// Takes over the lengths that the database has after a failure.
    fn refresh_lengths(&mut self) -> anyhow::Result<()> {
        if let Some(name) = self.findings.name() {
            let length = self.positions.length(&name)?;
            self.findings.committed(length.unwrap_or(0));
        }
        if let Some(name) = self.journal.name() {
            let length = self.positions.length(&name)?;
            self.journal.committed(length.unwrap_or(0));
        }
        Ok(())
    }

    fn count(&self, tally: &Tally) {
        let counters = &self.counters;
        for (counter, number) in [
            (&counters.findings, tally.findings),
            (&counters.records, tally.records),
            (&counters.losses, tally.losses),
            (&counters.repeated, tally.repeated),
            (&counters.missing, tally.missing),
            (&counters.finding_bytes, tally.finding_bytes),
            (&counters.record_bytes, tally.record_bytes),
        ] {
            counter.fetch_add(number, Ordering::Relaxed);
        }
        let positions = self.positions.number() as u64;
        counters.positions.store(positions, Ordering::Relaxed);
    }

    /// Closes what is due. A failure is said; the files stay and are closed at the next occasion.
    fn rotate(&mut self, now: bool) -> anyhow::Result<()> {
        match self.close(now) {
            Ok(closed) => {
                if closed && std::mem::take(&mut self.unclosed) {
                    self.console.say("closing files again");
                }
                Ok(())
            }
            Err(error) if now => Err(error),
            Err(error) => {
                self.counters.close_failures.fetch_add(1, Ordering::Relaxed);
                if !std::mem::replace(&mut self.unclosed, true) {
                    self.console.say(&format!("closing files: {error:#}"));
                }
                Ok(())
            }
        }
    }

    /// Closes what is due, all of it when `now`; gives whether anything was.
    fn close(&mut self, now: bool) -> anyhow::Result<bool> {
        let journals = self.journal.waiting() as u64;
        self.counters.journals.store(journals, Ordering::Relaxed);
        let findings = self.findings.rotate(now)?;
        let mut closed = findings.is_some();
        self.gone.extend(findings);
        while let Some(journal) = self.journal.rotate(now)? {
            if let Some(damage) = journal.damage {
                self.console.say(&damage);
            }
            self.gone.push(journal.name);
            self.counters.tabled.fetch_add(1, Ordering::Relaxed);
            closed = true;
            if !now {
                break;
            }
        }
        Ok(closed)
    }
}

#[derive(Default)]
struct Tally {
    findings: u64,
    records: u64,
    losses: u64,
    repeated: u64,
    missing: u64,
    finding_bytes: u64,
    record_bytes: u64,
}

/// Appends what there is, and notes the file with its new length.
fn append(
    bytes: &[u8],
    lengths: &mut Vec<(String, u64)>,
    append: impl FnOnce(&[u8]) -> std::io::Result<(String, u64)>,
) -> std::io::Result<Option<u64>> {
    if bytes.is_empty() {
        return Ok(None);
    }
    let (name, length) = append(bytes)?;
    lengths.push((name, length));
    Ok(Some(length))
}

/// Bytes that are written together at most.
const GROUP: usize = 16 << 20;

/// Longest wait for work, after which files may be due.
const GLANCE: Duration = Duration::from_millis(100);

/// Time between two attempts to write.
const RETRY: Duration = Duration::from_millis(500);
