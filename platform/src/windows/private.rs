//! Directories and files that only administrators can enter or read.
//!
//! Step: source, for the daemon's own state: findings tell command lines and paths of every user
//! of the host. A directory that exists keeps the access that its operator gave it; what is made in
//! it has that access, too.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

use windows_sys::Win32::Storage::FileSystem::CreateDirectoryW;

use super::security::Descriptor;
use super::user::User;
use super::wide::wide;

/// Makes the directory and those above it, where they are absent, for administrators, the system
/// and this program's own user.
///
/// # Errors
/// As `CreateDirectory`.
pub fn make_private_directory(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(parent) = path.parent() {
        make_private_directory(parent)?;
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
