//! Inputs to begin with: whole and right, so that a mutation reaches past the first check.
//!
//! Step: tests.

#[path = "../../../platform/src/pe/tests/built.rs"]
mod built;

use agent::spool::Spool;
use agent::wire::{self, Bytes, Content, Frame, Item, Lane};
use ring_abi::{Encoder, Header, Kind, MAX_RECORD, RECORDING_MAGIC, Tag};

/// A record of every kind, each with every field.
#[must_use]
pub fn records() -> Vec<Vec<u8>> {
    Kind::ALL.iter().map(|(kind, _)| record(*kind)).collect()
}

/// Recordings of one record, and of one record of each kind.
#[must_use]
pub fn recordings() -> Vec<Vec<u8>> {
    let start = record(Kind::CAPTURE_START);
    let all = records().concat();
    vec![
        [&RECORDING_MAGIC[..], &start].concat(),
        [&RECORDING_MAGIC[..], &start, &all].concat(),
    ]
}

/// The default configuration, and one with lists of tables.
#[must_use]
pub fn configurations() -> Vec<Vec<u8>> {
    let default = include_bytes!("../../../agent/src/config/default.toml").to_vec();
    let allowances = b"\
[state]\nsave_every = \"5s\"\n[[detection.process_allowlist]]\nname = \"nightly backup\"\n\
path = \"/usr/bin/tar\"\nparent = \"/opt/backup/bin/agent\"\ndestination = \"/srv/**\"\n"
        .to_vec();
    vec![default, allowances]
}

/// A program with data, code and Go's names of functions, in 64 bits, and what is left of it
/// without its table of sections.
#[must_use]
pub fn programs() -> Vec<Vec<u8>> {
    let mut names = vec![0];
    let mut bytes = vec![0; 64];
    let mut headers = vec![0; 64];
    let sections: [(&str, u32, u64, &[u8]); 5] = [
        (
            ".rodata",
            1,
            2,
            b"\0 deflate 1.3.1 Copyright\0/zip-2.2.0/src/write.rs\0",
        ),
        (".gopclntab", 1, 2, b"archive/zip.(*Writer).CreateHeader\0"),
        (".text", 1, 6, &[0x90; 32]),
        (
            ".data",
            1,
            3,
            b"7-Zip (z) 26.02\0PPMD\0LZMA2\0BCJ2\x007zAES\0",
        ),
        (
            ".shstrtab",
            3,
            0,
            b"\0.rodata\0.gopclntab\0.text\0.data\0.shstrtab\0",
        ),
    ];
    let count = sections.len() as u16;
    for (name, kind, flags, content) in sections {
        let (at, size) = (bytes.len() as u64, content.len() as u64);
        bytes.extend_from_slice(content);
        headers.extend((names.len() as u32).to_le_bytes());
        headers.extend(kind.to_le_bytes());
        for value in [flags, 0, at, size, 0, 1, 0] {
            headers.extend(value.to_le_bytes());
        }
        headers.resize(headers.len().next_multiple_of(64), 0);
        names.extend(name.as_bytes());
        names.push(0);
    }
    let table = bytes.len() as u64;
    bytes.extend_from_slice(&headers);
    bytes[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
    bytes[40..48].copy_from_slice(&table.to_le_bytes());
    bytes[58..60].copy_from_slice(&64_u16.to_le_bytes());
    bytes[60..62].copy_from_slice(&(count + 1).to_le_bytes());
    bytes[62..64].copy_from_slice(&count.to_le_bytes());
    let without = bytes[..table as usize].to_vec();
    vec![bytes, without]
}

/// Windows programs with a version resource, signed and not.
#[must_use]
pub fn executables() -> Vec<Vec<u8>> {
    let names = built::names();
    vec![
        built::program(true, true, &names),
        built::program(false, false, &names),
    ]
}

/// A small library of two functions.
#[must_use]
pub fn libraries() -> Vec<Vec<u8>> {
    let words = |words: &[u64]| words.iter().flat_map(|it| it.to_le_bytes()).collect();
    let halves = |halves: &[u16]| halves.iter().flat_map(|it| it.to_le_bytes()).collect();
    let doubles = |doubles: &[u32]| doubles.iter().flat_map(|it| it.to_le_bytes()).collect();
    // Header, one executable segment, names, symbols, and three sections of which one is empty.
    let parts: [Vec<u8>; 12] = [
        b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec(),
        halves(&[3, crate::MACHINE, 1, 0]),
        words(&[0, 64, 184]),
        halves(&[0, 0, 64, 56, 1, 64, 3, 0]),
        doubles(&[1, 5]),
        words(&[0, 0x1000, 0x1000, 400, 400, 0x1000]),
        b"\0one\0two".to_vec(),
        b"\0\0\0\0\0\0\0\0".to_vec(),
        [doubles(&[1, 0x1_0012]), words(&[0x1010, 16])].concat(),
        [doubles(&[5, 0x1_0012]), words(&[0x1020, 16])].concat(),
        [vec![0; 64], doubles(&[0, 11]), words(&[0, 0, 136, 48])].concat(),
        [doubles(&[2, 0]), words(&[8, 24]), doubles(&[0, 3])].concat(),
    ];
    let mut library = parts.concat();
    library.extend([0; 16]);
    library.extend([120_u64, 9].iter().flat_map(|it| it.to_le_bytes()));
    library.resize(400, 0);
    let machine = platform::elf::Machine(crate::MACHINE);
    let functions = platform::elf::functions(&library[..], machine, &mut |_| true);
    assert!(functions.is_ok_and(|functions| functions.len() == 2));
    vec![library]
}

/// Streams of every kind of frame.
#[must_use]
pub fn frames() -> Vec<Vec<u8>> {
    let position = wire::Acknowledged {
        epoch: 1_000_000_000_000,
        lane: Lane::Telemetry,
        through: 70_000,
    };
    let hello = wire::Hello {
        host: Bytes::new(b"host"),
        system: "linux".to_owned(),
        ..wire::Hello::of_this_version()
    };
    let batch = wire::Batch {
        epoch: 1,
        lane: Lane::Findings,
        first: 300,
        items: items(),
    };
    let frames = [
        Frame::Hello(hello),
        Frame::Welcome(wire::Welcome {
            version: 1,
            acknowledged: vec![position; 3],
        }),
        Frame::Batch(batch),
        Frame::Ack(position),
        Frame::Heartbeat(wire::Heartbeat::default()),
        Frame::Bye(wire::Bye {
            code: wire::ByeCode::SLOW,
            text: "slow".to_owned(),
        }),
    ];
    let mut seeds: Vec<Vec<u8>> = frames.iter().map(wire::encode).collect();
    seeds.push(seeds.concat());
    seeds
}

/// A segment of several items, as the spool wrote it.
#[must_use]
pub fn segments() -> Vec<Vec<u8>> {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let settings = agent::config::Spool {
        path: folder.path().to_owned(),
        max_bytes: 1 << 20,
        sync: agent::config::Sync::Never,
    };
    let (mut spool, _) = Spool::open(&settings).expect("an empty spool opens");
    let items: Vec<Vec<u8>> = items().iter().map(wire::item).collect();
    for _ in 0..3 {
        let appended = spool.append(Lane::Findings, &items);
        appended.expect("a small spool takes small items");
    }
    let segment = folder.path().join("findings/0000000000000000.seg");
    vec![std::fs::read(segment).expect("the first segment has that name")]
}

fn items() -> Vec<Item<'static>> {
    let loss = wire::Loss {
        lane: Lane::Telemetry,
        cause: wire::Cause::Evicted,
        epoch: Some(7),
        items: Some(300),
        bytes: 1 << 20,
        place: "0000000000000000.seg".to_owned(),
    };
    let contents = [
        Content::Finding(Bytes::new(b"{\"class_uid\":2004}")),
        Content::Record(Bytes::new(b"record")),
        Content::Loss(loss),
    ];
    contents.map(|content| Item { time: 1, content }).to_vec()
}

