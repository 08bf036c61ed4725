//! Nothing that could matter is muted.

use super::{CLOSE, EXEC, EXIT, FORK, RENAME, SUBSCRIPTIONS, Side, UNLINK, muted};
use crate::endpoint::trouble::ESLOGGER;

#[test]
fn no_program_that_packs_is_muted() {
    let packers = [
        "/usr/bin/ditto",
        "/usr/bin/hdiutil",
        "/usr/bin/zip",
        "/usr/bin/bsdtar",
        "/usr/bin/aa",
        "/usr/bin/aea",
        "/usr/bin/openssl",
        "/usr/bin/osascript",
        "/usr/bin/xar",
        "/usr/bin/pkgbuild",
        "/usr/bin/python3",
        "/usr/libexec/diskimages-helper",
        "/System/Library/PrivateFrameworks/DiskImages.framework/Resources/diskimages-helper",
        "/System/Library/PrivateFrameworks/DiskImages2.framework/XPCServices/x",
        "/System/Library/CoreServices/Applications/Archive Utility.app/Contents/MacOS/Archive Utility",
        "/System/Library/CoreServices/Finder.app/Contents/MacOS/Finder",
        "/System/Library/CoreServices/backupd.bundle/Contents/Resources/backupd",
        "/private/tmp/tool",
        "/Applications/Tool.app/Contents/MacOS/Tool",
    ];
    for packer in packers {
        let by = muted().find(|muted| muted.side == Side::Doer && packer.starts_with(muted.path));
        assert_eq!(by, None, "{packer}");
    }
}

#[test]
fn no_place_with_data_of_people_is_muted() {
    let places = [
        "/Users/ann/Documents/a",
        "/Users/Shared/a",
        "/private/tmp/a",
        "/private/var/folders/x/a",
        "/private/var/db/dslocal/nodes/Default/users/ann.plist",
        "/Library/Keychains/System.keychain",
        "/Volumes/share/a",
    ];
    for place in places {
        let by = muted().find(|muted| muted.side == Side::Target && place.starts_with(muted.path));
        assert_eq!(by, None, "{place}");
    }
}

#[test]
fn starts_and_names_are_heard_of_everybody() {
    for muted in muted() {
        for event in [EXEC, FORK, EXIT, RENAME, UNLINK] {
            assert!(!muted.events.contains(&event), "{muted:?}");
        }
        assert!(muted.side == Side::Doer || !muted.events.contains(&CLOSE));
        assert!(muted.path.starts_with('/'));
    }
}

#[test]
fn each_event_is_listened_to_once_and_asked_of_eslogger() {
    for (at, one) in SUBSCRIPTIONS.iter().enumerate() {
        let others = &SUBSCRIPTIONS[at + 1..];
        assert!(
            others
                .iter()
                .all(|it| it.number != one.number && it.name != one.name)
        );
        assert!(
            ESLOGGER.contains(&format!(" {} ", one.name)),
            "{}",
            one.name
        );
    }
}
