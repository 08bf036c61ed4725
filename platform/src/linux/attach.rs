//! Attaches the hooks: on the first tier whose hooks listen, for each purpose by itself.
//!
//! Step: source. Tier 1 is loaded, attached and made to prove that it moves; what of it cannot be
//! had, or does not move, gives way to tier 2. A hook that cannot be attached on either is a blind
//! spot that is reported, not an error, as long as process starts and file closes remain.

use std::any::Any;
use std::path::{Path, PathBuf};

use aya::programs::{BtfTracePoint, FEntry, FExit, Program, TracePoint};
use aya::{Btf, Ebpf};

use super::fields::Fields;
use super::hooks::{ALWAYS, PURPOSES};
use super::prove::{self, Outcome};
use super::row::{Place, Purpose, Row, Weight};
use super::skipped::Watch;
use super::system;
use super::tiers::Tiers;
use crate::survey::{Hook, HookState};

/// What keeps a program attached; dropping it detaches.
pub(super) type Attachment = Box<dyn Any + Send>;

/// The hooks of a host.
pub(super) struct Attached {
    pub(super) hooks: Vec<Hook>,
    pub(super) attachments: Vec<Attachment>,
    pub(super) tiers: Tiers,
    /// Programs that the kernel leaves out where they are called while they run.
    pub(super) skippable: Vec<Watch>,
}

/// Hooks of a purpose on tier 1.
struct Taken {
    rows: Vec<(&'static Row, String, Result<Attachment, HookState>)>,
}

impl Taken {
    /// Gives up the dispensable hooks that did not move; says why where another one did not.
    fn hold(&mut self, outcome: &Outcome, ebpf: &mut Ebpf) -> Option<String> {
        for (row, name, state) in &mut self.rows {
            let Some(why) = row.proof.and_then(|proof| outcome.lacks(proof)) else {
                continue;
            };
            if row.weight != Weight::Dispensable {
                return Some(format!("{name}: {why}"));
            }
            *state = Err(HookState::Failed(why));
            unload(row, ebpf);
        }
        None
    }
}

/// What tier 1 has of each purpose; else why not.
pub(super) struct Functions(Vec<Result<Taken, String>>);

impl Functions {
    /// None of it, for one reason.
    pub(super) fn refused(why: &str) -> Self {
        let wanted = PURPOSES.iter().filter(|it| !it.functions.is_empty());
        Self(wanted.map(|_| Err(why.to_owned())).collect())
    }

    /// Loads, attaches and proves what this kernel takes of tier 1. Things are done in the first of
    /// `folders` that can be written to.
    pub(super) fn attach(ebpf: &mut Ebpf, btf: &Btf, fields: &Fields, folders: &[PathBuf]) -> Self {
        let wanted = PURPOSES.iter().filter(|it| !it.functions.is_empty());
        let mut taken: Vec<Result<Taken, String>> = wanted
            .map(|purpose| at_functions(purpose, ebpf, btf, fields))
            .collect();
        if taken.iter().any(Result::is_ok) {
            let outcome = prove::exercise(ebpf, folders);
            for purpose in &mut taken {
                let lacking = purpose
                    .as_mut()
                    .ok()
                    .and_then(|taken| taken.hold(&outcome, ebpf));
                if let Some(why) = lacking {
                    give_up(ebpf, std::mem::replace(purpose, Err(why)));
                }
            }
        }
        Self(taken)
    }

    /// Whether there is nothing of it.
    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(Result::is_err)
    }
}

/// Attaches what there is of tier 1 of a purpose; without one of its usual hooks there is nothing.
fn at_functions(
    purpose: &'static Purpose,
    ebpf: &mut Ebpf,
    btf: &Btf,
    fields: &Fields,
) -> Result<Taken, String> {
    let mut rows = Vec::with_capacity(purpose.functions.len());
    let wanted = |row: &&Row| !row.relief || system::preempts();
    for row in purpose.functions.iter().filter(wanted) {
        let name = name(&row.place, fields);
        let state = match lacking(row, fields, None) {
            Some(what) => Err(HookState::Missing(what)),
            None => load(row, ebpf, btf, fields).map_err(HookState::Failed),
        };
        if let Err(HookState::Missing(why) | HookState::Failed(why)) = &state
            && row.weight != Weight::Dispensable
        {
            let why = format!("{name}: {why}");
            unload(row, ebpf);
            give_up(ebpf, Ok(Taken { rows }));
            return Err(why);
        }
        rows.push((row, name, state));
    }
    Ok(Taken { rows })
}

