//! Keeps the bucket: adds sightings by compare-and-set, and answers questions.
//!
//! Step: sink. Invariants: one operation at a time, each bounded in time; what was read lately is
//! not read again; a failure is said once and makes knowledge older, nothing else.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Context as _, bail};
use async_nats::jetstream::Context;
use async_nats::jetstream::context::KeyValueErrorKind;
use async_nats::jetstream::kv::{CreateErrorKind, Operation, Store, UpdateErrorKind};
use async_nats::jetstream::stream::{Config, DiscardPolicy, StorageType};
use sha2::{Digest as _, Sha256};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::sketch::{Sketch, WINDOW};
use super::{Request, Settings};
use crate::collect::Counters;
use crate::sink::Console;
use crate::spool::random;
use crate::wire::{Answer, Known};

pub(super) struct Keeper {
    settings: Settings,
    connected: watch::Receiver<Option<Context>>,
    bucket: Option<Bucket>,
    cache: HashMap<String, Cached>,
    /// Patterns that each host showed today.
    shown: (u16, HashMap<[u8; 16], u32>),
    console: Console,
    counters: Arc<Counters>,
    failing: bool,
    /// Not before this is anything tried after a failure.
    rest: Option<Instant>,
}

struct Bucket {
    store: Store,
    salt: Vec<u8>,
    since: u16,
    /// The day on which it was opened; it is opened anew each day.
    day: u16,
}

struct Cached {
    sketch: Sketch,
    revision: u64,
    at: Instant,
}

impl Keeper {
    pub(super) fn new(
        settings: Settings,
        connected: watch::Receiver<Option<Context>>,
        console: Console,
        counters: Arc<Counters>,
    ) -> Self {
        Self {
            settings,
            connected,
            bucket: None,
            cache: HashMap::new(),
            shown: (0, HashMap::new()),
            console,
            counters,
            failing: false,
            rest: None,
        }
    }

    pub(super) async fn work(mut self, mut requested: mpsc::Receiver<Request>) {
        while let Some(request) = requested.recv().await {
            if self.rest.is_some_and(|rest| Instant::now() < rest) {
                let dropped = &self.counters.prevalence_dropped;
                dropped.fetch_add(1, Ordering::Relaxed);
                continue;
            }
            match self.serve(request).await {
                Ok(()) => {
                    self.rest = None;
                    if std::mem::take(&mut self.failing) {
                        self.console.say("NATS: what the fleet knows is kept again");
                    }
                }
                Err(error) => {
                    let dropped = &self.counters.prevalence_dropped;
                    dropped.fetch_add(1, Ordering::Relaxed);
                    self.bucket = None;
                    self.cache.clear();
                    self.rest = Some(Instant::now() + RESTING);
                    if !std::mem::replace(&mut self.failing, true) {
                        self.console.say(&format!(
                            "NATS: agents learn nothing new of the fleet for now: {error:#}"
                        ));
                    }
                }
            }
        }
    }

    async fn serve(&mut self, request: Request) -> anyhow::Result<()> {
        if self.connected.has_changed().unwrap_or(false) {
            self.bucket = None;
            self.cache.clear();
        }
        // Without a connection, of which publishing says why, requests wait in their queue.
        let connected = self.connected.wait_for(Option::is_some).await;
        let connected = connected.context("publishing has ended")?.clone();
        let jetstream = connected.context("it was waited for")?;
        let today = today();
        if self.bucket.as_ref().is_none_or(|open| open.day != today) {
            self.bucket = Some(open(&jetstream, self.settings.replicas).await?);
        }
        match request {
            Request::Present(agent) => self.see(FLEET.to_owned(), agent, today, HOSTS).await,
            Request::Seen(agent, pattern) => {
                if !self.has_room(agent, today) {
                    return Ok(());
                }
                self.see(FLEET.to_owned(), agent, today, HOSTS).await?;
                self.see(key(&pattern), agent, today, SAMPLE).await
            }
            Request::Asked(agent, patterns, answer) => {
                let known = self.known(agent, &patterns, today).await?;
                // It may be gone.
                let _ = answer.send(known);
                Ok(())
            }
        }
    }

