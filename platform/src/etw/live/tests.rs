//! Sequences of events as the kernel sends them, and the records that they become.

mod sequences;

use std::sync::Arc;
use std::time::Instant;

use ring_abi::{Body, Flags, Kind, Known, LossReason, Record, Tag, decode};

use super::{Live, LiveBounds, Lost, Running};
use crate::encode::Volumes;
use crate::encode::etw::{KERNEL_FILE, KERNEL_PROCESS, NT_PROCESS};
use crate::etw::intake::{Intake, Raw};
use crate::pe::Pe;

/// Lanes by what comes through them.
pub(super) const PROCESS: usize = 0;
pub(super) const SYSTEM: usize = 1;
pub(super) const FILE: usize = 2;

pub(super) const BOUNDS: LiveBounds = LiveBounds {
    open_files: 1_000,
    names: 1_000,
    directories_per_process: 3,
    records_per_second: 0,
    looking: false,
};

/// A payload.
#[derive(Clone, Default)]
pub(super) struct Payload(pub(super) Vec<u8>);

impl Payload {
    pub(super) fn u32(mut self, value: u32) -> Self {
        self.0.extend(value.to_le_bytes());
        self
    }

    pub(super) fn u64(mut self, value: u64) -> Self {
        self.0.extend(value.to_le_bytes());
        self
    }

    pub(super) fn wide(mut self, text: &str) -> Self {
        self.0
            .extend(text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes));
        self
    }
}

/// A host whose events come one by one, a millisecond apart.
pub(super) struct Scene {
    pub(super) live: Live,
    pub(super) clock: u64,
    intake: Intake,
}

impl Scene {
    pub(super) fn new(bounds: &LiveBounds) -> Self {
        let mut live = Live::new(Some("host"), None, START, bounds);
        let mut volumes = Volumes::default();
        volumes.add(br"\Device\HarddiskVolume3", b"C:");
        live.translate(volumes);
        Self {
            live,
            clock: START,
            intake: Intake::new(&[1 << 20, 1 << 20, 1 << 20]),
        }
    }

    pub(super) fn send(
        &mut self,
        lane: usize,
        raw: (&[u8; 16], u16, u8),
        pid: u32,
        payload: &Payload,
    ) {
        self.clock += 1_000_000;
        let (provider, id, version) = raw;
        let raw = Raw {
            provider: *provider,
            id,
            version,
            pointer: 8,
            time: self.clock / 100 + EPOCH,
            pid,
            tid: pid + 1,
            payload: &payload.0,
        };
        assert!(self.intake.put(lane, &raw));
        self.live.take(lane, self.intake.take(lane), self.clock);
    }

    /// A process starts now.
    pub(super) fn start(&mut self, pid: u32, parent: u32, image: &str) {
        let created = (self.clock + 1_000_000) / 100 + EPOCH;
        let payload = Payload::default();
        let payload = payload.u32(pid).u64(created).u32(parent).u32(1).u32(0);
        self.send(
            PROCESS,
            (&KERNEL_PROCESS, 1, 1),
            parent,
            &payload.wide(image),
        );
    }

    /// A process ends now.
    pub(super) fn stop(&mut self, pid: u32) {
        let payload = Payload::default().u32(pid).u64(EPOCH).u64(0).u32(0);
        self.send(PROCESS, (&KERNEL_PROCESS, 2, 0), pid, &payload);
    }

    fn file(&mut self, id: u16, pid: u32, payload: &Payload) {
        self.send(FILE, (&KERNEL_FILE, id, 1), pid, payload);
    }

    /// A file is opened; made where `disposition` is 2.
    pub(super) fn open(&mut self, pid: u32, object: u64, disposition: u32, path: &str) {
        let payload = Payload::default().u64(1).u64(object).u32(9);
        let payload = payload.u32(disposition << 24).u32(0).u32(0).wide(path);
        self.file(12, pid, &payload);
    }

    fn moved(&mut self, id: u16, pid: u32, object: u64, bytes: u32, flags: u32) {
        let payload = Payload::default().u64(0).u64(1).u64(object).u64(object + 1);
        self.file(id, pid, &payload.u32(9).u32(bytes).u32(flags).u32(0));
    }

    pub(super) fn write(&mut self, pid: u32, object: u64, bytes: u32) {
        self.moved(16, pid, object, bytes, 0x0006_0a00);
    }

    pub(super) fn read(&mut self, pid: u32, object: u64) {
        self.moved(15, pid, object, 10, 0);
    }

    pub(super) fn clean_up(&mut self, pid: u32, object: u64) {
        let payload = Payload::default().u64(1).u64(object).u64(object + 1).u32(9);
        self.file(13, pid, &payload);
    }

