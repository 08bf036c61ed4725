//! One sentence that tells a finding: who packed what, with what, into what.
//!
//! Step: sink. It says only what the finding holds; what is not known is left out of the sentence
//! rather than guessed.

use correlator::{Evidence, Finding, ProcessSummary, Purpose, Technique};

use super::escape::lossless;
use super::wording::{bytes, count};

/// The sentence, without a full stop.
pub(crate) fn title(finding: &Finding) -> String {
    let who = finding
        .processes
        .first()
        .map_or_else(|| "somebody".to_owned(), user);
    let container = finding
        .processes
        .first()
        .and_then(|process| process.container.as_deref())
        .map(|id| format!(" in container {}", id.get(..12).unwrap_or(id)))
        .unwrap_or_default();
    let deed = deed(finding);
    let what = what(finding);
    let tool = tool(finding)
        .map(|tool| format!(" with {tool}"))
        .unwrap_or_default();
    let place = place(finding);
    format!("{who}{container} {deed} {what}{tool}{place}")
}

/// The user's name, or number.
pub(crate) fn user(process: &ProcessSummary) -> String {
    match (&process.user, process.uid) {
        (Some(name), _) => name.clone(),
        (None, Some(uid)) => format!("user {uid}"),
        (None, None) => "somebody".to_owned(),
    }
}

/// What was done, in the past tense.
fn deed(finding: &Finding) -> &'static str {
    let has = |wanted: fn(&Evidence) -> bool| {
        finding
            .evidence
            .iter()
            .any(|weighed| wanted(&weighed.evidence))
    };
    let purpose = |wanted: Purpose| {
        finding.evidence.iter().any(|weighed| {
            matches!(&weighed.evidence, Evidence::Utility { purpose, .. } if *purpose == wanted)
        })
    };
    let encrypts = has(|evidence| {
        matches!(
            evidence,
            Evidence::Password | Evidence::Passphrase { .. } | Evidence::EncryptedContent { .. }
        )
    }) || purpose(Purpose::Encrypt);
    let packs = purpose(Purpose::Archive) || purpose(Purpose::Compress);
    match finding.techniques.first() {
        Some(Technique::LocalStaging) => "gathered",
        Some(Technique::Custom) => "obfuscated",
        Some(Technique::Utility) if encrypts && !packs => "encrypted",
        Some(Technique::Utility) if purpose(Purpose::Encode) && !packs => "encoded",
        Some(Technique::Utility | Technique::Library) | None if encrypts => "packed and encrypted",
        Some(Technique::Utility) if purpose(Purpose::Compress) && !purpose(Purpose::Archive) => {
            "compressed"
        }
        Some(Technique::Utility | Technique::Library) | None => "packed",
    }
}

/// What was packed: how much, and from where.
fn what(finding: &Finding) -> String {
    let files = finding
        .evidence
        .iter()
        .find_map(|weighed| match weighed.evidence {
            Evidence::ManyIntoOne { files, .. } | Evidence::BatchCopy { files, .. } => Some(files),
            _ => None,
        });
    let (source, others) = sources(finding);
    let more = match others {
        0 => String::new(),
        others => format!(" and {}", count(others as u64, "other place")),
    };
    match (files, source) {
        (Some(files), Some(source)) => format!("{} from {source}{more}", count(files, "file")),
        (Some(files), None) => count(files, "file"),
        (None, Some(source)) => format!("{source}{more}"),
        (None, None) => "data".to_owned(),
    }
}

/// The source to name, and how many there are beside it: the sensitive one first, or else the
/// directory that holds them all, where that says anything.
fn sources(finding: &Finding) -> (Option<String>, usize) {
    let all = &finding.sources;
    let others = all.len().saturating_sub(1);
    if let Some(sensitive) = all.iter().find(|source| source.sensitive.is_some()) {
        return (Some(lossless(&sensitive.path)), others);
    }
    let Some(first) = all.first() else {
        return (None, 0);
    };
    let shared = all.iter().fold(first.path.as_slice(), |shared, source| {
        let equal = shared
            .iter()
            .zip(&source.path)
            .take_while(|(one, other)| one == other);
        let length = equal.count();
        let whole = length == shared.len() && matches!(source.path.get(length), None | Some(b'/'));
        if whole {
            return shared;
        }
        let cut = shared[..length].iter().rposition(|byte| *byte == b'/');
        &shared[..cut.unwrap_or(0)]
    });
    let depth = shared.split(|byte| *byte == b'/').count() - 1;
    if others > 0 && depth >= TELLING_DEPTH {
        return (Some(lossless(shared)), 0);
    }
    (Some(lossless(&first.path)), others)
}

/// The utilities, or else the interpreter or program that did it.
fn tool(finding: &Finding) -> Option<String> {
    let mut tools: Vec<String> = Vec::new();
    for weighed in &finding.evidence {
        let tool = match &weighed.evidence {
            Evidence::RenamedUtility { utility, image } => {
                tools.retain(|tool| **tool != **utility);
                format!("{utility} (named {})", base_name(image))
            }
            Evidence::Utility { utility, purpose } if *purpose != Purpose::Consume => {
                utility.to_string()
            }
            _ => continue,
        };
        let known = tools.iter().any(|other| other.starts_with(&tool));
        if !known && tools.len() < 3 {
            tools.push(tool);
        }
    }
    if let Some((last, others)) = tools.split_last() {
        if others.is_empty() {
            return Some(last.clone());
        }
        return Some(format!("{} and {last}", others.join(", ")));
    }
    let process = finding.processes.first()?;
    let image = process.image.as_deref().map(base_name)?;
    Some(match &process.script {
        Some(script) => format!("{image} ({})", base_name(script)),
        None => image,
    })
}

/// Where it went.
fn place(finding: &Finding) -> String {
    let mut outputs = finding.outputs.iter();
    let Some(first) = outputs.next() else {
        let gathered = finding
            .evidence
            .iter()
            .find_map(|weighed| match &weighed.evidence {
                Evidence::BatchCopy { directory, .. } => Some(lossless(directory)),
                _ => None,
            });
        if let Some(directory) = gathered {
            return format!(" into {directory}");
        }
        let sent = finding
            .evidence
            .iter()
            .find_map(|weighed| match weighed.evidence {
                Evidence::Transfer { bytes, .. } => Some(bytes),
                _ => None,
            });
        return sent.map_or_else(String::new, |sent| {
            format!(", straight out over the network ({})", bytes(sent))
        });
    };
    let path = first
        .path
        .as_deref()
        .map_or_else(|| "a file of unknown name".to_owned(), lossless);
    match outputs.len() {
        0 => format!(" into {path}"),
        more => format!(" into {path} and {}", count(more as u64, "more file")),
    }
}

/// The last component of a path.
pub(crate) fn base_name(path: &[u8]) -> String {
    let base = path
        .rsplit(|byte| matches!(byte, b'/' | b'\\'))
        .find(|component| !component.is_empty())
        .unwrap_or(path);
    lossless(base)
}

/// A shared directory names the sources when it is at least so deep: `/home` would say nothing.
const TELLING_DEPTH: usize = 2;

#[cfg(test)]
mod tests;
