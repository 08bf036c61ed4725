//! What a start says, and that a command line is kept only as far as it is needed.

use std::sync::Arc;

use super::{Images, Interner, Origin, Program, Role};
use crate::catalogue::Catalogue;
use crate::event::ProcessStart;
use crate::evidence::Purpose;
use crate::knobs::Knobs;
use crate::limits::Limits;
use crate::policy::Policy;

fn program(image: &str, arguments: &[&str], owner: u32) -> Program {
    let knobs = Knobs {
        archive_commands: vec!["packomat".into()],
        ..Knobs::default()
    };
    let policy = Policy::new(Arc::new(Catalogue::builtin()), knobs);
    let arguments: Vec<u8> = arguments
        .iter()
        .flat_map(|word| format!("{word}\0").into_bytes())
        .collect();
    let start = ProcessStart {
        image: Some(image.as_bytes()),
        image_owner: Some(owner),
        arguments: Some(&arguments),
        ..ProcessStart::default()
    };
    let (names, images) = (&mut Interner::default(), &mut Images::default());
    Program::new(&start, false, &policy, &Limits::default(), names, images)
}

#[test]
fn roles_follow_from_image_and_arguments() {
    let purpose = |program: &Program| program.purpose();
    assert_eq!(
        purpose(&program("/usr/bin/tar", &["tar", "cf", "x"], 0)),
        Some(Purpose::Archive)
    );
    assert_eq!(
        purpose(&program("/usr/bin/tar", &["tar", "xf", "x"], 0)),
        Some(Purpose::Consume)
    );
    assert_eq!(
        purpose(&program("/opt/bin/packomat", &["packomat"], 0)),
        Some(Purpose::Archive)
    );
    assert_eq!(purpose(&program("/usr/bin/ls", &["ls"], 0)), None);
    assert!(program("/bin/dash", &["sh"], 0).is_shell());
    let python = program("/usr/bin/python3.11", &["python3", "-c", "..."], 0).role;
    assert!(
        matches!(python, Role::Interpreter { shell: false, .. }),
        "{python:?}"
    );
}

#[test]
fn origins_follow_from_place_and_owner() {
    assert_eq!(program("/usr/bin/ls", &[], 0).origin, Origin::Installed);
    assert_eq!(program("/usr/bin/ls", &[], 1000).origin, Origin::Elsewhere);
    assert_eq!(
        program("/home/eve/tool", &[], 1000).origin,
        Origin::Elsewhere
    );
    assert!(matches!(
        program("/tmp/tool", &[], 0).origin,
        Origin::Odd { .. }
    ));
    assert_eq!(
        program("C:\\Windows\\System32\\x.exe", &[], 0).origin,
        Origin::Installed
    );
}

#[test]
fn arguments_are_cut_at_whole_words() {
    let words: Vec<String> = (0..2_000).map(|number| format!("word{number}")).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let limits = Limits::default();
    for (image, limit) in [
        ("/usr/bin/ls", limits.other_arguments),
        ("/usr/bin/python3", limits.arguments),
    ] {
        let kept = program(image, &words, 0).arguments.unwrap();
        assert!(
            kept.len() <= limit && kept.len() > limit - 16,
            "{image}: {}",
            kept.len()
        );
        assert_eq!(kept.last(), Some(&0));
    }
}
