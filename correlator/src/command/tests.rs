//! Command lines and what they mean, as tables in `tests/*.txt`.
//!
//! A line is `[image] words => meaning`; without `[image]` the first word is the program's file.
//! Words are split at blanks, quotes hold them together, a backslash is itself. After `=>` comes
//! the utility, its purpose and flags, `> output` and `< sources`. `UPDATE_EXPECT=1` writes the
//! meanings anew.

#![expect(
    clippy::needless_raw_string_hashes,
    reason = "the form in which expectations are written anew"
)]

use std::fmt::Write as _;
use std::sync::LazyLock;

use expect_test::{ExpectFile, expect, expect_file};
use proptest::prelude::*;

use super::*;

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(Catalogue::builtin);

#[test]
fn archivers() {
    check_table(&expect_file!["tests/archivers.txt"]);
}

#[test]
fn seven_zip_and_rar() {
    check_table(&expect_file!["tests/seven_zip_and_rar.txt"]);
}

#[test]
fn compressors() {
    check_table(&expect_file!["tests/compressors.txt"]);
}

#[test]
fn encryption() {
    check_table(&expect_file!["tests/encryption.txt"]);
}

#[test]
fn copies_and_transfers() {
    check_table(&expect_file!["tests/copies_and_transfers.txt"]);
}

#[test]
fn windows_and_macos() {
    check_table(&expect_file!["tests/windows_and_macos.txt"]);
}

#[test]
fn names_and_disguises() {
    check_table(&expect_file!["tests/names_and_disguises.txt"]);
}

#[test]
fn encoded_power_shell() {
    let text = "Compress-Archive -Path C:\\data -DestinationPath C:\\Users\\Public\\o.zip";
    let wide: Vec<u8> = text.bytes().flat_map(|byte| [byte, 0]).collect();
    let arguments = [
        &b"powershell.exe\0-nop\0-w\0hidden\0-enc\0"[..],
        base64(&wide).as_bytes(),
        b"\0",
    ]
    .concat();
    let command = interpret(&CATALOGUE, Some(b"powershell.exe"), &arguments);
    expect![[r#"powershell archive > C:\Users\Public\o.zip < C:\data"#]]
        .assert_eq(&meaning(command));
}

#[test]
fn interpreters_and_their_code() {
    let table: Vec<String> = [
        "bash -c 'zip -r a b'",
        "bash -lc 'zip -r a b'",
        "bash /opt/x.sh arg",
        "bash",
        "sh -s",
        "sh -e /opt/x.sh",
        "python3.11 -c 'import gzip'",
        "python3 -m zipfile -c out.zip dir",
        "python3 -u /opt/pack.py -c",
        "perl -ne 'print'",
        "pwsh -Command 'ls'",
        "cmd.exe /c dir",
        "busybox sh -c 'zip -r a b'",
        "tar czf a b",
    ]
    .iter()
    .map(|line| {
        let words = words_of(line);
        let found = invocation(&CATALOGUE, Some(words[0].as_bytes()), &arguments_of(&words));
        let found = found.map(|found| match found.code {
            Code::Inline => format!("{} inline", found.interpreter.name),
            Code::File(file) => format!("{} file {}", found.interpreter.name, show(&file)),
            Code::Module(name) => format!("{} module {}", found.interpreter.name, show(&name)),
            Code::Standard => format!("{} standard", found.interpreter.name),
        });
        format!("{line} => {}", found.unwrap_or("-".to_owned()))
    })
    .collect();
    expect![[r#"
        bash -c 'zip -r a b' => sh inline
        bash -lc 'zip -r a b' => sh inline
        bash /opt/x.sh arg => sh file /opt/x.sh
        bash => sh standard
        sh -s => sh standard
        sh -e /opt/x.sh => sh file /opt/x.sh
        python3.11 -c 'import gzip' => python inline
        python3 -m zipfile -c out.zip dir => python module zipfile
        python3 -u /opt/pack.py -c => python file /opt/pack.py
        perl -ne 'print' => perl inline
        pwsh -Command 'ls' => powershell inline
        cmd.exe /c dir => cmd inline
        busybox sh -c 'zip -r a b' => sh inline
        tar czf a b => -"#]]
    .assert_eq(&table.join("\n"));
}

#[test]
fn a_monstrous_command_line_is_bounded() {
    let mut arguments = b"tar\0czf\0x.tgz\0".to_vec();
    for _ in 0..100_000 {
        arguments.extend_from_slice(b"name\0");
    }
    let command = interpret(&CATALOGUE, Some(b"tar"), &arguments).unwrap();
    assert_eq!(command.inputs.len(), MAX_INPUTS);
}

proptest! {
    #[test]
    fn any_bytes_are_read(
        image in proptest::option::of(image()),
        arguments in arguments(),
    ) {
        let command = interpret(&CATALOGUE, image.as_deref(), &arguments);
        if let Some(command) = command {
            prop_assert!(command.inputs.len() <= MAX_INPUTS);
            prop_assert!(command.inputs.iter().all(|input| input.len() <= MAX_VALUE));
        }
        let _ = invocation(&CATALOGUE, image.as_deref(), &arguments);
    }
}

/// Any bytes, or the name of a utility.
fn image() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..20),
        proptest::sample::select(vec![
            "tar",
            "zip",
            "7z",
            "rar",
            "openssl",
            "gpg",
            "powershell",
            "busybox",
            "zstd",
            "jar",
            "hdiutil",
            "curl",
            "rsync",
            "cpio",
            "borg",
            "aws",
            "unknown",
        ])
        .prop_map(|name| name.as_bytes().to_vec()),
    ]
}

/// Words of which many mean something.
fn arguments() -> impl Strategy<Value = Vec<u8>> {
    let word = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..12),
        proptest::sample::select(vec![
            "-", "--", "a", "czf", "-cf", "-p", "-P", "-o", "-hpx", "--file", "enc", "-aes128",
            "-in", "-T", "@l", "-I", "-s", "-x", "cp", "create", "-enc", "/f", "host:x", "a.7z",
        ])
        .prop_map(|word| word.as_bytes().to_vec()),
    ];
    proptest::collection::vec(word, 0..12).prop_map(|words| {
        let mut arguments = Vec::new();
        for word in words {
            arguments.extend(word);
            arguments.push(0);
        }
        arguments
    })
}

