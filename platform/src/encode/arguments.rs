//! A command line of Windows, cut into arguments as programs there do it.
//!
//! Step: source. The rules are those of Microsoft's C library and of `CommandLineToArgvW`: the
//! program's name ends at its closing quote or at the first blank; after it `\"` is a quote, pairs
//! of back slashes before a quote are halved, and `""` within quotes is a quote.

/// Appends each argument with a zero after it.
pub(crate) fn split(line: &[u8], into: &mut Vec<u8>) {
    let line = line.trim_ascii_start();
    if line.is_empty() {
        return;
    }
    let mut rest = name(line, into);
    loop {
        rest = rest.trim_ascii_start();
        if rest.is_empty() {
            return;
        }
        rest = argument(rest, into);
    }
}

/// Takes the program's name.
fn name<'l>(line: &'l [u8], into: &mut Vec<u8>) -> &'l [u8] {
    let (name, rest) = match line.strip_prefix(b"\"") {
        Some(quoted) => {
            let end = quoted.iter().position(|byte| *byte == b'"');
            let end = end.unwrap_or(quoted.len());
            (&quoted[..end], quoted.get(end + 1..).unwrap_or_default())
        }
        None => line.split_at(
            line.iter()
                .position(|byte| is_blank(*byte))
                .unwrap_or(line.len()),
        ),
    };
    put(name, into);
    into.push(0);
    rest
}

/// Takes one argument.
fn argument<'l>(line: &'l [u8], into: &mut Vec<u8>) -> &'l [u8] {
    let mut quoted = false;
    let mut at = 0;
    while let Some(&byte) = line.get(at) {
        match byte {
            b'\\' => {
                let run = line[at..].iter().take_while(|byte| **byte == b'\\').count();
                at += run;
                if line.get(at) == Some(&b'"') {
                    into.extend(std::iter::repeat_n(b'\\', run / 2));
                    if run % 2 == 1 {
                        into.push(b'"');
                        at += 1;
                    }
                } else {
                    into.extend(std::iter::repeat_n(b'\\', run));
                }
                continue;
            }
            b'"' if quoted && line.get(at + 1) == Some(&b'"') => {
                into.push(b'"');
                at += 1;
            }
            b'"' => quoted = !quoted,
            byte if is_blank(byte) && !quoted => break,
            byte => put(&[byte], into),
        }
        at += 1;
    }
    into.push(0);
    &line[at..]
}

/// A zero would end the argument early.
fn put(bytes: &[u8], into: &mut Vec<u8>) {
    into.extend(bytes.iter().filter(|byte| **byte != 0));
}

fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}
