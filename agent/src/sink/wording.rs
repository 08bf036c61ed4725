//! The words for each kind of evidence, and for numbers, in a finding.
//!
//! Step: sink. The match is exhaustive, so that new evidence cannot be told without words. Words
//! never decide anything: weights and verdicts are the correlator's.

use std::net::Ipv6Addr;

use correlator::{Evidence, Purpose, UsePurpose};

use super::calendar::utc;
use super::escape::lossless;
use super::title::base_name;

/// The evidence's name for machines; stable over versions.
pub(crate) fn name(evidence: &Evidence) -> &'static str {
    match evidence {
        Evidence::Utility { .. } => "utility",
        Evidence::RenamedUtility { .. } => "renamed_utility",
        Evidence::Password => "password",
        Evidence::HeaderEncryption => "header_encryption",
        Evidence::Split => "split",
        Evidence::DeletesSources => "deletes_sources",
        Evidence::Format { .. } => "format",
        Evidence::EncryptedContent { .. } => "encrypted_content",
        Evidence::Mismatch { .. } => "mismatch",
        Evidence::Dense { .. } => "dense",
        Evidence::Obfuscated { .. } => "obfuscated",
        Evidence::Place { .. } => "place",
        Evidence::Interpreter { .. } => "interpreter",
        Evidence::Library { .. } => "library",
        Evidence::ManyIntoOne { .. } => "many_into_one",
        Evidence::SensitiveSource { .. } => "sensitive_source",
        Evidence::BatchCopy { .. } => "batch_copy",
        Evidence::StagedBefore { .. } => "staged_before",
        Evidence::CollectedOutput { .. } => "collected_output",
        Evidence::Chain { .. } => "chain",
        Evidence::InputsRemoved { .. } => "inputs_removed",
        Evidence::Disguised { .. } => "disguised",
        Evidence::OutputRemoved => "output_removed",
        Evidence::Transfer { .. } => "transfer",
        Evidence::TransferUtility { .. } => "transfer_utility",
        Evidence::Lineage { .. } => "lineage",
        Evidence::UserContext { .. } => "user_context",
        Evidence::ProgramPlace { .. } => "program_place",
        Evidence::Large { .. } => "large",
        Evidence::Benign { .. } => "benign",
        Evidence::InPlace => "in_place",
        Evidence::Allowed { .. } => "allowed",
        Evidence::Habit { .. } => "habit",
        Evidence::Received { .. } => "received",
        Evidence::LibraryUse { .. } => "library_use",
        Evidence::Passphrase { .. } => "passphrase",
        Evidence::LinkedIn { .. } => "linked_in",
        Evidence::Fleet { .. } => "fleet",
    }
}

/// What was observed, as a person would say it.
#[expect(clippy::too_many_lines, reason = "one arm per kind of evidence")]
pub(crate) fn sentence(evidence: &Evidence) -> String {
    match evidence {
        Evidence::Utility { utility, purpose } => told(utility, *purpose),
        Evidence::RenamedUtility { utility, image } => {
            format!("{utility} ran under another name: {}", lossless(image))
        }
        Evidence::Password => "the command line sets a password or key".to_owned(),
        Evidence::HeaderEncryption => "file names are encrypted too".to_owned(),
        Evidence::Split => "the output is split into volumes".to_owned(),
        Evidence::DeletesSources => "the command line deletes the sources".to_owned(),
        Evidence::Format { format } => format!("wrote {format}"),
        Evidence::EncryptedContent { format } => {
            format!("the content says that it is encrypted ({format})")
        }
        Evidence::Mismatch { extension, format } => {
            let holds = format.as_deref().unwrap_or("no known format");
            format!("named .{}, but holds {holds}", lossless(extension))
        }
        Evidence::Dense { entropy, random } => format!(
            "dense content of no known format: {entropy:.2} bits per byte, random bytes reach \
             {random:.2}"
        ),
        Evidence::Obfuscated { key, reveals } => format!(
            "{reveals} appears under a repeating key of {} ({})",
            count(key.len() as u64, "byte"),
            hexadecimal(key)
        ),
        Evidence::Place { place } => format!("the output is in a telling place: {place}"),
        Evidence::Interpreter { interpreter } => {
            format!("{interpreter} packed by itself, without a utility")
        }
        Evidence::Library { library } => format!("loaded a packing library: {library}"),
        Evidence::LibraryUse { .. } => called(evidence),
        Evidence::Passphrase { family, function } => {
            format!("a call of {family} sets a password: {}", lossless(function))
        }
        Evidence::LinkedIn {
            family,
            purpose,
            recognised,
            file,
        } => format!(
            "{} has code of {family} linked in, which can {}: {recognised}",
            holder(file),
            deed(*purpose)
        ),
        Evidence::ManyIntoOne { files, directories } => format!(
            "{} from {} went into one output",
            count(*files, "file"),
            count(*directories, "directory")
        ),
        Evidence::SensitiveSource { what, path } => format!("read {what}: {}", lossless(path)),
        Evidence::BatchCopy { files, directory } => {
            format!(
                "{} gathered in {}",
                count(*files, "file"),
                lossless(directory)
            )
        }
        Evidence::StagedBefore { directory } => {
            format!(
                "what was packed had been gathered in {}",
                lossless(directory)
            )
        }
        Evidence::CollectedOutput { commands } => format!(
            "output of {} that explore the host was collected",
            count(*commands, "command")
        ),
        Evidence::Chain { stages } => format!("{stages} steps of packing followed one another"),
        Evidence::InputsRemoved { files } => {
            format!("{} removed after packing", count(*files, "source"))
        }
        Evidence::Disguised { from } => format!("renamed from {}", lossless(from)),
        Evidence::OutputRemoved => "the output was removed again".to_owned(),
        Evidence::Transfer {
            process,
            remote,
            port,
            bytes: sent,
        } => format!(
            "{} of like size left the host, to {} by process {}",
            bytes(*sent),
            endpoint(*remote, *port),
            process.pid
        ),
        Evidence::TransferUtility { utility } => {
            format!("{utility} was started to carry it out")
        }
        Evidence::Lineage { ancestor } => format!("started below a {ancestor}"),
        Evidence::UserContext { context } => format!("unusual for such work: {context}"),
        Evidence::ProgramPlace { place } => {
            format!("the program is in a telling place: {place}")
        }
        Evidence::Large { bytes: size } => format!("large output: {}", bytes(*size)),
        Evidence::Benign { context } => format!("packs by its nature: {context}"),
        Evidence::InPlace => "compressed in place, beside its source".to_owned(),
        Evidence::Allowed { rule } => format!("allowed by the operator: {rule}"),
        Evidence::Habit { times, days } => format!(
            "done before on this host: {} on {}",
            count(*times, "time"),
            count(*days, "day")
        ),
        Evidence::Fleet {
            others,
            lately,
            hosts,
            days,
        } => fleet(*others, *lately, *hosts, *days),
        Evidence::Received { bytes: 0 } => {
            "may be a download: a connection was open and nothing was read".to_owned()
        }
        Evidence::Received { bytes: size } => {
            format!(
                "may be a download: {} were received and nothing was read",
                bytes(*size)
            )
        }
    }
}

