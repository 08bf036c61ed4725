//! Formats that no program at hand makes, built byte by byte; density; names against contents.

#![expect(
    clippy::needless_raw_string_hashes,
    reason = "the form in which expectations are written anew"
)]

use expect_test::expect;

use super::*;

#[test]
fn every_magic_leads_to_a_format_of_its_class() {
    // A magic that another format's shadows would never be found.
    for (bytes, expected) in CATALOGUE.plain_magics() {
        let examination = examine(
            &CATALOGUE,
            &Content {
                head: Some(&bytes),
                ..Content::default()
            },
            None,
            None,
        );
        let found = examination.format.map(|format| format.format.to_string());
        assert_eq!(found.as_deref(), Some(expected), "{bytes:02x?}");
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "it is one table")]
fn built_by_hand() {
    let rar4 = |archive_flags: u8, file_flags: u8| {
        let mut bytes = b"Rar!\x1a\x07\x00".to_vec();
        bytes.extend([0xcf, 0x90, 0x73, archive_flags, 0, 13, 0, 0, 0, 0, 0, 0, 0]);
        bytes.extend([0, 0, 0x74, file_flags, 0x80, 40, 0]);
        bytes.resize(80, 0);
        bytes
    };
    let rar5 = |blocks: &[&[u8]]| {
        let mut bytes = b"Rar!\x1a\x07\x01\x00".to_vec();
        for block in blocks {
            bytes.extend([1, 2, 3, 4, block.len() as u8]);
            bytes.extend(*block);
        }
        bytes.resize(bytes.len() + 40, 0);
        bytes
    };
    let main: &[u8] = &[1, 0, 0];
    // Type 2, flags: extra area; its size; file flags and the like; the record.
    let file: &[u8] = &[2, 1, 0, 0, 0, 0, 0, 0, 1, b'a'];
    let secret_file: &[u8] = &[2, 1, 4, 0, 0, 0, 0, 0, 1, b'a', 3, 1, 0, 0];
    let office = |stream: &str| {
        let mut bytes = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
        bytes.resize(700, 0);
        bytes.extend(stream.bytes().flat_map(|byte| [byte, 0]));
        bytes.resize(1536, 0);
        bytes
    };
    let mut picture = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00".to_vec();
    picture.extend(random_bytes(3, 3000));
    let mut appended = picture.clone();
    appended.extend(b"PK\x01\x02\x14\x00\x14\x00\x01\x00\x08\x00");
    appended.extend([0; 16]);
    appended.extend([5, 0]);
    appended.extend([0; 16]);
    appended.extend(b"a.txt");
    appended.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0\x33\0\0\0\0\0\0\0\0\0");
    let android = |cipher: &str| {
        let mut bytes = format!("ANDROID BACKUP\n5\n1\n{cipher}\n").into_bytes();
        bytes.extend(random_bytes(4, 300));
        bytes
    };
    let table = [
        ("rar 4", rar4(0, 0), "x.rar"),
        ("rar 4, password", rar4(0, 4), "x.rar"),
        ("rar 4, names too", rar4(0x80, 0), "x.rar"),
        ("rar 5", rar5(&[main, file]), "x.rar"),
        ("rar 5, password", rar5(&[main, secret_file]), "x.rar"),
        ("rar 5, names too", rar5(&[&[4, 0, 0, 0]]), "x.rar"),
        ("rar 5 in a picture's name", rar5(&[main, file]), "x.png"),
        ("tar", tar(*b"ustar\x0000"), "x.tar"),
        ("tar by GNU", tar(*b"ustar  \x00"), "x.tar"),
        ("tar without magic", tar(*b"\0\0\0\0\0\0\0\0"), "x.tar"),
        (
            "tar in a tar.gz name",
            tar(*b"ustar\x0000"),
            "/tmp/passwd.tar.gz",
        ),
        ("tar with a wrong checksum", broken_tar(), "x"),
        (
            "cab in a zip name",
            padded(b"MSCF\0\0\0\0", 200),
            "C:\\Temp\\art.zip",
        ),
        ("cab", padded(b"MSCF\0\0\0\0", 200), "C:\\Temp\\art.cab"),
        ("luks", padded(b"LUKS\xba\xbe\x00\x02", 600), "vault.img"),
        (
            "encrypted office document",
            office("EncryptedPackage"),
            "plan.docx",
        ),
        ("old office document", office("WordDocument"), "plan.doc"),
        ("picture", picture, "a.jpg"),
        ("picture with a zip behind", appended, "a.jpg"),
        ("android backup", android("none"), "a.ab"),
        ("android backup, encrypted", android("AES-256"), "a.ab"),
        (
            "apple encrypted, signed only",
            padded(b"AEA1\0\0\0\0", 200),
            "a.aea",
        ),
        (
            "apple encrypted, password",
            padded(b"AEA1\x05\0\0\0", 200),
            "a.aea",
        ),
        (
            "mcrypt",
            padded(b"\0m\x03@rijndael-128\0 \0cbc\0", 200),
            "a.nc",
        ),
        ("aes crypt", padded(b"AES\x02\x00", 200), "a.aes"),
        (
            "lrzip, encrypted",
            padded(b"LRZI\0\x06abcdabcdabcdabcd\x01", 90),
            "a.lrz",
        ),
        (
            "lha",
            padded(b"\x20\x00-lh5-abcdefghijkl\x20\x01", 90),
            "a.lzh",
        ),
        (
            "arj",
            padded(b"\x60\xea\x2c\x00\x22\x0b\x01\x02\x10\0\x02\0", 90),
            "a.arj",
        ),
        ("brotli by its name", random_bytes(5, 2000), "a.br"),
        ("ccrypt by its name", random_bytes(6, 2000), "a.cpt"),
        ("random", random_bytes(7, 2000), "a"),
        ("random in a picture's name", random_bytes(8, 2000), "a.jpg"),
        ("random in a text's name", random_bytes(9, 2000), "a.txt"),
        (
            "random in an encrypted file's name",
            random_bytes(9, 2000),
            "a.enc",
        ),
        (
            "text in a zip name",
            b"nothing but a note to myself".repeat(9),
            "a.zip",
        ),
        ("text", b"nothing but a note to myself\n".repeat(9), "a.txt"),
        (
            "base64 of random",
            base64_text(&random_bytes(10, 900)),
            "a.txt",
        ),
        ("zeros", vec![0; 4096], "a.img"),
        ("nothing", Vec::new(), "a.zip"),
        ("a few bytes", vec![1, 2, 3], "a"),
        ("english in utf-16", utf16(TEXT), "a.txt"),
    ];
    let actual: Vec<String> = table
        .iter()
        .map(|(label, bytes, path)| format!("{label}: {}", verdict(bytes, path)))
        .collect();
    expect![[r#"
        rar 4: archive rar4
        rar 4, password: archive rar4, encrypted
        rar 4, names too: archive rar4, encrypted
        rar 5: archive rar5
        rar 5, password: archive rar5, encrypted
        rar 5, names too: archive rar5, encrypted
        rar 5 in a picture's name: archive rar5, belied name
        tar: archive tar
        tar by GNU: archive tar
        tar without magic: archive tar
        tar in a tar.gz name: archive tar, belied name
        tar with a wrong checksum: plain
        cab in a zip name: archive cab, belied name
        cab: archive cab
        luks: disk luks, encrypted
        encrypted office document: encrypted encrypted office document, encrypted
        old office document: other ole
        picture: other jpeg
        picture with a zip behind: archive zip, encrypted, belied name
        android backup: archive android backup
        android backup, encrypted: archive android backup, encrypted
        apple encrypted, signed only: encrypted apple encrypted archive
        apple encrypted, password: encrypted apple encrypted archive, encrypted
        mcrypt: encrypted mcrypt, encrypted
        aes crypt: encrypted aes crypt, encrypted
        lrzip, encrypted: compressed lrzip, encrypted
        lha: archive lha, encrypted?
        arj: archive arj, encrypted?
        brotli by its name: compressed brotli
        ccrypt by its name: encrypted ccrypt, encrypted
        random: dense
        random in a picture's name: dense, belied name
        random in a text's name: dense, belied name
        random in an encrypted file's name: dense
        text in a zip name: plain, belied name
        text: plain
        base64 of random: encoded base64, encrypted?
        zeros: plain
        nothing: unknown
        a few bytes: unknown
        english in utf-16: plain"#]]
    .assert_eq(&actual.join("\n"));
}

#[test]
fn weak_magics_are_not_enough() {
    for bytes in [
        &b"\x1f\x9dabcdefghijklmnop"[..],
        b"\x60\xea\xff\xff\x00\x00\x00\x00\x00\x00\x00\x00",
        b"\x1a\x08\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e",
        b"x\x9cis how this sentence begins, and then it goes on as text does for a while",
        b"]\x00\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c",
        b"\x00\x00\x00\x7babcdefghijZ",
        b"\xc7\x71\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\x00",
        b"\x8c\x0d\x04\xff\x03\x08",
        b"\x84\x10\x20\x03\x00\x00",
        b"\xff\xfb\x90\x00\x00\x00\x00\x00",
        b"AES is a cipher that everybody uses",
        b"070701 was the number of the room in which it happened, and nobody knew",
        b"b'Bananas are not an archive'",
        b"begin with the end in mind\nand then\n",
    ] {
        let found = examine_file(bytes, "a").format;
        assert_eq!(found, None, "{}", bytes.escape_ascii());
    }
}

#[test]
fn random_bytes_are_dense_whatever_their_number() {
    for count in [100, 128, 200, 256, 400, 512, 768, 1024, 1280, 5000] {
        for seed in 0..200 {
            let found = examine_file(&random_bytes(seed, count), "a");
            assert_eq!(found.density, Density::Dense, "{count} bytes, seed {seed}");
        }
    }
}

#[test]
fn text_code_and_encodings_are_not_dense() {
    let source = include_bytes!("../format.rs");
    for bytes in [
        TEXT.to_vec(),
        TEXT[..100].to_vec(),
        source.to_vec(),
        utf16(TEXT),
        base64_text(&random_bytes(1, 100)),
        base64_text(&random_bytes(2, 3000)),
        random_bytes(3, 1000)
            .iter()
            .flat_map(|byte| format!("{byte:02x}").into_bytes())
            .collect(),
        random_bytes(4, 600)
            .iter()
            .map(|byte| b'!' + byte % 85)
            .collect(),
        (0..4000_u32)
            .flat_map(|number| (number * 17).to_le_bytes())
            .collect(),
        vec![0; 2000],
    ] {
        let found = examine_file(&bytes, "a");
        assert_ne!(
            found.density,
            Density::Dense,
            "{}",
            bytes[..40].escape_ascii()
        );
    }
}

#[test]
fn the_entropy_of_random_bytes_is_as_expected() {
    for (count, at_least) in [(256, 0.97), (512, 0.98), (1280, 0.99)] {
        let found = examine_file(&random_bytes(42, count), "a");
        let share = found.entropy.unwrap() / found.random.unwrap();
        assert!((at_least..1.02).contains(&share), "{count}: {share}");
    }
}

/// A tar's first header with this magic and a fitting checksum, and a block of content.
pub(super) fn tar(magic: [u8; 8]) -> Vec<u8> {
    let mut header = vec![0_u8; 512];
    header[..10].copy_from_slice(b"etc/passwd");
    header[100..108].copy_from_slice(b"0000644\0");
    header[108..116].copy_from_slice(b"0000000\0");
    header[116..124].copy_from_slice(b"0000000\0");
    header[124..136].copy_from_slice(b"00000002000\0");
    header[136..148].copy_from_slice(b"14000000000\0");
    header[148..156].copy_from_slice(b"        ");
    header[156] = b'0';
    header[257..265].copy_from_slice(&magic);
    let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    header.extend(TEXT[..1024].iter());
    header
}

fn broken_tar() -> Vec<u8> {
    let mut bytes = tar(*b"ustar\x0000");
    bytes[0] ^= 1;
    bytes
}

fn padded(start: &[u8], length: usize) -> Vec<u8> {
    let mut bytes = start.to_vec();
    bytes.extend(random_bytes(11, length));
    bytes
}

fn utf16(text: &[u8]) -> Vec<u8> {
    text.iter().flat_map(|&byte| [byte, 0]).collect()
}

fn base64_text(bytes: &[u8]) -> Vec<u8> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = Vec::new();
    for (at, three) in bytes.chunks_exact(3).enumerate() {
        let bits = u32::from_be_bytes([0, three[0], three[1], three[2]]);
        text.extend((0..4).map(|place| ALPHABET[(bits >> (18 - 6 * place)) as usize & 63]));
        if at % 19 == 18 {
            text.push(b'\n');
        }
    }
    text
}

const TEXT: &[u8] = include_bytes!("../../../../LICENSE-APACHE");
