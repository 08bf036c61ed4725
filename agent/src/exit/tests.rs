//! Each kind of error with its exit code and message.

use anyhow::Context as _;

use super::*;

#[test]
fn codes() {
    let check = |error: anyhow::Error, want: u8| assert_eq!(code(&error), want, "{error}");
    check(crate::config::parse("f", "x = 1").unwrap_err().into(), 2);
    check(Misuse::new("no".to_owned()).into(), 2);
    check(SourceError::Privilege("root".to_owned()).into(), 3);
    check(StateError::Forbidden("/s".into()).into(), 3);
    check(SourceError::Unsupported("btf".to_owned()).into(), 4);
    check(SourceError::Format("file".to_owned()).into(), 1);
    check(anyhow::anyhow!("anything"), 1);
    let wrapped = Err::<(), _>(SourceError::Privilege("root".to_owned())).context("cannot watch");
    check(wrapped.unwrap_err(), 3);
}

#[test]
fn a_cause_is_said_once() {
    let error = SourceError::Io {
        what: "creating /x".to_owned(),
        source: std::io::Error::other("disk full"),
    };
    let error = anyhow::Error::from(error).context("cannot record");
    assert_eq!(message(&error), "cannot record: creating /x: disk full");
}
