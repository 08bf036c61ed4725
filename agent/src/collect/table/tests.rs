//! What tables hold, read back through the crate's own reader.

use std::collections::BTreeMap;

use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::Field;
use ring_abi::{Encoder, Header, MAX_RECORD, Tag, decode};

use super::*;

/// A row, without what is null.
type Told = BTreeMap<String, Field>;

/// A record of `kind` whose body's bytes are all `fill`: with 255 everything is known, with 0
/// nothing is.
fn record(kind: ring_abi::Kind, fill: u8, fields: &[(Tag, &[u8])]) -> Vec<u8> {
    let mut buffer = vec![0; MAX_RECORD];
    let mut encoded = |size, fields: &[(Tag, &[u8])]| {
        let body = vec![fill; size];
        let header = Header {
            start_time: fill.into(),
            ..Header::default()
        };
        let mut encoder = Encoder::new(&mut buffer, kind, header, &body).unwrap();
        for (tag, value) in fields {
            encoder.field(*tag, value).unwrap();
        }
        encoder.finish().to_vec()
    };
    let size = (0..256).find(|size| decode(&encoded(*size, &[])).is_ok());
    encoded(size.expect("a body of that size"), fields)
}

fn entry(time: u64, sequence: u64, record: &[u8]) -> Entry<'_> {
    Entry {
        agent: [7; 16],
        epoch: 3,
        sequence,
        time,
        host: b"h",
        record,
    }
}

