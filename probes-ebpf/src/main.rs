//! Packhound's Linux probes: what programs do with files, written as final ring records.
//!
//! Step: probe. BTF tracepoints for processes and connections; for what opens, closes, maps and
//! names files either programs at the kernel's functions (tier 1, `functions`), or per-call
//! tracepoints for the few system calls that do so (tier 2). Reads and writes are not hooked at all: a file's size at open and close, its content at the last close, and the process's own
//! totals at exit already tell what a hook per call would, at no cost per call.
//!
//! Invariants: records leave through one function (`emit`), which counts every one of them by
//! kind and outcome; a value that cannot be read is absent, never invented; no kernel offset is
//! written here, all come from the running kernel's BTF through `fields`. Nothing here judges.
#![no_std]
#![no_main]
#![feature(asm_experimental_arch)]

mod calibrate;
mod content;
mod descriptors;
mod directories;
mod emit;
#[expect(
    non_snake_case,
    reason = "named after the kernel's structure and member"
)]
mod fields;
mod flows;
mod functions;
mod kernel;
mod libraries;
mod maps;
mod names;
mod opens;
mod path;
mod processes;
mod uring;
mod uses;
mod written;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    // The verifier rejects a program in which this can be reached.
    loop {}
}

/// The kernel asks for a GPL-compatible licence before it lends some helpers.
#[unsafe(link_section = "license")]
#[unsafe(no_mangle)]
static LICENSE: [u8; 13] = *b"Dual MIT/GPL\0";
