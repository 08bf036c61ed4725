//! What the system says of processes that run already.
//!
//! Step: source. A process that ends meanwhile is left out; what cannot be asked stays unknown.

use std::ffi::OsStr;
use std::io;
use std::mem::MaybeUninit;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use endpoint_sec::AuditToken;

use super::image::device;
use crate::endpoint::running::{self, Running};

/// Everything that runs, but this program and the kernel itself; the oldest first.
pub(super) fn running() -> io::Result<Vec<Running>> {
    let own = std::process::id();
    let mut all: Vec<Running> = pids()?
        .into_iter()
        .filter(|pid| *pid != 0 && *pid != own)
        .filter_map(about)
        .collect();
    running::order(&mut all);
    Ok(all)
}

fn pids() -> io::Result<Vec<u32>> {
    // SAFETY: without a buffer the call only tells how many there are.
    let count = unsafe { libc::proc_listallpids(std::ptr::null_mut(), 0) };
    let count = usize::try_from(count).map_err(|_| io::Error::last_os_error())?;
    // Others may be started meanwhile.
    let mut pids = vec![0_u32; count + 64];
    let size = libc::c_int::try_from(size_of_val(&*pids)).unwrap_or(libc::c_int::MAX);
    let into = pids.as_mut_ptr().cast();
    // SAFETY: the buffer has as many bytes as the call is told, and outlives it.
    let told = unsafe { libc::proc_listallpids(into, size) };
    let told = usize::try_from(told).map_err(|_| io::Error::last_os_error())?;
    pids.truncate(told);
    Ok(pids)
}

fn about(pid: u32) -> Option<Running> {
    let info = info(pid)?;
    let path = path(pid);
    let file = path.as_ref().and_then(|path| {
        let about = std::fs::metadata(Path::new(OsStr::from_bytes(path))).ok()?;
        Some((device(about.dev()), about.ino()))
    });
    // SAFETY: it takes a number and gives one.
    let session = unsafe { libc::getsid(pid.cast_signed()) };
    let token = AuditToken::from_pid(pid.cast_signed());
    let micros = info.pbi_start_tvsec * 1_000_000 + info.pbi_start_tvusec;
    Some(Running {
        pid,
        parent: info.pbi_ppid,
        start: micros * 1_000,
        version: token.ok().map(|token| token.pidversion().cast_unsigned()),
        effective_user: info.pbi_uid,
        real_user: info.pbi_ruid,
        effective_group: info.pbi_gid,
        real_group: info.pbi_rgid,
        session: u32::try_from(session).ok(),
        // All ones stand for none.
        terminal: if info.e_tdev == u32::MAX {
            0
        } else {
            info.e_tdev
        },
        path,
        file,
        arguments: arguments(pid).unwrap_or_default(),
    })
}

fn info(pid: u32) -> Option<libc::proc_bsdinfo> {
    let mut told_info = MaybeUninit::<libc::proc_bsdinfo>::zeroed();
    let size = size_of::<libc::proc_bsdinfo>() as libc::c_int;
    let (pid, kind) = (pid.cast_signed(), libc::PROC_PIDTBSDINFO);
    let into = told_info.as_mut_ptr().cast();
    // SAFETY: the buffer is of the type that this kind of question fills, and has its size.
    let told = unsafe { libc::proc_pidinfo(pid, kind, 0, into, size) };
    if told != size {
        return None;
    }
    // SAFETY: it was zeroed, and all its members are numbers.
    Some(unsafe { told_info.assume_init() })
}

fn path(pid: u32) -> Option<Vec<u8>> {
    let mut path = vec![0_u8; libc::PROC_PIDPATHINFO_MAXSIZE as usize];
    let size = path.len() as u32;
    let into = path.as_mut_ptr().cast();
    // SAFETY: the buffer has as many bytes as the call is told, and outlives it.
    let told = unsafe { libc::proc_pidpath(pid.cast_signed(), into, size) };
    path.truncate(usize::try_from(told).ok()?);
    (!path.is_empty()).then_some(path)
}

fn arguments(pid: u32) -> Option<Vec<u8>> {
    let mut names = [libc::CTL_KERN, libc::KERN_PROCARGS2, pid.cast_signed()];
    let mut told = vec![0_u8; ARGUMENTS];
    let mut size = told.len();
    let count = names.len() as libc::c_uint;
    let into = told.as_mut_ptr().cast();
    // SAFETY: there are as many names as told, the buffer has as many bytes as told, and both
    // outlive the call; nothing is set.
    let outcome = unsafe {
        libc::sysctl(
            names.as_mut_ptr(),
            count,
            into,
            &raw mut size,
            std::ptr::null_mut(),
            0,
        )
    };
    if outcome != 0 {
        return None;
    }
    told.truncate(size);
    running::arguments(&told)
}

/// Bytes of arguments and environment: what the system lets a start have.
const ARGUMENTS: usize = 1 << 20;
