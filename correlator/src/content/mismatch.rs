//! Compares a file's name with its content.
//!
//! Step: correlate. A mismatch is a name that promises something else than the packed data that
//! the file holds, or an archive's name on something that is none. Formats that share an extension
//! by right (`jar` and `docx` for zip) match; a name without extension promises nothing.

use super::{Density, Examination, FormatClass};
use crate::catalogue::{Catalogue, base_name};

/// The extension that the content belies, in lower case and without dot.
#[must_use]
pub fn extension_mismatch(
    catalogue: &Catalogue,
    path: &[u8],
    examination: &Examination,
) -> Option<Vec<u8>> {
    let mut buffer = [0; MAX_EXTENSION];
    let extension = extension(path, &mut buffer)?;
    let expected = catalogue.expected(extension)?;
    let formats = || {
        expected
            .formats
            .iter()
            .map(|&index| catalogue.format_at(index))
    };
    let belies = if let Some(found) = &examination.format {
        let matches = formats().any(|format| format.name == found.format);
        let text = expected.text && found.class == FormatClass::Encoded;
        found.class != FormatClass::Other && !matches && !text
    } else {
        // An archive's name on what is none, or any name that promises otherwise on dense bytes.
        // Encryption without a mark has an encrypted file's name by right.
        let promises = |wanted: &[FormatClass]| {
            !expected.formats.is_empty() && formats().all(|format| wanted.contains(&format.class))
        };
        let packed = !expected.text && promises(&MARKED);
        let medium = expected.text || promises(&[FormatClass::Other]);
        let dense = examination.density == Density::Dense;
        packed && examination.sampled >= ENOUGH || medium && dense
    };
    belies.then(|| extension.to_vec())
}

/// A path's extension in lower case.
pub(super) fn extension<'b>(path: &[u8], buffer: &'b mut [u8; MAX_EXTENSION]) -> Option<&'b [u8]> {
    let name = base_name(path);
    let dot = name
        .iter()
        .rposition(|&byte| byte == b'.')
        .filter(|&dot| dot > 0)?;
    let text = &name[dot + 1..];
    let target = buffer.get_mut(..text.len())?;
    target.copy_from_slice(text);
    target.make_ascii_lowercase();
    (!target.is_empty()).then_some(&*target)
}

/// Kinds of formats that show their mark at their start.
const MARKED: [FormatClass; 4] = [
    FormatClass::Archive,
    FormatClass::Compressed,
    FormatClass::Disk,
    FormatClass::Package,
];

/// Longer ones are no extensions.
pub(super) const MAX_EXTENSION: usize = 16;

/// So many bytes show a format's magic, if it is there.
const ENOUGH: usize = 16;
