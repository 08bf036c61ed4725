//! Loads the probes: resolves what they need of this kernel, makes their maps, fills their tables.
//!
//! Step: source. Everything here happens once, before the first hook is attached; what fails says
//! what to do. Attaching and reading are not done here.

use std::fs;
use std::io;
use std::path::Path;

use aya::maps::{HashMap, MapData, PerCpuArray, RingBuf};
use aya::{Btf, Ebpf, EbpfLoader};
use aya_log::{EbpfLogger, Level};
use ring_abi::{CaptureStart, Encoder, Header, Kind, System, Tag};

use super::attach;
use super::calibrate;
use super::counters::SLOTS;
use super::fields::Fields;
use super::ignored::ignored;
use super::needs;
use super::system;
use super::uses::LibraryProbes;
use crate::source::SourceError;
use crate::survey::{Hook, HookState, Options};

/// Probes that are loaded, not attached.
pub(super) struct Loaded {
    pub(super) ebpf: Ebpf,
    pub(super) btf: Btf,
    pub(super) fields: Fields,
    pub(super) clocks: system::Clocks,
    pub(super) logger: Option<EbpfLogger<&'static dyn log::Log>>,
    /// Whether content samples can be taken, else why not.
    pub(super) content: Result<(), String>,
}

/// Loads the probes for this kernel, ready for tier 1 or not.
pub(super) fn load(options: &Options, at_functions: bool) -> Result<Loaded, SourceError> {
    let path = options.btf.as_deref().unwrap_or(Path::new(KERNEL_BTF));
    let blob = type_information(options, path)?;
    let broken = |reason: String| {
        SourceError::Unsupported(format!(
            "{}: not whole kernel type information ({reason}): name a BTF file of this very \
             kernel with [capture] btf",
            path.display()
        ))
    };
    let mut fields = super::btf::Btf::parse(&blob)
        .map(|btf| Fields::resolve(&btf, system::page_size()))
        .map_err(|error| broken(error.0.to_owned()))?;
    let btf =
        Btf::parse(&blob, aya::Endianness::default()).map_err(|error| broken(error.to_string()))?;
    let clocks = system::clocks().map_err(|source| io_error("reading the clocks", source))?;
    lift_memory_limit();
    let mut ebpf = load_object(options, &fields, &btf, clocks.wall, at_functions)?;

    let logger = if options.diagnostics {
        Some(EbpfLogger::init(&mut ebpf).map_err(|error| {
            SourceError::Unsupported(format!("the probes' diagnostics: {error}"))
        })?)
    } else {
        None
    };
    for identity in ignored(IGNORED) {
        let map = ebpf.map_mut("IGNORED").ok_or_else(object_broken)?;
        let mut map: HashMap<_, [u64; 2], u8> = map.try_into().map_err(map_error)?;
        map.insert([identity.1, identity.0], 1, 0)
            .map_err(map_error)?;
    }
    let calibration = calibrate::calibrate(&mut ebpf, &btf);
    if !calibration.registers {
        fields.lack_registers();
    }
    Ok(Loaded {
        ebpf,
        btf,
        fields,
        clocks,
        logger,
        content: calibration.content,
    })
}

/// Makes the maps and hands the kernel's offsets to the programs.
fn load_object(
    options: &Options,
    fields: &Fields,
    btf: &Btf,
    wall: u64,
    at_functions: bool,
) -> Result<Ebpf, SourceError> {
    let own_pid = std::process::id();
    let page_shift = system::page_size().trailing_zeros();
    let scale = fields.page_scale_shift.unwrap_or(u32::MAX);
    let began = wall / 1_000_000_000;
    let level = if options.diagnostics {
        Level::Debug as u8
    } else {
        0
    };
    let functions = u32::from(at_functions);
    let relieved = u32::from(at_functions && system::preempts());
    let mut loader = EbpfLoader::new();
    if at_functions {
        // What a table holds is spread over the processors, so it needs room to spare.
        let processors = aya::util::nr_cpus().unwrap_or(1) as u32;
        loader
            .map_max_entries("SCRATCH", SCRATCHES)
            .map_max_entries("CLAIMS", 2 * SCRATCHES * processors);
    }
    loader
        .btf(Some(btf))
        .map_max_entries("RING", options.ring_bytes)
        .map_max_entries("LIBRARIES", u32::from(options.most_libraries.max(1)))
        .map_max_entries("CALLS", u32::from(options.most_libraries.max(1)))
        .override_global(aya_log::LEVEL, &level, true)
        .override_global("own_pid", &own_pid, true)
        .override_global("records_per_second", &options.records_per_second, true)
        .override_global(
            "directories_per_process",
            &options.directories_per_process,
            true,
        )
        .override_global("capture_began", &began, true)
        .override_global("page_shift", &page_shift, true)
        .override_global("page_scale_shift", &scale, true)
        .override_global("calibration_bytes", &calibrate::REQUESTED, true)
        .override_global("at_functions", &functions, true)
        .override_global("relieved", &relieved, true)
        .override_global("registers_size", &fields.registers_size, true)
        .override_global("references_of_one", &fields.references_of_one, true);
    for (symbol, value) in &fields.values {
        loader.override_global(symbol, value, true);
    }
    loader.load(OBJECT).map_err(|error| {
        let text = attach::describe(error);
        if system::capabilities()
            .is_some_and(|set| set & NEEDED_CAPABILITIES != NEEDED_CAPABILITIES)
        {
            SourceError::Privilege(format!(
                "loading probes needs root, or the capabilities CAP_BPF, CAP_PERFMON, \
                 CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH: run it with sudo ({text})"
            ))
        } else {
            SourceError::Unsupported(format!("the kernel refuses the probes: {text}"))
        }
    })
}

