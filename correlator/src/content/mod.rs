//! What a file's bytes are: formats by magic, encryption flags, density, simple obfuscation.
//!
//! Step: correlate. Pure: samples in, [`Examination`] out. Invariant: total and bounded on any
//! bytes. The common write, which is text or a known format that nobody packs into, costs a look
//! at the first bytes and a count of all of them, and allocates nothing.

mod archive;
mod base64;
mod density;
mod encoded;
mod format;
mod mismatch;
mod obfuscation;
mod openpgp;
mod rar;
mod samples;
mod weak;
mod zip;

use crate::catalogue::Catalogue;
use crate::event::Content;
use crate::evidence::Text;

pub(crate) use base64::decode_base64;
pub use mismatch::extension_mismatch;
use samples::Samples;

/// What the samples of one file say.
#[derive(Clone, Debug, PartialEq)]
pub struct Examination {
    /// The format, where one is recognised.
    pub format: Option<Recognised>,
    /// What text that encodes bytes holds, where `format` is such a text and that is known.
    pub holds: Option<Text>,
    /// Shannon entropy over all sampled bytes, bits per byte; `None` without samples.
    pub entropy: Option<f32>,
    /// What random bytes of that number would reach; `None` without samples.
    pub random: Option<f32>,
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
    /// Text that encodes bytes (base64 of an archive).
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

/// Examines a file's samples. `path` decides only where a format has no mark of its own and the
/// content is as dense as that format; `size` tells how the samples overlap.
#[must_use]
pub fn examine(
    catalogue: &Catalogue,
    content: &Content<'_>,
    path: Option<&[u8]>,
    size: Option<u64>,
) -> Examination {
    let samples = Samples::new(content, size);
    let measured = density::measure(&samples);
    let (format, holds) = format::recognise(catalogue, &samples, measured.density, path)
        .map_or((None, None), |found| (Some(found.format), found.holds));
    let obfuscation = match format {
        Some(_) => None,
        None => obfuscation::recover(catalogue, &samples, measured.density),
    };
    Examination {
        format,
        holds,
        entropy: measured.entropy,
        random: measured.random,
        density: measured.density,
        obfuscation,
        sampled: samples.bytes(),
    }
}

#[cfg(test)]
mod tests;
