//! The collector's surroundings: a full disk, a service manager, the readers of its tables.
//!
//! Step: tests. A small tmpfs stands for the disk; the readers of tables come from the Python Package
//! Index into a folder that `cargo xtask test` makes and names in `PACKHOUND_PYTHON`.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use harness::{Collector, FleetAgent};
use libtest_mimic::{Failed, Trial};
use ring_abi::{Encoder, FileWritten, Header, Kind, Known, MAX_RECORD, Tag};

use crate::place::{Available, run};
use crate::stream::{collector, documents, each_once, wait_for};
use crate::{ensure, trial};

/// The tests of the collector's surroundings.
pub(crate) fn trials(available: &Available) -> Vec<Trial> {
    let test = |name: &str, possible: bool, test: fn(&Available) -> Result<(), Failed>| {
        let able = available.clone();
        trial(name, possible && available.has_program(), move || {
            test(&able)
        })
    };
    let python = std::env::var_os("PACKHOUND_PYTHON").is_some();
    vec![
        test("collect::full-disk", available.is_live(), full_disk),
        test("collect::socket-activation", true, activation),
        test("collect::duckdb-and-pandas-read-the-tables", python, tables),
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

pub(crate) fn written(path: &str, size: u64) -> Vec<u8> {
    let body = FileWritten {
        known: Known::SIZE_AFTER.with(Known::FILE).0,
        device: 1,
        inode: size,
        size_after: size,
        ..FileWritten::default()
    };
    let mut buffer = vec![0; MAX_RECORD];
    let header = Header {
        pid: 42,
        time: size,
        ..Header::default()
    };
    let encoder = Encoder::new(&mut buffer, Kind::FILE_WRITTEN, header, &body.write());
    let mut encoder = encoder.expect("a small record fits");
    let named = encoder.field(Tag::PATH, path.as_bytes());
    named.expect("a short path fits");
    encoder.finish().to_vec()
}

fn tables(available: &Available) -> Result<(), Failed> {
    let (_folder, settings) = collector(available)?;
    let collector = Collector::start(settings.clone())?;
    let agent = FleetAgent::new(3);
    let (mut stream, _) = agent.connect(&settings.socket(), 1)?;
    // Two days, 1500 records.
    let day = 86_400_000_000_000;
    let records: Vec<_> = (0..1_500)
        .map(|n| {
            (
                20_000 * day + (n % 2) * day,
                written(&format!("/tmp/{n}\u{e9}.zip"), n),
            )
        })
        .collect();
    stream.write_all(&agent.records(0, &records))?;
    wait_for("the acknowledgement", || {
        let answer = harness::answer(&mut stream)?;
        Ok((answer == harness::Answer::Ack(1, 1, 1_499)).then_some(()))
    })?;
    drop(stream);
    let (status, counters) = collector.stop()?;
    ensure(status.success(), || settings.log())?;
    ensure(counters["records"] == 1_500, || format!("{counters:#}"))?;
    let script = "import glob, sys, duckdb, pandas\n\
        where = sys.argv[1] + '/*/*/*.ndjson.gz'\n\
        query = \"select count(*), sum(size_after), min(host), count(distinct day), \
        count(parent_pid), max(path), min(class), min(time) from \
        read_json('\" + where + \"', hive_partitioning=true)\"\n\
        print(*duckdb.sql(query).fetchall()[0])\n\
        parts = glob.glob(where)\n\
        frame = pandas.concat(pandas.read_json(part, lines=True) for part in parts)\n\
        print(len(frame), int(frame.size_after.sum()), frame.host.min(), len(parts), \
        int(frame.parent_pid.count()), frame.path.max(), 'FILE_WRITTEN', frame.time.min())\n";
    let python = std::env::var_os("PACKHOUND_PYTHON").ok_or("no PACKHOUND_PYTHON")?;
    let mut command = Command::new(python);
    let told = run(command
        .args(["-c", script])
        .arg(settings.out.join("telemetry")))?;
    told.expect(0, &[])?;
    let line = "1500 1124250 host-3 2 0 /tmp/9\u{e9}.zip FILE_WRITTEN 1728000000000000000";
    let wanted = format!("{line}\n{line}\n");
    ensure(told.out == wanted, || {
        format!("{told:#?}\nwanted: {wanted}")
    })
}
