//! The thread that looks, so that the one that takes records need not.
//!
//! Step: source. Invariants: the looks that wait are bounded; every look is answered, also with
//! nothing; a look that hangs in the system holds up this thread alone.

use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;

use super::{Look, Outgoing, Seen, Ticket, Want};

/// The thread, with what goes to it and comes from it.
#[derive(Debug)]
pub struct Looker {
    looks: Option<SyncSender<Look>>,
    answers: Receiver<(Ticket, Seen)>,
    thread: Option<JoinHandle<()>>,
}

impl Looker {
    /// Starts the thread. `eyes` is called on it once and gives what looks; `found` is called after
    /// each answer.
    ///
    /// # Errors
    /// When the system starts no thread.
    pub fn start<E>(
        eyes: impl FnOnce() -> E + Send + 'static,
        found: impl Fn() + Send + 'static,
    ) -> std::io::Result<Self>
    where
        E: FnMut(&Want) -> Seen,
    {
        let (looks, waiting) = sync_channel::<Look>(WAITING);
        // Bounded by the looks that are open.
        let (answer, answers) = channel();
        let thread = std::thread::Builder::new()
            .name("packhound-looks".to_owned())
            .spawn(move || {
                let mut look_at = eyes();
                while let Ok(look) = waiting.recv() {
                    let seen = look_at(&look.want);
                    if answer.send((look.ticket, seen)).is_err() {
                        return;
                    }
                    found();
                }
            })?;
        Ok(Self {
            looks: Some(looks),
            answers,
            thread: Some(thread),
        })
    }

    /// Hands over the looks that are asked for, and brings back what was found.
    pub fn serve(&self, outgoing: &mut Outgoing) {
        while let Some(look) = outgoing.next_look() {
            if let Err(ticket) = self.ask(look) {
                outgoing.refuse(ticket);
            }
        }
        while let Some((ticket, seen)) = self.next() {
            outgoing.answer(ticket, &seen);
        }
    }

    /// Hands a look over.
    ///
    /// # Errors
    /// Where too many wait; it is to be refused then.
    pub fn ask(&self, look: Look) -> Result<(), Ticket> {
        let ticket = look.ticket;
        match self.looks.as_ref().map(|looks| looks.try_send(look)) {
            Some(Ok(())) => Ok(()),
            Some(Err(_)) | None => Err(ticket),
        }
    }

    /// What was found next.
    #[must_use]
    pub fn next(&self) -> Option<(Ticket, Seen)> {
        self.answers.try_recv().ok()
    }
}

impl Drop for Looker {
    fn drop(&mut self) {
        // The thread ends with its queue. A look may hang in the system; nobody waits for that.
        self.looks = None;
        drop(self.thread.take());
    }
}

/// Looks that wait.
const WAITING: usize = 512;

#[cfg(test)]
mod tests;
