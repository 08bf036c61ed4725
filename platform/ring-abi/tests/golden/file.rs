//! Golden bytes of the records about files and directories.

use ring_abi::{
    Body, DirectoryRead, FileContent, FileNamed, FileOpened, FileRemoved, FileWritten, Header, Tag,
};

use super::check;

/// A file found open for writing when the capture began.
#[test]
fn file_opened() {
    check(
        r"
        5e 00 00 00                         | length 94
        01 00                               | version 1
        05 00                               | kind 5 FILE_OPENED
        02 00 00 00                         | flags: rundown
        01 00 00 00                         | cpu 1
        0b 00 00 00 00 00 00 00             | sequence 11
        00 ac e5 e7 12 00 00 00             | time 81_200_000_000
        92 10 00 00                         | pid 4242
        92 10 00 00                         | tid 4242
        80 6e 18 dc 12 00 00 00             | start_time 81_002_000_000
        01 08 00 00 00 00 00 00             | device 2049
        4d 00 00 00 00 00 00 00             | inode 77
        00 10 00 00 00 00 00 00             | size 4096
        05 00 00 00                         | known 5, file, size after
        80 81 00 00                         | mode 33_152, octal 100600
        01 00 0a 00                         | field 1 PATH, 10 bytes
        2f 76 61 72 2f 6c 6f 67 2f 78       |   /var/log/x
        ",
        Header {
            length: 94,
            version: 1,
            kind: 5,
            flags: 2,
            cpu: 1,
            sequence: 11,
            time: 81_200_000_000,
            pid: 4242,
            tid: 4242,
            start_time: 81_002_000_000,
        },
        Body::FileOpened(FileOpened {
            device: 2049,
            inode: 77,
            size: 4096,
            known: 5,
            mode: 33_152,
        }),
        &[(Tag::PATH, b"/var/log/x")],
    );
}

/// The head of a gzip file, read apart from its close.
#[test]
fn file_content() {
    check(
        r"
        6a 00 00 00                         | length 106
        01 00                               | version 1
        06 00                               | kind 6 FILE_CONTENT
        00 00 00 00                         | flags: none
        01 00 00 00                         | cpu 1
        0c 00 00 00 00 00 00 00             | sequence 12
        00 8d db ed 12 00 00 00             | time 81_300_000_000
        92 10 00 00                         | pid 4242
        92 10 00 00                         | tid 4242
        80 6e 18 dc 12 00 00 00             | start_time 81_002_000_000
        01 08 00 00 00 00 00 00             | device 2049
        4e 00 00 00 00 00 00 00             | inode 78
        09 00 00 00 00 00 00 00             | size 9
        05 00 00 00                         | known 5, file, size after
        00 00 00 00                         | _pad 0
        01 00 09 00                         | field 1 PATH, 9 bytes
        2f 74 6d 70 2f 61 2e 67 7a          |   /tmp/a.gz
        0c 00 09 00                         | field 12 CONTENT_HEAD, 9 bytes
        1f 8b 08 00 00 00 00 00 00          |   .........
        ",
        Header {
            length: 106,
            version: 1,
            kind: 6,
            flags: 0,
            cpu: 1,
            sequence: 12,
            time: 81_300_000_000,
            pid: 4242,
            tid: 4242,
            start_time: 81_002_000_000,
        },
        Body::FileContent(FileContent {
            device: 2049,
            inode: 78,
            size: 9,
            known: 5,
            _pad: 0,
        }),
        &[
            (Tag::PATH, b"/tmp/a.gz"),
            (Tag::CONTENT_HEAD, b"\x1f\x8b\x08\0\0\0\0\0\0"),
        ],
    );
}

