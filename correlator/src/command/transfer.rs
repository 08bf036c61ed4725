//! Programs that carry bytes over the network: curl, wget, netcat, ssh, sftp, cloud clients.
//!
//! Step: correlate. Only what sends is [`Purpose::Transfer`]; downloading and looking around are
//! [`Purpose::Other`]. What an interactive session sends is not on its command line: such a program
//! counts as a transfer, and the flow tells how much it was.

use super::option::{Grammar, Token};
use super::{Command, Output};
use crate::evidence::Purpose;

/// Reads curl's words: `-T file`, `-F name=@file` and `--data-binary @file` send.
pub(super) fn read_curl(command: &mut Command, words: &[&[u8]]) {
    let mut sends = false;
    for token in CURL.tokens(words) {
        match token {
            Token::Short(b'T', value) | Token::Long(b"upload-file", value) => {
                sends = true;
                if !matches!(value, b"-" | b".") {
                    command.input(value);
                }
            }
            Token::Short(b'F', value) | Token::Long(b"form", value) => {
                let after = value
                    .iter()
                    .position(|&byte| byte == b'=')
                    .map(|at| &value[at + 1..]);
                if let Some([b'@' | b'<', name @ ..]) = after {
                    sends = true;
                    let end = name.iter().position(|&b| b == b';').unwrap_or(name.len());
                    command.input(&name[..end]);
                }
            }
            Token::Short(b'd', value)
            | Token::Long(b"data" | b"data-binary" | b"data-ascii" | b"data-urlencode", value) => {
                if let Some(at) = value.iter().position(|&byte| byte == b'@')
                    && (at == 0 || token.is_long(b"data-urlencode"))
                {
                    sends = true;
                    if &value[at + 1..] != b"-" {
                        command.input(&value[at + 1..]);
                    }
                }
            }
            Token::Operand(url) | Token::Long(b"url", url) => command.output = Output::remote(url),
            Token::Short(..) | Token::Long(..) => {}
        }
    }
    only_if(command, sends);
}

/// Reads wget's words: `--post-file` and `--body-file` send.
pub(super) fn read_wget(command: &mut Command, words: &[&[u8]]) {
    let mut sends = false;
    for token in WGET.tokens(words) {
        match token {
            Token::Long(b"post-file" | b"body-file", value) => {
                sends = true;
                command.input(value);
            }
            Token::Operand(url) => command.output = Output::remote(url),
            Token::Short(..) | Token::Long(..) => {}
        }
    }
    only_if(command, sends);
}

/// Reads the words of nc, ncat and socat.
pub(super) fn read_netcat(command: &mut Command, words: &[&[u8]]) {
    let (mut scans, mut operands) = (false, Vec::new());
    let socat = words.iter().any(|word| socat_remote(word));
    if socat {
        for word in words {
            if socat_remote(word) {
                command.output = Output::remote(word);
            } else if let Some(at) = word.iter().position(|&byte| byte == b':') {
                let (kind, name) = (word[..at].to_ascii_lowercase(), &word[at + 1..]);
                if matches!(kind.as_slice(), b"file" | b"open" | b"gopen") {
                    let end = name.iter().position(|&b| b == b',').unwrap_or(name.len());
                    command.input(&name[..end]);
                }
            }
        }
        return;
    }
    for token in NETCAT.tokens(words) {
        match token {
            Token::Short(b'z' | b'h', _) | Token::Long(b"help" | b"version", _) => scans = true,
            Token::Operand(operand) => operands.push(operand),
            Token::Short(..) | Token::Long(..) => {}
        }
    }
    if let [host, port, ..] = operands[..] {
        command.output = Output::remote(&[host, b":", port].concat());
    }
    only_if(command, !scans && !words.is_empty());
}

/// Reads ssh's words: with a command on the far side it carries what it is given.
pub(super) fn read_ssh(command: &mut Command, words: &[&[u8]]) {
    let mut words = words.iter();
    let mut destination = None;
    while let Some(word) = words.next() {
        match *word {
            b"-pw" | b"-hostkey" => drop(words.next()),
            [b'-', letter] if SSH_VALUED.contains(letter) => drop(words.next()),
            [b'-', _, ..] => {}
            host if destination.is_none() => {
                destination = Some(host);
                break;
            }
            _ => {}
        }
    }
    if let Some(host) = destination {
        command.output = Output::remote(host);
    }
    only_if(command, words.next().is_some());
}

/// Reads the words of sftp, ftp, lftp, tftp and smbclient: the first operand is the far host.
pub(super) fn read_file_transfer(command: &mut Command, words: &[&[u8]]) {
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word {
            [b'-', letter] if b"bFiJloPRSuUpeckA".contains(letter) => drop(words.next()),
            [b'-', ..] => {}
            host => {
                command.output = Output::remote(host);
                return;
            }
        }
    }
    only_if(command, false);
}

