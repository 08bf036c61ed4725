//! Member offsets from the kernel's type information.
//!
//! Step: source. Reads just what `fields` needs of the BTF format (`Documentation/bpf/btf.rst`):
//! structures, unions and the modifiers between them. aya reads the same blob for its own
//! purposes but does not offer members. The reader is total: a broken blob gives an error.

use std::collections::HashMap;

/// Why type information cannot be used.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BtfError(pub(super) &'static str);

/// A kernel's structures and unions.
pub(super) struct Btf<'a> {
    data: &'a [u8],
    strings: usize,
    strings_end: usize,
    /// Offset of each type's record; type 0 is void.
    types: Vec<usize>,
    /// Type numbers of structures and unions by name; the first of a name counts.
    named: HashMap<&'a [u8], u32>,
}

/// Where a member stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Member {
    /// Offset in bytes from the start of the outer structure.
    pub(super) offset: u32,
    /// Its size in bytes; 0 where the type has none of its own (function, void).
    pub(super) size: u32,
}

impl<'a> Btf<'a> {
    /// Reads a little-endian BTF blob.
    pub(super) fn parse(data: &'a [u8]) -> Result<Self, BtfError> {
        let word = |at: usize| word(data, at).ok_or(BtfError("header cut short"));
        if word(0)? & 0xffff != MAGIC {
            return Err(BtfError("not little-endian BTF"));
        }
        let header = word(4)? as usize;
        let types_begin = header + word(8)? as usize;
        let types_end = types_begin + word(12)? as usize;
        let strings = header + word(16)? as usize;
        let strings_end = strings + word(20)? as usize;
        if types_end > data.len() || strings_end > data.len() {
            return Err(BtfError("sections pass the end"));
        }
        let mut btf = Self {
            data,
            strings,
            strings_end,
            types: vec![0],
            named: HashMap::new(),
        };
        let mut at = types_begin;
        while at < types_end {
            let length = btf
                .record_length(at)
                .ok_or(BtfError("type of unknown kind"))?;
            let number = btf.types.len() as u32;
            if matches!(btf.kind(at), Some(STRUCT | UNION))
                && let Some(name) = btf.name(at)
                && !name.is_empty()
            {
                btf.named.entry(name).or_insert(number);
            }
            btf.types.push(at);
            at += length;
        }
        if at == types_end {
            Ok(btf)
        } else {
            Err(BtfError("last type passes its section"))
        }
    }

    /// Size of a structure in bytes.
    pub(super) fn size(&self, structure: &str) -> Option<u32> {
        let at = self.find(structure)?;
        self.word(at + 8)
    }

    /// Whether an enumeration of this name has an enumerator of that one.
    pub(super) fn has_enumerator(&self, enumeration: &str, enumerator: &str) -> bool {
        self.types.iter().copied().skip(1).any(|at| {
            self.kind(at) == Some(ENUM)
                && self.is_named(at, enumeration)
                && self.count_and_flag(at).is_some_and(|(count, _)| {
                    (0..count as usize)
                        .any(|index| self.name(at + 12 + 8 * index) == Some(enumerator.as_bytes()))
                })
        })
    }