fn check_table(table: &ExpectFile) {
    let written = table.data();
    let mut actual = String::new();
    for line in written.lines() {
        let asked = line.split(" => ").next().unwrap_or_default().trim_end();
        if asked.is_empty() || asked.starts_with('#') {
            writeln!(actual, "{line}").unwrap();
            continue;
        }
        let (image, rest) = match asked.strip_prefix('[') {
            Some(rest) => rest.split_once("] ").unwrap(),
            None => ("", asked),
        };
        let words = words_of(rest);
        let image = if image.is_empty() { &words[0] } else { image };
        let command = interpret(&CATALOGUE, Some(image.as_bytes()), &arguments_of(&words));
        writeln!(actual, "{asked} => {}", meaning(command)).unwrap();
    }
    table.assert_eq(&actual);
}

fn words_of(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote, mut any) = (Vec::new(), String::new(), None, false);
    for character in line.chars() {
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (None, '"' | '\'') => {
                quote = Some(character);
                any = true;
            }
            (None, ' ') => {
                if any || !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                any = false;
            }
            _ => word.push(character),
        }
    }
    if any || !word.is_empty() {
        words.push(word);
    }
    words
}

fn arguments_of(words: &[String]) -> Vec<u8> {
    words
        .iter()
        .flat_map(|word| [word.as_bytes(), b"\0"].concat())
        .collect()
}

fn show(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn meaning(command: Option<Command>) -> String {
    let Some(command) = command else {
        return "nothing".to_owned();
    };
    let mut text = format!("{} {:?}", command.utility, command.purpose).to_lowercase();
    for (set, name) in [
        (command.renamed, "renamed"),
        (command.password, "password"),
        (command.header_encryption, "headers"),
        (command.split, "split"),
        (command.deletes_sources, "deletes"),
    ] {
        if set {
            write!(text, " {name}").unwrap();
        }
    }
    if matches!(command.purpose, Purpose::Consume | Purpose::Other) {
        return text;
    }
    match &command.output {
        Output::File(name) => write!(text, " > {}", show(name)).unwrap(),
        Output::BesideInputs => text.push_str(" > (beside)"),
        Output::Standard => text.push_str(" > (standard)"),
        Output::Remote(name) => write!(text, " > (remote) {}", show(name)).unwrap(),
        Output::Unknown => {}
    }
    if !command.inputs.is_empty() {
        let inputs: Vec<String> = command.inputs.iter().map(|input| show(input)).collect();
        write!(text, " < {}", inputs.join(" ")).unwrap();
    }
    if let Some(directory) = &command.directory {
        write!(text, " in {}", show(directory)).unwrap();
    }
    text
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let mut block = [0; 3];
        block[..chunk.len()].copy_from_slice(chunk);
        let bits = u32::from_be_bytes([0, block[0], block[1], block[2]]);
        for at in 0..4 {
            let index = (bits >> (18 - 6 * at)) & 63;
            text.push(if at <= chunk.len() {
                char::from(ALPHABET[index as usize])
            } else {
                '='
            });
        }
    }
    text
}
