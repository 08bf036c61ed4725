//! Properties of the decoder: total on any bytes, exact on what the encoder makes.

use proptest::collection::vec;
use proptest::prelude::*;
use ring_abi::{Encoder, Fork, Header, Kind, Tag, decode, frame_length};

/// A whole record of any kind, with body bytes and fields of any content.
fn record() -> impl Strategy<Value = Vec<u8>> {
    let fields = proptest::sample::subsequence(Tag::ALL.to_vec(), 0..=6);
    let values = vec(vec(any::<u8>(), 0..64), 6);
    (
        0..Kind::ALL.len(),
        any::<[u8; 48]>(),
        vec(any::<u8>(), 88),
        fields,
        values,
    )
        .prop_map(|(kind, header, body, fields, values)| {
            let (kind, _) = Kind::ALL[kind];
            let body = &body[..body_size(kind)];
            let mut buffer = vec![0; 4096];
            let mut encoder = Encoder::new(&mut buffer, kind, Header::read(&header), body)
                .expect("a body fits 4096 bytes");
            for ((tag, _), value) in fields.iter().zip(&values) {
                encoder.field(*tag, value).expect("six short fields fit");
            }
            encoder.finish().to_vec()
        })
}

/// The size of a kind's body, found by asking the decoder.
fn body_size(kind: Kind) -> usize {
    (0..=88)
        .find(|&size| {
            let mut buffer = vec![0; 256];
            let encoder = Encoder::new(&mut buffer, kind, Header::default(), &vec![0; size]);
            decode(encoder.expect("it fits").finish()).is_ok()
        })
        .expect("no body is larger than 88 bytes")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Whatever the bytes are, the answer is a record or an error.
    #[test]
    fn any_bytes_are_answered(bytes in vec(any::<u8>(), 0..600)) {
        let _ = frame_length(&bytes);
        let _ = decode(&bytes);
    }

    /// What the encoder makes decodes, and a decoded field is the bytes that were given.
    #[test]
    fn encoded_records_decode(bytes in record()) {
        let decoded = decode(&bytes).expect("encoded records decode");
        prop_assert_eq!(decoded.header.length as usize, bytes.len());
        prop_assert_eq!(frame_length(&bytes), Ok(bytes.len()));
        prop_assert_eq!(decoded.tail.unknown(), 0);
        let fields = Tag::ALL.iter().filter_map(|(tag, _)| decoded.tail.field(*tag));
        let tail: usize = fields.map(|value| 4 + value.len()).sum();
        let body = body_size(Kind(decoded.header.kind));
        prop_assert_eq!(Header::SIZE + body + tail, bytes.len(), "no byte is ignored");
    }

    /// A record with changed bytes is a record or an error, and never another length.
    #[test]
    fn changed_records_are_answered(
        mut bytes in record(),
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let Ok(decoded) = decode(&bytes) {
            prop_assert_eq!(decoded.header.length as usize, bytes.len());
        }
    }

    /// Fixed parts read back as they were written.
    #[test]
    fn fixed_parts_survive(header in any::<[u8; 48]>(), fork in any::<[u8; 16]>()) {
        prop_assert_eq!(Header::read(&header).write(), header);
        prop_assert_eq!(Fork::read(&fork).write(), fork);
    }
}
