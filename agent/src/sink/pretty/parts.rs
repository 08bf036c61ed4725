//! The parts of a finding's block: who, what, from where, why, and what was not seen.
//!
//! Step: sink. Each part writes its lines, or none where the finding does not know.

use super::layout::{LABEL, Sheet, Tone};
use super::{Extent, maker};
use crate::sink::calendar::utc;
use crate::sink::ocsf::{Document, Participant, Process};
use crate::sink::wording::{bytes, count};

/// Technique, analytics, time and sureness.
pub(super) fn classification(document: &Document) -> String {
    let mut parts: Vec<String> = document
        .finding_info
        .attacks
        .iter()
        .map(|attack| format!("{} {}", attack.sub_technique.uid, attack.sub_technique.name))
        .collect();
    let info = &document.finding_info;
    let analytics: Vec<&str> = info
        .analytic
        .iter()
        .chain(&info.related_analytics)
        .map(|analytic| &*analytic.uid)
        .collect();
    if !analytics.is_empty() {
        parts.push(analytics.join(", "));
    }
    parts.push(utc(document.time));
    parts.push(format!("confidence {} %", document.confidence_score));
    parts.join(" · ")
}

/// The user, the lineage, and the command lines.
pub(super) fn actors(sheet: &mut Sheet, document: &Document, extent: Extent) {
    let mut processes = document
        .evidences
        .iter()
        .filter_map(|artifact| artifact.process.as_ref());
    let Some(producer) = processes.next() else {
        return;
    };
    let mut who = vec![standing(document, producer)];
    who.push(chain(producer));
    sheet.line("  who", Tone::Faint, &who.join(" · "), Tone::Plain);
    command(sheet, document, producer, "  ran");
    if let Some(made) = maker::line(producer, participant(document, producer)) {
        sheet.line("   is", Tone::Faint, &made, Tone::Plain);
    }
    let others: Vec<&Process> = processes.collect();
    let shown = match extent {
        Extent::Brief => others.len().min(BRIEF_COMMANDS),
        Extent::Full => others.len(),
    };
    for process in &others[..shown] {
        command(sheet, document, process, "   +");
    }
    if shown < others.len() {
        let rest = count((others.len() - shown) as u64, "further command");
        sheet.line("", Tone::Plain, &rest, Tone::Faint);
    }
    if extent == Extent::Full {
        let mut ancestor = producer.parent_process.as_deref();
        while let Some(process) = ancestor {
            if let Some(line) = &process.cmd_line {
                sheet.line("  under", Tone::Faint, line, Tone::Plain);
            }
            ancestor = process.parent_process.as_deref();
        }
    }
}

/// User, terminal, login and container of the producer.
fn standing(document: &Document, producer: &Process) -> String {
    let user = producer.user.as_ref();
    let name = user.and_then(|user| user.name.clone());
    let uid = user
        .and_then(|user| user.uid.as_ref())
        .map(|uid| format!("uid {uid}"));
    let details = participant(document, producer);
    let mut known = Vec::new();
    let shown = match (name, uid) {
        (Some(name), uid) => {
            known.extend(uid);
            name
        }
        (None, Some(uid)) => uid,
        (None, None) => "unknown user".to_owned(),
    };
    if let Some(details) = details {
        known.extend(details.terminal.map(|terminal| {
            let text = if terminal { "terminal" } else { "no terminal" };
            text.to_owned()
        }));
        known.extend(
            (producer.integrity.as_ref())
                .map(|level| format!("{} integrity", level.to_lowercase())),
        );
        known.extend(details.login_uid.map(|uid| format!("logged in as {uid}")));
        known.extend((details.creator_pid).map(|pid| format!("made by process {pid}")));
        let responsible = details.responsible_pid;
        let responsible = responsible.filter(|pid| *pid != producer.pid);
        known.extend(responsible.map(|pid| format!("answered for by process {pid}")));
        known.extend(
            details
                .container
                .as_ref()
                .map(|id| format!("container {id}")),
        );
    }
    if known.is_empty() {
        return shown;
    }
    format!("{shown} ({})", known.join(", "))
}

/// What is known of a process beside OCSF's fields.
fn participant<'d>(document: &'d Document, process: &Process) -> Option<&'d Participant> {
    document
        .unmapped
        .packhound
        .processes
        .iter()
        .find(|participant| participant.pid == process.pid)
}

/// The oldest ancestor first, the producer last.
fn chain(producer: &Process) -> String {
    let mut names = vec![format!("{} [{}]", shown_name(producer), producer.pid)];
    let mut ancestor = producer.parent_process.as_deref();
    while let Some(process) = ancestor {
        names.push(shown_name(process));
        ancestor = process.parent_process.as_deref();
    }
    names.reverse();
    names.join(" > ")
}

fn shown_name(process: &Process) -> String {
    process
        .name
        .clone()
        .unwrap_or_else(|| format!("process {}", process.pid))
}

/// A command line with its directory.
fn command(sheet: &mut Sheet, document: &Document, process: &Process, label: &str) {
    let Some(line) = process.cmd_line.as_deref().filter(|line| !line.is_empty()) else {
        return;
    };
    let directory = participant(document, process).and_then(|known| known.directory.as_deref());
    let text = match directory {
        Some(directory) => format!("{line}   in {directory}"),
        None => line.to_owned(),
    };
    sheet.line(label, Tone::Faint, &text, Tone::Plain);
}

