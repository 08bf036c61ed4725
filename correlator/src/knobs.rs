//! What an operator may set about detection.
//!
//! Step: correlate (its settings). One field per knob of the ATT&CK analytics; the defaults are
//! what ships. A knob weighs or names, it never hides a gap: nothing here drops an event. Reading
//! a configuration file is the agent's work; this module only checks what an [`Allowance`] must
//! hold in itself.

use std::time::Duration;

use crate::evidence::Text;

/// The operator's settings; `Default` is what ships.
#[derive(Clone, Debug, PartialEq)]
pub struct Knobs {
    /// The system whose analytics a finding names.
    pub system: System,
    /// `ArchiveExtensions`, `SuspiciousExtensions`: extensions (no dot, lower case) that say
    /// "packed" even where the content was not seen.
    pub archive_extensions: Vec<Text>,
    /// `ArchiveCommands`, `CompressionToolList`: programs by file name that count as archive
    /// utilities beside those of the catalogue (a packer of one's own).
    pub archive_commands: Vec<Text>,
    /// `SuspiciousDirectories`, `MonitoredDirectories`: globs of places where making an archive is
    /// odd, beside those of the catalogue.
    pub suspicious_directories: Vec<Text>,
    /// `StagingDirectoryList`, `StagingDirs`: globs of places where collected files are gathered,
    /// beside those of the catalogue.
    pub staging_directories: Vec<Text>,
    /// `ArchivePaths`: globs of places where an output of a script or unknown program counts as
    /// supporting evidence (user directories, by default).
    pub archive_paths: Vec<Text>,
    /// `ProcessAllowlist`: work that is allowed, whatever the technique.
    pub process_allowlist: Vec<Allowance>,
    /// `AllowedArchiveUtilities`, `AllowedArchivers`: allowed uses of utilities (T1560.001).
    pub allowed_archive_utilities: Vec<Allowance>,
    /// `LibraryAllowlist`: programs that are allowed to pack with a library (T1560.002).
    pub library_allowlist: Vec<Allowance>,
    /// `ScriptAllowlist`: scripts that are allowed to write dense content (T1560.003).
    pub script_allowlist: Vec<Allowance>,
    /// `AllowedApps`: programs that are allowed to write dense content (T1560.003).
    pub allowed_apps: Vec<Allowance>,
    /// `MonitoredLibraries`: file names (globs) of libraries whose load counts fully, beside those
    /// of the catalogue.
    pub monitored_libraries: Vec<Text>,
    /// `FileExtensionFilter`: where not empty, packing without a utility is told only for outputs
    /// with one of these extensions (no dot, lower case).
    pub file_extension_filter: Vec<Text>,
    /// `FileSizeThresholdMB`: outputs from this size on weigh more; it never hides a smaller one.
    pub file_size_threshold_mb: u64,
    /// `TimeWindow`: how long events of one packing may lie apart.
    pub time_window: Duration,
    /// `UserContext`: whose work weighs more.
    pub user_context: UserContext,
    /// `PayloadEntropyThreshold`, `EntropyThreshold`: bits per byte from which content of no known
    /// format counts as dense. Stated for large samples; scaled down to what random bytes of a
    /// smaller sample reach.
    pub payload_entropy_threshold: f32,
    /// `UserThreshold`: how much must be copied into one place to count as a batch.
    pub user_threshold: UserThreshold,
}

/// An operating system, as analytics tell them apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum System {
    /// Linux.
    #[default]
    Linux,
    /// Windows.
    Windows,
    /// macOS.
    MacOs,
}

/// Whose work weighs more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserContext {
    /// Users with a number below this one, root aside, are service accounts.
    pub service_accounts_below: u32,
    /// Whether root without a terminal and without a login counts.
    pub root_without_terminal: bool,
    /// Names of users who always count.
    pub users: Vec<Text>,
}

impl UserContext {
    /// The lowest number of a person's account: macOS gives them from 501 on, whatever is set for
    /// other systems.
    pub(crate) fn people_from(&self, system: System) -> u32 {
        match system {
            System::MacOs => self.service_accounts_below.min(500),
            System::Linux | System::Windows => self.service_accounts_below,
        }
    }
}

/// How much must be copied into one place to count as a batch; either is enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserThreshold {
    /// Files.
    pub files: u64,
    /// Bytes.
    pub bytes: u64,
}

/// An allowed piece of work. Every part that is given must match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowance {
    name: Text,
    parts: AllowanceParts,
}

