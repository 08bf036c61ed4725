//! What the probe is told, byte for byte as it reads it.

use super::super::catalogue::CATALOGUE;
use super::*;
use crate::elf::Function;

fn place(name: &str) -> Place {
    let functions: Vec<Function> = [name, "zip_file_add"]
        .iter()
        .zip(1..)
        .map(|(name, offset)| Function {
            offset,
            name: name.as_bytes().to_vec(),
        })
        .collect();
    CATALOGUE.places(&functions).swap_remove(0)
}

fn bytes(words: &[u64]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_ne_bytes()).collect()
}

#[test]
fn a_cookie_says_what_counts() {
    let slot = Slot(3);
    for (name, high) in [
        ("deflateInit2_", 0),
        // The sixth argument is 1, the fourth is not null.
        ("EVP_CipherInit_ex", 0x451),
        // The second argument is a mode that writes; every one of the first calls is told.
        ("gzopen", 0x1013),
        ("zip_open", 0x1012),
        ("zip_file_set_encryption", 0x1300),
    ] {
        let cookie = cookie(&place(name), 9, &slot);
        assert_eq!(cookie & 0xffff_ffff, 0x0003_0009, "{name}");
        assert_eq!(cookie >> 32, high, "{name}: {:x}", cookie >> 32);
    }
}

#[test]
fn a_row_holds_the_function() {
    let row = bytes(&row_words(&place("zip_file_set_encryption")));
    assert!(row.starts_with(b"zip_file_set_encryption\0"));
    assert!(row[64..].starts_with(b"libzip\0"));
    assert!(row[96..].starts_with(b"zip\0"));
    let numbers: Vec<u32> = row[128..]
        .chunks(4)
        .map(|four| u32::from_ne_bytes(four.try_into().unwrap()))
        .collect();
    // Lengths, purpose, then output, level, passphrase and format as arguments from 1 on.
    assert_eq!(numbers, [23, 6, 3, 3, 0, 0, 4, 0]);
}

#[test]
fn a_library_without_room_for_its_path_has_none() {
    let mut library = Library {
        device: 7,
        inode: 8,
        path: vec![b'a'; PATH],
    };
    let whole = bytes(&library_words(&library));
    assert_eq!(whole.len(), 24 + PATH);
    assert_eq!(whole[16..24], (PATH as u64).to_ne_bytes());
    assert!(whole.ends_with(b"aaaa"));
    library.path.push(b'a');
    let cut = bytes(&library_words(&library));
    assert_eq!(cut[16..24], 0_u64.to_ne_bytes());
    assert!(cut[24..].iter().all(|byte| *byte == 0));
}
