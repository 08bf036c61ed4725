//! Arguments out of what the system tells, and parents that can be.

use super::{Running, arguments, order};

#[test]
fn arguments_end_where_the_environment_begins() {
    let told = [
        &3_i32.to_le_bytes()[..],
        b"/usr/bin/zip\0\0\0\0",
        b"zip\0-r\0\0HOME=/\0PATH=/bin\0",
    ]
    .concat();
    // An empty argument is one.
    assert_eq!(arguments(&told).as_deref(), Some(&b"zip\0-r\0\0"[..]));
    let none = [&0_i32.to_le_bytes()[..], b"/sbin/launchd\0\0"].concat();
    assert_eq!(arguments(&none).as_deref(), Some(&b""[..]));
}

#[test]
fn what_makes_no_sense_has_no_arguments() {
    let with = |count: i32, rest: &[u8]| arguments(&[&count.to_le_bytes()[..], rest].concat());
    assert_eq!(arguments(b""), None);
    assert_eq!(with(-1, b"/a\0a\0"), None);
    assert_eq!(with(2, b"/a\0a\0"), None);
    assert_eq!(with(1, b"/a"), None);
    assert_eq!(with(i32::MAX, b"/a\0a\0b\0"), None);
}

#[test]
fn parents_come_first_and_are_older() {
    let process = |pid, parent, start| Running {
        pid,
        parent,
        start,
        ..Running::default()
    };
    let mut all = [
        process(9, 5, 30),
        process(5, 1, 20),
        process(1, 0, 10),
        // Its parent's number was given to another one since.
        process(7, 9, 25),
        process(8, 99, 26),
    ];
    order(&mut all);
    let seen: Vec<(u32, u32)> = all.iter().map(|it| (it.pid, it.parent)).collect();
    assert_eq!(seen, [(1, 0), (5, 1), (7, 0), (8, 0), (9, 5)]);
}
