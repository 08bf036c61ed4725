//! Recognises a format: by its magic, by what verifies a weak one, by what is appended or encoded.
//!
//! Step: correlate. The magics at the start are asked first; the dearer looks (a tar without magic,
//! an archive appended to something else, text that encodes bytes) come only where those found
//! nothing, or nothing that could not carry an archive behind it.

use super::density::is_text;
use super::samples::Samples;
use super::{Density, FormatClass, Recognised, archive, encoded, openpgp, rar, weak, zip};
use crate::catalogue::{Catalogue, Format, Reader};
use crate::evidence::Text;

/// A format, and what it holds where it is text that encodes bytes.
pub(super) struct Found {
    pub(super) format: Recognised,
    pub(super) holds: Option<Text>,
}

/// The format of these samples.
pub(super) fn recognise(
    catalogue: &Catalogue,
    samples: &Samples<'_>,
    density: Density,
    path: Option<&[u8]>,
) -> Option<Found> {
    let by_magic = by_magic(catalogue, samples, density);
    // An archive may hang behind a picture or text; a program or package has its own by right.
    let may_carry = by_magic
        .as_ref()
        .is_none_or(|found| found.class == FormatClass::Other && !is_program(found));
    if may_carry && let Some(behind) = zip::appended(samples.tail) {
        let zip = catalogue.format("zip")?;
        return Some(recognised(zip, behind.encrypted).into());
    }
    if let Some(found) = by_magic {
        return Some(found.into());
    }
    if samples.head.first().is_some_and(|&first| is_text(first)) {
        if archive::is_old_tar(samples.head) {
            let tar = catalogue.format("tar")?;
            return Some(recognised(tar, tar.encrypted).into());
        }
        if let Some(found) = encoded::recognise(catalogue, samples.head) {
            return Some(found);
        }
    }
    unmarked(catalogue, density, path).map(Found::from)
}

impl From<Recognised> for Found {
    fn from(format: Recognised) -> Self {
        Self {
            format,
            holds: None,
        }
    }
}

/// The format whose magic the samples show, verified where it is weak.
pub(super) fn by_magic(
    catalogue: &Catalogue,
    samples: &Samples<'_>,
    density: Density,
) -> Option<Recognised> {
    catalogue
        .magics()
        .candidates(samples.head, samples.tail)
        .find_map(|magic| {
            let format = catalogue.format_at(magic.format);
            match format.reader {
                None => Some(recognised(format, format.encrypted)),
                Some(reader) => read(catalogue, format, reader, samples, density),
            }
        })
}

pub(super) fn recognised(format: &Format, encrypted: Option<bool>) -> Recognised {
    Recognised {
        format: format.name.clone(),
        class: format.class,
        encrypted,
    }
}

/// Reads more out of a format than its magic says; `None` where the magic was chance.
fn read(
    catalogue: &Catalogue,
    format: &Format,
    reader: Reader,
    samples: &Samples<'_>,
    density: Density,
) -> Option<Recognised> {
    let head = samples.head;
    let verified = |genuine: bool| genuine.then(|| recognised(format, format.encrypted));
    match reader {
        Reader::Zip => {
            let found = zip::read(head, samples.tail);
            let package = found.package.and_then(|name| catalogue.format(name));
            match package {
                Some(package) if found.encrypted != Some(true) => {
                    Some(recognised(package, found.encrypted))
                }
                _ => Some(recognised(format, found.encrypted)),
            }
        }
        Reader::SevenZip => Some(recognised(format, archive::seven_zip_encrypted(samples))),
        Reader::Rar4 => Some(recognised(format, rar::rar4_encrypted(head))),
        Reader::Rar5 => Some(recognised(format, rar::rar5_encrypted(head))),
        Reader::Tar => verified(archive::has_tar_checksum(head)),
        Reader::Lzma => verified(weak::is_lzma(head)),
        Reader::Zlib => verified(weak::is_zlib(head, density)),
        Reader::Compress => verified(weak::is_compress(head)),
        Reader::Cpio => verified(weak::is_cpio(head)),
        Reader::Arj => verified(weak::is_arj(head)),
        Reader::Arc => verified(weak::is_arc(head)),
        Reader::Lha => verified(weak::is_lha(head)),
        Reader::Dar => verified(weak::is_dar(head)),
        Reader::Mp3 => verified(weak::is_mp3(head)),
        Reader::Mcrypt => verified(weak::is_mcrypt(head)),
        Reader::AesCrypt => verified(weak::is_aes_crypt(head)),
        Reader::Lrzip => Some(recognised(format, head.get(22).map(|&byte| byte == 1))),
        Reader::OpenPgp => verified(openpgp::is_encrypted(head)).map(|mut found| {
            found.encrypted = Some(true);
            found
        }),
        Reader::OpenPgpKey => verified(openpgp::is_key(head)),
        Reader::SparseImage => {
            let encrypted = head.get(8..12).map(|flags| flags[3] & 4 != 0);
            Some(recognised(format, encrypted))
        }
        // Profile 0 is signed only; 1 to 5 encrypt to a key or password.
        Reader::AppleEncrypted => {
            let encrypted = head.get(4..7).map(|profile| profile != [0, 0, 0]);
            Some(recognised(format, encrypted))
        }
        Reader::AndroidBackup => Some(recognised(format, weak::android_encrypted(head))),
        Reader::Ole => verified(weak::is_encrypted_office(samples)).map(|mut found| {
            found.encrypted = Some(true);
            found
        }),
    }
}

/// A format without any mark, by extension and density together.
fn unmarked(catalogue: &Catalogue, density: Density, path: Option<&[u8]>) -> Option<Recognised> {
    if density != Density::Dense {
        return None;
    }
    let mut buffer = [0; super::mismatch::MAX_EXTENSION];
    let extension = super::mismatch::extension(path?, &mut buffer)?;
    catalogue
        .expected(extension)?
        .formats
        .iter()
        .map(|&index| catalogue.format_at(index))
        .find(|format| format.unmarked)
        .map(|format| recognised(format, format.encrypted))
}

/// Programs and packages of programs carry archives behind themselves by right.
fn is_program(found: &Recognised) -> bool {
    matches!(
        &*found.format,
        "pe" | "elf" | "mach-o" | "crx" | "library archive"
    )
}
