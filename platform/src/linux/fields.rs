//! Where this kernel has the members that the probes need.
//!
//! Step: source. `table` has the names; here they are looked up. A member found nowhere, or with a
//! size that the probes do not know, keeps the probe's mark for "absent".

mod table;

use super::arguments;
use super::btf::Btf;
use super::hooks;
use super::needs::Needs;
use table::{REFERENCES, TABLE};

/// A resolved global: its symbol and value.
pub(super) type Resolved = (&'static str, u32);

/// What resolving gave.
#[derive(Debug)]
pub(super) struct Fields {
    /// Values for the probe's globals.
    pub(super) values: Vec<Resolved>,
    /// Globals that this kernel has no member for, or one of another size.
    pub(super) absent: Vec<&'static str>,
    /// What `struct file`'s reference count holds when one reference is left.
    pub(super) references_of_one: u64,
    /// Size of the registers that a call saves; 0 where it is unknown.
    pub(super) registers_size: u32,
    /// Those of the functions that hooks may stand at which this kernel has.
    pub(super) functions: Vec<&'static str>,
    /// The tracepoint that hands out the requests of `io_uring`.
    pub(super) requests: Option<&'static str>,
    /// What the kernel's probes may ask for.
    pub(super) helpers: Helpers,
    /// log2 of memory bytes per byte of page description, where a page can be reached.
    pub(super) page_scale_shift: Option<u32>,
}

/// Helpers that the oldest kernels lack.
#[derive(Clone, Copy, Debug)]
pub(super) struct Helpers {
    /// The running task, typed: 5.11.
    typed_task: bool,
    /// The registers of a task's system call, typed: 5.15.
    task_registers: bool,
    /// What was given along when a probe was set: 5.15.
    pub(super) attach_cookie: bool,
}

impl Helpers {
    /// Those that the kernel's own list has.
    fn resolve(btf: &Btf<'_>) -> Self {
        let has = |name: &str| btf.has_enumerator("bpf_func_id", name);
        Self {
            typed_task: has("BPF_FUNC_get_current_task_btf"),
            task_registers: has("BPF_FUNC_task_pt_regs"),
            attach_cookie: has("BPF_FUNC_get_attach_cookie"),
        }
    }
}

impl Fields {
    /// Resolves everything against a kernel's type information.
    pub(super) fn resolve(btf: &Btf<'_>, page_size: u64) -> Self {
        let mut fields = Self {
            values: Vec::with_capacity(TABLE.len()),
            absent: Vec::new(),
            references_of_one: 0,
            registers_size: btf.size("pt_regs").unwrap_or(0),
            functions: hooks::functions()
                .filter(|name| btf.has_function(name))
                .collect(),
            requests: REQUESTS
                .into_iter()
                .find(|name| btf.argument_of_tracepoint(name) == Some(b"io_kiocb")),
            helpers: Helpers::resolve(btf),
            page_scale_shift: page_scale_shift(btf, page_size),
        };
        for &(symbol, widths, places) in TABLE {
            let found = places
                .iter()
                .enumerate()
                .find_map(|(index, (outer, path))| Some((index, btf.member(outer, path)?)))
                .filter(|(_, member)| widths.is_empty() || widths.contains(&member.size));
            let Some((index, member)) = found else {
                fields.absent.push(symbol);
                continue;
            };
            if symbol == REFERENCES && index == 1 {
                fields.references_of_one = 1;
            }
            fields.values.push((symbol, member.offset));
        }
        arguments::resolve(btf, &mut fields.values, &mut fields.absent);
        fields.mark_untyped();
        fields
    }

    /// Marks what the probes must copy, since the verifier does not know it by type here.
    fn mark_untyped(&mut self) {
        let Helpers {
            typed_task,
            task_registers,
            ..
        } = self.helpers;
        let typed_registers = typed_task && task_registers;
        for (symbol, value) in &mut self.values {
            if symbol.starts_with("current__") && !typed_task
                || symbol.starts_with("call__") && !typed_registers
            {
                *value += UNTYPED;
            }
        }
    }

    /// Takes note that the registers of a call were not found on the stack: where the probes need
    /// them from there, they are as good as absent.
    pub(super) fn lack_registers(&mut self) {
        if !(self.helpers.typed_task && self.helpers.task_registers) {
            self.absent.push(CALL_REGISTERS);
        }
    }

    /// The first of `needs` that was not found, if any.
    pub(super) fn missing(&self, needs: Needs) -> Option<&'static str> {
        let mut symbols = needs.iter().copied().flatten().copied();
        symbols.find(|symbol| self.absent.contains(symbol))
    }
}

/// Page descriptions must divide a page evenly, as they do wherever they are 64 bytes.
fn page_scale_shift(btf: &Btf<'_>, page_size: u64) -> Option<u32> {
    let size = u64::from(btf.size("page")?);
    (size.is_power_of_two() && page_size.is_power_of_two() && size < page_size)
        .then(|| page_size.trailing_zeros() - size.trailing_zeros())
}

/// Stands for the registers of a call where they must be found on the stack.
const CALL_REGISTERS: &str = "call_registers";
/// Names of the tracepoint of `io_uring`'s requests: since 6.3, and before.
const REQUESTS: [&str; 2] = ["io_uring_submit_req", "io_uring_submit_sqe"];
/// As in `probes-ebpf/src/fields.rs`.
const UNTYPED: u32 = 1 << 30;

#[cfg(test)]
mod tests;