    pub(super) fn close(&mut self, pid: u32, object: u64) {
        let payload = Payload::default().u64(1).u64(object).u64(object + 1).u32(9);
        self.file(14, pid, &payload);
    }

    pub(super) fn set(&mut self, id: u16, pid: u32, object: u64, path: &str) {
        let payload = Payload::default().u64(1).u64(object).u64(object + 1);
        self.file(id, pid, &payload.u64(0).u32(9).u32(10).wide(path));
    }

    /// Everything that came of it.
    pub(super) fn records(&mut self) -> Vec<Vec<u8>> {
        self.live.step(self.clock + 10_000_000_000, Instant::now());
        let mut records = Vec::new();
        self.live
            .outgoing()
            .hand_out(Instant::now(), usize::MAX, &mut |record| {
                records.push(record.to_vec());
            });
        records
    }

    /// As [`Self::records`], with what was open at the end.
    pub(super) fn end(mut self) -> Vec<Vec<u8>> {
        self.live.step(self.clock + 10_000_000_000, Instant::now());
        self.live.end(Instant::now());
        let records = self.records();
        assert!(self.live.is_drained());
        let numbers: Vec<u64> = (records.iter())
            .map(|record| decode(record).unwrap().header.sequence)
            .collect();
        let first = numbers.first().copied().unwrap_or(0);
        assert_eq!(
            numbers,
            (first..first + records.len() as u64).collect::<Vec<_>>()
        );
        records
    }

    pub(super) fn counter(&self, name: &str) -> u64 {
        let others = self.live.stats().others;
        let found = others.iter().find(|(known, _)| *known == name);
        found.unwrap_or_else(|| panic!("no {name}")).1
    }
}

/// The records of a kind.
pub(super) fn all(records: &[Vec<u8>], kind: Kind) -> Vec<Record<'_>> {
    let records = records.iter().map(|record| decode(record).unwrap());
    records
        .filter(|record| record.header.kind == kind.0)
        .collect()
}

pub(super) fn path<'r>(record: &Record<'r>) -> &'r str {
    std::str::from_utf8(record.tail.field(Tag::PATH).unwrap()).unwrap()
}

/// A day after the epoch.
const START: u64 = 86_400_000_000_000;

/// 1970 in 100 nanoseconds since 1601.
const EPOCH: u64 = 116_444_736_000_000_000;

#[test]
fn a_capture_opens_with_host_and_system() {
    let mut scene = Scene::new(&BOUNDS);
    let records = scene.records();
    let opening = decode(&records[0]).unwrap();
    let Body::CaptureStart(body) = opening.body else {
        panic!()
    };
    assert_eq!((body.wall_time, body.boot_time), (START, START));
    assert_eq!(body.system, ring_abi::System::WINDOWS.0);
    assert_eq!(opening.tail.field(Tag::HOST), Some(&b"host"[..]));
}

#[test]
fn a_command_line_comes_from_the_classic_event_of_the_same_start() {
    for classic_first in [true, false] {
        let mut scene = Scene::new(&BOUNDS);
        let classic = |scene: &mut Scene, pid: u32, line: &str| {
            let payload = Payload::default().u64(1).u32(pid).u32(1).u32(1).u32(259);
            let payload = payload.u64(5).u32(0).u32(0);
            let mut payload = payload;
            payload.0.extend(b"tar.exe\0");
            scene.send(SYSTEM, (&NT_PROCESS, 1, 4), 1, &payload.wide(line));
        };
        let image = r"\Device\HarddiskVolume3\Windows\System32\tar.exe";
        if classic_first {
            classic(&mut scene, 44, "tar -cf a.tar docs");
            scene.start(44, 1, image);
        } else {
            scene.start(44, 1, image);
            classic(&mut scene, 44, "tar -cf a.tar docs");
        }
        // The number's earlier owner is nobody's business.
        scene.clock += 1_000_000_000;
        scene.stop(44);
        scene.clock += 1_000_000_000;
        scene.start(44, 1, image);
        let records = scene.end();
        let starts = all(&records, Kind::PROCESS_START);
        assert_eq!(starts.len(), 2, "classic first: {classic_first}");
        assert_eq!(path(&starts[0]), r"C:\Windows\System32\tar.exe");
        assert_eq!(
            starts[0].tail.field(Tag::ARGUMENTS),
            Some(&b"tar\0-cf\0a.tar\0docs\0"[..])
        );
        assert_eq!(starts[1].tail.field(Tag::ARGUMENTS), None);
    }
}

