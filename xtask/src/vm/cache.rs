//! What guests are made of, kept between runs and shared by checkouts.
//!
//! Step: tooling. An entry is a folder named after the key of everything that it was made from. It
//! appears whole or not at all, carries the hash of each of its files, and is made again when one
//! of them is not what it was. Whoever makes entries of a kind holds that kind's lock meanwhile.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use sha2::{Digest as _, Sha256};

use crate::{digest, shell, workspace};

/// The folder of everything that guests are made of.
///
/// # Errors
/// When it cannot be made.
pub(crate) fn folder() -> Result<PathBuf> {
    let folder = workspace::cache()?.join("vm");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(folder)
}

/// A key of everything that an entry is made from.
pub(crate) fn key(parts: &[&str]) -> String {
    let mut whole = String::new();
    for part in parts {
        writeln!(whole, "{}:{part}", part.len()).expect(WRITING);
    }
    let mut key = digest::of_bytes(whole.as_bytes());
    key.truncate(16);
    key
}

/// The entry of `kind` with this key; `make` fills a new folder when there is none that is whole.
///
/// # Errors
/// When it cannot be made; a part of it is not left behind.
pub(crate) fn entry(
    kind: &str,
    key: &str,
    make: impl FnOnce(&Path) -> Result<()>,
) -> Result<PathBuf> {
    let shelf = folder()?.join(kind);
    fs::create_dir_all(&shelf).with_context(|| format!("cannot make {}", shelf.display()))?;
    let _lock = lock(&shelf.join("lock"))?;
    let entry = shelf.join(key);
    if entry.is_dir() {
        match verify(&entry) {
            Ok(()) => return Ok(entry),
            Err(error) => shell::warn(&format!("made again: {error:#}")),
        }
        fs::remove_dir_all(&entry).with_context(|| format!("removing {}", entry.display()))?;
    }
    let early = tempfile::Builder::new()
        .prefix("making-")
        .tempdir_in(&shelf)
        .with_context(|| format!("cannot write below {}", shelf.display()))?;
    make(early.path())?;
    seal(early.path())?;
    fs::rename(early.path(), &entry).with_context(|| format!("cannot name {}", entry.display()))?;
    // What was renamed away is not there to be removed.
    let _ = early.keep();
    Ok(entry)
}

/// Waits for the lock at `path`; it ends with what is returned.
fn lock(path: &Path) -> Result<File> {
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .with_context(|| format!("cannot open {}", path.display()))?;
    if file.try_lock().is_err() {
        shell::step(&format!("waiting for whoever holds {}", path.display()));
        file.lock()
            .with_context(|| format!("cannot lock {}", path.display()))?;
    }
    Ok(file)
}

/// Writes down what the entry holds.
fn seal(entry: &Path) -> Result<()> {
    let mut text = String::new();
    for (name, hash) in hashes(entry)? {
        writeln!(text, "{hash}  {name}").expect(WRITING);
    }
    if text.is_empty() {
        bail!("{} was left empty", entry.display());
    }
    fs::write(entry.join(SEAL), text).context("cannot write an entry's hashes")
}

/// Fails when a file of the entry is not what it was.
fn verify(entry: &Path) -> Result<()> {
    let seal = entry.join(SEAL);
    let text =
        fs::read_to_string(&seal).with_context(|| format!("cannot read {}", seal.display()))?;
    let found = hashes(entry)?;
    let wanted = text
        .lines()
        .filter_map(|line| line.split_once("  "))
        .map(|(hash, name)| (name.to_owned(), hash.to_owned()))
        .collect::<BTreeMap<_, _>>();
    for (name, hash) in &wanted {
        if found.get(name) != Some(hash) {
            bail!("{} is not what it was", entry.join(name).display());
        }
    }
    if found.len() != wanted.len() {
        bail!("{} holds files that it did not", entry.display());
    }
    Ok(())
}

/// The hash of each file in the entry itself; a folder below it is not looked into.
fn hashes(entry: &Path) -> Result<BTreeMap<String, String>> {
    let listing =
        fs::read_dir(entry).with_context(|| format!("cannot list {}", entry.display()))?;
    let mut found = BTreeMap::new();
    for file in listing {
        let file = file.context("cannot list an entry")?;
        let name = file.file_name().to_string_lossy().into_owned();
        if name != SEAL && file.path().is_file() {
            found.insert(name, hash(&file.path())?);
        }
    }
    Ok(found)
}

/// The SHA-256 of a file, which may be larger than memory.
fn hash(path: &Path) -> Result<String> {
    let mut file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    let mut hash = Sha256::new();
    let mut block = vec![0; 1 << 20];
    loop {
        let length = file
            .read(&mut block)
            .with_context(|| format!("cannot read {}", path.display()))?;
        if length == 0 {
            return Ok(digest::hexadecimal(&hash.finalize()));
        }
        hash.update(&block[..length]);
    }
}

const WRITING: &str = "writing to a String cannot fail";

/// The name of the file that holds an entry's hashes.
const SEAL: &str = "SHA256SUMS";
