//! Info-ZIP's zip, zipcloak and zipsplit.
//!
//! Step: correlate. zip adds by default: the first operand is the archive, the rest are sources.
//! Its letters bundle, some options have two letters, and `-x` and `-i` take words up to the next
//! option.

use super::{Command, Output};
use crate::evidence::Purpose;

/// Reads zip's words after argv\[0\].
pub(super) fn read_zip(command: &mut Command, words: &[&[u8]]) {
    let mut state = State::default();
    let mut words = words.iter().copied().peekable();
    let mut options_end = false;
    while let Some(word) = words.next() {
        match word {
            _ if options_end => state.operands.push(word),
            b"--" => options_end = true,
            [b'-', b'-', long @ ..] => {
                let (name, value) = match long.iter().position(|&byte| byte == b'=') {
                    Some(at) => (&long[..at], Some(&long[at + 1..])),
                    None => (long, None),
                };
                if state.long(command, name) && value.is_none() {
                    state.value(command, words.next());
                }
            }
            [b'-', letters @ ..] if !letters.is_empty() => match state.letters(command, letters) {
                After::Nothing => {}
                After::Value => state.value(command, words.next()),
                After::List => while words.next_if(|word| !word.starts_with(b"-")).is_some() {},
            },
            b"@" => {}
            _ => state.operands.push(word),
        }
    }
    state.finish(command);
}

/// Reads zipcloak's words: it encrypts the archive in place, or to `-O`.
pub(super) fn read_zip_cloak(command: &mut Command, words: &[&[u8]]) {
    command.purpose = Purpose::Encrypt;
    command.password = true;
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match *word {
            b"-d" | b"--decrypt" => command.purpose = Purpose::Consume,
            b"-O" | b"--output-file" => {
                if let Some(name) = words.next() {
                    command.output = Output::file(name);
                }
            }
            b"-b" => drop(words.next()),
            [b'-', ..] => {}
            _ => {
                if command.output == Output::Unknown {
                    command.output = Output::file(word);
                }
                command.input(word);
            }
        }
    }
}

/// Reads zipsplit's words.
pub(super) fn read_zip_split(command: &mut Command, words: &[&[u8]]) {
    command.split = true;
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match *word {
            b"-n" | b"-r" => drop(words.next()),
            b"-b" => command.output = words.next().map_or(Output::Unknown, |to| Output::file(to)),
            b"-t" | b"-h" => command.purpose = Purpose::Consume,
            [b'-', ..] => {}
            _ => command.input(word),
        }
    }
}

/// What follows a word of options.
enum After {
    Nothing,
    Value,
    List,
}

#[derive(Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an independent option of zip"
)]
struct State<'a> {
    operands: Vec<&'a [u8]>,
    takes: Takes,
    recurses: bool,
    names_on_input: bool,
    tests: bool,
    shows: bool,
    other: bool,
    freshens: bool,
    output: Option<&'a [u8]>,
}

/// What the pending value is for.
#[derive(Clone, Copy, Default)]
enum Takes {
    #[default]
    Anything,
    Output,
    PartSize,
}

impl<'a> State<'a> {
    /// Applies a long option; says whether a value follows.
    fn long(&mut self, command: &mut Command, name: &[u8]) -> bool {
        self.takes = Takes::Anything;
        match name {
            b"encrypt" => command.password = true,
            b"password" => {
                command.password = true;
                return true;
            }
            b"move" => command.deletes_sources = true,
            b"recurse-paths" | b"recurse-patterns" => self.recurses = true,
            b"names-stdin" => self.names_on_input = true,
            b"test" => self.tests = true,
            b"show-files" | b"show-unicode" => self.shows = true,
            b"delete" | b"fix" | b"fixfix" | b"help" | b"version" | b"license" | b"adjust-sfx"
            | b"show-options" | b"show-command" => self.other = true,
            b"split-size" => {
                self.takes = Takes::PartSize;
                return true;
            }
            b"split-pause" => command.split = true,
            b"output-file" | b"out" => {
                self.takes = Takes::Output;
                return true;
            }
            b"temp-path"
            | b"suffixes"
            | b"from-date"
            | b"before-date"
            | b"unzip-command"
            | b"compression-method"
            | b"logfile-path"
            | b"dot-size"
            | b"unicode" => return true,
            _ => {}
        }
        false
    }

