//! Storms: as much of one thing as a machine can do, for the bench and the loss tests.
//!
//! Step: tests. Each storm does exactly what its name says, as often as it is told, and prints how
//! long it took in nanoseconds; it sets nothing up that it would have to measure.
#![forbid(unsafe_code)]

use std::fs::{self, File};
use std::io::{self, Seek as _, Write as _};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

fn main() -> ExitCode {
    let arguments = std::env::args().skip(1).collect::<Vec<_>>();
    let Some((storm, count, folder)) = parse(&arguments) else {
        eprintln!("usage: storm getppid|writes|files|execs|dlopen COUNT [FOLDER]");
        return ExitCode::from(2);
    };
    let begun = Instant::now();
    match storm(count, Path::new(folder)) {
        Ok(()) => {
            println!("{}", begun.elapsed().as_nanos());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("storm: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What a storm is: a count and a folder to work in.
type Storm = fn(u64, &Path) -> io::Result<()>;

fn parse(arguments: &[String]) -> Option<(Storm, u64, &str)> {
    let storm: Storm = match arguments.first()?.as_str() {
        "getppid" => getppid,
        "writes" => writes,
        "files" => files,
        "execs" => execs,
        "dlopen" => dlopen,
        _ => return None,
    };
    let folder = arguments.get(2).map_or(".", String::as_str);
    Some((storm, arguments.get(1)?.parse().ok()?, folder))
}

/// The cheapest system call there is.
#[expect(clippy::unnecessary_wraps, reason = "every storm has the same shape")]
fn getppid(count: u64, _: &Path) -> io::Result<()> {
    for _ in 0..count {
        std::hint::black_box(std::os::unix::process::parent_id());
    }
    Ok(())
}

/// Writes of 512 bytes into one file that starts over every 4 MiB, so that no disk is measured.
fn writes(count: u64, folder: &Path) -> io::Result<()> {
    let path = folder.join("storm.writes");
    let mut file = File::create(&path)?;
    let block = [0x5a; 512];
    for number in 0..count {
        if number % 8192 == 0 {
            file.rewind()?;
        }
        file.write_all(&block)?;
    }
    drop(file);
    fs::remove_file(path)
}

/// Small files that are created, written, renamed and removed.
fn files(count: u64, folder: &Path) -> io::Result<()> {
    for number in 0..count {
        let first = folder.join(format!("storm.{number}.new"));
        let second = folder.join(format!("storm.{number}"));
        File::create(&first)?.write_all(b"a small file\n")?;
        fs::rename(&first, &second)?;
        fs::remove_file(&second)?;
    }
    Ok(())
}

/// Short processes, one after the other.
fn execs(count: u64, _: &Path) -> io::Result<()> {
    for _ in 0..count {
        let status = Command::new("/bin/true").stdin(Stdio::null()).status()?;
        if !status.success() {
            return Err(io::Error::other(format!("/bin/true: {status}")));
        }
    }
    Ok(())
}

/// A library that is loaded and dropped again. Loading is unsafe in Rust, so an interpreter does
/// it, and takes the time itself.
fn dlopen(count: u64, _: &Path) -> io::Result<()> {
    const SCRIPT: &str = "\
import _ctypes, sys
for _ in range(int(sys.argv[1])):
    _ctypes.dlclose(_ctypes.dlopen('libbz2.so.1.0', 2))
";
    let status = Command::new("/usr/bin/python3")
        .args(["-I", "-S", "-c", SCRIPT])
        .arg(count.to_string())
        .status()?;
    if status.success() {
        Ok(())
    } else {
        Err(io::Error::other(format!("python3: {status}")))
    }
}
