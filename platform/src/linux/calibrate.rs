//! Has the probes find out how a page's memory lies to its description, and where the oldest
//! kernels keep the registers of a call.
//!
//! Step: source. See `probes-ebpf/src/calibrate.rs`. Both programs listen to the allocator's
//! tracepoints only while one `readv` runs. Without the one result, content samples are left out,
//! without the other names as programs gave them; `doctor` says so.

use std::fs::File;
use std::io::{IoSliceMut, Read};

use aya::programs::{BtfTracePoint, Program, ProgramError, RawTracePoint};
use aya::{Btf, Ebpf};

use super::attach::describe;

/// Bytes for which the kernel is made to ask its allocator: more than the largest slab, so that
/// whole pages are taken.
pub(super) const REQUESTED: u64 = (BUFFERS * BUFFER_DESCRIPTION) as u64;

/// What the calibration found.
#[derive(Debug)]
pub(super) struct Found {
    /// Whether content can be sampled, else why not.
    pub(super) content: Result<(), String>,
    /// Whether the registers of a call were found on the stack.
    pub(super) registers: bool,
}

/// Runs the calibration; the probes read what it found in their `CALIBRATION` map.
pub(super) fn calibrate(ebpf: &mut Ebpf, btf: &Btf) -> Found {
    let run = run(ebpf, btf);
    let result = result(ebpf);
    let registers = result.as_ref().is_ok_and(|[.., registers]| *registers != 0);
    let content = run.and(result).and_then(|[_page, _constant, valid, _]| {
        let why = "the allocator's tracepoints did not fire";
        (valid == 1).then_some(()).ok_or_else(|| why.to_owned())
    });
    Found { content, registers }
}

/// Attaches both programs, as far as the kernel takes them, for one call.
fn run(ebpf: &mut Ebpf, btf: &Btf) -> Result<(), String> {
    let page = attach_page(ebpf, btf);
    let block = attach_block(ebpf);
    let outcome = ask_for_large_block();
    if let Ok(program) = typed::<BtfTracePoint>(ebpf, PAGE) {
        let _ = program.unload();
    }
    if let Ok(program) = typed::<RawTracePoint>(ebpf, BLOCK) {
        let _ = program.unload();
    }
    page.and(block)?;
    outcome.map_err(describe)
}

fn attach_page(ebpf: &mut Ebpf, btf: &Btf) -> Result<(), String> {
    let program = typed::<BtfTracePoint>(ebpf, PAGE)?;
    program.load("mm_page_alloc", btf).map_err(describe)?;
    program.attach().map(drop).map_err(describe)
}

fn attach_block(ebpf: &mut Ebpf) -> Result<(), String> {
    let program = typed::<RawTracePoint>(ebpf, BLOCK)?;
    program.load().map_err(describe)?;
    program.attach("kmalloc").map(drop).map_err(describe)
}

/// One of the programs.
fn typed<'a, P>(ebpf: &'a mut Ebpf, name: &str) -> Result<&'a mut P, String>
where
    &'a mut P: TryFrom<&'a mut Program, Error = ProgramError>,
{
    let program = ebpf.program_mut(name);
    let program = program.ok_or("the probe object lacks the calibration")?;
    program.try_into().map_err(describe)
}

/// What the programs left.
fn result(ebpf: &Ebpf) -> Result<[u64; 4], String> {
    let map = ebpf
        .map("CALIBRATION")
        .ok_or("the probe object lacks the calibration's map")?;
    let map: aya::maps::Array<_, [u64; 4]> = map.try_into().map_err(describe)?;
    map.get(&0, 0).map_err(describe)
}

/// The kernel copies the buffers' descriptions into one block of [`REQUESTED`] bytes.
fn ask_for_large_block() -> std::io::Result<()> {
    let mut bytes = [0u8; BUFFERS];
    let mut buffers: Vec<IoSliceMut<'_>> = bytes.chunks_mut(1).map(IoSliceMut::new).collect();
    // How much is read does not matter: the block is allocated before.
    File::open("/dev/zero")?
        .read_vectored(&mut buffers)
        .map(drop)
}

const PAGE: &str = "calibrate_page";
const BLOCK: &str = "calibrate_block";
/// `UIO_MAXIOV`, the most buffers that one call takes.
const BUFFERS: usize = 1024;
/// Size of a `struct iovec`.
const BUFFER_DESCRIPTION: usize = 16;
