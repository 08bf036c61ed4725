//! How much state the correlator may keep, and what it counts when it must let go.
//!
//! Step: correlate. Every table has a bound here; whoever inserts beyond it evicts the entry that
//! matters least and counts that. No table grows without one.

/// Bounds of the correlator's tables; `Default` fits 50,000 live processes into about 30 MiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Processes, living and lately ended ones together; the ended go first.
    pub processes: usize,
    /// Open activities, those not yet told included; the untold go first.
    pub activities: usize,
    /// Habits of the baseline; the longest unseen go first.
    pub habits: usize,
    /// Batch copies and collected outputs that are being counted.
    pub gatherings: usize,
    /// Bytes of arguments kept of a program that packs, copies or interprets.
    pub arguments: usize,
    /// Bytes of arguments kept of any other program.
    pub other_arguments: usize,
    /// Source directories kept of one process.
    pub directories: usize,
    /// Functions of libraries that one process called.
    pub uses: usize,
    /// Libraries from unusual places kept of one process.
    pub mapped: usize,
    /// Files that packing code is linked into; the one asked for longest ago goes first.
    pub code_files: usize,
    /// Answers of the fleet; the oldest go first.
    pub answers: usize,
    /// Processes, pieces of evidence, outputs and sources (each) kept of one activity.
    pub entries: usize,
    /// Ancestors told in a finding's lineage.
    pub lineage: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            processes: 65_536,
            activities: 2_048,
            habits: 4_096,
            gatherings: 2_048,
            arguments: 2_048,
            other_arguments: 256,
            directories: 16,
            uses: 12,
            mapped: 8,
            code_files: 1_024,
            answers: 1_024,
            entries: 32,
            lineage: 8,
        }
    }
}

/// What the correlator holds at the moment, and what it had to let go so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Processes that are known to run.
    pub live_processes: usize,
    /// Processes that ended within the time window.
    pub ended_processes: usize,
    /// Open activities that a finding told of.
    pub told_activities: usize,
    /// Open activities that nothing was told of (yet).
    pub untold_activities: usize,
    /// Habits of the baseline.
    pub habits: usize,
    /// Batch copies and collected outputs that are being counted.
    pub gatherings: usize,
    /// Files that packing code is linked into.
    pub code_files: usize,
    /// Answers of the fleet.
    pub answers: usize,
    /// Bytes that all of this takes, estimated.
    pub bytes: usize,
    /// What was let go, by table, since the correlator was made.
    pub evictions: Evictions,
}

/// Entries let go for a bound, by table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Evictions {
    /// Processes that ran still.
    pub live_processes: u64,
    /// Processes that had ended.
    pub ended_processes: u64,
    /// Activities.
    pub activities: u64,
    /// Habits.
    pub habits: u64,
    /// Batch copies and collected outputs.
    pub gatherings: u64,
    /// Source directories.
    pub directories: u64,
    /// Files that packing code is linked into.
    pub code_files: u64,
    /// Functions of libraries, and libraries from unusual places.
    pub uses: u64,
}
