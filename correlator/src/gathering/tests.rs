//! Gatherings are found by what lies in them, bounded, and forgotten.

use super::{Gathered, Gatherings, ProcessKey, Time};

fn gathered(owner: u32, root: &str) -> Gathered {
    let owner = ProcessKey {
        pid: owner,
        start: 1,
    };
    Gathered {
        owner,
        root: root.as_bytes().into(),
    }
}

fn go_on(gatherings: &mut Gatherings, owner: u32, root: &str, time: u64) {
    let one = gathered(owner, root);
    let by = one.owner;
    gatherings.go_on(one, by, Time(time)).files += 1;
}

#[test]
fn what_lies_below_a_root_belongs_to_it() {
    let mut gatherings = Gatherings::new(8);
    go_on(&mut gatherings, 1, "/tmp/loot", 1);
    go_on(&mut gatherings, 2, "/tmp/loot", 2);
    go_on(&mut gatherings, 1, "/tmp/loot", 3);
    let (found, gathering) = gatherings.holding(b"/tmp/loot/a/b").unwrap();
    assert_eq!((found.owner.pid, gathering.files), (1, 2));
    assert!(gatherings.holding(b"/tmp/loot").is_some());
    assert!(gatherings.holding(b"/tmp").is_some());
    assert!(gatherings.holding(b"/tmp/other").is_none());
    assert!(gatherings.holding(b"/tmp/loo").is_none());
}

#[test]
fn the_quiet_ones_go() {
    let mut gatherings = Gatherings::new(2);
    go_on(&mut gatherings, 1, "/tmp/a", 1);
    go_on(&mut gatherings, 1, "/tmp/b", 2);
    go_on(&mut gatherings, 1, "/tmp/a", 3);
    go_on(&mut gatherings, 1, "/tmp/c", 4);
    assert!(gatherings.holding(b"/tmp/b").is_none());
    assert_eq!((gatherings.len(), gatherings.evicted()), (2, 1));
    gatherings.expire(Time(4));
    assert_eq!(gatherings.len(), 1);
    assert!(gatherings.holding(b"/tmp/c").is_some());
}
