//! Every refusal says what is wrong and what to do.

use super::{ENTITLEMENT, Refusal};
use crate::source::SourceError;

/// Every number that the system's header names.
fn all() -> [(u32, Refusal); 7] {
    [
        (1, Refusal::InvalidArgument),
        (2, Refusal::Internal),
        (3, Refusal::NotEntitled),
        (4, Refusal::NotPermitted),
        (5, Refusal::NotPrivileged),
        (6, Refusal::TooManyClients),
        (99, Refusal::Other(99)),
    ]
}

#[test]
fn numbers_are_those_of_the_header() {
    for (number, refusal) in all() {
        assert_eq!(Refusal::of(number), refusal);
    }
}

#[test]
fn a_privilege_that_is_missing_is_told_as_such() {
    for (_, refusal) in all() {
        let is_privilege = matches!(refusal.error(), SourceError::Privilege(_));
        let lacks_one = matches!(
            refusal,
            Refusal::NotEntitled | Refusal::NotPermitted | Refusal::NotPrivileged
        );
        assert_eq!(is_privilege, lacks_one, "{refusal:?}");
    }
}

#[test]
fn each_error_tells_cause_and_remedy() {
    let told = |refusal: Refusal| refusal.error().to_string();
    let wanted = [
        (Refusal::NotEntitled, [ENTITLEMENT, "eslogger"]),
        (
            Refusal::NotPermitted,
            ["Full Disk Access", "SystemPolicyAllFiles"],
        ),
        (Refusal::NotPrivileged, ["root", "sudo"]),
        (Refusal::TooManyClients, ["as many clients", "stop another"]),
        (Refusal::Internal, ["does not say why", "log show"]),
        (Refusal::InvalidArgument, ["does not take", "macOS 13"]),
        (Refusal::Other(77), ["number 77", "eslogger"]),
    ];
    for (refusal, parts) in wanted {
        let text = told(refusal);
        assert!(!text.contains('\n') && !text.contains("  "), "{text}");
        for part in parts {
            assert!(text.contains(part), "{part} is not in: {text}");
        }
    }
}
