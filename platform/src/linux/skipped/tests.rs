//! The line of the kernel that tells of calls that were left out.

use super::{missed_by_all, read_misses};

#[test]
fn misses_are_read_where_the_kernel_tells_them() {
    let text = "pos:\t0\nprog_type:\t26\nprog_jited:\t1\nrun_cnt:\t0\nrecursion_misses:\t42\n";
    assert_eq!(read_misses(text), Some(42));
    assert_eq!(read_misses("pos:\t0\nprog_type:\t26\n"), None);
}

#[test]
fn what_a_second_program_saw_is_not_lost() {
    assert_eq!(missed_by_all([24, 3].into_iter()), 3);
    assert_eq!(missed_by_all([24, 0].into_iter()), 0);
    assert_eq!(missed_by_all([24].into_iter()), 24);
}