fn type_information(options: &Options, path: &Path) -> Result<Vec<u8>, SourceError> {
    fs::read(path).map_err(|source| {
        if source.kind() == io::ErrorKind::NotFound && options.btf.is_none() {
            SourceError::Unsupported(format!(
                "this kernel offers no type information ({KERNEL_BTF} is absent): use a kernel \
                 built with CONFIG_DEBUG_INFO_BTF=y, or name a BTF file for it with [capture] btf"
            ))
        } else {
            io_error(&format!("reading {}", path.display()), source)
        }
    })
}

/// Sets probes on functions of libraries; else why not.
pub(super) fn library_probes(
    ebpf: &mut Ebpf,
    fields: &Fields,
    options: &Options,
) -> Result<LibraryProbes, String> {
    if !options.library_probes {
        return Err("switched off with [capture] library_probes".to_owned());
    }
    if !fields.helpers.attach_cookie {
        return Err(
            "the kernel does not tell a probe which function it is set on (Linux 5.15 \
                    does)"
                .to_owned(),
        );
    }
    if let Some(symbol) = fields.missing(needs::CALL) {
        return Err(format!(
            "the kernel has no member {symbol} of a size that the probes know"
        ));
    }
    LibraryProbes::start(ebpf, OBJECT, options.most_libraries)
}

/// The ring, which the caller reads from now on.
pub(super) fn take_ring(ebpf: &mut Ebpf) -> Result<RingBuf<MapData>, SourceError> {
    let map = ebpf.take_map("RING").ok_or_else(object_broken)?;
    RingBuf::try_from(map).map_err(map_error)
}

/// The probes' counters.
pub(super) fn take_counters(
    ebpf: &mut Ebpf,
) -> Result<PerCpuArray<MapData, [u64; SLOTS]>, SourceError> {
    let map = ebpf.take_map("COUNTERS").ok_or_else(object_broken)?;
    PerCpuArray::try_from(map).map_err(map_error)
}

/// Fails when a hook without which the product is of no use does not listen.
pub(super) fn check_essential(hooks: &[Hook]) -> Result<(), SourceError> {
    for hook in hooks.iter().filter(|hook| hook.essential) {
        if let HookState::Missing(why) | HookState::Failed(why) = &hook.state {
            let (name, sees) = (&hook.name, hook.sees);
            let why = match system::lockdown() {
                // The verifier's words would say the same on many lines.
                Some(mode) if system::is_confidential(&mode) => {
                    "the kernel was booted with lockdown=confidentiality, which lets no probe read \
                     its memory: use lockdown=integrity"
                }
                _ => why,
            };
            return Err(SourceError::Unsupported(format!(
                "cannot attach to {name}, without which {sees} stay unseen: {why}"
            )));
        }
    }
    Ok(())
}

/// The record that opens a capture.
pub(super) fn capture_start(clocks: system::Clocks) -> Vec<u8> {
    let body = CaptureStart {
        wall_time: clocks.wall,
        boot_time: clocks.boot,
        system: System::LINUX.0,
        page_size: system::page_size() as u32,
    };
    let header = Header {
        cpu: u32::MAX,
        time: clocks.boot,
        ..Header::default()
    };
    let mut buffer = [0; 1024];
    let mut encoder = Encoder::new(&mut buffer, Kind::CAPTURE_START, header, &body.write())
        .expect("header and body fit the buffer");
    for (tag, value) in [
        (Tag::HOST, system::host()),
        (Tag::RELEASE, system::release()),
        (Tag::BOOT, system::boot()),
    ] {
        if let Some(value) = value {
            // A name that does not fit is left out, as one that cannot be read is.
            let _ = encoder.field(tag, value.as_bytes());
        }
    }
    encoder.finish().to_vec()
}

/// Kernels before 5.11 count maps against the limit on locked memory.
fn lift_memory_limit() {
    use nix::sys::resource::{RLIM_INFINITY, Resource, setrlimit};
    // Refusal shows itself when the maps are made, with a better message.
    let _ = setrlimit(Resource::RLIMIT_MEMLOCK, RLIM_INFINITY, RLIM_INFINITY);
}

/// A failed operation of the system.
pub(super) fn io_error(what: &str, source: io::Error) -> SourceError {
    SourceError::Io {
        what: what.to_owned(),
        source,
    }
}

fn object_broken() -> SourceError {
    SourceError::Unsupported("the probe object lacks a map: rebuild it with cargo xtask bpf".into())
}

#[expect(clippy::needless_pass_by_value, reason = "passed to map_err by name")]
fn map_error(error: aya::maps::MapError) -> SourceError {
    SourceError::Unsupported(format!("a map of the probes: {error}"))
}

const KERNEL_BTF: &str = "/sys/kernel/btf/vmlinux";
/// `CAP_PERFMON` (38) and `CAP_BPF` (39) of `include/uapi/linux/capability.h`.
const NEEDED_CAPABILITIES: u64 = (1 << 38) | (1 << 39);
/// Scratches of one processor where programs may be preempted (`probes-ebpf/src/maps.rs`).
const SCRATCHES: u32 = 4;
/// Capacity of the probes' `IGNORED` map.
const IGNORED: usize = 1024;

/// The compiled probes (`cargo xtask bpf`).
static OBJECT: &[u8] = aya::include_bytes_aligned!("../../../probes-ebpf/packhound-probes.o");
