//! Names and numbers of the ATT&CK techniques and analytics that findings carry.
//!
//! Step: sink. Data only; the knowledge base's version is stated once here.

use correlator::Technique;

/// The version of ATT&CK that these names are from.
pub(super) const VERSION: &str = "18.1";

/// A technique as OCSF tells it.
pub(super) struct Naming {
    pub(super) tactic: (&'static str, &'static str),
    pub(super) technique: (&'static str, &'static str),
    pub(super) sub_technique: (&'static str, &'static str),
}

/// A technique's names.
pub(super) fn naming(technique: Technique) -> Naming {
    let collection = ("TA0009", "Collection");
    let archive = ("T1560", "Archive Collected Data");
    let (technique, sub_technique) = match technique {
        Technique::Utility => (archive, ("T1560.001", "Archive via Utility")),
        Technique::Library => (archive, ("T1560.002", "Archive via Library")),
        Technique::Custom => (archive, ("T1560.003", "Archive via Custom Method")),
        Technique::LocalStaging => (
            ("T1074", "Data Staged"),
            ("T1074.001", "Local Data Staging"),
        ),
    };
    Naming {
        tactic: collection,
        technique,
        sub_technique,
    }
}

/// An analytic's name: its detection strategy and system.
pub(super) fn analytic_name(number: u16) -> Option<String> {
    STRATEGIES.iter().find_map(|(first, strategy)| {
        let system = ["Windows", "Linux", "macOS"].get(usize::from(number.checked_sub(*first)?))?;
        Some(format!("{strategy} ({system})"))
    })
}

/// The detection strategies by their first analytic; each has Windows, Linux and macOS in a row.
const STRATEGIES: [(u16, &str); 6] = [
    (1458, "Detect Archiving and Encryption of Collected Data"),
    (831, "Detect Archiving via Utility"),
    (747, "Detect Archiving via Library"),
    (1213, "Detect Archiving via Custom Method"),
    (40, "Detection of Data Staging Prior to Exfiltration"),
    (724, "Detection of Local Data Staging Prior to Exfiltration"),
];
