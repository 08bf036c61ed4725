//! The collector's surroundings: a full disk, a service manager, the readers of its tables.
//!
//! Step: tests. A small tmpfs stands for the disk; the readers of tables come from the Python Package
//! Index into a folder that `cargo xtask test` makes and names in `PACKHOUND_PYTHON`.

use std::io::Write as _;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use harness::{Collector, CollectorSettings, FleetAgent};
use libtest_mimic::{Failed, Trial};
use ring_abi::{
    CloseReason, Encoder, FileWritten, Flags, Header, Kind, Known, MAX_RECORD, ProcessStart, Tag,
};

use crate::place::{Available, run};
use crate::stream::{chance, collector, documents, each_once, has_python, kills, wait_for};
use crate::{ensure, trial};

/// The tests of the collector's surroundings.
pub(crate) fn trials(available: &Available) -> Vec<Trial> {
    let test = |name: &str, possible: bool, test: fn(&Available) -> Result<(), Failed>| {
        let able = available.clone();
        trial(name, possible && available.has_program(), move || {
            test(&able)
        })
    };
    let python = has_python();
    vec![
        test("collect::full-disk", available.is_live(), full_disk),
        test("collect::socket-activation", true, activation),
        test("collect::duckdb-and-pandas-read-the-tables", python, tables),
        test(
            "collect::records-are-in-one-table-each-after-kills",
            python,
            killed,
        ),
    ]
}

/// A mounted tmpfs; unmounted at the end.
struct Disk<'p>(&'p Path);

impl Drop for Disk<'_> {
    fn drop(&mut self) {
        // A test that failed may leave it busy; the lazy way takes it all the same.
        let _ = Command::new("umount").arg("--lazy").arg(self.0).status();
    }
}

fn full_disk(available: &Available) -> Result<(), Failed> {
    let (folder, settings) = collector(available)?;
    std::fs::create_dir(&settings.out)?;
    let mut mount = Command::new("mount");
    mount.args(["-t", "tmpfs", "-o", "size=4m", "tmpfs"]);
    run(mount.arg(&settings.out))?.expect(0, &[])?;
    let disk = Disk(&settings.out);
    let collector = Collector::start(settings.clone())?;
    // Leaves less than the documents need.
    let filler = settings.out.join("filler");
    let mut file = std::fs::File::create(&filler)?;
    let zeros = vec![0; 65_536];
    while file.write_all(&zeros).is_ok() {}
    let documents = documents(1, 2_000);
    let (socket, sent) = (settings.socket(), documents.clone());
    let agent = std::thread::spawn(move || FleetAgent::new(1).deliver(&socket, &sent, 100, 1));
    wait_for("that it says so", || {
        let log = settings.log();
        Ok(log.contains("nothing is acknowledged until").then_some(()))
    })?;
    ensure(!agent.is_finished(), || {
        "it acknowledged on a full disk".to_owned()
    })?;
    std::fs::remove_file(&filler)?;
    drop(file);
    agent.join().map_err(|_| "the agent panicked")??;
    let log = settings.log();
    ensure(log.contains("acknowledging again"), || log.clone())?;
    let (status, counters) = collector.stop()?;
    ensure(status.success(), || settings.log())?;
    ensure(counters["findings"] == 2_000, || format!("{counters:#}"))?;
    each_once(&settings.lines()?, &documents.into_iter().collect())?;
    drop(disk);
    drop(folder);
    Ok(())
}

