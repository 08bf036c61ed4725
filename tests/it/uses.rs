//! Uses of libraries, as records: which function of which file, what for, and what was told to it.
//!
//! Step: tests. Programs are compiled here against the system's libraries, run beside a recorder,
//! and the recording is read back; what only reads must leave no such record at all.

mod bounds;
mod families;

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use harness::{find_library, find_program};
use libtest_mimic::{Failed, Trial};
use tempfile::TempDir;

use crate::place::{Available, run};
use crate::recorder::{Recorder, Use};
use crate::{ensure, trial};

/// The tests of uses.
pub(crate) fn trials(available: &Available) -> Vec<Trial> {
    let missing = NEEDED.iter().find(|name| find_program(name).is_none());
    if let Some(missing) = missing.filter(|_| available.is_live()) {
        eprintln!("tests/it: left out: uses of libraries: no {missing} here");
    }
    let test = |name: &str, test: fn(&Available) -> Result<(), Failed>| {
        let available = available.clone();
        let possible = available.is_live() && missing.is_none();
        trial(name, possible, move || test(&available))
    };
    vec![
        test("uses::producing-functions-are-told", told),
        test("uses::every-family-from-the-system", families::all),
        test("uses::a-copy-is-found-by-what-it-defines", copied),
        test("uses::three-hundred-files-at-once", bounds::three_hundred),
        test("uses::no-more-files-than-allowed", bounds::limited),
        test(
            "uses::a-library-that-is-called-too-often-rests",
            bounds::rests,
        ),
        test("uses::a-hostile-file-is-told-once", bounds::hostile),
        test("uses::switched-off", bounds::switched_off),
    ]
}

/// Compiles a program of `source`.
fn compile(folder: &Path, name: &str, source: &str, libraries: &[&str]) -> Result<PathBuf, Failed> {
    let (text, program) = (folder.join(format!("{name}.c")), folder.join(name));
    fs::write(&text, source)?;
    let mut compiler = Command::new("cc");
    compiler.arg(&text).arg("-o").arg(&program).args(libraries);
    let told = run(&mut compiler)?;
    ensure(told.code == 0, || format!("{told:#?}"))?;
    Ok(program)
}

/// Runs a program in `folder`; its pid.
fn act(program: &Path, folder: &Path, arguments: &[&str]) -> Result<u32, Failed> {
    let mut child = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .spawn()?;
    let pid = child.id();
    let status = child.wait()?;
    ensure(status.success(), || format!("{arguments:?}: {status}"))?;
    Ok(pid)
}

fn told(available: &Available) -> Result<(), Failed> {
    let folder = TempDir::with_prefix("phound-")?;
    let place = folder.path();
    let program = compile(place, "producers", PRODUCERS, &LIBRARIES)?;
    let recorder = Recorder::start(available, place)?;
    let archived = act(&program, place, &["archive", "a.zip"])?;
    let zipped = act(&program, place, &["zip", "b.zip"])?;
    let deflated = act(&program, place, &["deflate"])?;
    let gzip_path = place.join("c.gz");
    let gzipped = act(&program, place, &["gzip", &gzip_path.to_string_lossy()])?;
    let encrypted = act(&program, place, &["encrypt"])?;
    let read = act(&program, place, &["read", "a.zip", "b.zip", "c.gz"])?;
    let uses = recorder.stop()?;

    let here = place.display();
    for (pid, count, library, words) in [
        (
            archived,
            1,
            "libarchive.so",
            "archive_write_set_format_zip libarchive 2 zip".to_owned(),
        ),
        (
            archived,
            1,
            "libarchive.so",
            "archive_write_set_passphrase libarchive 3 passphrase".to_owned(),
        ),
        (
            archived,
            1,
            "libarchive.so",
            format!("archive_write_open_filename libarchive 2 to {here}/a.zip"),
        ),
        (
            zipped,
            1,
            "libzip.so",
            format!("zip_open libzip 2 zip to {here}/b.zip"),
        ),
        (
            zipped,
            1,
            "libzip.so",
            "zip_file_add libzip 2 zip".to_owned(),
        ),
        (
            zipped,
            1,
            "libzip.so",
            "zip_file_set_encryption libzip 3 zip passphrase".to_owned(),
        ),
        (
            deflated,
            1,
            "libz.so",
            "deflateInit2_ zlib 1 level 6".to_owned(),
        ),
        (
            deflated,
            10,
            "libz.so",
            "deflateInit2_ zlib 1 level 6".to_owned(),
        ),
        (
            gzipped,
            1,
            "libz.so",
            format!("gzopen zlib 1 gzip to /{here}/c.gz"),
        ),
        (
            gzipped,
            1,
            "libz.so",
            "deflateInit2_ zlib 1 level 9".to_owned(),
        ),
        (
            encrypted,
            1,
            "libcrypto.so",
            "EVP_EncryptInit_ex openssl 3".to_owned(),
        ),
    ] {
        let is_it = |it: &&Use| {
            let path = it.library.as_deref();
            it.pid == pid
                && it.count == count
                && it.words == words
                && path.is_some_and(|path| path.contains(library))
        };
        ensure(uses.iter().any(|it| is_it(&it)), || {
            let of_it: Vec<_> = uses.iter().filter(|it| it.pid == pid).collect();
            format!("no {words} of {pid}, but {of_it:#?}")
        })?;
    }
    let counts: Vec<_> = uses.iter().filter(|it| it.pid == deflated).collect();
    ensure(counts.len() == 2, || format!("not told twice: {counts:#?}"))?;
    let by_reader: Vec<_> = uses.iter().filter(|it| it.pid == read).collect();
    ensure(by_reader.is_empty(), || format!("a reader: {by_reader:#?}"))
}

