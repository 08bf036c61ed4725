//! What was found in files, as it is kept between runs.
//!
//! Step: enrich. Invariant: what other fingerprints found, or what does not read, is as if it had
//! never been kept. A line of text per family: nothing else needs to read it.

use std::collections::HashMap;
use std::sync::Arc;

use platform::ImageIdentity;
use platform::fingerprint::{Code, CodePurpose};

/// What was found in one content of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeptScan {
    /// The file and its content.
    pub(crate) identity: ImageIdentity,
    /// Which fingerprints were searched for.
    pub(crate) edition: u64,
    /// What was found: purpose, family and recognition, a line each.
    pub(crate) code: String,
}

/// What earlier runs found, by file and content.
pub(super) struct KeptScans(HashMap<ImageIdentity, Arc<[Code]>>);

impl KeptScan {
    pub(super) fn new(identity: ImageIdentity, edition: u64, code: &[Code]) -> Self {
        let line = |code: &Code| {
            let purpose = purpose_name(code.purpose);
            format!("{purpose}\t{}\t{}\n", code.family, code.recognised)
        };
        Self {
            identity,
            edition,
            code: code.iter().map(line).collect(),
        }
    }

    fn read(&self) -> Option<Arc<[Code]>> {
        let line = |line: &str| {
            let mut parts = line.splitn(3, '\t');
            let purpose = purpose_named(parts.next()?)?;
            Some(Code {
                purpose,
                family: parts.next()?.to_owned(),
                recognised: parts.next()?.to_owned(),
            })
        };
        self.code.lines().map(line).collect()
    }
}

impl KeptScans {
    pub(super) fn of(kept: &[KeptScan], edition: u64) -> Self {
        let usable = kept.iter().filter(|scan| scan.edition == edition);
        Self(
            usable
                .filter_map(|scan| Some((scan.identity, scan.read()?)))
                .collect(),
        )
    }

    pub(super) fn find(&self, identity: &ImageIdentity) -> Option<&Arc<[Code]>> {
        self.0.get(identity)
    }
}

fn purpose_name(purpose: CodePurpose) -> &'static str {
    match purpose {
        CodePurpose::Compress => "compress",
        CodePurpose::Archive => "archive",
        CodePurpose::Encrypt => "encrypt",
    }
}

fn purpose_named(name: &str) -> Option<CodePurpose> {
    match name {
        "compress" => Some(CodePurpose::Compress),
        "archive" => Some(CodePurpose::Archive),
        "encrypt" => Some(CodePurpose::Encrypt),
        _ => None,
    }
}
