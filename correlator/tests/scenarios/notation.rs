//! The notation of scenarios: one line per event, and what is expected of them.
//!
//! ```text
//! == name                                  begins a scenario
//! session KIND                             who is at work: user, admin, cron, web, service; on
//!                                          Windows desktop, elevated, iis, system, installer; on
//!                                          macOS mac-terminal, mac-admin, mac-desktop,
//!                                          mac-office, mac-daemon, mac-web
//! run PID < PARENT IMAGE :: ARGUMENTS      fork and exec; NAME=VALUE before `::` sets cwd, uid,
//!                                          tty, script, owner, user, original,
//!                                          product, signed=yes|no, signing, system=yes;
//!                                          else as the parent
//! exec PID IMAGE :: ARGUMENTS              exec in the same process
//! fork PID < PARENT
//! write PID PATH CONTENT [size=N] [by=PID] [unlinked]
//! rename PID FROM TO        link PID FROM TO        remove PID PATH
//! read PID DIRECTORY [NAME]                load PID LIBRARY
//! use PID FUNCTION FAMILY PURPOSE [library=F] [uses=N] [output=F] [format=X] [level=N] [passphrase]
//! inside FILE FAMILY PURPOSE HOW [FAMILY PURPOSE HOW]   a scan found code in the file
//! script PID [path=FILE] [part=N] [parts=N] [block=N] :: TEXT   as it stands; `¶` ends a line
//! connect PID               sent PID BYTES [received=N] [port=N]
//! exit PID [files=N] [directories=N]
//! wait SECONDS              lose N          throttle PID N
//! rest LIBRARY SECONDS
//! told LEVEL | quiet                       what the event before gave rise to
//! expect TECHNIQUES LEVEL [EVIDENCE...]    one line per finding; `!EVIDENCE` must be absent,
//!                                          LEVEL may be `>=` or `<=` one; `expect none`;
//!                                          AN0831 is an analytic that the finding must name
//! ```

use correlator::UsePurpose;

/// A line of a scenario.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) number: usize,
    pub(crate) step: Step,
}

/// What a line says.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Session(String),
    Run {
        pid: u32,
        parent: u32,
        program: Program,
    },
    Exec {
        pid: u32,
        program: Program,
    },
    Fork {
        pid: u32,
        parent: u32,
    },
    Write {
        pid: u32,
        path: String,
        content: String,
        options: Options,
    },
    Rename {
        pid: u32,
        from: String,
        to: String,
    },
    Link {
        pid: u32,
        from: String,
        to: String,
    },
    Remove {
        pid: u32,
        path: String,
    },
    Read {
        pid: u32,
        directory: String,
        name: Option<String>,
    },
    Load {
        pid: u32,
        library: String,
    },
    Use {
        pid: u32,
        function: String,
        family: String,
        purpose: UsePurpose,
        options: Options,
    },
    Inside {
        file: String,
        /// Family, purpose, how it was recognised.
        code: Vec<(String, UsePurpose, String)>,
    },
    Script {
        pid: u32,
        text: String,
        options: Options,
    },
    Connect {
        pid: u32,
    },
    Sent {
        pid: u32,
        bytes: u64,
        options: Options,
    },
    Exit {
        pid: u32,
        options: Options,
    },
    Wait {
        nanoseconds: u64,
    },
    Rest {
        library: Vec<u8>,
        seconds: u64,
    },
    Lose {
        count: u64,
    },
    Throttle {
        pid: u32,
        count: u64,
    },
    Told(String),
    Quiet,
    Expect(Option<Expected>),
}

/// A program as a line gives it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Program {
    pub(crate) image: String,
    pub(crate) arguments: Vec<String>,
    pub(crate) options: Options,
}

/// `NAME=VALUE` pairs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options(Vec<(String, String)>);

/// One finding.
#[derive(Clone, Debug)]
pub(crate) struct Expected {
    pub(crate) techniques: Vec<String>,
    pub(crate) level: String,
    pub(crate) evidence: Vec<String>,
}

/// A scenario.
#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    pub(crate) name: String,
    pub(crate) lines: Vec<Line>,
}

impl Options {
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        self.text(name).map(|text| text.parse().expect("a number"))
    }

    fn take(words: &mut Vec<String>) -> Self {
        let is_option = |word: &str| {
            word == "unlinked"
                || word == "passphrase"
                || word
                    .split_once('=')
                    .is_some_and(|(name, _)| name.bytes().all(|byte| byte.is_ascii_lowercase()))
        };
        let (options, rest) = words.drain(..).partition(|word| is_option(word));
        *words = rest;
        let pairs: Vec<String> = options;
        let split = |word: String| match word.split_once('=') {
            Some((name, value)) => (name.to_owned(), value.to_owned()),
            None => (word.clone(), String::new()),
        };
        Self(pairs.into_iter().map(split).collect())
    }
}