/// The service manager listens and starts the collector with the socket as descriptor 3.
fn activation(available: &Available) -> Result<(), Failed> {
    let (_folder, settings) = collector(available)?;
    let script = "import os,socket,sys\n\
                  s=socket.socket(socket.AF_UNIX)\n\
                  s.bind(sys.argv[1])\n\
                  s.listen(64)\n\
                  os.dup2(s.fileno(),3)\n\
                  os.set_inheritable(3,True)\n\
                  os.environ.update(LISTEN_FDS='1',LISTEN_PID=str(os.getpid()))\n\
                  os.execv(sys.argv[2],sys.argv[2:])";
    let mut child = Command::new("python3")
        .args(["-c", script])
        .arg(settings.socket())
        .arg(available.program())
        .args(["collect", "--listen", "/nonexistent/c.sock", "--out"])
        .arg(&settings.out)
        .stderr(Stdio::null())
        .spawn()?;
    let documents = documents(1, 100);
    let delivered = FleetAgent::new(1).deliver(&settings.socket(), &documents, 10, 500);
    // The socket stays the service manager's.
    let stays = settings.socket().exists();
    child.kill()?;
    child.wait()?;
    delivered?;
    ensure(stays, || "the socket's name is gone".to_owned())?;
    each_once(&settings.lines()?, &documents.into_iter().collect())
}

/// A record of a file of `size` bytes; the inode is the largest that there is.
pub(crate) fn written(path: &[u8], size: u64) -> Vec<u8> {
    let body = FileWritten {
        known: Known::SIZE_AFTER.with(Known::FILE).0,
        device: 1,
        inode: u64::MAX,
        size_after: size,
        reason: CloseReason::EXITED.0,
        ..FileWritten::default()
    };
    let mut buffer = vec![0; MAX_RECORD];
    let header = Header {
        pid: u32::MAX - 1,
        start_time: 7,
        ..Header::default()
    };
    let encoder = Encoder::new(&mut buffer, Kind::FILE_WRITTEN, header, &body.write());
    let mut encoder = encoder.expect("a small record fits");
    encoder.field(Tag::PATH, path).expect("a short path fits");
    encoder.finish().to_vec()
}

/// A record whose names are relative, of a process that nobody knows the parent of.
fn started() -> Vec<u8> {
    let body = ProcessStart {
        known: Known::USER.0,
        ..ProcessStart::default()
    };
    let mut buffer = vec![0; MAX_RECORD];
    let header = Header {
        pid: 43,
        flags: Flags::RUNDOWN.0,
        ..Header::default()
    };
    let encoder = Encoder::new(&mut buffer, Kind::PROCESS_START, header, &body.write());
    let mut encoder = encoder.expect("a small record fits");
    for (tag, value) in [
        (Tag::BASE_PATH, b"/srv/a".as_slice()),
        (Tag::GIVEN_PATH, b"../b"),
        (Tag::ARGUMENTS, b"tar\0a b\0"),
    ] {
        encoder.field(tag, value).expect("short fields fit");
    }
    encoder.finish().to_vec()
}

/// What `DuckDB` and pandas make of the tables, cell by cell.
fn tables(available: &Available) -> Result<(), Failed> {
    let (_folder, settings) = collector(available)?;
    let collector = Collector::start(settings.clone())?;
    let agent = FleetAgent::new(3);
    let (mut stream, _) = agent.connect(&settings.socket(), 1)?;
    let day = 86_400_000_000_000;
    let records = [
        (
            20_000 * day + 123_456_789,
            written("/tmp/\u{e9}.zip".as_bytes(), 0),
        ),
        (20_001 * day, written(b"/tmp/\xff\\x41.zip", u64::MAX)),
        (20_001 * day, started()),
        // A clock beyond every calendar, and a record of a version to come.
        (u64::MAX, written(b"/tmp/late", 1)),
        (20_001 * day, vec![1, 2, 3]),
    ];
    stream.write_all(&agent.records(0, &records))?;
    acknowledged(&mut stream, 4)?;
    let told = read_tables(&settings, COLUMNS)?;
    ensure(told.is_none(), || "tables before their time".to_owned())?;
    drop(stream);
    let (status, counters) = collector.stop()?;
    ensure(status.success(), || settings.log())?;
    ensure(counters["records"] == 5, || format!("{counters:#}"))?;
    ensure(counters["undecodable"] == 1, || format!("{counters:#}"))?;
    let told = read_tables(&settings, COLUMNS)?.ok_or("no tables")?;
    let wanted = include_str!("collecting/tables.txt");
    ensure(told == wanted, || format!("{told}\nwanted: {wanted}"))
}

