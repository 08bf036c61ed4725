//! What this host lets Packhound see, without starting a capture.
//!
//! Step: source, for `doctor`. Every line is a fact with its remedy where it is a fault. The hooks
//! are really attached for a moment, since a hook that exists may still be refused.

use std::time::{Duration, Instant};

use super::hooks::CUT_BY_NAME;
use super::kernel_source::KernelSource;
use super::system;
use super::tiers::Tiers;
use crate::source::Source as _;
use crate::survey::{HookState, Options, Survey, SurveyLine, Tier};

/// Looks at the system and tries the hooks.
#[must_use]
pub fn survey(options: &Options) -> Survey {
    let mut survey = Survey {
        lines: system_lines(),
        tier: None,
        hooks: Vec::new(),
        blind_spots: ALWAYS_UNSEEN.map(str::to_owned).to_vec(),
    };
    match KernelSource::open(&Options {
        rundown: false,
        ..options.clone()
    }) {
        Ok(mut source) => {
            survey
                .lines
                .push(SurveyLine::new("probes", true, "loaded and attached", None));
            survey.tier = source.tier();
            survey.lines.push(tier_line(&source));
            survey.blind_spots.extend(unseen_on(source.tiers()));
            survey.lines.push(match source.content() {
                Ok(()) => SurveyLine::new("content samples", true, "from the page cache", None),
                Err(why) => SurveyLine::new("content samples", false, why, None),
            });
            survey.lines.push(library_line(&mut source));
            survey.lines.push(verifier_line(&source));
            if let Err(why) = source.library_probes() {
                survey
                    .blind_spots
                    .push(format!("library functions being called: {why}"));
            }
            if let Err(why) = source.content() {
                survey
                    .blind_spots
                    .push(format!("what written files hold: {why}"));
            }
            if !source.reaches_into_overlays() {
                survey.blind_spots.push(
                    "content written in an overlay, as containers do: overlayfs is a module here, \
                     its files are told without samples"
                        .to_owned(),
                );
            }
            for hook in source.hooks() {
                let (ok, detail) = match &hook.state {
                    HookState::Attached => (true, format!("sees {}", hook.sees)),
                    HookState::Missing(why) | HookState::Failed(why) => (false, why.clone()),
                };
                if !ok {
                    survey
                        .blind_spots
                        .push(format!("{}: {} ({detail})", hook.name, hook.sees));
                }
                survey
                    .hooks
                    .push(SurveyLine::new(&hook.name, ok, detail, None));
            }
        }
        Err(error) => survey.lines.push(SurveyLine::new(
            "probes",
            false,
            error.to_string(),
            Some("see the lines above; the daemon ends with this error too"),
        )),
    }
    survey
}

/// What it took the kernel to admit the probes.
fn verifier_line(source: &KernelSource) -> SurveyLine {
    let verified = source.verified();
    let all: u64 = verified.iter().map(|(_, count)| u64::from(*count)).sum();
    let detail = match verified.iter().max_by_key(|(_, count)| count) {
        Some((most, count)) => format!(
            "{all} instructions followed for {} programs, {count} of them for {most}",
            verified.len()
        ),
        None => "this kernel does not tell what it followed (Linux 5.16 does)".to_owned(),
    };
    SurveyLine::new("verifier", true, detail, None)
}

/// How library functions are watched, once the system's own libraries have been looked at.
fn library_line(source: &mut KernelSource) -> SurveyLine {
    let how = match source.library_probes() {
        Ok(how) => how,
        Err(why) => return SurveyLine::new("library probes", false, why, None),
    };
    let begin = Instant::now();
    while !source.is_ready() && begin.elapsed() < LIBRARIES {
        // Handing out the capture's start is part of becoming ready.
        if source.poll(LOOKING, 64, &mut |_| {}).is_err() {
            break;
        }
    }
    let others = source.stats().others;
    let count = |wanted: &str| {
        let found = others.iter().find(|(name, _)| *name == wanted);
        found.map_or(0, |(_, count)| *count)
    };
    let (files, functions) = (
        count("libraries_attached"),
        count("library_functions_attached"),
    );
    SurveyLine::new(
        "library probes",
        true,
        format!("on {functions} functions of {files} of the system's files, {how}"),
        None,
    )
}

