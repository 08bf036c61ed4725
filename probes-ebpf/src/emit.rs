//! The one way out: every record is put together, counted and sent here.
//!
//! Step: probe. For each kind, made = sent + the sum over the loss reasons. The throttle stands
//! before the count: what it leaves out is told in throttle records, by process. The daemon is
//! woken at most every five milliseconds; it keeps polling for longer than that after each wake.

use aya_ebpf::bindings::{BPF_NOEXIST, BPF_RB_FORCE_WAKEUP, BPF_RB_NO_WAKEUP};
use aya_ebpf::helpers::generated::{
    bpf_get_smp_processor_id, bpf_probe_read_kernel, bpf_probe_read_kernel_str,
    bpf_probe_read_user_str,
};
use aya_log_ebpf::debug;
use ring_abi::{Flags, Header, Kind, LossReason, Tag, Throttle, ThrottleReason, VERSION};

use crate::fields;
use crate::kernel::{Who, bound};
use crate::maps::{
    CLAIMS, COUNTERS, FIELD_LIMIT, KINDS, LEVELS, LEVELS_PREEMPTED, OUTCOMES, PROCESSES, PROCESSOR,
    Process, Processor, RING, SCRATCH, Scratch, VALUE_LIMIT,
};

/// A record under construction.
pub struct Draft {
    pub scratch: *mut Scratch,
    /// Which of this processor's scratches that is.
    pub level: u32,
}

/// Makes a record of `kind` by `who`: `body` is its fixed part, `fill` adds its fields.
#[inline(always)]
pub fn emit<B: Copy>(kind: Kind, who: &Who, body: B, fill: impl FnOnce(&mut Draft)) {
    count(kind, 0);
    let Some(processor) = PROCESSOR.get_ptr_mut(0) else {
        return;
    };
    // SAFETY: the map's value, on this processor.
    let sequence = unsafe {
        let sequence = (*processor).sequence;
        (*processor).sequence = sequence + 1;
        sequence
    };
    let level = claim(processor);
    let Some(scratch) = SCRATCH.get_ptr_mut(level) else {
        return count(kind, LossReason::NESTED.0);
    };

    let mut draft = Draft { scratch, level };
    // SAFETY: constant offsets inside the scratch record.
    unsafe {
        (*scratch).flags = 0;
        (*scratch).length = (Header::SIZE + size_of::<B>()) as u64;
        draft.body::<B>().write(body);
    }
    fill(&mut draft);
    let outcome = draft.send(kind, who, sequence, processor);
    release(processor, level);
    if outcome != 0 {
        count(kind, outcome);
        debug!(
            (),
            "record of kind {} of process {} lost for reason {}", kind.0, who.pid, outcome
        );
    }
}

/// Takes a scratch of this processor; one that does not exist when all are in use.
///
/// Programs at tracepoints are interrupted, but not preempted: what comes above puts back what it
/// took before they go on, so a depth tells. Programs at functions stay on their processor but may be
/// preempted anywhere by others that take scratches; a table's insertion, which only one of them can
/// succeed with, decides then. (Atomic exchanges would do it, too, but not before 5.12.)
#[inline(always)]
fn claim(processor: *mut Processor) -> u32 {
    if fields::at_functions() != 0 {
        return claim_one();
    }
    // SAFETY: the map's value, on this processor.
    unsafe {
        let depth = (*processor).depth;
        if depth < u64::from(LEVELS) {
            (*processor).depth = depth + 1;
        }
        depth as u32
    }
}

/// A function of its own, for its stack.
#[inline(never)]
fn claim_one() -> u32 {
    let first = first_claim();
    for level in 0..LEVELS_PREEMPTED {
        if CLAIMS
            .insert(first + level, 1, u64::from(BPF_NOEXIST))
            .is_ok()
        {
            return level;
        }
    }
    LEVELS_PREEMPTED
}

/// Puts a scratch back.
#[inline(always)]
fn release(processor: *mut Processor, level: u32) {
    if fields::at_functions() != 0 {
        let _ = CLAIMS.remove(first_claim() + level);
        return;
    }
    // SAFETY: as in `claim`; what interrupted has put its own level back.
    unsafe { (*processor).depth = u64::from(level) };
}

/// The key of this processor's first scratch.
#[inline(always)]
fn first_claim() -> u32 {
    // SAFETY: the helper has no precondition.
    let processor = unsafe { bpf_get_smp_processor_id() };
    processor * LEVELS_PREEMPTED
}

