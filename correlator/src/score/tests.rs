//! What combinations come to, as a table: these rows are what the thresholds promise.

use std::sync::Arc;

use super::{magnitude, score, severity};
use crate::activity::Observation;
use crate::catalogue::Rank;
use crate::event::{ProcessKey, Time};
use crate::evidence::{Evidence, Purpose};
use crate::finding::Severity;

fn text(text: &str) -> Arc<str> {
    text.into()
}

fn utility(purpose: Purpose) -> Evidence {
    Evidence::Utility {
        utility: text("utility"),
        purpose,
    }
}

fn zip() -> Evidence {
    utility(Purpose::Archive)
}

fn format() -> Evidence {
    Evidence::Format {
        format: text("zip"),
    }
}

fn place() -> Evidence {
    Evidence::Place {
        place: text("temporary"),
    }
}

fn sensitive() -> Evidence {
    Evidence::SensitiveSource {
        what: text("ssh keys"),
        path: Vec::new(),
    }
}

fn transfer() -> Evidence {
    let process = ProcessKey { pid: 1, start: 1 };
    Evidence::Transfer {
        process,
        remote: [0; 16],
        port: 443,
        bytes: 1,
    }
}

fn mismatch() -> Evidence {
    Evidence::Mismatch {
        extension: b"jpg".to_vec(),
        format: None,
    }
}

fn benign() -> Evidence {
    Evidence::Benign {
        context: text("build"),
    }
}

