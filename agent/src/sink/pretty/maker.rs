//! What a program's file says of its maker, in a line for people.
//!
//! Step: sink. Systems whose programs say nothing of the kind get no line.

use crate::sink::ocsf::{Participant, Process};

/// The line; none where nothing is known.
pub(super) fn line(process: &Process, known: Option<&Participant>) -> Option<String> {
    let file = process.file.as_ref();
    let mut parts = Vec::new();
    let product = known.and_then(|known| known.product.as_deref());
    let name = file.and_then(|file| file.internal_name.as_deref());
    match (name, product) {
        (Some(name), Some(product)) => parts.push(format!("{name} of {product}")),
        (Some(name), None) => parts.push(name.to_owned()),
        (None, Some(product)) => parts.push(format!("of {product}")),
        (None, None) => {}
    }
    let company = file.and_then(|file| file.company_name.as_deref());
    parts.extend(company.map(|company| format!("by {company}")));
    if let Some(known) = known {
        parts.extend(signature(known));
        if known.system_program {
            parts.push("part of the system".to_owned());
        }
    }
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// Under which name it was signed, or whether it was.
fn signature(known: &Participant) -> Option<String> {
    let team = known.team_id.as_deref();
    Some(match (&known.signing_id, team, known.signed) {
        (Some(name), Some(team), _) => format!("signed as {name} by team {team}"),
        (Some(name), None, _) => format!("signed as {name}"),
        (None, Some(team), _) => format!("signed by team {team}"),
        (None, None, Some(true)) => "carries a signature".to_owned(),
        (None, None, Some(false)) => "not signed".to_owned(),
        (None, None, None) => return None,
    })
}