/// Whether `process` may make one more record now; tells what was left out when it may again.
#[inline(always)]
pub fn admit(kind: Kind, who: &Who, process: *mut Process) -> bool {
    let limit = u64::from(fields::records_per_second());
    if limit == 0 {
        return true;
    }
    let time = who.time;
    // SAFETY: a map value; races between threads of one process only blur the limit.
    let told = unsafe {
        if time.wrapping_sub((*process).second) > SECOND {
            (*process).second = time;
            (*process).records = 0;
        }
        (*process).records += 1;
        if (*process).records > limit {
            if (*process).left_out == 0 {
                (*process).left_out_since = time;
                (*process).left_out_kind = u64::from(kind.0);
                debug!((), "process {} is throttled at kind {}", who.pid, kind.0);
            }
            (*process).left_out += 1;
            return false;
        }
        (*process).left_out != 0 && (*process).records == 1
    };
    if told {
        tell_left_out(who, process, ThrottleReason::RATE);
    }
    true
}

/// Tells how many records of a process were left out, and begins anew.
#[inline(always)]
pub fn tell_left_out(who: &Who, process: *mut Process, reason: ThrottleReason) {
    // SAFETY: a map value.
    let body = unsafe {
        Throttle {
            left_out: (*process).left_out,
            since: (*process).left_out_since,
            reason: reason.0,
            kind: (*process).left_out_kind as u32,
        }
    };
    emit(Kind::THROTTLE, who, body, |_| {});
    // SAFETY: a map value.
    unsafe { (*process).left_out = 0 };
}

/// The table entry of a process, made at its first use. Without one no record of `kind` can be
/// throttled, so none is made, and that is counted as a loss.
#[inline(always)]
pub fn process(kind: Kind, who: &Who) -> Option<*mut Process> {
    if let Some(found) = PROCESSES.get_ptr_mut(who.pid) {
        // SAFETY: a map value.
        if unsafe { (*found).start } == who.start {
            return Some(found);
        }
    }
    enter(who.pid, who.start);
    let made = PROCESSES.get_ptr_mut(who.pid);
    if made.is_none() {
        count(kind, 0);
        count(kind, LossReason::TABLE_FULL.0);
    }
    made
}

/// Puts a process into the table. A function of its own, for its stack.
#[inline(never)]
fn enter(pid: u32, start: u64) -> u32 {
    let fresh = Process {
        start,
        files_read: 0,
        files_written: 0,
        files_removed: 0,
        directories: 0,
        second: 0,
        records: 0,
        left_out: 0,
        left_out_since: 0,
        left_out_kind: 0,
    };
    u32::from(PROCESSES.insert(pid, fresh, 0).is_ok())
}

/// Adds one to a counter; outcome 0 is "made", others are loss reasons.
#[inline(always)]
pub fn count(kind: Kind, outcome: u32) {
    let Some(counters) = COUNTERS.get_ptr_mut(0) else {
        return;
    };
    let index = u64::from(kind.0) * OUTCOMES as u64 + u64::from(outcome);
    let index = bound::<{ (KINDS * OUTCOMES) as i32 - 1 }>(index) as usize;
    // SAFETY: the bound keeps the index inside the array. It is this processor's own, but another
    // task may cut in between a load and a store.
    unsafe {
        let count = (*counters).counts.as_mut_ptr().add(index);
        core::arch::asm!("lock *(u64 *)({0} + 0) += {1}", in(reg) count, in(reg) 1u64);
    }
}

impl Draft {
    /// The record's fixed part, where it stands. What depends on whether members could be read is
    /// put there and not into a value beforehand: the verifier follows each combination of what it
    /// knows of a value, and forgets what is in a map.
    #[inline(always)]
    pub fn body<B>(&self) -> *mut B {
        // SAFETY: a constant offset inside the scratch record, which is eight-byte aligned.
        unsafe { (*self.scratch).record.as_mut_ptr().add(Header::SIZE).cast() }
    }

    /// Sets flags of the record.
    #[inline(always)]
    pub fn flag(&mut self, flags: Flags) {
        // SAFETY: a map value.
        unsafe { (*self.scratch).flags |= u64::from(flags.0) };
    }

    /// Appends a field from kernel memory; an unreadable value sets `LOOKUP_FAILED`.
    #[inline(always)]
    pub fn kernel(&mut self, tag: Tag, address: u64, length: u64) {
        let Some((at, value)) = self.room() else {
            return;
        };
        let length = bound::<{ VALUE_LIMIT as i32 - 1 }>(length);
        // SAFETY: `at + 4 + length` is inside the scratch record by both bounds.
        let status =
            unsafe { bpf_probe_read_kernel(value.cast(), length as u32, address as *const _) };
        if status != 0 {
            return self.flag(Flags::LOOKUP_FAILED);
        }
        self.head(at, tag, length);
    }

