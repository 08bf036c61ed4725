//! What an operator sets changes what is said, and what was lost or learned is said along.

use std::sync::Arc;
use std::time::Duration;

use correlator::{
    Allowance, AllowanceParts, Catalogue, Evidence, Finding, Knobs, Purpose, Severity, System,
    Technique,
};

use crate::notation;
use crate::player::Player;

/// Plays lines and gives the last revision of the only finding.
fn only(knobs: &Knobs, lines: &str) -> Finding {
    let player = play(knobs, lines);
    let findings = player.findings();
    assert_eq!(findings.len(), 1, "{findings:#?}");
    findings[0].clone()
}

fn play(knobs: &Knobs, lines: &str) -> Player {
    let mut player = Player::new(&Arc::new(Catalogue::builtin()), knobs.clone());
    for scenario in notation::parse(&format!("== settings\n{lines}")) {
        for line in scenario.lines {
            player.play(&line.step);
        }
    }
    player
}

fn has(finding: &Finding, matches: fn(&Evidence) -> bool) -> bool {
    finding
        .evidence
        .iter()
        .any(|weighed| matches(&weighed.evidence))
}

const TAR: &str = "session user
run 100 < 11 /usr/bin/tar :: tar cf /tmp/x.tar work
write 100 /tmp/x.tar tar
exit 100
";

const SCRIPT: &str = "session user
run 100 < 11 /usr/bin/python3.11 :: python3 x.py
write 100 /tmp/x.zip zip
exit 100
";

#[test]
fn allowed_work_is_told_and_never_rises() {
    let parts = AllowanceParts {
        path: Some("/usr/bin/tar".into()),
        destination: Some("/tmp/*.tar".into()),
        ..AllowanceParts::default()
    };
    let allowance = Allowance::new("nightly".into(), parts).expect("two parts");
    let knobs = Knobs {
        process_allowlist: vec![allowance],
        ..Knobs::default()
    };
    let finding = only(&knobs, TAR);
    assert_eq!(finding.severity, Severity::Informational);
    assert!(has(&finding, |it| matches!(it, Evidence::Allowed { .. })));
    let elsewhere = only(&knobs, &TAR.replace("/tmp/x.tar", "/var/tmp/x.tar"));
    assert_eq!(elsewhere.severity, Severity::Medium);
}

#[test]
fn a_program_of_ones_own_counts_as_a_utility() {
    let lines = "session user
run 100 < 11 /opt/acme/packomat :: packomat out.bin
write 100 /tmp/out.bin random
exit 100
";
    assert!(play(&Knobs::default(), lines).findings().is_empty());
    let knobs = Knobs {
        archive_commands: vec!["packomat".into()],
        ..Knobs::default()
    };
    let finding = only(&knobs, lines);
    assert_eq!(finding.techniques, [Technique::Utility]);
    let archives = |it: &Evidence| {
        matches!(
            it,
            Evidence::Utility {
                purpose: Purpose::Archive,
                ..
            }
        )
    };
    assert!(has(&finding, archives));
}

#[test]
fn places_of_ones_own_count() {
    let lines = TAR.replace("/tmp/x.tar", "/srv/exchange/x.tar");
    assert_eq!(
        only(&Knobs::default(), &lines).severity,
        Severity::Informational
    );
    let knobs = Knobs {
        suspicious_directories: vec!["/srv/exchange".into()],
        ..Knobs::default()
    };
    assert_eq!(only(&knobs, &lines).severity, Severity::Medium);
}

#[test]
fn the_extension_filter_holds_for_packing_without_a_utility_alone() {
    let knobs = Knobs {
        file_extension_filter: vec!["7z".into()],
        ..Knobs::default()
    };
    assert!(play(&knobs, SCRIPT).findings().is_empty());
    assert_eq!(only(&knobs, TAR).techniques, [Technique::Utility]);
}

#[test]
fn large_outputs_weigh_more_and_small_ones_are_told() {
    let knobs = Knobs {
        file_size_threshold_mb: 1,
        ..Knobs::default()
    };
    let large = TAR.replace("x.tar tar", "x.tar tar size=3000000");
    assert!(only(&knobs, &large).score > only(&knobs, TAR).score);
}