/// Detaches and unloads what was taken.
fn give_up(ebpf: &mut Ebpf, taken: Result<Taken, String>) {
    for (row, _, attachment) in taken.into_iter().flat_map(|taken| taken.rows) {
        drop(attachment);
        unload(row, ebpf);
    }
}

/// Frees a program that is not wanted; one that was not loaded stays so.
fn unload(row: &Row, ebpf: &mut Ebpf) {
    let _ = match ebpf.program_mut(row.program) {
        Some(Program::BtfTracePoint(program)) => program.unload(),
        Some(Program::FEntry(program)) => program.unload(),
        Some(Program::FExit(program)) => program.unload(),
        _ => Ok(()),
    };
}

/// Attaches everything else that this kernel takes.
pub(super) fn attach(
    ebpf: &mut Ebpf,
    btf: &Btf,
    fields: &Fields,
    tracefs: Option<&Path>,
    functions: Functions,
) -> Attached {
    let mut attached = Attached {
        hooks: Vec::new(),
        attachments: Vec::new(),
        tiers: Tiers::default(),
        skippable: Vec::new(),
    };
    for row in ALWAYS {
        attached.calls(row, ebpf, btf, fields, tracefs);
    }
    let mut functions = functions.0.into_iter();
    for purpose in PURPOSES {
        if purpose.beside_calls {
            let tiers = &attached.tiers;
            if tiers.sees_every_end() && tiers.sees_every_open() {
                continue;
            }
        } else {
            match functions.next() {
                Some(Ok(taken)) => {
                    attached.tiers.push(None);
                    attached.functions(taken, ebpf);
                    continue;
                }
                Some(Err(why)) => attached.tiers.push(Some(why)),
                None => {}
            }
        }
        let calls = purpose.calls.iter();
        for row in calls.filter(|row| cfg!(target_arch = "x86_64") || !is_of_old_architectures(row))
        {
            attached.calls(row, ebpf, btf, fields, tracefs);
        }
    }
    attached
}

impl Attached {
    fn functions(&mut self, taken: Taken, ebpf: &Ebpf) {
        for (row, name, attachment) in taken.rows {
            let state = match attachment {
                Ok(attachment) => {
                    self.attachments.push(attachment);
                    let program = ebpf.program(row.program);
                    let fd = program.and_then(|program| program.fd().ok()?.try_clone().ok());
                    match (row.kind.zip(fd), self.skippable.last_mut()) {
                        (Some((_, fd)), Some((_, programs))) if row.relief => programs.push(fd),
                        (Some((kind, fd)), _) => self.skippable.push((kind, vec![fd])),
                        (None, _) => {}
                    }
                    HookState::Attached
                }
                Err(state) => state,
            };
            self.hooks.push(hook(row, name, state));
        }
    }

    fn calls(
        &mut self,
        row: &Row,
        ebpf: &mut Ebpf,
        btf: &Btf,
        fields: &Fields,
        tracefs: Option<&Path>,
    ) {
        let state = match lacking(row, fields, tracefs) {
            Some(what) => HookState::Missing(what),
            None => match load(row, ebpf, btf, fields) {
                Ok(attachment) => {
                    self.attachments.push(attachment);
                    HookState::Attached
                }
                Err(error) => HookState::Failed(error),
            },
        };
        self.hooks.push(hook(row, name(&row.place, fields), state));
    }
}

/// Detaches everything. The kernel waits for its readers at each, so all wait at the same time:
/// one after the other they would take more than a second.
pub(super) fn detach(attachments: Vec<Attachment>) {
    std::thread::scope(|scope| {
        for attachment in attachments {
            scope.spawn(move || drop(attachment));
        }
    });
}

/// Whether a row's system call is one that only the oldest architectures have: on others, programs
/// reach the same by its successor, and nothing is unseen without it.
fn is_of_old_architectures(row: &Row) -> bool {
    let Place::Call(name) = row.place else {
        return false;
    };
    let call = name.split('_').next_back().unwrap_or_default();
    OLD_CALLS.contains(&call)
}

fn hook(row: &Row, name: String, state: HookState) -> Hook {
    Hook {
        name,
        sees: row.sees,
        essential: row.weight == Weight::Essential,
        state,
    }
}

/// What a place is called, with the function that this kernel has.
fn name(place: &Place, fields: &Fields) -> String {
    match place {
        Place::Requests => fields.requests.unwrap_or("io_uring_submit_req").to_owned(),
        Place::Typed(name) | Place::Call(name) => (*name).to_owned(),
        Place::Entry(names) => format!("fentry {}", function(names, fields).unwrap_or(names[0])),
        Place::Return(names) => format!("fexit {}", function(names, fields).unwrap_or(names[0])),
    }
}

