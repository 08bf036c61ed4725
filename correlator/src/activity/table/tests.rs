//! Activities are found by their files, bounded, and due in order.

use super::{Activities, Activity, ActivityId};
use crate::activity::{OutputFile, Told};
use crate::event::{ProcessKey, Time};
use crate::finding::{FindingUid, Severity};

fn activity(uid: u128) -> Activity {
    Activity::new(FindingUid(uid), Time(0))
}

fn add_output(activities: &mut Activities, id: ActivityId, path: &str) {
    activities.update(id, |activity| {
        let mut output = OutputFile::new(ProcessKey { pid: 1, start: 1 }, Time(0));
        output.names.push(path.as_bytes().into());
        output.path = Some(path.as_bytes().into());
        activity.outputs.push(output);
    });
}

fn tell(activities: &mut Activities, id: ActivityId) {
    let severity = Severity::Low;
    activities.mark_told(
        id,
        Told {
            revision: 1,
            severity,
            kinds: 0,
            state: 0,
            names: 0,
        },
    );
}

#[test]
fn the_index_follows_the_outputs() {
    let mut activities = Activities::new(8);
    let id = activities.open(activity(1), Time(9)).id;
    add_output(&mut activities, id, "/tmp/x.zip");
    assert_eq!(activities.of_output(Some(b"/tmp/x.zip"), None), Some(id));
    assert_eq!(activities.of_output_directory(b"/tmp"), Some(id));
    activities.update(id, |activity| activity.outputs[0].remove(b"/tmp/x.zip"));
    assert_eq!(activities.of_output(Some(b"/tmp/x.zip"), None), None);
    assert_eq!(activities.of_output_directory(b"/tmp"), None);
    assert!(!activities.has_outputs());
}

#[test]
fn sources_are_found_by_what_lies_below() {
    let mut activities = Activities::new(8);
    let id = activities.open(activity(1), Time(9)).id;
    activities.update(id, |activity| activity.inputs.push(b"/srv/docs"[..].into()));
    assert_eq!(activities.of_input(b"/srv/docs/a/b"), Some(id));
    assert_eq!(activities.of_input(b"/srv/other"), None);
    activities.remove(id);
    assert_eq!(activities.of_input(b"/srv/docs/a/b"), None);
}

#[test]
fn of_two_the_latest_answers_and_the_other_takes_over() {
    let mut activities = Activities::new(8);
    let one = activities.open(activity(1), Time(9)).id;
    let two = activities.open(activity(2), Time(9)).id;
    add_output(&mut activities, two, "/tmp/x");
    add_output(&mut activities, one, "/tmp/x");
    assert_eq!(activities.of_output(Some(b"/tmp/x"), None), Some(two));
    activities.remove(two);
    assert_eq!(activities.of_output(Some(b"/tmp/x"), None), Some(one));
}

#[test]
fn the_untold_go_first() {
    let mut activities = Activities::new(2);
    let told = activities.open(activity(1), Time(1)).id;
    tell(&mut activities, told);
    activities.open(activity(2), Time(2));
    let opened = activities.open(activity(3), Time(3));
    assert_eq!(
        opened.evicted.map(|activity| activity.uid),
        Some(FindingUid(2))
    );
    assert_eq!(activities.counts(), (1, 1));
    assert_eq!(activities.evicted(), 1);
}

#[test]
fn what_is_due_comes_in_order() {
    let mut activities = Activities::new(8);
    let late = activities.open(activity(1), Time(5)).id;
    activities.open(activity(2), Time(3));
    tell(&mut activities, late);
    activities.keep_until(late, Time(2));
    assert_eq!(activities.next_expiry(), Some(Time(2)));
    let due =
        |activities: &mut Activities| activities.pop_due(Time(4)).map(|activity| activity.uid.0);
    assert_eq!(
        [
            due(&mut activities),
            due(&mut activities),
            due(&mut activities)
        ],
        [Some(1), Some(2), None]
    );
}
