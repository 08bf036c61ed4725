//! Every code value of the format. A number that changes here breaks every recording ever made.

use ring_abi::{
    CloseReason, Direction, Flags, Kind, Known, LossReason, Purpose, ReadReason, System, Tag,
    ThrottleReason,
};

/// Checks a code's whole table, written `number name` in ascending order.
fn check<T: Copy>(table: &[(T, &str)], number: impl Fn(T) -> u32, expected: &str) {
    let found = table
        .iter()
        .map(|(code, name)| format!("{} {name}", number(*code)))
        .collect::<Vec<_>>();
    let expected = expected.split(',').map(str::trim).collect::<Vec<_>>();
    assert_eq!(found, expected);
}

#[test]
fn kinds() {
    check(
        Kind::ALL,
        |code| code.0.into(),
        "1 PROCESS_START, 2 FORK, 3 EXIT, 4 LIBRARY_LOAD, 5 FILE_OPENED, 6 FILE_CONTENT, \
         7 FILE_WRITTEN, 8 FILE_RENAMED, 9 FILE_LINKED, 10 FILE_REMOVED, 11 DIRECTORY_READ, \
         12 FLOW_OPENED, 13 FLOW_CLOSED, 14 THROTTLE, 15 LOSS, 16 CAPTURE_START, 17 LIBRARY_USE, \
         18 SCRIPT",
    );
}

#[test]
fn tags() {
    check(
        Tag::ALL,
        |code| code.0.into(),
        "1 PATH, 2 OLD_PATH, 3 GIVEN_PATH, 4 OLD_GIVEN_PATH, 5 BASE_PATH, 6 OLD_BASE_PATH, \
         7 ARGUMENTS, 8 DIRECTORY, 9 SCRIPT, 10 CGROUP, 11 NAME, 12 CONTENT_HEAD, \
         13 CONTENT_MIDDLE, 14 CONTENT_TAIL, 15 HOST, 16 RELEASE, 17 BOOT, 18 COMMAND, \
         19 FUNCTION, 20 FAMILY, 21 FORMAT, 22 USER, 23 ORIGINAL_NAME, 24 TEXT, \
         25 PRODUCT, 26 COMPANY, 27 INTEGRITY, 28 SIGNING_ID, 29 TEAM_ID, \
         30 CODE_HASH, 31 RESPONSIBLE, 32 CREATOR",
    );
}

#[test]
fn flags() {
    check(
        Flags::ALL,
        |code| code.0,
        "1 TRUNCATED, 2 RUNDOWN, 4 LOOKUP_FAILED, 8 UNLINKED",
    );
}

#[test]
fn known() {
    check(
        Known::ALL,
        |code| code.0,
        "1 FILE, 2 SIZE_BEFORE, 4 SIZE_AFTER, 8 BYTES_WRITTEN, 16 BYTES_READ, 32 OPENED, \
         64 OPENER, 128 OWNER, 256 CREATED, 512 PARENT, 1024 USER, 2048 SESSION, 4096 CGROUP, \
         8192 COUNTS, 16384 STATUS, 32768 LOGIN, 65536 LEVEL, 131072 PASSPHRASE, \
         262144 SIGNED, 524288 UNSIGNED, 1048576 SYSTEM_PROGRAM",
    );
}

#[test]
fn reasons() {
    check(
        CloseReason::ALL,
        |code| code.0,
        "1 CLOSED, 2 EXITED, 3 REPLACED, 4 EXECUTED, 5 SWEPT, 6 UNTOLD",
    );
    check(ReadReason::ALL, |code| code.0, "1 FILE_READ, 2 LISTED");
    check(
        LossReason::ALL,
        |code| code.0,
        "1 RING_FULL, 2 NESTED, 3 TOO_LARGE, 4 TABLE_FULL, 5 QUEUE_FULL, 6 SYSTEM, 7 GAP, \
         8 RESTING",
    );
    check(ThrottleReason::ALL, |code| code.0, "1 RATE, 2 DIRECTORIES");
}

#[test]
fn systems_and_directions() {
    check(System::ALL, |code| code.0, "1 LINUX, 2 WINDOWS, 3 MACOS");
    check(Direction::ALL, |code| code.0, "1 OUTBOUND, 2 INBOUND");
    check(
        Purpose::ALL,
        |code| code.0,
        "1 COMPRESS, 2 ARCHIVE, 3 ENCRYPT",
    );
}

#[test]
fn a_value_of_a_later_version_survives() {
    assert_eq!(Kind(900).0, 900);
    assert!(!Kind::ALL.iter().any(|(kind, _)| *kind == Kind(900)));
}
