//! The archive, read back by a reader written from the format's description.

use super::Archive;

/// Name, mode and content of each entry.
fn read(bytes: &[u8]) -> Vec<(String, u32, Vec<u8>)> {
    let mut entries = Vec::new();
    let mut at = 0;
    loop {
        assert_eq!(&bytes[at..at + 6], b"070701");
        let field = |index: usize| {
            let from = at + 6 + 8 * index;
            let text = std::str::from_utf8(&bytes[from..from + 8]).expect("digits");
            u32::from_str_radix(text, 16).expect("hexadecimal digits")
        };
        let (mode, length, named) = (field(1), field(6) as usize, field(11) as usize);
        let name = at + 110;
        let text = String::from_utf8(bytes[name..name + named - 1].to_vec()).expect("a name");
        assert_eq!(bytes[name + named - 1], 0);
        let content = (name + named).next_multiple_of(4);
        at = (content + length).next_multiple_of(4);
        if text == "TRAILER!!!" {
            assert_eq!(at, bytes.len());
            return entries;
        }
        entries.push((text, mode, bytes[content..content + length].to_vec()));
    }
}

#[test]
fn every_kind_of_entry_is_read_back() {
    let mut archive = Archive::default();
    archive.folder("bin");
    archive.file("bin/tool", 0o755, b"12345");
    archive.link("bin/sh", "tool");
    archive.device("console", 5, 1);
    let expected = [
        ("bin", 0o040_755, &b""[..]),
        ("bin/tool", 0o100_755, b"12345"),
        ("bin/sh", 0o120_777, b"tool"),
        ("console", 0o020_600, b""),
    ]
    .map(|(name, mode, bytes)| (name.to_owned(), mode, bytes.to_vec()));
    assert_eq!(read(&archive.finish()), expected);
}

#[test]
fn the_same_content_gives_the_same_bytes() {
    let made = || {
        let mut archive = Archive::default();
        archive.file("init", 0o755, b"#!/bin/sh\n");
        archive.finish()
    };
    assert_eq!(made(), made());
}
