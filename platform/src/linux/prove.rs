//! Does once what each hook of tier 1 is for, and sees whether the hook moved.
//!
//! Step: source. A program that is attached may never run, since a compiler may have put a
//! function's code where it was called. What is done here is the daemon's own and is not told. In a
//! folder that can be written to, files are made and removed again; nothing stays.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use aya::Ebpf;
use aya::maps::{Array, MapData};
use rustix::mm::{MapFlags, ProtFlags, mmap, munmap};

use super::row::Proof;

/// What was seen of the hooks.
pub(super) struct Outcome {
    moved: [u64; COUNTERS as usize],
    /// Whether the hook at the end of files moved for a mapping's, which the kernel puts off.
    mapping_put: bool,
    /// What could not be done, if anything.
    trouble: Option<String>,
}

impl Outcome {
    /// Why a hook is not taken for one that listens; nothing where it is.
    pub(super) fn lacks(&self, proof: Proof) -> Option<String> {
        let moved = self.moved[proof as usize] > 0;
        if moved && (proof != Proof::FilePut || self.mapping_put) {
            return None;
        }
        Some(match &self.trouble {
            Some(trouble) => format!("it could not be tried ({trouble})"),
            None => "it was attached and did not move".to_owned(),
        })
    }
}

/// Does everything that a hook is for, in the first of `folders` where that is possible.
pub(super) fn exercise(ebpf: &mut Ebpf, folders: &[PathBuf]) -> Outcome {
    let mut outcome = Outcome {
        moved: [0; COUNTERS as usize],
        mapping_put: false,
        trouble: None,
    };
    let counters = ebpf.map("MOVED").and_then(|map| Array::try_from(map).ok());
    let Some(counters) = counters else {
        outcome.trouble = Some("the probe object lacks the counters for it".to_owned());
        return outcome;
    };
    let read = |proof| read(&counters, proof);
    let mut trouble = Some("there is no folder for it".to_owned());
    for folder in folders {
        let own = folder.join(format!("packhound-proof-{}", std::process::id()));
        let tried = fs::create_dir(&own).and_then(|()| names_and_files(&own, &read));
        let _ = fs::remove_dir_all(&own);
        match tried {
            Ok(mapping_put) => {
                outcome.mapping_put = mapping_put;
                trouble = None;
                break;
            }
            Err(error) => trouble = Some(format!("in {}: {error}", folder.display())),
        }
    }
    let others = map_program().and_then(|()| accept()).and_then(|()| {
        std::thread::Builder::new()
            .spawn(|| {})
            .map(|thread| drop(thread.join()))
    });
    if let Err(error) = others {
        trouble = trouble.or_else(|| Some(error.to_string()));
    }
    // The thread is still on its way out when it can be joined.
    let begun = Instant::now();
    while read(Proof::TaskGone) == 0 && begun.elapsed() < PATIENCE {
        std::thread::sleep(LOOKING);
    }
    for (index, moved) in (0..COUNTERS).zip(&mut outcome.moved) {
        *moved = counters.get(&index, 0).unwrap_or(0);
    }
    outcome.trouble = trouble;
    outcome
}

fn read(counters: &Array<&MapData, u64>, proof: Proof) -> u64 {
    counters.get(&(proof as u32), 0).unwrap_or(0)
}

/// What is done with files and their names; says whether the end of a mapping was seen.
fn names_and_files(folder: &Path, read: &dyn Fn(Proof) -> u64) -> io::Result<bool> {
    let first = folder.join("first");
    let second = folder.join("second");
    let third = folder.join("third");
    File::create(&first)?.write_all(b"packhound")?;
    nix::unistd::truncate(&first, 4)?;
    fs::rename(&first, &second)?;
    let linked = fs::hard_link(&second, &third);
    let seen = put_mapping(&second, read)?;
    fs::remove_file(&second)?;
    let inner = folder.join("inner");
    fs::create_dir(&inner)?;
    fs::remove_dir(&inner)?;
    linked.map(|()| seen)
}

/// Maps a file, closes it and unmaps it.
fn put_mapping(path: &Path, read: &dyn Fn(Proof) -> u64) -> io::Result<bool> {
    let file = File::options().read(true).write(true).open(path)?;
    let (length, protection) = (4, ProtFlags::READ | ProtFlags::WRITE);
    // SAFETY: the kernel chooses the place, and nobody looks at what is there.
    let address = unsafe {
        mmap(
            std::ptr::null_mut(),
            length,
            protection,
            MapFlags::SHARED,
            &file,
            0,
        )?
    };
    drop(file);
    let before = read(Proof::FilePut);
    // SAFETY: the mapping that was just made, which nobody refers to.
    unsafe { munmap(address, length)? };
    Ok(read(Proof::FilePut) > before)
}

/// Maps this program's file executable.
fn map_program() -> io::Result<()> {
    let file = File::open("/proc/self/exe")?;
    let (length, protection) = (1, ProtFlags::READ | ProtFlags::EXEC);
    // SAFETY: the kernel chooses the place, and nobody looks at what is there.
    let address = unsafe {
        mmap(
            std::ptr::null_mut(),
            length,
            protection,
            MapFlags::PRIVATE,
            &file,
            0,
        )?
    };
    // SAFETY: the mapping that was just made, which nobody refers to.
    unsafe { munmap(address, length)? };
    Ok(())
}

/// Accepts a connection of its own.
fn accept() -> io::Result<()> {
    let name = format!("packhound-proof-{}", std::process::id());
    let address = SocketAddr::from_abstract_name(name)?;
    let listener = UnixListener::bind_addr(&address)?;
    let _connection = UnixStream::connect_addr(&address)?;
    listener.accept().map(drop)
}

/// Size of the probes' `MOVED`.
const COUNTERS: u32 = 16;
/// Longest wait for a thread to be gone, and between two looks.
const PATIENCE: Duration = Duration::from_secs(5);
const LOOKING: Duration = Duration::from_millis(1);
