//! Files that are open for writing, by device and inode.
//!
//! Step: source. An open or a creation begins an entry, writes mark it, the close that says
//! `modified` tells the file, with the size that it has then. What was seen of the open goes with
//! it, unless several processes have the file open at a time: then nobody knows whose it is.
//! Invariants: bounded, the oldest leaves and is counted; that costs what is known of its open, and
//! not the file, which its close tells all the same.

use std::collections::{HashMap, VecDeque};

use super::processes::File;
use crate::encode::records::Who;

/// An open file.
#[derive(Clone, Debug)]
pub(super) struct Open {
    pub(super) path: Box<[u8]>,
    pub(super) opener: Who,
    /// Another process opened it meanwhile.
    pub(super) is_shared: bool,
    /// It was made by the open.
    pub(super) created: bool,
    pub(super) size_before: Option<u64>,
    /// A write was seen.
    pub(super) touched: bool,
    number: u64,
}

/// The files.
#[derive(Debug)]
pub(super) struct Files {
    open: HashMap<File, Open>,
    /// Files in the order of their opens; those that are gone are skipped by their number.
    order: VecDeque<(File, u64)>,
    opened: u64,
    most: usize,
    /// Files that were given up before they were closed.
    pub(super) evicted: u64,
}

impl Files {
    pub(super) fn new(most: usize) -> Self {
        Self {
            open: HashMap::new(),
            order: VecDeque::new(),
            opened: 0,
            most,
            evicted: 0,
        }
    }

    /// A file was opened for writing, or made.
    pub(super) fn opened(
        &mut self,
        file: File,
        path: &[u8],
        opener: Who,
        created: bool,
        size: Option<u64>,
    ) {
        if let Some(open) = self.open.get_mut(&file) {
            if (open.opener.pid, open.opener.start) == (opener.pid, opener.start) {
                // The same open, told by two messages, or a further one.
                if created && !open.created {
                    (open.created, open.size_before) = (true, Some(0));
                }
                return;
            }
            open.is_shared = true;
            return;
        }
        while self.open.len() >= self.most
            && let Some((oldest, number)) = self.order.pop_front()
        {
            if self
                .open
                .get(&oldest)
                .is_some_and(|open| open.number == number)
            {
                self.open.remove(&oldest);
                self.evicted += 1;
            }
        }
        self.opened += 1;
        let number = self.opened;
        let open = Open {
            path: path.into(),
            opener,
            is_shared: false,
            created,
            size_before: if created { Some(0) } else { size },
            touched: false,
            number,
        };
        self.open.insert(file, open);
        self.order.push_back((file, number));
        if self.order.len() > 2 * self.most.max(64) {
            let open = &self.open;
            self.order.retain(|(file, number)| {
                let open = open.get(file);
                open.is_some_and(|open| open.number == *number)
            });
        }
    }

    pub(super) fn of(&mut self, file: File) -> Option<&mut Open> {
        self.open.get_mut(&file)
    }

    pub(super) fn take(&mut self, file: File) -> Option<Open> {
        self.open.remove(&file)
    }

    /// All that are still open, the oldest first.
    pub(super) fn take_all(&mut self) -> Vec<(File, Open)> {
        let mut all: Vec<_> = self.open.drain().collect();
        all.sort_unstable_by_key(|(_, open)| open.number);
        self.order.clear();
        all
    }
}
