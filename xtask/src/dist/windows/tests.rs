//! What is in the zip, and that it is the same each time.

use std::io::Read as _;

use super::make;

#[test]
fn the_same_program_gives_the_same_zip() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["LICENSE-APACHE", "LICENSE-MIT", "packhound.exe"] {
        std::fs::write(folder.path().join(name), format!("{name}\n")).unwrap();
    }
    let program = folder.path().join("packhound.exe");
    let one = make(folder.path(), &program, "1.2.3", &folder.path().join("one")).unwrap();
    let two = make(folder.path(), &program, "1.2.3", &folder.path().join("two")).unwrap();
    assert_eq!(std::fs::read(&one).unwrap(), std::fs::read(&two).unwrap());
    let mut zip = zip::ZipArchive::new(std::fs::File::open(&one).unwrap()).unwrap();
    let mut names: Vec<String> = zip.file_names().map(str::to_owned).collect();
    names.sort();
    assert_eq!(
        names,
        [
            "packhound-1.2.3/LICENSE-APACHE.txt",
            "packhound-1.2.3/LICENSE-MIT.txt",
            "packhound-1.2.3/README.txt",
            "packhound-1.2.3/packhound.exe",
        ]
    );
    let mut text = String::new();
    let mut readme = zip.by_name("packhound-1.2.3/README.txt").unwrap();
    readme.read_to_string(&mut text).unwrap();
    assert!(text.contains("service install\r\n"));
}
