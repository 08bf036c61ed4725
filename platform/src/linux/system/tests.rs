//! What the kernel says of taking the processor from tasks inside of it.

use super::may_preempt;

#[test]
fn a_kernel_preempts_where_it_can_and_was_not_told_otherwise() {
    let dynamic = "#1 SMP PREEMPT_DYNAMIC Debian 6.18.15-1 (2026-03-12)";
    for (version, mode, wanted) in [
        ("#1 SMP Debian 5.10.262-1 (2026-07-31)", None, false),
        (dynamic, None, true),
        (dynamic, Some("none (voluntary) full"), false),
        (dynamic, Some("(none) voluntary full"), false),
        (dynamic, Some("none voluntary full (lazy)"), true),
        ("#1 SMP PREEMPT_RT", None, true),
    ] {
        assert_eq!(may_preempt(version, mode), wanted, "{version}, {mode:?}");
    }
}
