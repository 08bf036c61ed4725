//! Classes of .NET and COM objects that scripts pack through.
//!
//! Step: correlate. Such a script needs no utility (T1560.002); what it called is told with the
//! finding. A call is recognised by its class and method, or by the method alone where only such
//! classes have it.

use super::super::{Command, Output, Through};
use super::statements::Statement;
use crate::evidence::Purpose;

/// What a statement does through a class.
pub(super) struct Meaning {
    /// How much it packs.
    pub(super) rank: u8,
    pub(super) purpose: Purpose,
    class: &'static str,
    method: &'static str,
    arguments: Arguments,
}

/// Where a call's arguments say what comes from where.
#[derive(Clone, Copy, PartialEq)]
enum Arguments {
    /// The source, then the target.
    SourceTarget,
    /// The target, then the source.
    TargetSource,
    /// The target.
    Target,
    /// A source, after the archive.
    Second,
    /// A source.
    Source,
    /// Other statements open files by their names.
    Files,
    /// They say nothing.
    None,
}

struct Call {
    /// What a word of the statement must end with.
    word: &'static [u8],
    /// What another word must hold.
    beside: &'static [u8],
    rank: u8,
    purpose: Purpose,
    class: &'static str,
    method: &'static str,
    arguments: Arguments,
}

/// What the statement does through a class, if it packs or unpacks. Scripts encrypt texts all day;
/// what counts is one that writes a file of bytes, too.
pub(super) fn meaning(statement: &Statement, all: &[Statement]) -> Option<Meaning> {
    let words = &statement.lower;
    let calls = |call: &&Call| {
        words.iter().any(|word| ends_with_name(word, call.word))
            && (call.beside.is_empty() || words.iter().any(|word| holds(word, call.beside)))
    };
    let call = CALLS.iter().filter(calls).max_by_key(|call| call.rank)?;
    let writes = || {
        all.iter()
            .any(|it| value_after(it, &OPENED_TO_WRITE).is_some())
    };
    if call.purpose == Purpose::Encrypt && !writes() {
        return None;
    }
    Some(Meaning {
        rank: call.rank,
        purpose: call.purpose,
        class: call.class,
        method: call.method,
        arguments: call.arguments,
    })
}

impl Meaning {
    /// Takes over what the statement says, and where it says too little, what others do.
    pub(super) fn apply(&self, command: &mut Command, statement: &Statement, all: &[Statement]) {
        if crate::process::packs(self.purpose) {
            command.through = Some(Through {
                class: self.class.into(),
                method: self.method.into(),
            });
        }
        let ends = |word: &Vec<u8>| word.ends_with(&self.method_end());
        let at = statement.lower.iter().position(ends);
        let mut values = at
            .map(|at| &statement.words[at + 1..])
            .unwrap_or_default()
            .iter();
        let mut target = None;
        let mut source = None;
        match self.arguments {
            Arguments::SourceTarget => (source, target) = (values.next(), values.next()),
            Arguments::TargetSource => (target, source) = (values.next(), values.next()),
            Arguments::Target => target = values.next(),
            Arguments::Second => source = values.nth(1),
            Arguments::Source => source = values.next(),
            Arguments::Files | Arguments::None => {}
        }
        if target.is_none() && self.arguments != Arguments::None {
            target = all.iter().find_map(|it| value_after(it, &OPENED_TO_WRITE));
            source = source.or_else(|| all.iter().find_map(|it| value_after(it, &OPENED_TO_READ)));
        }
        // `$zip.Password = …`, as the archivers of others than Microsoft have it.
        command.password = self.purpose == Purpose::Archive
            && all
                .iter()
                .any(|it| it.lower[0].ends_with(b".password") && it.words.len() > 1);
        if let Some(source) = source {
            command.input(source);
        }
        if let Some(target) = target {
            command.output = Output::file(target);
        }
    }

