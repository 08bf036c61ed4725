//! Golden bytes: one annotated record of every kind, every code value, and what is refused.
//!
//! These bytes are the examples of `FORMAT.md`. They were written down from the layout and not by
//! the encoder, so a change of either shows here; a change here is a change of the format.

mod golden {
    //! One file per family of records.

    pub(crate) use super::{bytes, check};
    pub(crate) use bad::refuses_other_lengths;

    mod bad;
    mod codes;
    mod file;
    mod process;
    mod stream;
}

use ring_abi::{Body, Encoder, Header, Kind, MAX_RECORD, Tag, decode};

/// Reads annotated bytes: pairs of hexadecimal digits up to a `|`, line by line.
pub(crate) fn bytes(annotated: &str) -> Vec<u8> {
    annotated
        .lines()
        .flat_map(|line| {
            line.split('|')
                .next()
                .unwrap_or_default()
                .split_whitespace()
        })
        .map(|pair| u8::from_str_radix(pair, 16).expect("pairs of hexadecimal digits"))
        .collect()
}

/// Checks that `annotated` decodes to exactly this record, and that the record encodes to exactly
/// these bytes; that every shorter and longer string of bytes is refused is checked along with it.
pub(crate) fn check(annotated: &str, header: Header, body: Body, fields: &[(Tag, &[u8])]) {
    let golden = bytes(annotated);
    let record = decode(&golden).expect("golden bytes decode");
    assert_eq!(record.header, header);
    assert_eq!(record.body, body);
    assert_eq!(record.tail.unknown(), 0);
    for &(tag, name) in Tag::ALL {
        let expected = fields.iter().find(|(field, _)| *field == tag);
        let expected = expected.map(|(_, value)| *value);
        assert_eq!(record.tail.field(tag), expected, "field {name}");
    }
    assert_eq!(encode(header, &body, fields), golden, "encoded bytes");
    golden::refuses_other_lengths(&golden);
}

/// Encodes what `check` was told.
fn encode(header: Header, body: &Body, fields: &[(Tag, &[u8])]) -> Vec<u8> {
    let mut buffer = vec![0; MAX_RECORD];
    let body = fixed(body);
    let mut encoder = Encoder::new(&mut buffer, Kind(header.kind), header, &body).expect("it fits");
    for (tag, value) in fields {
        encoder.field(*tag, value).expect("it fits");
    }
    encoder.finish().to_vec()
}

/// The body's wire bytes.
fn fixed(body: &Body) -> Vec<u8> {
    match body {
        Body::ProcessStart(body) => body.write().to_vec(),
        Body::Fork(body) => body.write().to_vec(),
        Body::Exit(body) => body.write().to_vec(),
        Body::LibraryLoad(body) => body.write().to_vec(),
        Body::FileOpened(body) => body.write().to_vec(),
        Body::FileContent(body) => body.write().to_vec(),
        Body::FileWritten(body) => body.write().to_vec(),
        Body::FileRenamed(body) | Body::FileLinked(body) => body.write().to_vec(),
        Body::FileRemoved(body) => body.write().to_vec(),
        Body::DirectoryRead(body) => body.write().to_vec(),
        Body::FlowOpened(body) | Body::FlowClosed(body) => body.write().to_vec(),
        Body::Throttle(body) => body.write().to_vec(),
        Body::Loss(body) => body.write().to_vec(),
        Body::CaptureStart(body) => body.write().to_vec(),
        Body::LibraryUse(body) => body.write().to_vec(),
        Body::Script(body) => body.write().to_vec(),
    }
}
