//! Which switches of which programs carry a secret.
//!
//! Step: sink. Data and its look-up only. It knows more programs than archivers, because a
//! finding's lineage and its transfer show command lines too (`sshpass -p`, `curl -u`).

use std::ops::Range;

/// How a value holds its secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// The whole value.
    Whole,
    /// The whole value unless it only says where the secret is (`env:`, `file:`, `fd:`, `stdin`).
    Source,
    /// What follows the first such byte (`user:password`).
    After(u8),
}

impl Value {
    /// The secret's range in the argument, whose value begins at `offset`.
    pub(super) fn secret(self, value: &[u8], offset: usize) -> Option<Range<usize>> {
        let start = match self {
            Self::Whole => 0,
            Self::Source => {
                let elsewhere = [&b"env:"[..], b"file:", b"fd:"]
                    .iter()
                    .any(|prefix| value.starts_with(prefix));
                if elsewhere || value == b"stdin" {
                    return None;
                }
                if value.starts_with(b"pass:") { 5 } else { 0 }
            }
            Self::After(byte) => value.iter().position(|found| *found == byte)? + 1,
        };
        (start < value.len()).then_some(offset + start..offset + value.len())
    }
}

/// Programs that share their secret switches.
pub(super) struct Family {
    /// Base names, without `.exe`; also the catalogue's names of these utilities.
    programs: &'static [&'static str],
    /// Switches with the value attached (`-pSECRET`).
    attached: &'static [(&'static str, Value)],
    /// Switches with the value in the next argument.
    separate: &'static [(&'static str, Value)],
    /// A letter that takes the rest of a cluster, or the next argument (`zip -rP x`).
    clustered: Option<u8>,
}

impl Family {
    /// For a program of unknown name that is known to set a password: every usual shape counts.
    pub(super) const CAUTIOUS: &'static Self = &Self {
        programs: &[],
        attached: &[("-hp", Value::Whole), ("-p", Value::Whole)],
        separate: &[
            ("-P", Value::Whole),
            ("-k", Value::Source),
            ("-K", Value::Whole),
        ],
        clustered: None,
    };

    /// The part of a switch that is a secret; `pending` is set when it is the next argument.
    pub(super) fn secret(&self, word: &[u8], pending: &mut Option<Value>) -> Option<Range<usize>> {
        for (switch, value) in self.separate {
            if word == switch.as_bytes() {
                *pending = Some(*value);
                return None;
            }
        }
        for (switch, value) in self.attached {
            if let Some(rest) = word.strip_prefix(switch.as_bytes())
                && !rest.is_empty()
            {
                return value.secret(rest, switch.len());
            }
        }
        let letter = self.clustered?;
        let cluster = word.strip_prefix(b"-").filter(|rest| {
            // A cluster is letters up to the one that takes a value; `--long` is none.
            rest.first().is_some_and(u8::is_ascii_alphabetic)
        })?;
        let at = cluster.iter().position(|byte| *byte == letter)?;
        if !cluster[..at].iter().all(u8::is_ascii_alphabetic) {
            return None;
        }
        if at + 1 == cluster.len() {
            *pending = Some(Value::Whole);
            return None;
        }
        Some(at + 2..word.len())
    }
}

/// The family of a program, by the last component of its path without `.exe` and case.
pub(super) fn family_of(program: &[u8]) -> Option<&'static Family> {
    let base = program
        .rsplit(|byte| matches!(byte, b'/' | b'\\'))
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let base = base.strip_suffix(b".exe").unwrap_or(&base);
    FAMILIES
        .iter()
        .find(|family| family.programs.iter().any(|name| name.as_bytes() == base))
}

/// Whether a switch or variable of this lower-case name holds a secret in any program.
///
/// `variable` is for names without dashes, where a part of the name is enough (`PGPASSWORD`).
pub(super) fn is_secret_name(name: &[u8], variable: bool) -> bool {
    if NAMES.exact.contains(&name) {
        return true;
    }
    if variable {
        return NAMES
            .parts
            .iter()
            .any(|part| name.windows(part.len()).any(|window| window == *part));
    }
    NAMES.endings.iter().any(|ending| name.ends_with(ending))
}

/// Names that mean a secret whatever the program.
pub(super) struct Names {
    /// Whole names of switches and variables.
    exact: &'static [&'static [u8]],
    /// Ends of switch names.
    endings: &'static [&'static [u8]],
    /// Parts of variable names.
    parts: &'static [&'static [u8]],
    /// Words whose next word is the secret, without any dash.
    pub(super) bare: &'static [&'static [u8]],
    /// Headers whose value is the secret.
    pub(super) headers: &'static [&'static [u8]],
}

