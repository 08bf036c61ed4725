//! Work side by side.

use std::num::NonZeroUsize;
use std::sync::Barrier;

use super::run;

#[test]
fn outcomes_come_in_the_order_of_the_work() {
    let three = NonZeroUsize::new(3).expect("three");
    let doubled = run((0..50).collect(), three, |number: u32| 2 * number);
    assert_eq!(
        doubled,
        (0..50).map(|number| 2 * number).collect::<Vec<_>>()
    );
}

#[test]
fn as_many_run_at_once_as_is_said() {
    let two = NonZeroUsize::new(2).expect("two");
    // With one at a time the first would wait for ever.
    let both = Barrier::new(2);
    let met = run(vec![1, 2], two, |number| {
        both.wait();
        number
    });
    assert_eq!(met, [1, 2]);
}
