//! What Kernel-File tells of written files.

use super::*;

#[test]
fn what_was_written_is_told_once_with_its_bytes() {
    for (version, pointer) in [(0, 4), (0, 8), (1, 4), (1, 8)] {
        let begin = |object: u64| {
            let begin = build(pointer).pointer(1);
            if version == 0 {
                begin.pointer(901).pointer(object)
            } else {
                begin.pointer(object)
            }
        };
        let thread = |build: Build| if version == 0 { build } else { build.u32(901) };
        let open = |object, options| {
            thread(begin(object))
                .u32(options)
                .u32(0)
                .u32(0)
                .wide(r"C:\out\a.zip")
        };
        let write = |object: u64| {
            let write = build(pointer).u64(0).pointer(1);
            let write = if version == 0 {
                write.pointer(901)
            } else {
                write
            };
            thread(write.pointer(object).pointer(77)).u32(1_000).u32(0)
        };
        let close = |object| thread(begin(object).pointer(77));
        let path = |object, name: &str| {
            thread(begin(object).pointer(77).pointer(1))
                .u32(13)
                .wide(name)
        };
        let events = [
            (KERNEL_FILE, 12, version, &open(5, 0x0200_0000)),
            (KERNEL_FILE, 12, version, &open(6, 0x0100_0000)),
            (KERNEL_FILE, 16, version, &write(5)),
            (KERNEL_FILE, 16, version, &write(5)),
            (KERNEL_FILE, 15, version, &write(6)),
            (KERNEL_FILE, 15, version, &write(6)),
            (KERNEL_FILE, 13, version, &close(5)),
            (KERNEL_FILE, 13, version, &close(6)),
            (KERNEL_FILE, 27, version, &path(5, r"C:\out\b.zip")),
            (KERNEL_FILE, 26, version, &path(6, r"C:\in.txt")),
            (KERNEL_FILE, 14, version, &close(5)),
        ];
        let (records, undecodable) = encode(&events);
        assert_eq!(undecodable, 0, "version {version}, {pointer} bytes");
        let written = only(&records, Kind::FILE_WRITTEN);
        assert_eq!(written.tail.field(Tag::PATH), Some(&br"C:\out\a.zip"[..]));
        let Body::FileWritten(body) = written.body else {
            panic!()
        };
        assert_eq!((body.bytes_written, body.calls), (2_000, 2));
        let known = Known(body.known);
        assert!(known.has(Known::CREATED) && !known.has(Known::SIZE_AFTER));
        let read = only(&records, Kind::DIRECTORY_READ);
        assert_eq!(read.tail.field(Tag::PATH), Some(&br"C:\out"[..]));
        let renamed = only(&records, Kind::FILE_RENAMED);
        assert_eq!(
            renamed.tail.field(Tag::OLD_PATH),
            Some(&br"C:\out\a.zip"[..])
        );
        assert_eq!(renamed.tail.field(Tag::PATH), Some(&br"C:\out\b.zip"[..]));
        let removed = only(&records, Kind::FILE_REMOVED);
        assert_eq!(removed.tail.field(Tag::PATH), Some(&br"C:\in.txt"[..]));
    }
}

#[test]
fn files_that_were_open_before_have_their_names_from_the_rundown() {
    let name = build(8).pointer(77).wide(r"C:\docs\a.docx");
    let read = build(8)
        .u64(0)
        .pointer(1)
        .pointer(5)
        .pointer(77)
        .u32(901)
        .u32(10)
        .u32(0)
        .u32(0);
    let (records, _) = encode(&[(KERNEL_FILE, 10, 1, &name), (KERNEL_FILE, 15, 1, &read)]);
    let read = only(&records, Kind::DIRECTORY_READ);
    assert_eq!(read.tail.field(Tag::NAME), Some(&b"a.docx"[..]));
}

#[test]
fn a_file_that_is_open_at_the_end_is_told_as_swept() {
    let open = build(8)
        .pointer(1)
        .pointer(5)
        .u32(901)
        .u32(0)
        .u32(0)
        .u32(0)
        .wide(r"C:\a");
    let write = build(8)
        .u64(0)
        .pointer(1)
        .pointer(5)
        .pointer(7)
        .u32(901)
        .u32(10)
        .u32(0)
        .u32(0);
    let (records, _) = encode(&[(KERNEL_FILE, 30, 1, &open), (KERNEL_FILE, 16, 1, &write)]);
    let Body::FileWritten(body) = only(&records, Kind::FILE_WRITTEN).body else {
        panic!()
    };
    assert_eq!(body.reason, ring_abi::CloseReason::SWEPT.0);
}
