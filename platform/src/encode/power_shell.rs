//! PowerShell's logs: 4104 script blocks, 4103 and 800 commands with their parameters.
//!
//! Step: source. A block that is too long for one event comes in parts. A command is told as the
//! script that would have called it.

use ring_abi::{Flags, Kind, Script, Tag};

use super::native::{Field, Native};
use super::processes::Processes;
use super::records::{Records, Who};
use super::{Came, moment};

/// Encodes an event; none where it lacks what it must have.
pub(super) fn encode(
    event: &Native<'_>,
    processes: &Processes,
    records: &mut Records,
) -> Option<Came> {
    let id = event.number(Field::EventId)?;
    if !matches!(id, 800 | 4103 | 4104) {
        return Some(Came::PassedOver);
    }
    let time = moment::of_text(event.text(Field::SystemTime)?)?;
    let pid = event.pid(Field::HeaderPid).unwrap_or(0);
    let who = Who {
        time,
        pid,
        tid: 0,
        start: processes.start_of(pid),
    };
    let number = |field| {
        event
            .number(field)
            .and_then(|number| u32::try_from(number).ok())
    };
    let mut script = Script {
        part: number(Field::MessageNumber).unwrap_or(1),
        parts: number(Field::MessageTotal).unwrap_or(1),
        ..Script::default()
    };
    if let Some(id) = event.text(Field::ScriptBlockId) {
        script.block = block(id)?;
    }
    let text = match id {
        4104 => event.text(Field::ScriptBlockText)?.to_owned(),
        4103 => command(event.text(Field::Payload)?)?,
        _ => command(event.text(Field::Data)?)?,
    };
    put(
        records,
        who,
        &script,
        text.as_bytes(),
        event.text(Field::Path).map(str::as_bytes),
    );
    Some(Came::Told)
}

/// Tells a piece of a script.
pub(super) fn put(
    records: &mut Records,
    who: Who,
    script: &Script,
    text: &[u8],
    path: Option<&[u8]>,
) {
    let fields = [(Tag::PATH, path), (Tag::TEXT, Some(text))];
    records.put(Kind::SCRIPT, who, Flags(0), &script.write(), &fields);
}

/// A block's identifier as its 16 bytes in the order of its digits.
pub(super) fn block(text: &str) -> Option<[u8; 16]> {
    let digits = text.bytes().filter(|byte| !b"{}-".contains(byte));
    let mut block = [0; 16];
    let mut number = 0;
    for (at, digit) in digits.enumerate() {
        let value = char::from(digit).to_digit(16)? as u8;
        *block.get_mut(at / 2)? |= if at % 2 == 0 { value << 4 } else { value };
        number = at + 1;
    }
    (number == 32).then_some(block)
}

/// The command that a report of its parameters stands for; none where it names no command.
pub(super) fn command(report: &str) -> Option<String> {
    let mut text = String::new();
    for line in report.lines() {
        if let Some(name) = between(line, "CommandInvocation(", ")") {
            if !text.is_empty() {
                text.push_str(" | ");
            }
            text.push_str(name);
        } else if line.contains("ParameterBinding(") {
            let (Some(name), Some(value)) = (
                between(line, "name=\"", "\"; value=\""),
                line.split_once("value=\"").map(|(_, value)| value),
            ) else {
                continue;
            };
            let value = value.trim_end().strip_suffix('"').unwrap_or(value);
            text.push_str(" -");
            text.push_str(name);
            text.push_str(" '");
            text.push_str(&value.replace('\'', "''"));
            text.push('\'');
        }
    }
    (!text.is_empty()).then_some(text)
}

fn between<'t>(text: &'t str, before: &str, after: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(before)?;
    Some(rest.split_once(after)?.0)
}
