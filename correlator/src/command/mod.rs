//! What a command line means: one parser per family of utilities, never a substring search.
//!
//! Step: correlate. Pure: arguments in, [`Command`] out. Invariant: total and bounded on any
//! bytes; what is kept of a command line does not exceed [`MAX_INPUTS`] sources. A parser reads a
//! command line as its utility would, and says [`Purpose::Consume`] or [`Purpose::Other`] for
//! everything that does not pack, since that must stay silent. Nothing is looked up on the host:
//! patterns, links and configuration files stay unread.

mod archiver;
mod backup;
mod cipher;
mod compressor;
mod copy;
mod cpio;
mod encoder;
mod image;
mod macos;
mod openssl;
mod option;
mod pgp;
mod power_shell;
mod rar;
mod renamed;
mod script;
mod seven_zip;
mod split;
mod tar;
mod transfer;
mod windows;
mod zip;

use crate::catalogue::{Catalogue, Family, Utility};
use crate::evidence::{Purpose, Text};

pub use script::{Code, Invocation, invocation};

/// The meaning of one command line of a known utility.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an independent fact about the command line"
)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The utility's name in the catalogue (`7-zip`, `tar`).
    pub utility: Text,
    /// It ran under a file name that the catalogue does not list for it.
    pub renamed: bool,
    /// What it was told to do.
    pub purpose: Purpose,
    /// A password, passphrase or key is given or asked for.
    pub password: bool,
    /// Headers (file names) are encrypted too.
    pub header_encryption: bool,
    /// The output is split into volumes.
    pub split: bool,
    /// Sources are deleted when done.
    pub deletes_sources: bool,
    /// Where the output goes.
    pub output: Output,
    /// Sources as given on the command line; `@name` is a file that lists them.
    pub inputs: Vec<Vec<u8>>,
    /// Directory that relative names start from, where the command line changes it (`tar -C`).
    pub directory: Option<Vec<u8>>,
    /// What a script packs through, where it needs no utility.
    pub through: Option<Through>,
}

/// A class and its method, as a script calls them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Through {
    /// The class (`System.IO.Compression.ZipFile`), or a COM object's name.
    pub class: Text,
    /// The method.
    pub method: Text,
}

/// Where a utility's output goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// A file, as given (the utility may append an extension).
    File(Vec<u8>),
    /// Each input gets an output beside it (`gzip a b`).
    BesideInputs,
    /// Standard output.
    Standard,
    /// Another host (`tar -f host:path`, `scp`).
    Remote(Vec<u8>),
    /// The command line does not say.
    Unknown,
}

/// The utility in the catalogue whose commands are read from scripts, too.
pub const SCRIPTS: &str = "powershell";

/// Most sources that are kept of one command line.
pub const MAX_INPUTS: usize = 32;

/// Reads a command line: the program's file and its arguments, argv\[0\] first, each ended by a
/// NUL. `None` where the program is no utility that the catalogue knows, by any of its names or by
/// its unmistakable grammar.
#[must_use]
pub fn interpret(catalogue: &Catalogue, image: Option<&[u8]>, arguments: &[u8]) -> Option<Command> {
    let words = split_words(arguments);
    let (argv0, rest) = match words.split_first() {
        Some((first, rest)) => (Some(*first), rest),
        None => (None, &[][..]),
    };
    let by_name = argv0.and_then(|name| catalogue.listed(name));
    let Some(image) = image else {
        let (utility, consumes) = by_name?;
        return Some(read(catalogue, utility, consumes, None, rest));
    };
    if let Some((utility, consumes)) = catalogue.listed(image) {
        // A link decides what the program does: `xzcat` and `lzma` are names of xz.
        let (utility, consumes) = match by_name {
            Some((linked, as_linked))
                if linked.family == utility.family || utility.family == Family::Multicall =>
            {
                (linked, as_linked)
            }
            _ => (utility, consumes),
        };
        return Some(read(catalogue, utility, consumes, Some(image), rest));
    }
    if catalogue.interpreter(image).is_some() {
        // A utility that is itself a script: the kernel starts its interpreter with its path.
        let at = rest.iter().position(|word| !word.starts_with(b"-"))?;
        let (script, rest) = rest[at..].split_first()?;
        let (utility, consumes) = script
            .contains(&b'/')
            .then(|| catalogue.listed(script))
            .flatten()?;
        return Some(read(catalogue, utility, consumes, Some(image), rest));
    }
    let mut command = match by_name {
        Some((utility, consumes)) => read(catalogue, utility, consumes, Some(image), rest),
        None => read(
            catalogue,
            renamed::recognise(catalogue, rest)?,
            false,
            Some(image),
            rest,
        ),
    };
    command.renamed = true;
    Some(command)
}