    /// The structure that a tracepoint's first argument points to.
    pub(super) fn argument_of_tracepoint(&self, tracepoint: &str) -> Option<&'a [u8]> {
        let is_wanted = |at: &usize| {
            self.kind(*at) == Some(TYPEDEF)
                && self
                    .name(*at)
                    .and_then(|name| name.strip_prefix(b"btf_trace_"))
                    == Some(tracepoint.as_bytes())
        };
        let at = self.types.iter().copied().skip(1).find(is_wanted)?;
        let prototype = self.pointed(self.resolve(self.word(at + 8)?)?)?;
        // What comes first is the kernel's own and the same for all.
        if self.kind(prototype)? != FUNCTION_PROTOTYPE || self.count_and_flag(prototype)?.0 < 2 {
            return None;
        }
        self.name(self.pointed(self.resolve(self.word(prototype + 24)?)?)?)
    }

    /// What a pointer points to.
    fn pointed(&self, at: usize) -> Option<usize> {
        if self.kind(at)? != POINTER {
            return None;
        }
        self.resolve(self.word(at + 8)?)
    }

    /// Resolves `structure` and a path of member names separated by dots; anonymous members in
    /// between are entered, arrays stand for their first element unless another is named, as in
    /// `regs[3]`.
    pub(super) fn member(&self, structure: &str, path: &str) -> Option<Member> {
        let mut at = self.find(structure)?;
        let mut offset = 0u32;
        let mut kind = None;
        for name in path.split('.') {
            if let Some(kind) = kind {
                at = self.resolve(kind)?;
            }
            let (name, index) = split_index(name)?;
            let (found, member_kind) = self.search(at, name.as_bytes(), 0)?;
            offset = found.checked_add(offset)?;
            kind = Some(member_kind);
            if let Some(index) = index {
                let (element, size) = self.element(member_kind, index)?;
                offset = offset.checked_add(size.checked_mul(index)?)?;
                kind = Some(element);
            }
        }
        Some(Member {
            offset,
            size: self.size_of(kind?, 0).unwrap_or(0),
        })
    }

    /// Whether the kernel has a function of this name that programs may stand at.
    pub(super) fn has_function(&self, name: &str) -> bool {
        self.function(name).is_some()
    }

    fn function(&self, name: &str) -> Option<usize> {
        let types = self.types.iter().copied().skip(1);
        let mut functions = types.filter(|at| self.kind(*at) == Some(FUNCTION));
        functions.find(|at| self.is_named(*at, name))
    }

    /// A function's parameters: for each the structure that it points to, where it does. The first
    /// function of a name counts.
    pub(super) fn parameters(&self, function: &str) -> Option<Vec<Option<&'a [u8]>>> {
        let found = self.function(function)?;
        let prototype = self.resolve(self.word(found + 8)?)?;
        if self.kind(prototype)? != FUNCTION_PROTOTYPE {
            return None;
        }
        let (count, _) = self.count_and_flag(prototype)?;
        (0..count as usize)
            .map(|index| {
                let kind = self.word(prototype + 12 + 8 * index + 4)?;
                Some(self.pointed_to(kind))
            })
            .collect()
    }

    /// The name of the structure that a pointer points to.
    fn pointed_to(&self, kind: u32) -> Option<&'a [u8]> {
        let pointer = self.resolve(kind)?;
        if self.kind(pointer)? != POINTER {
            return None;
        }
        let target = self.resolve(self.word(pointer + 8)?)?;
        (self.kind(target)? == STRUCT).then(|| self.name(target))?
    }

    fn find(&self, structure: &str) -> Option<usize> {
        self.types
            .get(*self.named.get(structure.as_bytes())? as usize)
            .copied()
    }

    /// Finds a member by name: its byte offset and type. A bit field is not found.
    fn search(&self, at: usize, wanted: &[u8], depth: u32) -> Option<(u32, u32)> {
        if depth > DEPTH || !matches!(self.kind(at)?, STRUCT | UNION) {
            return None;
        }
        let (count, bit_fields) = self.count_and_flag(at)?;
        for index in 0..count as usize {
            let member = at + 12 + 12 * index;
            let name = self.text(self.word(member)?)?;
            let kind = self.word(member + 4)?;
            let position = self.word(member + 8)?;
            let (bits, width) = if bit_fields {
                (position & 0xff_ffff, position >> 24)
            } else {
                (position, 0)
            };
            if name == wanted {
                return (width == 0 && bits % 8 == 0).then_some((bits / 8, kind));
            }
            if name.is_empty()
                && let Some(inner) = self.resolve(kind)
                && let Some((offset, kind)) = self.search(inner, wanted, depth + 1)
            {
                return Some(((bits / 8).checked_add(offset)?, kind));
            }
        }
        None
    }

    /// Follows modifiers and arrays to the type that stands behind them.
    fn resolve(&self, kind: u32) -> Option<usize> {
        let mut kind = kind;
        for _ in 0..DEPTH {
            let at = *self.types.get(kind as usize)?;
            match self.kind(at)? {
                TYPEDEF | VOLATILE | CONST | RESTRICT | TYPE_TAG => kind = self.word(at + 8)?,
                ARRAY => kind = self.word(at + 12)?,
                _ => return Some(at),
            }
        }
        None
    }

    fn size_of(&self, kind: u32, depth: u32) -> Option<u32> {
        if depth > DEPTH {
            return None;
        }
        let at = *self.types.get(kind as usize)?;
        match self.kind(at)? {
            INT | STRUCT | UNION | ENUM | ENUM64 | FLOAT => self.word(at + 8),
            POINTER => Some(8),
            TYPEDEF | VOLATILE | CONST | RESTRICT | TYPE_TAG => {
                self.size_of(self.word(at + 8)?, depth + 1)
            }
            ARRAY => {
                let element = self.size_of(self.word(at + 12)?, depth + 1)?;
                element.checked_mul(self.word(at + 20)?)
            }
            _ => None,
        }
    }

    /// Type and size of an array's elements, of which there is one at `index`.
    fn element(&self, kind: u32, index: u32) -> Option<(u32, u32)> {
        let at = *self.types.get(kind as usize)?;
        if self.kind(at)? != ARRAY || index >= self.word(at + 20)? {
            return None;
        }
        let element = self.word(at + 12)?;
        Some((element, self.size_of(element, 0)?))
    }

    fn word(&self, at: usize) -> Option<u32> {
        word(self.data, at)
    }

    fn kind(&self, at: usize) -> Option<u32> {
        Some((self.word(at + 4)? >> 24) & 0x1f)
    }

    fn count_and_flag(&self, at: usize) -> Option<(u32, bool)> {
        let info = self.word(at + 4)?;
        Some((info & 0xffff, info >> 31 != 0))
    }

    fn name(&self, at: usize) -> Option<&'a [u8]> {
        self.text(self.word(at)?)
    }

    /// Whether the type at `at` has this name; what does not begin like it is not read to its end.
    fn is_named(&self, at: usize, name: &str) -> bool {
        let found = self.word(at).and_then(|offset| {
            let strings = self.data.get(self.strings..self.strings_end)?;
            strings
                .get(offset as usize..)?
                .strip_prefix(name.as_bytes())
        });
        found.is_some_and(|rest| rest.first() == Some(&0))
    }

    fn text(&self, offset: u32) -> Option<&'a [u8]> {
        let rest = self
            .data
            .get(self.strings..self.strings_end)?
            .get(offset as usize..)?;
        let end = rest.iter().position(|&byte| byte == 0)?;
        rest.get(..end)
    }

    /// Length of the record at `at`; `None` for a kind of a later version.
    fn record_length(&self, at: usize) -> Option<usize> {
        let (count, _) = self.count_and_flag(at)?;
        let count = count as usize;
        let extra = match self.kind(at)? {
            INT | VARIABLE | DECL_TAG => 4,
            ARRAY => 12,
            STRUCT | UNION | DATA_SECTION | ENUM64 => 12 * count,
            ENUM | FUNCTION_PROTOTYPE => 8 * count,
            POINTER | FORWARD | TYPEDEF | VOLATILE | CONST | RESTRICT | FUNCTION | FLOAT
            | TYPE_TAG => 0,
            _ => return None,
        };
        Some(12 + extra)
    }
}

