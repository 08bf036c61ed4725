//! What moves and what stands.

use super::{Flow, Levels, Motion};

fn letters(put: u64, taken: u64) -> Levels {
    Levels {
        letters: (put, taken),
        ..Levels::default()
    }
}

fn ring(put: u64, taken: u64) -> Levels {
    Levels {
        ring: (put, taken),
        ..Levels::default()
    }
}

#[test]
fn nothing_to_do_is_no_standstill() {
    // The kernel's counts need not meet.
    let levels = Levels {
        ring: (9, 7),
        letters: (4, 4),
    };
    let mut motion = Motion::default();
    for _ in 0..3 {
        assert!(motion.moves(levels));
    }
}

#[test]
fn what_is_taken_moves_however_much_waits() {
    let mut motion = Motion::default();
    for levels in [letters(10, 1), letters(1_000, 2), letters(1_000, 3)] {
        assert!(motion.moves(levels));
    }
    let mut motion = Motion::default();
    for levels in [ring(10, 1), ring(1_000, 2), ring(1_000, 3)] {
        assert!(motion.moves(levels));
    }
}

#[test]
fn letters_that_waited_all_the_while_stand() {
    let mut motion = Motion::default();
    assert!(motion.moves(letters(5, 5)), "none waits");
    assert!(motion.moves(letters(6, 5)), "one may have come this moment");
    assert!(
        !motion.moves(letters(6, 5)),
        "it waited from one look to the next"
    );
    assert!(!motion.moves(letters(9, 5)), "more make it no better");
    assert!(motion.moves(letters(9, 6)), "it goes on");
}

#[test]
fn a_ring_that_fills_and_is_not_read_stands() {
    let mut motion = Motion::default();
    assert!(motion.moves(ring(7, 7)));
    assert!(!motion.moves(ring(8, 7)), "more came, nothing was taken");
    assert!(motion.moves(ring(8, 7)), "nothing came");
    assert!(motion.moves(ring(9, 9)));
}

#[test]
fn one_that_stands_is_enough() {
    let mut motion = Motion::default();
    let levels = |ring, letters| Levels { ring, letters };
    assert!(motion.moves(levels((5, 1), (4, 4))));
    assert!(!motion.moves(levels((9, 1), (5, 5))));
}

#[test]
fn a_thread_that_takes_no_turn_stands() {
    let mut motion = Motion::default();
    assert!(motion.moves(Levels::of_turns(3)));
    assert!(motion.moves(Levels::of_turns(4)));
    assert!(!motion.moves(Levels::of_turns(4)));
}

#[test]
fn a_flow_counts_both_ends() {
    let flow = Flow::default();
    flow.put();
    flow.put();
    flow.clone().taken(1);
    assert_eq!(flow.levels(), (2, 1));
}
