//! Whatever the events: bounds hold, nothing panics, the same events give the same findings, and a
//! restart in the middle changes nothing.

use std::sync::Arc;

use correlator::{Catalogue, Correlator, Finding, Knobs, Limits, Time};
use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, any, proptest};

use crate::acts::{Told, WINDOW, step, told, with_waits};

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn bounds_hold(events in vec(told(), 1..400)) {
        let limits = Limits {
            processes: 6,
            activities: 3,
            habits: 2,
            gatherings: 2,
            directories: 2,
            entries: 3,
            uses: 1,
            mapped: 1,
            code_files: 2,
            answers: 2,
            ..Limits::default()
        };
        let mut correlator = Correlator::new(catalogue(), knobs(), limits);
        for finding in play(&mut correlator, &events, 0) {
            assert!(finding.processes.len() <= limits.entries);
            assert!(finding.outputs.len() <= limits.entries);
            assert!(finding.sources.len() <= limits.entries);
            assert!(finding.lineage.len() <= limits.lineage);
            assert!((1..=100).contains(&finding.confidence));
            assert!(!finding.techniques.is_empty());
            assert!(!finding.analytics.is_empty());
        }
        let usage = correlator.usage();
        assert!(usage.live_processes + usage.ended_processes <= limits.processes);
        assert!(usage.told_activities + usage.untold_activities <= limits.activities);
        assert!(usage.habits <= limits.habits);
        assert!(usage.gatherings <= limits.gatherings);
        assert!(usage.code_files <= limits.code_files);
    }

    #[test]
    fn the_same_events_give_the_same_findings(events in vec(told(), 1..200)) {
        let findings = || {
            let mut correlator = Correlator::new(catalogue(), knobs(), Limits::default());
            play(&mut correlator, &events, 0)
        };
        assert_eq!(findings(), findings());
    }

    // What is not heard of for a whole window is forgotten after a restart, so that processes
    // which ended meanwhile do not stay for good; within one, nothing may differ.
    #[test]
    fn a_restart_changes_nothing(
        events in vec(with_waits(0..WINDOW / 300), 1..300),
        cut in any::<u16>(),
    ) {
        let cut = usize::from(cut) % events.len();
        let mut straight = Correlator::new(catalogue(), knobs(), Limits::default());
        let mut findings = play(&mut straight, &events[..cut], 0);
        let elapsed: u64 = events[..cut].iter().map(|told| told.wait).sum();

        let mut restarted = Correlator::new(catalogue(), knobs(), Limits::default());
        restarted.restore(&straight.snapshot()).unwrap();
        assert_eq!(restarted.snapshot(), straight.snapshot());
        let mut others = findings.clone();
        findings.extend(play(&mut straight, &events[cut..], elapsed));
        others.extend(play(&mut restarted, &events[cut..], elapsed));
        let first = findings.iter().zip(&others).position(|(one, other)| one != other);
        assert_eq!((first, findings.len()), (None, others.len()), "{}", told_of(&findings, &others, first));
    }

    #[test]
    fn damaged_snapshots_are_refused_or_harmless(
        events in vec(told(), 1..60),
        place in any::<u16>(),
        byte in any::<u8>(),
    ) {
        let mut correlator = Correlator::new(catalogue(), knobs(), Limits::default());
        play(&mut correlator, &events, 0);
        let mut snapshot = correlator.snapshot();
        let place = usize::from(place) % snapshot.len();
        snapshot[place] = byte;
        let mut restored = Correlator::new(catalogue(), knobs(), Limits::default());
        if restored.restore(&snapshot).is_ok() {
            play(&mut restored, &events, 0);
        }
        let mut cut = Correlator::new(catalogue(), knobs(), Limits::default());
        let _ = cut.restore(&snapshot[..place]);
    }
}

fn play(correlator: &mut Correlator, events: &[Told], elapsed: u64) -> Vec<Finding> {
    let mut now = 1_700_000_000_000_000_000 + elapsed;
    let mut findings = Vec::new();
    for told in events {
        now += told.wait;
        if correlator
            .next_deadline()
            .is_some_and(|deadline| deadline.0 <= now)
        {
            findings.extend(correlator.advance(Time(now)));
        }
        findings.extend(step(correlator, Time(now), told));
    }
    findings
}

/// The first difference, without the rest.
fn told_of(findings: &[Finding], others: &[Finding], first: Option<usize>) -> String {
    let at = first.unwrap_or(findings.len().min(others.len()));
    format!(
        "straight: {:#?}\nrestarted: {:#?}",
        findings.get(at),
        others.get(at)
    )
}

fn catalogue() -> Arc<Catalogue> {
    static BUILTIN: std::sync::OnceLock<Arc<Catalogue>> = std::sync::OnceLock::new();
    BUILTIN
        .get_or_init(|| Arc::new(Catalogue::builtin()))
        .clone()
}

fn knobs() -> Knobs {
    Knobs::default()
}
