//! Guests side by side.
//!
//! Step: tooling. A guest that is emulated keeps one processor busy for three quarters of its time and
//! waits for its kernel's grace periods in the rest; so one more runs at once than there are
//! processors. What comes out has the order of what went in.

use std::num::NonZeroUsize;
use std::sync::Mutex;

/// As many as keep this machine busy.
pub(crate) fn usual() -> NonZeroUsize {
    let processors = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    processors.saturating_add(1)
}

/// Does `work` on all of `items`, on `at_once` of them at the same time, in their order.
pub(crate) fn run<T, U>(
    items: Vec<T>,
    at_once: NonZeroUsize,
    work: impl Fn(T) -> U + Sync,
) -> Vec<U>
where
    T: Send,
    U: Send,
{
    let waiting = Mutex::new(items.into_iter().enumerate());
    let done = Mutex::new(Vec::new());
    let turn = || {
        let next = waiting.lock().expect(WORKING).next();
        let Some((index, item)) = next else {
            return false;
        };
        let outcome = work(item);
        done.lock().expect(WORKING).push((index, outcome));
        true
    };
    std::thread::scope(|scope| {
        for _ in 0..at_once.get() {
            scope.spawn(|| while turn() {});
        }
    });
    let mut done = done.into_inner().expect(WORKING);
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, outcome)| outcome).collect()
}

const WORKING: &str = "nothing panics while it holds this lock";

#[cfg(test)]
mod tests;
