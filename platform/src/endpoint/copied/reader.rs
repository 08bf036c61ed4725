//! Reads the parts of a message.
//!
//! Step: ring. Total: any bytes give a message or nothing.

use crate::endpoint::{CodeHash, Destination, Event, File, Message, Process, Stat, Token};

/// The bytes end too early, or are no copy.
pub(super) struct Cut;

/// What is left of a copy.
pub(super) struct Reader<'r>(pub(super) &'r [u8]);

impl<'r> Reader<'r> {
    pub(super) fn message(&mut self) -> Result<Message<'r>, Cut> {
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