/// Reads a file of scenarios.
pub(crate) fn parse(text: &str) -> Vec<Scenario> {
    let mut scenarios: Vec<Scenario> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(name) = line.strip_prefix("== ") {
            scenarios.push(Scenario {
                name: name.to_owned(),
                lines: Vec::new(),
            });
            continue;
        }
        let number = index + 1;
        let step = step(line).unwrap_or_else(|| panic!("line {number} makes no sense: {line}"));
        scenarios
            .last_mut()
            .expect("a scenario begins with its name")
            .lines
            .push(Line { number, step });
    }
    scenarios
}

#[expect(clippy::too_many_lines, reason = "one arm per kind of line")]
fn step(line: &str) -> Option<Step> {
    if let Some((line, text)) = line
        .strip_prefix("script ")
        .and_then(|line| line.split_once(" :: "))
    {
        let mut words = words(line);
        return Some(Step::Script {
            options: Options::take(&mut words),
            pid: words.first()?.parse().ok()?,
            text: text.replace('¶', "\n"),
        });
    }
    let (line, arguments) = match line.split_once(" :: ") {
        Some((before, after)) => (before, words(after)),
        None => (line, Vec::new()),
    };
    let mut words = words(line);
    let verb = words.remove(0);
    let options = match &*verb {
        "expect" | "told" => Options::default(),
        _ => Options::take(&mut words),
    };
    let mut words = words.into_iter();
    let mut text = || words.next();
    let number = |word: Option<String>| word?.parse::<u64>().ok();
    let pid = |word: Option<String>| word?.parse::<u32>().ok();
    Some(match &*verb {
        "session" => Step::Session(text()?),
        "run" => {
            let child = pid(text())?;
            (text()? == "<").then_some(())?;
            let parent = pid(text())?;
            let program = Program {
                image: text()?,
                arguments,
                options,
            };
            Step::Run {
                pid: child,
                parent,
                program,
            }
        }
        "exec" => Step::Exec {
            pid: pid(text())?,
            program: Program {
                image: text()?,
                arguments,
                options,
            },
        },
        "fork" => {
            let child = pid(text())?;
            (text()? == "<").then_some(())?;
            Step::Fork {
                pid: child,
                parent: pid(text())?,
            }
        }
        "write" => Step::Write {
            pid: pid(text())?,
            path: text()?,
            content: text()?,
            options,
        },
        "rename" => Step::Rename {
            pid: pid(text())?,
            from: text()?,
            to: text()?,
        },
        "link" => Step::Link {
            pid: pid(text())?,
            from: text()?,
            to: text()?,
        },
        "remove" => Step::Remove {
            pid: pid(text())?,
            path: text()?,
        },
        "read" => Step::Read {
            pid: pid(text())?,
            directory: text()?,
            name: text(),
        },
        "load" => Step::Load {
            pid: pid(text())?,
            library: text()?,
        },
        "connect" => Step::Connect { pid: pid(text())? },
        "sent" => Step::Sent {
            pid: pid(text())?,
            bytes: number(text())?,
            options,
        },
        "use" => Step::Use {
            pid: pid(text())?,
            function: text()?,
            family: text()?,
            purpose: purpose(&text()?)?,
            options,
        },
        "inside" => Step::Inside {
            file: text()?,
            code: {
                let mut code = Vec::new();
                while let Some(family) = text() {
                    code.push((family, purpose(&text()?)?, text()?));
                }
                code
            },
        },
        "exit" => Step::Exit {
            pid: pid(text())?,
            options,
        },
        "wait" => {
            let seconds: f64 = text()?.parse().ok()?;
            Step::Wait {
                nanoseconds: (seconds * 1e9) as u64,
            }
        }
        "lose" => Step::Lose {
            count: number(text())?,
        },
        "rest" => Step::Rest {
            library: text()?.into(),
            seconds: number(text())?,
        },
        "throttle" => Step::Throttle {
            pid: pid(text())?,
            count: number(text())?,
        },
        "told" => Step::Told(text()?),
        "quiet" => Step::Quiet,
        "expect" => {
            let techniques = text()?;
            if techniques == "none" {
                return Some(Step::Expect(None));
            }
            let techniques = techniques.split('+').map(str::to_owned).collect();
            let level = text()?;
            Step::Expect(Some(Expected {
                techniques,
                level,
                evidence: words.collect(),
            }))
        }
        _ => return None,
    })
}

fn purpose(name: &str) -> Option<UsePurpose> {
    match name {
        "compress" => Some(UsePurpose::Compress),
        "archive" => Some(UsePurpose::Archive),
        "encrypt" => Some(UsePurpose::Encrypt),
        _ => None,
    }
}

/// Splits at blanks; single quotes hold together.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quoted = false;
    for letter in line.chars() {
        match letter {
            '\'' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            blank if blank.is_whitespace() && !quoted => words.extend(word.take()),
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    words
}
