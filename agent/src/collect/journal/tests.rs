//! From journals to tables, and what waits when that fails.

use super::*;

/// So many entries, back to back.
fn entries(number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    for sequence in 0..number {
        let entry = Entry {
            agent: [1; 16],
            epoch: 1,
            sequence,
            time: 0,
            host: b"h",
            record: b"no record",
        };
        entry.write(&mut bytes);
    }
    bytes
}

fn opened(folder: &Path, committed: u64) -> Journal {
    Journal::open(folder, Duration::from_hours(1), |_| Ok(Some(committed))).unwrap()
}

/// Rows of the tables of such entries, over all journals.
fn rows(folder: &Path) -> i64 {
    use parquet::file::reader::{FileReader as _, SerializedFileReader};
    let class = folder.join("telemetry/day=1970-01-01/class=UNDECODABLE");
    let Ok(parts) = std::fs::read_dir(class) else {
        return 0;
    };
    let rows = parts.map(|part| {
        let reader = SerializedFileReader::new(File::open(part.unwrap().path()).unwrap());
        reader.unwrap().metadata().file_metadata().num_rows()
    });
    rows.sum()
}

#[test]
fn what_was_committed_becomes_tables_and_nothing_behind_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = opened(folder.path(), 0);
    let (_, length) = journal.append(&entries(7)).unwrap();
    journal.committed(length);
    journal.append(&entries(5)).unwrap();
    drop(journal);
    // A kill: the second append was never committed.
    let mut journal = opened(folder.path(), length);
    let tabled = journal.rotate(false).unwrap().unwrap();
    assert_eq!(tabled.damage, None);
    assert_eq!(rows(folder.path()), 7);
    assert!(!folder.path().join("telemetry").join(tabled.name).exists());
    assert!(journal.rotate(true).unwrap().is_none());
}

#[test]
fn a_damaged_journal_gives_what_is_before_the_damage_and_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let whole = entries(3);
    for cut in (0..=whole.len()).step_by(whole.len() / 24) {
        let one = folder.path().join(cut.to_string());
        let mut journal = opened(&one, 0);
        journal.append(&whole[..cut]).unwrap();
        journal.committed(whole.len() as u64);
        let tabled = journal.rotate(true).unwrap().unwrap();
        let intact = cut * 3 / whole.len();
        assert_eq!(rows(&one), intact as i64);
        assert_eq!(tabled.damage.is_none(), intact == 3);
    }
}

#[test]
fn closed_journals_wait_while_tables_cannot_be_made_and_then_nothing_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let telemetry = folder.path().join("telemetry");
    let mut journal = opened(folder.path(), 0);
    // A file where the day's folder should be.
    std::fs::write(telemetry.join("day=1970-01-01"), "").unwrap();
    for _ in 0..MOST {
        let (_, length) = journal.append(&entries(2)).unwrap();
        journal.committed(length);
        assert!(journal.rotate(true).is_err());
    }
    let refused = journal.append(&entries(2)).unwrap_err().to_string();
    assert_eq!(refused, "64 journals wait to become tables");
    assert!(
        journal.rotate(false).unwrap().is_none(),
        "not at once again"
    );
    std::fs::remove_file(telemetry.join("day=1970-01-01")).unwrap();
    for _ in 0..MOST {
        assert!(journal.rotate(true).unwrap().is_some());
    }
    assert_eq!(rows(folder.path()), 2 * MOST as i64);
    journal.append(&entries(2)).unwrap();
}
