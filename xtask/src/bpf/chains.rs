//! What each program of a probe object calls: how many instructions that makes in all, and how
//! much stack its longest chain of calls takes.
//!
//! Step: tooling for the probe. The verifier refuses a chain above 512 bytes with words that do not
//! say which functions are in it; here they are named. Stack is counted as the verifier does: the
//! lowest byte that a function touches, rounded up to 32. What a function never reaches counts all
//! the same, so a chain may be shorter in the kernel, never longer.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, bail, ensure};
use object::{
    Object as _, ObjectSection as _, ObjectSymbol as _, RelocationTarget, SectionIndex,
    SectionKind, SymbolKind,
};

/// A program, with everything that it calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Program {
    /// Its name.
    pub(super) name: String,
    /// The section that it is in, which says what it is attached to.
    pub(super) section: String,
    /// Its own instructions.
    pub(super) own: u64,
    /// Those of everything that it may run.
    pub(super) all: u64,
    /// Bytes of stack of its longest chain.
    pub(super) stack: u64,
    /// The functions of that chain, itself first.
    pub(super) chain: Vec<String>,
}

/// A function of the object.
#[derive(Debug)]
struct Function {
    name: String,
    section: String,
    instructions: u64,
    stack: u64,
    calls: BTreeSet<Place>,
}

/// Where a function begins: its section and its offset there.
type Place = (usize, u64);

/// The programs of an object, by name.
///
/// # Errors
/// When `bytes` is not such an object.
pub(super) fn programs(bytes: &[u8]) -> Result<Vec<Program>> {
    let functions = functions(bytes)?;
    let mut programs = Vec::new();
    for (place, function) in &functions {
        if function.section.starts_with(".text") {
            continue;
        }
        let mut reached = BTreeSet::new();
        reach(&functions, *place, &mut reached);
        let (stack, chain) = longest(&functions, *place, 0)?;
        programs.push(Program {
            name: function.name.clone(),
            section: function.section.clone(),
            own: function.instructions,
            all: reached
                .iter()
                .filter_map(|place| Some(functions.get(place)?.instructions))
                .sum(),
            stack,
            chain,
        });
    }
    programs.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(programs)
}

/// Everything that runs when what is at `from` runs.
fn reach(functions: &BTreeMap<Place, Function>, from: Place, reached: &mut BTreeSet<Place>) {
    if reached.insert(from)
        && let Some(function) = functions.get(&from)
    {
        for called in &function.calls {
            reach(functions, *called, reached);
        }
    }
}

/// Bytes and functions of the chain that takes the most stack.
fn longest(
    functions: &BTreeMap<Place, Function>,
    from: Place,
    depth: u32,
) -> Result<(u64, Vec<String>)> {
    ensure!(depth < DEEPEST, "functions of the probes call in circles");
    let function = functions.get(&from).context("a call leads nowhere")?;
    let mut below = (0, Vec::new());
    for called in &function.calls {
        let chain = longest(functions, *called, depth + 1)?;
        if chain.0 > below.0 {
            below = chain;
        }
    }
    let own = function.stack.max(1).next_multiple_of(ROUNDED);
    let mut chain = vec![function.name.clone()];
    chain.extend(below.1);
    Ok((own + below.0, chain))
}

fn functions(bytes: &[u8]) -> Result<BTreeMap<Place, Function>> {
    let file = object::File::parse(bytes).context("the probe object is not an ELF file")?;
    let mut functions = BTreeMap::new();
    for symbol in file.symbols() {
        let Some(SectionIndex(index)) = symbol.section_index() else {
            continue;
        };
        let section = file.section_by_index(SectionIndex(index))?;
        if symbol.kind() != SymbolKind::Text || section.kind() != SectionKind::Text {
            continue;
        }
        let (begin, length) = (symbol.address(), symbol.size());
        let code = section
            .data_range(begin, length)?
            .context("a function passes its section's end")?;
        let mut function = Function {
            name: readable(symbol.name()?),
            section: section.name()?.to_owned(),
            instructions: length / INSTRUCTION,
            stack: stack(code),
            calls: BTreeSet::new(),
        };
        let relocated = relocated(&file, &section, begin..begin + length)?;
        for (at, immediate) in calls(code) {
            let at = begin + at;
            let place = match relocated.get(&at) {
                // The immediate counts instructions from the symbol, less one.
                Some((section, value)) => {
                    (*section, value.wrapping_add_signed((immediate + 1) * 8))
                }
                None => (index, at.wrapping_add_signed((immediate + 1) * 8)),
            };
            function.calls.insert(place);
        }
        functions.insert((index, begin), function);
    }
    if functions.is_empty() {
        bail!("the probe object holds no function");
    }
    Ok(functions)
}

