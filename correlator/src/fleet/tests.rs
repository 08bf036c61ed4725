//! What is like what, and how long an answer holds.
//!
//! Step: tests.

use super::{Fleet, Pattern, Prevalence, SMALL, STALE, homeless};
use crate::event::Time;

fn pattern(image: &str) -> Pattern {
    Pattern {
        image: image.into(),
        parent: None,
        purpose: None,
        utility: None,
        directory: Vec::new(),
    }
}

fn prevalence(others: u64) -> Prevalence {
    Prevalence {
        others,
        lately: 0,
        hosts: 100,
        days: 3,
    }
}

#[test]
fn homes_are_alike() {
    let table = [
        ("/home/ann/docs", "/home/*/docs"),
        ("/home/ann", "/home/*"),
        ("C:\\Users\\ann\\x", "C:\\Users\\*\\x"),
        ("/root/x", "/root/x"),
        ("/homework/x", "/homework/x"),
    ];
    for (path, want) in table {
        assert_eq!(homeless(path.into()), want.as_bytes(), "{path}");
    }
}

#[test]
fn an_answer_is_forgotten_when_it_is_stale() {
    let mut fleet = Fleet::new(4);
    assert!(fleet.learn(&pattern("a"), prevalence(7), Time(5)));
    assert!(!fleet.learn(&pattern("a"), prevalence(7), Time(6)));
    let known = |now| fleet.known(&pattern("a"), Time(now));
    assert_eq!(known(6 + STALE), Some(prevalence(7)));
    assert_eq!(known(7 + STALE), None);
}

#[test]
fn a_small_fleet_says_nothing() {
    let mut fleet = Fleet::new(4);
    let small = Prevalence {
        hosts: SMALL - 1,
        ..prevalence(0)
    };
    assert!(!fleet.learn(&pattern("a"), small, Time(1)));
    assert!(fleet.is_empty());
    // A fleet that shrank takes back what it said.
    assert!(fleet.learn(&pattern("a"), prevalence(1), Time(1)));
    assert!(fleet.learn(&pattern("a"), small, Time(2)));
    assert!(fleet.is_empty());
}

#[test]
fn answers_are_bounded_and_the_oldest_go() {
    let mut fleet = Fleet::new(3);
    for (time, name) in ["a", "b", "c", "d", "e"].into_iter().enumerate() {
        fleet.learn(&pattern(name), prevalence(1), Time(time as u64));
    }
    assert_eq!((fleet.len(), fleet.ages.len()), (3, 3));
    assert!(fleet.known(&pattern("b"), Time(9)).is_none());
    assert!(fleet.known(&pattern("c"), Time(9)).is_some());
}
