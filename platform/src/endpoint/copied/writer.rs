//! Writes the parts of a message.
//!
//! Step: ring.

use super::{LONGEST_ARGUMENTS, LONGEST_NAME, LONGEST_PATH};
use crate::endpoint::{CodeHash, Destination, Event, File, Process, Token};

/// Where a copy goes.
pub(super) struct Writer<'w>(pub(super) &'w mut Vec<u8>);

impl Writer<'_> {
    fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    pub(super) fn number(&mut self, number: u64) {
        self.0.extend_from_slice(&number.to_le_bytes());
    }

    pub(super) fn word(&mut self, number: u32) {
        self.0.extend_from_slice(&number.to_le_bytes());
    }

    pub(super) fn optional(&mut self, number: Option<u64>) {
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

    pub(super) fn process(&mut self, process: &Process<'_>) {
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

    pub(super) fn event(&mut self, event: &Event<'_>) {
        self.byte(event.code());
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
