//! Findings arrive in the state and at the reader, and nobody who stands still holds up the rest.

use std::io::{self, Write};
use std::sync::Mutex;

use super::*;
use crate::arguments::Format;
use crate::config::Settings;
use crate::sink::SNAPSHOT;
use crate::sink::ocsf::Document;
use crate::sink::ocsf::tests::finding;
use crate::state::Archive;

/// A writer that keeps what it is given, or fails.
#[derive(Clone, Default)]
struct Page {
    text: Arc<Mutex<Vec<u8>>>,
    broken: Option<io::ErrorKind>,
}

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(kind) = self.broken {
            return Err(kind.into());
        }
        self.text.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A writer that nobody reads: it blocks until the other end is dropped.
struct Wall(Receiver<()>);

impl Write for Wall {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _ = self.0.recv();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn outbox(directory: &std::path::Path, output: impl Write + Send + 'static) -> Outbox {
    let console = Console::new();
    Outbox::start(Means {
        store: Store::open(directory).unwrap(),
        bounds: config::State {
            path: directory.to_owned(),
            ..Settings::default().state
        },
        converter: Converter {
            show_secrets: false,
        },
        teller: Teller::new(Box::new(output), Format::Json, console.clone()),
        stream: None,
        console,
        gauges: Arc::default(),
        duty: Duty::Writing,
    })
    .unwrap()
}

fn numbered(number: u128) -> Finding {
    let mut finding = finding();
    finding.uid.0 = number;
    finding
}

fn counts(delivery: &Delivery) -> [u64; 6] {
    [
        &delivery.dropped,
        &delivery.repeated,
        &delivery.kept,
        &delivery.unkept,
        &delivery.told,
        &delivery.untold,
    ]
    .map(|counter| counter.load(Ordering::Relaxed))
}

const LONG: Duration = Duration::from_secs(20);

#[test]
fn everything_is_kept_and_told_in_order() {
    let directory = tempfile::tempdir().unwrap();
    let page = Page::default();
    let mut outbox = outbox(directory.path(), page.clone());
    for number in 0..100 {
        outbox.finding(numbered(number), &Arc::default());
    }
    outbox.snapshot(b"open activities".to_vec());
    let delivery = outbox.finish(LONG);
    assert_eq!(counts(&delivery), [0, 0, 100, 0, 100, 0]);
    let text = String::from_utf8(page.text.lock().unwrap().clone()).unwrap();
    let uids: Vec<String> = text
        .lines()
        .map(|line| {
            serde_json::from_str::<Document>(line)
                .unwrap()
                .finding_info
                .uid
        })
        .collect();
    let want: Vec<String> = (0..100).map(|number| format!("{number:032x}")).collect();
    assert_eq!(uids, want);
    let archive = Archive::open(directory.path()).unwrap();
    assert_eq!(archive.latest(1000).unwrap().len(), 100);
    assert_eq!(
        archive.saved(SNAPSHOT).unwrap().unwrap(),
        b"open activities"
    );
}

#[test]
fn a_second_run_tells_nothing_twice() {
    let directory = tempfile::tempdir().unwrap();
    for want in [[0, 0, 1, 0, 1, 0], [0, 1, 0, 0, 0, 0]] {
        let mut outbox = outbox(directory.path(), Page::default());
        outbox.finding(numbered(1), &Arc::default());
        assert_eq!(counts(&outbox.finish(LONG)), want);
    }
}

#[test]
fn a_reader_that_went_away_ends_the_telling_and_not_the_keeping() {
    let directory = tempfile::tempdir().unwrap();
    let broken = Some(io::ErrorKind::BrokenPipe);
    let page = Page {
        broken,
        ..Page::default()
    };
    let mut outbox = outbox(directory.path(), page);
    outbox.finding(numbered(1), &Arc::default());
    outbox.finding(numbered(2), &Arc::default());
    let closed = Arc::clone(&outbox.closed);
    assert_eq!(counts(&outbox.finish(LONG)), [0, 0, 2, 0, 0, 2]);
    assert!(closed.load(Ordering::Relaxed));
}

#[test]
fn a_reader_that_stands_still_holds_up_neither_the_state_nor_the_stop() {
    let directory = tempfile::tempdir().unwrap();
    let (release, wall) = bounded(0);
    let mut outbox = outbox(directory.path(), Wall(wall));
    outbox.finding(numbered(1), &Arc::default());
    outbox.finding(numbered(2), &Arc::default());
    let kept_all = outbox.kept_all.clone();
    let delivery = Arc::clone(&outbox.delivery);
    drop(outbox);
    let _ = kept_all.recv_timeout(LONG);
    assert_eq!(counts(&delivery), [0, 0, 2, 0, 0, 0]);
    drop(release);
}

#[test]
fn a_full_queue_waits_once_and_then_counts() {
    let (queue, waiting) = bounded(1);
    let mut feed = Feed::new(queue, Duration::from_millis(1));
    assert_eq!(feed.offer(1), Ok(()));
    assert_eq!(feed.offer(2), Err(2));
    assert!(feed.stuck, "from here on it does not wait");
    assert_eq!(feed.offer(3), Err(3));
    assert_eq!(waiting.recv(), Ok(1));
    assert_eq!(feed.offer(4), Ok(()));
    assert!(!feed.stuck);
}
