//! A message of `EndpointSecurity` out of a line of `eslogger`'s JSON.
//!
//! Step: source. The names are those of Apple's structures; versions 1 to 11 and later ones differ
//! in members that are there or not, in their order, and in whether an audit token is an object or a
//! list of eight numbers. Invariants: a member that nobody knows is counted and skipped; one that
//! is known and not needed is skipped; a message without a time, a process or an event is none.

use std::str::from_utf8;

use super::reader::{Reader, Trouble};
use crate::encode::moment;
use crate::endpoint::{CodeHash, Destination, Event, File, Message, Process, Stat, Token};

/// Reads a line; gives the message, and how many members nobody knows.
pub(super) fn message(line: &mut [u8]) -> Result<(Message<'_>, u64), Trouble> {
    let mut reader = Reader::new(line);
    if !reader.begins(b'{')? {
        return Err(Trouble::Broken);
    }
    let (mut version, mut time, mut process, mut event) = (0, None, None, None);
    let (mut mach_time, mut sequence, mut global_sequence) = (None, None, None);
    let (mut thread, mut kind) = (None, 0);
    reader.object(|reader, name| {
        match name {
            b"version" => version = reader.word()?,
            b"time" => time = moment(reader.text()?),
            b"mach_time" => mach_time = Some(reader.number()?),
            b"seq_num" => sequence = Some(reader.number()?),
            b"global_seq_num" => global_sequence = Some(reader.number()?),
            b"event_type" => kind = reader.word()?,
            b"process" => process = Some(self::process(reader)?),
            b"event" => event = self::event(reader)?,
            b"thread" => {
                thread = reader.optional(|reader| {
                    let mut id = None;
                    reader.object(|reader, name| match name {
                        b"thread_id" => reader.number().map(|number| id = Some(number)),
                        _ => reader.skip_unknown(),
                    })?;
                    Ok(id)
                })?;
            }
            b"action" | b"action_type" | b"schema_version" | b"deadline" | b"result"
            | b"result_type" => reader.skip()?,
            _ => reader.skip_unknown()?,
        }
        Ok(())
    })?;
    reader.end()?;
    let message = Message {
        version,
        time: time.ok_or(Trouble::Unfit)?,
        mach_time,
        sequence,
        global_sequence,
        thread: thread.flatten(),
        process: process.ok_or(Trouble::Unfit)?,
        event: match event.ok_or(Trouble::Unfit)? {
            Event::Other(_) => Event::Other(kind),
            event => event,
        },
    };
    Ok((message, reader.unknown))
}

/// What happened: an object with one member, which names it.
fn event<'t>(reader: &mut Reader<'t>) -> Result<Option<Event<'t>>, Trouble> {
    let mut event = None;
    reader.object(|reader, name| {
        event = Some(match name {
            b"exec" => exec(reader)?,
            b"exit" => exit(reader)?,
            b"mmap" => mmap(reader)?,
            b"fork" | b"open" | b"create" | b"close" | b"write" | b"rename" | b"unlink"
            | b"link" | b"clone" | b"copyfile" | b"truncate" => of_files(reader, name)?,
            _ => {
                reader.skip()?;
                Event::Other(0)
            }
        });
        Ok(())
    })?;
    Ok(event)
}

fn exec<'t>(reader: &mut Reader<'t>) -> Result<Event<'t>, Trouble> {
    let (mut target, mut arguments, mut script, mut directory) = (None, &[][..], None, None);
    reader.object(|reader, name| {
        match name {
            b"target" => target = Some(process(reader)?),
            b"args" => arguments = reader.optional(Reader::texts)?.unwrap_or_default(),
            b"script" => script = reader.optional(file)?,
            b"cwd" => directory = reader.optional(file)?,
            b"env" | b"fds" | b"last_fd" | b"image_cputype" | b"image_cpusubtype"
            | b"dyld_exec_path" | b"entitlements" => reader.skip()?,
            _ => reader.skip_unknown()?,
        }
        Ok(())
    })?;
    Ok(Event::Exec {
        target: target.ok_or(Trouble::Unfit)?,
        arguments,
        arguments_length: arguments.len(),
        script,
        directory,
    })
}

fn exit<'t>(reader: &mut Reader<'t>) -> Result<Event<'t>, Trouble> {
    let mut status = None;
    reader.object(|reader, name| match name {
        b"stat" => reader.word().map(|word| status = Some(word as i32)),
        _ => reader.skip_unknown(),
    })?;
    let status = status.ok_or(Trouble::Unfit)?;
    Ok(Event::Exit { status })
}

