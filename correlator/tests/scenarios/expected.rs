//! What a scenario expects of findings, and whether they are so.
//!
//! Shared by everything that plays scenarios, whatever it makes events of.

use std::collections::BTreeMap;
use std::fmt::Write;

use correlator::{Evidence, Finding, FindingUid, Severity, Technique};

use super::notation::Expected;

/// The latest revision of each finding, in the order in which they were first told.
pub(crate) fn latest(told: &[Finding]) -> Vec<&Finding> {
    let mut order: Vec<FindingUid> = Vec::new();
    let mut latest: BTreeMap<FindingUid, &Finding> = BTreeMap::new();
    for finding in told {
        let before = latest.insert(finding.uid, finding);
        let expected = before.map_or(1, |before| before.revision + 1);
        assert_eq!(finding.revision, expected, "revisions follow one another");
        if before.is_none() {
            order.push(finding.uid);
        }
    }
    order.into_iter().map(|uid| latest[&uid]).collect()
}

/// Whether a finding is what a scenario expects.
pub(crate) fn matches(finding: &Finding, expected: &Expected) -> bool {
    let techniques: Vec<&str> = finding.techniques.iter().map(|&it| technique(it)).collect();
    techniques == expected.techniques
        && fits(finding.severity, &expected.level)
        && expected.evidence.iter().all(|name| {
            let wanted = name.strip_prefix('!').unwrap_or(name);
            let there = match wanted.strip_prefix("AN") {
                Some(number) => finding
                    .analytics
                    .iter()
                    .any(|it| number.parse() == Ok(it.0)),
                None => finding
                    .evidence
                    .iter()
                    .any(|weighed| evidence(&weighed.evidence) == wanted),
            };
            there != name.starts_with('!')
        })
}

/// Whether a severity is what a level asks for: one by its name, or from one on (`>=`, `<=`).
pub(crate) fn fits(severity: Severity, level: &str) -> bool {
    if let Some(least) = level.strip_prefix(">=") {
        return severity >= severity_named(least);
    }
    if let Some(most) = level.strip_prefix("<=") {
        return severity <= severity_named(most);
    }
    severity == severity_named(level)
}

fn severity_named(name: &str) -> Severity {
    match name {
        "informational" => Severity::Informational,
        "low" => Severity::Low,
        "medium" => Severity::Medium,
        "high" => Severity::High,
        "critical" => Severity::Critical,
        other => panic!("no severity is called {other}"),
    }
}

fn technique(technique: Technique) -> &'static str {
    match technique {
        Technique::Utility => "utility",
        Technique::Library => "library",
        Technique::Custom => "custom",
        Technique::LocalStaging => "staging",
    }
}

/// The variant's name, as expectations write it.
fn evidence(evidence: &Evidence) -> String {
    let debug = format!("{evidence:?}");
    let end = debug
        .find(|letter: char| !letter.is_alphanumeric())
        .unwrap_or(debug.len());
    debug[..end].to_owned()
}

/// Findings, for a person whose scenario fails.
pub(crate) fn summaries(findings: &[&Finding]) -> String {
    let mut text = String::new();
    for finding in findings {
        let techniques: Vec<&str> = finding.techniques.iter().map(|&it| technique(it)).collect();
        let (severity, score) = (finding.severity, finding.score);
        writeln!(
            text,
            "  {} {severity:?} {score} r{} {:?}",
            techniques.join("+"),
            finding.revision,
            finding.analytics.iter().map(|it| it.0).collect::<Vec<_>>()
        )
        .expect("a string takes everything");
        for weighed in &finding.evidence {
            writeln!(text, "    {:+} {:?}", weighed.weight, weighed.evidence)
                .expect("a string takes everything");
        }
        for output in &finding.outputs {
            let path = output.path.as_deref().map(String::from_utf8_lossy);
            let (format, entropy) = (&output.format, output.entropy);
            writeln!(text, "    -> {path:?} {format:?} {entropy:?}")
                .expect("a string takes everything");
        }
    }
    text
}
