//! Recognises encrypted `OpenPGP` messages, and keys, by their first packet.
//!
//! Step: correlate. A message to a password begins with a session key packet for it, one to a key
//! with one for that; both name their algorithms, which keeps chance out.

/// Whether a message of this kind begins here.
pub(super) fn is_encrypted(head: &[u8]) -> bool {
    let Some((tag, body)) = packet(head) else {
        return false;
    };
    match tag {
        PASSWORD_SESSION_KEY => match body {
            [4, cipher, kind, hash, ..] => {
                (1..=13).contains(cipher) && matches!(kind, 0 | 1 | 3) && (1..=14).contains(hash)
            }
            // Version 5 and 6: lengths and an authenticated mode in between.
            [5 | 6, rest @ ..] => rest.iter().take(4).any(|byte| (1..=13).contains(byte)),
            _ => false,
        },
        KEY_SESSION_KEY => match body {
            [3, key @ ..] => key
                .get(8)
                .is_some_and(|algorithm| matches!(algorithm, 1 | 2 | 16 | 18 | 25 | 26)),
            [6, ..] => true,
            _ => false,
        },
        _ => false,
    }
}

/// Whether a public or secret key begins here.
pub(super) fn is_key(head: &[u8]) -> bool {
    if head.first() == Some(&b'-') {
        return true;
    }
    let Some((tag, body)) = packet(head) else {
        return false;
    };
    let algorithm = match body {
        [4, _, _, _, _, algorithm, ..] => *algorithm,
        _ => return false,
    };
    matches!(tag, 5 | 6) && matches!(algorithm, 1..=3 | 16..=28)
}

/// The first packet's tag and what is here of its body.
fn packet(head: &[u8]) -> Option<(u8, &[u8])> {
    let first = *head.first()?;
    if first & 0x80 == 0 {
        return None;
    }
    if first & 0x40 == 0 {
        // The old format: the length's size stands in the low bits.
        let skip = match first & 3 {
            0 => 2,
            1 => 3,
            2 => 5,
            _ => return None,
        };
        return Some(((first >> 2) & 15, head.get(skip..)?));
    }
    let skip = match *head.get(1)? {
        0..=191 => 2,
        192..=223 => 3,
        255 => 6,
        _ => return None,
    };
    Some((first & 63, head.get(skip..)?))
}

const KEY_SESSION_KEY: u8 = 1;
const PASSWORD_SESSION_KEY: u8 = 3;
