//! The client of `EndpointSecurity`: what it listens to, and the callback.
//!
//! Step: probe. The system hands one message after the other to the callback, which fills ours from
//! it, asks the filter, and copies it into the ring. Invariants: the callback waits for nothing and
//! nobody; a message that it cannot copy is counted as lost; what fails in it ends there. A message
//! is retained for as long as the callback has it and released when it is dropped, by its own type.

use std::ffi::OsStr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, TryLockError};

use endpoint_sec::sys::{NewClientError, es_event_type_t, es_mute_path_type_t};
use endpoint_sec::{AuditToken, Client as System, Message as NativeMessage};

use super::{filling, system};
use crate::byte_ring::{Consumer, Producer, byte_ring};
use crate::endpoint::plan::{self, Muted, SUBSCRIPTIONS, Side, Subscription};
use crate::endpoint::trouble::Refusal;
use crate::endpoint::{Filter, copied};
use crate::source::SourceError;
use crate::survey::{Hook, HookState};

/// The client, with the end of the ring that its messages come out of.
pub(super) struct Client {
    system: Option<System<'static>>,
    pub(super) ring: Consumer,
    counts: Arc<Counts>,
    pub(super) hooks: Vec<Hook>,
    pub(super) notes: Vec<String>,
}

/// Counters of the callback.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// Messages that the system handed over.
    pub(super) messages: AtomicU64,
    /// Of these, that tell nothing of interest.
    pub(super) passed_over: AtomicU64,
    /// Calls that failed, which is a mistake of ours.
    pub(super) failed: AtomicU64,
}

/// What the callback works with.
struct Copier {
    producer: Producer,
    filter: Filter,
    copy: Vec<u8>,
    arguments: Vec<u8>,
}

impl Client {
    /// Makes the client, and listens.
    pub(super) fn start(ring_bytes: usize) -> Result<Self, SourceError> {
        if let Some((major, minor, patch)) = version() {
            endpoint_sec::version::set_runtime_version(major, minor, patch);
        }
        let (producer, ring) = byte_ring(ring_bytes);
        let counts = Arc::new(Counts::default());
        let mut system = System::new(callback(producer, Arc::clone(&counts)))
            .map_err(|error| refusal(error).error())?;
        let mut notes = Vec::new();
        let own = std::process::id().cast_signed();
        let muted = AuditToken::from_pid(own).map(|own| system.mute_process(&own).is_ok());
        if muted != Ok(true) {
            notes.push("this program hears its own doings: it could not be muted".to_owned());
        }
        let kept = plan::muted().filter(|muted| !mute(&mut system, muted));
        let kept: Vec<&str> = kept.map(|muted| muted.path).collect();
        if !kept.is_empty() {
            notes.push(format!("not muted, which costs time: {}", kept.join(", ")));
        }
        // The essential ones first, so that no process is missed for the sake of a file.
        let hooks = SUBSCRIPTIONS
            .iter()
            .map(|wanted| subscribe(&mut system, wanted));
        let hooks: Vec<Hook> = hooks.collect();
        let missing = hooks
            .iter()
            .find(|hook| hook.essential && hook.state != HookState::Attached);
        if let Some(missing) = missing {
            return Err(SourceError::Unsupported(format!(
                "the system does not tell of {} ({}): macOS 13 is the oldest that does",
                missing.sees, missing.name
            )));
        }
        Ok(Self {
            system: Some(system),
            ring,
            counts,
            hooks,
            notes,
        })
    }

    /// The callback's counters.
    pub(super) fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Listens no more. What was copied before can still be taken.
    pub(super) fn stop(&mut self) -> Result<(), SourceError> {
        let Some(mut system) = self.system.take() else {
            return Ok(());
        };
        let unsubscribed = system.unsubscribe_all().is_ok();
        let deleted = system.delete().is_ok();
        if unsubscribed || deleted {
            return Ok(());
        }
        Err(SourceError::Unsupported(
            "the client of EndpointSecurity could not be ended: it ends with this program"
                .to_owned(),
        ))
    }
}

/// What the system calls, one message at a time.
fn callback(
    producer: Producer,
    counts: Arc<Counts>,
) -> impl Fn(&mut System<'_>, NativeMessage) + std::panic::RefUnwindSafe + 'static {
    let copier = Mutex::new(Copier {
        producer,
        filter: Filter::default(),
        copy: Vec::with_capacity(copied::MOST_BYTES),
        arguments: Vec::with_capacity(copied::LONGEST_ARGUMENTS),
    });
    move |_, native| {
        counts.messages.fetch_add(1, Ordering::Relaxed);
        let handled = catch_unwind(AssertUnwindSafe(|| {
            let mut copier = match copier.try_lock() {
                Ok(copier) => copier,
                Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
                // The system does not call twice at a time; if it did, this would not wait.
                Err(TryLockError::WouldBlock) => return false,
            };
            if !copier.take(&native) {
                counts.passed_over.fetch_add(1, Ordering::Relaxed);
            }
            true
        }));
        if !matches!(handled, Ok(true)) {
            counts.failed.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Copier {
    /// Copies a message, if it is wanted; says whether it is.
    fn take(&mut self, native: &NativeMessage) -> bool {
        let message = filling::message(native, &mut self.arguments);
        let Some(passed) = self.filter.pass(&message) else {
            return false;
        };
        self.copy.clear();
        copied::write(&passed, &mut self.copy);
        if !self.producer.put(&self.copy) {
            // The ring counts it.
            self.filter.leave_out(&message);
        }
        true
    }
}

fn subscribe(system: &mut System<'_>, wanted: &Subscription) -> Hook {
    let outcome = system.subscribe(&[es_event_type_t(wanted.number)]);
    Hook {
        name: wanted.name.to_owned(),
        sees: wanted.sees,
        essential: wanted.essential,
        state: match outcome {
            Ok(()) => HookState::Attached,
            Err(error) => HookState::Failed(format!("the system refuses: {error:?}")),
        },
    }
}

/// Mutes; says whether that was possible.
fn mute(system: &mut System<'_>, muted: &Muted) -> bool {
    let kind = match muted.side {
        Side::Doer => es_mute_path_type_t::ES_MUTE_PATH_TYPE_PREFIX,
        Side::Target => es_mute_path_type_t::ES_MUTE_PATH_TYPE_TARGET_PREFIX,
    };
    let events: Vec<_> = muted
        .events
        .iter()
        .map(|number| es_event_type_t(*number))
        .collect();
    system
        .mute_path_events(OsStr::new(muted.path), kind, &events)
        .is_ok()
}

fn refusal(error: NewClientError) -> Refusal {
    match error {
        NewClientError::InvalidArgument => Refusal::InvalidArgument,
        NewClientError::Internal => Refusal::Internal,
        NewClientError::NotEntitled => Refusal::NotEntitled,
        NewClientError::NotPermitted => Refusal::NotPermitted,
        NewClientError::NotPrivileged => Refusal::NotPrivileged,
        NewClientError::TooManyClients => Refusal::TooManyClients,
        _ => Refusal::Other(u32::MAX),
    }
}

/// The version of macOS.
fn version() -> Option<(u64, u64, u64)> {
    let text = system::text(c"kern.osproductversion")?;
    let mut parts = text.split('.').map(|part| part.parse().unwrap_or(0));
    let major = parts.next().filter(|major| *major >= 11)?;
    Some((major, parts.next().unwrap_or(0), parts.next().unwrap_or(0)))
}
