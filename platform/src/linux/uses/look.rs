//! Finds in a file the places where probes belong.
//!
//! Step: source. A file is only read here, in bounded time and memory; what comes of it does not
//! depend on who asks, so the thread that sets probes and the one that goes through a host's
//! folders share it.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::sync::atomic::Ordering;

use super::catalogue::{CATALOGUE, Place};
use super::files::{Found, head};
use super::{Counts, prologue};
use crate::elf::{self, ElfError, Machine};

/// A function of interest, and where its probe belongs.
#[derive(Debug)]
pub(super) struct Site {
    /// From the beginning of the file.
    pub(super) offset: u64,
    pub(super) place: Place,
}

/// Why nothing can be said of a file.
#[derive(Debug)]
pub(super) enum LookError {
    /// It cannot be opened any more.
    Gone,
    /// Its tables are not what they say.
    Unfit(ElfError),
}

/// The sites in a file; none where it is no program or library, or defines nothing of interest.
pub(super) fn look(found: &Found, counts: &Counts) -> Result<Vec<Site>, LookError> {
    let file = found.reading().map_err(|_| LookError::Gone)?;
    if !elf::is_candidate(head(&file, &mut [0; 64]), Machine::HERE) {
        return Ok(Vec::new());
    }
    counts.read.fetch_add(1, Ordering::Relaxed);
    let functions = elf::functions(&file, Machine::HERE, &mut |name| CATALOGUE.mentions(name));
    let places = match functions {
        Ok(functions) => CATALOGUE.places(&functions),
        Err(ElfError::Foreign) => Vec::new(),
        Err(error) => return Err(LookError::Unfit(error)),
    };
    let site = |place: Place| Site {
        offset: place.offset + cheapest(&file, &place),
        place,
    };
    Ok(places.into_iter().map(site).collect())
}

/// How far behind a function's beginning the probe belongs.
fn cheapest(file: &File, place: &Place) -> u64 {
    let mut code = [0; prologue::LOOKED_AT];
    let length = file.read_at(&mut code, place.offset).unwrap_or(0);
    prologue::cheapest(&code[..length], &place.entry)
}
