//! Golden bytes of the records about processes and the libraries they load.

use ring_abi::{Body, Exit, Fork, Header, LibraryLoad, LibraryUse, ProcessStart, Script, Tag};

use super::check;

/// A user starts a set-user-id `zip` from a terminal.
#[test]
fn process_start() {
    check(
        r"
        c6 00 00 00                         | length 198
        01 00                               | version 1
        01 00                               | kind 1 PROCESS_START
        00 00 00 00                         | flags: none
        01 00 00 00                         | cpu 1
        07 00 00 00 00 00 00 00             | sequence 7
        20 94 3e dc 12 00 00 00             | time 81_004_500_000
        92 10 00 00                         | pid 4242
        92 10 00 00                         | tid 4242
        80 6e 18 dc 12 00 00 00             | start_time 81_002_000_000
        00 20 5f a0 12 00 00 00             | parent_start 80_000_000_000
        a0 0f 00 00                         | parent_pid 4000
        01 9e 00 00                         | known 40_449, file, parent, user, session, cgroup, login
        01 fe 00 00 00 00 00 00             | device 65_025, major 254, minor 1
        01 00 14 00 00 00 00 00             | inode 1_310_721
        33 14 00 00 00 00 00 00             | cgroup 5171
        e8 03 00 00                         | uid 1000
        00 00 00 00                         | euid 0, set-user-id
        e9 03 00 00                         | gid 1001
        ea 03 00 00                         | egid 1002
        eb 03 00 00                         | login_uid 1003
        9f 0f 00 00                         | session 3999
        00 88 00 00                         | terminal 34_816, /dev/pts/0
        13 00 00 00                         | arguments_length 19
        01 00 00 f0                         | mount_namespace 4_026_531_841
        fc ff ff ef                         | pid_namespace 4_026_531_836
        02 00 00 00                         | image_uid 2
        ed 81 00 00                         | image_mode 33_261, octal 100755
        01 00 0c 00                         | field 1 PATH, 12 bytes
        2f 75 73 72 2f 62 69 6e 2f 7a 69 70 |   /usr/bin/zip
        07 00 13 00                         | field 7 ARGUMENTS, 19 bytes
        7a 69 70 00 2d 50 00 70 77 00 2f 74 |   zip.-P.pw./t
        6d 70 2f 6f 00 73 00                |   mp/o.s.
        08 00 04 00                         | field 8 DIRECTORY, 4 bytes
        2f 73 72 76                         |   /srv
        0a 00 0b 00                         | field 10 CGROUP, 11 bytes
        2f 75 73 65 72 2e 73 6c 69 63 65    |   /user.slice
        ",
        Header {
            length: 198,
            version: 1,
            kind: 1,
            flags: 0,
            cpu: 1,
            sequence: 7,
            time: 81_004_500_000,
            pid: 4242,
            tid: 4242,
            start_time: 81_002_000_000,
        },
        Body::ProcessStart(ProcessStart {
            parent_start: 80_000_000_000,
            parent_pid: 4000,
            known: 40_449,
            device: 65_025,
            inode: 1_310_721,
            cgroup: 5171,
            uid: 1000,
            euid: 0,
            gid: 1001,
            egid: 1002,
            login_uid: 1003,
            session: 3999,
            terminal: 34_816,
            arguments_length: 19,
            mount_namespace: 4_026_531_841,
            pid_namespace: 4_026_531_836,
            image_uid: 2,
            image_mode: 33_261,
        }),
        &[
            (Tag::PATH, b"/usr/bin/zip"),
            (Tag::ARGUMENTS, b"zip\0-P\0pw\0/tmp/o\0s\0"),
            (Tag::DIRECTORY, b"/srv"),
            (Tag::CGROUP, b"/user.slice"),
        ],
    );
}

/// The header names the parent, the body the child.
#[test]
fn a_process_in_a_field() {
    let golden = super::bytes(
        "
        94 02 00 00                         | pid 660
        80 6e 18 dc 12 00 00 00             | start 81_002_000_000
        ",
    );
    assert_eq!(
        ring_abi::write_process(660, 81_002_000_000).to_vec(),
        golden
    );
    assert_eq!(ring_abi::read_process(&golden), Some((660, 81_002_000_000)));
    for length in [0, 4, 11] {
        assert_eq!(ring_abi::read_process(&golden[..length]), None);
    }
    assert_eq!(ring_abi::read_process(&[0; 13]), None);
}

