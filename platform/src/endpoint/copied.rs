//! A message as plain bytes, from the callback that is given it to the thread that takes it in.
//!
//! Step: ring. The system's own structures are valid only inside its callback, so what is needed of
//! a message is copied; the layout is this program's own and never leaves it. Invariants: a copy
//! has at most [`MOST_BYTES`]; what is cut to fit says so; what is read back is what was written.

use super::message::{CodeHash, Destination, Event, File, Message, Process, Stat, Token};

/// Writes a message behind what `into` holds.
pub fn write(message: &Message<'_>, into: &mut Vec<u8>) {
    let mut to = Writer(into);
    to.word(message.version);
    to.number(message.time);
    for optional in [
        message.mach_time,
        message.sequence,
        message.global_sequence,
        message.thread,
    ] {
        to.optional(optional);
    }
    to.process(&message.process);
    to.event(&message.event);
}

/// Reads a message; `None` where the bytes are not those of one.
#[must_use]
pub fn read(bytes: &[u8]) -> Option<Message<'_>> {
    let mut from = Reader(bytes);
    let message = from.message().ok()?;
    from.0.is_empty().then_some(message)
}

struct Writer<'w>(&'w mut Vec<u8>);

impl Writer<'_> {
    fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    fn number(&mut self, number: u64) {
        self.0.extend_from_slice(&number.to_le_bytes());
    }

    fn word(&mut self, number: u32) {
        self.0.extend_from_slice(&number.to_le_bytes());
    }

    fn optional(&mut self, number: Option<u64>) {
        self.byte(u8::from(number.is_some()));
        if let Some(number) = number {
            self.number(number);
        }
    }

    /// A text, cut to so many bytes; says whether it was.
    fn bytes(&mut self, bytes: &[u8], most: usize) -> bool {
        let kept = &bytes[..bytes.len().min(most)];
        self.word(kept.len() as u32);
        self.0.extend_from_slice(kept);
        kept.len() < bytes.len()
    }

    fn text(&mut self, text: Option<&[u8]>) {
        self.byte(u8::from(text.is_some()));
        if let Some(text) = text {
            self.bytes(text, LONGEST_NAME);
        }
    }

    fn token(&mut self, token: &Token) {
        for number in [
            token.audit_user,
            token.effective_user,
            token.effective_group,
            token.real_user,
            token.real_group,
            token.pid,
            token.audit_session,
            token.version,
        ] {
            self.word(number);
        }
    }

    fn optional_token(&mut self, token: Option<&Token>) {
        self.byte(u8::from(token.is_some()));
        if let Some(token) = token {
            self.token(token);
        }
    }

    fn file(&mut self, file: &File<'_>) {
        let cut = self.bytes(file.path, LONGEST_PATH);
        self.byte(u8::from(file.is_truncated || cut));
        self.byte(u8::from(file.stat.is_some()));
        if let Some(stat) = &file.stat {
            for number in [stat.device, stat.inode, stat.size] {
                self.number(number);
            }
            for number in [stat.mode, stat.links, stat.uid, stat.special] {
                self.word(number);
            }
            self.optional(stat.born);
        }
    }

    fn optional_file(&mut self, file: Option<&File<'_>>) {
        self.byte(u8::from(file.is_some()));
        if let Some(file) = file {
            self.file(file);
        }
    }

    fn process(&mut self, process: &Process<'_>) {
        self.token(&process.token);
        self.optional(process.start);
        self.optional_token(process.parent.as_ref());
        self.word(process.parent_pid);
        self.word(process.original_parent_pid);
        self.optional_token(process.responsible.as_ref());
        for number in [process.group, process.session, process.signature] {
            self.word(number);
        }
        self.byte(u8::from(process.is_platform_binary));
        self.byte(u8::from(process.is_client));
        self.text(process.signing_id);
        self.text(process.team_id);
        self.byte(u8::from(process.code_hash.is_some()));
        if let Some(CodeHash(hash)) = &process.code_hash {
            self.0.extend_from_slice(hash);
        }
        self.file(&process.executable);
        self.optional_file(process.terminal.as_ref());
    }

    fn destination(&mut self, destination: &Destination<'_>) {
        match destination {
            Destination::Existing(file) => {
                self.byte(0);
                self.file(file);
            }
            Destination::New {
                directory,
                name,
                mode,
            } => {
                self.byte(1);
                self.file(directory);
                self.bytes(name, LONGEST_NAME);
                self.optional(mode.map(u64::from));
            }
        }
    }

    fn event(&mut self, event: &Event<'_>) {
        self.byte(code(event));
        match event {
            Event::Exec {
                target,
                arguments,
                arguments_length,
                script,
                directory,
            } => {
                self.process(target);
                self.bytes(arguments, LONGEST_ARGUMENTS);
                self.number(*arguments_length as u64);
                self.optional_file(script.as_ref());
                self.optional_file(directory.as_ref());
            }
            Event::Fork { child } => self.process(child),
            Event::Exit { status } => self.word(status.cast_unsigned()),
            Event::Mmap {
                protection,
                flags,
                position,
                file,
            } => {
                self.word(protection.cast_unsigned());
                self.word(flags.cast_unsigned());
                self.number(*position);
                self.file(file);
            }
            Event::Open { flags, file } => {
                self.word(flags.cast_unsigned());
                self.file(file);
            }
            Event::Create { destination } => self.destination(destination),
            Event::Close {
                modified,
                was_mapped_writable,
                file,
            } => {
                self.byte(u8::from(*modified));
                self.optional(was_mapped_writable.map(u64::from));
                self.file(file);
            }
            Event::Rename {
                source,
                destination,
            } => {
                self.file(source);
                self.destination(destination);
            }
            Event::Unlink { file, directory } => {
                self.file(file);
                self.file(directory);
            }
            Event::Link {
                source,
                directory,
                name,
            }
            | Event::Clone {
                source,
                directory,
                name,
            } => {
                self.file(source);
                self.file(directory);
                self.bytes(name, LONGEST_NAME);
            }
            Event::Copyfile {
                source,
                existing,
                directory,
                name,
            } => {
                self.file(source);
                self.optional_file(existing.as_ref());
                self.file(directory);
                self.bytes(name, LONGEST_NAME);
            }
            Event::Write { file } | Event::Truncate { file } => self.file(file),
            Event::Other(number) => self.word(*number),
        }
    }
}