fn record(kind: Kind) -> Vec<u8> {
    // The decoder knows each body's size; the first that it accepts is it.
    (0..=128)
        .find_map(|size| {
            let mut buffer = vec![0; MAX_RECORD];
            let mut encoder =
                Encoder::new(&mut buffer, kind, Header::default(), &vec![0; size]).ok()?;
            for (tag, name) in Tag::ALL {
                encoder.field(*tag, name.as_bytes()).ok()?;
            }
            let record = encoder.finish().to_vec();
            ring_abi::decode(&record).is_ok().then_some(record)
        })
        .expect("every kind has a body of at most 128 bytes")
}

/// Recordings of real machines where they are at hand, for what they hold that no maker of seeds
/// thinks of.
fn recorded(folder: &str) -> Vec<Vec<u8>> {
    let root = std::env::var_os("PACKHOUND_RECORDINGS").unwrap_or_default();
    let Ok(entries) = std::fs::read_dir(std::path::Path::new(&root).join(folder)) else {
        return Vec::new();
    };
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let small = paths.iter().filter_map(|path| {
        let file = std::fs::File::open(path).ok()?;
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(file), &mut bytes).ok()?;
        (bytes.len() <= MOST_RECORDED).then_some(bytes)
    });
    small.collect()
}

/// A trace with a header, a start of a process, a written file and a packed buffer.
#[must_use]
pub fn traces() -> Vec<Vec<u8>> {
    let event = |id: u16, provider: [u8; 16], payload: &[u8]| {
        let mut event = ((80 + payload.len()) as u16).to_le_bytes().to_vec();
        event.extend([19, 0xc0]);
        event.resize(24, 0);
        event.extend(provider);
        event.extend(id.to_le_bytes());
        event.resize(80, 0);
        event.extend(payload);
        event.resize(event.len().next_multiple_of(8), 0);
        event
    };
    let buffer = |flags: u8, filled: usize, body: &[u8]| {
        let mut bytes = vec![0; 72];
        bytes[..4].copy_from_slice(&(72 + body.len() as u32).to_le_bytes());
        bytes[48..52].copy_from_slice(&(72 + filled as u32).to_le_bytes());
        bytes[52] = flags;
        bytes.extend(body);
        bytes
    };
    let mut header = vec![2, 0, 2, 0xc0, 56, 1, 0, 0];
    header.resize(32 + 280, 0);
    header[32 + 44] = 8;
    header[32 + 48] = 3;
    let process = *b"\xd6\x2c\xfb\x22\x7b\x0e\x2b\x42\xa0\xc7\x2f\xad\x1f\xd0\xe7\x16";
    let file = *b"\x27\x89\xd0\xed\xc4\x9c\x65\x4e\xb9\x70\xc2\x56\x0f\xb5\xc2\x89";
    let classic = *b"\xd0\xa8\x6f\x3d\x05\xfe\xd0\x11\x9d\xda\x00\xc0\x4f\xd7\xba\x7c";
    let name: Vec<u8> = "C:\\a.zip\0"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let events = [
        event(1, process, &[&[1; 20][..], &name].concat()),
        event(12, file, &[&[1; 36][..], &name].concat()),
        event(16, file, &[1; 48]),
        event(13, file, &[1; 32]),
        event(1, classic, &[1; 60]),
    ]
    .concat();
    let mut packed = Vec::new();
    for bytes in events.chunks(32) {
        packed.extend(0_u32.to_le_bytes());
        packed.extend(bytes);
    }
    let whole = [
        buffer(0, header.len(), &header),
        buffer(0, events.len(), &events),
        buffer(0x42, events.len(), &packed),
    ];
    let mut traces = recorded("etl");
    traces.push(whole.concat());
    traces
}

