//! `packhound explain`: a finding of the last days, with everything that was told of it.
//!
//! Step: none. It reads the state beside a running daemon, or without one.

use anyhow::{Context as _, anyhow};

use crate::arguments::Explain;
use crate::exit::Misuse;
use crate::sink::ocsf::Document;
use crate::sink::pretty::{self, Extent};
use crate::sink::{look, print};
use crate::state::Archive;

/// Runs the command.
pub(super) fn explain(arguments: &Explain) -> anyhow::Result<()> {
    let settings = super::settings(&arguments.configured)?;
    let archive = Archive::open(&settings.state.path)?;
    let Some(digits) = &arguments.finding else {
        let latest = documents(&archive.latest(LISTED)?)?;
        if latest.is_empty() && !arguments.json {
            print("nothing was found yet\n")?;
        }
        return show(&latest, arguments.json, |latest| {
            pretty::list(latest, look())
        });
    };
    if digits.is_empty()
        || digits.len() > 32
        || !digits.bytes().all(|digit| digit.is_ascii_hexdigit())
    {
        let text = format!("{digits}: a finding is named by its first hexadecimal digits");
        return Err(Misuse::new(text).into());
    }
    let found = documents(&archive.beginning(digits, LISTED)?)?;
    match found.as_slice() {
        [] => Err(anyhow!(
            "no finding begins with {digits}; packhound explain lists the latest"
        )),
        [_] => show(&found, arguments.json, |found| {
            let blocks = found
                .iter()
                .map(|document| pretty::block(document, Extent::Full, look()));
            blocks.collect()
        }),
        several => {
            let list = pretty::list(several, look());
            Err(Misuse::new(format!("several findings begin with {digits}:\n{list}")).into())
        }
    }
}

/// Prints documents as they were told, or as text.
fn show(
    found: &[Document],
    json: bool,
    text: impl FnOnce(&[Document]) -> String,
) -> anyhow::Result<()> {
    if !json {
        return Ok(print(&text(found))?);
    }
    for document in found {
        print(&format!("{}\n", serde_json::to_string(document)?))?;
    }
    Ok(())
}

fn documents(kept: &[Vec<u8>]) -> anyhow::Result<Vec<Document>> {
    kept.iter()
        .map(|json| serde_json::from_slice(json))
        .collect::<Result<_, _>>()
        .context("a kept finding cannot be read; it was written by another version")
}

/// Findings that are listed at most.
const LISTED: usize = 50;
