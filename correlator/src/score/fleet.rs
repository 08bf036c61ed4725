//! How far the fleet's knowledge may reach.
//!
//! Step: correlate. Its weight stands in the table of `score`; here is what it never outweighs, so
//! that nobody who packs on many hosts makes it look harmless by that.

use crate::evidence::Evidence;
use crate::finding::Weighed;

/// What is common on other hosts may explain the trifles of a packing, and nothing that tells:
/// whatever the fleet says, a password in a staging place stays what it is by itself.
pub(super) fn bound(evidence: &mut [Weighed], damning: bool) {
    let sum: i32 = evidence.iter().map(|weighed| weighed.weight).sum();
    let telling = evidence.iter().filter(|weighed| tells(&weighed.evidence));
    let telling: i32 = telling.map(|weighed| weighed.weight.max(0)).sum();
    for weighed in evidence {
        if matches!(weighed.evidence, Evidence::Fleet { .. }) && weighed.weight < 0 {
            let others = sum - weighed.weight;
            let room = if damning {
                0
            } else {
                (others - telling).max(0)
            };
            weighed.weight = weighed.weight.max(-room);
        }
    }
}

/// Whether this is one of the things that somebody does who carries data out.
fn tells(evidence: &Evidence) -> bool {
    matches!(
        evidence,
        Evidence::RenamedUtility { .. }
            | Evidence::Password
            | Evidence::Passphrase { .. }
            | Evidence::HeaderEncryption
            | Evidence::DeletesSources
            | Evidence::Mismatch { .. }
            | Evidence::Obfuscated { .. }
            | Evidence::Place { .. }
            | Evidence::SensitiveSource { .. }
            | Evidence::StagedBefore { .. }
            | Evidence::CollectedOutput { .. }
            | Evidence::Chain { .. }
            | Evidence::InputsRemoved { .. }
            | Evidence::Disguised { .. }
            | Evidence::Transfer { .. }
            | Evidence::TransferUtility { .. }
            | Evidence::ProgramPlace { .. }
    )
}
