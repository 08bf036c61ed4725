//! Sets the probe on functions of a file: many at once where the kernel can, else one by one.
//!
//! Step: source. aya 0.14 has no links of many uprobes, so the program is loaded a second time for
//! them, over the maps that aya made, and both kinds of link are made here. A file is named to the
//! kernel by an open descriptor, so that it is the one that was looked at. Closing a link's
//! descriptor takes its probes away.

use std::collections::HashMap;
use std::ffi::CString;
use std::fs::{self, File};
use std::io;
use std::os::fd::{AsFd as _, AsRawFd as _, FromRawFd as _, OwnedFd};

use aya::Ebpf;
use aya::maps::{Map, MapData};
use aya::programs::UProbe;
use aya_obj::Object;
use aya_obj::generated::bpf_insn;
use nix::libc;

/// A loaded program that can be set on functions.
#[derive(Debug)]
pub(super) enum Setter {
    /// All functions of a file by one link (Linux 6.6 and later).
    Many(OwnedFd),
    /// One link for each function (Linux 5.15 and later), with the number of the probe's kind.
    Single(OwnedFd, u32),
}

/// A place in a file, and what the probe is told there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Point {
    pub(super) offset: u64,
    pub(super) cookie: u64,
}

impl Setter {
    /// Loads the program in the way that this kernel takes.
    pub(super) fn load(ebpf: &mut Ebpf, object: &[u8]) -> Result<Self, String> {
        match load_for_many(ebpf, object) {
            Ok(program) => Ok(Self::Many(program)),
            Err(many) => load_for_single(ebpf)
                .map_err(|single| format!("{single} (and for many at once: {many})")),
        }
    }

    /// Whether all functions of a file share a link.
    pub(super) fn sets_many(&self) -> bool {
        matches!(self, Self::Many(_))
    }

    /// Sets the probe at every point of a file.
    pub(super) fn set(&self, file: &File, points: &[Point]) -> io::Result<Vec<OwnedFd>> {
        let path = CString::new(format!("/proc/self/fd/{}", file.as_raw_fd()))
            .expect("the path holds no NUL");
        match self {
            Self::Many(program) => Ok(vec![link_many(program, &path, points)?]),
            Self::Single(program, kind) => points
                .iter()
                .map(|point| link_single(program, *kind, &path, *point))
                .collect(),
        }
    }
}

/// Loads the program for links of many uprobes, and finds out whether the kernel has them.
fn load_for_many(ebpf: &Ebpf, object: &[u8]) -> Result<OwnedFd, String> {
    let (code, license) = code(ebpf, object)?;
    let request = ProgramLoad {
        kind: PROGRAM_KPROBE,
        instructions_count: code.len() as u32,
        instructions: code.as_ptr() as u64,
        license: license.as_ptr() as u64,
        log_level: 0,
        log_size: 0,
        log: 0,
        kernel_version: 0,
        flags: 0,
        name: NAME,
        interface: 0,
        expected_attach: ATTACH_UPROBE_MULTI,
    };
    // SAFETY: the request is whole, and what it points to outlives the call.
    let loaded = unsafe { bpf(BPF_PROG_LOAD, &request) };
    let program = loaded.map_err(|error| format!("{error}: {}", reason(request)))?;
    // A kernel with such links finds that a directory has no code (EBADF). One without them may load
    // the program all the same (6.1 does), and does not know the kind of link (EINVAL).
    let nowhere = Point {
        offset: 0,
        cookie: 0,
    };
    match link_many(&program, c"/", &[nowhere]) {
        Err(error) if error.raw_os_error() == Some(libc::EBADF) => Ok(program),
        Err(error) => Err(format!("the kernel has no links of many uprobes: {error}")),
        Ok(_) => Err("the kernel sets a uprobe on a directory".to_owned()),
    }
}