    fn method_end(&self) -> Vec<u8> {
        self.method.to_ascii_lowercase().into_bytes()
    }
}

/// The value after a word that ends so.
fn value_after<'s>(statement: &'s Statement, ends: &[&[u8]]) -> Option<&'s Vec<u8>> {
    let at = statement
        .lower
        .iter()
        .position(|word| ends.iter().any(|end| word.ends_with(end)))?;
    statement.words.get(at + 1)
}

/// Whether a word ends so, and not in the middle of a longer name: `decompress` is not `compress`.
fn ends_with_name(word: &[u8], end: &[u8]) -> bool {
    let within = |before: &[u8]| {
        let goes_on = before.last().is_some_and(u8::is_ascii_alphanumeric);
        goes_on && end.first().is_some_and(u8::is_ascii_alphanumeric)
    };
    word.strip_suffix(end).is_some_and(|before| !within(before))
}

fn holds(word: &[u8], part: &[u8]) -> bool {
    word.windows(part.len()).any(|window| window == part)
}

/// After these stands the name of a file that is written.
const OPENED_TO_WRITE: [&[u8]; 10] = [
    b"file]::create",
    b"file]::openwrite",
    b"file]::writeallbytes",
    b"io.filestream",
    b"filestream]::new",
    b"zipfile]::open",
    b".namespace",
    b".save",
    b".createzip",
    b"zipoutputstream",
];

/// After these stands the name of a file that is read.
const OPENED_TO_READ: [&[u8]; 5] = [
    b"file]::readallbytes",
    b"file]::openread",
    b".copyhere",
    b".adddirectory",
    b".addfile",
];

const fn call(
    (word, beside): (&'static [u8], &'static [u8]),
    (rank, purpose): (u8, Purpose),
    (class, method): (&'static str, &'static str),
    arguments: Arguments,
) -> Call {
    Call {
        word,
        beside,
        rank,
        purpose,
        class,
        method,
        arguments,
    }
}

const ZIP_FILE: &str = "System.IO.Compression.ZipFile";
const ZIP_ARCHIVE: &str = "System.IO.Compression.ZipArchive";
const MAKES: (u8, Purpose) = (8, Purpose::Archive);
const STREAMS: (u8, Purpose) = (7, Purpose::Compress);
const TAKES_OUT: (u8, Purpose) = (2, Purpose::Consume);