    /// Whether a host may show one more pattern today.
    fn has_room(&mut self, agent: [u8; 16], today: u16) -> bool {
        if self.shown.0 != today {
            self.shown = (today, HashMap::new());
        }
        if self.shown.1.len() >= MOST_HOSTS && !self.shown.1.contains_key(&agent) {
            return false;
        }
        let shown = self.shown.1.entry(agent).or_default();
        *shown += 1;
        *shown <= MOST_SHOWN
    }

    /// Adds a host to a sketch, unless that is known.
    async fn see(
        &mut self,
        key: String,
        agent: [u8; 16],
        today: u16,
        most: usize,
    ) -> anyhow::Result<()> {
        for attempt in 0..ATTEMPTS {
            let bucket = self.bucket.as_ref().context("it was just opened")?;
            let hash = hash(&bucket.salt, agent);
            let store = bucket.store.clone();
            let fresh = attempt > 0;
            let cached = self.read(&key, fresh).await?;
            if !cached.sketch.wants(hash, today, most) {
                return Ok(());
            }
            let mut sketch = cached.sketch.clone();
            let revision = cached.revision;
            sketch.see(hash, today, most);
            match store.update(&key, sketch.encode().into(), revision).await {
                Ok(revision) => {
                    let at = Instant::now();
                    let cached = Cached {
                        sketch,
                        revision,
                        at,
                    };
                    self.cache.insert(key, cached);
                    self.counters
                        .prevalence_written
                        .fetch_add(1, Ordering::Relaxed);
                    return Ok(());
                }
                // Another collector was faster; what it wrote is read, and this is added to it.
                Err(error) if error.kind() == UpdateErrorKind::WrongLastRevision => {}
                Err(error) => return Err(error).with_context(|| format!("writing {key}")),
            }
        }
        // So many write at once that this sighting waits for the host's next finding.
        self.counters
            .prevalence_dropped
            .fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// The sketch of a key, as it was read lately or is now.
    async fn read(&mut self, key: &str, fresh: bool) -> anyhow::Result<&Cached> {
        let known = self.cache.get(key);
        if fresh || known.is_none_or(|known| known.at.elapsed() > LATELY) {
            let bucket = self.bucket.as_ref().context("it was just opened")?;
            let entry = bucket.store.entry(key).await;
            let entry = entry.with_context(|| format!("reading {key}"))?;
            let (sketch, revision) = entry.map_or((Sketch::default(), 0), |entry| {
                let held = match entry.operation {
                    Operation::Put => Sketch::decode(&entry.value),
                    Operation::Delete | Operation::Purge => None,
                };
                (held.unwrap_or_default(), entry.revision)
            });
            if self.cache.len() >= CACHED {
                self.cache.retain(|_, cached| cached.at.elapsed() <= LATELY);
            }
            if self.cache.len() >= CACHED {
                self.cache.clear();
            }
            let at = Instant::now();
            let cached = Cached {
                sketch,
                revision,
                at,
            };
            self.cache.insert(key.to_owned(), cached);
        }
        self.cache.get(key).context("it was just read")
    }

    async fn known(
        &mut self,
        agent: [u8; 16],
        patterns: &[[u8; 16]],
        today: u16,
    ) -> anyhow::Result<Known> {
        let bucket = self.bucket.as_ref().context("it was just opened")?;
        let own = hash(&bucket.salt, agent);
        let days = today.saturating_sub(bucket.since) + 1;
        let fleet = self.read(FLEET, false).await?;
        let others = fleet.sketch.count(today, own, 0, HOSTS);
        let others = others.settled + others.lately;
        let after = self.settings.after;
        let mut answers = Vec::with_capacity(patterns.len());
        for pattern in patterns {
            let sketch = &self.read(&key(pattern), false).await?.sketch;
            let counted = sketch.count(today, own, after, SAMPLE);
            // Two estimates may disagree.
            let settled = counted.settled.min(others);
            answers.push(Answer {
                pattern: *pattern,
                others: settled,
                lately: counted.lately.min(others - settled),
            });
        }
        Ok(Known {
            hosts: others + 1,
            days: days.min(WINDOW).into(),
            answers,
        })
    }
}

/// Finds or makes the bucket, and the salt and first day in it.
async fn open(jetstream: &Context, replicas: usize) -> anyhow::Result<Bucket> {
    let store = match jetstream.get_key_value(BUCKET).await {
        Ok(store) => store,
        Err(error) if error.kind() == KeyValueErrorKind::GetBucket => {
            let missing = || format!("bucket {BUCKET} is missing and cannot be made");
            let made = jetstream.create_stream(layout(replicas)).await;
            made.with_context(missing)?;
            let made = jetstream.get_key_value(BUCKET).await;
            made.with_context(missing)?
        }
        Err(error) => return Err(error).with_context(|| format!("bucket {BUCKET}")),
    };
    loop {
        if let Some(held) = store.get(META).await.context("reading the salt")? {
            let (salt, since) = held.split_last_chunk::<2>().context("no salt in `meta`")?;
            if salt.len() != SALT {
                bail!("`meta` in bucket {BUCKET} is not what Packhound writes there");
            }
            let (salt, since) = (salt.to_vec(), u16::from_le_bytes(*since));
            // The bucket forgets what nobody writes.
            let kept = store.put(META, held).await;
            kept.context("keeping the salt")?;
            return Ok(Bucket {
                store,
                salt,
                since,
                day: today(),
            });
        }
        let mut made = Vec::with_capacity(SALT + 2);
        for _ in 0..SALT / 8 {
            made.extend_from_slice(&random().to_le_bytes());
        }
        made.extend_from_slice(&today().to_le_bytes());
        match store.create(META, made.into()).await {
            Ok(_) => {}
            // Another collector was faster.
            Err(error) if error.kind() == CreateErrorKind::AlreadyExists => {}
            Err(error) => return Err(error).context("writing the salt"),
        }
    }
}

/// The stream below the bucket. The client's own way of making one asks for the account first, and
/// async-nats 0.51 cannot read the answer of nats-server 2.9, which Debian 12 has.
fn layout(replicas: usize) -> Config {
    Config {
        name: format!("KV_{BUCKET}"),
        description: Some("Packhound: on how many hosts packings were seen".to_owned()),
        subjects: vec![format!("$KV.{BUCKET}.>")],
        max_messages_per_subject: 1,
        max_messages: -1,
        max_consumers: -1,
        max_bytes: 64 << 20,
        max_age: Duration::from_hours(24) * u32::from(WINDOW + 1),
        duplicate_window: Duration::from_mins(2),
        discard: DiscardPolicy::New,
        storage: StorageType::File,
        num_replicas: replicas,
        allow_rollup: true,
        deny_delete: true,
        allow_direct: true,
        ..Config::default()
    }
}

/// A host as the bucket knows it.
fn hash(salt: &[u8], agent: [u8; 16]) -> u64 {
    let digest = Sha256::new()
        .chain_update(salt)
        .chain_update(agent)
        .finalize();
    digest
        .first_chunk::<8>()
        .map_or(0, |first| u64::from_le_bytes(*first))
}

fn key(pattern: &[u8; 16]) -> String {
    format!("p.{:032x}", u128::from_be_bytes(*pattern))
}

fn today() -> u16 {
    let days = crate::spool::now() / 86_400_000_000_000;
    u16::try_from(days).unwrap_or(u16::MAX)
}

/// The bucket's name.
const BUCKET: &str = "packhound-prevalence";

/// The key of salt and first day.
const META: &str = "meta";

/// The key of all hosts.
const FLEET: &str = "fleet";

/// Bytes of the salt.
const SALT: usize = 16;

/// Hosts in a pattern's sketch.
const SAMPLE: usize = 256;

/// Hosts in the fleet's sketch.
const HOSTS: usize = 1024;

/// Patterns of a host that are counted on one day.
const MOST_SHOWN: u32 = 200;

/// Hosts whose patterns are counted on one day, by one collector.
const MOST_HOSTS: usize = 65_536;

/// Sketches that are remembered.
const CACHED: usize = 2048;

/// For so long.
const LATELY: Duration = Duration::from_secs(10);

/// Attempts to add one sighting while others write.
const ATTEMPTS: usize = 16;

/// Time after a failure in which nothing is tried.
const RESTING: Duration = Duration::from_secs(5);
