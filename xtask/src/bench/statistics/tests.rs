//! Order statistics on values that can be checked by hand.

use super::{Spread, quantile};

fn check(values: &[f64], low: f64, median: f64, high: f64) {
    assert_eq!(Spread::of(values), Spread { low, median, high });
}

#[test]
fn quartiles() {
    check(&[3.0], 3.0, 3.0, 3.0);
    check(&[4.0, 1.0, 3.0, 2.0, 5.0], 2.0, 3.0, 4.0);
    check(&[1.0, 2.0], 1.25, 1.5, 1.75);
}

#[test]
fn one_disturbed_run_does_not_move_the_median() {
    check(&[1.0, 1.0, 1.0, 1.0, 90.0], 1.0, 1.0, 1.0);
}

#[test]
fn nothing_has_no_quantile() {
    assert!(quantile(&[], 0.5).is_nan());
}