/// What the verifier says of a program that was refused, by its last lines.
fn reason(mut request: ProgramLoad) -> String {
    let mut log = vec![0_u8; LOG];
    request.log_level = 1;
    request.log_size = log.len() as u32;
    request.log = log.as_mut_ptr() as u64;
    // SAFETY: as at the first attempt; the log is written within its size.
    let _ = unsafe { bpf(BPF_PROG_LOAD, &request) };
    let said = String::from_utf8_lossy(&log);
    let lines: Vec<_> = said.trim_end_matches(['\0', '\n']).lines().collect();
    lines[lines.len().saturating_sub(3)..].join("; ")
}

/// The program's instructions over the maps that are there already, and its licence.
fn code(ebpf: &Ebpf, object: &[u8]) -> Result<(Vec<bpf_insn>, CString), String> {
    let mut object = Object::parse(object).map_err(super::describe)?;
    let maps: HashMap<String, aya_obj::Map> = object.maps.drain().collect();
    let made: HashMap<&str, i32> = ebpf
        .maps()
        .filter_map(|(name, map)| Some((name, data(map)?.fd().as_fd().as_raw_fd())))
        .collect();
    let sections = object
        .functions
        .keys()
        .map(|(section, _)| *section)
        .collect();
    object
        .relocate_maps(
            maps.iter()
                .filter_map(|(name, map)| Some((&**name, *made.get(&**name)?, map))),
            &sections,
        )
        .map_err(super::describe)?;
    object.relocate_calls(&sections).map_err(super::describe)?;
    let program = object
        .programs
        .get(PROGRAM)
        .ok_or("the probe object lacks this program")?;
    let function = object
        .functions
        .get(&program.function_key())
        .ok_or("the probe object lacks this program's code")?;
    Ok((function.instructions.clone(), program.license.clone()))
}

/// The map behind aya's kinds, of which the probes have these.
fn data(map: &Map) -> Option<&MapData> {
    match map {
        Map::Array(data)
        | Map::HashMap(data)
        | Map::LruHashMap(data)
        | Map::PerCpuArray(data)
        | Map::RingBuf(data) => Some(data),
        _ => None,
    }
}

/// Loads the program for links of one uprobe each.
fn load_for_single(ebpf: &mut Ebpf) -> Result<Setter, String> {
    let kind = fs::read_to_string(UPROBE_KIND)
        .ok()
        .and_then(|text| text.trim().parse().ok())
        .ok_or("the kernel has no uprobes (CONFIG_UPROBE_EVENTS)")?;
    let program: &mut UProbe = ebpf
        .program_mut(PROGRAM)
        .ok_or("the probe object lacks this program")?
        .try_into()
        .map_err(super::describe)?;
    program.load().map_err(super::describe)?;
    let program = program.fd().map_err(super::describe)?;
    let program = program.as_fd().try_clone_to_owned();
    Ok(Setter::Single(program.map_err(super::describe)?, kind))
}

/// Links the program to all points of a file.
fn link_many(program: &OwnedFd, path: &std::ffi::CStr, points: &[Point]) -> io::Result<OwnedFd> {
    let offsets: Vec<u64> = points.iter().map(|point| point.offset).collect();
    let cookies: Vec<u64> = points.iter().map(|point| point.cookie).collect();
    let request = LinkMany {
        program: program.as_raw_fd() as u32,
        target: 0,
        attach: ATTACH_UPROBE_MULTI,
        flags: 0,
        path: path.as_ptr() as u64,
        offsets: offsets.as_ptr() as u64,
        reference_counts: 0,
        cookies: cookies.as_ptr() as u64,
        count: points.len() as u32,
        multi_flags: 0,
        pid: 0,
        _pad: 0,
    };
    // SAFETY: the request is whole, and what it points to outlives the call.
    unsafe { bpf(BPF_LINK_CREATE, &request) }
}