fn system_lines() -> Vec<SurveyLine> {
    let mut lines = Vec::new();
    let release = system::release();
    lines.push(SurveyLine::new(
        "kernel",
        release.is_some(),
        release.unwrap_or_else(|| "unknown release".into()),
        None,
    ));
    let btf = std::path::Path::new("/sys/kernel/btf/vmlinux").exists();
    lines.push(SurveyLine::new(
        "type information",
        btf,
        if btf { "/sys/kernel/btf/vmlinux" } else { "absent" },
        Some("use a kernel built with CONFIG_DEBUG_INFO_BTF=y, or name a BTF file with [capture] btf"),
    ));
    let tracefs = system::mounted_tracefs();
    lines.push(SurveyLine::new(
        "tracefs",
        tracefs.is_some(),
        tracefs.map_or_else(|| "not mounted".into(), |path| path.display().to_string()),
        Some("mount -t tracefs tracefs /sys/kernel/tracing"),
    ));
    let capable = system::capabilities().is_some_and(|set| set & PRIVILEGES == PRIVILEGES);
    lines.push(SurveyLine::new(
        "privileges",
        capable,
        if capable {
            "CAP_BPF, CAP_PERFMON and the rights to read /proc"
        } else {
            "not enough"
        },
        Some("run as root, or with CAP_BPF, CAP_PERFMON, CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH"),
    ));
    let lockdown = system::lockdown();
    let confidential = lockdown.as_deref().is_some_and(system::is_confidential);
    lines.push(SurveyLine::new(
        "lockdown",
        !confidential,
        lockdown.unwrap_or_else(|| "not in use".into()),
        Some("with lockdown=confidentiality no probe may read the kernel's memory; use lockdown=integrity"),
    ));
    lines
}

/// On which tier the kernel is watched, and what stands against the first.
fn tier_line(source: &KernelSource) -> SurveyLine {
    let refusals = source.tiers().refusals().join("; ");
    let detail = match source.tiers().tier() {
        Tier::One => {
            "1: at the kernel's functions; system calls that lead elsewhere pay nothing".to_owned()
        }
        Tier::Two => format!("2: at system calls, all of which become slower ({refusals})"),
        Tier::Mixed => format!(
            "mixed: partly at the kernel's functions, partly at system calls, all of which become \
             slower ({refusals})"
        ),
    };
    SurveyLine::new("tier", true, detail, None)
}

/// What is not seen for where the hooks stand.
fn unseen_on(tiers: &Tiers) -> Vec<String> {
    let mut unseen = Vec::new();
    let (ends, opens) = (tiers.sees_every_end(), tiers.sees_every_open());
    let mut names = tiers.names_at_calls();
    let mut narrow = Vec::new();
    narrow.extend((!opens).then_some("opened"));
    narrow.extend((!ends).then_some("closed"));
    narrow.extend(&names);
    if !narrow.is_empty() {
        unseen.push(format!(
            "files {} by 32-bit programs (their written files are told when they end)",
            narrow.join(", ")
        ));
    }
    if !ends {
        unseen.extend(
            [
                "what is written to a memory mapping after its last descriptor was closed",
                "written files that only a program start closes (close-on-exec)",
                "written files that are still open when a process ends that has more than 1,024 \
                 descriptors (those beyond)",
                "a written file that a process still holds twice when it ends, or that is let go of \
                 in a message that nobody takes",
                "a written file that io_uring closes while a request still holds it, as with a \
                 polling thread",
            ]
            .map(str::to_owned),
        );
    }
    if ends {
        unseen.push(
            "directories above the mount of files that end with their mount namespace: their names \
             begin at its root"
                .to_owned(),
        );
    }
    names.retain(|what| *what != CUT_BY_NAME);
    if !names.is_empty() {
        unseen.push(format!("through io_uring: files {}", names.join(", ")));
    }
    unseen
}

/// Longest wait for the system's libraries, and between two looks whether they are done.
const LIBRARIES: Duration = Duration::from_secs(5);
const LOOKING: Duration = Duration::from_millis(20);

/// `CAP_DAC_READ_SEARCH` (2), `CAP_SYS_PTRACE` (19), `CAP_PERFMON` (38), `CAP_BPF` (39).
const PRIVILEGES: u64 = (1 << 2) | (1 << 19) | (1 << 38) | (1 << 39);

/// What these probes never see, whatever the host.
const ALWAYS_UNSEEN: [&str; 4] = [
    "bytes sent over anything but TCP",
    "library functions of 32-bit programs, and of files whose symbols were stripped away",
    "calls of a library in the moment between its first load and the probes' being set",
    "content written past the page cache (O_DIRECT): told without samples",
];
