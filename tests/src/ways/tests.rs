//! The table and the lines are read whole, and each difference is one.

use ring_abi::{Encoder, FileRemoved, FileWritten, Fork, Header, Kind, RECORDING_MAGIC, Tag};

use super::{Seen, compare, load_ways, plain};

const TABLE: &str = r#"
[[way]]
name = "one"
title = "a way"

[[way]]
name = "two"
title = "another"
blind_on_tier_2 = "closes"
"#;

fn record(kind: Kind, body: &[u8], path: &[u8]) -> Vec<u8> {
    let mut buffer = vec![0; 4096];
    let header = Header {
        pid: 7,
        start_time: 70,
        ..Header::default()
    };
    let mut encoder = Encoder::new(&mut buffer, kind, header, body).unwrap();
    if !path.is_empty() {
        encoder.field(Tag::PATH, path).unwrap();
    }
    encoder.finish().to_vec()
}

/// A recording of one written file.
fn recording(size: u64, path: &[u8]) -> Vec<u8> {
    let fork = Fork {
        child_pid: 7,
        child_start: 70,
        ..Fork::default()
    };
    let written = FileWritten {
        device: 1,
        inode: 2,
        size_after: size,
        ..FileWritten::default()
    };
    [
        RECORDING_MAGIC.to_vec(),
        record(Kind::FORK, &fork.write(), b""),
        record(Kind::FILE_WRITTEN, &written.write(), path),
    ]
    .concat()
}

fn seen(said: &str, recording: &[u8], spots: &[&str]) -> Vec<Seen> {
    let ways = load_ways(TABLE).unwrap();
    let spots: Vec<String> = spots.iter().map(|&spot| spot.to_owned()).collect();
    let compared = compare(&ways, 2, said, recording, &spots).unwrap();
    compared.into_iter().map(|(_, seen)| seen).collect()
}

#[test]
fn what_is_told_and_what_is_listed_fit() {
    let said = "one\tdone\t90\t1\t2\t/a\\040b\ntwo\tdone\t5\t1\t9\t/c\n";
    let spots = ["what only a start closes"];
    let seen = seen(said, &recording(90, b"/a b"), &spots);
    assert_eq!(seen, [Seen::Told, Seen::Blind("closes".to_owned())]);
}

#[test]
fn a_difference_is_none_of_both() {
    let wrong = |said: &str, recording: &[u8], spots: &[&str]| {
        let all = seen(said, recording, spots);
        all.iter().filter(|it| matches!(it, Seen::Wrong(_))).count()
    };
    let both = "one\tdone\t90\t1\t2\t/a\ntwo\tdone\t5\t1\t9\t/c\n";
    let spots = ["what only a start closes"];
    assert_eq!(wrong(both, &recording(90, b"/a"), &spots), 0);
    assert_eq!(wrong(both, &recording(89, b"/a"), &spots), 1, "a size");
    assert_eq!(wrong(both, &recording(90, b"/b"), &spots), 1, "a name");
    assert_eq!(wrong(both, &recording(90, b"/a"), &[]), 1, "not listed");
    let told_though_blind = "one\tunsupported\tno\ntwo\tdone\t90\t1\t2\t/a\n";
    assert_eq!(wrong(told_though_blind, &recording(90, b"/a"), &spots), 1);
    let not_done = "two\tdone\t5\t1\t9\t/c\n";
    assert_eq!(wrong(not_done, &recording(90, b"/a"), &spots), 1);
    assert!(compare(&load_ways(TABLE).unwrap(), 2, both, b"no recording", &[]).is_err());
}

#[test]
fn what_one_kernel_hides_is_unseen_where_it_is_listed_and_told_elsewhere() {
    let table = "[[way]]\nname = \"one\"\ntitle = \"a\"\nblind_where_listed = \"rings\"\n";
    let ways = load_ways(table).unwrap();
    let seen = |recording: &[u8], spots: &[String]| {
        let said = "one\tdone\t90\t1\t2\t/a\n";
        compare(&ways, 2, said, recording, spots).unwrap()[0]
            .1
            .clone()
    };
    let (told, untold) = (recording(90, b"/a"), recording(80, b"/b"));
    let listed = ["all through rings".to_owned()];
    assert_eq!(seen(&told, &[]), Seen::Told);
    assert_eq!(seen(&untold, &listed), Seen::Blind("rings".to_owned()));
    assert!(matches!(seen(&untold, &[]), Seen::Wrong(_)));
    assert!(matches!(seen(&told, &listed), Seen::Wrong(_)));
}

#[test]
fn a_removal_is_told_with_its_name_and_kind() {
    let removed = FileRemoved {
        directory: 1,
        ..FileRemoved::default()
    };
    let recording = [
        RECORDING_MAGIC.to_vec(),
        record(Kind::FILE_REMOVED, &removed.write(), b"/gone"),
    ]
    .concat();
    let of =
        |said: &str| seen(&format!("{said}\ntwo\tunsupported\tno\n"), &recording, &[])[0].clone();
    assert_eq!(of("one\tremoved\tdirectory\t/gone"), Seen::Told);
    let wrong = Seen::Wrong("no record of it".to_owned());
    assert_eq!(of("one\tremoved\tfile\t/gone"), wrong);
    assert_eq!(of("one\tremoved\tdirectory\t/there"), wrong);
}

#[test]
fn paths_come_back_as_they_were() {
    assert_eq!(plain(r"a\040\377b").unwrap(), b"a \xffb");
    assert_eq!(plain(r"a\04"), None);
}

#[test]
fn a_slip_in_the_table_is_refused() {
    assert!(load_ways("[[way]]\nname = \"a\"\ntitle = \"b\"\nblind_on_teir_2 = \"c\"\n").is_err());
    assert!(load_ways("").is_err());
}
