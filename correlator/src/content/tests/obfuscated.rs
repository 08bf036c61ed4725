//! Keys laid over text and formats are recovered; nothing else is taken for such.

use super::*;

#[test]
fn text_under_a_key_is_recovered() {
    let mut missed = Vec::new();
    for (name, text) in TEXTS {
        for length in [1, 2, 3, 4, 5, 7, 8, 12, 16, 24, 31, 32] {
            let key = key(length, 77);
            match recovered(text, &key) {
                Some(found) => assert_eq!(&*found.reveals, "text", "{name}, {length}"),
                None => missed.push((name, length)),
            }
        }
    }
    // Records without blanks, and long keys over short lines, give too little to go by.
    expect_test::expect!["[]"].assert_eq(&format!("{missed:?}"));
}

#[test]
fn every_single_byte_is_recovered_from_prose() {
    for byte in 1..=255_u8 {
        let hidden = under(TEXTS[0].1, &[byte]);
        let found = examine_file(&hidden, "a").obfuscation;
        if hidden[..512].iter().all(|&byte| density::is_text(byte)) {
            // Still text: a shift of letters is beyond this.
            continue;
        }
        if byte == 0x20 {
            // Words in capitals with NULs between them look the same.
            continue;
        }
        // Another case of the same text is as good.
        let key = found.map(|found| found.key);
        assert!(
            key == Some(vec![byte]) || key == Some(vec![byte ^ 0x20]),
            "{byte:#04x}: {key:?}"
        );
    }
}

#[test]
fn formats_under_a_key_are_recovered() {
    let mut zip = b"PK\x03\x04\x14\x00\x00\x00\x08\x00".to_vec();
    zip.extend(random_bytes(1, 16));
    zip.extend([5, 0, 0, 0]);
    zip.extend(b"a.txt");
    zip.extend(random_bytes(2, 1500));
    let mut seven_zip = b"7z\xbc\xaf\x27\x1c\x00\x04".to_vec();
    seven_zip.extend(random_bytes(3, 1500));
    let mut gzip = b"\x1f\x8b\x08\x00abcd\x00\x03".to_vec();
    gzip.extend(random_bytes(4, 1500));
    let mut xz = b"\xfd7zXZ\x00\x00\x04\xe6\xd6\xb4\x46".to_vec();
    xz.extend(random_bytes(5, 1500));
    let mut database = b"SQLite format 3\0".to_vec();
    database.extend(random_bytes(6, 1500));
    let tar = built::tar(*b"ustar\x0000");
    for (name, bytes, longest) in [
        ("tar", &tar, 12),
        ("zip", &zip, 4),
        ("7z", &seven_zip, 4),
        ("gzip", &gzip, 1),
        ("xz", &xz, 8),
        ("sqlite", &database, 12),
    ] {
        let keys = (1..=longest).map(|length| key(length, 5));
        for key in keys.chain([b"Z".to_vec(), b"s3c".to_vec()].into_iter().take(longest)) {
            let found = recovered(bytes, &key);
            let expected = Obfuscation {
                key,
                reveals: Text::from(name),
            };
            assert_eq!(found, Some(expected), "{name}");
        }
    }
}

#[test]
fn nothing_else_is_taken_for_obfuscated() {
    let code: Vec<u8> = (0..3000_u32)
        .flat_map(|at| {
            [
                0x48,
                0x8b,
                (at * 7 % 64) as u8,
                0x24,
                (at % 251) as u8,
                0xe8,
                0,
                0,
            ]
        })
        .collect();
    let table: Vec<u8> = (0..4000_u32)
        .flat_map(|at| (at * 3).to_le_bytes())
        .collect();
    let floats: Vec<u8> = (0..2000_u16)
        .flat_map(|at| (f32::from(at) * 0.37).sin().to_le_bytes())
        .collect();
    let records: Vec<u8> = (0..300_u16)
        .flat_map(|at| format!("{at:>6}\0user{at:03}\0\x01\x02\x00\x00").into_bytes())
        .collect();
    let wide: Vec<u8> = TEXTS[0].1.iter().flat_map(|&byte| [byte, 0]).collect();
    let wider: Vec<u8> = TEXTS[0]
        .1
        .iter()
        .flat_map(|&byte| [byte, 0, 0, 0])
        .collect();
    let latin: Vec<u8> = "Übergrößenträger süß fährt Öl über die Brücke, während "
        .repeat(40)
        .chars()
        .map(|character| character as u32 as u8)
        .collect();
    let greek = "Η γρήγορη καφέ αλεπού πηδάει πάνω από το τεμπέλικο σκυλί. ".repeat(30);
    let kanji = "色は匂へど散りぬるを我が世誰ぞ常ならむ有為の奥山今日越えて".repeat(20);
    for (name, bytes) in [
        ("code", code),
        ("table", table),
        ("floats", floats),
        ("records", records),
        ("utf-16", wide),
        ("utf-32", wider),
        ("latin-1", latin),
        ("greek", greek.into_bytes()),
        ("japanese", kanji.into_bytes()),
        ("zeros", vec![0; 3000]),
        ("ones", vec![0xff; 3000]),
        ("stripes", [0_u8, 255].repeat(1000)),
        ("ramp", (0..=255_u8).cycle().take(3000).collect()),
        ("text", TEXTS[0].1.to_vec()),
    ] {
        assert_eq!(examine_file(&bytes, "a").obfuscation, None, "{name}");
    }
    for seed in 0..3000 {
        assert_eq!(
            examine_file(&random_bytes(seed, 1536), "a").obfuscation,
            None,
            "seed {seed}"
        );
    }
}

