//! Every fingerprint in a program made for it, the parts that are not looked at, and files that lie.

use std::io::Cursor;

use proptest::prelude::*;

use super::catalogue::{Fingerprint, Fingerprints};
use super::{Code, CodePurpose, Scan, Scanner, clipped, elf::Stretch, joined};

/// A 64-bit little-endian ELF file with these sections: name, type, flags, bytes.
fn program(sections: &[(&str, u32, u64, &[u8])]) -> Vec<u8> {
    let mut names = vec![0];
    let mut bytes = vec![0; 64];
    let mut headers = vec![0; 64];
    for (name, kind, flags, content) in sections {
        let (at, of_name) = (bytes.len() as u64, names.len() as u32);
        names.extend(name.as_bytes());
        names.push(0);
        bytes.extend_from_slice(content);
        header(
            &mut headers,
            of_name,
            *kind,
            *flags,
            at,
            content.len() as u64,
        );
    }
    let (at, of_name) = (bytes.len() as u64, names.len() as u32);
    names.extend(b".shstrtab\0");
    bytes.extend_from_slice(&names);
    header(&mut headers, of_name, 3, 0, at, names.len() as u64);
    let table = bytes.len() as u64;
    bytes.extend_from_slice(&headers);
    bytes[..16].copy_from_slice(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0");
    bytes[16..18].copy_from_slice(&2_u16.to_le_bytes());
    bytes[40..48].copy_from_slice(&table.to_le_bytes());
    bytes[58..60].copy_from_slice(&64_u16.to_le_bytes());
    bytes[60..62].copy_from_slice(&(sections.len() as u16 + 2).to_le_bytes());
    bytes[62..64].copy_from_slice(&(sections.len() as u16 + 1).to_le_bytes());
    bytes
}

fn header(headers: &mut Vec<u8>, name: u32, kind: u32, flags: u64, at: u64, size: u64) {
    headers.extend(name.to_le_bytes());
    headers.extend(kind.to_le_bytes());
    for value in [flags, 0, at, size] {
        headers.extend(value.to_le_bytes());
    }
    headers.extend([0; 24]);
}

fn scan(bytes: &[u8]) -> Scan {
    scan_with(&Scanner::new(), bytes)
}

fn scan_with(scanner: &Scanner, bytes: &[u8]) -> Scan {
    scanner
        .scan(&mut Cursor::new(bytes), &mut || true)
        .expect("bytes in memory can be read")
}

fn families(scan: &Scan) -> Vec<&str> {
    scan.code.iter().map(|code| code.family.as_str()).collect()
}

/// What a linker would leave of a fingerprint.
fn trace(all: &Fingerprints, fingerprint: &Fingerprint, mark: usize) -> Vec<u8> {
    let mut left = b"\0some text\0".to_vec();
    for pattern in &fingerprint.besides {
        left.extend_from_slice(&all.patterns[*pattern]);
        left.push(0);
    }
    if let Some(before) = &fingerprint.before {
        left.extend_from_slice(b"/registry/src/index");
        left.extend_from_slice(before);
        left.extend_from_slice(b"9.8.7");
    }
    left.extend_from_slice(&all.patterns[mark]);
    left.extend_from_slice(b"6.5 (x64)\0more text\0");
    left
}

#[test]
fn every_mark_is_recognised_where_it_belongs_and_nowhere_else() {
    let all = Fingerprints::parse(include_str!("fingerprints.toml")).unwrap();
    assert!(all.all.len() >= 30);
    for fingerprint in &all.all {
        for &mark in &fingerprint.marks {
            let left = trace(&all, fingerprint, mark);
            let right = if fingerprint.go {
                ".gopclntab"
            } else {
                ".rodata"
            };
            let found = scan(&program(&[(right, 1, 2, &left)]));
            assert!(
                families(&found).contains(&fingerprint.family.as_str()),
                "{fingerprint:?}: {found:?}"
            );
            assert_eq!(found.malformed, None);
            for (name, kind, flags) in [(".dynstr", 3, 2), (".text", 1, 6), (".debug_str", 1, 0)] {
                let found = scan(&program(&[
                    (name, kind, flags, &left),
                    (".data", 1, 3, b"x"),
                ]));
                assert_eq!(families(&found), [""; 0], "{name}: {fingerprint:?}");
            }
        }
    }
}

#[test]
fn what_is_told_of_a_hit() {
    let zlib = b"\0 deflate 1.2.13 Copyright 1995-2022 Jean-loup Gailly and Mark Adler \0";
    let crates = b"/r/src/index.crates.io-1949/zip-2.2.0/src/write.rs/r/miniz_oxide-0.8.9/src/deflate/core.rs";
    let found = scan(&program(&[
        (".rodata", 1, 2, zlib),
        (".data", 1, 3, crates),
    ]));
    let told: Vec<(&str, CodePurpose, &str)> = found
        .code
        .iter()
        .map(|code: &Code| (code.family.as_str(), code.purpose, code.recognised.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (
                "miniz_oxide",
                CodePurpose::Compress,
                "crate miniz_oxide 0.8.9"
            ),
            ("rust zip", CodePurpose::Archive, "crate zip 2.2.0"),
            ("zlib", CodePurpose::Compress, "deflate 1.2.13"),
        ]
    );
}

#[test]
fn code_that_only_reads_is_not_told() {
    let reading: [&[u8]; 5] = [
        b"\0 inflate 1.2.13 Copyright 1995-2022 Mark Adler \0",
        b"/registry/src/x/zip-2.2.0/src/read.rs",
        b"/registry/src/x/miniz_oxide-0.8.9/src/inflate/core.rs",
        b"/registry/src/x/zip-extract-0.1.2/src/write.rs",
        b"archive_read_open archive_read_next_header",
    ];
    for left in reading {
        let found = scan(&program(&[(".rodata", 1, 2, left)]));
        assert_eq!(
            families(&found),
            [""; 0],
            "{}",
            String::from_utf8_lossy(left)
        );
    }
    let found = scan(&program(&[(".rodata", 1, 2, b"(BusyBox v[0-9.]+)")]));
    assert_eq!(families(&found), [""; 0]);
    let names = b"archive/zip.(*Reader).init\0archive/zip.(*File).Open\0compress/flate.(*compressor).deflate\0";
    let found = scan(&program(&[(".gopclntab", 1, 2, names)]));
    assert_eq!(families(&found), [""; 0]);
    // A program that talks about a function does not have it.
    let found = scan(&program(&[(
        ".rodata",
        1,
        2,
        b"archive/zip.(*Writer).CreateHeader\0",
    )]));
    assert_eq!(families(&found), [""; 0]);
}

#[test]
fn of_go_only_the_names_are_searched() {
    let mut table = vec![0xf1, 0xff, 0xff, 0xff, 0, 0, 1, 8];
    let name = b"archive/tar.(*Writer).WriteHeader\0";
    let end = 72 + name.len() as u64;
    for number in [1, 1, 0x40_1000, 72, end, end, end, end] {
        table.extend(u64::to_le_bytes(number));
    }
    table.extend_from_slice(name);
    table.extend(vec![7; 4_096]);
    let found = scan(&program(&[(".gopclntab", 1, 2, &table)]));
    assert_eq!(families(&found), ["go archive/tar"]);
    assert_eq!(found.bytes, name.len() as u64);
    // One that lies about where they are is searched as a whole.
    table[8 + 4 * 8..][..8].copy_from_slice(&u64::MAX.to_le_bytes());
    let found = scan(&program(&[(".gopclntab", 1, 2, &table)]));
    assert_eq!(families(&found), ["go archive/tar"]);
    assert_eq!(found.bytes, table.len() as u64);
}

#[test]
fn a_mark_across_two_pieces_is_found() {
    let mark = b" deflate 1.3.1 Copyright";
    for shift in 0..mark.len() {
        let mut content = vec![b'.'; 300 << 10];
        // The piece begins where the section does.
        let at = (256 << 10) - shift;
        content[at..at + mark.len()].copy_from_slice(mark);
        let found = scan(&program(&[(".rodata", 1, 2, &content)]));
        assert_eq!(families(&found), ["zlib"], "shift {shift}");
        assert!(found.code[0].recognised.starts_with("deflate 1."));
    }
}

#[test]
fn of_too_much_the_middle_is_left_out_and_that_is_told() {
    let scanner = Scanner::new().with_limit(4096);
    let mark = b"\0 deflate 1.3.1 Copyright\0";
    for (at, seen) in [(100, true), (6_000, false), (9_500, true)] {
        let mut content = vec![b'.'; 10_000];
        content[at..at + mark.len()].copy_from_slice(mark);
        let found = scan_with(&scanner, &program(&[(".rodata", 1, 2, &content)]));
        assert_eq!(found.code.len(), usize::from(seen), "at {at}");
        assert!(found.truncated && found.bytes == 4096, "{found:?}");
    }
}

#[test]
fn time_that_is_over_is_told() {
    let content = vec![b'.'; 1 << 20];
    let file = program(&[(".rodata", 1, 2, &content)]);
    let mut left = 2;
    let mut go_on = || {
        left -= 1;
        left >= 0
    };
    let found = Scanner::new()
        .scan(&mut Cursor::new(&file), &mut go_on)
        .unwrap();
    assert!(found.truncated && found.bytes == 512 << 10, "{found:?}");
}

#[test]
fn what_is_no_elf_is_searched_as_a_whole() {
    let found = scan(b"MZ....... deflate 1.2.11 Copyright 1995 ...");
    assert_eq!(families(&found), ["zlib"]);
    assert_eq!(found.malformed, None);
    assert_eq!(scan(b""), Scan::default());
}

#[test]
fn lies_about_sections_cost_no_more_than_the_file() {
    let content = vec![b'.'; 10_000];
    let honest = program(&[(".rodata", 1, 2, &content)]);
    let table = u64::from_le_bytes(honest[40..48].try_into().unwrap()) as usize;
    let huge = u64::MAX.to_le_bytes();
    for field in [24, 32] {
        let mut lying = honest.clone();
        lying[table + 64 + field..][..8].copy_from_slice(&huge);
        assert!(scan(&lying).bytes <= 2 * lying.len() as u64);
    }
    // The table itself is said to be beyond the end, or to be everywhere.
    for value in [u64::MAX, honest.len() as u64, 1 << 62, 0] {
        let mut lying = honest.clone();
        lying[40..48].copy_from_slice(&value.to_le_bytes());
        lying[60..62].copy_from_slice(&u16::MAX.to_le_bytes());
        assert!(scan(&lying).bytes <= 2 * lying.len() as u64);
    }
    // Two thousand sections that all claim the same bytes.
    let claims = vec![(".rodata", 1, 2_u64, &b""[..]); 2_000];
    let mut lying = program(&claims);
    let length = lying.len() as u64;
    let table = u64::from_le_bytes(lying[40..48].try_into().unwrap()) as usize;
    for section in 1..=2_000 {
        let at = table + section * 64;
        lying[at + 24..at + 32].copy_from_slice(&0_u64.to_le_bytes());
        lying[at + 32..at + 40].copy_from_slice(&length.to_le_bytes());
    }
    assert_eq!(scan(&lying).bytes, length);
}

#[test]
fn a_slip_in_the_table_is_told_with_its_number() {
    let wrong = |text: &str| Fingerprints::parse(text).unwrap_err();
    let whole = "[[fingerprint]]\nfamily = \"a\"\npurpose = \"compress\"\nhow = \"b\"\nmarks = [\"abcd\"]\n";
    assert_eq!(Fingerprints::parse(whole).unwrap().patterns.len(), 1);
    for (slip, problem) in [
        ("purpose = \"eat\"\nmarks = []", "purpose is"),
        ("purpose = \"archive\"\nmarks = [\"abc\"]", "too short"),
        (
            "purpose = \"archive\"\nmarks = [\"u8: 1 2 3 256\"]",
            "too large",
        ),
        ("purpose = \"archive\"\nmarks = [\"u16: 1 x\"]", "no number"),
        ("purpose = \"archive\"\nmarks = []", "no marks"),
        (
            "purpose = \"archive\"\nmarks = [\"abcd\"]\nmark = 1",
            "unknown key",
        ),
    ] {
        let text = format!("{whole}[[fingerprint]]\nfamily = \"a\"\nhow = \"b\"\n{slip}\n");
        let told = wrong(&text);
        assert!(
            told.starts_with("fingerprint 1: ") && told.contains(problem),
            "{told}"
        );
    }
}

#[test]
fn stretches_are_joined_and_clipped() {
    let stretch = |offset, size| Stretch {
        offset,
        size,
        go: false,
    };
    let all = joined(vec![
        stretch(100, 50),
        stretch(0, 10),
        stretch(120, 10),
        stretch(10, 5),
    ]);
    assert_eq!(all, [stretch(0, 15), stretch(100, 50)]);
    let (kept, cut) = clipped(all, 40);
    assert!(cut);
    assert_eq!(kept, [stretch(0, 15), stretch(100, 15), stretch(140, 10)]);
}

proptest! {
    #[test]
    fn changed_programs_cost_bounded_bytes(
        changes in prop::collection::vec((0_usize..700, any::<u8>()), 0..24),
        cut in 0_usize..700,
    ) {
        let mut file = program(&[
            (".rodata", 1, 2, b"\0 deflate 1.3.1 Copyright\0"),
            (".gopclntab", 1, 2, b"archive/zip.(*Writer).CreateHeader\0"),
            (".text", 1, 6, &[0x90; 64]),
        ]);
        for (at, byte) in changes {
            let length = file.len();
            file[at % length] = byte;
        }
        file.truncate(file.len().max(1) - cut % file.len());
        let found = scan(&file);
        prop_assert!(found.bytes <= 2 * file.len() as u64);
        prop_assert!(found.code.len() <= 8);
    }
}
