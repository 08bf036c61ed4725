//! The survey of a host, as text and as JSON.
//!
//! Step: sink. It shows what the platform found; it looks at nothing itself.

use platform::service::{Activity, ServiceStatus};
use platform::{Survey, SurveyLine, Tier};
use serde::Serialize;

use super::ocsf::Document;
use super::pretty::{Look, Sheet, Tone};

/// The survey as lines for a person.
pub(crate) fn text(survey: &Survey, look: Look) -> String {
    let mut sheet = Sheet::new(look);
    for (heading, lines) in [("this host", &survey.lines), ("hooks", &survey.hooks)] {
        if lines.is_empty() {
            continue;
        }
        sheet.indented(0, heading, Tone::Strong, " ", Tone::Plain);
        for line in lines {
            let (mark, tone) = if line.ok {
                ("  ok", Tone::Good)
            } else {
                ("  NO", Tone::Against)
            };
            let found = format!("{}: {}", line.name, line.detail);
            sheet.indented(6, mark, tone, &found, Tone::Plain);
            if let Some(remedy) = &line.remedy {
                sheet.indented(6, "", Tone::Plain, remedy, Tone::Warning);
            }
        }
        sheet.gap();
    }
    sheet.indented(0, "not seen here", Tone::Strong, " ", Tone::Plain);
    if survey.blind_spots.is_empty() {
        sheet.indented(6, "", Tone::Plain, "nothing that is known of", Tone::Plain);
    }
    for spot in &survey.blind_spots {
        sheet.indented(6, "  -", Tone::Warning, spot, Tone::Plain);
    }
    sheet.finish()
}

/// The survey as one JSON object.
pub(crate) fn json(survey: &Survey) -> serde_json::Result<String> {
    let mut text = serde_json::to_string(&Whole {
        host: survey.lines.iter().map(line).collect(),
        tier: survey.tier.map(Tier::name),
        hooks: survey.hooks.iter().map(line).collect(),
        blind_spots: &survey.blind_spots,
    })?;
    text.push('\n');
    Ok(text)
}

/// A [`Survey`] as JSON.
#[derive(Serialize)]
struct Whole<'a> {
    host: Vec<Line<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tier: Option<&'a str>,
    hooks: Vec<Line<'a>>,
    blind_spots: &'a [String],
}

/// A [`SurveyLine`] as JSON.
#[derive(Serialize)]
struct Line<'a> {
    name: &'a str,
    ok: bool,
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<&'a str>,
}

fn line(line: &SurveyLine) -> Line<'_> {
    Line {
        name: &line.name,
        ok: line.ok,
        detail: &line.detail,
        remedy: line.remedy.as_deref(),
    }
}

/// How services are, as lines for a person.
pub(crate) fn services(services: &[(&str, ServiceStatus)], look: Look) -> String {
    let mut sheet = Sheet::new(look);
    for (name, status) in services {
        sheet.indented(0, name, Tone::Strong, " ", Tone::Plain);
        if status.place.is_none() {
            sheet.indented(6, "  -", Tone::Plain, "not installed", Tone::Plain);
            sheet.gap();
            continue;
        }
        let (mark, tone) = match status.activity {
            Activity::Running | Activity::Listening => ("  ok", Tone::Good),
            Activity::Stopped if !status.enabled => ("  -", Tone::Plain),
            Activity::Stopped => ("  NO", Tone::Against),
        };
        for (at, line) in lines(status).iter().enumerate() {
            let mark = if at == 0 { mark } else { "" };
            sheet.indented(6, mark, tone, line, Tone::Plain);
        }
        sheet.gap();
    }
    sheet.finish()
}

fn lines(status: &ServiceStatus) -> Vec<String> {
    let mut state = match status.activity {
        Activity::Listening => "waits for its first agent".to_owned(),
        Activity::Running | Activity::Stopped => status.state.clone(),
    };
    if let Some(since) = &status.since {
        state = format!("{state} since {since}");
    }
    if let Some(pid) = status.pid {
        state = format!("{state}, process {pid}");
    }
    if let Some(memory) = status.memory {
        state = format!("{state}, {} MiB", memory >> 20);
    }
    let mut lines = vec![state];
    if let Some(failure) = &status.failure {
        lines.push(format!("it ended: {failure}"));
    }
    if status.restarts > 0 {
        lines.push(format!("started anew {} times", status.restarts));
    }
    lines.extend(status.text.clone());
    let starts = if status.enabled {
        "starts with the system"
    } else {
        "does not start with the system"
    };
    let brought = if status.packaged {
        ", brought by a package"
    } else {
        ""
    };
    lines.push(format!("{starts}{brought}"));
    lines
}

