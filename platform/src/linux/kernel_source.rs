//! The live kernel as a source of records.
//!
//! Step: source. Opening loads and attaches the probes; polling hands out, in this order, the
//! capture's start, a rundown of what already runs (in slices, so that the ring is drained in
//! between), what the probes dropped, and the ring's records. After [`Source::close`] the ring is
//! drained to its end, so every record that was made is handed out or counted as dropped.

use std::collections::VecDeque;
use std::fs;
use std::io;
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use aya::maps::{HashMap, MapData, PerCpuArray, RingBuf};
use aya::{Btf, Ebpf, EbpfLoader};
use aya_log::{EbpfLogger, Level};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use ring_abi::{CaptureStart, Encoder, Header, Kind, System, Tag};

use super::attach::{self, Hook, HookState};
use super::calibrate;
use super::counters::{Counters, KINDS, kind_stats};
use super::fields::Fields;
use super::ignored::ignored;
use super::rundown::Rundown;
use super::system;
use crate::source::{Progress, Source, SourceError, SourceStats};

/// How the kernel is watched.
#[derive(Clone, Debug)]
pub struct Options {
    /// Size of the ring in bytes: a power of two of at least one page.
    pub ring_bytes: u32,
    /// Records that one process may make in a second; 0 for no limit.
    pub records_per_second: u32,
    /// Directories that are told of one process.
    pub directories_per_process: u32,
    /// Type information to use in place of the kernel's own.
    pub btf: Option<PathBuf>,
    /// Whether what already runs is told first.
    pub rundown: bool,
    /// Whether the probes' own diagnostics go to the program's log (the `log` crate's).
    pub diagnostics: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            ring_bytes: 8 << 20,
            records_per_second: 200_000,
            directories_per_process: 512,
            btf: None,
            rundown: true,
            diagnostics: false,
        }
    }
}

/// The live kernel.
pub struct KernelSource {
    ebpf: Ebpf,
    ring: RingBuf<MapData>,
    counters: Counters,
    hooks: Vec<Hook>,
    content: Result<(), String>,
    logger: Option<EbpfLogger<&'static dyn log::Log>>,
    first: VecDeque<Vec<u8>>,
    rundown: Option<Rundown>,
    delivered: [u64; KINDS],
    told_here: [u64; KINDS],
    last_record: Instant,
    last_losses: Instant,
    saturated: bool,
    closed: bool,
}

impl KernelSource {
    /// Loads the probes, attaches what this kernel takes and starts the capture.
    ///
    /// # Errors
    /// `Privilege` when the kernel does not let this process load programs, `Unsupported` when it
    /// lacks type information or every essential hook.
    pub fn open(options: &Options) -> Result<Self, SourceError> {
        let blob = type_information(options)?;
        let fields = super::btf::Btf::parse(&blob)
            .map(|btf| Fields::resolve(&btf, system::page_size()))
            .map_err(|error| {
                SourceError::Unsupported(format!("kernel type information: {}", error.0))
            })?;
        let btf = Btf::parse(&blob, aya::Endianness::default()).map_err(|error| {
            SourceError::Unsupported(format!("kernel type information: {error}"))
        })?;
        let clocks = system::clocks().map_err(|source| io_error("reading the clocks", source))?;
        lift_memory_limit();
        let mut ebpf = load(options, &fields, &btf, clocks.wall)?;

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
        let content = calibrate::calibrate(&mut ebpf, &btf);
        let ring = take_ring(&mut ebpf)?;
        let map = ebpf.take_map("COUNTERS").ok_or_else(object_broken)?;
        let counters = Counters::new(PerCpuArray::try_from(map).map_err(map_error)?, clocks.boot);
        let hooks = attach::attach(&mut ebpf, &btf, &fields, system::tracefs().as_deref());
        check_essential(&hooks)?;

        Ok(Self {
            ebpf,
            ring,
            counters,
            hooks,
            content,
            logger,
            first: VecDeque::from([capture_start(clocks)]),
            rundown: options.rundown.then(Rundown::new),
            delivered: [0; KINDS],
            told_here: [0; KINDS],
            last_record: Instant::now(),
            last_losses: Instant::now(),
            saturated: false,
            closed: false,
        })
    }

    /// The hooks and whether they listen.
    #[must_use]
    pub fn hooks(&self) -> &[Hook] {
        &self.hooks
    }

    /// Whether content samples can be taken in the kernel; else why not.
    ///
    /// # Errors
    /// The reason, in words.
    pub fn content(&self) -> Result<(), &str> {
        self.content.as_ref().copied().map_err(String::as_str)
    }