fn mmap<'t>(reader: &mut Reader<'t>) -> Result<Event<'t>, Trouble> {
    let (mut protection, mut flags, mut position, mut source) = (None, 0, 0, None);
    reader.object(|reader, name| {
        match name {
            b"protection" => protection = Some(reader.word()? as i32),
            b"flags" => flags = reader.word()? as i32,
            b"file_pos" => position = reader.number()?,
            b"source" => source = Some(file(reader)?),
            b"max_protection" => reader.skip()?,
            _ => reader.skip_unknown()?,
        }
        Ok(())
    })?;
    Ok(Event::Mmap {
        protection: protection.ok_or(Trouble::Unfit)?,
        flags,
        position,
        file: source.ok_or(Trouble::Unfit)?,
    })
}

/// Everything that a message about files may carry, by the names of its members.
#[derive(Default)]
struct Members<'t> {
    child: Option<Process<'t>>,
    file: Option<File<'t>>,
    existing: Option<File<'t>>,
    directory: Option<File<'t>>,
    name: Option<&'t [u8]>,
    destination: Option<Destination<'t>>,
    flags: Option<u32>,
    modified: Option<bool>,
    was_mapped_writable: Option<bool>,
}

fn of_files<'t>(reader: &mut Reader<'t>, kind: &[u8]) -> Result<Event<'t>, Trouble> {
    let mut members = Members::default();
    reader.object(|reader, name| {
        match name {
            b"child" => members.child = Some(process(reader)?),
            b"file" | b"target" | b"source" => members.file = Some(file(reader)?),
            b"target_file" => members.existing = reader.optional(file)?,
            b"parent_dir" | b"target_dir" => members.directory = Some(file(reader)?),
            b"target_name" | b"target_filename" => members.name = Some(reader.text()?),
            b"destination" => members.destination = destination(reader)?,
            b"fflag" => members.flags = Some(reader.word()?),
            b"modified" => members.modified = Some(reader.truth()?),
            b"was_mapped_writable" => members.was_mapped_writable = Some(reader.truth()?),
            b"destination_type" | b"acl" | b"mode" | b"flags" => reader.skip()?,
            _ => reader.skip_unknown()?,
        }
        Ok(())
    })?;
    members.event(kind).ok_or(Trouble::Unfit)
}

impl<'t> Members<'t> {
    /// The event of a name, if all is there that it must have.
    fn event(self, kind: &[u8]) -> Option<Event<'t>> {
        Some(match kind {
            b"fork" => Event::Fork { child: self.child? },
            b"open" => Event::Open {
                flags: self.flags? as i32,
                file: self.file?,
            },
            b"create" => Event::Create {
                destination: self.destination?,
            },
            b"close" => Event::Close {
                modified: self.modified?,
                was_mapped_writable: self.was_mapped_writable,
                file: self.file?,
            },
            b"write" => Event::Write { file: self.file? },
            b"rename" => Event::Rename {
                source: self.file?,
                destination: self.destination?,
            },
            b"unlink" => Event::Unlink {
                file: self.file?,
                directory: self.directory?,
            },
            b"link" => Event::Link {
                source: self.file?,
                directory: self.directory?,
                name: self.name?,
            },
            b"clone" => Event::Clone {
                source: self.file?,
                directory: self.directory?,
                name: self.name?,
            },
            b"copyfile" => Event::Copyfile {
                source: self.file?,
                existing: self.existing,
                directory: self.directory?,
                name: self.name?,
            },
            b"truncate" => Event::Truncate { file: self.file? },
            _ => return None,
        })
    }
}

fn destination<'t>(reader: &mut Reader<'t>) -> Result<Option<Destination<'t>>, Trouble> {
    let mut destination = None;
    reader.object(|reader, name| {
        match name {
            b"existing_file" => {
                let existing = reader.optional(file)?;
                destination = existing.map(Destination::Existing).or(destination);
            }
            b"new_path" => {
                let new = reader.optional(new_path)?;
                destination = new.or(destination);
            }
            _ => reader.skip_unknown()?,
        }
        Ok(())
    })?;
    Ok(destination)
}

fn new_path<'t>(reader: &mut Reader<'t>) -> Result<Destination<'t>, Trouble> {
    let (mut directory, mut name, mut mode) = (None, None, None);
    reader.object(|reader, member| {
        match member {
            b"dir" => directory = Some(file(reader)?),
            b"filename" => name = Some(reader.text()?),
            b"mode" => mode = reader.optional(Reader::word)?,
            _ => reader.skip_unknown()?,
        }
        Ok(())
    })?;
    Ok(Destination::New {
        directory: directory.ok_or(Trouble::Unfit)?,
        name: name.ok_or(Trouble::Unfit)?,
        mode,
    })
}

