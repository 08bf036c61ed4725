//! Looks at processes and files, on a thread of its own.
//!
//! Step: source. Invariants: what is known of a program's file is kept by its identity and content,
//! so that it is read once; what cannot be found is answered, too.

use std::collections::HashMap;
use std::sync::Arc;

use super::accounts::Accounts;
use super::content;
use super::process::{self, Process};
use crate::etw::Running;
use crate::looks::{About, Seen, Want};
use crate::pe::{self, Pe};

/// What looks have found before.
#[derive(Default)]
pub(super) struct Eyes {
    accounts: Accounts,
    programs: HashMap<Content, Option<Arc<Pe>>>,
}

/// A file's identity, size and time of the last write.
type Content = ((u64, u64), u64, u64);

impl Eyes {
    /// Takes a look.
    pub(super) fn look(&mut self, want: &Want) -> Seen {
        match want {
            Want::Process { pid, start, image } => self.process(*pid, *start, image.as_deref()),
            Want::File { path, closed, .. } => std::str::from_utf8(path)
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

/// Programs that are kept.
const PROGRAMS: usize = 4096;
