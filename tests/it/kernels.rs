//! Kernels that lack something: what the daemon says of them, and what it still does.
//!
//! Step: tests. The lack is real for the daemon: it runs in a mount namespace of its own in which
//! the kernel's files are covered, so that nothing else on the machine notices.

use std::process::Command;

use libtest_mimic::{Failed, Trial};

use crate::ensure;
use crate::place::{Available, Told, run};

/// The tests of such kernels.
pub(crate) fn trials(available: &Available) -> Vec<Trial> {
    let test = |name, test| available.test(name, true, test);
    vec![
        test("kernels::no-type-information", no_type_information),
        test("kernels::cut-type-information", cut_type_information),
        test(
            "kernels::foreign-type-information",
            foreign_type_information,
        ),
        test("kernels::one-hook-less", one_hook_less),
        test("kernels::no-call-hooks", no_call_hooks),
    ]
}

/// Runs the daemon with `arguments` behind a shell that covers parts of the kernel's files.
fn covered(available: &Available, cover: &str, arguments: &[&str]) -> Result<Told, Failed> {
    let mut command = Command::new("unshare");
    command
        .args(["--mount", "sh", "-e", "-c"])
        .arg(format!("{cover}\nexec \"$0\" \"$@\""))
        .arg(available.program())
        .args(arguments);
    run(&mut command)
}

/// Runs the daemon, with a configuration that keeps its state in a folder of the test's own.
fn watch(available: &Available, cover: &str, more: &str) -> Result<Told, Failed> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("packhound.toml");
    let state = folder.path().join("state");
    std::fs::write(
        &path,
        format!("[state]\npath = \"{}\"\n{more}", state.display()),
    )?;
    covered(
        available,
        cover,
        &["run", "--config", &path.to_string_lossy()],
    )
}

fn no_type_information(available: &Available) -> Result<(), Failed> {
    let told = watch(available, "mount -t tmpfs none /sys/kernel/btf", "")?;
    told.expect(4, &["/sys/kernel/btf/vmlinux", "CONFIG_DEBUG_INFO_BTF"])
}

fn cut_type_information(available: &Available) -> Result<(), Failed> {
    let cover = "cut=$(mktemp)\nhead -c 100000 /sys/kernel/btf/vmlinux >\"$cut\"\n\
                 mount --bind \"$cut\" /sys/kernel/btf/vmlinux\nrm \"$cut\"";
    let told = watch(available, cover, "")?;
    told.expect(4, &["/sys/kernel/btf/vmlinux", "[capture] btf"])
}

fn foreign_type_information(available: &Available) -> Result<(), Failed> {
    let told = watch(available, "", "[capture]\nbtf = \"/etc/passwd\"\n")?;
    told.expect(4, &["/etc/passwd", "[capture] btf"])
}

/// The rest goes on, and the blind spot is named.
fn one_hook_less(available: &Available) -> Result<(), Failed> {
    let cover = "tracefs=$(findmnt --noheadings --output TARGET --types tracefs | head -n 1)\n\
                 mount -t tmpfs none \"$tracefs/events/syscalls/sys_exit_renameat2\"";
    let told = covered(available, cover, &["doctor"])?;
    ensure(told.code == 0, || format!("{told:#?}"))?;
    for words in [
        "NO  sys_exit_renameat2",
        "files being renamed",
        "ok  sys_enter_close",
    ] {
        ensure(told.out.contains(words), || {
            format!("no {words}: {told:#?}")
        })?;
    }
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("recording");
    let path = path.to_string_lossy();
    let told = covered(available, cover, &["record", "--out", &path, "--for", "1s"])?;
    told.expect(0, &["blind to files being renamed"])
}

/// Without the closes of written files the daemon would be blind to all packing: it ends.
fn no_call_hooks(available: &Available) -> Result<(), Failed> {
    let cover = "tracefs=$(findmnt --noheadings --output TARGET --types tracefs | head -n 1)\n\
                 mount -t tmpfs none \"$tracefs/events/syscalls\"";
    let told = watch(available, cover, "")?;
    told.expect(4, &["sys_enter_close", "CONFIG_FTRACE_SYSCALLS"])
}