/// Which function of which library was called, how often and since when.
fn called(evidence: &Evidence) -> String {
    let Evidence::LibraryUse {
        family,
        function,
        library,
        purpose,
        uses,
        since,
        format,
        level,
    } = evidence
    else {
        return String::new();
    };
    let of = match library.as_deref() {
        Some(path) => format!("{family} ({})", base_name(path)),
        None => family.to_string(),
    };
    let mut chosen = Vec::new();
    chosen.extend(
        format
            .as_deref()
            .map(|format| format!("as {}", lossless(format))),
    );
    chosen.extend(level.map(|level| format!("at level {level}")));
    let chosen = match chosen.join(" ") {
        none if none.is_empty() => none,
        some => format!(" {some}"),
    };
    format!(
        "called {} of {of} to {}{chosen}: {} since {}",
        lossless(function),
        deed(*purpose),
        count(*uses, "time"),
        utc(since.0 / 1_000_000)
    )
}

/// What a function begins to do.
fn deed(purpose: UsePurpose) -> &'static str {
    match purpose {
        UsePurpose::Compress => "compress",
        UsePurpose::Archive => "make archives",
        UsePurpose::Encrypt => "encrypt",
    }
}

/// The file that holds linked-in code.
fn holder(file: &[u8]) -> String {
    if file.is_empty() {
        return "the program".to_owned();
    }
    base_name(file)
}

/// What a utility was told to do.
fn told(utility: &str, purpose: Purpose) -> String {
    match purpose {
        Purpose::Archive => format!("{utility} was told to make an archive"),
        Purpose::Compress => format!("{utility} was told to compress"),
        Purpose::Encrypt => format!("{utility} was told to encrypt"),
        Purpose::Encode => format!("{utility} was told to encode as text"),
        Purpose::Split => format!("{utility} was told to split"),
        Purpose::Copy => format!("{utility} was told to copy"),
        Purpose::Transfer => format!("{utility} was told to carry data over the network"),
        Purpose::Consume => format!("{utility} was told to take out or list"),
        Purpose::Other => format!("{utility} was run"),
    }
}

/// A number of things, in words that fit it.
pub(crate) fn count(number: u64, thing: &str) -> String {
    match (number, thing.strip_suffix('y')) {
        (1, _) => format!("1 {thing}"),
        (_, Some(stem)) if stem.ends_with(|letter| !"aeiou".contains(letter)) => {
            format!("{number} {stem}ies")
        }
        _ if thing.ends_with('s') => format!("{number} {thing}es"),
        _ => format!("{number} {thing}s"),
    }
}

/// A number of bytes in the unit that a person would choose.
pub(crate) fn bytes(number: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    if number < 1024 {
        return count(number, "byte");
    }
    let mut amount = number as f64 / 1024.0;
    let mut unit = 0;
    while amount >= 1023.95 && unit + 1 < UNITS.len() {
        amount /= 1024.0;
        unit += 1;
    }
    format!("{amount:.1} {}", UNITS[unit])
}

/// What other hosts have seen of the same.
fn fleet(others: u64, lately: u64, hosts: u64, days: u64) -> String {
    let hosts = count(hosts.saturating_sub(1), "other host");
    let days = count(days, "day");
    match (others, lately) {
        (0, 0) => format!("seen on none of {hosts} in {days}"),
        (_, 0) => format!("seen on {others} of {hosts} in {days}"),
        _ => format!("seen on {others} of {hosts} in {days}, and since lately on {lately} more"),
    }
}

/// An address and port, IPv4 in its own notation.
fn endpoint(address: [u8; 16], port: u16) -> String {
    let address = Ipv6Addr::from(address);
    match address.to_ipv4_mapped() {
        Some(address) => format!("{address}:{port}"),
        None => format!("[{address}]:{port}"),
    }
}

/// The first bytes in hexadecimal; a longer key adds nothing for a reader.
fn hexadecimal(key: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    for byte in key.iter().take(16) {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    if key.len() > 16 {
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests;
