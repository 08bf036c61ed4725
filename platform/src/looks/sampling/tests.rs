//! Pieces within the file, of the file that was meant.

use super::{Opened, fill, is_unchanged, pieces, sample};

#[test]
fn pieces_lie_within_the_file() {
    for size in [
        0,
        1,
        511,
        512,
        513,
        600,
        768,
        1_024,
        1_025,
        5_000,
        1 << 40,
        u64::MAX,
    ] {
        let all = pieces(size);
        for (offset, length) in all {
            assert!(
                offset
                    .checked_add(length as u64)
                    .is_some_and(|end| end <= size),
                "{size}: {all:?}"
            );
        }
        assert_eq!(all[0].1 as u64, size.min(512));
        assert_eq!(all[2].1, if size > 512 { 256 } else { 0 });
        assert_eq!(all[1].0 % 512, 0);
    }
    assert_eq!(pieces(4_096), [(0, 512), (2_048, 512), (3_840, 256)]);
}

#[test]
fn a_file_that_was_written_since_is_noticed() {
    assert!(is_unchanged(5, 5) && is_unchanged(2_000_000_000, 1));
    assert!(!is_unchanged(2_000_000_006, 5));
    assert!(is_unchanged(u64::MAX, u64::MAX));
}

#[test]
fn only_the_file_that_was_closed_is_sampled() {
    let bytes: Vec<u8> = (0..5_000_u32).map(|at| at as u8).collect();
    let opened = Opened {
        identity: (1, 2),
        size: 5_000,
        written: 9,
    };
    let of = |wanted, closed| sample(&opened, &mut &*bytes, wanted, closed);
    let seen = of(Some((1, 2)), 9).expect("it is that file");
    assert_eq!((seen.device, seen.inode, seen.size), (1, 2, 5_000));
    assert_eq!(seen.head, bytes[..512]);
    assert_eq!(seen.middle, bytes[2_048..2_560]);
    assert_eq!(seen.tail, bytes[4_744..]);
    assert!(of(None, 9).is_some());
    assert!(of(Some((1, 3)), 9).is_none());
    let late = Opened {
        written: 3_000_000_000,
        ..opened
    };
    assert!(sample(&late, &mut &*bytes, None, 9).is_none());
    // A file that shrinks meanwhile gives what is left of it.
    let seen = sample(&opened, &mut &bytes[..600], None, 9).expect("it is that file");
    assert_eq!(
        (seen.head.len(), seen.middle.len(), seen.tail.len()),
        (512, 0, 0)
    );
}

#[test]
fn short_reads_are_gone_on_with() {
    let mut into = [0; 10];
    let filled = fill(&mut into, |offset, rest| {
        let count = if offset < 6 { rest.len().min(3) } else { 0 };
        rest[..count].fill(offset as u8);
        Ok(count)
    });
    assert_eq!((filled, into), (6, [0, 0, 0, 3, 3, 3, 0, 0, 0, 0]));
    let filled = fill(&mut into, |_, _| Err(std::io::ErrorKind::Other.into()));
    assert_eq!(filled, 0);
}
