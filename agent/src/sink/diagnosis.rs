//! The survey of a host, as text and as JSON.
//!
//! Step: sink. It shows what the platform found; it looks at nothing itself.

use platform::{Survey, SurveyLine};
use serde::Serialize;

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
