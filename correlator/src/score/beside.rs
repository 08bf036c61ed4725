//! What else there is beside a piece of evidence, as far as that changes what it counts.
//!
//! Step: correlate.

use crate::activity::Observation;
use crate::catalogue::Rank;
use crate::evidence::{Evidence, Purpose};

/// Evidence beside which other evidence says less or more.
#[expect(
    clippy::struct_excessive_bools,
    reason = "a set of kinds, each there or not"
)]
pub(super) struct Beside {
    pub(super) password: bool,
    /// A packing function was called, so that it was there to be called says nothing more.
    pub(super) library_used: bool,
    pub(super) linked_in: bool,
    pub(super) received: bool,
    pub(super) encryption_utility: bool,
    pub(super) deletes_sources: bool,
    pub(super) transfer: bool,
    pub(super) in_place: bool,
    pub(super) output_removed: bool,
    /// Something supports that dense content is a packing.
    pub(super) supports_dense: bool,
    /// Files were gathered, and nothing was packed or written down yet.
    pub(super) only_gathered: bool,
    /// A name and a loaded library are all that speaks of packing: unpacking looks the same.
    pub(super) only_named: bool,
    /// An archiver was run.
    pub(super) archiver: bool,
    /// What was made says what it is.
    pub(super) content_seen: bool,
    /// What no habit may talk away.
    pub(super) damning: bool,
}

impl Beside {
    pub(super) fn of(observations: &[Observation]) -> Self {
        let any = |matches: fn(&Observation) -> bool| observations.iter().any(matches);
        let password =
            any(|o| matches!(o.evidence, Evidence::Password | Evidence::Passphrase { .. }));
        let place = any(|o| matches!(o.evidence, Evidence::Place { .. }) && o.rank >= Rank::Medium);
        let sensitive = any(|o| {
            matches!(o.evidence, Evidence::SensitiveSource { .. }) && o.rank >= Rank::Medium
        });
        Self {
            password,
            library_used: any(|o| matches!(o.evidence, Evidence::LibraryUse { .. })),
            linked_in: any(|o| matches!(o.evidence, Evidence::LinkedIn { .. })),
            received: any(|o| matches!(o.evidence, Evidence::Received { .. })),
            encryption_utility: any(|o| {
                matches!(
                    o.evidence,
                    Evidence::Utility {
                        purpose: Purpose::Encrypt,
                        ..
                    }
                )
            }),
            deletes_sources: any(|o| matches!(o.evidence, Evidence::DeletesSources)),
            transfer: any(|o| matches!(o.evidence, Evidence::Transfer { .. })),
            output_removed: any(|o| matches!(o.evidence, Evidence::OutputRemoved)),
            in_place: any(|o| matches!(o.evidence, Evidence::InPlace)),
            supports_dense: any(|o| {
                matches!(
                    o.evidence,
                    Evidence::Interpreter { .. }
                        | Evidence::LibraryUse { .. }
                        | Evidence::ProgramPlace { .. }
                        | Evidence::SensitiveSource { .. }
                        | Evidence::InputsRemoved { .. }
                        | Evidence::Mismatch { .. }
                        | Evidence::Transfer { .. }
                )
            }),
            only_gathered: any(|o| matches!(o.evidence, Evidence::BatchCopy { .. }))
                && !any(|o| {
                    matches!(
                        o.evidence,
                        Evidence::Utility { .. }
                            | Evidence::Interpreter { .. }
                            | Evidence::Format { .. }
                            | Evidence::Dense { .. }
                            | Evidence::Obfuscated { .. }
                            | Evidence::CollectedOutput { .. }
                    )
                }),
            only_named: any(|o| matches!(o.evidence, Evidence::Library { .. }))
                && !any(|o| {
                    matches!(
                        o.evidence,
                        Evidence::Utility { .. }
                            | Evidence::Interpreter { .. }
                            | Evidence::Format { .. }
                            | Evidence::Dense { .. }
                            | Evidence::Obfuscated { .. }
                            | Evidence::LibraryUse { .. }
                            | Evidence::LinkedIn { .. }
                    )
                }),
            archiver: any(|o| {
                matches!(
                    o.evidence,
                    Evidence::Utility {
                        purpose: Purpose::Archive | Purpose::Compress,
                        ..
                    }
                )
            }),
            content_seen: any(|o| {
                matches!(
                    o.evidence,
                    Evidence::Format { .. } | Evidence::Dense { .. } | Evidence::Obfuscated { .. }
                )
            }),
            damning: password && place && sensitive,
        }
    }
}