/// An encrypted 7z archive that its opener handed on by exec; its head was cut.
#[test]
fn file_written() {
    check(
        r"
        b2 00 00 00                         | length 178
        01 00                               | version 1
        07 00                               | kind 7 FILE_WRITTEN
        01 00 00 00                         | flags: truncated
        01 00 00 00                         | cpu 1
        0d 00 00 00 00 00 00 00             | sequence 13
        00 6e d1 f3 12 00 00 00             | time 81_400_000_000
        92 10 00 00                         | pid 4242
        92 10 00 00                         | tid 4242
        80 6e 18 dc 12 00 00 00             | start_time 81_002_000_000
        01 08 00 00 00 00 00 00             | device 2049
        4f 00 00 00 00 00 00 00             | inode 79
        00 00 00 00 00 00 00 00             | size_before 0
        71 11 01 00 00 00 00 00             | size_after 70_001
        91 11 01 00 00 00 00 00             | bytes_written 70_033, 32 of them twice
        80 7d d6 f0 12 00 00 00             | opened 81_350_000_000
        00 e7 3d f0 12 00 00 00             | opener_start 81_340_000_000
        91 10 00 00                         | opener_pid 4241
        ef 01 00 00                         | known 495, all of a created file
        04 00 00 00                         | reason 4, EXECUTED
        a4 81 00 00                         | mode 33_188, octal 100644
        01 00 00 00                         | links 1
        e8 03 00 00                         | uid 1000
        03 00 00 00 00 00 00 00             | calls 3
        01 00 0c 00                         | field 1 PATH, 12 bytes
        2f 74 6d 70 2f 6c 6f 6f 74 2e 37 7a |   /tmp/loot.7z
        0c 00 08 00                         | field 12 CONTENT_HEAD, 8 bytes
        37 7a bc af 27 1c 00 04             |   7z..'...
        0d 00 02 00                         | field 13 CONTENT_MIDDLE, 2 bytes
        a5 5a                               |   .Z
        0e 00 04 00                         | field 14 CONTENT_TAIL, 4 bytes
        06 f1 07 01                         |   ....
        ",
        Header {
            length: 178,
            version: 1,
            kind: 7,
            flags: 1,
            cpu: 1,
            sequence: 13,
            time: 81_400_000_000,
            pid: 4242,
            tid: 4242,
            start_time: 81_002_000_000,
        },
        Body::FileWritten(FileWritten {
            device: 2049,
            inode: 79,
            size_before: 0,
            size_after: 70_001,
            bytes_written: 70_033,
            opened: 81_350_000_000,
            opener_start: 81_340_000_000,
            opener_pid: 4241,
            known: 495,
            reason: 4,
            mode: 33_188,
            links: 1,
            uid: 1000,
            calls: 3,
        }),
        &[
            (Tag::PATH, b"/tmp/loot.7z"),
            (Tag::CONTENT_HEAD, b"7z\xbc\xaf'\x1c\0\x04"),
            (Tag::CONTENT_MIDDLE, b"\xa5Z"),
            (Tag::CONTENT_TAIL, b"\x06\xf1\x07\x01"),
        ],
    );
}

/// An archive gets a harmless name.
#[test]
fn file_renamed() {
    check(
        r"
        64 00 00 00                         | length 100
        01 00                               | version 1
        08 00                               | kind 8 FILE_RENAMED
        00 00 00 00                         | flags: none
        01 00 00 00                         | cpu 1
        0e 00 00 00 00 00 00 00             | sequence 14
        00 4f c7 f9 12 00 00 00             | time 81_500_000_000
        92 10 00 00                         | pid 4242
        92 10 00 00                         | tid 4242
        80 6e 18 dc 12 00 00 00             | start_time 81_002_000_000
        01 08 00 00 00 00 00 00             | device 2049
        50 00 00 00 00 00 00 00             | inode 80
        01 00 00 00                         | known 1, file
        01 00 00 00                         | call_flags 1, RENAME_NOREPLACE
        01 00 0a 00                         | field 1 PATH, 10 bytes
        2f 74 6d 70 2f 61 2e 6a 70 67       |   /tmp/a.jpg
        02 00 0a 00                         | field 2 OLD_PATH, 10 bytes
        2f 74 6d 70 2f 61 2e 7a 69 70       |   /tmp/a.zip
        ",
        Header {
            length: 100,
            version: 1,
            kind: 8,
            flags: 0,
            cpu: 1,
            sequence: 14,
            time: 81_500_000_000,
            pid: 4242,
            tid: 4242,
            start_time: 81_002_000_000,
        },
        Body::FileRenamed(FileNamed {
            device: 2049,
            inode: 80,
            known: 1,
            call_flags: 1,
        }),
        &[(Tag::PATH, b"/tmp/a.jpg"), (Tag::OLD_PATH, b"/tmp/a.zip")],
    );
}