    /// Appends a NUL-ended text of the kernel, without its NUL.
    #[inline(always)]
    pub fn kernel_text(&mut self, tag: Tag, address: u64) {
        let Some((at, value)) = self.room() else {
            return;
        };
        // SAFETY: room for VALUE_LIMIT bytes is behind every field offset.
        let status = unsafe {
            bpf_probe_read_kernel_str(value.cast(), VALUE_LIMIT as u32, address as *const _)
        };
        self.text(at, tag, status);
    }

    /// Appends a NUL-ended text of the running program, without its NUL; gives its first byte
    /// (a NUL for an empty text).
    #[inline(always)]
    pub fn user_text(&mut self, tag: Tag, address: u64) -> Option<u8> {
        let (at, value) = self.room()?;
        // SAFETY: room for VALUE_LIMIT bytes is behind every field offset.
        let status = unsafe {
            bpf_probe_read_user_str(value.cast(), VALUE_LIMIT as u32, address as *const _)
        };
        self.text(at, tag, status);
        // SAFETY: as above; what could not be read left what was there before.
        (status > 0).then(|| unsafe { core::ptr::read_volatile(value) })
    }

    /// Takes a text that a helper read, by that helper's status: its length with the NUL.
    #[inline(always)]
    fn text(&mut self, at: u64, tag: Tag, status: i64) {
        if status <= 0 {
            return self.flag(Flags::LOOKUP_FAILED);
        }
        let length = bound::<{ VALUE_LIMIT as i32 - 1 }>(status as u64 - 1);
        if length == VALUE_LIMIT as u64 - 1 {
            self.flag(Flags::TRUNCATED);
        }
        self.head(at, tag, length);
    }

    /// Where the next field begins, and where its value goes; `None` (and `TRUNCATED`) when the
    /// record is full.
    #[inline(always)]
    pub fn room(&mut self) -> Option<(u64, *mut u8)> {
        // SAFETY: a map value.
        let length = unsafe { (*self.scratch).length };
        if length > (FIELD_LIMIT - VALUE_LIMIT - 64) as u64 {
            self.flag(Flags::TRUNCATED);
            return None;
        }
        let at = bound::<{ FIELD_LIMIT as i32 - 1 }>(length);
        // SAFETY: `at + 4` is below FIELD_LIMIT + 4, inside the record.
        Some((at, unsafe {
            (*self.scratch).record.as_mut_ptr().add(at as usize + 4)
        }))
    }

    /// Writes a field's head and takes the value of `length` bytes behind it into the record.
    #[inline(always)]
    pub fn head(&mut self, at: u64, tag: Tag, length: u64) {
        let at = bound::<{ FIELD_LIMIT as i32 - 1 }>(at);
        // SAFETY: `at` is inside the record; the store is unaligned.
        unsafe {
            let head = u32::from(tag.0) | ((length as u32) << 16);
            (*self.scratch)
                .record
                .as_mut_ptr()
                .add(at as usize)
                .cast::<u32>()
                .write_unaligned(head);
            (*self.scratch).length = at + 4 + length;
        }
    }

    /// Completes the header and sends; 0, or the loss reason's code.
    #[inline(always)]
    fn send(&mut self, kind: Kind, who: &Who, sequence: u64, processor: *mut Processor) -> u32 {
        let time = who.time;
        // SAFETY: map values; the header is at a constant, aligned offset.
        let (length, record) = unsafe {
            let length = (*self.scratch).length;
            let header = Header {
                length: length as u32,
                version: VERSION,
                kind: kind.0,
                flags: (*self.scratch).flags as u32,
                cpu: bpf_get_smp_processor_id(),
                sequence,
                time,
                pid: who.pid,
                tid: who.tid,
                start_time: who.start,
            };
            (*self.scratch)
                .record
                .as_mut_ptr()
                .cast::<Header>()
                .write(header);
            (length, (*self.scratch).record.as_ptr())
        };
        // SAFETY: a map value.
        let wake = unsafe {
            if time.wrapping_sub((*processor).woken) > WAKE_INTERVAL {
                (*processor).woken = time;
                BPF_RB_FORCE_WAKEUP
            } else {
                BPF_RB_NO_WAKEUP
            }
        };
        let length = bound::<{ FIELD_LIMIT as i32 - 1 }>(length) as usize;
        // SAFETY: `length` is below the record's size.
        let bytes = unsafe { core::slice::from_raw_parts(record, length) };
        match RING.output::<[u8]>(bytes, u64::from(wake)) {
            Ok(()) => 0,
            Err(_) => LossReason::RING_FULL.0,
        }
    }
}

const SECOND: u64 = 1_000_000_000;
const WAKE_INTERVAL: u64 = 5_000_000;
