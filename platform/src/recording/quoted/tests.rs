//! Held against looking at each byte.

use proptest::prelude::*;

use super::length;

/// One byte after the other.
fn plainly(text: &[u8]) -> Option<(usize, bool)> {
    let (mut at, mut escaped) = (0, false);
    loop {
        match text.get(at)? {
            b'"' => return Some((at, escaped)),
            b'\\' => {
                escaped = true;
                at += 2;
            }
            _ => at += 1,
        }
    }
}

proptest! {
    #[test]
    fn it_is_what_looking_at_each_byte_gives(
        text in prop::collection::vec(prop_oneof![
            20 => any::<u8>(),
            2 => Just(b'"'),
            2 => Just(b'\\'),
            2 => Just(b'"' ^ 0x80),
            2 => Just(b'"' - 1),
        ], 0..100),
    ) {
        prop_assert_eq!(length(&text), plainly(&text));
    }
}
