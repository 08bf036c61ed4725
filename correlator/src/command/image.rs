//! Makers of file-system images: mksquashfs, genisoimage, xorriso.
//!
//! Step: correlate. An image holds files as an archive does.

use super::{Command, Output};
use crate::evidence::Purpose;

/// Reads mksquashfs's words: sources, the image, then options.
pub(super) fn read_squash_fs(command: &mut Command, words: &[&[u8]]) {
    let end = words
        .iter()
        .position(|word| word.starts_with(b"-") && word.len() > 1)
        .unwrap_or(words.len());
    match words[..end].split_last() {
        Some((target, sources)) => {
            command.output = Output::file_or_standard(target);
            command.all_inputs(sources);
        }
        None => command.purpose = Purpose::Other,
    }
}

/// Reads genisoimage's and xorriso's words: `-o out.iso sources`.
pub(super) fn read_iso(command: &mut Command, words: &[&[u8]]) {
    command.output = Output::Standard;
    let mut makes = &*command.utility != "iso" || !words.is_empty();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match *word {
            b"-o" | b"-output" | b"-outdev" | b"--output" => {
                if let Some(target) = words.next() {
                    command.output = Output::file_or_standard(target);
                }
            }
            b"-indev" | b"-osirrox" | b"-extract" | b"-toc" | b"-version" | b"--version" => {
                makes = false;
            }
            b"-V" | b"-A" | b"-P" | b"-p" | b"-b" | b"-c" | b"-m" | b"-x" | b"-M" | b"-C"
            | b"-volid" | b"-publisher" | b"-preparer" | b"-boot-load-size" | b"-eltorito-boot"
            | b"-as" | b"-e" | b"-sysid" | b"-iso-level" | b"-partition_offset"
            | b"-volume_date" => {
                words.next();
            }
            b"-path-list" => {
                if let Some(list) = words.next() {
                    command.input_list(list);
                }
            }
            [b'-', ..] => {}
            _ => command.input(word),
        }
    }
    if !makes {
        command.purpose = Purpose::Consume;
    }
}
