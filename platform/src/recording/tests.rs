//! Recordings of real machines, where they are at hand.

use std::io::Read as _;
use std::path::PathBuf;
use std::time::Duration;

use crate::source::{Progress, Source, SourceError};

/// A recording, unpacked; none, which is said, where recordings are not at hand.
pub(super) fn recorded(name: &str) -> Option<Vec<u8>> {
    let packed = recorded_plain(name)?;
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(&*packed)
        .read_to_end(&mut bytes)
        .expect("a whole recording");
    Some(bytes)
}

/// A recording as it lies there; none, which is said, where recordings are not at hand.
pub(super) fn recorded_plain(name: &str) -> Option<Vec<u8>> {
    let folder = std::env::var_os("PACKHOUND_RECORDINGS").map_or_else(
        || {
            PathBuf::from(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/../../shared/recordings"
            ))
        },
        PathBuf::from,
    );
    let path = folder.join(name);
    let bytes = std::fs::read(&path).ok();
    if bytes.is_none() {
        eprintln!(
            "LEFT OUT: no {}: PACKHOUND_RECORDINGS names their folder",
            path.display()
        );
    }
    bytes
}

/// Every record of a source.
pub(super) fn all(source: &mut dyn Source) -> Result<Vec<Vec<u8>>, SourceError> {
    let mut records = Vec::new();
    let mut take = |record: &[u8]| records.push(record.to_vec());
    while source.poll(Duration::ZERO, 1000, &mut take)? != Progress::Ended {}
    Ok(records)
}