pub(super) const NAMES: Names = Names {
    exact: &[
        b"password",
        b"passwd",
        b"pass",
        b"passin",
        b"passout",
        b"passphrase",
        b"pwd",
        b"pw",
        b"secret",
        b"token",
        b"api-key",
        b"apikey",
        b"storepass",
        b"keypass",
        b"symmetric-key",
        b"encryption-key",
        b"access-key",
        b"secret-key",
    ],
    endings: &[
        b"-password",
        b"-passwd",
        b"-pass",
        b"-passphrase",
        b"-secret",
        b"-token",
        b"-secret-key",
    ],
    parts: &[
        b"password",
        b"passwd",
        b"passphrase",
        b"secret",
        b"api_key",
        b"access_key",
        b"auth_token",
    ],
    bare: &[
        b"aws_secret_access_key",
        b"aws_session_token",
        b"convertto-securestring",
    ],
    headers: &[
        b"authorization",
        b"proxy-authorization",
        b"x-api-key",
        b"x-auth-token",
        b"cookie",
    ],
};

const FAMILIES: &[Family] = &[
    Family {
        programs: &[
            "7z", "7za", "7zr", "7zz", "7zzs", "7-zip", "7zip", "p7zip", "rar", "unrar", "winrar",
        ],
        attached: &[("-hp", Value::Whole), ("-p", Value::Whole)],
        separate: &[],
        clustered: None,
    },
    Family {
        programs: &["zip", "unzip", "zipcloak", "infozip", "info-zip"],
        attached: &[],
        separate: &[],
        clustered: Some(b'P'),
    },
    Family {
        programs: &["winzip", "winzip32", "winzip64", "wzzip", "wzunzip"],
        attached: &[("-s", Value::Whole)],
        separate: &[],
        clustered: None,
    },
    Family {
        programs: &["openssl", "libressl"],
        attached: &[],
        separate: &[("-k", Value::Whole), ("-K", Value::Whole)],
        clustered: None,
    },
    Family {
        programs: &["sshpass"],
        attached: &[("-p", Value::Whole)],
        separate: &[("-p", Value::Whole)],
        clustered: None,
    },
    Family {
        programs: &[
            "mysql",
            "mysqldump",
            "mysqladmin",
            "mariadb",
            "mariadb-dump",
            "mariadb-admin",
        ],
        attached: &[("-p", Value::Whole)],
        separate: &[],
        clustered: None,
    },
    Family {
        programs: &["mongodump", "mongoexport", "mongosh", "mongo", "ncftpput"],
        attached: &[],
        separate: &[("-p", Value::Whole)],
        clustered: None,
    },
    Family {
        programs: &["curl"],
        attached: &[("-u", Value::After(b':')), ("-U", Value::After(b':'))],
        separate: &[
            ("-u", Value::After(b':')),
            ("-U", Value::After(b':')),
            ("--user", Value::After(b':')),
            ("--proxy-user", Value::After(b':')),
        ],
        clustered: None,
    },
    Family {
        programs: &["lftp"],
        attached: &[],
        separate: &[("-u", Value::After(b','))],
        clustered: None,
    },
    Family {
        programs: &["smbclient", "rpcclient"],
        attached: &[("-U", Value::After(b'%'))],
        separate: &[("-U", Value::After(b'%')), ("--user", Value::After(b'%'))],
        clustered: None,
    },
    Family {
        programs: &["ccrypt", "ccencrypt"],
        attached: &[("-K", Value::Whole)],
        separate: &[("-K", Value::Whole), ("--key", Value::Whole)],
        clustered: None,
    },
    Family {
        programs: &["mcrypt", "mdecrypt", "aescrypt"],
        attached: &[],
        separate: &[
            ("-k", Value::Whole),
            ("--key", Value::Whole),
            ("-p", Value::Whole),
        ],
        clustered: None,
    },
    Family {
        programs: &["arj"],
        attached: &[("-g", Value::Whole), ("-hg", Value::Whole)],
        separate: &[],
        clustered: None,
    },
    Family {
        programs: &["zpaq"],
        attached: &[],
        separate: &[("-key", Value::Whole)],
        clustered: None,
    },
    Family {
        programs: &["redis-cli"],
        attached: &[],
        separate: &[("-a", Value::Whole)],
        clustered: None,
    },
    Family {
        programs: &["ldapsearch", "ldapmodify", "ldapadd"],
        attached: &[("-w", Value::Whole)],
        separate: &[("-w", Value::Whole)],
        clustered: None,
    },
];
