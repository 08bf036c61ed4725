//! PowerShell's text as statements and words.
//!
//! Step: correlate. Blocks are statements of their own, comments and texts of many lines say
//! nothing, and the backtick that hides a name is taken out. Total and linear in the text.

/// The words of one statement, and whether its values come through a pipe.
pub(super) struct Statement {
    pub(super) words: Vec<Vec<u8>>,
    /// The same in lower case.
    pub(super) lower: Vec<Vec<u8>>,
    pub(super) piped: bool,
}

impl Statement {
    /// Where the command stands: after a variable that takes its value.
    fn start(&self) -> usize {
        let assigns = self
            .words
            .first()
            .is_some_and(|word| word.starts_with(b"$") && self.words.len() > 1);
        usize::from(assigns)
    }

    /// The command's name in lower case, without its module's.
    pub(super) fn command(&self) -> Option<&[u8]> {
        let word = self.lower.get(self.start())?;
        word.rsplit(|byte| *byte == b'\\').next()
    }

    /// What follows the command.
    pub(super) fn arguments(&self) -> &[Vec<u8>] {
        self.words.get(self.start() + 1..).unwrap_or_default()
    }
}

/// Cuts a text.
pub(super) fn statements(text: &[u8]) -> Vec<Statement> {
    let mut cutter = Cutter {
        all: Vec::new(),
        words: Vec::new(),
        word: Vec::new(),
        begun: false,
        piped: false,
    };
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        let rest = &text[at..];
        let length = match byte {
            b'"' | b'\'' => {
                let length = quoted(rest);
                let inner = &rest[1..length.max(2) - 1];
                cutter.word.extend_from_slice(inner);
                cutter.begun = true;
                length
            }
            // A name in braces: `${env:TEMP}`.
            b'$' if rest.get(1) == Some(&b'{') => {
                let length = position(rest, b"}").map_or(rest.len(), |end| end + 1);
                cutter.word.push(b'$');
                let inner = rest.get(2..length - 1).unwrap_or_default();
                cutter.word.extend_from_slice(inner);
                length
            }
            b'@' if matches!(rest.get(1), Some(b'"' | b'\'')) => many_lines(rest),
            b'#' if cutter.word.is_empty() => position(rest, b"\n").unwrap_or(rest.len()),
            b'<' if rest.starts_with(b"<#") => {
                position(rest, b"#>").map_or(rest.len(), |end| end + 2)
            }
            b'`' => match rest {
                [_, b'\r', b'\n', ..] => 3,
                [_, b'\n', ..] => 2,
                _ => 1,
            },
            b' ' | b'\t' | b',' | b'(' | b')' | b'=' | b'&' => {
                cutter.end_word();
                1
            }
            b';' | b'|' | b'\n' | b'\r' | b'{' | b'}' => {
                cutter.end_statement(byte == b'|');
                1
            }
            _ => {
                cutter.word.push(byte);
                1
            }
        };
        at += length;
    }
    cutter.end_statement(false);
    cutter.all
}

struct Cutter {
    all: Vec<Statement>,
    words: Vec<Vec<u8>>,
    word: Vec<u8>,
    /// The word may be empty and is one all the same.
    begun: bool,
    piped: bool,
}

impl Cutter {
    fn end_word(&mut self) {
        if self.begun || !self.word.is_empty() {
            self.words.push(std::mem::take(&mut self.word));
        }
        self.begun = false;
    }

    fn end_statement(&mut self, piped: bool) {
        self.end_word();
        let words = std::mem::take(&mut self.words);
        if !words.is_empty() {
            self.all.push(Statement {
                lower: words.iter().map(|word| word.to_ascii_lowercase()).collect(),
                words,
                piped: self.piped,
            });
        }
        self.piped = piped;
    }
}

/// The length of a text in quotes, both included.
fn quoted(text: &[u8]) -> usize {
    let quote = &text[..1];
    position(&text[1..], quote).map_or(text.len(), |end| end + 2)
}

/// The length of a text of many lines, `@"` to `"@`.
fn many_lines(text: &[u8]) -> usize {
    let end = [b'\n', text[1], b'@'];
    position(text, &end).map_or(text.len(), |at| at + end.len())
}

fn position(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|part| part == wanted)
}

/// Variables that are set to one word.
pub(super) struct Assignments(Vec<(Vec<u8>, Vec<u8>)>);

impl Assignments {
    pub(super) fn of(statements: &[Statement]) -> Self {
        let set = statements.iter().filter_map(|statement| {
            let [value] = statement.words.get(1..)? else {
                return None;
            };
            let name = statement.lower[0].strip_prefix(b"$")?;
            let plain = name.iter().all(|&byte| is_of_name(byte));
            (plain && !name.is_empty()).then(|| (name.to_vec(), value.clone()))
        });
        Self(set.take(MOST_VARIABLES).collect())
    }

    /// Puts values in the place of the variables that a word begins with.
    pub(super) fn expand(&self, word: &mut Vec<u8>) {
        for _ in 0..DEEPEST {
            let Some(rest) = word.strip_prefix(b"$") else {
                return;
            };
            let end = rest.iter().position(|&byte| !is_of_name(byte));
            let (name, after) = rest.split_at(end.unwrap_or(rest.len()));
            let Some((_, value)) = self.0.iter().find(|(known, _)| {
                known.eq_ignore_ascii_case(name) && after.first() != Some(&b':')
            }) else {
                return;
            };
            *word = [value, after].concat();
            word.truncate(super::super::MAX_VALUE);
        }
    }
}

fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// A script that sets more is no short way to pack something.
const MOST_VARIABLES: usize = 256;

/// Variables that stand for one another.
const DEEPEST: usize = 4;