/// Every kind of column, and the partitions.
const COLUMNS: &str = "sequence,day,class,time,host,agent,pid,process_start,rundown,parent_pid,\
                       uid,path,arguments,inode,size_before,size_after,reason,record";

fn acknowledged(stream: &mut UnixStream, through: u64) -> Result<(), Failed> {
    wait_for("the acknowledgement", || {
        let answer = harness::answer(stream)?;
        Ok((answer == harness::Answer::Ack(1, 1, through)).then_some(()))
    })
}

/// What the readers say of the tables below the collector's output; none when there are none.
fn read_tables(settings: &CollectorSettings, columns: &str) -> Result<Option<String>, Failed> {
    let folder = settings.out.join("telemetry");
    let mut days = std::fs::read_dir(&folder)?.filter_map(Result::ok);
    if !days.any(|entry| entry.file_name().to_string_lossy().starts_with("day=")) {
        return Ok(None);
    }
    let python = std::env::var_os("PACKHOUND_PYTHON").ok_or("no PACKHOUND_PYTHON")?;
    let mut command = Command::new(python);
    command.args(["-c", include_str!("collecting/tables.py")]);
    let told = run(command.arg(folder).arg(columns))?;
    told.expect(0, &[])?;
    Ok(Some(told.out))
}

/// Kills that meet journals and the making of tables; each record is in one row all the same.
fn killed(available: &Available) -> Result<(), Failed> {
    let (_folder, mut settings) = collector(available)?;
    // Tables are made every second, so that kills meet that too.
    settings.arguments = ["--rotate-every", "1s"].map(str::to_owned).to_vec();
    let mut collector = Collector::start(settings.clone())?;
    let records = (ROUND * (kills() + 1)) as u64;
    let met = Arc::new(AtomicUsize::new(0));
    let agents: Vec<_> = (0..AGENTS)
        .map(|number| {
            let (socket, met) = (settings.socket(), Arc::clone(&met));
            std::thread::spawn(move || {
                let records: Vec<_> = (0..records)
                    .map(|n| (n * 1_000_000_000, written(b"/tmp/a", n)))
                    .collect();
                // A round more than there are kills, so that each kill meets records to come.
                (1..=kills() + 1).try_for_each(|round| {
                    while met.load(Ordering::Relaxed) + 1 < round {
                        std::thread::park_timeout(Duration::from_millis(1));
                    }
                    let so_far = &records[..ROUND * round];
                    FleetAgent::new(number).deliver_records(&socket, so_far, 20, 500)
                })
            })
        })
        .collect();
    for _ in 0..kills() {
        std::thread::park_timeout(Duration::from_millis(chance(1_000)));
        collector.kill()?;
        collector = Collector::start(settings.clone())?;
        met.fetch_add(1, Ordering::Relaxed);
    }
    for agent in agents {
        agent.join().map_err(|_| "an agent panicked")??;
    }
    let (status, counters) = collector.stop()?;
    ensure(status.success(), || settings.log())?;
    ensure(counters["missing"] == 0, || format!("{counters:#}"))?;
    let script = "import sys, duckdb\n\
                  parts = sys.argv[1] + '/*/*/*.parquet'\n\
                  query = f\"select count(*), count(distinct (agent, epoch, sequence)), \
                  count(distinct agent), sum(size_after) from read_parquet('{parts}')\"\n\
                  print(*duckdb.sql(query).fetchall()[0])";
    let python = std::env::var_os("PACKHOUND_PYTHON").ok_or("no PACKHOUND_PYTHON")?;
    let mut command = Command::new(python);
    command.args(["-c", script]);
    let told = run(command.arg(settings.out.join("telemetry")))?;
    told.expect(0, &[])?;
    let all = AGENTS * records;
    let sum = AGENTS * records * (records - 1) / 2;
    let wanted = format!("{all} {all} {AGENTS} {sum}\n");
    ensure(told.out == wanted, || {
        format!("{told:#?}\nwanted: {wanted}")
    })
}

const AGENTS: u64 = 4;

/// Records of one agent between two kills.
const ROUND: usize = 4_000;
