//! The thread that looks at processes and files, so that the one that takes records need not.
//!
//! Step: source. Invariants: the looks that wait are bounded; what is known of a program's file is
//! kept by its identity and content, so that it is read once; what cannot be found is answered, too.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, channel, sync_channel};
use std::thread::JoinHandle;

use super::accounts::Accounts;
use super::content;
use super::process::{self, Process};
use crate::etw::{About, Intake, Look, Running, Seen, Ticket, Want};
use crate::pe::{self, Pe};

/// The thread, with what goes to it and comes from it.
pub(super) struct Looker {
    looks: Option<SyncSender<Look>>,
    answers: Receiver<(Ticket, Seen)>,
    thread: Option<JoinHandle<()>>,
}

impl Looker {
    /// Starts the thread; `intake` is told when something was found.
    pub(super) fn start(intake: Arc<Intake>) -> std::io::Result<Self> {
        let (looks, waiting) = sync_channel::<Look>(WAITING);
        // Bounded by the looks that are open.
        let (found, answers) = channel();
        let thread = std::thread::Builder::new()
            .name("packhound-looks".to_owned())
            .spawn(move || {
                let mut eyes = Eyes::default();
                while let Ok(look) = waiting.recv() {
                    let seen = eyes.look(&look.want);
                    if found.send((look.ticket, seen)).is_err() {
                        return;
                    }
                    intake.ring();
                }
            })?;
        Ok(Self {
            looks: Some(looks),
            answers,
            thread: Some(thread),
        })
    }

    /// Hands a look over; gives it back where too many wait.
    pub(super) fn ask(&self, look: Look) -> Result<(), Ticket> {
        let ticket = look.ticket;
        let sent = self.looks.as_ref().map(|looks| looks.try_send(look));
        match sent {
            Some(Ok(())) => Ok(()),
            Some(Err(TrySendError::Full(_) | TrySendError::Disconnected(_))) | None => Err(ticket),
        }
    }

    /// What was found next.
    pub(super) fn next(&self) -> Option<(Ticket, Seen)> {
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

/// What looks have found before.
#[derive(Default)]
pub(super) struct Eyes {
    accounts: Accounts,
    programs: HashMap<Content, Option<Arc<Pe>>>,
}

/// A file's identity, size and time of the last write.
type Content = ((u64, u64), u64, u64);

impl Eyes {
    fn look(&mut self, want: &Want) -> Seen {
        match want {
            Want::Process { pid, start, image } => self.process(*pid, *start, image.as_deref()),
            Want::File { path, closed } => std::str::from_utf8(path)
                .ok()
                .and_then(|path| content::sample(path, *closed))
                .map_or(Seen::Nothing, Seen::File),
        }
    }

    /// What can be said of a process, which may be gone; its program's file mostly is not.
    fn process(&mut self, pid: u32, start: u64, image: Option<&[u8]>) -> Seen {
        let mut about = About::default();
        if let Ok(process) = Process::open(pid)
            && (start == 0 || process.start() == Some(start))
        {
            about.line = process.line();
            let token = process.token();
            about.user = token.as_ref().map(|token| self.accounts.name(&token.user));
            about.integrity = token
                .and_then(|token| token.label)
                .map(|label| label.to_string().into());
        }
        if let Some(image) = image.and_then(|image| std::str::from_utf8(image).ok()) {
            self.program(image, &mut about);
        }
        Seen::Process(about)
    }

    fn program(&mut self, image: &str, about: &mut About) {
        let Ok(mut file) = content::open(image) else {
            return;
        };
        about.file = Some(file.identity);
        let key = (file.identity, file.size, file.written);
        if let Some(known) = self.programs.get(&key) {
            about.program.clone_from(known);
            return;
        }
        let program = pe::read(&mut file).map(Arc::new);
        if self.programs.len() >= PROGRAMS {
            self.programs.clear();
        }
        self.programs.insert(key, program.clone());
        about.program = program;
    }

    /// What runs already and began before a time, the oldest first.
    pub(super) fn running(&mut self, before: u64) -> std::io::Result<Vec<Running>> {
        let listed = process::list()?;
        let mut running: Vec<Running> = listed
            .iter()
            // The idle process is none.
            .filter(|listed| listed.pid != 0)
            .filter_map(|listed| {
                let process = Process::open(listed.pid).ok();
                let start = process.as_ref().and_then(Process::start).unwrap_or(0);
                if start >= before {
                    return None;
                }
                let image = process.as_ref().and_then(Process::image);
                let mut about = About::default();
                if let Some(image) = &image {
                    self.program(image, &mut about);
                }
                let token = process.as_ref().and_then(Process::token);
                let label = token.as_ref().and_then(|token| token.label.as_ref());
                Some(Running {
                    pid: listed.pid,
                    parent: (listed.parent != 0).then_some(listed.parent),
                    start,
                    session: process::session(listed.pid),
                    image: Some(image.unwrap_or_else(|| listed.name.clone()).into_bytes()),
                    line: process.as_ref().and_then(Process::line),
                    integrity: label.map(|label| label.to_string().into()),
                    user: token.map(|token| self.accounts.name(&token.user)),
                    program: about.program,
                })
            })
            .collect();
        running.sort_by_key(|running| running.start);
        // A parent's number may belong to a younger process by now.
        let starts: HashMap<u32, u64> = (running.iter())
            .map(|running| (running.pid, running.start))
            .collect();
        for process in &mut running {
            let parent = process.parent.and_then(|parent| starts.get(&parent));
            if parent.is_none_or(|start| *start > process.start) {
                process.parent = None;
            }
        }
        Ok(running)
    }
}

/// Looks that wait.
const WAITING: usize = 512;

/// Programs that are kept.
const PROGRAMS: usize = 4096;
