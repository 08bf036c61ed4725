//! PowerShell: cmdlets and .NET calls that pack, in `-Command` and in `-EncodedCommand`.
//!
//! Step: correlate. The text is cut into statements and words as PowerShell would, quotes
//! respected; a name counts where a command stands, never inside a string. Variables are not
//! followed, so that inputs and outputs may be expressions.

use super::{Command, Output, unquoted};
use crate::evidence::Purpose;

/// Reads the words after argv\[0\].
pub(super) fn read(command: &mut Command, words: &[&[u8]]) {
    command.purpose = Purpose::Other;
    if let Some(text) = command_text(words) {
        read_text(command, &text);
    }
}

/// The code on the command line, if there is any.
fn command_text(words: &[&[u8]]) -> Option<Vec<u8>> {
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        let Some(option) = super::option::switch(word) else {
            // Without an option the rest is a command.
            let mut text = word.to_vec();
            append(&mut text, rest);
            return Some(text);
        };
        let option = option.to_ascii_lowercase();
        let is = |name: &str, least: usize| {
            option.len() >= least && name.as_bytes().starts_with(&option)
        };
        if option == b"ec" || is("encodedcommand", 1) {
            return rest.next().map(|encoded| decode(encoded));
        }
        if is("command", 1) {
            let mut text = Vec::new();
            append(&mut text, rest);
            return Some(text);
        }
        if is("file", 1) {
            return None;
        }
        let valued = [
            ("executionpolicy", 2),
            ("windowstyle", 1),
            ("version", 1),
            ("inputformat", 1),
            ("outputformat", 1),
            ("psconsolefile", 1),
            ("configurationname", 2),
            ("workingdirectory", 2),
        ];
        if option == b"ep" || valued.iter().any(|(name, least)| is(name, *least)) {
            rest.next();
        }
    }
    None
}

fn append<'a>(text: &mut Vec<u8>, words: impl Iterator<Item = &'a &'a [u8]>) {
    for word in words {
        if !text.is_empty() {
            text.push(b' ');
        }
        text.extend_from_slice(word);
    }
}

/// Base64 of UTF-16LE; what is beyond ASCII becomes `?`, since no name looked for has it.
fn decode(encoded: &[u8]) -> Vec<u8> {
    let bytes = crate::content::decode_base64(encoded, MAX_TEXT);
    bytes
        .chunks_exact(2)
        .map(|pair| match pair {
            [low, 0] => *low,
            _ => b'?',
        })
        .collect()
}

/// Reads the code: the statement that packs most decides.
pub(super) fn read_text(command: &mut Command, text: &[u8]) {
    // A whole command may come in quotes or as a script block.
    let text = unquoted(text);
    let statements = statements(&text[..text.len().min(MAX_TEXT)]);
    let mut best = 0;
    for (at, statement) in statements.iter().enumerate() {
        let previous = at.checked_sub(1).map(|at| &statements[at]);
        let Some((rank, purpose)) = meaning(statement) else {
            continue;
        };
        if rank > best {
            best = rank;
            command.purpose = purpose;
            command.inputs.clear();
            command.output = Output::Unknown;
            arguments(command, statement, previous);
        }
    }
}

/// The words of one statement, and whether its values come through a pipe.
struct Statement {
    words: Vec<Vec<u8>>,
    piped: bool,
}

fn statements(text: &[u8]) -> Vec<Statement> {
    let mut all = Vec::new();
    let mut current = Statement {
        words: Vec::new(),
        piped: false,
    };
    let mut word = Vec::new();
    let mut quote = None;
    for &byte in text {
        match (quote, byte) {
            (Some(open), _) if byte == open => quote = None,
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b' ' | b'\t' | b',' | b'(' | b')' | b'{' | b'}' | b'=' | b'&') => {
                flush(&mut word, &mut current);
            }
            (None, b';' | b'|' | b'\n' | b'\r') => {
                flush(&mut word, &mut current);
                let piped = byte == b'|';
                let next = Statement {
                    words: Vec::new(),
                    piped,
                };
                all.push(std::mem::replace(&mut current, next));
            }
            (Some(_) | None, _) => word.push(byte),
        }
    }
    flush(&mut word, &mut current);
    all.push(current);
    all.retain(|statement| !statement.words.is_empty());
    all
}