/// Logs of real machines, and a file's header with an empty chunk.
#[must_use]
pub fn logs() -> Vec<Vec<u8>> {
    let mut empty = b"ElfFile\0".to_vec();
    empty.resize(32, 0);
    empty.extend([128, 0, 0, 0, 1, 0, 3, 0, 0, 16, 1, 0]);
    empty.resize(4096, 0);
    empty.extend(b"ElfChnk\0");
    empty.resize(4096 + 65_536, 0);
    let mut logs = recorded("evtx");
    // The chunks that were written are the first ones.
    for log in &mut logs {
        log.truncate(4096 + 65_536);
    }
    logs.push(empty);
    logs
}

/// Exports of Sysmon's events: a list, lines, and nested objects.
#[must_use]
pub fn exports() -> Vec<Vec<u8>> {
    let start = r#"{"EventId":1,"UtcTime":"2018-12-04 00:42:41.546","ProcessId":"7","Image":"C:\\a.exe",
        "ProcessGuid":"{9C977984-CD81-5C05-0000-0010A5C17301}","CommandLine":"a \"b c\" \\u00e9",
        "ParentProcessId":8,"ParentImage":"C:\\b.exe","User":"A\\b","TerminalSessionId":"1"}"#;
    let flow = r#"{"EventId":3,"UtcTime":"2018-12-04 00:42:40.1","ProcessId":7,"Protocol":"tcp",
        "SourceIp":"10.0.0.1","SourcePort":1,"DestinationIp":"::1","DestinationPort":2,"Initiated":"true"}"#;
    let nested = r##"{"Event":{"System":{"Provider":{"Name":"Microsoft-Windows-PowerShell"},
        "EventID":4104,"TimeCreated":{"SystemTime":"2018-12-04T00:42:41Z"}},
        "EventData":{"ScriptBlockText":"tar x","MessageNumber":1,"Data":{"#text":["a","b"]}}}}"##;
    vec![
        format!("[{start},\n{flow}]").into_bytes(),
        format!("{start}\n{flow}\n{nested}\n").into_bytes(),
    ]
}

/// Messages of macOS: real ones where they are at hand, and some lines of every version that this
/// project has written.
#[must_use]
pub fn messages() -> Vec<Vec<u8>> {
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/eslogger");
    let real = std::env::var_os("PACKHOUND_RECORDINGS").unwrap_or_default();
    let folders = [own.into(), std::path::Path::new(&real).join("macos")];
    let entries = folders
        .into_iter()
        .filter_map(|folder: std::path::PathBuf| {
            let entries = std::fs::read_dir(folder).ok()?;
            Some(entries.flatten().map(|entry| entry.path()))
        });
    let mut paths: Vec<_> = entries
        .flatten()
        .filter(|path| path.extension().is_some_and(|it| it == "ndjson"))
        .collect();
    paths.sort();
    let mut seeds = Vec::new();
    for path in paths {
        let text = std::fs::read(path).unwrap_or_default();
        let lines: Vec<_> = text.split_inclusive(|byte| *byte == b'\n').collect();
        // Short inputs are changed where it matters more often than long ones.
        seeds.extend(lines.chunks(6).map(<[&[u8]]>::concat));
    }
    seeds
}

/// Larger recordings would take most of the time to copy.
const MOST_RECORDED: usize = 2 << 20;