/// The relocations in a part of a section: to which section they lead, and where in it.
fn relocated(
    file: &object::File<'_>,
    section: &object::Section<'_, '_>,
    part: std::ops::Range<u64>,
) -> Result<BTreeMap<u64, Place>> {
    let mut places = BTreeMap::new();
    for (at, relocation) in section.relocations() {
        if !part.contains(&at) {
            continue;
        }
        if let RelocationTarget::Symbol(symbol) = relocation.target() {
            let symbol = file.symbol_by_index(symbol)?;
            if let Some(SectionIndex(index)) = symbol.section_index() {
                places.insert(at, (index, symbol.address()));
            }
        }
    }
    Ok(places)
}

/// The calls of other functions in a function's code: where, and their immediates.
fn calls(code: &[u8]) -> Vec<(u64, i64)> {
    let mut calls = Vec::new();
    for (at, one) in instructions(code) {
        if one.operation == CALL && one.source == CALLS_FUNCTION {
            calls.push((at, i64::from(one.immediate)));
        }
    }
    calls
}

/// Bytes of stack that a function's code touches.
fn stack(code: &[u8]) -> u64 {
    let mut deepest = 0_i32;
    // Registers that hold the frame's address.
    let mut holds = [false; 16];
    for (_, one) in instructions(code) {
        let class = one.operation & 7;
        let touches = (class == LOADS && one.source == FRAME)
            || (matches!(class, STORES | STORES_REGISTER) && one.target == FRAME);
        if touches {
            deepest = deepest.min(i32::from(one.offset));
        }
        let target = usize::from(one.target);
        if one.operation == MOVE {
            holds[target] = one.source == FRAME;
        } else if one.operation == ADD && holds[target] {
            deepest = deepest.min(one.immediate);
            holds[target] = false;
        }
    }
    u64::from(deepest.unsigned_abs())
}

/// One instruction.
struct Instruction {
    operation: u8,
    target: u8,
    source: u8,
    offset: i16,
    immediate: i32,
}

/// The instructions of a function, with their offsets.
fn instructions(code: &[u8]) -> impl Iterator<Item = (u64, Instruction)> {
    let (whole, _) = code.as_chunks::<8>();
    let mut second = false;
    (0..).step_by(8).zip(whole).filter_map(move |(at, bytes)| {
        // A wide constant takes two places, of which the second is none.
        if std::mem::take(&mut second) {
            return None;
        }
        let [operation, registers, low, high, rest @ ..] = *bytes;
        second = operation == WIDE;
        let one = Instruction {
            operation,
            target: registers & 15,
            source: registers >> 4,
            offset: i16::from_le_bytes([low, high]),
            immediate: i32::from_le_bytes(rest),
        };
        Some((at, one))
    })
}

/// A function's name without what the compiler adds to it: the last two names of its path.
fn readable(symbol: &str) -> String {
    let Some(mangled) = symbol.strip_prefix("_R") else {
        return symbol.to_owned();
    };
    let mut names = Vec::new();
    let mut rest = mangled;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        rest = &rest[at..];
        let end = rest.find(|c: char| !c.is_ascii_digit());
        let (digits, behind) = rest.split_at(end.unwrap_or(rest.len()));
        let length = digits.parse::<usize>().unwrap_or(0);
        match behind.get(..length) {
            Some(name)
                if length > 2 && name.bytes().all(|c| c.is_ascii_lowercase() || c == b'_') =>
            {
                names.push(name);
                rest = &behind[length..];
            }
            _ => rest = behind,
        }
    }
    let kept = names.len().saturating_sub(2);
    if names.is_empty() {
        symbol.to_owned()
    } else {
        names[kept..].join("::")
    }
}

/// Bytes of one instruction.
const INSTRUCTION: u64 = 8;
/// The verifier counts a function's stack in such steps.
const ROUNDED: u64 = 32;
/// The verifier follows calls no deeper than 8.
const DEEPEST: u32 = 16;
/// The register that holds the frame's address.
const FRAME: u8 = 10;

/// Operations and their classes (`Documentation/bpf/standardization/instruction-set.rst`).
const LOADS: u8 = 1;
const STORES: u8 = 2;
const STORES_REGISTER: u8 = 3;
const ADD: u8 = 0x07;
const WIDE: u8 = 0x18;
const CALL: u8 = 0x85;
const MOVE: u8 = 0xbf;
/// A call's source register where it calls a function of the object.
const CALLS_FUNCTION: u8 = 1;

#[cfg(test)]
mod tests;
