//! Which ATT&CK analytics a technique satisfies on which system.
//!
//! Step: correlate. The numbers are MITRE's; each technique has one analytic of its own strategy
//! per system, and the parent technique (T1560, T1074) another.

use crate::finding::{Analytic, Technique};
use crate::knobs::System;

/// What the evidence shows beyond the techniques.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Shown {
    /// An output in a staging or otherwise odd place, or an abnormal lineage: what the analytics
    /// of the parent technique ask for.
    pub(crate) place_or_lineage: bool,
    /// Files were gathered and then packed.
    pub(crate) staged_and_packed: bool,
}

/// The analytics, the leading one first.
pub(crate) fn analytics(system: System, techniques: &[Technique], shown: Shown) -> Vec<Analytic> {
    let mut analytics = Vec::with_capacity(techniques.len() + 2);
    for &technique in techniques {
        analytics.push(own(system, technique));
    }
    let packed = techniques
        .iter()
        .any(|&technique| technique != Technique::LocalStaging);
    if packed && shown.place_or_lineage {
        analytics.push(archive(system));
    }
    if shown.staged_and_packed {
        analytics.push(staging(system));
    }
    analytics
}

fn own(system: System, technique: Technique) -> Analytic {
    Analytic(match (technique, system) {
        (Technique::Utility, System::Windows) => 831,
        (Technique::Utility, System::Linux) => 832,
        (Technique::Utility, System::MacOs) => 833,
        (Technique::Library, System::Windows) => 747,
        (Technique::Library, System::Linux) => 748,
        (Technique::Library, System::MacOs) => 749,
        (Technique::Custom, System::Windows) => 1213,
        (Technique::Custom, System::Linux) => 1214,
        (Technique::Custom, System::MacOs) => 1215,
        (Technique::LocalStaging, System::Windows) => 724,
        (Technique::LocalStaging, System::Linux) => 725,
        (Technique::LocalStaging, System::MacOs) => 726,
    })
}

/// T1560, Archive Collected Data.
fn archive(system: System) -> Analytic {
    Analytic(match system {
        System::Windows => 1458,
        System::Linux => 1459,
        System::MacOs => 1460,
    })
}

/// T1074, Data Staged.
fn staging(system: System) -> Analytic {
    Analytic(match system {
        System::Windows => 40,
        System::Linux => 41,
        System::MacOs => 42,
    })
}

#[cfg(test)]
mod tests;