proptest! {
    /// Few values, long runs, strides: what binary files are made of.
    #[test]
    fn structured_bytes_are_not_taken_for_obfuscated(
        values in proptest::collection::vec(any::<u8>(), 1..40),
        stride in 1_usize..24,
        noise in proptest::collection::vec(any::<u8>(), 512),
        share in 0_u8..255,
    ) {
        let bytes: Vec<u8> = (0..1536)
            .map(|at| {
                let chance = noise[(at * 7) % 512];
                if chance < share { noise[at % 512] } else { values[at / stride % values.len()] }
            })
            .collect();
        let found = examine_file(&bytes, "a").obfuscation;
        prop_assert_eq!(found, None);
    }
}

fn under(bytes: &[u8], key: &[u8]) -> Vec<u8> {
    bytes
        .iter()
        .zip(key.iter().cycle())
        .map(|(byte, key)| byte ^ key)
        .collect()
}

/// What is recovered; where it is text under another key, all of it must still be text.
fn recovered(bytes: &[u8], key: &[u8]) -> Option<Obfuscation> {
    let hidden = under(bytes, key);
    let found = examine_file(&hidden, "a").obfuscation?;
    if &*found.reveals == "text" {
        let text = under(&hidden[..hidden.len().min(512)], &found.key);
        let wrong = text
            .iter()
            .zip(bytes)
            .filter(|(one, other)| one != other)
            .count();
        // A long key's columns are short, and some may come out as other letters.
        assert!(
            wrong * 4 <= text.len(),
            "{}: {wrong}: {}",
            key.len(),
            text.escape_ascii()
        );
    }
    Some(found)
}

fn key(length: usize, seed: u64) -> Vec<u8> {
    random_bytes(seed + length as u64, length)
        .into_iter()
        .map(|byte| byte | 0x80)
        .collect()
}

const TEXTS: [(&str, &[u8]); 5] = [
    ("prose", include_bytes!("../../../../LICENSE-APACHE")),
    ("source", include_bytes!("../obfuscation.rs")),
    (
        "settings",
        include_bytes!("../../../catalogue/programs.toml"),
    ),
    ("accounts", ACCOUNTS),
    ("table", TABLE),
];

const ACCOUNTS: &[u8] = b"root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n\
bin:x:2:2:bin:/bin:/usr/sbin/nologin\nsys:x:3:3:sys:/dev:/usr/sbin/nologin\nsync:x:4:65534:sync:/bin:/bin/sync\n\
games:x:5:60:games:/usr/games:/usr/sbin/nologin\nman:x:6:12:man:/var/cache/man:/usr/sbin/nologin\n\
lp:x:7:7:lp:/var/spool/lpd:/usr/sbin/nologin\nmail:x:8:8:mail:/var/mail:/usr/sbin/nologin\n\
news:x:9:9:news:/var/spool/news:/usr/sbin/nologin\nuucp:x:10:10:uucp:/var/spool/uucp:/usr/sbin/nologin\n\
proxy:x:13:13:proxy:/bin:/usr/sbin/nologin\nwww-data:x:33:33:www-data:/var/www:/usr/sbin/nologin\n";

const TABLE: &[u8] = b"name,department,city,salary,email\nAnn Example,Finance,Lyon,51200,ann@example.org\n\
Bob Sample,Research,Graz,48750,bob.sample@example.org\nCarla Muster,Sales,Porto,39990,carla@example.org\n\
Dan Specimen,Finance,Ghent,61300,dan@example.org\nEve Instance,Legal,Turku,70210,eve.instance@example.org\n\
Finn Token,Support,Bergen,33400,finn@example.org\nGrete Probe,Research,Basel,58800,grete@example.org\n\
Hugo Pattern,Sales,Krakow,42100,hugo.pattern@example.org\nIda Model,Legal,Malmo,66350,ida@example.org\n";