/// The first of `names` that is a function of this kernel.
fn function(names: &[&'static str], fields: &Fields) -> Option<&'static str> {
    let known = |name: &&'static str| fields.functions.contains(name);
    names.iter().copied().find(known)
}

/// What the kernel lacks for a row, if anything.
fn lacking(row: &Row, fields: &Fields, tracefs: Option<&Path>) -> Option<String> {
    if matches!(row.place, Place::Requests) && fields.requests.is_none() {
        return Some("the kernel does not say which file a request is for (Linux 6.0 does)".into());
    }
    if let Some(symbol) = fields.missing(row.needs) {
        return Some(format!(
            "the kernel has no member {symbol} of a size that the probes know"
        ));
    }
    match row.place {
        Place::Typed(_) | Place::Requests => None,
        Place::Entry(names) | Place::Return(names) => function(names, fields)
            .is_none()
            .then(|| "the kernel has no such function".to_owned()),
        Place::Call(name) => {
            let Some(tracefs) = tracefs else {
                return Some(
                    "tracefs is not mounted (mount -t tracefs tracefs /sys/kernel/tracing)".into(),
                );
            };
            let known = tracefs.join("events/syscalls").join(name).is_dir();
            (!known).then(|| {
                "the kernel has no such system call tracepoint (it wants \
                 CONFIG_FTRACE_SYSCALLS=y)"
                    .into()
            })
        }
    }
}

fn load(row: &Row, ebpf: &mut Ebpf, btf: &Btf, fields: &Fields) -> Result<Attachment, String> {
    let program = ebpf
        .program_mut(row.program)
        .ok_or("the probe object lacks this program")?;
    let place = match (row.place, fields.requests) {
        (Place::Requests, Some(name)) => Place::Typed(name),
        (place, _) => place,
    };
    match place {
        Place::Requests => Err("the kernel has no such tracepoint".to_owned()),
        Place::Typed(name) => {
            let program: &mut BtfTracePoint = program.try_into().map_err(describe)?;
            program.load(name, btf).map_err(describe)?;
            let link = program.attach().map_err(describe)?;
            Ok(Box::new(program.take_link(link).map_err(describe)?))
        }
        Place::Call(name) => {
            let program: &mut TracePoint = program.try_into().map_err(describe)?;
            program.load().map_err(describe)?;
            let link = program.attach("syscalls", name).map_err(describe)?;
            Ok(Box::new(program.take_link(link).map_err(describe)?))
        }
        Place::Entry(names) => {
            let name = function(names, fields).ok_or("the kernel has no such function")?;
            let program: &mut FEntry = program.try_into().map_err(describe)?;
            program.load(name, btf).map_err(describe)?;
            let link = program.attach().map_err(refused)?;
            Ok(Box::new(program.take_link(link).map_err(describe)?))
        }
        Place::Return(names) => {
            let name = function(names, fields).ok_or("the kernel has no such function")?;
            let program: &mut FExit = program.try_into().map_err(describe)?;
            program.load(name, btf).map_err(describe)?;
            let link = program.attach().map_err(refused)?;
            Ok(Box::new(program.take_link(link).map_err(describe)?))
        }
    }
}

/// As [`describe`], with what the kernel means by the number that it keeps to itself.
fn refused(error: impl std::error::Error) -> String {
    let text = describe(error);
    if text.contains("os error 524") {
        return format!(
            "this kernel lets no program stand at a function (on arm64 that came with 6.4): {text}"
        );
    }
    text
}

/// An error with its causes, cut to what a person can use; the verifier's log can be megabytes,
/// and its last lines say why.
pub(super) fn describe(error: impl std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text = format!("{text}: {inner_text}");
        }
        cause = inner.source();
    }
    let text = text.trim_end();
    let text = text.strip_suffix(". Verifier output:").unwrap_or(text);
    let lines: Vec<&str> = text.lines().collect();
    if lines.len() <= LINES {
        text.to_owned()
    } else {
        lines[lines.len() - LINES..].join("\n")
    }
}

const LINES: usize = 12;

/// Calls that arm64 never had, of `include/uapi/asm-generic/unistd.h`.
const OLD_CALLS: [&str; 7] = ["creat", "dup2", "link", "open", "rename", "rmdir", "unlink"];