/// What was found last, as lines for a person.
pub(crate) fn found(found: &Result<Vec<Document>, String>, look: Look) -> String {
    let mut sheet = Sheet::new(look);
    sheet.indented(0, "findings", Tone::Strong, " ", Tone::Plain);
    match found {
        Err(why) => sheet.indented(6, "  NO", Tone::Against, why, Tone::Plain),
        Ok(found) if found.is_empty() => {
            sheet.indented(6, "  -", Tone::Plain, "none is kept", Tone::Plain);
        }
        Ok(found) => {
            let counted = counts(found);
            let counted: Vec<String> = counted
                .iter()
                .map(|(severity, count)| format!("{count} {severity}"))
                .collect();
            let line = format!("the latest {}: {}", found.len(), counted.join(", "));
            sheet.indented(6, "  ok", Tone::Good, &line, Tone::Plain);
        }
    }
    sheet.gap();
    sheet.finish()
}

/// How many of each severity there are, the worst first.
fn counts(found: &[Document]) -> Vec<(String, usize)> {
    let mut counts = std::collections::BTreeMap::new();
    for document in found {
        let severity = (
            std::cmp::Reverse(document.severity_id),
            document.severity.as_str(),
        );
        *counts.entry(severity).or_insert(0) += 1;
    }
    counts
        .into_iter()
        .map(|((_, name), count)| (name.to_lowercase(), count))
        .collect()
}

/// A survey in a few lines: what is wrong, and how much is unseen.
pub(crate) fn summary(survey: &Survey, look: Look) -> String {
    let mut sheet = Sheet::new(look);
    sheet.indented(0, "this host", Tone::Strong, " ", Tone::Plain);
    let wrong = survey.lines.iter().chain(&survey.hooks);
    let wrong: Vec<&SurveyLine> = wrong.filter(|line| !line.ok).collect();
    for line in &wrong {
        let text = format!("{}: {}", line.name, line.detail);
        sheet.indented(6, "  NO", Tone::Against, &text, Tone::Plain);
    }
    if wrong.is_empty() {
        let text = format!("all {} hooks can be attached", survey.hooks.len());
        sheet.indented(6, "  ok", Tone::Good, &text, Tone::Plain);
    }
    let unseen = survey.blind_spots.len();
    let text = format!("{unseen} things are not seen here; packhound doctor names them");
    sheet.indented(6, "", Tone::Plain, &text, Tone::Plain);
    sheet.finish()
}

/// Services, findings and survey as one JSON object.
pub(crate) fn status_json(
    services: &[(&str, ServiceStatus)],
    found: &Result<Vec<Document>, String>,
    survey: &Survey,
) -> serde_json::Result<String> {
    let services: serde_json::Map<String, serde_json::Value> = services
        .iter()
        .map(|(name, status)| {
            let about = serde_json::json!({
                "installed": status.place,
                "packaged": status.packaged,
                "enabled": status.enabled,
                "running": status.activity == Activity::Running,
                "listening": status.activity == Activity::Listening,
                "state": status.state,
                "since": status.since,
                "pid": status.pid,
                "restarts": status.restarts,
                "failure": status.failure,
                "status": status.text,
                "memory": status.memory,
            });
            ((*name).to_owned(), about)
        })
        .collect();
    let findings = match found {
        Ok(found) => serde_json::json!({
            "kept": found.len(),
            "by_severity": counts(found).into_iter().collect::<std::collections::BTreeMap<_, _>>(),
        }),
        Err(why) => serde_json::json!({ "unreadable": why }),
    };
    let doctor: serde_json::Value = serde_json::from_str(&json(survey)?)?;
    let whole = serde_json::json!({
        "services": services,
        "findings": findings,
        "doctor": doctor,
    });
    Ok(format!("{whole}\n"))
}
