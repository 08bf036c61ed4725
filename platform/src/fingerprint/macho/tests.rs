//! Images made here: thin, fat, stripped, cut, and lying.

use std::io::Cursor;

use proptest::prelude::*;

use super::{Mach, look};
use crate::fingerprint::imports::Imports;
use crate::fingerprint::{CodePurpose, Scanner};

/// What an image is made of.
#[derive(Default)]
struct Made<'m> {
    libraries: &'m [&'m str],
    /// Names that it takes, with the number of the library.
    imports: &'m [(&'m str, u16)],
    /// Bytes of its constants.
    data: &'m [u8],
    /// Its imports are in the list of what is bound at the start alone.
    stripped: bool,
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

fn name(name: &str) -> Vec<u8> {
    let mut name = name.as_bytes().to_vec();
    name.resize(16, 0);
    name
}

/// An image of a program for Apple's processors.
#[expect(
    clippy::too_many_lines,
    reason = "it lays out a file from its beginning to its end"
)]
fn image(made: &Made<'_>) -> Vec<u8> {
    let mut commands = Vec::new();
    let mut count = 0;
    for library in made.libraries {
        let size = (24 + library.len() + 1).next_multiple_of(8);
        commands.extend(words(&[0xc, size as u32, 24, 0, 0, 0]));
        commands.extend(library.as_bytes());
        commands.resize(
            commands.len().next_multiple_of(8).max(commands.len() + 1),
            0,
        );
        commands.resize(commands.len().next_multiple_of(8), 0);
        count += 1;
    }
    // One segment of two sections, then where the symbols and fixups are.
    let rest = 72 + 2 * 80 + 24 + 80 + 16;
    let at = 32 + commands.len() + rest;
    let (data_at, code_at) = (at, at + made.data.len());
    let tables = code_at + 16;
    let mut strings = vec![0];
    let mut symbols = Vec::new();
    let mut bound = Vec::new();
    for (import, library) in made.imports {
        let place = strings.len() as u32;
        strings.extend(format!("_{import}\0").bytes());
        symbols.extend(place.to_le_bytes());
        symbols.extend([1, 0]);
        symbols.extend((library << 8).to_le_bytes());
        symbols.extend([0; 8]);
        bound.extend((u32::from(*library) | place << 9).to_le_bytes());
    }
    let fixups = [
        words(&[
            0,
            0,
            28,
            28 + bound.len() as u32,
            made.imports.len() as u32,
            1,
            0,
        ]),
        bound,
        strings.clone(),
    ]
    .concat();
    let segment = [
        words(&[0x19, 72 + 2 * 80]),
        name("__TEXT"),
        vec![0; 32],
        words(&[5, 5, 2, 0]),
    ]
    .concat();
    let section = |section: &str, at: usize, size: usize, flags: u32| {
        let mut made = [name(section), name("__TEXT")].concat();
        made.extend((at as u64).to_le_bytes());
        made.extend((size as u64).to_le_bytes());
        made.extend(words(&[at as u32, 0, 0, 0, flags, 0, 0, 0]));
        made
    };
    commands.extend(segment);
    commands.extend(section("__const", data_at, made.data.len(), 0));
    commands.extend(section("__text", code_at, 16, 0x8000_0400));
    let shown = if made.stripped {
        0
    } else {
        made.imports.len() as u32
    };
    let strings_at = tables + symbols.len();
    let fixups_at = strings_at + strings.len();
    commands.extend(words(&[
        2,
        24,
        tables as u32,
        shown,
        strings_at as u32,
        strings.len() as u32,
    ]));
    let mut dynamic = [0; 20];
    dynamic[..2].copy_from_slice(&[0xb, 80]);
    dynamic[7] = shown;
    commands.extend(words(&dynamic));
    commands.extend(words(&[
        0x8000_0034,
        16,
        fixups_at as u32,
        fixups.len() as u32,
    ]));
    count += 4;
    let header = [
        0xfeed_facf,
        0x0100_000c,
        0,
        2,
        count,
        commands.len() as u32,
        0,
        0,
    ];
    [
        words(&header),
        commands,
        made.data.to_vec(),
        vec![0x90; 16],
        symbols,
        strings,
        fixups,
    ]
    .concat()
}

/// A fat file of images, each at a multiple of 64.
fn fat(images: &[Vec<u8>]) -> Vec<u8> {
    let mut head = [0xcafe_babe_u32, images.len() as u32]
        .map(u32::to_be_bytes)
        .concat();
    let mut body = Vec::new();
    let begin = (8 + 20 * images.len()).next_multiple_of(64);
    for image in images {
        let at = begin + body.len();
        for word in [0x0100_000c, 0, at as u32, image.len() as u32, 6] {
            head.extend(word.to_be_bytes());
        }
        body.extend(image);
        body.resize(body.len().next_multiple_of(64), 0);
    }
    head.resize(begin, 0);
    [head, body].concat()
}

fn imports() -> Imports {
    Imports::parse(include_str!("../imports.toml")).expect("the list that is shipped")
}

fn seen(bytes: &[u8]) -> Mach {
    let length = bytes.len() as u64;
    look(&mut Cursor::new(bytes), length, &imports()).expect("bytes in memory can be read")
}

/// What is recognised in a file that makes sense.
fn told(bytes: &[u8]) -> Vec<String> {
    match seen(bytes) {
        Mach::Sound(sound) => sound.code.into_iter().map(|code| code.recognised).collect(),
        other => panic!("{other:?}"),
    }
}