/// Reads the command line of a utility that runs under another name.
#[must_use]
pub fn disguised(
    catalogue: &Catalogue,
    utility: &Utility,
    image: Option<&[u8]>,
    arguments: &[u8],
) -> Command {
    let words = split_words(arguments);
    let rest = words.get(1..).unwrap_or_default();
    let mut command = read(catalogue, utility, false, image, rest);
    command.renamed = true;
    command
}

/// Reads a script of PowerShell as if it stood on the command line.
#[must_use]
pub fn scripted(catalogue: &Catalogue, text: &[u8]) -> Option<Command> {
    let utility = catalogue.utility_named(SCRIPTS)?;
    let mut command = Command::new(utility);
    command.purpose = Purpose::Other;
    power_shell::read_text(&mut command, text);
    Some(command)
}

/// Reads the command that `cmd /c` is asked for, where it is a single one of a known utility.
#[must_use]
pub fn asked(catalogue: &Catalogue, arguments: &[u8]) -> Option<Command> {
    let words = split_words(arguments);
    let at = words
        .iter()
        .position(|word| word.eq_ignore_ascii_case(b"/c") || word.eq_ignore_ascii_case(b"/k"))?;
    let text = words.get(at + 1..)?.join(&b' ');
    if text.iter().any(|byte| b"&|<>^".contains(byte)) {
        return None;
    }
    let mut line: Vec<u8> = Vec::new();
    for word in unquoted(text.trim_ascii()).split(|byte| *byte == b' ') {
        if !word.is_empty() {
            line.extend_from_slice(unquoted(word));
            line.push(0);
        }
    }
    let name = line.split(|byte| *byte == 0).next()?;
    catalogue.listed(name)?;
    interpret(catalogue, Some(name), &line)
}

/// Reads the words after argv\[0\] as this utility would.
fn read(
    catalogue: &Catalogue,
    utility: &Utility,
    consumes: bool,
    image: Option<&[u8]>,
    words: &[&[u8]],
) -> Command {
    let mut command = Command::new(utility);
    if consumes {
        command.purpose = Purpose::Consume;
        return command;
    }
    let windows = image.is_some_and(|image| {
        image.contains(&b'\\') || image.len() > 4 && image.to_ascii_lowercase().ends_with(b".exe")
    });
    match utility.family {
        Family::Tar => tar::read(catalogue, &mut command, words),
        Family::Cpio => cpio::read_cpio(&mut command, words),
        Family::Pax => cpio::read_pax(&mut command, words),
        Family::Zip => zip::read_zip(&mut command, words),
        Family::ZipCloak => zip::read_zip_cloak(&mut command, words),
        Family::ZipSplit => zip::read_zip_split(&mut command, words),
        Family::SevenZip => seven_zip::read(&mut command, words),
        Family::Rar => rar::read(&mut command, words, windows),
        Family::WinZip => windows::read_win_zip(&mut command, words),
        Family::Cabinet => windows::read_cabinet(&mut command, words),
        Family::Compressor => compressor::read(&mut command, utility, words),
        Family::OpenSsl => openssl::read(&mut command, words),
        Family::Gpg => pgp::read_gpg(&mut command, words),
        Family::GpgTar => pgp::read_gpg_tar(&mut command, words),
        Family::Age => cipher::read_age(&mut command, words),
        Family::Ccrypt => cipher::read_ccrypt(&mut command, words),
        Family::Mcrypt => cipher::read_mcrypt(&mut command, words),
        Family::Scrypt => cipher::read_scrypt(&mut command, words),
        Family::AesCrypt => cipher::read_aes_crypt(&mut command, words),
        Family::DiskCrypt => cipher::read_disk_crypt(&mut command, words),
        Family::Multicall => return read_multicall(catalogue, command, image, words),
        Family::Ar => archiver::read_ar(&mut command, words),
        Family::DpkgDeb => archiver::read_dpkg_deb(&mut command, words),
        Family::Jar => archiver::read_jar(&mut command, words),
        Family::Zpaq => archiver::read_zpaq(&mut command, words),
        Family::Arj => archiver::read_arj(&mut command, words),
        Family::Lha => archiver::read_lha(&mut command, words),
        Family::Dar => archiver::read_dar(&mut command, words),
        Family::SquashFs => image::read_squash_fs(&mut command, words),
        Family::IsoImage => image::read_iso(&mut command, words),
        Family::Split => split::read_split(&mut command, words),
        Family::Dd => split::read_dd(&mut command, words),
        Family::Encoder => encoder::read_encoder(&mut command, words),
        Family::Xxd => encoder::read_xxd(&mut command, words),
        Family::UuEncode => encoder::read_uuencode(&mut command, words),
        Family::Certutil => windows::read_certutil(&mut command, words),
        Family::Ditto => macos::read_ditto(&mut command, words),
        Family::Hdiutil => macos::read_hdiutil(&mut command, words),
        Family::AppleArchive => macos::read_apple_archive(&mut command, words),
        Family::AppleEncrypted => macos::read_apple_encrypted(&mut command, words),
        Family::Xar => macos::read_xar(&mut command, words),
        Family::PackageBuild => macos::read_package_build(&mut command, words),
        Family::PowerShell => power_shell::read(&mut command, words),
        Family::Copy => copy::read_copy(&mut command, words),
        Family::Rsync => copy::read_rsync(&mut command, words),
        Family::Scp => copy::read_scp(&mut command, words),
        Family::WindowsCopy => windows::read_copy(&mut command, words),
        Family::Esentutl => windows::read_esentutl(&mut command, words),
        Family::PrintBrm => windows::read_print_brm(&mut command, words),
        Family::StepsRecorder => windows::read_steps_recorder(&mut command, words),
        Family::Borg => backup::read_borg(&mut command, words),
        Family::Restic => backup::read_restic(&mut command, words),
        Family::Duplicity => backup::read_duplicity(&mut command, words),
        Family::Rclone => backup::read_rclone(&mut command, words),
        Family::DatabaseDump => backup::read_database_dump(&mut command, words),
        Family::Curl => transfer::read_curl(&mut command, words),
        Family::Wget => transfer::read_wget(&mut command, words),
        Family::Netcat => transfer::read_netcat(&mut command, words),
        Family::Ssh => transfer::read_ssh(&mut command, words),
        Family::FileTransfer => transfer::read_file_transfer(&mut command, words),
        Family::CloudCopy => transfer::read_cloud_copy(&mut command, words),
        Family::Plain => option::operands_as_inputs(&mut command, words),
    }
    if matches!(command.purpose, Purpose::Consume | Purpose::Other) {
        // What does not pack has no output that matters, and must not look as if it had.
        command.password = false;
        command.header_encryption = false;
        command.split = false;
        command.deletes_sources = false;
    }
    command
}

