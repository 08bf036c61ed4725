//! Archivers that come with an installed suite of programs, on Windows.
//!
//! Step: correlate. Games, drivers and managers bring 7za.exe or rar.exe along, often renamed. What
//! tells them from one that somebody dropped: only an administrator puts programs where they are,
//! the suite's own program starts them, which is signed as far as is known, and what they make lies
//! where the suite keeps its files.

use super::Correlator;
use crate::path;
use crate::process::Process;

impl Correlator {
    /// Whether a suite's own program has its own archiver make an output among its own files.
    pub(super) fn is_own_of_suite(&self, process: &Process, output: &[u8]) -> bool {
        self.suite_of(process)
            .is_some_and(|suite| is_kept_by(&suite, output))
    }

    /// The suite that both the program and the one that started it belong to, in lower case.
    pub(super) fn suite_of(&self, process: &Process) -> Option<Vec<u8>> {
        let parent = self.processes.find(process.parent?)?;
        let maker = parent.program.maker.as_deref();
        if maker.and_then(|maker| maker.signed) == Some(false) {
            return None;
        }
        let own = suite(process.program.image()?)?;
        (suite(parent.program.image()?)? == own).then_some(own)
    }
}

/// The directory below `Program Files` that a program is in, in lower case.
fn suite(image: &[u8]) -> Option<Vec<u8>> {
    let key = path::key(image);
    let rest = PROGRAMS.iter().find_map(|root| key.strip_prefix(*root))?;
    let at = rest.iter().position(|&byte| byte == b'\\')?;
    let name = &rest[..at];
    (!SHARED.contains(&name)).then(|| name.to_vec())
}

/// Whether a file is where programs of the suite keep theirs.
fn is_kept_by(suite: &[u8], output: &[u8]) -> bool {
    let key = path::key(output);
    let Some(rest) = key.strip_prefix(b"c:\\") else {
        return false;
    };
    let mut components = rest.split(|&byte| byte == b'\\');
    let of_suite = match components.next() {
        Some(b"programdata" | b"program files" | b"program files (x86)") => components.next(),
        Some(b"users") => {
            let data = components.nth(1) == Some(b"appdata");
            components.nth(1).filter(|_| data)
        }
        _ => None,
    };
    of_suite == Some(suite)
}

/// Where suites are installed.
const PROGRAMS: [&[u8]; 2] = [b"c:\\program files\\", b"c:\\program files (x86)\\"];

/// What many suites have in common.
const SHARED: [&[u8]; 2] = [b"common files", b"windowsapps"];