/// A link told by the paths that the program passed.
#[test]
fn file_linked() {
    check(
        r"
        62 00 00 00                         | length 98
        01 00                               | version 1
        09 00                               | kind 9 FILE_LINKED
        04 00 00 00                         | flags: lookup failed
        01 00 00 00                         | cpu 1
        0f 00 00 00 00 00 00 00             | sequence 15
        00 30 bd ff 12 00 00 00             | time 81_600_000_000
        92 10 00 00                         | pid 4242
        92 10 00 00                         | tid 4242
        80 6e 18 dc 12 00 00 00             | start_time 81_002_000_000
        00 00 00 00 00 00 00 00             | device 0, unknown
        00 00 00 00 00 00 00 00             | inode 0, unknown
        00 00 00 00                         | known 0, nothing
        00 04 00 00                         | call_flags 1024, AT_SYMLINK_FOLLOW
        03 00 01 00                         | field 3 GIVEN_PATH, 1 bytes
        62                                  |   b
        04 00 01 00                         | field 4 OLD_GIVEN_PATH, 1 bytes
        61                                  |   a
        05 00 04 00                         | field 5 BASE_PATH, 4 bytes
        2f 74 6d 70                         |   /tmp
        06 00 04 00                         | field 6 OLD_BASE_PATH, 4 bytes
        2f 73 72 76                         |   /srv
        ",
        Header {
            length: 98,
            version: 1,
            kind: 9,
            flags: 4,
            cpu: 1,
            sequence: 15,
            time: 81_600_000_000,
            pid: 4242,
            tid: 4242,
            start_time: 81_002_000_000,
        },
        Body::FileLinked(FileNamed {
            device: 0,
            inode: 0,
            known: 0,
            call_flags: 1024,
        }),
        &[
            (Tag::GIVEN_PATH, b"b"),
            (Tag::OLD_GIVEN_PATH, b"a"),
            (Tag::BASE_PATH, b"/tmp"),
            (Tag::OLD_BASE_PATH, b"/srv"),
        ],
    );
}

/// An emptied directory is removed.
#[test]
fn file_removed() {
    check(
        r"
        52 00 00 00                         | length 82
        01 00                               | version 1
        0a 00                               | kind 10 FILE_REMOVED
        08 00 00 00                         | flags: unlinked
        01 00 00 00                         | cpu 1
        10 00 00 00 00 00 00 00             | sequence 16
        00 11 b3 05 13 00 00 00             | time 81_700_000_000
        92 10 00 00                         | pid 4242
        92 10 00 00                         | tid 4242
        80 6e 18 dc 12 00 00 00             | start_time 81_002_000_000
        01 08 00 00 00 00 00 00             | device 2049
        51 00 00 00 00 00 00 00             | inode 81
        01 00 00 00                         | known 1, file
        01 00 00 00                         | directory 1, yes
        01 00 06 00                         | field 1 PATH, 6 bytes
        2f 74 6d 70 2f 64                   |   /tmp/d
        ",
        Header {
            length: 82,
            version: 1,
            kind: 10,
            flags: 8,
            cpu: 1,
            sequence: 16,
            time: 81_700_000_000,
            pid: 4242,
            tid: 4242,
            start_time: 81_002_000_000,
        },
        Body::FileRemoved(FileRemoved {
            device: 2049,
            inode: 81,
            known: 1,
            directory: 1,
        }),
        &[(Tag::PATH, b"/tmp/d")],
    );
}

/// The fifth directory that a process read from.
#[test]
fn directory_read() {
    check(
        r"
        6a 00 00 00                         | length 106
        01 00                               | version 1
        0b 00                               | kind 11 DIRECTORY_READ
        00 00 00 00                         | flags: none
        01 00 00 00                         | cpu 1
        11 00 00 00 00 00 00 00             | sequence 17
        00 f2 a8 0b 13 00 00 00             | time 81_800_000_000
        92 10 00 00                         | pid 4242
        92 10 00 00                         | tid 4242
        80 6e 18 dc 12 00 00 00             | start_time 81_002_000_000
        01 08 00 00 00 00 00 00             | device 2049
        52 00 00 00 00 00 00 00             | inode 82
        05 00 00 00 00 00 00 00             | count 5
        01 00 00 00                         | reason 1, FILE_READ
        01 20 00 00                         | known 8193, file, counts
        01 00 0c 00                         | field 1 PATH, 12 bytes
        2f 68 6f 6d 65 2f 61 2f 2e 73 73 68 |   /home/a/.ssh
        0b 00 06 00                         | field 11 NAME, 6 bytes
        69 64 5f 72 73 61                   |   id_rsa
        ",
        Header {
            length: 106,
            version: 1,
            kind: 11,
            flags: 0,
            cpu: 1,
            sequence: 17,
            time: 81_800_000_000,
            pid: 4242,
            tid: 4242,
            start_time: 81_002_000_000,
        },
        Body::DirectoryRead(DirectoryRead {
            device: 2049,
            inode: 82,
            count: 5,
            reason: 1,
            known: 8193,
        }),
        &[(Tag::PATH, b"/home/a/.ssh"), (Tag::NAME, b"id_rsa")],
    );
}
