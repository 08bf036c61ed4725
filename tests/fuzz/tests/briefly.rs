//! Every decoder is fed changed inputs for a few seconds, others in each run.
//!
//! Step: tests. The seed is in the message of a failure, and the input is kept; `cargo xtask fuzz`
//! searches for as long as one likes.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use decoders::{Bound, TARGETS, survives};

fn briefly(name: &str) {
    let target = TARGETS.into_iter().find(|(known, ..)| *known == name);
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let seed = now.map_or(1, |now| now.as_secs());
    let told = survives(target.expect("a target of that name"), BOUND, seed);
    println!("{}", told.unwrap_or_else(|told| panic!("{told}")));
}

#[test]
fn ring() {
    briefly("ring");
}

#[test]
fn recording() {
    briefly("recording");
}

#[test]
fn configuration() {
    briefly("configuration");
}

#[test]
fn fingerprint() {
    briefly("fingerprint");
}

#[test]
fn library() {
    briefly("library");
}

#[test]
fn frame() {
    briefly("frame");
}

#[test]
fn spool() {
    briefly("spool");
}

#[test]
fn etl() {
    briefly("etl");
}

#[test]
fn evtx() {
    briefly("evtx");
}

#[test]
fn sysmon() {
    briefly("sysmon");
}

#[test]
fn pe() {
    briefly("pe");
}

#[test]
fn eslogger() {
    briefly("eslogger");
}

#[test]
fn macho() {
    briefly("macho");
}

#[test]
fn copied() {
    briefly("copied");
}

#[test]
fn images_to_begin_with_are_sound() {
    for image in decoders::images() {
        let scan = platform::fingerprint::Scanner::new()
            .scan(&mut std::io::Cursor::new(&image), &mut || true)
            .expect("bytes in memory can be read");
        assert_eq!((scan.malformed, scan.truncated), (None, false));
        assert_eq!(scan.code[0].family, "zlib");
    }
}

#[test]
fn what_panics_is_told_and_kept() {
    let target = (
        "own",
        (|bytes: &[u8]| assert!(bytes.len() < 6)) as fn(&[u8]),
        (|| vec![vec![0; 4]]) as fn() -> Vec<Vec<u8>>,
    );
    let told = survives(target, Bound::Inputs(1_000), 7).expect_err("some input is longer");
    let path = told
        .split("replay own ")
        .nth(1)
        .expect("it names the input");
    let path = path.trim_end_matches('`');
    let kept = std::fs::read(path).expect("the input is kept");
    assert!(kept.len() >= 6);
    std::fs::remove_file(path).expect("this test's own file");
    let again = survives(target, Bound::Inputs(1_000), 7).expect_err("the same inputs again");
    assert_eq!(told, again);
    std::fs::remove_file(path).expect("this test's own file");
}

/// How long each is fed.
const BOUND: Bound = Bound::Time(Duration::from_secs(3));