/// A member's name, and which element of it is meant.
fn split_index(name: &str) -> Option<(&str, Option<u32>)> {
    let Some(indexed) = name.strip_suffix(']') else {
        return Some((name, None));
    };
    let (name, index) = indexed.split_once('[')?;
    Some((name, Some(index.parse().ok()?)))
}

fn word(data: &[u8], at: usize) -> Option<u32> {
    let bytes = data.get(at..)?.first_chunk::<4>()?;
    Some(u32::from_le_bytes(*bytes))
}

const MAGIC: u32 = 0xeb9f;
/// Nesting that no kernel reaches.
const DEPTH: u32 = 32;
const INT: u32 = 1;
const POINTER: u32 = 2;
const ARRAY: u32 = 3;
const STRUCT: u32 = 4;
const UNION: u32 = 5;
const ENUM: u32 = 6;
const FORWARD: u32 = 7;
const TYPEDEF: u32 = 8;
const VOLATILE: u32 = 9;
const CONST: u32 = 10;
const RESTRICT: u32 = 11;
const FUNCTION: u32 = 12;
const FUNCTION_PROTOTYPE: u32 = 13;
const VARIABLE: u32 = 14;
const DATA_SECTION: u32 = 15;
const FLOAT: u32 = 16;
const DECL_TAG: u32 = 17;
const TYPE_TAG: u32 = 18;
const ENUM64: u32 = 19;

#[cfg(test)]
mod tests;
