//! The catalogue's files: what a TOML text may say.
//!
//! Step: correlate (the catalogue's boundary). Unknown keys are rejected, so that a typing error
//! never becomes a rule that silently does nothing. This module does not judge values; `load`
//! does.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

/// Entries of one kind by name.
pub(super) type Section<T> = BTreeMap<String, Spanned<T>>;

/// One file.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct File {
    /// Entries of earlier files to leave out, as `section.name`.
    pub(super) remove: Vec<Spanned<String>>,
    pub(super) utility: Section<UtilityEntry>,
    pub(super) interpreter: Section<InterpreterEntry>,
    pub(super) exploration: Section<ExplorationEntry>,
    pub(super) library: Section<LibraryEntry>,
    pub(super) code: Section<CodeEntry>,
    pub(super) format: Section<FormatEntry>,
    pub(super) extension: Section<ExtensionEntry>,
    pub(super) place: Section<PlaceEntry>,
    pub(super) program_place: Section<PlaceEntry>,
    pub(super) sensitive: Section<PlaceEntry>,
    pub(super) benign: Section<BenignEntry>,
    pub(super) lineage: Section<LineageEntry>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UtilityEntry {
    /// Base names it is installed under.
    pub(super) images: Vec<String>,
    /// Base names under which it only unpacks.
    #[serde(default)]
    pub(super) consume: Vec<String>,
    /// `OriginalFilename` of its Windows builds.
    #[serde(default)]
    pub(super) pe_names: Vec<String>,
    /// `ProductName` of its Windows builds.
    #[serde(default)]
    pub(super) products: Vec<String>,
    pub(super) family: Family,
    pub(super) purpose: PurposeName,
    #[serde(default)]
    pub(super) suffix: Option<String>,
    #[serde(default)]
    pub(super) deletes_sources: bool,
    #[serde(default)]
    pub(super) runtime: bool,
    /// Beginnings of names of files that it makes for the time being.
    #[serde(default)]
    pub(super) scratch: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct InterpreterEntry {
    pub(super) images: Vec<String>,
    #[serde(default)]
    pub(super) shell: bool,
    #[serde(default)]
    pub(super) inline: Vec<String>,
    #[serde(default)]
    pub(super) module: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExplorationEntry {
    pub(super) images: Vec<String>,
    /// Where given, one of the arguments must be one of these.
    #[serde(default)]
    pub(super) arguments: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CodeEntry {
    /// Other names of the family.
    #[serde(default)]
    pub(super) names: Vec<String>,
    /// Formats that it makes; any where none is given.
    #[serde(default)]
    pub(super) makes: Vec<String>,
    pub(super) rank: Rank,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LibraryEntry {
    /// Base names without version (`libz.so`).
    pub(super) names: Vec<String>,
    /// Where given, only in these directories.
    #[serde(default)]
    pub(super) within: Vec<String>,
    /// Never in these.
    #[serde(default)]
    pub(super) except: Vec<String>,
    pub(super) family: String,
    pub(super) rank: Rank,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FormatEntry {
    pub(super) class: ClassName,
    /// `offset: hexadecimal bytes`, `??` for any byte, `00*12` for twelve of one; a negative
    /// offset counts from the end.
    #[serde(default)]
    pub(super) magic: Vec<String>,
    #[serde(default)]
    pub(super) encrypted: Option<bool>,
    #[serde(default)]
    pub(super) reader: Option<Reader>,
    /// Bytes that the format always has at its start, by which a key over it is recovered.
    #[serde(default)]
    pub(super) under_key: Vec<String>,
    /// Extensions, without dot, that such content has by right.
    #[serde(default)]
    pub(super) extensions: Vec<String>,
}

/// Extensions of formats that the catalogue does not recognise by content.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExtensionEntry {
    pub(super) extensions: Vec<String>,
    /// Such files are text, so that text which encodes bytes has the name by right.
    #[serde(default)]
    pub(super) text: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlaceEntry {
    pub(super) paths: Vec<String>,
    #[serde(default)]
    pub(super) except: Vec<String>,
    pub(super) rank: Rank,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BenignEntry {
    /// Program files, with their directories, of the process or an ancestor.
    pub(super) by: Vec<String>,
    /// Where such a program writes.
    pub(super) destination: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LineageEntry {
    pub(super) images: Vec<String>,
    pub(super) rank: Rank,
}

/// How much a fact says; `score` has the weights.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[serde(rename_all = "kebab-case")]
pub enum Rank {
    /// Context only.
    Zero,
    /// A little.
    Low,
    /// Something.
    Medium,
    /// Much.
    High,
}

/// How a utility's command line is read.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Hash)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each variant names the parser of its own name")]
pub enum Family {
    Tar,
    Cpio,
    Pax,
    Zip,
    ZipCloak,
    ZipSplit,
    SevenZip,
    Rar,
    WinZip,
    Cabinet,
    Compressor,
    OpenSsl,
    Gpg,
    GpgTar,
    Age,
    Ccrypt,
    Mcrypt,
    Scrypt,
    AesCrypt,
    DiskCrypt,
    Multicall,
    Ar,
    DpkgDeb,
    Jar,
    Zpaq,
    Arj,
    Lha,
    Dar,
    SquashFs,
    IsoImage,
    Split,
    Dd,
    Encoder,
    Xxd,
    UuEncode,
    Certutil,
    Ditto,
    Hdiutil,
    AppleArchive,
    AppleEncrypted,
    Xar,
    PackageBuild,
    PowerShell,
    Copy,
    Rsync,
    Scp,
    WindowsCopy,
    Esentutl,
    PrintBrm,
    StepsRecorder,
    Borg,
    Restic,
    Duplicity,
    Rclone,
    DatabaseDump,
    Curl,
    Wget,
    Netcat,
    Ssh,
    FileTransfer,
    CloudCopy,
    /// Whatever it does, the arguments do not change it.
    Plain,
}

/// How more is read out of a format than its magic says, or a weak magic is verified.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Hash)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each variant names the reader of its own name")]
pub enum Reader {
    Zip,
    SevenZip,
    Rar4,
    Rar5,
    Tar,
    Lzma,
    Zlib,
    Compress,
    Cpio,
    Arj,
    Arc,
    Lha,
    Dar,
    Lrzip,
    OpenPgp,
    OpenPgpKey,
    SparseImage,
    AppleEncrypted,
    AndroidBackup,
    Ole,
    Mcrypt,
    AesCrypt,
    Mp3,
}

/// [`crate::Purpose`] as a file writes it.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum PurposeName {
    Archive,
    Compress,
    Encrypt,
    Encode,
    Split,
    Copy,
    Transfer,
    Consume,
    Other,
}

/// [`crate::content::FormatClass`] as a file writes it.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ClassName {
    Archive,
    Compressed,
    Encrypted,
    Encoded,
    Disk,
    Package,
    Other,
}
