//! Every knob that names places, extensions, libraries or allowances does what it says.

use std::sync::Arc;

use super::Policy;
use crate::catalogue::{Catalogue, Rank};
use crate::event::ProcessStart;
use crate::finding::Technique;
use crate::knobs::{Allowance, AllowanceParts, Knobs};
use crate::limits::Limits;
use crate::process::{Images, Interner, Program};

fn policy(change: impl FnOnce(&mut Knobs)) -> Policy {
    let mut knobs = Knobs::default();
    change(&mut knobs);
    Policy::new(Arc::new(Catalogue::builtin()), knobs)
}

fn program(policy: &Policy, image: &str, script: Option<&str>) -> Program {
    let start = ProcessStart {
        image: Some(image.as_bytes()),
        script: script.map(str::as_bytes),
        uid: Some(34),
        user: Some("backup"),
        ..ProcessStart::default()
    };
    let (names, images) = (&mut Interner::default(), &mut Images::default());
    Program::new(&start, false, policy, &Limits::default(), names, images)
}

fn allowance(path: &str, parent: &str, user: &str, destination: &str) -> Allowance {
    let part = |text: &str| (!text.is_empty()).then(|| text.into());
    let parts = AllowanceParts {
        path: part(path),
        parent: part(parent),
        user: part(user),
        destination: part(destination),
    };
    Allowance::new("rule".into(), parts).unwrap()
}

#[test]
fn configured_places_rank_highest() {
    let policy = policy(|knobs| {
        knobs.staging_directories = vec!["/srv/drop".into()];
        knobs.suspicious_directories = vec!["/opt/*/cache".into()];
    });
    let rank = |path: &str| policy.place(path.as_bytes()).map(|(_, rank)| rank);
    assert_eq!(rank("/srv/drop/x.zip"), Some(Rank::High));
    assert_eq!(rank("/opt/app/cache/x"), Some(Rank::High));
    assert!(rank("/tmp/x") >= Some(Rank::Medium));
    assert_eq!(rank("/home/eve/x"), None);
}

#[test]
fn extensions_compare_without_case() {
    let policy = policy(|knobs| {
        knobs.archive_extensions = vec!["zip".into(), "pak".into()];
        knobs.file_extension_filter = vec!["pak".into()];
    });
    assert!(policy.is_packed_name(b"/x/a.ZIP"));
    assert!(policy.is_packed_name(b"/x/a.pak"));
    assert!(!policy.is_packed_name(b"/x/a.gz"));
    assert!(policy.passes_extension_filter(b"/x/a.Pak"));
    assert!(!policy.passes_extension_filter(b"/x/a.zip"));
}

#[test]
fn monitored_libraries_count_fully() {
    let policy = policy(|knobs| knobs.monitored_libraries = vec!["libsecretpack*.so*".into()]);
    let rank = |path: &str| policy.library(path.as_bytes()).map(|(_, rank)| rank);
    assert_eq!(rank("/opt/x/libsecretpack2.so.1"), Some(Rank::High));
    assert_eq!(rank("/usr/lib/libfoo.so"), None);
}

#[test]
fn an_allowance_covers_what_all_its_parts_match() {
    let policy = policy(|knobs| {
        knobs.allowed_archive_utilities =
            vec![allowance("/usr/bin/tar", "", "backup", "/srv/backup/**")];
        knobs.script_allowlist = vec![allowance("/opt/crypt/*.py", "", "34", "")];
    });
    let tar = program(&policy, "/usr/bin/tar", None);
    let covered = |technique, program: &Program, path: &str| {
        policy
            .allowed(technique, program, None, path.as_bytes())
            .is_some()
    };
    assert!(covered(Technique::Utility, &tar, "/srv/backup/x.tgz"));
    assert!(!covered(Technique::Utility, &tar, "/tmp/x.tgz"));
    assert!(!covered(Technique::Library, &tar, "/srv/backup/x.tgz"));
    let script = program(&policy, "/usr/bin/python3", Some("/opt/crypt/a.py"));
    assert!(covered(Technique::Custom, &script, "/tmp/x"));
    let other = program(&policy, "/usr/bin/python3", Some("/tmp/a.py"));
    assert!(!covered(Technique::Custom, &other, "/tmp/x"));
}
