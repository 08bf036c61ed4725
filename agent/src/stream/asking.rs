//! Questions to the fleet on their way to the collector, and its answers on their way back.
//!
//! Step: sink. Invariants: questions are bounded, and the oldest go first, for they are asked again
//! some day; one `Ask` at a time is on its way; what a broken connection swallowed is asked again.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crossbeam_channel::{Receiver, Sender, bounded};

use super::Shared;
use crate::wire::{Known, MAX_PATTERNS};

/// Questions that wait.
#[derive(Debug)]
pub(super) struct Asking {
    questions: Mutex<Questions>,
    answers: Sender<Known>,
    /// Questions and answers that found no room.
    dropped: AtomicU64,
}

#[derive(Debug, Default)]
struct Questions {
    waiting: VecDeque<[u8; 16]>,
    on_their_way: Vec<[u8; 16]>,
}

/// The end that questions go into.
#[derive(Clone)]
pub(crate) struct AskFeed(pub(super) Arc<Shared>);

impl AskFeed {
    /// Asks as soon as there is a collector that can be asked.
    pub(crate) fn ask(&self, pattern: [u8; 16]) {
        self.0.asking.put(pattern);
        self.0.wake.notify_one();
    }
}

impl Asking {
    pub(super) fn new() -> (Self, Receiver<Known>) {
        let (answers, answered) = bounded(ANSWERS);
        let asking = Self {
            questions: Mutex::default(),
            answers,
            dropped: AtomicU64::new(0),
        };
        (asking, answered)
    }

    fn questions(&self) -> MutexGuard<'_, Questions> {
        let locked = self.questions.lock();
        locked.unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, pattern: [u8; 16]) {
        let mut questions = self.questions();
        if questions.waiting.len() >= QUESTIONS {
            questions.waiting.pop_front();
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
        questions.waiting.push_back(pattern);
    }

    /// The next question to send, if none is on its way.
    pub(super) fn next(&self) -> Option<Vec<[u8; 16]>> {
        let mut questions = self.questions();
        if questions.waiting.is_empty() || !questions.on_their_way.is_empty() {
            return None;
        }
        let number = questions.waiting.len().min(MAX_PATTERNS);
        questions.on_their_way = questions.waiting.drain(..number).collect();
        Some(questions.on_their_way.clone())
    }

    /// A connection begins: what was on its way on the last one is asked again.
    pub(super) fn rewind(&self) {
        let mut questions = self.questions();
        let again = std::mem::take(&mut questions.on_their_way);
        for pattern in again.into_iter().rev() {
            questions.waiting.push_front(pattern);
        }
    }

    /// Takes an answer; false when nothing was asked.
    pub(super) fn answered(&self, known: Known) -> bool {
        let asked = std::mem::take(&mut self.questions().on_their_way);
        if !asked.is_empty() && self.answers.try_send(known).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
        !asked.is_empty()
    }

    /// Questions and answers that found no room.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

/// Questions that wait at most.
const QUESTIONS: usize = 256;

/// Answers that wait at most.
const ANSWERS: usize = 16;
