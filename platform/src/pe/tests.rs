//! Programs built from the documented layout: whole, cut, and lying about themselves.

mod built;

use proptest::prelude::*;

use built::{name, names, program};

use super::{LONGEST_PIECE, MOST_READS, Pe, Pieces, read};

#[test]
fn names_and_signature_are_read() {
    for wide in [true, false] {
        for signed in [true, false] {
            let bytes = program(wide, signed, &names());
            let pe = read(&mut &bytes[..]).unwrap();
            assert_eq!(
                pe,
                Pe {
                    original_name: Some("7za.exe".to_owned()),
                    product: Some("7-Zip".to_owned()),
                    company: Some("Igor Pavlov".to_owned()),
                    signed,
                }
            );
        }
    }
}

#[test]
fn names_that_are_absent_or_empty_stay_unknown() {
    let bytes = program(
        true,
        false,
        &[name("OriginalFilename", " "), name("ProductName", "")],
    );
    assert_eq!(read(&mut &bytes[..]), Some(Pe::default()));
    let bytes = program(true, false, &[]);
    assert_eq!(read(&mut &bytes[..]), Some(Pe::default()));
}

#[test]
fn what_is_no_program_is_none() {
    for bytes in [&b""[..], b"MZ", b"\x7fELF", &[0; 4096]] {
        assert_eq!(read(&mut &bytes[..]), None);
    }
    let mut dos = vec![0; 4096];
    dos[..2].copy_from_slice(b"MZ");
    assert_eq!(read(&mut &dos[..]), None);
}

#[test]
fn a_cut_program_tells_what_is_there() {
    let bytes = program(true, true, &names());
    for length in 0..bytes.len() {
        if let Some(pe) = read(&mut &bytes[..length]) {
            assert!(pe.signed);
        }
    }
}

/// Counts what is read of a file that is all promises.
struct Endless {
    begin: Vec<u8>,
    reads: u32,
    longest: usize,
}

impl Pieces for Endless {
    fn read_at(&mut self, offset: u64, into: &mut [u8]) -> usize {
        self.reads += 1;
        self.longest = self.longest.max(into.len());
        let mut begin = &self.begin[..];
        let found = begin.read_at(offset, into);
        into[found..].fill(0xff);
        into.len()
    }
}

proptest! {
    /// Whatever stands in the headers, few and short pieces are read.
    #[test]
    fn hostile_files_cost_little(changes in prop::collection::vec((0_usize..0x900, any::<u8>()), 0..40), wide: bool) {
        let mut begin = program(wide, true, &names());
        for (at, byte) in changes {
            if let Some(place) = begin.get_mut(at) {
                *place = byte;
            }
        }
        let mut file = Endless { begin, reads: 0, longest: 0 };
        let _ = read(&mut file);
        prop_assert!(file.reads <= MOST_READS && file.longest <= LONGEST_PIECE);
    }
}
