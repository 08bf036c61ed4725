//! What a file's bytes are: formats by magic, encryption flags, density, simple obfuscation.
//!
//! Step: correlate. Pure: samples in, [`Examination`] out.

mod base64;

use crate::evidence::Text;

pub(crate) use base64::decode_base64;

/// What the samples of one file say.
#[derive(Clone, Debug, PartialEq)]
pub struct Examination {
    /// The format, where one is recognised.
    pub format: Option<Recognised>,
    /// Shannon entropy over all sampled bytes, bits per byte; `None` without samples.
    pub entropy: Option<f32>,
    /// How dense, scaled to the sample's size.
    pub density: Density,
    /// A short repeating key under which a known format or text appears.
    pub obfuscation: Option<Obfuscation>,
    /// Bytes that were looked at.
    pub sampled: usize,
}

/// A recognised format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recognised {
    /// The format's name in the catalogue (`zip`, `openssl enc`).
    pub format: Text,
    /// What kind of format it is.
    pub class: FormatClass,
    /// Whether the content says that it is encrypted; `None` where it cannot say.
    pub encrypted: Option<bool>,
}

/// What kind of format it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FormatClass {
    /// Holds files (zip, tar).
    Archive,
    /// A compressed stream (gzip, xz).
    Compressed,
    /// An encrypted container or stream (openssl enc, gpg, age).
    Encrypted,
    /// Text that encodes bytes (base64 of an archive, PGP armour).
    Encoded,
    /// An image of a file system or disk.
    Disk,
    /// A document or package that is an archive inside (docx, jar, deb, apk).
    Package,
    /// Dense by nature and not a packing: media, fonts, git packs, databases, executables.
    Other,
}

/// How dense bytes are for their number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Density {
    /// Too few bytes to tell.
    Unknown,
    /// Text, code, tables.
    Plain,
    /// Between: encoded, obfuscated by a long key, lightly compressed.
    Mixed,
    /// As good as random.
    Dense,
}

/// A recovered obfuscation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obfuscation {
    /// The repeating key (exclusive or).
    pub key: Vec<u8>,
    /// What appears under it: a format's name, or `text`.
    pub reveals: Text,
}