    /// Whether everything that already ran has been handed out.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.first.is_empty() && self.rundown.is_none()
    }

    /// Hands out what was made in user space: the capture's start and a slice of the rundown.
    fn told_first(&mut self, limit: usize, take: &mut dyn FnMut(&[u8])) -> usize {
        let told = &mut self.told_here;
        let delivered = &mut self.delivered;
        let mut hand = |record: &[u8]| {
            count(told, record);
            count(delivered, record);
            take(record);
        };
        let mut records = 0;
        while records < limit
            && let Some(record) = self.first.pop_front()
        {
            hand(&record);
            records += 1;
        }
        if let Some(rundown) = &mut self.rundown {
            records += rundown.slice(limit.saturating_sub(records).min(RUNDOWN_SLICE), &mut hand);
            if rundown.is_done() {
                self.rundown = None;
            }
        }
        records
    }

    /// Hands out loss records for what the probes dropped since the last look.
    fn losses(&mut self, take: &mut dyn FnMut(&[u8])) -> usize {
        self.last_losses = Instant::now();
        let Ok(clocks) = system::clocks() else {
            return 0;
        };
        let told = &mut self.told_here;
        let delivered = &mut self.delivered;
        self.counters
            .losses(clocks.boot, std::process::id(), &mut |record| {
                count(told, record);
                count(delivered, record);
                take(record);
            })
    }

    /// Hands out what the ring holds.
    fn drain(&mut self, limit: usize, take: &mut dyn FnMut(&[u8])) -> usize {
        let mut records = 0;
        while records < limit
            && let Some(record) = self.ring.next()
        {
            count(&mut self.delivered, &record);
            take(&record);
            records += 1;
        }
        if records != 0 {
            self.last_record = Instant::now();
        }
        self.saturated = records == limit;
        records
    }

    /// Waits for the ring. While records keep coming, a short pause lets them gather (the probes
    /// wake nobody then); otherwise the kernel wakes this thread for the first one.
    fn wait(&self, longest: Duration) -> Result<(), SourceError> {
        if self.saturated || self.closed {
            return Ok(());
        }
        if self.last_record.elapsed() < BUSY {
            std::thread::sleep(GATHER.min(longest));
            return Ok(());
        }
        let timeout = PollTimeout::try_from(longest).unwrap_or(PollTimeout::MAX);
        let mut set = [PollFd::new(self.ring.as_fd(), PollFlags::POLLIN)];
        match poll(&mut set, timeout) {
            Ok(_) | Err(nix::Error::EINTR) => Ok(()),
            Err(error) => Err(io_error("waiting for the ring", error.into())),
        }
    }
}

impl Source for KernelSource {
    fn poll(
        &mut self,
        wait: Duration,
        limit: usize,
        take: &mut dyn FnMut(&[u8]),
    ) -> Result<Progress, SourceError> {
        let mut records = self.told_first(limit, take);
        if records == 0 {
            self.wait(wait)?;
        }
        if self.last_losses.elapsed() > LOSS_INTERVAL {
            records += self.losses(take);
        }
        records += self.drain(limit.saturating_sub(records).max(1), take);
        if let Some(logger) = &mut self.logger {
            logger.flush();
        }
        if self.closed && records == 0 {
            // The last look: nothing can be made any more.
            let records = self.losses(take);
            return Ok(if records == 0 {
                Progress::Ended
            } else {
                Progress::Records(records)
            });
        }
        Ok(Progress::Records(records))
    }

    fn stats(&mut self) -> SourceStats {
        let kinds = self
            .counters
            .read()
            .map(|made| kind_stats(&made, &self.delivered, &self.told_here))
            .unwrap_or_default();
        SourceStats {
            kinds,
            others: Vec::new(),
        }
    }

    fn close(&mut self) -> Result<(), SourceError> {
        self.closed = true;
        self.rundown = None;
        attach::detach(&mut self.ebpf)
            .map_err(|left| SourceError::Unsupported(format!("still attached: {left}")))
    }
}

/// Counts a record by its kind, which every record carries at the same place.
fn count(counts: &mut [u64; KINDS], record: &[u8]) {
    if let Some(&[low, high]) = record.get(6..8) {
        let kind = usize::from(u16::from_le_bytes([low, high])).min(KINDS - 1);
        counts[kind] += 1;
    }
}

fn load(options: &Options, fields: &Fields, btf: &Btf, wall: u64) -> Result<Ebpf, SourceError> {
    let own_pid = std::process::id();
    let page_shift = system::page_size().trailing_zeros();
    let scale = fields.page_scale_shift.unwrap_or(u32::MAX);
    let began = wall / 1_000_000_000;
    let level = if options.diagnostics {
        Level::Debug as u8
    } else {
        0
    };
    let mut loader = EbpfLoader::new();
    loader
        .btf(Some(btf))
        .map_max_entries("RING", options.ring_bytes)
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

fn type_information(options: &Options) -> Result<Vec<u8>, SourceError> {
    let path = options
        .btf
        .clone()
        .unwrap_or_else(|| PathBuf::from(KERNEL_BTF));
    fs::read(&path).map_err(|source| {
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

fn take_ring(ebpf: &mut Ebpf) -> Result<RingBuf<MapData>, SourceError> {
    let map = ebpf.take_map("RING").ok_or_else(object_broken)?;
    RingBuf::try_from(map).map_err(map_error)
}

fn check_essential(hooks: &[Hook]) -> Result<(), SourceError> {
    for hook in hooks.iter().filter(|hook| hook.essential) {
        if let HookState::Missing(why) | HookState::Failed(why) = &hook.state {
            return Err(SourceError::Unsupported(format!(
                "cannot attach to {}, without which {} stay unseen: {why}",
                hook.name, hook.sees
            )));
        }
    }
    Ok(())
}

fn capture_start(clocks: system::Clocks) -> Vec<u8> {
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

fn io_error(what: &str, source: io::Error) -> SourceError {
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
/// Capacity of the probes' `IGNORED` map.
const IGNORED: usize = 1024;
const RUNDOWN_SLICE: usize = 256;
/// The probes wake this thread at most every 5 ms, so it must look by itself for longer than that
/// after a record before it may wait to be woken.
const BUSY: Duration = Duration::from_millis(20);
const GATHER: Duration = Duration::from_millis(3);
const LOSS_INTERVAL: Duration = Duration::from_millis(100);

/// The compiled probes (`cargo xtask bpf`).
static OBJECT: &[u8] = aya::include_bytes_aligned!("../../../probes-ebpf/packhound-probes.o");
