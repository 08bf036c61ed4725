//! Another process, as a field of the tail names it (`RESPONSIBLE`, `CREATOR`).
//!
//! Step: ring.

/// Writes the pid and the start, 0 where that is not known.
#[must_use]
pub fn write_process(pid: u32, start: u64) -> [u8; 12] {
    let mut bytes = [0; 12];
    bytes[..4].copy_from_slice(&pid.to_le_bytes());
    bytes[4..].copy_from_slice(&start.to_le_bytes());
    bytes
}

/// Reads pid and start; none from a field of another length.
#[must_use]
pub fn read_process(field: &[u8]) -> Option<(u32, u64)> {
    let (pid, start) = field.split_first_chunk()?;
    let start = <[u8; 8]>::try_from(start).ok()?;
    Some((u32::from_le_bytes(*pid), u64::from_le_bytes(start)))
}
