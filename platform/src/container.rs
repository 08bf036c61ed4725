//! Which container a control group belongs to.
//!
//! Step: source, for the enrichment. A container's id is the 64 hexadecimal digits that the common
//! engines put into the control group's path; a group without such a component is no container.
//! Pure: a recording of a Linux host is enriched on every system.

/// The container that a control group belongs to: the last run of 64 hexadecimal digits in its
/// path that stands alone between other characters.
#[must_use]
pub fn container(cgroup: &[u8]) -> Option<&str> {
    cgroup
        .split(|byte| !byte.is_ascii_hexdigit())
        .rfind(|run| run.len() == CONTAINER_ID)
        .and_then(|run| std::str::from_utf8(run).ok())
}

const CONTAINER_ID: usize = 64;

#[cfg(test)]
mod tests;
