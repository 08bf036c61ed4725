//! Gives up the powers that a thread has no use for any more.
//!
//! Step: source. Linux keeps capabilities per thread, and a thread passes on what it has, so each
//! thread says its duty where it begins. Invariants: a capability that was given up never comes
//! back, not even through a program that root starts; what was never there is not asked for.
//!
//! Why each is kept; the set was found by trying smaller ones (on 6.18, one of them Debian's):
//!
//! | capability | without it |
//! |---|---|
//! | `CAP_BPF` | no map is made, no probe is set on a library that appears later; before 6.0 the counters cannot be read where unprivileged BPF is off |
//! | `CAP_PERFMON` | no program that reads kernel memory is loaded, no tracepoint and no later uprobe attached |
//! | `CAP_SYS_PTRACE` | `/proc/PID/exe`, `root` and `maps` of processes of other users, or with other capabilities, stay closed |
//! | `CAP_DAC_READ_SEARCH` | programs and libraries below private directories cannot be opened |
//! | `CAP_CHECKPOINT_RESTORE` | `/proc/PID/map_files` stays closed, and with it a library that was replaced or removed while it is mapped |
//! | `CAP_SYS_ADMIN` (start; without links of many uprobes, before 6.6, also setting probes later) | Debian's kernels refuse `perf_event_open` to all others (`perf_event_paranoid` is 3 there), and with it the system calls' tracepoints; tracefs is not mounted where nobody mounted it |
//! | `CAP_SYS_RESOURCE` (start only) | before 5.11 the limit on locked memory, which maps count against, is not lifted |

use std::io;

use rustix::thread::{
    CapabilitySet, CapabilitySets, capabilities, capability_is_in_bounding_set,
    remove_capability_from_bounding_set, set_capabilities,
};

use crate::duty::Duty;

/// Lets the calling thread, and those that it starts from now on, keep only what `duty` needs.
///
/// # Errors
/// When the system refuses to take a capability away.
pub fn keep_only(duty: Duty) -> io::Result<()> {
    let wanted = needed(duty);
    let held = capabilities(None)?;
    // Programs that this thread starts are bound, too. That takes a capability of its own, which
    // only the first call still has; a service manager has done it already.
    if held.effective.contains(CapabilitySet::SETPCAP) {
        for capability in CapabilitySet::all().iter() {
            let kept = wanted.contains(capability);
            if !kept && capability_is_in_bounding_set(capability).unwrap_or(false) {
                remove_capability_from_bounding_set(capability)?;
            }
        }
    }
    let permitted = held.permitted & wanted;
    set_capabilities(
        None,
        CapabilitySets {
            effective: held.effective & permitted,
            permitted,
            inheritable: CapabilitySet::empty(),
        },
    )?;
    Ok(())
}

fn needed(duty: Duty) -> CapabilitySet {
    match duty {
        Duty::Starting => {
            needed(Duty::Watching)
                | needed(Duty::Writing)
                | CapabilitySet::SYS_ADMIN
                | CapabilitySet::SYS_RESOURCE
        }
        Duty::Watching => {
            needed(Duty::Reading)
                | CapabilitySet::BPF
                | CapabilitySet::PERFMON
                | CapabilitySet::CHECKPOINT_RESTORE
        }
        Duty::Setting => needed(Duty::Watching) | CapabilitySet::SYS_ADMIN,
        Duty::Reading => CapabilitySet::SYS_PTRACE | CapabilitySet::DAC_READ_SEARCH,
        Duty::Writing => CapabilitySet::DAC_OVERRIDE,
        Duty::Own => CapabilitySet::empty(),
    }
}

#[cfg(test)]
mod tests;