#[test]
fn fork() {
    check(
        r"
        40 00 00 00                         | length 64
        01 00                               | version 1
        02 00                               | kind 2 FORK
        00 00 00 00                         | flags: none
        01 00 00 00                         | cpu 1
        08 00 00 00 00 00 00 00             | sequence 8
        40 35 46 dc 12 00 00 00             | time 81_005_000_000
        92 10 00 00                         | pid 4242
        92 10 00 00                         | tid 4242
        80 6e 18 dc 12 00 00 00             | start_time 81_002_000_000
        58 31 46 dc 12 00 00 00             | child_start 81_004_999_000
        93 10 00 00                         | child_pid 4243
        00 00 00 00                         | _pad 0
        ",
        Header {
            length: 64,
            version: 1,
            kind: 2,
            flags: 0,
            cpu: 1,
            sequence: 8,
            time: 81_005_000_000,
            pid: 4242,
            tid: 4242,
            start_time: 81_002_000_000,
        },
        Body::Fork(Fork {
            child_start: 81_004_999_000,
            child_pid: 4243,
            _pad: 0,
        }),
        &[],
    );
}

/// A process ends with exit code 1, and its totals.
#[test]
fn exit() {
    check(
        r"
        68 00 00 00                         | length 104
        01 00                               | version 1
        03 00                               | kind 3 EXIT
        00 00 00 00                         | flags: none
        01 00 00 00                         | cpu 1
        09 00 00 00 00 00 00 00             | sequence 9
        00 d3 9e 11 13 00 00 00             | time 81_900_000_000
        92 10 00 00                         | pid 4242
        92 10 00 00                         | tid 4242
        80 6e 18 dc 12 00 00 00             | start_time 81_002_000_000
        70 11 01 00 00 00 00 00             | bytes_read 70_000
        d0 01 01 00 00 00 00 00             | bytes_written 66_000
        0c 00 00 00 00 00 00 00             | files_read 12
        01 00 00 00 00 00 00 00             | files_written 1
        03 00 00 00 00 00 00 00             | directories_read 3
        02 00 00 00 00 00 00 00             | files_removed 2
        00 01 00 00                         | status 256, exit code 1
        18 60 00 00                         | known 24_600, bytes written, bytes read, counts, status
        ",
        Header {
            length: 104,
            version: 1,
            kind: 3,
            flags: 0,
            cpu: 1,
            sequence: 9,
            time: 81_900_000_000,
            pid: 4242,
            tid: 4242,
            start_time: 81_002_000_000,
        },
        Body::Exit(Exit {
            bytes_read: 70_000,
            bytes_written: 66_000,
            files_read: 12,
            files_written: 1,
            directories_read: 3,
            files_removed: 2,
            status: 256,
            known: 24_600,
        }),
        &[],
    );
}

/// A library found mapped when the capture began.
#[test]
fn library_load() {
    check(
        r"
        66 00 00 00                         | length 102
        01 00                               | version 1
        04 00                               | kind 4 LIBRARY_LOAD
        02 00 00 00                         | flags: rundown
        01 00 00 00                         | cpu 1
        0a 00 00 00 00 00 00 00             | sequence 10
        00 cb ef e1 12 00 00 00             | time 81_100_000_000
        92 10 00 00                         | pid 4242
        92 10 00 00                         | tid 4242
        80 6e 18 dc 12 00 00 00             | start_time 81_002_000_000
        01 fe 00 00 00 00 00 00             | device 65_025
        00 05 14 00 00 00 00 00             | inode 1_312_000
        c0 d9 01 00 00 00 00 00             | size 121_280
        05 00 00 00                         | known 5, file, size after
        00 00 00 00                         | _pad 0
        01 00 12 00                         | field 1 PATH, 18 bytes
        2f 75 73 72 2f 6c 69 62 2f 6c 69 62 |   /usr/lib/lib
        7a 2e 73 6f 2e 31                   |   z.so.1
        ",
        Header {
            length: 102,
            version: 1,
            kind: 4,
            flags: 2,
            cpu: 1,
            sequence: 10,
            time: 81_100_000_000,
            pid: 4242,
            tid: 4242,
            start_time: 81_002_000_000,
        },
        Body::LibraryLoad(LibraryLoad {
            device: 65_025,
            inode: 1_312_000,
            size: 121_280,
            known: 5,
            _pad: 0,
        }),
        &[(Tag::PATH, b"/usr/lib/libz.so.1")],
    );
}