    /// Applies a word of letters.
    fn letters(&mut self, command: &mut Command, mut letters: &[u8]) -> After {
        self.takes = Takes::Anything;
        while let [first, rest @ ..] = letters {
            if let [a, b, after @ ..] = letters
                && TWO_LETTERS.contains(&[*a, *b])
            {
                match &[*a, *b] {
                    b"sf" => self.shows = true,
                    b"sp" => command.split = true,
                    b"FF" | b"h2" | b"so" => self.other = true,
                    b"lf" | b"tt" | b"TT" | b"ds" | b"UN" => {
                        return if after.is_empty() {
                            After::Value
                        } else {
                            After::Nothing
                        };
                    }
                    _ => {}
                }
                letters = after;
                continue;
            }
            match first {
                b'e' => command.password = true,
                b'm' => command.deletes_sources = true,
                b'r' | b'R' => self.recurses = true,
                b'@' => self.names_on_input = true,
                b'T' => self.tests = true,
                b'd' | b'F' | b'h' | b'L' | b'A' | b'?' => self.other = true,
                b'P' => {
                    command.password = true;
                    return if rest.is_empty() {
                        After::Value
                    } else {
                        After::Nothing
                    };
                }
                b's' => {
                    if rest.is_empty() {
                        self.takes = Takes::PartSize;
                        return After::Value;
                    }
                    command.split = rest != b"0";
                    return After::Nothing;
                }
                b'f' => self.freshens = true,
                b'O' if rest.is_empty() => {
                    self.takes = Takes::Output;
                    return After::Value;
                }
                b'b' | b'n' | b't' | b'Z' | b'O' => {
                    return if rest.is_empty() {
                        After::Value
                    } else {
                        After::Nothing
                    };
                }
                b'x' | b'i' => {
                    return if rest.is_empty() {
                        After::List
                    } else {
                        After::Nothing
                    };
                }
                _ => {}
            }
            letters = rest;
        }
        After::Nothing
    }

    fn value(&mut self, command: &mut Command, value: Option<&'a [u8]>) {
        match self.takes {
            Takes::Anything => {}
            Takes::Output => self.output = value,
            // Parts of size 0 are the archive in one piece again.
            Takes::PartSize => command.split = value != Some(b"0"),
        }
    }

    fn finish(self, command: &mut Command) {
        let (archive, sources) = match self.operands.split_first() {
            Some((archive, sources)) => (Some(*archive), sources),
            None => (None, &[][..]),
        };
        command.output = match self.output.or(archive) {
            Some(name) => Output::file_or_standard(name),
            None => Output::Standard,
        };
        let has_sources =
            !sources.is_empty() || self.names_on_input || self.recurses || self.freshens;
        command.purpose = if self.shows {
            Purpose::Consume
        } else if self.other {
            Purpose::Other
        } else if self.tests && !has_sources {
            Purpose::Consume
        } else if has_sources || archive == Some(b"-") || self.output.is_some() {
            Purpose::Archive
        } else {
            Purpose::Other
        };
        command.all_inputs(sources);
    }
}

/// Options of two letters that the letters alone would misread.
const TWO_LETTERS: [[u8; 2]; 34] = [
    *b"FF", *b"FI", *b"FS", *b"DF", *b"dd", *b"db", *b"dc", *b"dg", *b"ds", *b"du", *b"dv", *b"h2",
    *b"la", *b"lf", *b"li", *b"ll", *b"MM", *b"nw", *b"RE", *b"sb", *b"sc", *b"sd", *b"sf", *b"so",
    *b"sp", *b"su", *b"sv", *b"tt", *b"TT", *b"UN", *b"ws", *b"ww", *b"ic", *b"AC",
];
