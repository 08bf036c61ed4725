//! The list of functions, and what a file's functions lead to.

use super::*;

fn places(names: &[&str]) -> Vec<String> {
    let functions: Vec<Function> = names
        .iter()
        .zip(1..)
        .map(|(name, offset)| Function {
            offset,
            name: name.as_bytes().to_vec(),
        })
        .collect();
    CATALOGUE
        .places(&functions)
        .iter()
        .map(|place| {
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            let format = place.entry.format.as_deref().map_or("-".into(), text);
            let family = text(&place.entry.family);
            let purpose = place.entry.purpose.0;
            format!("{} {family} {purpose} {format}", text(&place.function))
        })
        .collect()
}

#[test]
fn the_list_is_valid() {
    assert!(CATALOGUE.entries.len() > 70);
    for entry in &CATALOGUE.entries {
        assert!(
            entry.name.len() < 64 && entry.family.len() < 32,
            "{entry:?}"
        );
    }
}

#[test]
fn mistakes_are_named() {
    for (text, mistake) in [
        ("[a]\nfunctions = []", "purpose"),
        ("[a]\npurpose = 'compress'", "functions"),
        (
            "[a]\npurpose = 'eat'\nfunctions = [{ name = 'x' }]",
            "unknown purpose",
        ),
        (
            "[a]\npurpose = 'compress'\nfunctions = [{ name = 'x', levle = 1 }]",
            "levle",
        ),
        (
            "[a]\npurpose = 'compress'\nfunctions = [{ name = 'x', level = 6 }]",
            "level",
        ),
        (
            "[a]\npurpose = 'compress'\nfunctions = [{ name = 'x', is_one = 1, writes = 2 }]",
            "more than one",
        ),
        (
            "[a]\npurpose = 'compress'\nfunctions = [{ name = 'x' }, { name = 'x' }]",
            "twice",
        ),
    ] {
        let error = Catalogue::parse(text).unwrap_err();
        assert!(error.contains(mistake), "{text}: {error}");
    }
}

#[test]
fn producing_functions_only() {
    let zlib = [
        "inflateInit2_",
        "gzread",
        "crc32",
        "deflateInit_",
        "deflateInit2_",
        "gzopen",
    ];
    assert_eq!(
        places(&zlib),
        ["deflateInit2_ zlib 1 -", "gzopen zlib 1 gzip"]
    );
    assert_eq!(places(&["deflateInit_"]), ["deflateInit_ zlib 1 -"]);
    assert!(
        places(&[
            "archive_read_open",
            "archive_write_disk_new",
            "ZSTD_decompress"
        ])
        .is_empty()
    );
}

#[test]
fn names_that_go_on() {
    let functions = [
        "archive_write_set_format_7zip",
        "archive_write_set_format_option",
        "archive_write_set_format_",
        "archive_write_add_filter_none",
        "archive_write_add_filter_zstd",
        "archive_write_set_passphrase",
    ];
    assert_eq!(
        places(&functions),
        [
            "archive_write_set_format_7zip libarchive 2 7zip",
            "archive_write_add_filter_zstd libarchive 1 zstd",
            "archive_write_set_passphrase libarchive 3 -",
        ]
    );
}

#[test]
fn a_common_name_needs_company() {
    assert!(places(&["zip_open", "zip_close"]).is_empty());
    assert!(places(&["ZIP_Open", "CreateObject"]).is_empty());
    assert_eq!(
        places(&["zip_open", "zip_source_buffer"]),
        ["zip_open libzip 2 zip"]
    );
    assert!(CATALOGUE.mentions(b"zip_source_buffer"));
    assert!(!CATALOGUE.mentions(b"inflate"));
}
