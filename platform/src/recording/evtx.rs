//! Windows' event logs (EVTX), through the evtx crate.
//!
//! Step: source. The crate gives the events of a chunk as JSON, which is read like Sysmon's. Events
//! that it cannot read are counted; a chunk that it cannot read ends nothing but itself. Asking for
//! whole chunks, as the crate's own program does, costs half as much as asking for events; that
//! way is not promised to stay, hence the exact version in the manifest.

use std::io::{Read, Seek};

use evtx::err::EvtxError;
use evtx::{EvtxParser, ParserSettings, RenderedChunkItem};

use super::gathered::Gathered;
use super::json::{self, Found};
use crate::encode::{self, Encoder, Records};
use crate::source::SourceError;

/// Reads a log; `name` is the file's for messages.
///
/// # Errors
/// When it is no event log.
pub fn read(name: &str, from: impl Read + Seek) -> Result<Gathered, SourceError> {
    let settings = ParserSettings::new().num_threads(1).indent(false);
    let format = |text: String| SourceError::Format(format!("{name}: {text}"));
    let parser = EvtxParser::from_read_seek(from)
        .map_err(|error| format(format!("not an event log: {error}")))?;
    let mut parser = parser.with_configuration(settings);
    let mut encoder = Encoder::default();
    let mut records = Records::default();
    let mut gathered = encode::Gathered::default();
    let mut broken = None;
    let mut unreadable = 0;
    let mut chunks = 0;
    'chunks: for chunk in parser.chunks_json_bytes(false) {
        let mut from = 0;
        for item in &chunk.items {
            let found = match item {
                RenderedChunkItem::Record { end, .. } => {
                    let text = chunk.data.get(from..*end).unwrap_or_default();
                    from = *end;
                    json::next(text, &mut gathered)
                }
                // A log is made longer than what was written; the rest holds anything.
                RenderedChunkItem::Failed(EvtxError::FailedToParseChunk { .. }) => {
                    chunks += 1;
                    continue;
                }
                RenderedChunkItem::Failed(_) => Found::Cut,
            };
            if !matches!(found, Found::Object(_)) {
                unreadable += 1;
                if unreadable > MOST_UNREADABLE {
                    broken = Some(format("too much of it cannot be read".to_owned()));
                    break 'chunks;
                }
                continue;
            }
            let outcome = encoder.encode(&gathered.event(), &mut records);
            if let Err(error) = outcome {
                broken = Some(error);
                break 'chunks;
            }
        }
    }
    let outcome = encoder.finish(&mut records);
    let further = [
        ("events_unreadable", unreadable),
        ("chunks_without_events", chunks),
    ];
    Ok(Gathered::new(
        records,
        encoder.tally,
        &further,
        broken.or(outcome.err()),
    ))
}

/// After so many events that cannot be read a file is not worth the time.
const MOST_UNREADABLE: u64 = 1 << 20;

#[cfg(test)]
mod tests;
