//! Members that are found, and such as the probes could not read.

use super::Fields;
use crate::host::btf::Btf;

/// Type information of one structure, `file`, whose `f_mode` has so many bytes.
fn blob(bytes: u32) -> Vec<u8> {
    let strings = b"\0number\0file\0f_mode\0";
    let at = |name: &str| {
        let found = strings
            .windows(name.len())
            .position(|part| part == name.as_bytes());
        found.expect("a name") as u32
    };
    let info = |kind: u32, count: u32| kind << 24 | count;
    let types = [
        [at("number"), info(1, 0), bytes, 8 * bytes].as_slice(),
        &[at("file"), info(4, 1), bytes, at("f_mode"), 1, 0],
    ]
    .concat();
    let length = types.len() as u32 * 4;
    let head = [0x0001_eb9f, 24, 0, length, length, strings.len() as u32];
    let words = head.iter().chain(&types);
    let mut blob: Vec<u8> = words.flat_map(|word| word.to_le_bytes()).collect();
    blob.extend(strings);
    blob
}

#[test]
fn a_member_of_another_size_is_as_good_as_absent() {
    let resolved = |bytes| {
        let blob = blob(bytes);
        let btf = Btf::parse(&blob).expect("type information");
        Fields::resolve(&btf, 4096)
    };
    let right = resolved(4);
    assert!(right.values.contains(&("file__f_mode", 0)));
    assert!(!right.absent.contains(&"file__f_mode"));
    let wrong = resolved(8);
    assert!(wrong.absent.contains(&"file__f_mode"));
    assert_eq!(wrong.missing(&[&["file__f_mode"]]), Some("file__f_mode"));
}

#[test]
fn this_kernel_has_what_every_kernel_has() {
    let Ok(blob) = std::fs::read("/sys/kernel/btf/vmlinux") else {
        eprintln!("left out: this kernel offers no type information");
        return;
    };
    let btf = Btf::parse(&blob).expect("type information");
    let fields = Fields::resolve(&btf, 4096);
    // Overlays are a module where their members are missing.
    let missing: Vec<_> = fields
        .absent
        .iter()
        .filter(|symbol| !symbol.starts_with("ovl_"))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}