/// Places count as `/tmp` does, everything else that is ranked fully.
fn judged(evidence: Vec<Evidence>) -> Severity {
    let observe = |evidence: Evidence| {
        let place = matches!(evidence, Evidence::Place { .. });
        let rank = if place { Rank::Medium } else { Rank::High };
        Observation {
            evidence,
            rank,
            time: Time(1),
            process: None,
        }
    };
    score(evidence.into_iter().map(observe).collect()).severity
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of combinations")]
fn combinations_come_to_what_is_promised() {
    use Severity::{Critical, High, Informational, Low, Medium};
    let python = || Evidence::Interpreter {
        interpreter: text("python"),
    };
    let dense = || Evidence::Dense {
        entropy: 7.8,
        random: 7.85,
    };
    let removed = || Evidence::InputsRemoved { files: 3 };
    let batch = || Evidence::BatchCopy {
        files: 12,
        directory: Vec::new(),
    };
    let staged = || Evidence::StagedBefore {
        directory: Vec::new(),
    };
    let habit = |days| Evidence::Habit { times: days, days };
    let table = [
        ("an archive", vec![zip(), format()], Informational),
        (
            "compressed in place",
            vec![zip(), format(), Evidence::InPlace],
            Informational,
        ),
        ("with a password", vec![zip(), Evidence::Password], Medium),
        ("in /tmp", vec![zip(), format(), place()], Medium),
        (
            "under a lying name",
            vec![zip(), format(), mismatch()],
            Medium,
        ),
        (
            "sources deleted by order",
            vec![zip(), format(), Evidence::DeletesSources],
            Medium,
        ),
        (
            "sources deleted after",
            vec![zip(), format(), removed()],
            Medium,
        ),
        (
            "password in /tmp",
            vec![zip(), format(), Evidence::Password, place()],
            Medium,
        ),
        (
            "and sensitive",
            vec![zip(), Evidence::Password, place(), sensitive()],
            High,
        ),
        (
            "password and transfer",
            vec![zip(), format(), Evidence::Password, place(), transfer()],
            High,
        ),
        (
            "the whole chain",
            vec![
                zip(),
                utility(Purpose::Encrypt),
                format(),
                Evidence::Password,
                place(),
                Evidence::Chain { stages: 2 },
                transfer(),
            ],
            Critical,
        ),
        (
            "a script in /tmp",
            vec![python(), format(), place()],
            Medium,
        ),
        ("a script at home", vec![python(), format()], Informational),
        (
            "dense by a script in /tmp",
            vec![python(), dense(), place()],
            Medium,
        ),
        ("dense by who knows in /tmp", vec![dense(), place()], Low),
        ("a batch copy", vec![batch(), place()], Informational),
        ("of keys", vec![batch(), place(), sensitive()], Medium),
        (
            "and packed",
            vec![batch(), staged(), zip(), format(), place()],
            Medium,
        ),
        (
            "in a build",
            vec![zip(), format(), place(), benign()],
            Informational,
        ),
        (
            "with two odd things in a build",
            vec![zip(), place(), removed(), benign()],
            Informational,
        ),
        (
            "every night in /tmp",
            vec![zip(), format(), place(), habit(1)],
            Low,
        ),
        (
            "a habit that nobody has honestly",
            vec![zip(), Evidence::Password, place(), sensitive(), habit(100)],
            High,
        ),
        (
            "allowed",
            vec![
                zip(),
                Evidence::Password,
                place(),
                sensitive(),
                Evidence::Allowed { rule: text("rule") },
            ],
            Informational,
        ),
    ];
    for (name, evidence, expected) in table {
        assert_eq!(judged(evidence), expected, "{name}");
    }
}

#[test]
fn repeated_kinds_count_less() {
    let one = score(vec![observation(sensitive())]).sum;
    let other = Evidence::SensitiveSource {
        what: text("mail"),
        path: Vec::new(),
    };
    let two = score(vec![observation(sensitive()), observation(other)]).sum;
    assert!(one < two && two < 2 * one, "{one} {two}");
}

#[test]
fn habits_weigh_more_with_every_few_days_and_have_an_end() {
    let weight = |days| score(vec![observation(Evidence::Habit { times: days, days })]).sum;
    let weights: Vec<i32> = [1, 2, 3, 7, 30, 365, u64::MAX].map(weight).to_vec();
    assert!(
        weights.is_sorted_by(|one, other| one >= other),
        "{weights:?}"
    );
    assert!(*weights.last().unwrap() >= -40, "{weights:?}");
}

#[test]
fn evidence_is_listed_the_heaviest_first() {
    let all = vec![
        observation(format()),
        observation(benign()),
        observation(Evidence::Password),
    ];
    let weights: Vec<i32> = score(all).evidence.iter().map(|it| it.weight).collect();
    assert!(
        weights.is_sorted_by(|one, other| one >= other),
        "{weights:?}"
    );
}

#[test]
fn severities_meet_without_gaps() {
    let all: Vec<Severity> = (-10..200).map(severity).collect();
    assert!(all.is_sorted());
    assert_eq!(magnitude(0), 0);
    assert_eq!([1, 2, 8, 32, 128].map(magnitude), [0, 1, 2, 3, 4]);
}

fn observation(evidence: Evidence) -> Observation {
    Observation {
        evidence,
        rank: Rank::High,
        time: Time(1),
        process: None,
    }
}

fn fleet(others: u64, lately: u64, days: u64) -> Evidence {
    Evidence::Fleet {
        others,
        lately,
        hosts: 230,
        days,
    }
}

/// The fleet's weight beside other evidence, and what all of it comes to.
fn beside_the_fleet(mut evidence: Vec<Evidence>, fleet: Evidence) -> (i32, Severity) {
    evidence.push(fleet);
    let observe = |evidence: Evidence| Observation {
        evidence,
        rank: Rank::Medium,
        time: Time(1),
        process: None,
    };
    let score = score(evidence.into_iter().map(observe).collect());
    let told = score.evidence.iter();
    let mut own = told.filter(|weighed| matches!(weighed.evidence, Evidence::Fleet { .. }));
    (own.next().unwrap().weight, score.severity)
}

#[test]
fn what_the_fleet_knows_counts_a_little() {
    let archive = || vec![zip(), format(), Evidence::Large { bytes: 1 << 40 }];
    let lineage = || {
        vec![
            zip(),
            format(),
            Evidence::Lineage {
                ancestor: text("web server"),
            },
            Evidence::UserContext {
                context: text("root"),
            },
        ]
    };
    assert_eq!(
        beside_the_fleet(archive(), fleet(0, 0, 14)),
        (10, Severity::Low)
    );
    assert_eq!(
        beside_the_fleet(archive(), fleet(0, 0, 1)),
        (8, Severity::Low)
    );
    assert_eq!(beside_the_fleet(lineage(), fleet(0, 0, 1)).1, Severity::Low);
    assert_eq!(
        beside_the_fleet(lineage(), fleet(212, 0, 14)),
        (-20, Severity::Informational)
    );
    assert_eq!(beside_the_fleet(lineage(), fleet(23, 0, 14)).0, -10);
    // Some hosts, or hosts that have it only since today, say neither.
    assert_eq!(beside_the_fleet(lineage(), fleet(22, 0, 14)).0, 0);
    assert_eq!(beside_the_fleet(lineage(), fleet(0, 200, 14)).0, 0);
}

#[test]
fn no_fleet_talks_away_what_tells() {
    let everywhere = || fleet(229, 0, 14);
    let password = vec![zip(), format(), Evidence::Password];
    assert_eq!(
        beside_the_fleet(password, everywhere()),
        (-8, Severity::Low)
    );
    let staged = vec![zip(), format(), Evidence::Password, place()];
    assert_eq!(
        beside_the_fleet(staged, everywhere()),
        (-8, Severity::Medium)
    );
    let damning = vec![zip(), format(), Evidence::Password, place(), sensitive()];
    assert_eq!(beside_the_fleet(damning, everywhere()).0, 0);
}
