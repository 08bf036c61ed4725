//! A ring of bytes between one thread that must never wait and one that may.
//!
//! Step: ring. For systems whose kernel calls back: the callback puts a frame in and leaves, the
//! source takes frames out. Invariants: it never holds more than its bound; what finds no room is
//! dropped, the newest first, and counted; frames come out whole and in their order; putting one in
//! neither waits nor allocates. The storage is words of atomics and the two ends are values, so
//! there is no unsafe code: a mistake here would be a wrong frame, never a wrong read of memory.
//!
//! A frame is a word with its length in bytes and then its bytes, padded to whole words.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering, fence};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

/// A ring of at least so many bytes, as its two ends.
#[must_use]
pub fn byte_ring(bytes: usize) -> (Producer, Consumer) {
    let words = (bytes.max(LEAST) / WORD).next_power_of_two();
    let shared = Arc::new(Shared {
        words: (0..words).map(|_| AtomicU64::new(0)).collect(),
        written: Apart::default(),
        read: Apart::default(),
        asleep: AtomicBool::new(false),
        closed: AtomicBool::new(false),
        dropped: AtomicU64::new(0),
        put: AtomicU64::new(0),
    });
    let (bell, heard) = sync_channel(1);
    let producer = Producer {
        shared: Arc::clone(&shared),
        written: 0,
        read: 0,
        bell,
    };
    let consumer = Consumer {
        shared,
        read: 0,
        heard,
        frame: Vec::new(),
    };
    (producer, consumer)
}

#[derive(Debug)]
struct Shared {
    words: Box<[AtomicU64]>,
    /// Words that were written, ever; those below it belong to the consumer.
    written: Apart,
    /// Words that were read, ever; those below it belong to the producer again.
    read: Apart,
    /// The consumer is about to wait.
    asleep: AtomicBool,
    /// The producer is gone.
    closed: AtomicBool,
    dropped: AtomicU64,
    put: AtomicU64,
}

/// A counter on a cache line of its own, since each end writes one and reads the other.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Apart(AtomicU64);

impl Shared {
    fn word(&self, at: u64) -> &AtomicU64 {
        // The number of words is a power of two.
        &self.words[at as usize & (self.words.len() - 1)]
    }

    fn size(&self) -> u64 {
        self.words.len() as u64
    }
}

/// The end that frames are put in at.
#[derive(Debug)]
pub struct Producer {
    shared: Arc<Shared>,
    written: u64,
    /// Up to where the consumer had come when that was last looked at.
    read: u64,
    bell: SyncSender<()>,
}

impl Producer {
    /// Puts a frame in; says whether there was room.
    pub fn put(&mut self, frame: &[u8]) -> bool {
        let shared = &*self.shared;
        let words = 1 + frame.len().div_ceil(WORD) as u64;
        if self.written + words - self.read > shared.size() {
            self.read = shared.read.0.load(Ordering::Acquire);
            if self.written + words - self.read > shared.size() {
                shared.dropped.fetch_add(1, Ordering::Relaxed);
                return false;
            }
        }
        let mut at = self.written;
        let mut push = |word: u64| {
            shared.word(at).store(word, Ordering::Relaxed);
            at += 1;
        };
        push(frame.len() as u64);
        let (whole, rest) = frame.as_chunks::<WORD>();
        for chunk in whole {
            push(u64::from_le_bytes(*chunk));
        }
        if !rest.is_empty() {
            let mut chunk = [0; WORD];
            chunk[..rest.len()].copy_from_slice(rest);
            push(u64::from_le_bytes(chunk));
        }
        self.written = at;
        shared.put.fetch_add(1, Ordering::Relaxed);
        shared.written.0.store(at, Ordering::Release);
        // Either this sees the sleeper, or the sleeper sees the frame.
        fence(Ordering::SeqCst);
        if shared.asleep.load(Ordering::Relaxed) && shared.asleep.swap(false, Ordering::Relaxed) {
            self.ring();
        }
        true
    }

    /// A frame is lost before it could be put in: counts it with those that found no room.
    pub fn lose(&self) {
        self.shared.dropped.fetch_add(1, Ordering::Relaxed);
    }

    fn ring(&self) {
        // A bell that was rung already is as good.
        let _ = self.bell.try_send(());
    }
}

impl Drop for Producer {
    fn drop(&mut self) {
        self.shared.closed.store(true, Ordering::Release);
        self.ring();
    }
}

/// The end that frames are taken out at.
#[derive(Debug)]
pub struct Consumer {
    shared: Arc<Shared>,
    read: u64,
    heard: Receiver<()>,
    frame: Vec<u8>,
}

impl Consumer {
    /// The next frame, if there is one.
    pub fn take(&mut self) -> Option<&[u8]> {
        let written = self.shared.written.0.load(Ordering::Acquire);
        if written == self.read {
            return None;
        }
        let length = self.shared.word(self.read).load(Ordering::Relaxed) as usize;
        let words = length.div_ceil(WORD) as u64;
        self.frame.clear();
        for at in 1..=words {
            let word = self.shared.word(self.read + at).load(Ordering::Relaxed);
            self.frame.extend_from_slice(&word.to_le_bytes());
        }
        self.frame.truncate(length);
        self.read += 1 + words;
        self.shared.read.0.store(self.read, Ordering::Release);
        Some(&self.frame)
    }

    /// Waits until a frame is there or the other end is gone, or at most so long.
    pub fn wait(&mut self, longest: Duration) {
        self.shared.asleep.store(true, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        if self.is_empty() && !self.is_closed() {
            // A timeout, a bell and a producer that is gone all end it.
            let _ = self.heard.recv_timeout(longest);
        }
        self.shared.asleep.store(false, Ordering::Relaxed);
    }

    /// Whether no frame is there.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shared.written.0.load(Ordering::Acquire) == self.read
    }

    /// Whether the other end is gone; what it put in before may still be there.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.shared.closed.load(Ordering::Acquire)
    }

    /// Frames that found no room since the last time.
    pub fn dropped(&mut self) -> u64 {
        self.shared.dropped.swap(0, Ordering::Relaxed)
    }

    /// Frames that were ever put in.
    #[must_use]
    pub fn put(&self) -> u64 {
        self.shared.put.load(Ordering::Relaxed)
    }

    /// Bytes that wait, their headers included.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        (self.shared.written.0.load(Ordering::Acquire) - self.read) * WORD as u64
    }
}

const WORD: usize = size_of::<u64>();

/// The smallest ring in bytes.
const LEAST: usize = 4096;

#[cfg(test)]
mod tests;