/// Reads `busybox tar …`: the applet is the next word.
fn read_multicall(
    catalogue: &Catalogue,
    mut command: Command,
    image: Option<&[u8]>,
    words: &[&[u8]],
) -> Command {
    let applet = words
        .split_first()
        .and_then(|(applet, rest)| Some((catalogue.listed(applet)?, rest)))
        .filter(|((utility, _), _)| utility.family != Family::Multicall);
    if let Some(((utility, consumes), rest)) = applet {
        return read(catalogue, utility, consumes, image, rest);
    }
    command.purpose = Purpose::Other;
    command
}

impl Command {
    fn new(utility: &Utility) -> Self {
        Self {
            utility: utility.name.clone(),
            renamed: false,
            purpose: utility.purpose,
            password: false,
            header_encryption: false,
            split: false,
            deletes_sources: false,
            output: Output::Unknown,
            inputs: Vec::new(),
            directory: None,
            through: None,
        }
    }

    /// Forgets what an earlier statement of the same text said.
    fn begin(&mut self, purpose: Purpose) {
        self.purpose = purpose;
        self.inputs.clear();
        self.output = Output::Unknown;
        self.through = None;
        self.password = false;
    }

    fn input(&mut self, input: &[u8]) {
        if self.inputs.len() < MAX_INPUTS && !input.is_empty() {
            self.inputs.push(bounded(input));
        }
    }

    fn all_inputs<'w>(&mut self, inputs: impl IntoIterator<Item = &'w &'w [u8]>) {
        for input in inputs {
            self.input(input);
        }
    }

    /// Names a file that lists the sources.
    fn input_list(&mut self, list: &[u8]) {
        self.input(&[b"@", list].concat());
    }
}

impl Output {
    /// A file, or standard output where the utility takes `-` for it.
    fn file_or_standard(name: &[u8]) -> Self {
        match name {
            b"-" | b"/dev/stdout" | b"/dev/fd/1" => Self::Standard,
            _ => Self::File(bounded(name)),
        }
    }

    fn file(name: &[u8]) -> Self {
        Self::File(bounded(name))
    }

    fn remote(name: &[u8]) -> Self {
        Self::Remote(bounded(name))
    }
}

/// The words of an argument block; of a monstrous one the first [`MAX_WORDS`].
fn split_words(arguments: &[u8]) -> Vec<&[u8]> {
    let arguments = arguments.strip_suffix(b"\0").unwrap_or(arguments);
    if arguments.is_empty() {
        return Vec::new();
    }
    arguments.split(|&byte| byte == 0).take(MAX_WORDS).collect()
}

/// A value cut to what is kept of one, without the quotes that Windows leaves in place.
fn bounded(value: &[u8]) -> Vec<u8> {
    let value = unquoted(value);
    value[..value.len().min(MAX_VALUE)].to_vec()
}

/// A value without quotes around it.
fn unquoted(value: &[u8]) -> &[u8] {
    match value {
        [b'"', inner @ .., b'"'] | [b'\'', inner @ .., b'\''] => inner,
        _ => value,
    }
}

const MAX_WORDS: usize = 4096;
const MAX_VALUE: usize = 4096;

#[cfg(test)]
mod tests;
