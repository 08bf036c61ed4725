//! The numbers per system, as a table.

use super::{Shown, analytics};
use crate::finding::Technique::{Custom, Library, LocalStaging, Utility};
use crate::knobs::System::{Linux, MacOs, Windows};

#[test]
fn techniques_have_their_analytics() {
    let odd = Shown {
        place_or_lineage: true,
        ..Shown::default()
    };
    let staged = Shown {
        place_or_lineage: true,
        staged_and_packed: true,
    };
    let table = [
        (Linux, &[Utility][..], Shown::default(), &[832][..]),
        (Linux, &[Utility], odd, &[832, 1459]),
        (
            Linux,
            &[Utility, LocalStaging],
            staged,
            &[832, 725, 1459, 41],
        ),
        (Linux, &[LocalStaging], odd, &[725]),
        (Linux, &[Library, Custom], odd, &[748, 1214, 1459]),
        (
            Windows,
            &[Utility, LocalStaging],
            staged,
            &[831, 724, 1458, 40],
        ),
        (Windows, &[Library, Custom], odd, &[747, 1213, 1458]),
        (
            MacOs,
            &[Utility, Library, Custom, LocalStaging],
            staged,
            &[833, 749, 1215, 726, 1460, 42],
        ),
    ];
    for (system, techniques, shown, expected) in table {
        let found: Vec<u16> = analytics(system, techniques, shown)
            .into_iter()
            .map(|analytic| analytic.0)
            .collect();
        assert_eq!(found, expected, "{system:?} {techniques:?}");
    }
}