/// Which event it is, below [`EVENTS`].
pub(super) fn code(event: &Event<'_>) -> u8 {
    match event {
        Event::Exec { .. } => 0,
        Event::Fork { .. } => 1,
        Event::Exit { .. } => 2,
        Event::Mmap { .. } => 3,
        Event::Open { .. } => 4,
        Event::Create { .. } => 5,
        Event::Close { .. } => 6,
        Event::Write { .. } => 7,
        Event::Rename { .. } => 8,
        Event::Unlink { .. } => 9,
        Event::Link { .. } => 10,
        Event::Clone { .. } => 11,
        Event::Copyfile { .. } => 12,
        Event::Truncate { .. } => 13,
        Event::Other(_) => 14,
    }
}

/// The bytes end too early, or are no copy.
struct Cut;

struct Reader<'r>(&'r [u8]);

impl<'r> Reader<'r> {
    fn message(&mut self) -> Result<Message<'r>, Cut> {
        Ok(Message {
            version: self.word()?,
            time: self.number()?,
            mach_time: self.optional()?,
            sequence: self.optional()?,
            global_sequence: self.optional()?,
            thread: self.optional()?,
            process: self.process()?,
            event: self.event()?,
        })
    }

    fn part<const N: usize>(&mut self) -> Result<[u8; N], Cut> {
        let (part, rest) = self.0.split_first_chunk().ok_or(Cut)?;
        self.0 = rest;
        Ok(*part)
    }

    fn flag(&mut self) -> Result<bool, Cut> {
        match self.part()? {
            [0] => Ok(false),
            [1] => Ok(true),
            [_] => Err(Cut),
        }
    }

    fn number(&mut self) -> Result<u64, Cut> {
        self.part().map(u64::from_le_bytes)
    }

    fn word(&mut self) -> Result<u32, Cut> {
        self.part().map(u32::from_le_bytes)
    }

    fn signed(&mut self) -> Result<i32, Cut> {
        self.part().map(i32::from_le_bytes)
    }

    /// What follows a flag, where it is set.
    fn maybe<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Cut>,
    ) -> Result<Option<T>, Cut> {
        if self.flag()? {
            return read(self).map(Some);
        }
        Ok(None)
    }

    fn optional(&mut self) -> Result<Option<u64>, Cut> {
        self.maybe(Self::number)
    }

    fn bytes(&mut self) -> Result<&'r [u8], Cut> {
        let length = self.word()? as usize;
        let (bytes, rest) = self.0.split_at_checked(length).ok_or(Cut)?;
        self.0 = rest;
        Ok(bytes)
    }

    fn token(&mut self) -> Result<Token, Cut> {
        let mut words = [0; 8];
        for word in &mut words {
            *word = self.word()?;
        }
        Ok(Token::from_words(words))
    }

    fn file(&mut self) -> Result<File<'r>, Cut> {
        Ok(File {
            path: self.bytes()?,
            is_truncated: self.flag()?,
            stat: self.maybe(Self::stat)?,
        })
    }

    fn stat(&mut self) -> Result<Stat, Cut> {
        Ok(Stat {
            device: self.number()?,
            inode: self.number()?,
            size: self.number()?,
            mode: self.word()?,
            links: self.word()?,
            uid: self.word()?,
            special: self.word()?,
            born: self.optional()?,
        })
    }

    fn process(&mut self) -> Result<Process<'r>, Cut> {
        Ok(Process {
            token: self.token()?,
            start: self.optional()?,
            parent: self.maybe(Self::token)?,
            parent_pid: self.word()?,
            original_parent_pid: self.word()?,
            responsible: self.maybe(Self::token)?,
            group: self.word()?,
            session: self.word()?,
            signature: self.word()?,
            is_platform_binary: self.flag()?,
            is_client: self.flag()?,
            signing_id: self.maybe(Self::bytes)?,
            team_id: self.maybe(Self::bytes)?,
            code_hash: self.maybe(|from| from.part().map(CodeHash))?,
            executable: self.file()?,
            terminal: self.maybe(Self::file)?,
        })
    }

    fn destination(&mut self) -> Result<Destination<'r>, Cut> {
        if !self.flag()? {
            return self.file().map(Destination::Existing);
        }
        Ok(Destination::New {
            directory: self.file()?,
            name: self.bytes()?,
            mode: self.optional()?.map(|mode| mode as u32),
        })
    }

    fn event(&mut self) -> Result<Event<'r>, Cut> {
        let [code] = self.part()?;
        Ok(match code {
            0 => Event::Exec {
                target: self.process()?,
                arguments: self.bytes()?,
                arguments_length: usize::try_from(self.number()?).map_err(|_| Cut)?,
                script: self.maybe(Self::file)?,
                directory: self.maybe(Self::file)?,
            },
            1 => Event::Fork {
                child: self.process()?,
            },
            2 => Event::Exit {
                status: self.signed()?,
            },
            3 => Event::Mmap {
                protection: self.signed()?,
                flags: self.signed()?,
                position: self.number()?,
                file: self.file()?,
            },
            4 => Event::Open {
                flags: self.signed()?,
                file: self.file()?,
            },
            5 => Event::Create {
                destination: self.destination()?,
            },
            6 => Event::Close {
                modified: self.flag()?,
                was_mapped_writable: self.optional()?.map(|mapped| mapped != 0),
                file: self.file()?,
            },
            7 => Event::Write { file: self.file()? },
            8 => Event::Rename {
                source: self.file()?,
                destination: self.destination()?,
            },
            9 => Event::Unlink {
                file: self.file()?,
                directory: self.file()?,
            },
            10 => Event::Link {
                source: self.file()?,
                directory: self.file()?,
                name: self.bytes()?,
            },
            11 => Event::Clone {
                source: self.file()?,
                directory: self.file()?,
                name: self.bytes()?,
            },
            12 => Event::Copyfile {
                source: self.file()?,
                existing: self.maybe(Self::file)?,
                directory: self.file()?,
                name: self.bytes()?,
            },
            13 => Event::Truncate { file: self.file()? },
            14 => Event::Other(self.word()?),
            _ => return Err(Cut),
        })
    }
}

/// Events that are told apart.
pub(super) const EVENTS: usize = 15;

/// Bytes of a path: no record holds more.
pub const LONGEST_PATH: usize = 4_096;

/// Bytes of a name, which no file system here lets be longer than 255 characters.
pub const LONGEST_NAME: usize = 1_024;

/// Bytes of all arguments: no record holds more.
pub const LONGEST_ARGUMENTS: usize = 6_000;

/// Bytes of a copy: a start of a program, with two processes of two files each, and two more files.
pub const MOST_BYTES: usize = 6 * LONGEST_PATH + 4 * LONGEST_NAME + LONGEST_ARGUMENTS + 1_024;

#[cfg(test)]
mod tests;
