//! Devices to drives, and what stays as it is.

use super::Volumes;

fn volumes() -> Volumes {
    let mut volumes = Volumes::default();
    volumes.add(br"\Device\HarddiskVolume1", b"C:");
    volumes.add(br"\Device\HarddiskVolume12\", b"D:");
    volumes.add(br"\SystemRoot", br"C:\Windows");
    volumes
}

#[test]
fn devices_become_drives() {
    let volumes = volumes();
    for (name, place) in [
        (r"\Device\HarddiskVolume1\a\b.zip", Some(r"C:\a\b.zip")),
        (r"\device\harddiskvolume12\b", Some(r"D:\b")),
        (r"\Device\HarddiskVolume1", Some("C:")),
        // Another volume whose name begins alike.
        (r"\Device\HarddiskVolume13\b", None),
        (
            r"\SystemRoot\System32\tar.exe",
            Some(r"C:\Windows\System32\tar.exe"),
        ),
        (r"\??\C:\a", Some(r"C:\a")),
        (r"\??\UNC\server\share\a", Some(r"\\server\share\a")),
        (r"\Device\Mup\server\share\a", Some(r"\\server\share\a")),
        // A stream of a file is a part of its name.
        (
            r"\Device\HarddiskVolume1\a.txt:hidden",
            Some(r"C:\a.txt:hidden"),
        ),
        (r"C:\a", None),
        ("a", None),
        ("", None),
    ] {
        let mut buffer = Vec::new();
        let found = volumes.place(name.as_bytes(), &mut buffer);
        assert_eq!(found, place.map(str::as_bytes), "{name}");
    }
}

#[test]
fn a_device_that_gets_another_letter_has_that_one() {
    let mut volumes = volumes();
    volumes.add(br"\Device\HarddiskVolume12", b"E:");
    let mut buffer = Vec::new();
    let place = volumes.place(br"\Device\HarddiskVolume12\b", &mut buffer);
    assert_eq!(place, Some(&br"E:\b"[..]));
    assert_eq!(volumes.len(), 3);
    volumes.add(b"", b"X:");
    assert_eq!(volumes.len(), 3);
}