/// Libraries under other names in other places, seen from processes with another root.
fn copied(available: &Available) -> Result<(), Failed> {
    let folder = TempDir::with_prefix("phound-")?;
    let place = folder.path();
    let program = compile(place, "copies", COPIES, &["-ldl", "-static-libgcc"])?;
    let root = place.join("root");
    for needed in needed_by(&program)? {
        let inside = root.join(needed.strip_prefix("/")?);
        fs::create_dir_all(inside.parent().ok_or("no folder")?)?;
        fs::copy(&needed, &inside)?;
    }
    fs::copy(&program, root.join("copies"))?;
    fs::copy(library("libz.so.1")?, root.join("first.dat"))?;
    let within = |path: &str| {
        let mut command = Command::new("chroot");
        command.arg(&root).args(["/copies", path]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()
    };
    // One is loaded when the recording begins, and by a name that is gone.
    let mut first = within("/first.dat")?;
    let mut line = String::new();
    BufReader::new(first.stdout.take().ok_or("no output")?).read_line(&mut line)?;
    ensure(line == "loaded\n", || line.clone())?;
    fs::remove_file(root.join("first.dat"))?;
    let recorder = Recorder::start(available, place)?;
    first.stdin.take().ok_or("no input")?.write_all(b"go\n")?;
    let exited = first.wait()?;
    ensure(exited.success(), || format!("{exited}"))?;
    // The other is looked at when it is written, and again when it is loaded; whichever of these
    // programs comes after that is seen.
    fs::copy(library("libz.so.1")?, root.join("second.dat"))?;
    let mut pids = Vec::new();
    for _ in 0..200 {
        let mut child = within("/second.dat")?;
        pids.push(child.id());
        child.stdin.take().ok_or("no input")?.write_all(b"go\n")?;
        let output = child.wait_with_output()?;
        ensure(output.status.success(), || format!("{output:?}"))?;
    }
    let uses = recorder.stop()?;
    let of = |pid: u32, name: &str| {
        uses.iter().any(|it| {
            let path = it.library.as_deref().unwrap_or_default();
            it.pid == pid && path.ends_with(name) && it.words == "deflateInit2_ zlib 1 level 1"
        })
    };
    ensure(of(first.id(), "/first.dat"), || format!("{uses:#?}"))?;
    let told = pids.iter().filter(|pid| of(**pid, "/second.dat")).count();
    ensure(told > 0, || format!("none of {} is told", pids.len()))?;
    // From the first that is seen on, all are.
    let first_told = pids.iter().position(|pid| of(*pid, "/second.dat"));
    ensure(first_told.is_some_and(|at| pids.len() - at == told), || {
        format!("{told} are told, the first as {first_told:?}")
    })
}

/// The file of a library.
fn library(name: &str) -> Result<PathBuf, Failed> {
    find_library(name).ok_or_else(|| format!("no {name} here").into())
}

/// What the dynamic linker loads for a program, itself included.
fn needed_by(program: &Path) -> Result<Vec<PathBuf>, Failed> {
    let told = run(Command::new("ldd").arg(program))?;
    let words = told.out.split_whitespace();
    Ok(words
        .filter(|word| word.starts_with('/'))
        .map(PathBuf::from)
        .collect())
}

const PRODUCERS: &str = include_str!("uses/producers.c");
const LIBRARIES: [&str; 4] = ["-larchive", "-lzip", "-lz", "-lcrypto"];
const COPIES: &str = include_str!("uses/copies.c");

const NEEDED: [&str; 5] = [
    "cc",
    "/usr/include/archive.h",
    "/usr/include/openssl/evp.h",
    "/usr/include/zip.h",
    "/usr/include/zlib.h",
];
