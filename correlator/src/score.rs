//! What each piece of evidence counts, and what a sum of them means.
//!
//! Step: correlate. The one table of weights. A score is a sum, so that a finding can be explained
//! by listing its evidence; the few places where pieces say the same thing twice are written out
//! in [`weigh`]. Nothing is gated: a small archive has all the evidence of a large one but
//! `Large`.
//!
//! How the weights hang together: making an archive alone stays informational (below
//! [`LOW`]). Any one thing that the public tests of archiving do beside it (a password, a staging
//! place, a name that lies, deleted inputs) reaches medium by itself; two of those stay medium;
//! a third thing, such as sensitive sources or a transfer, makes it high; critical needs the whole
//! chain, with something that carries the data out. One recognised benign context outweighs two.

mod beside;
mod fleet;

use beside::Beside;

use crate::activity::Observation;
use crate::catalogue::Rank;
use crate::event::UsePurpose;
use crate::evidence::{Evidence, Purpose};
use crate::finding::{Severity, Weighed};

/// The sum and what it means.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Score {
    /// The heaviest first.
    pub(crate) evidence: Vec<Weighed>,
    pub(crate) sum: i32,
    pub(crate) severity: Severity,
}

/// Weighs evidence that belongs together.
pub(crate) fn score(observations: Vec<Observation>) -> Score {
    let beside = Beside::of(&observations);
    let mut seen_kinds = 0_u64;
    let mut evidence: Vec<Weighed> = Vec::with_capacity(observations.len());
    // The strongest of a kind counts fully; the order of equals stays that of their time.
    let mut ranked: Vec<(i32, Observation)> = observations
        .into_iter()
        .map(|observation| (weigh(&observation, &beside), observation))
        .collect();
    ranked.sort_by_key(|(weight, observation)| (-weight.abs(), observation.time));
    for (
        weight,
        Observation {
            evidence: what,
            time,
            process,
            ..
        },
    ) in ranked
    {
        let kind = 1_u64 << what.kind();
        let repeated = seen_kinds & kind != 0;
        seen_kinds |= kind;
        let weight = if repeated { weight / REPEATED } else { weight };
        evidence.push(Weighed {
            evidence: what,
            weight,
            time,
            process,
        });
    }
    fleet::bound(&mut evidence, beside.damning);
    evidence.sort_by_key(|weighed| (-weighed.weight, weighed.time));
    let sum = evidence.iter().map(|weighed| weighed.weight).sum();
    let carried_out = evidence.iter().any(|weighed| {
        matches!(
            weighed.evidence,
            Evidence::Transfer { .. } | Evidence::TransferUtility { .. }
        )
    });
    // However odd a packing is: before anything has left, it is not the worst.
    let most = if carried_out {
        Severity::Critical
    } else {
        Severity::High
    };
    Score {
        evidence,
        sum,
        severity: severity(sum).min(most),
    }
}

/// What a sum means.
pub(crate) fn severity(sum: i32) -> Severity {
    match sum {
        CRITICAL.. => Severity::Critical,
        HIGH.. => Severity::High,
        MEDIUM.. => Severity::Medium,
        LOW.. => Severity::Low,
        _ => Severity::Informational,
    }
}