fn flush(word: &mut Vec<u8>, statement: &mut Statement) {
    if !word.is_empty() {
        statement.words.push(std::mem::take(word));
    }
}

/// How much a statement packs, and what it does.
fn meaning(statement: &Statement) -> Option<(u8, Purpose)> {
    let lower: Vec<Vec<u8>> = statement
        .words
        .iter()
        .map(|w| w.to_ascii_lowercase())
        .collect();
    let has = |end: &[u8]| lower.iter().any(|word| word.ends_with(end));
    match lower.first()?.as_slice() {
        b"compress-archive" => return Some((9, Purpose::Archive)),
        b"expand-archive" => return Some((2, Purpose::Consume)),
        b"copy-item" | b"cpi" | b"copy" | b"cp" => return Some((3, Purpose::Copy)),
        b"start-bitstransfer" if has(b"upload") => return Some((6, Purpose::Transfer)),
        b"invoke-webrequest" | b"iwr" | b"invoke-restmethod" | b"irm" if has(b"-infile") => {
            return Some((6, Purpose::Transfer));
        }
        _ => {}
    }
    if has(b"zipfile]::createfromdirectory") || has(b"ziparchivemode]::create") {
        Some((8, Purpose::Archive))
    } else if has(b"ziparchivemode]::update") {
        Some((7, Purpose::Archive))
    } else if has(b"compressionmode]::compress") {
        Some((7, Purpose::Compress))
    } else if has(b"::extracttodirectory") || has(b"zipfile]::openread") {
        Some((2, Purpose::Consume))
    } else {
        None
    }
}

/// Sources and target of a statement.
fn arguments(command: &mut Command, statement: &Statement, previous: Option<&Statement>) {
    let method = statement.words.iter().position(|word| {
        word.to_ascii_lowercase()
            .ends_with(b"::createfromdirectory")
    });
    if let Some(at) = method {
        let mut values = statement.words[at + 1..].iter();
        if let Some(source) = values.next() {
            command.input(source);
        }
        if let Some(target) = values.next() {
            command.output = Output::file(target);
        }
        return;
    }
    let cmdlet = statement.words.first().is_some_and(|word| {
        let expression = word.contains(&b':') || word.starts_with(b"[") || word.starts_with(b"$");
        !expression && command.purpose != Purpose::Compress
    });
    if !cmdlet {
        return;
    }
    let (positional, mut target) = parameters(command, statement);
    let mut positional = positional.into_iter();
    if command.inputs.is_empty()
        && !statement.piped
        && let Some(source) = positional.next()
    {
        command.input(source);
    }
    target = target.or_else(|| positional.next());
    if let Some(target) = target {
        command.output = if command.purpose == Purpose::Transfer {
            Output::remote(target)
        } else {
            Output::file(target)
        };
    }
    // `dir C:\data -Recurse | Compress-Archive …`: the pipe brings the sources.
    if statement.piped
        && command.inputs.is_empty()
        && let Some(previous) = previous
    {
        for word in previous
            .words
            .iter()
            .skip(1)
            .filter(|word| !word.starts_with(b"-"))
        {
            command.input(word);
        }
    }
}

/// Takes the named sources; returns what is positional, and the named target.
fn parameters<'s>(
    command: &mut Command,
    statement: &'s Statement,
) -> (Vec<&'s [u8]>, Option<&'s [u8]>) {
    let mut positional: Vec<&[u8]> = Vec::new();
    let mut target: Option<&[u8]> = None;
    let mut words = statement.words.iter().skip(1).peekable();
    while let Some(word) = words.next() {
        let Some(name) = word.strip_prefix(b"-") else {
            positional.push(word);
            continue;
        };
        let name = name.to_ascii_lowercase();
        let is =
            |full: &str, least: usize| name.len() >= least && full.as_bytes().starts_with(&name);
        if is("path", 2) || is("literalpath", 1) || is("source", 1) || is("infile", 3) {
            while let Some(value) = words.next_if(|value| !value.starts_with(b"-")) {
                command.input(value);
            }
        } else if is("destinationpath", 1) || is("destination", 1) || is("uri", 1) {
            target = words.next().map(Vec::as_slice);
        } else if is("compressionlevel", 2) || is("filter", 2) || is("method", 2) {
            words.next();
        }
    }
    (positional, target)
}

/// Code longer than this is judged by its beginning.
const MAX_TEXT: usize = 16 * 1024;
