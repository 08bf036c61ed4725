//! Utilities of Windows: `WinZip`, makecab, certutil, robocopy, xcopy, esentutl, `PrintBrm`, psr.
//!
//! Step: correlate. Switches begin with `-` or `/`, in either case.

use super::option::{same, switch};
use super::{Command, Output};
use crate::evidence::Purpose;

/// Reads `WinZip`'s words: `winzip64 -min -a -s"pw" out.zip files`, `wzzip -a -spw out.zip files`.
pub(super) fn read_win_zip(command: &mut Command, words: &[&[u8]]) {
    let mut operands = Vec::new();
    for word in words {
        match word {
            [b'-', b'e' | b'E'] => command.purpose = Purpose::Consume,
            [b'-', b'm' | b'M'] => command.deletes_sources = true,
            [b'-', b's' | b'S', ..] | [b'-', b'y' | b'Y', b'c' | b'C', ..] => {
                command.password = true;
            }
            [b'-', b'z' | b'Z', ..] => command.split = true,
            [b'-', ..] => {}
            _ => operands.push(*word),
        }
    }
    match operands.split_first() {
        Some((archive, sources)) => {
            command.output = Output::file(archive);
            command.all_inputs(sources);
        }
        None => command.purpose = Purpose::Other,
    }
}

/// Reads makecab's and diantz's words: `makecab source [target]`, `makecab /f list.ddf`.
pub(super) fn read_cabinet(command: &mut Command, words: &[&[u8]]) {
    let mut operands = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match switch(word) {
            Some(name) if same(name, "f") => {
                if let Some(list) = words.next() {
                    command.input_list(list);
                }
            }
            Some(name) if same(name, "l") => {
                if let Some(directory) = words.next() {
                    command.output = Output::file(directory);
                }
            }
            Some(name) if same(name, "d") => drop(words.next()),
            Some(b"?") => command.purpose = Purpose::Other,
            Some(_) => {}
            None => operands.push(*word),
        }
    }
    match operands.as_slice() {
        [] if command.inputs.is_empty() => command.purpose = Purpose::Other,
        [] => {}
        [source] => {
            command.input(source);
            if command.output == Output::Unknown {
                command.output = Output::BesideInputs;
            }
        }
        [source, target, ..] => {
            command.input(source);
            command.output = Output::file(target);
        }
    }
}

/// Reads certutil's words: `-encode` and `-encodehex` encode.
pub(super) fn read_certutil(command: &mut Command, words: &[&[u8]]) {
    let verb = words
        .iter()
        .filter_map(|word| switch(word))
        .find_map(|name| {
            if same(name, "encode") || same(name, "encodehex") {
                Some(Purpose::Encode)
            } else if same(name, "decode") || same(name, "decodehex") {
                Some(Purpose::Consume)
            } else {
                None
            }
        });
    command.purpose = verb.unwrap_or(Purpose::Other);
    if command.purpose == Purpose::Encode {
        let mut operands = words.iter().filter(|word| switch(word).is_none());
        if let Some(source) = operands.next() {
            command.input(source);
        }
        if let Some(target) = operands.next() {
            command.output = Output::file(target);
        }
    }
}

/// Reads robocopy's and xcopy's words: source, target, then names and switches.
pub(super) fn read_copy(command: &mut Command, words: &[&[u8]]) {
    let mut operands = Vec::new();
    for word in words {
        match word {
            [b'/', name @ ..] => {
                command.deletes_sources |= same(name, "mov") || same(name, "move");
            }
            _ => operands.push(*word),
        }
    }
    match operands.as_slice() {
        [] => command.purpose = Purpose::Other,
        [source] => command.input(source),
        [source, target, ..] => {
            command.input(source);
            command.output = Output::file(target);
        }
    }
}

/// Reads esentutl's words: `/y source [/vss] /d target` copies, locked files too.
pub(super) fn read_esentutl(command: &mut Command, words: &[&[u8]]) {
    command.purpose = Purpose::Other;
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match switch(word) {
            Some(name) if same(name, "y") => {
                command.purpose = Purpose::Copy;
                if let Some(source) = words.next() {
                    command.input(source);
                }
            }
            Some(name) if same(name, "d") => {
                if let Some(target) = words.next() {
                    command.output = Output::file(target);
                }
            }
            _ => {}
        }
    }
}

/// Reads `PrintBrm`'s words: `-b -d directory -f out.zip` packs any directory.
pub(super) fn read_print_brm(command: &mut Command, words: &[&[u8]]) {
    command.purpose = Purpose::Other;
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match switch(word) {
            Some(name) if same(name, "b") => command.purpose = Purpose::Archive,
            Some(name) if same(name, "r") || same(name, "q") => {
                command.purpose = Purpose::Consume;
            }
            Some(name) if same(name, "d") => {
                if let Some(source) = words.next() {
                    command.input(source);
                }
            }
            Some(name) if same(name, "f") => {
                if let Some(target) = words.next() {
                    command.output = Output::file(target);
                }
            }
            _ => {}
        }
    }
}

/// Reads psr's words: `/start /output out.zip` records the screen into an archive.
pub(super) fn read_steps_recorder(command: &mut Command, words: &[&[u8]]) {
    command.purpose = Purpose::Other;
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match switch(word) {
            Some(name) if same(name, "start") => command.purpose = Purpose::Archive,
            Some(name) if same(name, "output") => {
                if let Some(target) = words.next() {
                    command.output = Output::file(target);
                }
            }
            _ => {}
        }
    }
}
