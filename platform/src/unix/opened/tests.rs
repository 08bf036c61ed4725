//! Only regular files are opened, and flags only where they are to be followed.

use nix::fcntl::OFlag;

use super::{is_gone, open};

#[test]
fn a_link_is_followed_only_where_it_may_be() {
    let folder = tempfile::tempdir().unwrap();
    let (file, link) = (folder.path().join("file"), folder.path().join("link"));
    std::fs::write(&file, b"four").unwrap();
    std::os::unix::fs::symlink(&file, &link).unwrap();
    let size = |path, flags| open(path, flags).unwrap().map(|image| image.identity.size);
    assert_eq!(size(&file, OFlag::O_NOFOLLOW), Some(4));
    assert_eq!(size(&link, OFlag::empty()), Some(4));
    assert_eq!(size(&link, OFlag::O_NOFOLLOW), None);
}

#[test]
fn what_is_no_file_is_not_opened() {
    for flags in [OFlag::empty(), OFlag::O_NOFOLLOW] {
        assert!(open("/dev/null".as_ref(), flags).unwrap().is_none());
        assert!(open("/".as_ref(), flags).unwrap().is_none());
    }
    let error = open("/nowhere/at all".as_ref(), OFlag::O_NOFOLLOW).unwrap_err();
    assert!(is_gone(&error));
}