/// What was made; after `before`, only what is new or changed since.
pub(super) fn outputs(sheet: &mut Sheet, document: &Document, before: Option<&Document>) {
    let mut label = "  made";
    for output in &document.unmapped.packhound.outputs {
        let told = before.is_some_and(|before| before.unmapped.packhound.outputs.contains(output));
        if told {
            continue;
        }
        let mut parts = vec![
            output
                .path
                .clone()
                .unwrap_or_else(|| "unknown name".to_owned()),
        ];
        parts.extend(output.size.map(bytes));
        parts.extend(output.format.clone());
        parts.extend(output.entropy.map(|bits| format!("entropy {bits:.2}")));
        if output.removed {
            parts.push("removed".to_owned());
        }
        sheet.line(label, Tone::Faint, &parts.join(" · "), Tone::Plain);
        label = "";
    }
}

/// Where it was read from.
pub(super) fn sources(sheet: &mut Sheet, document: &Document, extent: Extent) {
    let sources = &document.unmapped.packhound.sources;
    let shown = match extent {
        Extent::Brief => sources.len().min(BRIEF_SOURCES),
        Extent::Full => sources.len(),
    };
    let mut label = "  from";
    for source in &sources[..shown] {
        let text = match &source.sensitive {
            Some(what) => format!("{} ({what})", source.path),
            None => source.path.clone(),
        };
        let tone = if source.sensitive.is_some() {
            Tone::Warning
        } else {
            Tone::Plain
        };
        sheet.line(label, Tone::Faint, &text, tone);
        label = "";
    }
    if shown < sources.len() {
        let rest = count((sources.len() - shown) as u64, "more place");
        sheet.line("", Tone::Plain, &rest, Tone::Faint);
    }
}

/// Each piece of evidence with its weight; after `before`, only what is new since.
pub(super) fn weights(
    sheet: &mut Sheet,
    document: &Document,
    extent: Extent,
    before: Option<&Document>,
) {
    let packhound = &document.unmapped.packhound;
    let mut label = if before.is_some() { "  new" } else { "  why" };
    for weight in &packhound.weights {
        let told = before.is_some_and(|before| {
            before.unmapped.packhound.weights.iter().any(|known| {
                known.description == weight.description && known.weight == weight.weight
            })
        });
        if told {
            continue;
        }
        let tone = match weight.weight {
            1.. => Tone::Against,
            0 => Tone::Plain,
            _ => Tone::Good,
        };
        let text = match extent {
            Extent::Brief => weight.description.clone(),
            Extent::Full => {
                let seen = weight.time.saturating_sub(document.start_time);
                let seen = format!("+{}.{:03} s", seen / 1000, seen % 1000);
                match weight.pid {
                    Some(pid) => format!("{} ({seen}, process {pid})", weight.description),
                    None => format!("{} ({seen})", weight.description),
                }
            }
        };
        let number = format!("{:>+4}", weight.weight);
        let labels = [(label, Tone::Faint, LABEL), (&number, tone, NUMBER)];
        sheet.columns(&labels, &text, Tone::Plain);
        label = "";
    }
    if before.is_none() {
        let sum = format!("{:>4}", packhound.score);
        let labels = [("", Tone::Plain, LABEL), (&sum, Tone::Strong, NUMBER)];
        sheet.columns(&labels, "in all", Tone::Faint);
    }
}

/// What was not seen in the finding's window.
pub(super) fn gaps(sheet: &mut Sheet, document: &Document) {
    let packhound = &document.unmapped.packhound;
    let gaps = &packhound.gaps;
    let told = [
        (gaps.lost, "lost on the host"),
        (gaps.throttled, "left out for these processes"),
        (gaps.incomplete, "with a value cut short"),
    ];
    let mut parts: Vec<String> = told
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, what)| format!("{} {what}", count(number, "record")))
        .collect();
    if gaps.evicted > 0 {
        parts.push(format!(
            "{} forgotten for want of room",
            count(gaps.evicted, "fact")
        ));
    }
    if gaps.unwatched > 0 {
        parts.push(format!(
            "calls of a busy library unwatched {}",
            count(gaps.unwatched, "time")
        ));
    }
    if packhound.omitted > 0 {
        let omitted = u64::from(packhound.omitted);
        parts.push(format!("{} not shown", count(omitted, "further detail")));
    }
    if !parts.is_empty() {
        let text = format!("not everything was seen: {}", parts.join(", "));
        sheet.line("  gap", Tone::Warning, &text, Tone::Warning);
    }
}

/// What names the finding for good.
pub(super) fn identity(sheet: &mut Sheet, document: &Document) {
    let info = &document.finding_info;
    let text = format!(
        "{} · revision {} · first told {} · seen from {} to {}",
        info.uid,
        document.unmapped.packhound.revision,
        utc(info.created_time),
        utc(info.first_seen_time),
        utc(info.last_seen_time)
    );
    sheet.line("  id", Tone::Faint, &text, Tone::Plain);
    let host = document
        .device
        .hostname
        .as_deref()
        .unwrap_or("unknown host");
    sheet.line("  host", Tone::Faint, host, Tone::Plain);
}

/// Columns of a weight.
const NUMBER: usize = 6;

/// Further command lines shown when a finding is told.
const BRIEF_COMMANDS: usize = 4;

/// Sources shown when a finding is told.
const BRIEF_SOURCES: usize = 4;
