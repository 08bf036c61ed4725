//! One hook as data, and what its fields mean.
//!
//! Step: source. `hooks` is the table of them; nothing is loaded here.

use ring_abi::Kind;

use super::needs::Needs;

/// Where a program stands. Of several names the first that the kernel has counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A BTF tracepoint.
    Typed(&'static str),
    /// The BTF tracepoint of `io_uring`'s requests, whose name differs between kernels.
    Requests,
    /// A system call's tracepoint.
    Call(&'static str),
    /// The entry of a function.
    Entry(&'static [&'static str]),
    /// The return of a function.
    Return(&'static [&'static str]),
}

/// What a hook is to the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    /// Without it the product is of no use.
    Essential,
    /// Without it something stays unseen, or on tier 1 its purpose is watched on tier 2.
    Usual,
    /// On tier 1 the rest of its purpose stands without it: system calls' tracepoints, which make
    /// every call slower, would be too high a price for it.
    Dispensable,
}

/// One hook.
#[derive(Clone, Copy)]
pub(super) struct Row {
    /// The program's name in the object.
    pub(super) program: &'static str,
    pub(super) place: Place,
    /// What is seen there; what stays unseen without it.
    pub(super) sees: &'static str,
    pub(super) weight: Weight,
    /// Members of the kernel's structures that it needs.
    pub(super) needs: Needs,
    /// Which of the programs' counters moves when the daemon itself passes by.
    pub(super) proof: Option<Proof>,
    /// Whether it stands in for the row before it where that one's program is preempted; on a
    /// kernel that preempts none it is not wanted.
    pub(super) relief: bool,
    /// What is not told when the kernel leaves the program out.
    pub(super) kind: Option<Kind>,
}

/// A counter in the probes' `MOVED`; `probes-ebpf/src/functions/proof.rs` numbers them alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    FilePut = 0,
    TaskEnding = 1,
    TaskGone = 2,
    FileOpened = 3,
    RenameBegins = 4,
    Renamed = 5,
    LinkBegins = 6,
    Linked = 7,
    UnlinkBegins = 8,
    Unlinked = 9,
    RmdirBegins = 10,
    RmdirEnds = 11,
    Truncated = 12,
    FileMapped = 13,
    SocketGrafted = 14,
}

/// Something to watch, with the hooks that do so on either tier.
pub(super) struct Purpose {
    /// Tier 1; empty where tier 2 alone has hooks for it.
    pub(super) functions: &'static [Row],
    /// Tier 2.
    pub(super) calls: &'static [Row],
    /// Wanted only where opens or closes are watched at system calls, which `io_uring` does not make.
    pub(super) beside_calls: bool,
}

/// A hook of either tier.
pub(super) const fn row(
    program: &'static str,
    place: Place,
    sees: &'static str,
    needs: Needs,
) -> Row {
    Row {
        program,
        place,
        sees,
        weight: Weight::Usual,
        needs,
        proof: None,
        relief: false,
        kind: None,
    }
}

/// A hook of tier 1 that is to prove that it listens.
pub(super) const fn at(
    program: &'static str,
    place: Place,
    sees: &'static str,
    needs: Needs,
    proof: Proof,
    kind: Kind,
) -> Row {
    Row {
        proof: Some(proof),
        kind: Some(kind),
        ..row(program, place, sees, needs)
    }
}

/// A hook without which the product is of no use.
pub(super) const fn essential(row: Row) -> Row {
    Row {
        weight: Weight::Essential,
        ..row
    }
}

/// A hook that the others of its purpose do without.
pub(super) const fn dispensable(row: Row) -> Row {
    Row {
        weight: Weight::Dispensable,
        ..row
    }
}

/// A hook that stands in for the one before it.
pub(super) const fn relief(row: Row) -> Row {
    Row {
        relief: true,
        ..row
    }
}