/// Links the program to one point of a file, in every process.
fn link_single(
    program: &OwnedFd,
    kind: u32,
    path: &std::ffi::CStr,
    point: Point,
) -> io::Result<OwnedFd> {
    let event = ProbeEvent {
        kind,
        size: size_of::<ProbeEvent>() as u32,
        path: path.as_ptr() as u64,
        offset: point.offset,
        ..ProbeEvent::default()
    };
    // SAFETY: the event is whole and the path outlives the call; the other arguments are numbers.
    let event = unsafe {
        libc::syscall(
            libc::SYS_perf_event_open,
            &raw const event,
            -1_i32,
            0_i32,
            -1_i32,
            CLOSE_ON_EXEC,
        )
    };
    let event = owned(event)?;
    let request = LinkEvent {
        program: program.as_raw_fd() as u32,
        target: event.as_raw_fd() as u32,
        attach: ATTACH_PERF_EVENT,
        flags: 0,
        cookie: point.cookie,
    };
    // SAFETY: the request is whole; the link keeps the event.
    unsafe { bpf(BPF_LINK_CREATE, &request) }
}

/// `bpf(2)` with a command that gives a descriptor.
///
/// # Safety
/// `request` is the command's part of `union bpf_attr`, and what it points to is valid.
unsafe fn bpf<T>(command: i64, request: &T) -> io::Result<OwnedFd> {
    let size = size_of::<T>();
    // SAFETY: the caller vouches for the request.
    let outcome =
        unsafe { libc::syscall(libc::SYS_bpf, command, std::ptr::from_ref(request), size) };
    owned(outcome)
}

/// Takes over the descriptor that a call gave.
fn owned(outcome: i64) -> io::Result<OwnedFd> {
    if outcome < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the kernel has just made this descriptor for us alone.
    Ok(unsafe { OwnedFd::from_raw_fd(outcome as i32) })
}

/// The part of `union bpf_attr` that `BPF_PROG_LOAD` reads (`include/uapi/linux/bpf.h`).
#[repr(C)]
struct ProgramLoad {
    kind: u32,
    instructions_count: u32,
    instructions: u64,
    license: u64,
    log_level: u32,
    log_size: u32,
    log: u64,
    kernel_version: u32,
    flags: u32,
    name: [u8; 16],
    interface: u32,
    expected_attach: u32,
}

/// The part that `BPF_LINK_CREATE` reads for many uprobes.
#[repr(C)]
struct LinkMany {
    program: u32,
    target: u32,
    attach: u32,
    flags: u32,
    path: u64,
    offsets: u64,
    reference_counts: u64,
    cookies: u64,
    count: u32,
    multi_flags: u32,
    pid: u32,
    _pad: u32,
}

/// The part that `BPF_LINK_CREATE` reads for a perf event.
#[repr(C)]
struct LinkEvent {
    program: u32,
    target: u32,
    attach: u32,
    flags: u32,
    cookie: u64,
}

/// `struct perf_event_attr` up to `config2` (`PERF_ATTR_SIZE_VER1`).
#[repr(C)]
#[derive(Default)]
struct ProbeEvent {
    kind: u32,
    size: u32,
    _before: [u64; 5],
    _wakeup: [u32; 2],
    path: u64,
    offset: u64,
}

const _: () = {
    assert!(size_of::<ProgramLoad>() == 72);
    assert!(size_of::<LinkMany>() == 64);
    assert!(size_of::<LinkEvent>() == 24);
    assert!(size_of::<ProbeEvent>() == 72);
};

const PROGRAM: &str = "library_use";
const NAME: [u8; 16] = *b"library_use\0\0\0\0\0";
const UPROBE_KIND: &str = "/sys/bus/event_source/devices/uprobe/type";
const LOG: usize = 1 << 20;

/// `PERF_FLAG_FD_CLOEXEC` of `include/uapi/linux/perf_event.h`.
const CLOSE_ON_EXEC: u64 = 8;

/// Numbers of `include/uapi/linux/bpf.h`.
const BPF_PROG_LOAD: i64 = 5;
const BPF_LINK_CREATE: i64 = 28;
const PROGRAM_KPROBE: u32 = 2;
const ATTACH_PERF_EVENT: u32 = 41;
const ATTACH_UPROBE_MULTI: u32 = 48;