/// What an [`Allowance`] asks for; `None` asks for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowanceParts {
    /// Glob of the program's file (for scripts: of the script).
    pub path: Option<Text>,
    /// Glob of the parent's program.
    pub parent: Option<Text>,
    /// The user's name, or number.
    pub user: Option<Text>,
    /// Glob of the output's path.
    pub destination: Option<Text>,
}

/// Why an [`Allowance`] is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AllowanceError {
    /// Fewer than two parts: a program's name alone is what an attacker would take on.
    TooFewParts,
    /// `path` or `parent` names a program without its directory.
    BareName,
}

impl Allowance {
    /// An allowance that explanations call `name`.
    ///
    /// # Errors
    /// When it asks for too little to be safe.
    pub fn new(name: Text, parts: AllowanceParts) -> Result<Self, AllowanceError> {
        let given = [&parts.path, &parts.parent, &parts.user, &parts.destination];
        if given.into_iter().flatten().count() < 2 {
            return Err(AllowanceError::TooFewParts);
        }
        let bare = |glob: &Option<Text>| {
            glob.as_deref()
                .is_some_and(|text| !text.contains(['/', '\\']))
        };
        if bare(&parts.path) || bare(&parts.parent) {
            return Err(AllowanceError::BareName);
        }
        Ok(Self { name, parts })
    }

    /// What explanations call it.
    #[must_use]
    pub fn name(&self) -> &Text {
        &self.name
    }

    /// What it asks for.
    #[must_use]
    pub fn parts(&self) -> &AllowanceParts {
        &self.parts
    }
}

impl std::fmt::Display for AllowanceError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::TooFewParts => {
                "an allowance needs at least two of path, parent, user and destination"
            }
            Self::BareName => {
                "an allowance's path and parent need their directory (\"/usr/bin/tar\" or \
                 \"**/tar\"), because a bare name is what an attacker would take on"
            }
        })
    }
}

impl std::error::Error for AllowanceError {}

impl Default for UserContext {
    fn default() -> Self {
        Self {
            service_accounts_below: 1000,
            root_without_terminal: true,
            users: Vec::new(),
        }
    }
}

impl Default for UserThreshold {
    fn default() -> Self {
        Self {
            files: 10,
            bytes: 100 << 20,
        }
    }
}

impl Default for Knobs {
    fn default() -> Self {
        Self {
            system: System::default(),
            archive_extensions: texts(ARCHIVE_EXTENSIONS),
            archive_commands: Vec::new(),
            suspicious_directories: Vec::new(),
            staging_directories: Vec::new(),
            archive_paths: texts(ARCHIVE_PATHS),
            process_allowlist: Vec::new(),
            allowed_archive_utilities: Vec::new(),
            library_allowlist: Vec::new(),
            script_allowlist: Vec::new(),
            allowed_apps: Vec::new(),
            monitored_libraries: Vec::new(),
            file_extension_filter: Vec::new(),
            file_size_threshold_mb: 50,
            time_window: Duration::from_mins(5),
            user_context: UserContext::default(),
            payload_entropy_threshold: 7.2,
            user_threshold: UserThreshold::default(),
        }
    }
}

fn texts(list: &[&str]) -> Vec<Text> {
    list.iter().map(|&text| Text::from(text)).collect()
}

/// Extensions that people give to packed files; package and document formats stay out, because
/// their applications write them all day.
const ARCHIVE_EXTENSIONS: &[&str] = &[
    "7z", "aar", "ace", "aea", "aes", "age", "alz", "arc", "arj", "asc", "b64", "br", "bz2", "bz3",
    "cab", "cpio", "cpt", "dar", "dmg", "enc", "gpg", "gz", "iso", "lha", "lrz", "lz", "lz4",
    "lzh", "lzma", "lzo", "pgp", "rar", "sfx", "squashfs", "sz", "tar", "taz", "tbz", "tbz2",
    "tgz", "tlz", "txz", "tzst", "uu", "wim", "xar", "xz", "z", "zip", "zipx", "zoo", "zpaq",
    "zst",
];

/// Where users keep their own files: an output there is more telling than one below `/var/lib`.
const ARCHIVE_PATHS: &[&str] = &[
    "/tmp/**",
    "/var/tmp/**",
    "/dev/shm/**",
    "/home/**",
    "/root/**",
    "/Users/**",
    "/private/tmp/**",
    "?:\\Users\\**",
    "?:\\Windows\\Temp\\**",
];

#[cfg(test)]
mod tests;