#[test]
fn what_ran_before_is_told_with_what_is_known_of_it() {
    let mut scene = Scene::new(&BOUNDS);
    let parent = Running {
        pid: 7,
        start: 70,
        image: Some(br"\Device\HarddiskVolume3\a.exe".to_vec()),
        ..Running::default()
    };
    let child = Running {
        pid: 8,
        parent: Some(7),
        start: 80,
        session: Some(2),
        line: Some(b"b.exe -x".to_vec()),
        user: Some(br"HOST\ann".to_vec()),
        integrity: Some(b"S-1-16-12288".to_vec()),
        program: Some(Arc::new(Pe {
            product: Some("7-Zip".to_owned()),
            ..Pe::default()
        })),
        ..Running::default()
    };
    for running in [&parent, &child, &child] {
        scene.live.runs(running, START);
    }
    scene.open(8, 5, 2, r"\Device\HarddiskVolume3\x");
    scene.write(8, 5, 10);
    scene.clean_up(8, 5);
    let records = scene.end();
    let starts = all(&records, Kind::PROCESS_START);
    assert_eq!(starts.len(), 2);
    assert!(starts.iter().all(|start| start.flags().has(Flags::RUNDOWN)));
    assert_eq!(path(&starts[0]), r"C:\a.exe");
    let Body::ProcessStart(body) = starts[1].body else {
        panic!()
    };
    assert_eq!(
        (body.parent_pid, body.parent_start, body.session),
        (7, 70, 2)
    );
    let known = Known(body.known);
    assert!(!known.has(Known::USER) && known.has(Known::UNSIGNED) && !known.has(Known::SIGNED));
    let field = |tag| starts[1].tail.field(tag);
    assert_eq!(field(Tag::PRODUCT), Some(&b"7-Zip"[..]));
    assert_eq!(field(Tag::INTEGRITY), Some(&b"S-1-16-12288"[..]));
    let Body::ProcessStart(body) = starts[0].body else {
        panic!()
    };
    let known = Known(body.known);
    assert!(
        !known.has(Known::UNSIGNED) && !known.has(Known::SIGNED),
        "not looked at"
    );
    let written = all(&records, Kind::FILE_WRITTEN);
    assert_eq!(
        (written[0].header.pid, written[0].header.start_time),
        (8, 80)
    );
}

#[test]
fn a_process_that_makes_too_many_records_is_told_of() {
    let mut scene = Scene::new(&LiveBounds {
        records_per_second: 2,
        ..BOUNDS
    });
    scene.start(900, 7, r"C:\a.exe");
    for file in 1..=5 {
        scene.open(900, file, 2, r"\Device\HarddiskVolume3\x");
        scene.write(900, file, 10);
        scene.clean_up(900, file);
    }
    // What was left out is told with the first record that passes again.
    scene.clock += 2_000_000_000;
    scene.open(900, 6, 2, r"\Device\HarddiskVolume3\x");
    scene.write(900, 6, 10);
    scene.clean_up(900, 6);
    let records = scene.end();
    assert_eq!(all(&records, Kind::FILE_WRITTEN).len(), 3);
    let told = all(&records, Kind::THROTTLE);
    let [told] = told.as_slice() else { panic!() };
    let Body::Throttle(body) = told.body else {
        panic!()
    };
    assert_eq!((told.header.pid, body.left_out), (900, 3));
}

#[test]
fn every_loss_is_told_and_counted() {
    let mut scene = Scene::new(&BOUNDS);
    scene.live.lost(
        FILE,
        Lost {
            events: 5,
            buffers: 2,
        },
        START + 9,
    );
    scene.live.lost(FILE, Lost::default(), START + 10);
    let intake = Intake::new(&[10]);
    assert!(!intake.put(
        0,
        &Raw {
            provider: KERNEL_FILE,
            id: 1,
            version: 1,
            pointer: 8,
            time: EPOCH,
            pid: 1,
            tid: 1,
            payload: b""
        }
    ));
    intake.failed(0);
    scene.live.take(PROCESS, intake.take(0), START + 11);
    assert_eq!(scene.counter("events_lost_by_the_system"), 5);
    assert_eq!(scene.counter("buffers_lost_by_the_system"), 2);
    assert_eq!(scene.counter("events_dropped_by_the_queue"), 1);
    assert_eq!(scene.counter("callbacks_failed"), 1);
    let records = scene.end();
    let told: Vec<_> = all(&records, Kind::LOSS)
        .iter()
        .map(|record| match record.body {
            Body::Loss(loss) => {
                assert!(loss.from < loss.to);
                (loss.count, LossReason(loss.reason))
            }
            _ => panic!(),
        })
        .collect();
    assert_eq!(told, [(7, LossReason::SYSTEM), (2, LossReason::QUEUE_FULL)]);
}
