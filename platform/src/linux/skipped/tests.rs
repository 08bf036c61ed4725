//! The line of the kernel that tells of calls that were left out.

use super::read_misses;

#[test]
fn misses_are_read_where_the_kernel_tells_them() {
    let text = "pos:\t0\nprog_type:\t26\nprog_jited:\t1\nrun_cnt:\t0\nrecursion_misses:\t42\n";
    assert_eq!(read_misses(text), Some(42));
    assert_eq!(read_misses("pos:\t0\nprog_type:\t26\n"), None);
}
