//! Has the probes find out how a page's memory lies to its description.
//!
//! Step: source. See `probes-ebpf/src/calibrate.rs`. Both programs listen to the allocator's
//! tracepoints only while one `readv` runs. Without a result, content samples are left out and
//! `doctor` says so.

use std::fs::File;
use std::io::{IoSliceMut, Read};

use aya::programs::BtfTracePoint;
use aya::{Btf, Ebpf};

use super::attach::describe;

/// Bytes for which the kernel is made to ask its allocator: more than the largest slab, so that
/// whole pages are taken.
pub(super) const REQUESTED: u64 = (BUFFERS * BUFFER_DESCRIPTION) as u64;

/// Runs the calibration; the probes' `CALIBRATION` map says whether it succeeded.
pub(super) fn calibrate(ebpf: &mut Ebpf, btf: &Btf) -> Result<(), String> {
    for (program, tracepoint) in PROGRAMS {
        let program: &mut BtfTracePoint = ebpf
            .program_mut(program)
            .ok_or("the probe object lacks the calibration")?
            .try_into()
            .map_err(describe)?;
        program.load(tracepoint, btf).map_err(describe)?;
        program.attach().map_err(describe)?;
    }
    let outcome = ask_for_large_block();
    for (program, _) in PROGRAMS {
        if let Some(program) = ebpf.program_mut(program) {
            let program: &mut BtfTracePoint = program.try_into().map_err(describe)?;
            program.unload().map_err(describe)?;
        }
    }
    outcome.map_err(describe)?;

    let map = ebpf
        .map("CALIBRATION")
        .ok_or("the probe object lacks the calibration's map")?;
    let map: aya::maps::Array<_, [u64; 3]> = map.try_into().map_err(describe)?;
    let [_page, _constant, valid] = map.get(&0, 0).map_err(describe)?;
    if valid == 1 {
        Ok(())
    } else {
        Err("the allocator's tracepoints did not fire".to_owned())
    }
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

const PROGRAMS: [(&str, &str); 2] = [
    ("calibrate_page", "mm_page_alloc"),
    ("calibrate_block", "kmalloc"),
];
/// `UIO_MAXIOV`, the most buffers that one call takes.
const BUFFERS: usize = 1024;
/// Size of a `struct iovec`.
const BUFFER_DESCRIPTION: usize = 16;
