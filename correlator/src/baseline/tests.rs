//! Habits grow by days, stay bounded, and see through names that are drawn by lot.

use super::{Baseline, Time, Work, steady};

const DAY: u64 = 24 * 60 * 60 * 1_000_000_000;

fn work(directory: &str) -> Work {
    Work {
        image: b"/usr/bin/tar".to_vec(),
        parent: Some(b"/usr/sbin/cron".to_vec()),
        uid: Some(0),
        purpose: None,
        utility: Some("tar".into()),
        directory: directory.into(),
    }
}

#[test]
fn days_are_counted_once_each() {
    let mut baseline = Baseline::new(8);
    for time in [10 * DAY, 10 * DAY + 1, 11 * DAY, 13 * DAY] {
        baseline.learn(work("/srv"), Time(time));
    }
    assert_eq!(baseline.known(&work("/srv")), Some((4, 3)));
    assert_eq!(baseline.known(&work("/tmp")), None);
}

#[test]
fn the_longest_unseen_habit_goes_first() {
    let mut baseline = Baseline::new(2);
    baseline.learn(work("/a"), Time(1));
    baseline.learn(work("/b"), Time(2));
    baseline.learn(work("/a"), Time(3));
    baseline.learn(work("/c"), Time(4));
    assert_eq!(baseline.len(), 2);
    assert_eq!(baseline.evicted(), 1);
    assert_eq!(baseline.known(&work("/b")), None);
    assert!(baseline.known(&work("/a")).is_some());
}

#[test]
fn restored_habits_are_the_saved_ones() {
    let mut baseline = Baseline::new(8);
    baseline.learn(work("/a"), Time(DAY));
    baseline.learn(work("/a"), Time(2 * DAY));
    let mut restored = Baseline::new(8);
    for habit in baseline.habits() {
        restored.restore(habit);
    }
    assert_eq!(restored.habits(), baseline.habits());
}

#[test]
fn changing_parts_of_names_are_stars() {
    let table = [
        ("/srv/backup", "/srv/backup"),
        ("/srv/backup/2026-11-22", "/srv/backup/*-*-*"),
        ("/tmp/tmp.Ab3dEf9hIj", "/tmp/tmp.*"),
        ("/tmp/build-4711", "/tmp/build-*"),
        ("/tmp/tmpk3x_9ab2", "/tmp/tmpk*x_*ab*"),
        ("/home/user/Documents", "/home/user/Documents"),
        ("/opt/app-controller", "/opt/app-controller"),
        ("/tmp/mkinitramfs_XyZabc", "/tmp/mkinitramfs_*"),
    ];
    for (directory, expected) in table {
        let found = steady(directory.as_bytes());
        assert_eq!(
            std::str::from_utf8(&found).unwrap(),
            expected,
            "{directory}"
        );
    }
}
