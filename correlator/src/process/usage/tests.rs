//! How reports of calls add up, and which go when there are too many.

use super::{Use, add};
use crate::event::{Time, UsePurpose};

fn told(function: &str, uses: u64, first: u64, purpose: UsePurpose) -> Use {
    Use {
        family: "family".into(),
        function: function.as_bytes().into(),
        library: None,
        purpose,
        uses,
        first: Time(first),
        output: None,
        format: None,
        level: None,
        passphrase: false,
    }
}

#[test]
fn a_running_total_replaces_and_a_new_count_adds() {
    let mut known = Vec::new();
    let compress = UsePurpose::Compress;
    for (uses, first, sum) in [(1, 10, 1), (5, 10, 5), (2, 20, 7), (3, 10, 7)] {
        add(&mut known, told("deflateInit_", uses, first, compress), 4);
        assert_eq!(
            (known.len(), known[0].uses),
            (1, sum),
            "{uses} since {first}"
        );
        assert_eq!(known[0].first, Time(10));
    }
}

#[test]
fn what_a_later_report_does_not_say_stays() {
    let mut known = Vec::new();
    let mut first = told("archive_write_open", 1, 1, UsePurpose::Archive);
    first.output = Some(b"/tmp/a".as_slice().into());
    first.passphrase = true;
    add(&mut known, first, 4);
    add(
        &mut known,
        told("archive_write_open", 1, 2, UsePurpose::Archive),
        4,
    );
    assert_eq!(known[0].output.as_deref(), Some(&b"/tmp/a"[..]));
    assert!(known[0].passphrase && known[0].uses == 2);
}

#[test]
fn encryption_goes_before_compression_and_that_before_archives() {
    let mut known = Vec::new();
    let functions = [
        ("zip_close", UsePurpose::Archive),
        ("EVP_EncryptInit", UsePurpose::Encrypt),
        ("deflateInit_", UsePurpose::Compress),
        ("BZ2_bzCompressInit", UsePurpose::Compress),
    ];
    let mut gone = 0;
    for (at, (function, purpose)) in functions.into_iter().enumerate() {
        gone += u32::from(add(&mut known, told(function, 1, at as u64, purpose), 2));
    }
    let left: Vec<&[u8]> = known.iter().map(|it| &*it.function).collect();
    assert_eq!(
        (gone, left),
        (2, vec![&b"zip_close"[..], b"BZ2_bzCompressInit"])
    );
}
