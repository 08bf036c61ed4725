//! The same work with and without the daemon, in pairs.
//!
//! Step: tooling. Most works are done beside the daemon and beside nothing; those that call library
//! functions beside the daemon with and without its probes on them. A pair's runs follow each
//! other at once and their order alternates, so that a drift of the machine meets both sides; the
//! figure is the median of the pairs' ratios, of the time on the clock and, beside it, of the
//! processor time, which other work on the machine changes less. Both sides start the daemon, and
//! the one without it stops it before the work: what a pause does to the file system (ext4 goes
//! around inodes deleted within the last five seconds) meets both.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use harness::{Daemon, Settings};
use serde_json::json;

use super::report::number;
use super::statistics::Spread;
use super::{Bar, Bench, Report, Row};
use crate::shell;

/// Measures every work that `wanted` names.
///
/// # Errors
/// When a work or the daemon fails.
pub(crate) fn measure(
    bench: &Bench,
    wanted: &dyn Fn(&str) -> bool,
    report: &mut Report,
) -> Result<()> {
    for work in WORKS {
        if wanted(work.name) {
            measure_work(bench, &work, report)?;
        }
    }
    Ok(())
}

/// Something to do with and without the daemon.
struct Work {
    name: &'static str,
    bar: f64,
    /// What runs beside it on the side without.
    without: Beside,
    /// A script; `$STORM` and `$PROJECT` are there, it starts in an empty folder, and `$KEPT` stays
    /// from run to run. A number that it writes is its own time in nanoseconds.
    script: &'static str,
}

fn measure_work(bench: &Bench, work: &Work, report: &mut Report) -> Result<()> {
    shell::step(&format!("{}, {} pairs", work.name, bench.pairs));
    // One run without counting fills the caches for both sides.
    cost_beside(bench, work, work.without)?;
    let mut without = Vec::new();
    let mut with = Vec::new();
    for pair in 0..bench.pairs {
        if pair % 2 == 0 {
            without.push(cost_beside(bench, work, work.without)?);
            with.push(cost_beside(bench, work, Beside::Daemon)?);
        } else {
            with.push(cost_beside(bench, work, Beside::Daemon)?);
            without.push(cost_beside(bench, work, work.without)?);
        }
    }
    let median = |of: fn(&Cost) -> f64, all: &[Cost]| {
        let all = all.iter().map(of).collect::<Vec<_>>();
        number(Spread::of(&all).median)
    };
    let ratio = |of: fn(&Cost) -> f64| {
        let pairs = with.iter().zip(&without);
        let ratios = pairs.map(|(with, without)| of(with) / of(without));
        Spread::of(&ratios.collect::<Vec<_>>())
    };
    let elapsed: fn(&Cost) -> f64 = |cost| cost.elapsed;
    let processor: fn(&Cost) -> f64 = |cost| cost.processor;
    report.add(Row {
        name: work.name.to_owned(),
        figure: ratio(elapsed),
        unit: "×",
        bar: Bar::AtMost(work.bar),
        beside: format!(
            "{} s → {} s; processor time {} ×",
            median(elapsed, &without),
            median(elapsed, &with),
            number(ratio(processor).median),
        ),
        values: json!({
            "without": without.iter().map(elapsed).collect::<Vec<_>>(),
            "with": with.iter().map(elapsed).collect::<Vec<_>>(),
            "processor_without": without.iter().map(processor).collect::<Vec<_>>(),
            "processor_with": with.iter().map(processor).collect::<Vec<_>>(),
        }),
    });
    Ok(())
}

/// What a work took, in seconds.
struct Cost {
    /// On the clock; what the work told itself, where it did.
    elapsed: f64,
    /// Of all its processes on all processors.
    processor: f64,
}

/// What runs beside the work.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Beside {
    Daemon,
    /// The daemon with `[capture] library_probes = false`.
    DaemonWithoutLibraries,
    Nothing,
}

