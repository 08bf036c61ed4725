//! The units, as far as they can be judged without systemd.

use super::{AGENT, COLLECTOR, PACKAGED_PROGRAM, Role, SOCKET, is_ours};

#[test]
fn units_say_whose_they_are() {
    for unit in [AGENT, COLLECTOR, SOCKET] {
        assert!(is_ours(unit.text), "{}", unit.name);
    }
    assert!(!is_ours(
        "[Unit]\nDescription=something of the operator's\n"
    ));
}

#[test]
fn the_units_run_the_program_that_install_replaces() {
    for unit in [AGENT, COLLECTOR] {
        let starts: Vec<&str> = unit
            .text
            .lines()
            .filter_map(|line| line.strip_prefix("ExecStart="))
            .collect();
        assert_eq!(starts.len(), 1, "{}", unit.name);
        assert!(starts[0].starts_with(PACKAGED_PROGRAM), "{}", unit.name);
    }
}

#[test]
fn the_agent_keeps_the_capabilities_of_a_watching_thread() {
    let line = AGENT
        .text
        .lines()
        .find_map(|line| line.strip_prefix("CapabilityBoundingSet="));
    let mut names: Vec<&str> = line.expect("it is bounded").split(' ').collect();
    names.sort_unstable();
    let needed = [
        "CAP_BPF",
        "CAP_CHECKPOINT_RESTORE",
        "CAP_DAC_READ_SEARCH",
        "CAP_PERFMON",
        "CAP_SYS_PTRACE",
    ];
    assert_eq!(names, needed);
}

#[test]
fn a_role_enables_a_unit_of_its_own() {
    for role in [Role::Agent, Role::Collector] {
        assert!(role.units().iter().any(|unit| unit.name == role.enabled()));
        assert!(role.service().starts_with(role.name()));
    }
}
