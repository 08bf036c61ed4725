//! Records that were made in user space, put into the order of their times.
//!
//! Step: source. Files of other systems hold events of several processors, or the newest first, so
//! their records are gathered, sorted and then handed out. Invariants: at most [`MOST_BYTES`] are
//! gathered; what does not fit its record is cut and says so.

use ring_abi::{CaptureStart, Encoder, Flags, Header, Kind, MAX_RECORD, System, Tag};

use super::throttle::{Admission, Throttle};
use super::volumes::Volumes;
use crate::source::SourceError;

/// Who did something, and when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Who {
    /// When, in nanoseconds since the epoch.
    pub(crate) time: u64,
    /// The process.
    pub(crate) pid: u32,
    /// The thread; 0 where it is not known.
    pub(crate) tid: u32,
    /// When the process started; 0 where it is not known.
    pub(crate) start: u64,
}

/// A connection's ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Flow {
    /// This host's address; IPv4 as an IPv4-mapped one.
    pub(crate) local: [u8; 16],
    /// The other end's.
    pub(crate) remote: [u8; 16],
    /// This host's port.
    pub(crate) local_port: u16,
    /// The other end's.
    pub(crate) remote_port: u16,
    /// IP protocol number.
    pub(crate) protocol: u32,
}

/// Records in the order of their making, and then of their times.
#[derive(Debug, Default)]
pub(crate) struct Records {
    bytes: Vec<u8>,
    index: Vec<Place>,
    next: usize,
    host: Option<Vec<u8>>,
    boot: Option<Vec<u8>>,
    /// The host's system; Windows where nothing else was said.
    system: Option<System>,
    /// A record that the sorted ones begin with.
    opening: Vec<u8>,
    opened: bool,
    most_bytes: Option<usize>,
    throttle: Option<Throttle>,
    /// Where a record is written before it is kept.
    scratch: Vec<u8>,
    /// What the kernel's names of volumes stand for.
    volumes: Volumes,
    /// Records that a live stream has handed out.
    handed: u64,
    places: [Vec<u8>; 2],
}

/// Where a record is, and what it is sorted by.
#[derive(Clone, Copy, Debug)]
struct Place {
    time: u64,
    /// What was there before comes before what happens at the same time.
    late: bool,
    at: u32,
    length: u16,
}

impl Records {
    /// Lets a process make so many records in a second from now on.
    pub(crate) fn throttle(&mut self, limit: u32) {
        self.throttle = (limit > 0).then(|| Throttle::new(limit));
    }

    /// Adds a record; fields that are too long are cut.
    pub(crate) fn put(
        &mut self,
        kind: Kind,
        who: Who,
        flags: Flags,
        body: &[u8],
        fields: &[(Tag, Option<&[u8]>)],
    ) {
        let admission = self
            .throttle
            .as_mut()
            .map(|throttle| throttle.admit(kind, who));
        match admission {
            None | Some(Admission::Passes) => {}
            Some(Admission::PassesAfter(told)) => {
                self.keep(Kind::THROTTLE, who, Flags(0), &told.write(), &[]);
            }
            Some(Admission::LeftOut) => return,
        }
        self.keep(kind, who, flags, body, fields);
    }

    fn keep(
        &mut self,
        kind: Kind,
        who: Who,
        flags: Flags,
        body: &[u8],
        fields: &[(Tag, Option<&[u8]>)],
    ) {
        let at = self.bytes.len();
        if at > self.most() || u32::try_from(at).is_err() {
            // `check` tells it; the one record more changes nothing.
            return;
        }
        let mut places = std::mem::take(&mut self.places);
        let fields = &self.placed(fields, &mut places)[..fields.len().min(MOST_FIELDS)];
        let mut flags = flags;
        let cut = |tag: Tag, value: &'_ [u8]| -> bool { value.len() > longest(tag) };
        if fields
            .iter()
            .any(|(tag, value)| value.is_some_and(|value| cut(*tag, value)))
        {
            flags = flags.with(Flags::TRUNCATED);
        }
        let header = Header {
            flags: flags.0,
            time: who.time,
            pid: who.pid,
            tid: who.tid,
            start_time: who.start,
            ..Header::default()
        };
        // Written apart and appended: making room for the longest record would clear all of it.
        self.scratch.resize(MAX_RECORD, 0);
        let length = write(&mut self.scratch, kind, header, body, fields);
        self.bytes.extend_from_slice(&self.scratch[..length]);
        if length > 0 {
            self.index.push(Place {
                time: who.time,
                late: !flags.has(Flags::RUNDOWN),
                at: at as u32,
                length: length as u16,
            });
        }
        self.places = places;
    }