/// A function of libarchive is called for the tenth time, with an output and a passphrase.
#[test]
fn library_use() {
    check(
        r"
        bb 00 00 00                         | length 187
        01 00                               | version 1
        11 00                               | kind 17 LIBRARY_USE
        00 00 00 00                         | flags: none
        01 00 00 00                         | cpu 1
        16 00 00 00 00 00 00 00             | sequence 22
        00 11 b3 05 13 00 00 00             | time 81_700_000_000
        92 10 00 00                         | pid 4242
        93 10 00 00                         | tid 4243
        80 6e 18 dc 12 00 00 00             | start_time 81_002_000_000
        01 08 00 00 00 00 00 00             | device 2049
        51 00 00 00 00 00 00 00             | inode 81
        0a 00 00 00 00 00 00 00             | uses 10
        00 30 bd ff 12 00 00 00             | first 81_600_000_000
        01 00 03 00                         | known 196_609, file, level, passphrase
        02 00 00 00                         | purpose 2, ARCHIVE
        ff ff ff ff                         | level -1
        00 00 00 00                         | _pad 0
        01 00 19 00                         | field 1 PATH, 25 bytes
        2f 75 73 72 2f 6c 69 62 2f 6c       |   /usr/lib/l
        69 62 61 72 63 68 69 76 65 2e       |   ibarchive.
        73 6f 2e 31 33                      |   so.13
        13 00 1b 00                         | field 19 FUNCTION, 27 bytes
        61 72 63 68 69 76 65 5f 77 72       |   archive_wr
        69 74 65 5f 6f 70 65 6e 5f 66       |   ite_open_f
        69 6c 65 6e 61 6d 65                |   ilename
        14 00 0a 00                         | field 20 FAMILY, 10 bytes
        6c 69 62 61 72 63 68 69 76 65       |   libarchive
        03 00 05 00                         | field 3 GIVEN_PATH, 5 bytes
        61 2e 7a 69 70                      |   a.zip
        05 00 04 00                         | field 5 BASE_PATH, 4 bytes
        2f 74 6d 70                         |   /tmp
        ",
        Header {
            length: 187,
            version: 1,
            kind: 17,
            flags: 0,
            cpu: 1,
            sequence: 22,
            time: 81_700_000_000,
            pid: 4242,
            tid: 4243,
            start_time: 81_002_000_000,
        },
        Body::LibraryUse(LibraryUse {
            device: 2049,
            inode: 81,
            uses: 10,
            first: 81_600_000_000,
            known: 196_609,
            purpose: 2,
            level: u32::MAX,
            _pad: 0,
        }),
        &[
            (Tag::PATH, b"/usr/lib/libarchive.so.13"),
            (Tag::FUNCTION, b"archive_write_open_filename"),
            (Tag::FAMILY, b"libarchive"),
            (Tag::GIVEN_PATH, b"a.zip"),
            (Tag::BASE_PATH, b"/tmp"),
        ],
    );
}

/// The second of three pieces of a script.
#[test]
fn script() {
    check(
        r"
        60 00 00 00                         | length 96
        01 00                               | version 1
        12 00                               | kind 18 SCRIPT
        00 00 00 00                         | flags: none
        00 00 00 00                         | cpu 0
        05 00 00 00 00 00 00 00             | sequence 5
        00 b4 94 17 13 00 00 00             | time 82_000_000_000
        92 10 00 00                         | pid 4242
        00 00 00 00                         | tid 0
        00 00 00 00 00 00 00 00             | start_time 0, not known
        ab 12 cd 34 00 00 00 00             | block ab12cd34-0000-0000-
        00 00 01 23 45 67 89 ab             |   0000-0123456789ab
        02 00 00 00                         | part 2
        03 00 00 00                         | parts 3
        18 00 09 00                         | field 24 TEXT, 9 bytes
        47 65 74 2d 49 74 65 6d 20          |   Get-Item and a blank
        01 00 07 00                         | field 1 PATH, 7 bytes
        43 3a 5c 61 2e 70 73                |   C:\a.ps
        ",
        Header {
            length: 96,
            version: 1,
            kind: 18,
            flags: 0,
            cpu: 0,
            sequence: 5,
            time: 82_000_000_000,
            pid: 4242,
            tid: 0,
            start_time: 0,
        },
        Body::Script(Script {
            block: [
                0xab, 0x12, 0xcd, 0x34, 0, 0, 0, 0, 0, 0, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab,
            ],
            part: 2,
            parts: 3,
        }),
        &[(Tag::TEXT, b"Get-Item "), (Tag::PATH, br"C:\a.ps")],
    );
}