fn process<'t>(reader: &mut Reader<'t>) -> Result<Process<'t>, Trouble> {
    let mut process = Process::default();
    let (mut token, mut executable) = (None, None);
    reader.object(|reader, name| {
        match name {
            b"audit_token" => token = Some(self::token(reader)?),
            b"parent_audit_token" => process.parent = reader.optional(self::token)?,
            b"responsible_audit_token" => process.responsible = reader.optional(self::token)?,
            b"executable" => executable = Some(file(reader)?),
            b"start_time" => process.start = reader.optional(Reader::text)?.and_then(moment),
            b"ppid" => process.parent_pid = reader.word()?,
            b"original_ppid" => process.original_parent_pid = reader.word()?,
            b"group_id" => process.group = reader.word()?,
            b"session_id" => process.session = reader.word()?,
            b"codesigning_flags" => process.signature = reader.word()?,
            b"is_platform_binary" => process.is_platform_binary = reader.truth()?,
            b"is_es_client" => process.is_client = reader.truth()?,
            b"signing_id" => process.signing_id = reader.optional(Reader::text)?,
            b"team_id" => process.team_id = reader.optional(Reader::text)?,
            b"cdhash" => process.code_hash = reader.optional(Reader::text)?.and_then(code_hash),
            b"tty" => process.terminal = reader.optional(file)?,
            b"cs_validation_category" => reader.skip()?,
            _ => reader.skip_unknown()?,
        }
        Ok(())
    })?;
    process.token = token.ok_or(Trouble::Unfit)?;
    process.executable = executable.ok_or(Trouble::Unfit)?;
    Ok(process)
}

/// An audit token in either form.
fn token(reader: &mut Reader<'_>) -> Result<Token, Trouble> {
    let mut words = [None; 8];
    if reader.begins(b'[')? {
        let mut places = words.iter_mut();
        reader.list(|reader| {
            *places.next().ok_or(Trouble::Unfit)? = Some(reader.word()?);
            Ok(())
        })?;
    } else {
        reader.object(|reader, name| {
            let place = match name {
                b"auid" => 0,
                b"euid" => 1,
                b"egid" => 2,
                b"ruid" => 3,
                b"rgid" => 4,
                b"pid" => 5,
                b"asid" => 6,
                b"pidversion" => 7,
                _ => return reader.skip_unknown(),
            };
            words[place] = Some(reader.word()?);
            Ok(())
        })?;
    }
    let mut whole = [0; 8];
    for (to, word) in whole.iter_mut().zip(words) {
        *to = word.ok_or(Trouble::Unfit)?;
    }
    Ok(Token::from_words(whole))
}

fn file<'t>(reader: &mut Reader<'t>) -> Result<File<'t>, Trouble> {
    let mut file = File::default();
    let mut path = None;
    reader.object(|reader, name| {
        match name {
            b"path" => path = Some(reader.text()?),
            b"path_truncated" => file.is_truncated = reader.truth()?,
            b"stat" => file.stat = reader.optional(stat)?.flatten(),
            _ => reader.skip_unknown()?,
        }
        Ok(())
    })?;
    file.path = path.ok_or(Trouble::Unfit)?;
    Ok(file)
}

/// A file's state; none where it lacks what tells files apart, so that nothing is taken for zero.
fn stat(reader: &mut Reader<'_>) -> Result<Option<Stat>, Trouble> {
    let mut stat = Stat::default();
    let mut found = 0;
    reader.object(|reader, name| {
        match name {
            // A device number is signed; its 32 bits are meant.
            b"st_dev" => (stat.device, found) = (reader.word()?.into(), found | 1),
            b"st_ino" => (stat.inode, found) = (reader.number()?, found | 2),
            b"st_size" => (stat.size, found) = (reader.number()?, found | 4),
            b"st_mode" => (stat.mode, found) = (reader.word()?, found | 8),
            b"st_nlink" => (stat.links, found) = (reader.word()?, found | 16),
            b"st_uid" => (stat.uid, found) = (reader.word()?, found | 32),
            b"st_rdev" => stat.special = reader.word()?,
            b"st_birthtimespec" => stat.born = moment(reader.text()?),
            b"st_gid" | b"st_atimespec" | b"st_mtimespec" | b"st_ctimespec" | b"st_blocks"
            | b"st_blksize" | b"st_flags" | b"st_gen" => reader.skip()?,
            _ => reader.skip_unknown()?,
        }
        Ok(())
    })?;
    Ok((found == 63).then_some(stat))
}

fn moment(text: &[u8]) -> Option<u64> {
    moment::of_text(from_utf8(text).ok()?)
}

fn code_hash(text: &[u8]) -> Option<CodeHash> {
    let mut hash = [0; 20];
    if text.len() != 2 * hash.len() {
        return None;
    }
    for (byte, digits) in hash.iter_mut().zip(text.chunks_exact(2)) {
        let digit = |at: usize| char::from(digits[at]).to_digit(16);
        *byte = (digit(0)? << 4 | digit(1)?) as u8;
    }
    Some(CodeHash(hash))
}

#[cfg(test)]
mod tests;
