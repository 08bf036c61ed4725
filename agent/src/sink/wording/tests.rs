//! Words for numbers, and a sentence for evidence that carries what the host chose.

use expect_test::expect;

use super::*;

#[test]
fn numbers_read_well() {
    assert_eq!(count(1, "directory"), "1 directory");
    assert_eq!(count(2, "directory"), "2 directories");
    assert_eq!(count(0, "day"), "0 days");
    assert_eq!(bytes(93), "93 bytes");
    assert_eq!(bytes(1536), "1.5 KiB");
    assert_eq!(bytes((1 << 20) - 1), "1.0 MiB");
    assert_eq!(bytes(u64::MAX), "16384.0 PiB");
}

#[test]
fn addresses_read_well() {
    let mapped = std::net::Ipv4Addr::new(192, 0, 2, 7)
        .to_ipv6_mapped()
        .octets();
    assert_eq!(endpoint(mapped, 443), "192.0.2.7:443");
    let six: Ipv6Addr = "2001:db8::1".parse().unwrap();
    assert_eq!(endpoint(six.octets(), 22), "[2001:db8::1]:22");
}

#[test]
fn sentences_keep_foreign_bytes() {
    let evidence = Evidence::Disguised {
        from: b"/tmp/a\xff.zip".to_vec(),
    };
    expect!["renamed from /tmp/a\\xff.zip"].assert_eq(&sentence(&evidence));
    let evidence = Evidence::Obfuscated {
        key: vec![0x5a],
        reveals: "zip".into(),
    };
    expect!["zip appears under a repeating key of 1 byte (5a)"].assert_eq(&sentence(&evidence));
}

#[test]
fn calls_and_linked_code_are_told_with_all_that_is_known() {
    let mut evidence = Evidence::LibraryUse {
        family: "zlib".into(),
        function: b"deflateInit2_".to_vec(),
        library: Some(b"/usr/lib/x86_64-linux-gnu/libz.so.1.2.13".to_vec()),
        purpose: UsePurpose::Compress,
        uses: 3,
        since: correlator::Time(1_700_000_000_000_000_000),
        format: None,
        level: Some(9),
    };
    expect!["called deflateInit2_ of zlib (libz.so.1.2.13) to compress at level 9: 3 times since 2023-11-14 22:13:20 UTC"].assert_eq(&sentence(&evidence));
    if let Evidence::LibraryUse { library, level, .. } = &mut evidence {
        (*library, *level) = (None, None);
    }
    expect!["called deflateInit2_ of zlib to compress: 3 times since 2023-11-14 22:13:20 UTC"]
        .assert_eq(&sentence(&evidence));
    let evidence = Evidence::LinkedIn {
        family: "minizip".into(),
        purpose: UsePurpose::Archive,
        recognised: "function archive/zip.(*Writer).Create".into(),
        file: b"/home/eve/bin/pack".to_vec(),
    };
    expect!["pack has code of minizip linked in, which can make archives: function archive/zip.(*Writer).Create"].assert_eq(&sentence(&evidence));
    let evidence = Evidence::Passphrase {
        family: "libarchive".into(),
        function: b"archive_write_set_passphrase".to_vec(),
    };
    expect!["a call of libarchive sets a password: archive_write_set_passphrase"]
        .assert_eq(&sentence(&evidence));
}
