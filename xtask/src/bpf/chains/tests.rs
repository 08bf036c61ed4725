//! Code made by hand, and the object that is checked in.

use super::{calls, programs, readable, stack};

fn code(instructions: &[[u8; 8]]) -> Vec<u8> {
    instructions.concat()
}

#[test]
fn the_lowest_byte_touched_counts() {
    // *(u64 *)(r10 - 24) = r1; r2 = r10; r2 += -40; r3 = *(u32 *)(r10 - 8)
    let frame = code(&[
        [0x7b, 0x1a, 0xe8, 0xff, 0, 0, 0, 0],
        [0xbf, 0xa2, 0, 0, 0, 0, 0, 0],
        [0x07, 0x02, 0, 0, 0xd8, 0xff, 0xff, 0xff],
        [0x61, 0xa3, 0xf8, 0xff, 0, 0, 0, 0],
    ]);
    assert_eq!(stack(&frame), 40);
    // Another register's sum is none of the frame's.
    let other = code(&[[0x07, 0x02, 0, 0, 0x00, 0xff, 0xff, 0xff]]);
    assert_eq!(stack(&other), 0);
}

#[test]
fn calls_of_helpers_and_halves_of_constants_are_none() {
    let mixed = code(&[
        [0x85, 0x00, 0, 0, 0x71, 0, 0, 0],
        [0x18, 0x01, 0, 0, 0, 0, 0, 0],
        [0x85, 0x10, 0, 0, 9, 0, 0, 0],
        [0x85, 0x10, 0, 0, 0xff, 0xff, 0xff, 0xff],
    ]);
    assert_eq!(calls(&mixed), [(24, -1)]);
}

#[test]
fn names_are_told_without_their_crates_marks() {
    assert_eq!(
        readable("_RNvNtCs708nlQQVtEU_16packhound_probes7written4tell"),
        "written::tell"
    );
    assert_eq!(readable("close_last"), "close_last");
}

#[test]
fn the_probes_are_read_whole() {
    let bytes = std::fs::read(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../probes-ebpf/packhound-probes.o"
    ));
    let programs = programs(&bytes.expect("the object")).expect("its programs");
    let close = programs
        .iter()
        .find(|program| program.name == "close_enter");
    let close = close.expect("the program at close");
    assert!(close.all > close.own, "{close:?}");
    assert!(close.stack > 32 && close.chain.len() > 2, "{close:?}");
    assert!(programs.iter().all(|program| program.stack <= 512));
}
