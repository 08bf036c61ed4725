//! What is in the zip, that it is the same each time, and that others read what is in it.

use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};

use super::{AFTER, BEFORE, ENTITLEMENTS, INFORMATION, MAKE, SERVICE, make};

#[test]
fn the_same_program_gives_the_same_zip() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let service = root.join(SERVICE);
    std::fs::create_dir_all(service.parent().unwrap()).unwrap();
    std::fs::write(&service, "a list").unwrap();
    for name in ["LICENSE-APACHE", "LICENSE-MIT", "packhound"] {
        std::fs::write(root.join(name), format!("{name}\n")).unwrap();
    }
    let program = root.join("packhound");
    let target = "aarch64-apple-darwin";
    let made = |out: &str| make(root, &program, target, "1.2.3", &root.join(out)).unwrap();
    let (one, two) = (made("one"), made("two"));
    assert!(one.ends_with("packhound-1.2.3-aarch64-macos.zip"));
    assert_eq!(std::fs::read(&one).unwrap(), std::fs::read(&two).unwrap());
    let mut zip = zip::ZipArchive::new(std::fs::File::open(&one).unwrap()).unwrap();
    let mut names = Vec::new();
    for index in 0..zip.len() {
        let entry = zip.by_index(index).unwrap();
        let name = entry
            .name()
            .trim_start_matches("packhound-1.2.3/")
            .to_owned();
        names.push((name, entry.unix_mode().unwrap() & 0o777));
    }
    let wanted = [
        ("LICENSE-APACHE", 0o644),
        ("LICENSE-MIT", 0o644),
        ("Packhound.app/Contents/Info.plist", 0o644),
        ("Packhound.app/Contents/MacOS/packhound", 0o755),
        ("README.txt", 0o644),
        ("com.packhound.agent.plist", 0o644),
        ("entitlements.plist", 0o644),
        ("make-pkg", 0o755),
        ("scripts/postinstall", 0o755),
        ("scripts/preinstall", 0o755),
    ];
    assert_eq!(names, wanted.map(|(name, mode)| (name.to_owned(), mode)));
    let mut text = String::new();
    let name = "packhound-1.2.3/Packhound.app/Contents/Info.plist";
    zip.by_name(name)
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    assert!(text.contains("<string>1.2.3</string>") && !text.contains("VERSION"));
}

/// Gives a text to a program that judges it; `None` where the program is not there.
fn judged(program: &str, arguments: &[&str], text: &str) -> Option<String> {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    let mut input = child.stdin.take().unwrap();
    input.write_all(text.as_bytes()).unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{program} refuses: {text}");
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn shells_and_other_readers_read_what_is_in_it() {
    for script in [AFTER, BEFORE, MAKE] {
        judged("sh", &["-n"], script).expect("there is a shell");
    }
    let Some(told) = judged("python3", &["-c", SCRIPT], ENTITLEMENTS) else {
        eprintln!("left out: there is no python3 here to read property lists");
        return;
    };
    let wanted = "{'com.apple.developer.endpoint-security.client': True}";
    assert_eq!(told.trim(), wanted);
    let told = judged("python3", &["-c", SCRIPT], INFORMATION).unwrap();
    assert!(told.contains("'CFBundleIdentifier': 'com.packhound.agent'"));
    assert!(told.contains("'CFBundleExecutable': 'packhound'"));
}

/// Reads a property list and shows what is in it.
const SCRIPT: &str = "import plistlib, sys; print(plistlib.loads(sys.stdin.buffer.read()))";
