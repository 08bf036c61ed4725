//! Uses of libraries, as records: which function of which file, what for, and what was told to it.
//!
//! Step: tests. Programs are compiled here against the system's libraries, run beside a recorder,
//! and the recording is read back; what only reads must leave no such record at all.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use harness::{Daemon, Operator, find_program};
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
        test("uses::a-copy-is-found-by-what-it-defines", copied),
        test("uses::three-hundred-files-at-once", three_hundred),
        test("uses::no-more-files-than-allowed", limited),
        test("uses::a-library-that-is-called-too-often-rests", rests),
        test("uses::a-hostile-file-is-told-once", hostile),
        test("uses::switched-off", switched_off),
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

/// Three hundred files that are loaded when the daemon starts have probes when it is ready.
fn three_hundred(available: &Available) -> Result<(), Failed> {
    let (counters, told) = with_copies(available, "")?;
    let attached = counters["libraries_attached"].as_u64().unwrap_or(0);
    ensure(attached >= 300 && told >= 300, || {
        format!("{told} told: {counters:#}")
    })
}

/// No more files than the limit says have probes; the others are counted, and it is said.
fn limited(available: &Available) -> Result<(), Failed> {
    let (counters, told) = with_copies(available, "[capture]\nmost_libraries = 50\n")?;
    let attached = counters["libraries_attached"].as_u64();
    let refused = counters["libraries_over_limit"].as_u64().unwrap_or(0);
    ensure(attached == Some(50) && refused >= 250 && told <= 50, || {
        format!("{told} told: {counters:#}")
    })
}

/// Starts the daemon while a program has three hundred copies of a library, each of which it then
/// calls once; the source's counters, and how many uses were told.
fn with_copies(available: &Available, lines: &str) -> Result<(serde_json::Value, u64), Failed> {
    let (folder, mut settings) = available.settings()?;
    lines.clone_into(&mut settings.configuration);
    let place = folder.path();
    let program = compile(place, "copies", COPIES, &["-ldl"])?;
    let original = library("libz.so.1")?;
    let copies: Vec<PathBuf> = (0..300)
        .map(|number| place.join(format!("copy{number}.so")))
        .collect();
    for copy in &copies {
        fs::copy(&original, copy)?;
    }
    let mut child = Command::new(&program)
        .args(&copies)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut line = String::new();
    BufReader::new(child.stdout.take().ok_or("no output")?).read_line(&mut line)?;
    ensure(line == "loaded\n", || line.clone())?;
    let daemon = Daemon::start(settings)?;
    child.stdin.take().ok_or("no input")?.write_all(b"go\n")?;
    let exited = child.wait()?;
    ensure(exited.success(), || format!("{exited}"))?;
    let ended = daemon.stop()?;
    ensure(ended.took <= Duration::from_secs(2), || {
        format!("it took {:?} to end", ended.took)
    })?;
    let stats = ended.stats.ok_or("no counters were written")?;
    crate::loss::reconcile(&stats)?;
    let told = stats.kinds.get("LIBRARY_USE");
    let told = told.map_or(0, |counts| counts.delivered);
    Ok((stats.value["source_others"].clone(), told))
}

/// Probes that are met too often are taken away for a while, which is counted.
fn rests(available: &Available) -> Result<(), Failed> {
    let (folder, settings) = available.settings()?;
    let place = folder.path();
    let program = compile(place, "producers", PRODUCERS, &LIBRARIES)?;
    let daemon = Daemon::start(settings)?;
    for _ in 0..4 {
        act(&program, place, &["storm"])?;
    }
    let stats = daemon.stop()?.stats.ok_or("no counters were written")?;
    crate::loss::reconcile(&stats)?;
    let rested = stats.value["source_others"]["libraries_rested"].as_u64();
    let told = stats.kinds.get("LIBRARY_USE");
    let told = told.map_or(0, |counts| counts.delivered);
    ensure(rested.is_some_and(|times| times > 0) && told > 0, || {
        format!("{told} told: {:#}", stats.value)
    })
}

/// A program whose tables cannot be true runs when the daemon starts, and is started again and
/// again; the daemon says so once and goes on.
fn hostile(available: &Available) -> Result<(), Failed> {
    let (folder, settings) = available.settings()?;
    let operator = Arc::new(Operator::start(&folder.path().join("operator"))?);
    let path = folder.path().join("hostile");
    let mut bytes = fs::read(find_program("cat").ok_or("no program named cat")?)?;
    // The place of the section headers, and how many there are said to be.
    bytes[40..48].copy_from_slice(&(u64::MAX - 63).to_le_bytes());
    bytes[60..62].copy_from_slice(&8000_u16.to_le_bytes());
    fs::write(&path, &bytes)?;
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(&path, executable)?;
    let mut running = Command::new(&path).stdin(Stdio::piped()).spawn()?;
    let daemon = Daemon::start(settings)?;
    let stage = harness::Stage::new(&operator, daemon.board(), folder.path())?;
    drop(running.stdin.take());
    running.wait()?;
    for _ in 0..5 {
        act(&path, folder.path(), &[])?;
    }
    stage.release_canary()?;
    let log = daemon.settings().folder.join("log");
    let ended = daemon.stop()?;
    let stats = ended.stats.ok_or("no counters were written")?;
    crate::loss::reconcile(&stats)?;
    let malformed = stats.value["source_others"]["libraries_malformed"].as_u64();
    let said = fs::read_to_string(log)?;
    let times = said.matches("hostile is not watched").count();
    ensure(
        malformed.is_some_and(|count| count >= 1) && times == 1,
        || format!("malformed: {malformed:?}, said {times} times:\n{said}"),
    )
}

/// Without the probes, the daemon says what it is blind to and sees no use.
fn switched_off(available: &Available) -> Result<(), Failed> {
    let (folder, settings) = available.settings()?;
    let settings = harness::Settings {
        configuration: "[capture]\nlibrary_probes = false\n".to_owned(),
        ..settings
    };
    let daemon = Daemon::start(settings)?;
    let log = folder.path().join("log");
    let program = compile(folder.path(), "copies", COPIES, &["-ldl"])?;
    let mut child = Command::new(&program)
        .arg(library("libz.so.1")?)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()?;
    child.stdin.take().ok_or("no input")?.write_all(b"go\n")?;
    child.wait()?;
    let stats = daemon.stop()?.stats.ok_or("no counters were written")?;
    ensure(!stats.kinds.contains_key("LIBRARY_USE"), || {
        format!("{:#}", stats.value)
    })?;
    let said = fs::read_to_string(log)?;
    ensure(said.contains("blind to library functions"), || said.clone())
}

/// The file of a library that this machine's programs are linked to.
fn library(name: &str) -> Result<PathBuf, Failed> {
    let folders = ["/lib", "/usr/lib", "/lib64", "/usr/lib64"];
    let machine = format!("{}-linux-gnu", std::env::consts::ARCH);
    let places = folders
        .iter()
        .flat_map(|folder| [Path::new(folder).join(&machine), PathBuf::from(folder)]);
    let mut paths = places.map(|folder| folder.join(name));
    let found = paths.find(|path| path.is_file());
    found.ok_or_else(|| format!("no {name} here").into())
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
