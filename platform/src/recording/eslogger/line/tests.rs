//! Single lines: both forms of the token, what must be there, and what may be missing.

use proptest::prelude::*;

use super::super::reader::Trouble;
use super::message;
use crate::endpoint::{Event, Token};

/// A message of an event, with a token.
fn line(token: &str, event: &str) -> Vec<u8> {
    format!(
        r#"{{"time":"2026-09-21T14:13:21.25Z","version":9,"process":{{"audit_token":{token},"executable":{{"path":"/bin/x"}}}},"event":{event}}}"#
    )
    .into_bytes()
}

const LIST: &str = "[501, 502, 20, 503, 21, 9, 100013, 38282]";

#[test]
fn both_forms_of_a_token_say_the_same() {
    let object = r#"{"pidversion":38282,"asid":100013,"pid":9,"rgid":21,"ruid":503,"egid":20,"euid":502,"auid":501}"#;
    let tokens = [LIST, object].map(|token| {
        let mut line = line(token, r#"{"exit":{"stat":0}}"#);
        let (message, unknown) = message(&mut line).expect("a message");
        assert_eq!(unknown, 0);
        message.process.token
    });
    assert_eq!(tokens[0], tokens[1]);
    let words = [501, 502, 20, 503, 21, 9, 100_013, 38_282];
    assert_eq!(tokens[0], Token::from_words(words));
}

#[test]
fn a_message_that_lacks_what_it_must_have_is_none() {
    let exit = r#"{"exit":{"stat":0}}"#;
    for (token, event) in [
        ("[1,2,3]", exit),
        ("[1,2,3,4,5,6,7,8,9]", exit),
        (r#"{"pid":1}"#, exit),
        ("null", exit),
        (LIST, "{}"),
        (LIST, r#"{"exit":{}}"#),
        (LIST, r#"{"exec":{"args":[]}}"#),
        (LIST, r#"{"close":{"target":{"path":"/a"}}}"#),
        (LIST, r#"{"open":{"fflag":1,"file":{}}}"#),
        (
            LIST,
            r#"{"rename":{"source":{"path":"/a"},"destination":{}}}"#,
        ),
        (LIST, r#"{"unlink":{"target":{"path":7}}}"#),
    ] {
        let outcome = message(&mut line(token, event)).map(|_| ());
        assert_eq!(outcome, Err(Trouble::Unfit), "{token} {event}");
    }
    let mut line = line(LIST, exit);
    line.extend(b" x");
    assert_eq!(message(&mut line).map(|_| ()), Err(Trouble::Broken));
}

#[test]
fn a_state_that_lacks_what_tells_files_apart_is_unknown() {
    for (stat, known) in [
        ("null", false),
        ("{}", false),
        (r#"{"st_dev":1,"st_ino":2,"st_size":3}"#, false),
        (
            r#"{"st_dev":-5,"st_ino":2,"st_size":3,"st_mode":33188,"st_nlink":1,"st_uid":0}"#,
            true,
        ),
    ] {
        let close =
            format!(r#"{{"close":{{"modified":true,"target":{{"path":"/a","stat":{stat}}}}}}}"#);
        let mut line = line(LIST, &close);
        let (message, _) = message(&mut line).expect("a message");
        let Event::Close { file, .. } = message.event else {
            panic!("{message:?}");
        };
        assert_eq!(file.stat.is_some(), known, "{stat}");
        if let Some(stat) = file.stat {
            // A device's number is 32 bits, however it is signed.
            assert_eq!(stat.device, 0xffff_fffb);
        }
    }
}

#[test]
fn events_and_members_that_nobody_knows_are_passed() {
    let event = r#"{"later":{"deep":[[{"x":"]}"}]]}}"#;
    let mut line = line(LIST, event);
    let begin = line.len() - 1;
    line.splice(
        begin..,
        br#","event_type":150,"also":[1,{"a":null}],"new":"x\"}"}"#.to_vec(),
    );
    let (message, unknown) = message(&mut line).expect("a message");
    assert_eq!(message.event, Event::Other(150));
    assert_eq!(unknown, 2);
}

proptest! {
    /// A line with some bytes changed is read or refused; nothing else happens.
    #[test]
    fn changed_lines_are_read_or_refused(changes in proptest::collection::vec((any::<u16>(), any::<u8>()), 1..6)) {
        let event = r#"{"exec":{"args":["a","\u00e9\\"],"cwd":{"path":"/"},"script":null,"env":[],"target":{"audit_token":[1,2,3,4,5,6,7,8],"executable":{"path":"/b","stat":{"st_size":1}}}}}"#;
        let mut line = line(LIST, event);
        for (at, byte) in changes {
            let at = usize::from(at) % line.len();
            line[at] = byte;
        }
        let _ = message(&mut line);
    }
}
