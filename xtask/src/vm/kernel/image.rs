//! A kernel's image in the form that QEMU starts.
//!
//! Step: tooling. Kernels of 64-bit ARM come as a program for EFI that unpacks itself ("zboot",
//! `drivers/firmware/efi/libstub/zboot-header.S`), which QEMU before 8 does not take: what it holds
//! is taken out. Every other image is left as it is.

use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

/// The bytes to boot.
///
/// # Errors
/// When the image cannot be read, or is packed in a way that is not known here.
pub(super) fn bootable(image: &Path) -> Result<Vec<u8>> {
    let bytes = std::fs::read(image);
    let bytes = bytes.with_context(|| format!("cannot read {}", image.display()))?;
    if !unpacks_itself(&bytes) {
        return Ok(bytes);
    }
    let (kind, inside) =
        packed(&bytes).context("the kernel says that it holds more than it does")?;
    if kind != *b"gzip" {
        let kind = String::from_utf8_lossy(&kind).into_owned();
        bail!("the kernel is packed with {kind}, which nothing here unpacks");
    }
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(inside)
        .read_to_end(&mut plain)
        .context("the kernel cannot be unpacked")?;
    Ok(plain)
}

/// Whether it is a program for EFI with a kernel in it.
fn unpacks_itself(bytes: &[u8]) -> bool {
    bytes.get(..2) == Some(b"MZ") && bytes.get(4..8) == Some(b"zimg")
}

/// What such a kernel holds, and how it is packed; none where that passes its end.
fn packed(bytes: &[u8]) -> Option<([u8; 4], &[u8])> {
    let word = |at: usize| -> Option<usize> {
        let word = bytes.get(at..)?.first_chunk::<4>()?;
        usize::try_from(u32::from_le_bytes(*word)).ok()
    };
    let begin = word(8)?;
    let kind = bytes.get(24..)?.first_chunk::<4>()?;
    Some((*kind, bytes.get(begin..begin.checked_add(word(12)?)?)?))
}

#[cfg(test)]
mod tests;