/// What the work takes after the daemon has started, and, beside nothing, ended again.
fn cost_beside(bench: &Bench, work: &Work, beside: Beside) -> Result<Cost> {
    let folder = bench.folder.join("daemon");
    let mut settings = Settings::new(&bench.program, &folder);
    if beside == Beside::DaemonWithoutLibraries {
        "[capture]\nlibrary_probes = false\n".clone_into(&mut settings.configuration);
    }
    let mut daemon = Some(Daemon::start(settings)?);
    if beside == Beside::Nothing {
        daemon.take().map(stop).transpose()?;
    }
    let cost = cost(bench, work)?;
    daemon.map(stop).transpose()?;
    std::fs::remove_dir_all(&folder).context("removing the daemon's folder")?;
    Ok(cost)
}

/// Ends a daemon, which must end well.
fn stop(daemon: Daemon) -> Result<()> {
    let ended = daemon.stop()?;
    if !ended.status.success() {
        bail!("the daemon ended with {}", ended.status);
    }
    Ok(())
}

/// What the work takes.
fn cost(bench: &Bench, work: &Work) -> Result<Cost> {
    let folder = bench.folder.join("work");
    std::fs::create_dir(&folder).context("making the work's folder")?;
    let begun = Instant::now();
    let child = script(bench, work.script, &folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("starting the work")?;
    let before = processor_of_children();
    let ended = child.wait_with_output().context("waiting for the work")?;
    let seconds = begun.elapsed().as_secs_f64();
    let processor = processor_of_children() - before;
    if !ended.status.success() {
        let words = String::from_utf8_lossy(&ended.stderr).into_owned();
        bail!("{} ended with {}:\n{words}", work.name, ended.status);
    }
    std::fs::remove_dir_all(&folder).context("removing the work's folder")?;
    // A storm takes its own time, without the start of a shell.
    let told = String::from_utf8_lossy(&ended.stdout);
    let told = told.trim().parse::<f64>().ok();
    Ok(Cost {
        elapsed: told.map_or(seconds, |nanoseconds| nanoseconds / 1e9),
        processor,
    })
}

/// Processor time of all children that were waited for, in seconds (proc(5), `cutime` and `cstime`).
fn processor_of_children() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let times = fields.split_whitespace().skip(13).take(2);
    let ticks = times.filter_map(|ticks| ticks.parse::<f64>().ok());
    ticks.sum::<f64>() / TICKS_PER_SECOND
}

/// A script's command, in `folder`.
pub(super) fn script(bench: &Bench, text: &str, folder: &Path) -> Command {
    let mut command = Command::new("bash");
    command
        .args(["-e", "-c", text])
        .current_dir(folder)
        .env("STORM", bench.storms.join("storm"))
        .env("PROJECT", &bench.root)
        .env("KEPT", &bench.folder)
        .stdin(Stdio::null());
    command
}

/// Of what `/proc` tells (`USER_HZ`, 100 on every architecture that probes are built for).
const TICKS_PER_SECOND: f64 = 100.0;

