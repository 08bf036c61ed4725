//! Compressors of single files: gzip, bzip2, xz, zstd, lz4, lzop, lzip, lrzip, brotli, compress.
//!
//! Step: correlate. Names that only unpack (`gunzip`, `zcat`) are the catalogue's matter; here
//! `-d`, `-t` and `-l` are. Which of them delete their sources by default is a fact of the
//! catalogue, too.

use super::option::{Grammar, Token};
use super::{Command, Output};
use crate::catalogue::Utility;
use crate::evidence::Purpose;

/// Reads the words after argv\[0\].
pub(super) fn read(command: &mut Command, utility: &Utility, words: &[&[u8]]) {
    let name = &*utility.name;
    let mut operands = Vec::new();
    let (mut to_standard, mut keeps, mut removes, mut several) = (false, false, false, false);
    for token in grammar(name).tokens(words) {
        match token {
            Token::Short(b'd' | b't' | b'l', _) | Token::Long(b"decompress" | b"uncompress", _)
                // zstd's and lz4's `-l` and `-t` mean the same; lrzip's `-l` picks LZO.
                if !(name == "lrzip" && token == Token::Short(b'l', b"")) =>
            {
                command.purpose = Purpose::Consume;
            }
            Token::Long(b"test" | b"list" | b"show" | b"info", _) => {
                command.purpose = Purpose::Consume;
            }
            Token::Short(b'h' | b'V' | b'L', b"") | Token::Long(b"help" | b"version", _)
                if words.len() == 1 =>
            {
                command.purpose = Purpose::Other;
            }
            Token::Short(b'b', _) if matches!(name, "zstd" | "lz4") => {
                // A benchmark.
                command.purpose = Purpose::Other;
            }
            Token::Short(b'c', _) | Token::Long(b"stdout" | b"to-stdout", _) => {
                to_standard = true;
            }
            Token::Short(b'k', _) | Token::Long(b"keep", _) => keeps = true,
            Token::Long(b"rm", _) => removes = true,
            Token::Short(b'j', _) if name == "brotli" => removes = true,
            Token::Short(b'U', _) | Token::Long(b"delete", _)
                if matches!(name, "lzop" | "lrzip") =>
            {
                removes = true;
            }
            Token::Short(b'D', _) if name == "lrzip" => removes = true,
            Token::Short(b'e', _) | Token::Long(b"encrypt", _) if name == "lrzip" => {
                command.password = true;
            }
            Token::Short(b'm', _) | Token::Long(b"multiple", _) => several = true,
            Token::Short(b'o', value) | Token::Long(b"output" | b"outfile", value) => {
                command.output = Output::file_or_standard(value);
            }
            Token::Long(b"filelist" | b"files" | b"files0", value) if !value.is_empty() => {
                command.input_list(value);
            }
            Token::Operand(operand) => operands.push(operand),
            Token::Short(..) | Token::Long(..) => {}
        }
    }
    if name == "lz4"
        && !several
        && let [source, target] = operands[..]
    {
        // lz4 takes the second name for its output.
        command.output = Output::file_or_standard(target);
        operands = vec![source];
    }
    operands.retain(|operand| *operand != b"-");
    command.all_inputs(&operands);
    let has_sources = !command.inputs.is_empty();
    if to_standard || (!has_sources && command.output == Output::Unknown) {
        command.output = Output::Standard;
    } else if command.output == Output::Unknown {
        command.output = Output::BesideInputs;
    }
    // An output of another name leaves the sources alone.
    let in_place = command.output == Output::BesideInputs;
    command.deletes_sources =
        has_sources && !to_standard && (removes || (utility.deletes_sources && !keeps && in_place));
}

fn grammar(name: &str) -> &'static Grammar {
    match name {
        "gzip" => &GZIP,
        "xz" | "lzma" => &XZ,
        "zstd" | "lz4" => &ZSTD,
        "brotli" => &BROTLI,
        "lzip" => &LZIP,
        "lzop" => &LZOP,
        "lrzip" => &LRZIP,
        "compress" => &COMPRESS,
        _ => &BZIP2,
    }
}

const LONG: &[&str] = &[
    "decompress",
    "uncompress",
    "test",
    "list",
    "stdout",
    "to-stdout",
    "keep",
    "rm",
    "recursive",
    "force",
    "best",
    "fast",
    "verbose",
    "quiet",
    "compress",
    "help",
    "version",
];

const GZIP: Grammar = Grammar {
    valued: b"bpSCAIJ",
    attached: b"",
    long_valued: &["suffix", "processes", "blocksize", "comment", "alias"],
    long: LONG,
};

const BZIP2: Grammar = Grammar {
    valued: b"n",
    attached: b"bpmS",
    long_valued: &[],
    long: LONG,
};

const XZ: Grammar = Grammar {
    valued: b"SFCMT",
    attached: b"",
    long_valued: &[
        "suffix",
        "format",
        "check",
        "memlimit",
        "memory",
        "threads",
        "block-size",
        "flush-timeout",
    ],
    long: LONG,
};

const ZSTD: Grammar = Grammar {
    valued: b"oD",
    attached: b"MTBb",
    long_valued: &["output-dir-flat", "output-dir-mirror", "filelist", "memory"],
    long: LONG,
};

const BROTLI: Grammar = Grammar {
    valued: b"oqwSDC",
    attached: b"",
    long_valued: &[
        "output",
        "quality",
        "lgwin",
        "suffix",
        "dictionary",
        "large_window",
    ],
    long: LONG,
};

const LZIP: Grammar = Grammar {
    valued: b"obsmSBn",
    attached: b"",
    long_valued: &[
        "output",
        "member-size",
        "dictionary-size",
        "match-length",
        "volume-size",
    ],
    long: LONG,
};

const LZOP: Grammar = Grammar {
    valued: b"oS",
    attached: b"p",
    long_valued: &["output", "suffix"],
    long: &["decompress", "test", "list", "stdout", "keep", "delete"],
};

const LRZIP: Grammar = Grammar {
    valued: b"oOSpLwNm",
    attached: b"e",
    long_valued: &["outfile", "outdir", "suffix", "threads", "level", "window"],
    long: &[
        "decompress",
        "test",
        "info",
        "delete",
        "encrypt",
        "keep-broken",
    ],
};

const COMPRESS: Grammar = Grammar {
    valued: b"b",
    attached: b"",
    long_valued: &[],
    long: &[],
};