/// The calls.
const CALLS: [Call; 29] = [
    call(
        (b"zipfile]::createfromdirectory", b""),
        MAKES,
        (ZIP_FILE, "CreateFromDirectory"),
        Arguments::SourceTarget,
    ),
    call(
        (b"zipfile]::open", b"create"),
        MAKES,
        (ZIP_FILE, "Open"),
        Arguments::Target,
    ),
    call(
        (b"zipfile]::open", b"update"),
        MAKES,
        (ZIP_FILE, "Open"),
        Arguments::Target,
    ),
    call(
        (b"ziparchivemode]::create", b""),
        (7, Purpose::Archive),
        (ZIP_ARCHIVE, "Create"),
        Arguments::Files,
    ),
    call(
        (b"ziparchivemode]::update", b""),
        (7, Purpose::Archive),
        (ZIP_ARCHIVE, "Update"),
        Arguments::Files,
    ),
    call(
        (b"]::createentryfromfile", b""),
        (7, Purpose::Archive),
        (
            "System.IO.Compression.ZipFileExtensions",
            "CreateEntryFromFile",
        ),
        Arguments::Second,
    ),
    call(
        (b".createentry", b""),
        (6, Purpose::Archive),
        (ZIP_ARCHIVE, "CreateEntry"),
        Arguments::Files,
    ),
    call(
        (b"tarfile]::createfromdirectory", b""),
        MAKES,
        ("System.Formats.Tar.TarFile", "CreateFromDirectory"),
        Arguments::SourceTarget,
    ),
    call(
        (b"compress", b"gzipstream"),
        STREAMS,
        ("System.IO.Compression.GZipStream", "Compress"),
        Arguments::Files,
    ),
    call(
        (b"compress", b"deflatestream"),
        STREAMS,
        ("System.IO.Compression.DeflateStream", "Compress"),
        Arguments::Files,
    ),
    call(
        (b"compress", b"brotlistream"),
        STREAMS,
        ("System.IO.Compression.BrotliStream", "Compress"),
        Arguments::Files,
    ),
    call(
        (b"compress", b"zlibstream"),
        STREAMS,
        ("System.IO.Compression.ZLibStream", "Compress"),
        Arguments::Files,
    ),
    call(
        (b"compressionmode]::compress", b""),
        (6, Purpose::Compress),
        ("System.IO.Compression", "Compress"),
        Arguments::Files,
    ),
    call(
        (b"package]::open", b"create"),
        (7, Purpose::Archive),
        ("System.IO.Packaging.Package", "Open"),
        Arguments::Target,
    ),
    call(
        (b".copyhere", b""),
        MAKES,
        ("Shell.Application", "CopyHere"),
        Arguments::Source,
    ),
    call(
        (b"ionic.zip.zipfile", b""),
        (6, Purpose::Archive),
        ("Ionic.Zip.ZipFile", "Save"),
        Arguments::Files,
    ),
    call(
        (b"ionic.zip.zipfile]::new", b""),
        (6, Purpose::Archive),
        ("Ionic.Zip.ZipFile", "Save"),
        Arguments::Files,
    ),
    call(
        (b".createzip", b""),
        MAKES,
        ("ICSharpCode.SharpZipLib.Zip.FastZip", "CreateZip"),
        Arguments::TargetSource,
    ),
    call(
        (b"sharpziplib.zip.zipoutputstream", b""),
        (7, Purpose::Archive),
        (
            "ICSharpCode.SharpZipLib.Zip.ZipOutputStream",
            "PutNextEntry",
        ),
        Arguments::Files,
    ),
    call(
        (b"]::createoutputtararchive", b""),
        (7, Purpose::Archive),
        (
            "ICSharpCode.SharpZipLib.Tar.TarArchive",
            "CreateOutputTarArchive",
        ),
        Arguments::Files,
    ),
    call(
        (b".compressdirectory", b""),
        MAKES,
        ("SevenZip.SevenZipCompressor", "CompressDirectory"),
        Arguments::SourceTarget,
    ),
    call(
        (b".compressfiles", b""),
        MAKES,
        ("SevenZip.SevenZipCompressor", "CompressFiles"),
        Arguments::Target,
    ),
    call(
        (b".createencryptor", b""),
        (6, Purpose::Encrypt),
        (
            "System.Security.Cryptography.SymmetricAlgorithm",
            "CreateEncryptor",
        ),
        Arguments::Files,
    ),
    call(
        (b"protecteddata]::protect", b""),
        (5, Purpose::Encrypt),
        ("System.Security.Cryptography.ProtectedData", "Protect"),
        Arguments::Files,
    ),
    call(
        (b"-bxor", b""),
        (5, Purpose::Encrypt),
        ("PowerShell", "-bxor"),
        Arguments::Files,
    ),
    call(
        (b"::extracttodirectory", b""),
        TAKES_OUT,
        (ZIP_FILE, "ExtractToDirectory"),
        Arguments::None,
    ),
    call(
        (b"zipfile]::openread", b""),
        TAKES_OUT,
        (ZIP_FILE, "OpenRead"),
        Arguments::None,
    ),
    call(
        (b"compressionmode]::decompress", b""),
        TAKES_OUT,
        ("System.IO.Compression", "Decompress"),
        Arguments::None,
    ),
    call(
        (b".createdecryptor", b""),
        TAKES_OUT,
        (
            "System.Security.Cryptography.SymmetricAlgorithm",
            "CreateDecryptor",
        ),
        Arguments::None,
    ),
];