/// Makes tables of such entries, and reads every row of every part.
fn tables(entries: &[Entry<'_>]) -> (tempfile::TempDir, BTreeMap<String, Vec<Told>>) {
    let folder = tempfile::tempdir().unwrap();
    make(folder.path(), entries);
    let mut found = BTreeMap::new();
    for day in std::fs::read_dir(folder.path()).unwrap() {
        for class in std::fs::read_dir(day.unwrap().path()).unwrap() {
            let class = class.unwrap().path();
            let name = class.strip_prefix(folder.path()).unwrap();
            let mut rows = Vec::new();
            for part in std::fs::read_dir(&class).unwrap() {
                let file = File::open(part.unwrap().path()).unwrap();
                let reader = SerializedFileReader::new(file).unwrap();
                for row in reader.get_row_iter(None).unwrap() {
                    let row = row.unwrap();
                    let known = row.get_column_iter().filter(|(_, f)| **f != Field::Null);
                    rows.push(known.map(|(n, f)| (n.clone(), f.clone())).collect());
                }
            }
            found.insert(name.display().to_string(), rows);
        }
    }
    (folder, found)
}

fn make(folder: &Path, entries: &[Entry<'_>]) {
    let mut tables = Tables::new(folder, 5).unwrap();
    for entry in entries {
        tables.add(entry).unwrap();
    }
    tables.finish().unwrap();
}

#[test]
fn every_column_is_told_by_some_kind_of_record() {
    let fields: Vec<(Tag, &[u8])> = Tag::ALL
        .iter()
        .map(|(tag, _)| match *tag {
            Tag::CREATOR | Tag::RESPONSIBLE => (*tag, [1; 12].as_slice()),
            tag => (tag, b"/a".as_slice()),
        })
        .collect();
    let kinds = ring_abi::Kind::ALL.iter();
    let mut records: Vec<_> = kinds.map(|(kind, _)| record(*kind, 255, &fields)).collect();
    // A body of such bytes names no kind that was lost.
    let named = record(ring_abi::Kind::LOSS, 0, &[]);
    let body = ring_abi::Loss {
        kind: ring_abi::Kind::EXIT.0.into(),
        ..ring_abi::Loss::default()
    };
    records.push([&named[..Header::SIZE], &body.write()].concat());
    let entries: Vec<_> = records.iter().map(|record| entry(0, 0, record)).collect();
    let (_folder, found) = tables(&entries);
    assert_eq!(found.len(), ring_abi::Kind::ALL.len(), "a class for each");
    let told = |name| found.values().flatten().any(|row| row.contains_key(name));
    let never: Vec<_> = COLUMNS.iter().filter(|(name, _)| !told(*name)).collect();
    assert!(never.is_empty(), "{never:?}");
}

#[test]
fn what_is_not_known_is_null_and_never_zero() {
    let records: Vec<_> = ring_abi::Kind::ALL
        .iter()
        .map(|(kind, _)| record(*kind, 0, &[]))
        .collect();
    let entries: Vec<_> = records.iter().map(|record| entry(0, 0, record)).collect();
    let (_folder, found) = tables(&entries);
    for row in found.values().flatten() {
        for name in [
            "parent_pid",
            "uid",
            "exit_status",
            "device",
            "inode",
            "owner",
            "size_before",
            "size_after",
            "bytes_written",
            "bytes_read",
            "bytes_sent",
            "files_read",
            "level",
            "path",
        ] {
            assert_eq!(row.get(name), None);
        }
    }
    let nobodys = &found["day=1970-01-01/class=LOSS"][0];
    assert_eq!(nobodys.get("pid"), None);
    assert_eq!(nobodys["lost"], Field::ULong(0), "no bit makes it unknown");
}

#[test]
fn numbers_keep_their_bits_and_names_their_bytes() {
    let kind = ring_abi::Kind::FILE_WRITTEN;
    let strange = record(kind, 255, &[(Tag::PATH, b"/tmp/\xff\\x41\\")]);
    let (_folder, found) = tables(&[entry(i64::MAX as u64, u64::MAX, &strange)]);
    let row = &found["day=2262-04-11/class=FILE_WRITTEN"][0];
    assert_eq!(row["sequence"], Field::ULong(u64::MAX));
    assert_eq!(row["size_after"], Field::ULong(u64::MAX));
    assert_eq!(row["opener_pid"], Field::UInt(u32::MAX));
    assert_eq!(row["path"], Field::Str(r"/tmp/\xff\x5cx41\".to_owned()));
    assert_eq!(row["reason"], Field::Str(u32::MAX.to_string()));
    assert_eq!(row["record"], Field::Bytes(strange.clone().into()));
}

#[test]
fn a_relative_name_is_joined_with_what_it_was_relative_to() {
    let kind = ring_abi::Kind::FILE_RENAMED;
    let shared = [
        (Tag::BASE_PATH, b"/srv/a".as_slice()),
        (Tag::GIVEN_PATH, b"../b"),
        (Tag::OLD_GIVEN_PATH, b"./c"),
    ];
    let (joined, alone) = (record(kind, 0, &shared), record(kind, 0, &shared[1..]));
    let (_folder, found) = tables(&[entry(0, 0, &joined), entry(0, 1, &alone)]);
    let rows = &found["day=1970-01-01/class=FILE_RENAMED"];
    assert_eq!(rows[0]["path"], Field::Str("/srv/b".to_owned()));
    assert_eq!(rows[0]["old_path"], Field::Str("/srv/a/c".to_owned()));
    assert_eq!(rows[1].get("path"), None);
}

#[test]
fn the_same_journal_makes_the_same_files() {
    let record = record(ring_abi::Kind::EXIT, 255, &[]);
    let entries: Vec<_> = (0..1_000)
        .map(|n| entry(n * 86_400_000_000_000 / 500, n, &record))
        .collect();
    let (first, _) = tables(&entries);
    let (second, found) = tables(&entries);
    // An attempt that a kill ended left a file that is not whole.
    let half = second.path().join("day=1970-01-01/class=EXIT");
    std::fs::write(half.join(".part-0000000000000005.tmp"), "PAR1").unwrap();
    make(second.path(), &entries);
    assert_eq!(found.len(), 2);
    for folder in found.keys() {
        let name = format!("{folder}/part-0000000000000005.parquet");
        let read = |directory: &Path| std::fs::read(directory.join(&name)).unwrap();
        assert_eq!(read(first.path()), read(second.path()));
    }
    assert_eq!(std::fs::read_dir(half).unwrap().count(), 1);
}

#[test]
fn a_clock_gone_wild_makes_no_more_tables_than_there_may_be() {
    let record = record(ring_abi::Kind::EXIT, 0, &[]);
    let mut entries: Vec<_> = (0..2 * TABLES as u64)
        .map(|day| entry(day * 86_400_000_000_000, day, &record))
        .collect();
    entries.push(entry(u64::MAX, 0, &record));
    let (_folder, found) = tables(&entries);
    assert_eq!(found.len(), TABLES + 1);
    let rest = &found["day=__HIVE_DEFAULT_PARTITION__/class=EXIT"];
    assert_eq!(rest.len(), TABLES + 1);
    assert!(rest[0].contains_key("time"), "its time is known");
    assert!(!rest[TABLES].contains_key("time"), "no calendar has it");
}

#[test]
fn many_rows_become_groups_of_bounded_memory() {
    let sample = vec![1; 512];
    let fields = [
        (Tag::CONTENT_HEAD, &*sample),
        (Tag::CONTENT_MIDDLE, &sample),
    ];
    let record = record(ring_abi::Kind::FILE_CONTENT, 255, &fields);
    let folder = tempfile::tempdir().unwrap();
    let mut tables = Tables::new(folder.path(), 5).unwrap();
    for n in 0..40_000 {
        tables.add(&entry(0, n, &record)).unwrap();
        assert!(tables.bytes < BYTES);
    }
    tables.finish().unwrap();
    let part = "day=1970-01-01/class=FILE_CONTENT/part-0000000000000005.parquet";
    let reader = SerializedFileReader::new(File::open(folder.path().join(part)).unwrap());
    let reader = reader.unwrap();
    assert!(reader.num_row_groups() > 1);
    assert_eq!(reader.metadata().file_metadata().num_rows(), 40_000);
}

#[test]
fn bytes_of_a_version_to_come_are_kept_as_they_are() {
    let (_folder, found) = tables(&[entry(0, 9, &[1, 2, 3])]);
    let row = &found["day=1970-01-01/class=UNDECODABLE"][0];
    let names: Vec<_> = row.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        ["agent", "epoch", "host", "record", "sequence", "time"]
    );
    assert_eq!(row["record"], Field::Bytes(vec![1, 2, 3].into()));
}