    /// The fields with names of files as people write them.
    fn placed<'f>(
        &self,
        fields: &[(Tag, Option<&'f [u8]>)],
        buffers: &'f mut [Vec<u8>; 2],
    ) -> [(Tag, Option<&'f [u8]>); MOST_FIELDS] {
        let mut placed = [(Tag(0), None); MOST_FIELDS];
        let mut buffers = buffers.iter_mut();
        for (to, (tag, value)) in placed.iter_mut().zip(fields) {
            *to = (*tag, *value);
            if matches!(*tag, Tag::PATH | Tag::OLD_PATH)
                && let Some(name) = value
                && let Some(buffer) = buffers.next()
                && let Some(place) = self.volumes.place(name, buffer)
            {
                to.1 = Some(place);
            }
        }
        placed
    }

    /// What [`Self::drain`] numbers first.
    pub(crate) fn number_from(&mut self, number: u64) {
        self.handed = number;
    }

    /// Translates names of files from now on.
    pub(crate) fn translate(&mut self, volumes: Volumes) {
        self.volumes = volumes;
    }

    /// Hands out what there is in the order of its making, numbered on, and forgets it: what a
    /// live stream does, whose events come in order.
    pub(crate) fn drain(&mut self, take: &mut dyn FnMut(&[u8])) {
        let mut bytes = std::mem::take(&mut self.bytes);
        for place in self.index.drain(..) {
            let at = place.at as usize;
            let Some(record) = bytes.get_mut(at..at + usize::from(place.length)) else {
                continue;
            };
            if let Some(sequence) = record.get_mut(SEQUENCE..SEQUENCE + 8) {
                sequence.copy_from_slice(&self.handed.to_le_bytes());
            }
            self.handed += 1;
            take(record);
        }
        bytes.clear();
        self.bytes = bytes;
    }

    /// Hands out at most `limit` records in the order of their making, numbered on, and forgets them
    /// once all are handed out; gives how many. What a live stream does whose taker sets the pace.
    pub(crate) fn hand_on(&mut self, limit: usize, take: &mut dyn FnMut(&[u8])) -> usize {
        let mut handed = 0;
        while handed < limit
            && let Some(place) = self.index.get(self.next)
        {
            self.next += 1;
            let at = place.at as usize;
            let Some(record) = self.bytes.get_mut(at..at + usize::from(place.length)) else {
                continue;
            };
            if let Some(sequence) = record.get_mut(SEQUENCE..SEQUENCE + 8) {
                sequence.copy_from_slice(&self.handed.to_le_bytes());
            }
            self.handed += 1;
            take(record);
            handed += 1;
        }
        if self.next == self.index.len() {
            self.index.clear();
            self.bytes.clear();
            self.next = 0;
        }
        handed
    }

    /// How many records there are.
    pub(crate) fn len(&self) -> usize {
        self.index.len()
    }

    /// Says which host the records are of; the first to say it counts.
    pub(crate) fn name_host(&mut self, host: &[u8]) {
        if self.host.is_none() && !host.is_empty() {
            self.host = Some(host.to_vec());
        }
    }

    /// Says which boot of the host the records are of.
    pub(crate) fn name_boot(&mut self, boot: Vec<u8>) {
        self.boot = Some(boot);
    }

    /// Says which system the records are of.
    pub(crate) fn name_system(&mut self, system: System) {
        self.system = Some(system);
    }

    /// Whether there is still room.
    ///
    /// # Errors
    /// When there is not.
    pub(crate) fn check(&self) -> Result<(), SourceError> {
        if self.bytes.len() <= self.most() {
            return Ok(());
        }
        Err(SourceError::Format(format!(
            "more than {} MiB of records: replay it in parts",
            self.most() >> 20
        )))
    }

    /// Bounds what is gathered more tightly.
    #[cfg(test)]
    pub(crate) fn bound(&mut self, bytes: usize) {
        self.most_bytes = Some(bytes);
    }

    fn most(&self) -> usize {
        self.most_bytes.unwrap_or(MOST_BYTES)
    }

    /// Sorts, and puts a capture's start before everything.
    pub(crate) fn sort(&mut self) {
        let newest_first = match (self.index.first(), self.index.last()) {
            (Some(first), Some(last)) => first.time > last.time,
            _ => false,
        };
        // Of a file that begins with its newest event, equal times are the wrong way round, too.
        if newest_first {
            self.index.reverse();
        }
        self.index.sort_by_key(|place| (place.time, place.late));
        // Sequences count records in the order in which they are handed out; 0 is the opening's.
        for (sequence, place) in (1_u64..).zip(&self.index) {
            let at = place.at as usize + SEQUENCE;
            if let Some(bytes) = self.bytes.get_mut(at..at + 8) {
                bytes.copy_from_slice(&sequence.to_le_bytes());
            }
        }
        let begin = self.index.first().map_or(0, |place| place.time);
        let system = self.system.unwrap_or(System::WINDOWS);
        self.opening = opening(begin, system, self.host.as_deref(), self.boot.as_deref());
    }

    /// Hands out at most `limit` records; gives how many.
    pub(crate) fn hand_out(&mut self, limit: usize, take: &mut dyn FnMut(&[u8])) -> usize {
        let mut handed = 0;
        if limit > 0 && !self.opened && !self.opening.is_empty() {
            self.opened = true;
            take(&self.opening);
            handed = 1;
        }
        while handed < limit {
            let Some(place) = self.index.get(self.next) else {
                break;
            };
            self.next += 1;
            let at = place.at as usize;
            if let Some(record) = self.bytes.get(at..at + usize::from(place.length)) {
                take(record);
                handed += 1;
            }
        }
        handed
    }
}

/// The record that a capture of another system begins with; its clock is the calendar's.
pub(crate) fn opening(
    time: u64,
    system: System,
    host: Option<&[u8]>,
    boot: Option<&[u8]>,
) -> Vec<u8> {
    let start = CaptureStart {
        wall_time: time,
        boot_time: time,
        system: system.0,
        // Macs have pages of either size, which no message tells.
        page_size: if system == System::WINDOWS { 4096 } else { 0 },
    };
    let header = Header {
        time,
        ..Header::default()
    };
    let fields = [(Tag::HOST, host), (Tag::BOOT, boot)];
    let mut opening = vec![0; MAX_RECORD];
    let kind = Kind::CAPTURE_START;
    let length = write(&mut opening, kind, header, &start.write(), &fields);
    opening.truncate(length);
    opening
}

/// Writes a record into `buffer`; gives its length, 0 where it cannot be written at all.
fn write(
    buffer: &mut [u8],
    kind: Kind,
    header: Header,
    body: &[u8],
    fields: &[(Tag, Option<&[u8]>)],
) -> usize {
    let Ok(mut encoder) = Encoder::new(buffer, kind, header, body) else {
        return 0;
    };
    for (tag, value) in fields {
        if let Some(value) = value {
            // Every field is bounded so that all of a record's fit.
            let _ = encoder.field(*tag, shortened(*tag, value));
        }
    }
    encoder.finish().len()
}

/// A value that fits: of a path the end, of anything else the beginning.
fn shortened(tag: Tag, value: &[u8]) -> &[u8] {
    let longest = longest(tag);
    if value.len() <= longest {
        return value;
    }
    match tag {
        Tag::PATH | Tag::OLD_PATH | Tag::DIRECTORY => &value[value.len() - longest..],
        _ => &value[..longest],
    }
}

fn longest(tag: Tag) -> usize {
    match tag {
        Tag::ARGUMENTS | Tag::TEXT => 6_000,
        Tag::PATH | Tag::OLD_PATH | Tag::DIRECTORY => 4_095,
        _ => 512,
    }
}

/// Fields that a record made here has at most.
const MOST_FIELDS: usize = 12;

/// Where a record has its sequence.
const SEQUENCE: usize = 16;

/// Bytes of records that are gathered at most.
const MOST_BYTES: usize = 1 << 30;

const _: () = assert!(MAX_RECORD <= u16::MAX as usize, "a length fits in 16 bits");