const LIBRARIES: [&str; 2] = ["/usr/lib/libz.1.dylib", "/usr/lib/libSystem.B.dylib"];

fn packer() -> Made<'static> {
    Made {
        libraries: &LIBRARIES,
        imports: &[("inflate", 1), ("deflateInit2_", 1), ("printf", 2)],
        data: b"constants",
        stripped: false,
    }
}

#[test]
fn a_packing_function_is_told_with_its_library() {
    assert_eq!(
        told(&image(&packer())),
        ["imports deflateInit2_ of libz.1.dylib"]
    );
    let reader = Made {
        imports: &[("inflate", 1), ("uncompress", 1), ("archive_read_new", 2)],
        ..packer()
    };
    assert!(told(&image(&reader)).is_empty());
}

#[test]
fn the_list_of_what_is_bound_stands_in_for_symbols() {
    let stripped = Made {
        stripped: true,
        ..packer()
    };
    assert_eq!(
        told(&image(&stripped)),
        ["imports deflateInit2_ of libz.1.dylib"]
    );
}

#[test]
fn every_image_of_a_fat_file_is_looked_at() {
    let other = Made {
        imports: &[("AAEncodeArchiveOutputStreamOpen", 9), ("CCCrypt", 2)],
        ..packer()
    };
    let all = told(&fat(&[image(&packer()), image(&other)]));
    let wanted = [
        "imports AAEncodeArchiveOutputStreamOpen",
        "imports CCCrypt of libSystem.B.dylib",
        "imports deflateInit2_ of libz.1.dylib",
    ];
    assert_eq!(all, wanted);
}

#[test]
fn a_class_of_java_is_none() {
    let mut class = 0xcafe_babe_u32.to_be_bytes().to_vec();
    class.extend([0, 0, 0, 61, 0, 20]);
    class.resize(200, 1);
    assert_eq!(seen(&class), Mach::Foreign);
    assert_eq!(seen(b"\x7fELF"), Mach::Foreign);
    assert_eq!(seen(b""), Mach::Foreign);
}

#[test]
fn data_is_searched_and_code_is_not() {
    let scan = |data: &'static [u8]| {
        let bytes = image(&Made { data, ..packer() });
        let scanner = Scanner::new();
        scanner
            .scan(&mut Cursor::new(&bytes), &mut || true)
            .expect("it is in memory")
    };
    let found = scan(b"\0 deflate 1.3.1 Copyright 1995-2024 \0");
    assert!(found.malformed.is_none() && !found.truncated);
    // Linked in says more than taken from elsewhere.
    let code: Vec<_> = found
        .code
        .iter()
        .map(|code| (&*code.family, &*code.recognised))
        .collect();
    assert_eq!(code, [("zlib", "deflate 1.3.1")]);
    let found = scan(b"nothing");
    assert_eq!(found.bytes, 7);
    assert_eq!(found.code.len(), 1);
    assert_eq!(found.code[0].purpose, CodePurpose::Compress);
}

#[test]
fn what_lies_is_told_or_passed_over() {
    let whole = image(&packer());
    let with = |at: usize, word: u32| {
        let mut bytes = whole.clone();
        bytes[at..at + 4].copy_from_slice(&word.to_le_bytes());
        seen(&bytes)
    };
    let is_malformed = |seen: Mach| matches!(seen, Mach::Malformed(_));
    // Commands without end, and more of them than there are.
    assert!(is_malformed(with(20, u32::MAX)));
    assert!(is_malformed(with(16, 1 << 20)));
    assert!(is_malformed(with(20, whole.len() as u32)));
    // A command that claims to be of no size would be walked over for ever.
    assert!(is_malformed(with(32 + 4, 0)));
    assert!(is_malformed(seen(&whole[..60])));
    // A fat file that holds itself holds no image.
    let mut own = fat(std::slice::from_ref(&whole));
    own[16..20].copy_from_slice(&0_u32.to_be_bytes());
    assert!(is_malformed(seen(&own)));
    own[16..20].copy_from_slice(&u32::MAX.to_be_bytes());
    assert!(is_malformed(seen(&own)));
}

#[test]
fn more_imports_than_are_looked_at_are_told() {
    // A table of symbols of 32 MiB, all the same.
    let mut bytes = image(&packer());
    let begin = bytes.len();
    bytes.resize(begin + (32 << 20), 0);
    let at = bytes
        .windows(8)
        .position(|window| window == words(&[2, 24]))
        .expect("the command of the symbols");
    let count = 2 << 20;
    bytes[at + 8..at + 16].copy_from_slice(&words(&[begin as u32, count]));
    let dynamic = at + 24 + 28;
    bytes[dynamic..dynamic + 4].copy_from_slice(&count.to_le_bytes());
    match seen(&bytes) {
        Mach::Sound(sound) => assert!(sound.truncated),
        other => panic!("{other:?}"),
    }
}

proptest! {
    #[test]
    fn changed_images_do_no_harm(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = fat(&[image(&packer()), image(&packer())]);
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(cut.index(bytes.len()) + 1);
        let length = bytes.len() as u64;
        if let Mach::Sound(sound) = seen(&bytes) {
            for stretch in sound.stretches {
                prop_assert!(stretch.offset + stretch.size <= length);
            }
            for code in sound.code {
                prop_assert!(code.recognised.len() < 128);
            }
        }
    }
}