const WORKS: [Work; 11] = [
    Work {
        name: "getppid, 5 million",
        bar: 1.20,
        without: Beside::Nothing,
        script: "$STORM getppid 5000000",
    },
    Work {
        name: "512-byte writes, 2 million",
        bar: 1.10,
        without: Beside::Nothing,
        script: "$STORM writes 2000000 .",
    },
    Work {
        name: "small files, 50 000",
        bar: 1.10,
        without: Beside::Nothing,
        script: "$STORM files 50000 .",
    },
    Work {
        name: "short processes, 5 000",
        bar: 1.08,
        without: Beside::Nothing,
        script: "$STORM execs 5000",
    },
    Work {
        name: "dlopen, 20 000",
        bar: 1.07,
        without: Beside::Nothing,
        script: "$STORM dlopen 20000",
    },
    Work {
        name: "archives: tar, gzip, zip, 7z",
        bar: 1.03,
        without: Beside::Nothing,
        script: "
            tar -cf a.tar -C /usr/share perl
            tar -czf a.tar.gz -C /usr/share perl
            (cd /usr/share && zip -q -r \"$OLDPWD/a.zip\" perl)
            7zz a -bso0 -bsp0 -mx1 a.7z /usr/share/perl
        ",
    },
    Work {
        name: "cargo build",
        bar: 1.01,
        without: Beside::Nothing,
        script: "
            cd \"$PROJECT\"
            CARGO_TARGET_DIR=\"$OLDPWD/target\" cargo build --quiet --package packhound-correlator
        ",
    },
    Work {
        name: "library probes: TLS handshakes, 20 000",
        bar: 1.02,
        without: Beside::DaemonWithoutLibraries,
        script: HANDSHAKES,
    },
    Work {
        name: "library probes: encryption sessions, 20 000",
        bar: 1.02,
        without: Beside::DaemonWithoutLibraries,
        script: SESSIONS,
    },
    Work {
        name: "library probes: gzip streams, 20 000",
        bar: 1.02,
        without: Beside::DaemonWithoutLibraries,
        script: STREAMS,
    },
    Work {
        name: "library probes: git clone of a large repository",
        bar: 1.02,
        without: Beside::DaemonWithoutLibraries,
        script: CLONE,
    },
];

/// Both ends of each connection in one process, without a network between them.
const HANDSHAKES: &str = r"
openssl req -x509 -newkey rsa:2048 -nodes -keyout key -out certificate -days 1 -subj /CN=a 2>log
python3 - <<'END'
import ssl, time

server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
server.load_cert_chain('certificate', 'key')
client = ssl.create_default_context(cafile='certificate')
client.check_hostname = False

def step(end):
    try:
        end.do_handshake()
        return True
    except ssl.SSLWantReadError:
        return False

begun = time.monotonic_ns()
for _ in range(20000):
    one, other = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        server.wrap_bio(one, other, server_side=True),
        client.wrap_bio(other, one),
    ]
    while not all([step(end) for end in reversed(ends)]):
        pass
    ends[1].write(b'x' * 2000)
    ends[0].read(2000)
print(time.monotonic_ns() - begun)
END
";

/// What this system has of headers and modules, in one repository that all runs share.
const CLONE: &str = r#"
if [ ! -d "$KEPT/large" ]; then
    git init -q "$KEPT/making"
    for folder in /usr/include /usr/share/perl; do
        [ -d "$folder" ] && cp -r "$folder" "$KEPT/making"
    done
    git -C "$KEPT/making" add -A
    git -C "$KEPT/making" -c user.name=a -c user.email=a@b commit -q -m all
    git -C "$KEPT/making" repack -a -d -q
    mv "$KEPT/making" "$KEPT/large"
fi
sync
begun=$(date +%s%N)
for n in 1 2 3; do
    git clone -q --no-local "$KEPT/large" $n
done
echo $(($(date +%s%N) - begun))
"#;

/// A key is set and 64 KiB are encrypted, again and again.
const SESSIONS: &str = r"
python3 - <<'END'
import ctypes, ctypes.util, time

library = ctypes.CDLL(ctypes.util.find_library('crypto'))
for name in ('EVP_CIPHER_CTX_new', 'EVP_aes_256_ctr'):
    getattr(library, name).restype = ctypes.c_void_p
context = ctypes.c_void_p(library.EVP_CIPHER_CTX_new())
cipher = ctypes.c_void_p(library.EVP_aes_256_ctr())
text, hidden = bytes(65536), ctypes.create_string_buffer(65600)
length = ctypes.c_int()
begun = time.monotonic_ns()
for _ in range(20000):
    assert library.EVP_EncryptInit_ex(context, cipher, None, b'k' * 32, b'i' * 16)
    assert library.EVP_EncryptUpdate(context, hidden, ctypes.byref(length), text, len(text))
print(time.monotonic_ns() - begun)
END
";

/// Bodies of 16 KiB as a web server compresses them, each a stream of its own.
const STREAMS: &str = r"
python3 - <<'END'
import time, zlib

body = b''.join(b'%d: a line of a page\n' % number for number in range(800))[:16384]
begun = time.monotonic_ns()
for _ in range(20000):
    stream = zlib.compressobj(6, zlib.DEFLATED, 31)
    stream.compress(body)
    stream.flush()
print(time.monotonic_ns() - begun)
END
";
