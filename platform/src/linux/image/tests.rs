//! The right file, whatever its name leads to by now.

use std::os::unix::fs::MetadataExt as _;

use super::{ImageAt, open_image};

fn at(path: &std::path::Path, program: bool, inode: u64) -> ImageAt {
    let device = std::fs::metadata(path).map_or(0, |about| about.dev());
    ImageAt {
        pid: std::process::id(),
        program,
        path: Some(path.as_os_str().as_encoded_bytes().into()),
        device,
        inode,
    }
}

#[test]
fn ones_own_program_is_found_under_any_name() {
    let program = std::env::current_exe().unwrap();
    let inode = std::fs::metadata(&program).unwrap().ino();
    let mut wanted = at(&program, true, inode);
    wanted.path = Some(b"/no/such/name"[..].into());
    let image = open_image(&wanted).unwrap().unwrap();
    assert_eq!(image.identity.inode, inode);
    assert_eq!(image.identity.size, image.file.metadata().unwrap().len());
}

#[test]
fn a_name_that_leads_to_another_file_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lib.so");
    std::fs::write(&path, b"one").unwrap();
    let first = std::fs::metadata(&path).unwrap().ino();
    assert!(open_image(&at(&path, false, first)).unwrap().is_some());
    std::fs::rename(&path, folder.path().join("old")).unwrap();
    std::fs::write(&path, b"two").unwrap();
    assert!(open_image(&at(&path, false, first)).unwrap().is_none());
    std::fs::remove_file(&path).unwrap();
    assert!(open_image(&at(&path, false, first)).unwrap().is_none());
}

#[test]
fn what_is_no_file_is_not_opened() {
    let inode = std::fs::metadata("/dev/null").unwrap().ino();
    let device = std::path::Path::new("/dev/null");
    assert!(open_image(&at(device, false, inode)).unwrap().is_none());
}
