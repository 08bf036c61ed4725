//! Revisions, repetitions and what is remembered.

use super::*;
use crate::sink::ocsf::tests::finding;

fn desk() -> Desk {
    Desk::new(Converter {
        show_secrets: false,
    })
}

fn revision(told: &Told) -> u32 {
    told.document.unmapped.packhound.revision
}

#[test]
fn an_update_knows_what_was_told_before() {
    let mut desk = desk();
    let first = desk.draw_up(finding(), &Host::default(), |_| None).unwrap();
    assert_eq!(first.before, None);
    let mut later = finding();
    later.revision = 2;
    later.last_seen.0 += 5_000_000_000;
    let second = desk.draw_up(later, &Host::default(), |_| None).unwrap();
    assert_eq!(second.before.as_ref(), Some(&first.document));
    let created = |told: &Told| told.document.finding_info.created_time;
    assert_eq!(
        created(&second),
        created(&first),
        "the first telling is the creation"
    );
}

#[test]
fn what_an_earlier_run_told_is_not_told_again() {
    let kept = desk()
        .draw_up(finding(), &Host::default(), |_| None)
        .unwrap()
        .document;
    let again = desk().draw_up(finding(), &Host::default(), |_| Some(kept.clone()));
    assert_eq!(again, None);
    let mut changed = finding();
    changed.evidence.pop();
    let told = desk()
        .draw_up(changed, &Host::default(), |_| Some(kept))
        .unwrap();
    assert_eq!(
        revision(&told),
        2,
        "it goes on from the revision that is known outside"
    );
    assert_eq!(told.document.activity_name, "Update");
}

#[test]
fn the_memory_is_bounded() {
    let mut desk = desk();
    for number in 0..2 * REMEMBERED as u128 {
        let mut finding = finding();
        finding.uid.0 = number;
        desk.draw_up(finding, &Host::default(), |_| None).unwrap();
    }
    assert_eq!(desk.told.len(), REMEMBERED);
    assert_eq!(desk.order.len(), REMEMBERED);
}
