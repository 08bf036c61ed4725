//! The total decoder.
//!
//! Step: ring. Any byte string gives a record or a [`DecodeError`]; nothing is allocated, nothing
//! is skipped without being told: unknown tags are counted in [`Tail::unknown`].

use crate::body::{
    CaptureStart, DirectoryRead, Exit, FileContent, FileNamed, FileOpened, FileRemoved,
    FileWritten, Flow, Fork, Header, LibraryLoad, LibraryUse, Loss, ProcessStart, Script, Throttle,
};
use crate::code::{Flags, Kind, Tag};
use crate::{MAX_RECORD, VERSION};

/// Why bytes are not a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeError {
    /// Fewer bytes than a header, or than its length says.
    Truncated {
        /// Bytes that the record needs.
        needed: usize,
        /// Bytes that there are.
        found: usize,
    },
    /// More bytes than the header's length says.
    Trailing {
        /// Bytes past the record's end.
        extra: usize,
    },
    /// A length below a header's or above [`MAX_RECORD`].
    Length(u32),
    /// Another layout version.
    Version(u16),
    /// A kind that this version does not know.
    UnknownKind(u16),
    /// The body does not fit the record.
    ShortBody {
        /// The record's kind.
        kind: u16,
        /// Bytes after the header.
        found: usize,
    },
    /// A tail field's head or value passes the record's end.
    ShortField {
        /// Offset of the field in the record.
        at: usize,
    },
    /// A tag occurs twice.
    RepeatedField(u16),
}

impl core::fmt::Display for DecodeError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match *self {
            Self::Truncated { needed, found } => {
                write!(f, "record cut short: {found} of {needed} bytes")
            }
            Self::Trailing { extra } => write!(f, "{extra} bytes after the record's end"),
            Self::Length(length) => write!(f, "impossible record length {length}"),
            Self::Version(version) => {
                write!(
                    f,
                    "record version {version}, this program reads version {VERSION}"
                )
            }
            Self::UnknownKind(kind) => write!(f, "unknown record kind {kind}"),
            Self::ShortBody { kind, found } => {
                write!(f, "body of kind {kind} does not fit in {found} bytes")
            }
            Self::ShortField { at } => write!(f, "field at byte {at} passes the record's end"),
            Self::RepeatedField(tag) => write!(f, "field {tag} occurs twice"),
        }
    }
}

impl core::error::Error for DecodeError {}

/// A decoded record, borrowing its tail from the ring's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// The header.
    pub header: Header,
    /// The body of the header's kind.
    pub body: Body,
    /// The tagged fields.
    pub tail: Tail<'a>,
}

impl Record<'_> {
    /// The header's flags.
    #[inline]
    #[must_use]
    pub fn flags(&self) -> Flags {
        Flags(self.header.flags)
    }
}

/// A record's fixed part, by kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "each variant is documented at the struct it holds"
)]
pub enum Body {
    ProcessStart(ProcessStart),
    Fork(Fork),
    Exit(Exit),
    LibraryLoad(LibraryLoad),
    FileOpened(FileOpened),
    FileContent(FileContent),
    FileWritten(FileWritten),
    FileRenamed(FileNamed),
    FileLinked(FileNamed),
    FileRemoved(FileRemoved),
    DirectoryRead(DirectoryRead),
    FlowOpened(Flow),
    FlowClosed(Flow),
    Throttle(Throttle),
    Loss(Loss),
    CaptureStart(CaptureStart),
    LibraryUse(LibraryUse),
    Script(Script),
}

/// The tagged fields of a record: its bytes, and where in them each tag's field begins. Small,
/// because every record is moved a few times.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Tail<'a> {
    bytes: &'a [u8],
    /// Offset of each known tag's value, which its length stands right before; 0 for none.
    values: [u16; SLOTS],
    unknown: u16,
}

impl<'a> Tail<'a> {
    /// The value of a tag, if the record carries it.
    #[inline]
    #[must_use]
    pub fn field(&self, tag: Tag) -> Option<&'a [u8]> {
        let value = usize::from(*self.values.get(usize::from(tag.0))?);
        let (head, rest) = self.bytes.split_at_checked(value)?;
        let length = u16::from_le_bytes(*head.last_chunk::<2>()?);
        rest.get(..usize::from(length))
    }

    /// The fields that are there, by tag.
    fn fields(&self) -> impl Iterator<Item = (Tag, &'a [u8])> {
        Tag::ALL
            .iter()
            .filter_map(|&(tag, _)| Some((tag, self.field(tag)?)))
    }

    /// Fields whose tag this version does not know.
    #[inline]
    #[must_use]
    pub fn unknown(&self) -> u16 {
        self.unknown
    }
}

impl core::fmt::Debug for Tail<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let fields = self.fields().map(|(tag, value)| (tag.0, value));
        f.debug_map().entries(fields).finish()?;
        write!(f, " and {} unknown", self.unknown)
    }
}