/// Reads the words of clients of cloud stores: what goes from here to there is a transfer.
pub(super) fn read_cloud_copy(command: &mut Command, words: &[&[u8]]) {
    let verb = words.iter().position(|word| {
        matches!(
            *word,
            b"cp"
                | b"sync"
                | b"mv"
                | b"copy"
                | b"put"
                | b"upload"
                | b"upload-file"
                | b"rsync"
                | b"mirror"
                | b"pipe"
        )
    });
    let mut paths: Vec<&[u8]> = words[verb.map_or(0, |at| at + 1)..]
        .iter()
        .copied()
        .filter(|word| !word.starts_with(b"-"))
        .collect();
    if verb.is_some_and(|at| words[at] == b"upload-file") && paths.len() > 2 {
        // `b2 upload-file bucket source name` names the target first.
        let bucket = paths.remove(0);
        paths[1] = bucket;
    }
    command.deletes_sources = verb.is_some_and(|at| words[at] == b"mv");
    let (source, target) = match paths[..] {
        [source, target, ..] => (Some(source), Some(target)),
        [only] => (Some(only), None),
        [] => (None, None),
    };
    let scheme = |name: &[u8]| name.windows(3).any(|window| window == b"://");
    // `mc cp source alias/bucket` writes no scheme.
    let downloads = source.is_some_and(scheme) && !target.is_some_and(scheme);
    if let Some(source) = source {
        command.input(source);
    }
    if let Some(target) = target {
        command.output = Output::remote(target);
    }
    only_if(command, verb.is_some() && !downloads && source.is_some());
}

impl Token<'_> {
    fn is_long(&self, name: &[u8]) -> bool {
        matches!(self, Token::Long(long, _) if *long == name)
    }
}

fn only_if(command: &mut Command, sends: bool) {
    if !sends {
        command.purpose = Purpose::Other;
    }
}

/// Whether a socat address is on the network.
fn socat_remote(word: &[u8]) -> bool {
    const KINDS: [&[u8]; 9] = [
        b"tcp:",
        b"tcp4:",
        b"tcp6:",
        b"udp:",
        b"openssl:",
        b"ssl:",
        b"tcp-connect:",
        b"socks4:",
        b"proxy:",
    ];
    let lower = word[..word.len().min(16)].to_ascii_lowercase();
    KINDS.iter().any(|kind| lower.starts_with(kind))
}

const SSH_VALUED: &[u8] = b"BbcDEeFIiJLlmOoPpQRSWw";

const CURL: Grammar = Grammar {
    valued: b"AbCcDdEeFHhKmoPQrTtUuwXxYyz",
    attached: b"",
    long_valued: &[
        "upload-file",
        "form",
        "form-string",
        "data",
        "data-binary",
        "data-ascii",
        "data-raw",
        "data-urlencode",
        "json",
        "url",
        "header",
        "request",
        "output",
        "output-dir",
        "user",
        "user-agent",
        "referer",
        "cookie",
        "cookie-jar",
        "proxy",
        "proxy-user",
        "cacert",
        "capath",
        "cert",
        "key",
        "pass",
        "max-time",
        "connect-timeout",
        "retry",
        "retry-delay",
        "resolve",
        "connect-to",
        "interface",
        "limit-rate",
        "config",
        "write-out",
        "range",
        "continue-at",
        "dump-header",
        "socks5",
        "socks5-hostname",
        "preproxy",
        "unix-socket",
        "ciphers",
        "stderr",
        "trace",
        "trace-ascii",
    ],
    long: &[
        "silent",
        "location",
        "insecure",
        "fail",
        "verbose",
        "compressed",
        "get",
        "head",
    ],
};

const WGET: Grammar = Grammar {
    valued: b"OoaePTwUltQADRIXiB",
    attached: b"n",
    long_valued: &[
        "post-file",
        "body-file",
        "post-data",
        "body-data",
        "method",
        "output-document",
        "output-file",
        "header",
        "user",
        "password",
        "user-agent",
        "directory-prefix",
        "input-file",
        "tries",
        "timeout",
        "wait",
        "referer",
        "load-cookies",
        "save-cookies",
        "ca-certificate",
        "level",
        "accept",
        "reject",
    ],
    long: &[
        "quiet",
        "recursive",
        "no-check-certificate",
        "continue",
        "mirror",
    ],
};

const NETCAT: Grammar = Grammar {
    valued: b"wpsiXxqecOTIMmPbVgGo",
    attached: b"",
    long_valued: &[
        "proxy",
        "proxy-type",
        "proxy-auth",
        "wait",
        "source",
        "source-port",
        "exec",
        "sh-exec",
    ],
    long: &[
        "help",
        "version",
        "listen",
        "ssl",
        "udp",
        "verbose",
        "send-only",
        "recv-only",
    ],
};
