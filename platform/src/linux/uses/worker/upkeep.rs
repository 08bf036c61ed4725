//! What becomes of probes once they are set: they rest, come back and are taken away.
//!
//! Step: source. A probe stays only where the file is still what was looked at, somebody may still
//! run it, and its calls are no burden.

use std::fs::File;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::super::files::{Identity, State, handle_path, mapped};
use super::super::pace::Step;
use super::super::rest::Rest;
use super::{Worker, add};

impl Worker {
    /// Takes the probes off a file that nobody has mapped.
    pub(super) fn make_room(&mut self) -> bool {
        let mapped = mapped();
        let unused = self
            .known
            .iter()
            .find(|(identity, known)| known.probes.is_some() && !mapped.contains(&identity.inode));
        let Some(identity) = unused.map(|(identity, _)| *identity) else {
            return false;
        };
        self.forget(identity);
        true
    }

    /// Lets probes rest that are met too often, and sets those again that have rested.
    pub(super) fn keep_pace(&mut self, elapsed: Duration) {
        let counts = &self.shared.counts;
        for known in self.known.values_mut() {
            let Some(probes) = &mut known.probes else {
                continue;
            };
            let calls = self.tables.calls(&probes.slot);
            match probes.pace.look(calls, elapsed) {
                Step::Stay => {}
                Step::Rest(lasts) => {
                    probes.links.clear();
                    add(&counts.rested, 1);
                    let rests = self.shared.rests.lock();
                    rests.unwrap_or_else(PoisonError::into_inner).push(Rest {
                        library: probes.library.clone(),
                        lasts,
                    });
                }
                Step::Resume => {
                    let file = File::open(handle_path(&probes.handle));
                    let set = file.and_then(|file| self.setter.set(&file, &probes.points));
                    match set {
                        Ok(links) => probes.links = links,
                        Err(_) => add(&counts.failed, 1),
                    }
                }
            }
        }
    }

    /// Takes probes away where they have no place any more.
    pub(super) fn sweep(&mut self) {
        use std::os::unix::fs::MetadataExt as _;
        let mut changed = Vec::new();
        let mut idle = Vec::new();
        for (identity, known) in &mut self.known {
            let Some(probes) = &mut known.probes else {
                continue;
            };
            let Ok(metadata) = probes.handle.metadata() else {
                changed.push(*identity);
                continue;
            };
            if State::of(&metadata) != known.state {
                changed.push(*identity);
            } else if metadata.nlink() == 0 || !self.system.contains(&identity.device) {
                idle.push((*identity, metadata.nlink() == 0));
            }
        }
        for identity in changed {
            self.forget(identity);
        }
        if idle.is_empty() {
            return;
        }
        let mapped = mapped();
        for (identity, is_nameless) in idle {
            let probes = self.known.get_mut(&identity);
            let Some(probes) = probes.and_then(|known| known.probes.as_mut()) else {
                continue;
            };
            probes.idle += 1;
            if mapped.contains(&identity.inode) {
                probes.idle = 0;
            }
            if probes.idle >= if is_nameless { 1 } else { IDLE_SWEEPS } {
                self.forget(identity);
            }
        }
    }

    /// Forgets a file, with its probes.
    pub(super) fn forget(&mut self, identity: Identity) {
        let probes = self.known.remove(&identity).and_then(|known| known.probes);
        if let Some(probes) = probes {
            drop(probes.links);
            self.tables.release(probes.slot);
            let counts = self.counts();
            add(&counts.detached, 1);
            counts.attached.fetch_sub(1, Ordering::Relaxed);
            counts
                .functions
                .fetch_sub(probes.points.len() as u64, Ordering::Relaxed);
        }
    }
}

/// Sweeps after which an unused file on another file system loses its probes.
const IDLE_SWEEPS: u32 = 2;