/// The table.
#[expect(
    clippy::match_same_arms,
    reason = "each kind has a weight, and a why, of its own"
)]
#[expect(clippy::too_many_lines, reason = "one table")]
fn weigh(observation: &Observation, beside: &Beside) -> i32 {
    let rank = observation.rank;
    match &observation.evidence {
        // Archivers run on every host, every day. Where nobody saw what was made, that it was made
        // by an archiver says what its format would.
        Evidence::Utility {
            purpose: Purpose::Archive | Purpose::Compress,
            ..
        } => {
            if beside.content_seen {
                5
            } else {
                8
            }
        }
        // Encrypting files by hand is rarer than packing them.
        Evidence::Utility {
            purpose: Purpose::Encrypt,
            ..
        } => 12,
        // Encoding and splitting serve to get data through a channel.
        Evidence::Utility {
            purpose: Purpose::Encode | Purpose::Split,
            ..
        } => 6,
        Evidence::Utility {
            purpose: Purpose::Copy | Purpose::Transfer | Purpose::Consume | Purpose::Other,
            ..
        } => 0,
        // Nobody renames 7-Zip by accident.
        Evidence::RenamedUtility { .. } => ranked(rank, [36, 20, 8]),
        // Backups are encrypted with keys; passwords on a command line are for carrying out.
        Evidence::Password | Evidence::Passphrase { .. } => 35,
        // It hides even the names.
        Evidence::HeaderEncryption => 10,
        // For limits on attachments and uploads.
        Evidence::Split => 10,
        // The sources are not wanted here any more.
        Evidence::DeletesSources => 32,
        // Says that the packing succeeded, not what for.
        Evidence::Format { .. } => 3,
        // The password, or the utility, has said so already.
        Evidence::EncryptedContent { .. } if beside.password || beside.encryption_utility => 5,
        // The archiver has a password that no command line shows: it was set in a file.
        Evidence::EncryptedContent { .. } if beside.archiver => 32,
        Evidence::EncryptedContent { .. } => 20,
        // A name that lies about its content.
        Evidence::Mismatch { .. } => 32,
        // Dense bytes alone are caches and databases as well.
        Evidence::Dense { .. } if beside.supports_dense => 14,
        Evidence::Dense { .. } => 6,
        // Somebody hides known content under a key of his own.
        Evidence::Obfuscated { .. } => 26,
        // Copying into /tmp is what /tmp is for.
        Evidence::Place { .. } if beside.only_gathered || beside.only_named => {
            ranked(rank, [12, 8, 3])
        }
        // `/dev/shm` and public shares say more than `/tmp`, a mount point less.
        Evidence::Place { .. } => ranked(rank, [36, 32, 10]),
        // No utility at all: a script, or somebody at a prompt.
        Evidence::Interpreter { .. } => 10,
        // Two in five programs link zlib, hardly any links libarchive.
        // Used outweighs linked in, linked in outweighs loaded; beside the stronger the weaker says
        // nothing more.
        Evidence::Library { .. } if beside.library_used || beside.linked_in => 0,
        Evidence::Library { .. } => ranked(rank, [15, 8, 3]),
        // It is there; whether it ran is not known.
        Evidence::LinkedIn { .. } if beside.library_used => 0,
        Evidence::LinkedIn { .. } => ranked(rank, [16, 10, 4]),
        // Programs that talk over TLS encrypt all day.
        Evidence::LibraryUse {
            purpose: UsePurpose::Encrypt,
            ..
        } if beside.received => 4,
        // It is told only where the same process wrote something encrypted.
        Evidence::LibraryUse {
            purpose: UsePurpose::Encrypt,
            ..
        } => 12,
        // It did run.
        Evidence::LibraryUse { .. } => ranked(rank, [18, 12, 6]),
        // The shape of a collection; backups have it, too.
        Evidence::ManyIntoOne { files, directories } => {
            magnitude(*files.max(directories)).min(4) * 3
        }
        // What is worth stealing.
        Evidence::SensitiveSource { .. } => ranked(rank, [26, 16, 5]),
        // Gathering into one place, by itself, is housekeeping half of the time.
        Evidence::BatchCopy { .. } => 10,
        // Gathered first and packed then: few honest tasks need both.
        Evidence::StagedBefore { .. } => 22,
        // One line of reconnaissance is curiosity, a file full of it is a report.
        Evidence::CollectedOutput { commands } => {
            12 + 4 * i32::try_from(*commands).unwrap_or(i32::MAX).min(5)
        }
        // Archive, then encrypt, then encode: each stage has its tool, the sequence its purpose.
        Evidence::Chain { stages } => {
            12 + 6 * (i32::try_from(*stages).unwrap_or(i32::MAX).clamp(2, 4) - 2)
        }
        // The command line has announced it.
        Evidence::InputsRemoved { .. } if beside.deletes_sources => 4,
        // A compressor that puts its output in the place of its source always does that.
        Evidence::InputsRemoved { .. } if beside.in_place => 2,
        // All of it is gone and nothing has left: somebody tidied up.
        Evidence::InputsRemoved { .. } if beside.output_removed && !beside.transfer => 8,
        Evidence::InputsRemoved { .. } => 34,
        // As a mismatch, and done after the fact.
        Evidence::Disguised { .. } => 20,
        // Tidying up, or covering tracks.
        Evidence::OutputRemoved => 5,
        // What all of this is for.
        Evidence::Transfer { .. } => 36,
        // The bytes have said so already.
        Evidence::TransferUtility { .. } if beside.transfer => 8,
        Evidence::TransferUtility { .. } => 26,
        // Web servers do not start archivers; schedulers do.
        Evidence::Lineage { .. } => ranked(rank, [36, 12, 3]),
        // Context, rarely more.
        Evidence::UserContext { .. } => 5,
        // A program that was dropped rather than installed.
        Evidence::ProgramPlace { .. } if beside.only_named => ranked(rank, [8, 4, 2]),
        Evidence::ProgramPlace { .. } => ranked(rank, [24, 12, 4]),
        // Size never makes a verdict; it makes a loss larger.
        Evidence::Large { .. } => 6,
        // Program, parent and destination all say that this is what they do all day.
        Evidence::Benign { .. } => -80,
        // What log rotation and tidy administrators do.
        Evidence::InPlace => -8,
        // The operator knows better than any table.
        Evidence::Allowed { .. } => -400,
        // Repetition makes trust, slowly, and never enough for what nobody does honestly.
        Evidence::Habit { .. } if beside.damning => 0,
        Evidence::Habit { days, .. } => -(14 + 4 * magnitude(days.saturating_mul(*days)).min(6)),
        // Nowhere else: unusual by itself, and more so the longer the fleet was watched.
        Evidence::Fleet {
            others: 0,
            lately: 0,
            days,
            ..
        } => {
            if *days >= KNOWN_WELL {
                10
            } else {
                8
            }
        }
        // What half of the hosts do is how the fleet is run; a few hosts may have one intruder.
        Evidence::Fleet { others, hosts, .. } if others.saturating_mul(2) >= *hosts => -20,
        Evidence::Fleet { others, hosts, .. }
            if *others >= MANY_HOSTS && others.saturating_mul(10) >= *hosts =>
        {
            -10
        }
        Evidence::Fleet { .. } => 0,
        // The bytes may have come from elsewhere.
        Evidence::Received { .. } => -26,
    }
}

fn ranked(rank: Rank, [high, medium, low]: [i32; 3]) -> i32 {
    match rank {
        Rank::High => high,
        Rank::Medium => medium,
        Rank::Low => low,
        Rank::Zero => 0,
    }
}

/// Half the number of binary digits: 0 for 0 and 1, 1 from 2 on, 2 from 8, 3 from 32, 4 from 128.
pub(crate) fn magnitude(count: u64) -> i32 {
    (count.checked_ilog2().unwrap_or(0)).div_ceil(2) as i32
}

/// From here on something about it is a little odd.
const LOW: i32 = 20;
/// From here on it is worth a look today: utility and format (8) and one telling thing (32).
const MEDIUM: i32 = 40;
/// From here on it is worth a look now: two telling things (each 32 to 36) and a third.
const HIGH: i32 = 95;
/// Nothing honest gathers as much.
const CRITICAL: i32 = 130;

/// Days after which a fleet is known well.
const KNOWN_WELL: u64 = 7;
/// Fewer other hosts than these are no custom.
const MANY_HOSTS: u64 = 10;

/// The second and later pieces of one kind count the fourth part: they confirm.
const REPEATED: i32 = 4;

#[cfg(test)]
mod tests;