/// The length of the record that `bytes` begins with, if its header is there and sane.
///
/// # Errors
/// `Truncated` when fewer than four bytes are there, `Length` when the length is impossible.
#[inline]
pub fn frame_length(bytes: &[u8]) -> Result<usize, DecodeError> {
    let Some(&[a, b, c, d]) = bytes.first_chunk::<4>() else {
        return Err(DecodeError::Truncated {
            needed: Header::SIZE,
            found: bytes.len(),
        });
    };
    let length = u32::from_le_bytes([a, b, c, d]);
    if (length as usize) < Header::SIZE || length as usize > MAX_RECORD {
        return Err(DecodeError::Length(length));
    }
    Ok(length as usize)
}

/// Decodes exactly one record from all of `bytes`.
///
/// # Errors
/// Every byte string that is not one whole record of this version, with the reason.
#[inline]
pub fn decode(bytes: &[u8]) -> Result<Record<'_>, DecodeError> {
    let needed = frame_length(bytes)?;
    if bytes.len() < needed {
        return Err(DecodeError::Truncated {
            needed,
            found: bytes.len(),
        });
    }
    if bytes.len() > needed {
        return Err(DecodeError::Trailing {
            extra: bytes.len() - needed,
        });
    }
    let Some((head, rest)) = bytes.split_first_chunk::<{ Header::SIZE }>() else {
        return Err(DecodeError::Truncated {
            needed,
            found: bytes.len(),
        });
    };
    let header = Header::read(head);
    if header.version != VERSION {
        return Err(DecodeError::Version(header.version));
    }
    let (body, fields) = body(Kind(header.kind), rest)?;
    Ok(Record {
        header,
        body,
        tail: tail(fields, bytes.len() - fields.len())?,
    })
}

/// Splits off and reads the body that `kind` names.
#[inline]
fn body(kind: Kind, rest: &[u8]) -> Result<(Body, &[u8]), DecodeError> {
    macro_rules! take {
        ($layout:ident, $variant:ident) => {
            match rest.split_first_chunk::<{ $layout::SIZE }>() {
                Some((fixed, tail)) => Ok((Body::$variant($layout::read(fixed)), tail)),
                None => Err(DecodeError::ShortBody {
                    kind: kind.0,
                    found: rest.len(),
                }),
            }
        };
    }
    match kind {
        Kind::PROCESS_START => take!(ProcessStart, ProcessStart),
        Kind::FORK => take!(Fork, Fork),
        Kind::EXIT => take!(Exit, Exit),
        Kind::LIBRARY_LOAD => take!(LibraryLoad, LibraryLoad),
        Kind::FILE_OPENED => take!(FileOpened, FileOpened),
        Kind::FILE_CONTENT => take!(FileContent, FileContent),
        Kind::FILE_WRITTEN => take!(FileWritten, FileWritten),
        Kind::FILE_RENAMED => take!(FileNamed, FileRenamed),
        Kind::FILE_LINKED => take!(FileNamed, FileLinked),
        Kind::FILE_REMOVED => take!(FileRemoved, FileRemoved),
        Kind::DIRECTORY_READ => take!(DirectoryRead, DirectoryRead),
        Kind::FLOW_OPENED => take!(Flow, FlowOpened),
        Kind::FLOW_CLOSED => take!(Flow, FlowClosed),
        Kind::THROTTLE => take!(Throttle, Throttle),
        Kind::LOSS => take!(Loss, Loss),
        Kind::CAPTURE_START => take!(CaptureStart, CaptureStart),
        Kind::LIBRARY_USE => take!(LibraryUse, LibraryUse),
        Kind::SCRIPT => take!(Script, Script),
        Kind(other) => Err(DecodeError::UnknownKind(other)),
    }
}

/// Reads the tagged fields; `start` is their offset in the record, for errors.
#[inline]
fn tail(bytes: &[u8], start: usize) -> Result<Tail<'_>, DecodeError> {
    let mut tail = Tail {
        bytes,
        values: [0; SLOTS],
        unknown: 0,
    };
    let mut at = 0;
    while at < bytes.len() {
        let short = DecodeError::ShortField { at: start + at };
        let rest = bytes.get(at..).unwrap_or_default();
        let Some((&[t0, t1, l0, l1], after)) = rest.split_first_chunk::<4>() else {
            return Err(short);
        };
        let tag = u16::from_le_bytes([t0, t1]);
        let length = usize::from(u16::from_le_bytes([l0, l1]));
        if length > after.len() {
            return Err(short);
        }
        match tail.values.get_mut(usize::from(tag)) {
            Some(0) if tag == 0 => tail.unknown = tail.unknown.saturating_add(1),
            // A record is shorter than 64 KiB, so an offset fits.
            Some(value @ 0) => *value = (at + 4) as u16,
            Some(_) => return Err(DecodeError::RepeatedField(tag)),
            None => tail.unknown = tail.unknown.saturating_add(1),
        }
        at += 4 + length;
    }
    Ok(tail)
}

/// One slot per known tag, and slot 0, which no tag uses.
const SLOTS: usize = Tag::ALL.len() + 1;

const _: () = assert!(
    MAX_RECORD <= u16::MAX as usize,
    "a field's offset fits in 16 bits"
);

const _: () = {
    let (last, _) = Tag::ALL[Tag::ALL.len() - 1];
    assert!(
        last.0 as usize == SLOTS - 1,
        "tags are dense, so they index the slots"
    );
};