#[test]
fn dense_content_has_to_reach_the_threshold() {
    let lines = SCRIPT.replace("x.zip zip", "x.bin random");
    assert_eq!(
        only(&Knobs::default(), &lines).techniques,
        [Technique::Custom]
    );
    let knobs = Knobs {
        payload_entropy_threshold: 8.5,
        ..Knobs::default()
    };
    assert!(play(&knobs, &lines).findings().is_empty());
}

#[test]
fn events_further_apart_than_the_window_do_not_meet() {
    let lines = "session user
run 100 < 11 /usr/bin/tar :: tar cf /home/eve/x.tar /home/eve/docs
write 100 /home/eve/x.tar tar
exit 100
wait 60
run 101 < 11 /usr/bin/rm :: rm /home/eve/docs/a
remove 101 /home/eve/docs/a
exit 101
";
    let removed = |it: &Evidence| matches!(it, Evidence::InputsRemoved { .. });
    assert!(has(&only(&Knobs::default(), lines), removed));
    let knobs = Knobs {
        time_window: Duration::from_secs(30),
        ..Knobs::default()
    };
    assert!(!has(&only(&knobs, lines), removed));
}

#[test]
fn analytics_are_those_of_the_system() {
    let numbers = |system| {
        let knobs = Knobs {
            system,
            ..Knobs::default()
        };
        let analytics = only(&knobs, TAR).analytics;
        analytics.iter().map(|it| it.0).collect::<Vec<_>>()
    };
    assert_eq!(numbers(System::Linux), [832, 1459]);
    assert_eq!(numbers(System::Windows), [831, 1458]);
    assert_eq!(numbers(System::MacOs), [833, 1460]);
}

#[test]
fn a_finding_tells_what_was_lost_in_its_window() {
    let finding = only(
        &Knobs::default(),
        &TAR.replace("session user", "session user\nlose 7"),
    );
    assert_eq!(finding.gaps.lost, 7);
    let before = only(&Knobs::default(), TAR);
    assert!(finding.confidence < before.confidence);
    // What is lost afterwards, but within the window, comes with the next revision.
    let later = format!("{TAR}lose 5\nremove 11 /tmp/x.tar\n");
    assert_eq!(only(&Knobs::default(), &later).gaps.lost, 5);
    let resting = TAR.replace("session user", "session user\nrest /usr/lib/libz.so.1 4");
    assert_eq!(only(&Knobs::default(), &resting).gaps.unwatched, 1);
    let throttled = TAR.replace("write 100", "throttle 100 40\nwrite 100");
    assert_eq!(only(&Knobs::default(), &throttled).gaps.throttled, 40);
}

#[test]
fn what_is_done_every_day_becomes_a_habit() {
    let night = |day: u32| {
        let pid = 100 + day;
        format!(
            "run {pid} < 11 /usr/bin/tar :: tar cf /tmp/nightly-{day}/x.tar /srv/app
write {pid} /tmp/nightly-{day}/x.tar tar
exit {pid}
wait 86400
"
        )
    };
    let lines = format!("session cron\n{}", (0..4).map(night).collect::<String>());
    let player = play(&Knobs::default(), &lines);
    let findings = player.findings();
    let severities: Vec<Severity> = findings.iter().map(|it| it.severity).collect();
    assert_eq!(severities[0], Severity::Medium);
    assert!(
        severities[1..].iter().all(|it| *it < Severity::Medium),
        "{severities:?}"
    );
    let scores: Vec<i32> = findings.iter().map(|it| it.score).collect();
    assert!(scores.is_sorted_by(|one, other| one >= other), "{scores:?}");
    let habits = player.correlator.habits();
    assert_eq!(habits.len(), 1, "{habits:#?}");
    assert_eq!((habits[0].times, habits[0].days), (4, 4));
}

#[test]
fn a_reload_keeps_what_is_open() {
    let catalogue = Arc::new(Catalogue::builtin());
    let mut player = Player::new(&catalogue, Knobs::default());
    let lines = format!("== before\n{TAR}== after\nremove 11 /tmp/x.tar\n");
    let scenarios = notation::parse(&lines);
    for line in &scenarios[0].lines {
        player.play(&line.step);
    }
    player.correlator.reconfigure(catalogue, Knobs::default());
    for line in &scenarios[1].lines {
        player.play(&line.step);
    }
    let findings = player.findings();
    assert_eq!(findings.len(), 1);
    assert!(has(findings[0], |it| matches!(it, Evidence::OutputRemoved)));
}
