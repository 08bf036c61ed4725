//! Capabilities of a thread that gave them up.

use std::fs;

use super::{CapabilitySet, Duty, keep_only, needed};

/// The permitted and the effective capabilities of the calling thread, as the kernel tells them.
fn held() -> (u64, u64) {
    let status = fs::read_to_string("/proc/thread-self/status").expect("a thread has a status");
    let set = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        u64::from_str_radix(line.expect("the kernel tells it").trim(), 16).expect("digits")
    };
    (set("CapPrm:"), set("CapEff:"))
}

#[test]
fn a_thread_keeps_what_its_duty_needs_and_no_more() {
    for duty in [Duty::Starting, Duty::Watching, Duty::Reading, Duty::Own] {
        // Each on a thread of its own: nothing comes back on the same one.
        std::thread::spawn(move || {
            let before = held();
            keep_only(duty).expect("giving up is always allowed");
            let after = held();
            let wanted = needed(duty).bits();
            assert_eq!(after, (before.0 & wanted, before.1 & wanted), "{duty:?}");
        })
        .join()
        .expect("the thread ends well");
    }
}

#[test]
fn nothing_comes_back() {
    std::thread::spawn(|| {
        keep_only(Duty::Own).expect("giving up is always allowed");
        keep_only(Duty::Watching).expect("asking for less than nothing is allowed");
        assert_eq!(held(), (0, 0));
    })
    .join()
    .expect("the thread ends well");
}

#[test]
fn a_watching_thread_can_write_no_file_of_others() {
    let watching = needed(Duty::Watching);
    for capability in [
        CapabilitySet::DAC_OVERRIDE,
        CapabilitySet::SYS_ADMIN,
        CapabilitySet::SYS_MODULE,
        CapabilitySet::SETUID,
    ] {
        assert!(!watching.contains(capability), "{capability:?}");
    }
}
