//! PowerShell: cmdlets and .NET calls that pack, on command lines and in scripts.
//!
//! Step: correlate. The text is cut into statements and words as PowerShell would, quotes and
//! comments respected; a name counts where a command stands, never inside a string. Of variables
//! only those are followed that a statement sets to one word, so that inputs and outputs may be
//! expressions.

mod classes;
mod statements;

use statements::{Assignments, Statement, statements};

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
    let text = &text[..text.len().min(MAX_TEXT)];
    let statements = statements(text);
    let assignments = Assignments::of(&statements);
    let mut best = 0;
    for (at, statement) in statements.iter().enumerate() {
        let previous = at.checked_sub(1).map(|at| &statements[at]);
        let class = classes::meaning(statement, &statements);
        let by_class = class.as_ref().map_or(0, |class| class.rank);
        if let Some((rank, purpose)) = cmdlet(statement).filter(|(rank, _)| *rank > by_class) {
            if rank > best {
                best = rank;
                command.begin(purpose);
                arguments(command, statement, previous, &statements);
            }
        } else if let Some(class) = class
            && class.rank > best
        {
            best = class.rank;
            command.begin(class.purpose);
            class.apply(command, statement, &statements);
        }
    }
    if let Output::File(output) = &mut command.output {
        assignments.expand(output);
    }
    command
        .inputs
        .iter_mut()
        .for_each(|input| assignments.expand(input));
}

/// How much a statement's cmdlet packs, and what it does.
fn cmdlet(statement: &Statement) -> Option<(u8, Purpose)> {
    let has = |end: &[u8]| statement.lower.iter().any(|word| word.ends_with(end));
    Some(match statement.command()? {
        b"compress-archive" => (9, Purpose::Archive),
        b"expand-archive" => (2, Purpose::Consume),
        b"copy-item" | b"cpi" | b"copy" | b"cp" => (3, Purpose::Copy),
        b"start-bitstransfer" if has(b"upload") => (6, Purpose::Transfer),
        b"invoke-webrequest" | b"iwr" | b"invoke-restmethod" | b"irm" if has(b"-infile") => {
            (6, Purpose::Transfer)
        }
        _ => return None,
    })
}

/// Sources and target of a statement.
fn arguments(
    command: &mut Command,
    statement: &Statement,
    previous: Option<&Statement>,
    all: &[Statement],
) {
    let (positional, mut target) = parameters(command, statement);
    // `@parameters` names a table, whose entries were read as statements.
    if positional.iter().any(|word| word.starts_with(b"@")) {
        for entry in all {
            match (&entry.lower[..], &entry.words[..]) {
                ([name, _], [_, value]) if name == b"path" || name == b"literalpath" => {
                    command.input(value);
                }
                ([name, _], [_, value]) if name == b"destinationpath" => {
                    target = target.or(Some(value));
                }
                _ => {}
            }
        }
    }
    let mut positional = positional
        .into_iter()
        .filter(|word| !word.starts_with(b"@"));
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
            .arguments()
            .iter()
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
    let mut words = statement.arguments().iter().peekable();
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
const MAX_TEXT: usize = 64 * 1024;

#[cfg(test)]
mod tests;
