//! Bytes that are not a record, one test per reason.

use ring_abi::{DecodeError, MAX_RECORD, decode, frame_length};

use super::bytes;

/// A whole record of kind FORK, which the tests below spoil.
const FORK: &str = "
    40 00 00 00             | length 64
    01 00                   | version 1
    02 00                   | kind 2 FORK
    00 00 00 00             | flags: none
    00 00 00 00             | cpu 0
    01 00 00 00 00 00 00 00 | sequence 1
    02 00 00 00 00 00 00 00 | time 2
    03 00 00 00             | pid 3
    03 00 00 00             | tid 3
    01 00 00 00 00 00 00 00 | start_time 1
    02 00 00 00 00 00 00 00 | child_start 2
    04 00 00 00             | child_pid 4
    00 00 00 00             | pad
";

/// Checks that FORK with `patch` written at `at` and `extra` appended is refused with `reason`.
fn check(at: usize, patch: &[u8], extra: &[u8], reason: DecodeError) {
    let mut spoilt = bytes(FORK);
    spoilt[at..at + patch.len()].copy_from_slice(patch);
    spoilt.extend_from_slice(extra);
    assert_eq!(decode(&spoilt), Err(reason));
}

/// Every proper prefix is cut short, and one byte more is one too many.
pub(crate) fn refuses_other_lengths(golden: &[u8]) {
    for found in 0..golden.len() {
        let needed = if found < 4 { 48 } else { golden.len() };
        assert_eq!(
            decode(&golden[..found]),
            Err(DecodeError::Truncated { needed, found })
        );
    }
    let longer = [golden, &[0]].concat();
    assert_eq!(decode(&longer), Err(DecodeError::Trailing { extra: 1 }));
}

#[test]
fn truncated_or_continued() {
    refuses_other_lengths(&bytes(FORK));
}

#[test]
fn length_below_a_header() {
    check(0, &[47], &[], DecodeError::Length(47));
    assert_eq!(frame_length(&[0; 4]), Err(DecodeError::Length(0)));
}

#[test]
fn length_above_the_largest_record() {
    let length = MAX_RECORD as u32 + 1;
    check(
        0,
        &length.to_le_bytes(),
        &vec![0; MAX_RECORD],
        DecodeError::Length(length),
    );
    check(0, &[0xff; 4], &[], DecodeError::Length(u32::MAX));
}

#[test]
fn another_version() {
    check(4, &[0], &[], DecodeError::Version(0));
    check(4, &[2], &[], DecodeError::Version(2));
    check(4, &[1, 1], &[], DecodeError::Version(257));
}

#[test]
fn an_unknown_kind() {
    check(6, &[0], &[], DecodeError::UnknownKind(0));
    check(6, &[19], &[], DecodeError::UnknownKind(19));
    check(6, &[0xff, 0xff], &[], DecodeError::UnknownKind(65_535));
}

#[test]
fn a_body_that_does_not_fit() {
    // An EXIT has 56 bytes where this record holds 16.
    let reason = DecodeError::ShortBody { kind: 3, found: 16 };
    check(6, &[3], &[], reason);
}

#[test]
fn a_field_whose_head_is_cut() {
    check(0, &[67], &[1, 0, 0], DecodeError::ShortField { at: 64 });
}

#[test]
fn a_field_that_passes_the_end() {
    let extra = [1, 0, 2, 0, b'/'];
    check(0, &[69], &extra, DecodeError::ShortField { at: 64 });
}

#[test]
fn a_second_field_that_passes_the_end() {
    let extra = [1, 0, 1, 0, b'/', 7, 0, 0xff, 0xff];
    check(0, &[73], &extra, DecodeError::ShortField { at: 69 });
}

#[test]
fn a_repeated_field() {
    let extra = [1, 0, 0, 0, 1, 0, 0, 0];
    check(0, &[72], &extra, DecodeError::RepeatedField(1));
}

#[test]
fn unknown_fields_are_counted_and_do_no_harm() {
    let mut record = bytes(FORK);
    record[0] = 81;
    // Tag 0, which is never used, tag 99, which a later version may name, and a path.
    record.extend_from_slice(&[0, 0, 0, 0, 99, 0, 3, 0, 1, 2, 3, 1, 0, 2, 0, b'/', b'a']);
    let decoded = decode(&record).expect("unknown fields are no error");
    assert_eq!(decoded.tail.unknown(), 2);
    assert_eq!(decoded.tail.field(ring_abi::Tag::PATH), Some(&b"/a"[..]));
}
