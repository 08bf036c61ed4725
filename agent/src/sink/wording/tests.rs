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
