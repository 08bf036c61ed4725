//! Directories and files that only administrators can enter or read.
//!
//! Step: source, for the daemon's own state: findings tell command lines and paths of every user
//! of the host. A directory that exists keeps the access that its operator gave it; what is made in
//! it has that access, too. Everybody may make folders in `ProgramData`, so one that is there already
//! must belong to somebody who administers the host, with all above it.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

use windows_sys::Win32::Storage::FileSystem::CreateDirectoryW;

use super::accounts::Accounts;
use super::security::{self, Descriptor};
use super::user::User;
use super::wide::wide;
use crate::sid::Sid;

/// Makes the directory and those above it, where they are absent, for administrators, the system
/// and this program's own user.
///
/// # Errors
/// As `CreateDirectory`; when one of them is there and belongs to somebody else.
pub fn make_private_directory(path: &Path) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        make_private_directory(parent)?;
    }
    if path.is_dir() {
        return check_owner(path);
    }
    let own = User::own().map(|own| format!("(A;OICI;FA;;;{own})"));
    let own = own.unwrap_or_default();
    let descriptor = Descriptor::parse(&format!("D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA){own}"))?;
    let name = wide(path.as_os_str());
    let attributes = descriptor.attributes();
    // SAFETY: the name ends with a zero, and the descriptor outlives the call.
    let made = unsafe { CreateDirectoryW(name.as_ptr(), &raw const attributes) };
    let error = io::Error::last_os_error();
    if made != 0 || error.kind() == io::ErrorKind::AlreadyExists {
        return Ok(());
    }
    Err(error)
}

/// Refuses a directory of which somebody else could take hold. A volume's root is nobody's choice.
fn check_owner(path: &Path) -> io::Result<()> {
    if path.parent().is_none() {
        return Ok(());
    }
    let Some(owner) = security::owner_of_path(path)? else {
        return Ok(());
    };
    let trusted = [
        Sid::system(),
        Sid::administrators(),
        Sid::trusted_installer(),
    ];
    let own = User::own().is_some_and(|own| own.0 == owner);
    if own || trusted.contains(&owner) {
        return Ok(());
    }
    let told = format!(
        "{} belongs to {}, who could change what is in it: look at what is there, then remove it or \
         give it to the administrators (takeown /A /F)",
        path.display(),
        String::from_utf8_lossy(&Accounts::default().name(&owner)),
    );
    Err(io::Error::new(io::ErrorKind::PermissionDenied, told))
}

/// Brings the names in a directory to the disk: the file system's own journal does, and there is no
/// call for it.
///
/// # Errors
/// None on Windows.
pub fn sync_directory(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// Makes a file that is not there yet, for writing, with the access of its directory.
///
/// # Errors
/// As `CreateFile`.
pub fn make_private_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

/// Whether the file or directory is there and belongs to the user that this program runs as: never
/// told on Windows, where nothing hangs on it.
#[must_use]
pub fn owned_by_this_user(_path: &Path) -> bool {
    false
}
