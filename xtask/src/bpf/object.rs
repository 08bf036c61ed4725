//! Tells what is in a probe object, for people: programs with their instructions, maps, size.
//!
//! Step: tooling for the probe. It reads just enough of a little-endian 64-bit ELF file and treats
//! every offset as hostile; it does not judge whether the kernel's verifier would accept it.

use std::fmt::Write as _;

use anyhow::{Context as _, Result, ensure};

/// One line per program and map section, largest programs first, and a total.
///
/// # Errors
/// When `bytes` is not such an ELF file.
pub(crate) fn describe(bytes: &[u8]) -> Result<String> {
    let sections = sections(bytes)?;
    let symbols = symbols(bytes, &sections)?;
    let mut programs = Vec::new();
    let mut maps = Vec::new();
    for symbol in &symbols {
        let Some(section) = sections.get(symbol.section) else {
            continue;
        };
        let label = format!("{:<34} {}", symbol.name, section.name);
        if symbol.is_function && section.is_code {
            programs.push((symbol.size / INSTRUCTION, label));
        } else if section.name == "maps" || section.name == ".maps" {
            maps.push(symbol.name.clone());
        }
    }
    programs.sort_by(|a, b| b.cmp(a));
    maps.sort();
    let mut text = String::new();
    writeln!(text, "{:>12}  program", "instructions")?;
    for (instructions, label) in &programs {
        writeln!(text, "{instructions:>12}  {label}")?;
    }
    let total: u64 = programs.iter().map(|(instructions, _)| instructions).sum();
    writeln!(text, "{total:>12}  in {} functions", programs.len())?;
    writeln!(text, "maps: {}", maps.join(" "))?;
    writeln!(text, "object: {} bytes", bytes.len())?;
    Ok(text)
}

struct Section {
    name: String,
    is_code: bool,
    kind: u32,
    link: usize,
    data: std::ops::Range<usize>,
}

struct Symbol {
    name: String,
    section: usize,
    size: u64,
    is_function: bool,
}

fn sections(bytes: &[u8]) -> Result<Vec<Section>> {
    ensure!(
        bytes.starts_with(b"\x7fELF\x02\x01"),
        "not a little-endian 64-bit ELF file"
    );
    let table = integer(bytes, 40, 8)? as usize;
    let size = integer(bytes, 58, 2)? as usize;
    let count = integer(bytes, 60, 2)? as usize;
    let names = integer(bytes, 62, 2)? as usize;
    let mut sections = Vec::new();
    let mut name_offsets = Vec::new();
    for index in 0..count {
        let at = table.saturating_add(index.saturating_mul(size));
        name_offsets.push(integer(bytes, at, 4)? as usize);
        let start = integer(bytes, at + 24, 8)? as usize;
        let length = integer(bytes, at + 32, 8)? as usize;
        sections.push(Section {
            name: String::new(),
            kind: integer(bytes, at + 4, 4)? as u32,
            is_code: integer(bytes, at + 8, 8)? & EXECUTABLE != 0,
            link: integer(bytes, at + 40, 4)? as usize,
            data: start..start.saturating_add(length),
        });
    }
    let names = sections
        .get(names)
        .context("the section names are missing")?
        .data
        .start;
    for (section, offset) in sections.iter_mut().zip(name_offsets) {
        section.name = text(bytes, names.saturating_add(offset))?;
    }
    Ok(sections)
}

fn symbols(bytes: &[u8], sections: &[Section]) -> Result<Vec<Symbol>> {
    let mut symbols = Vec::new();
    for table in sections
        .iter()
        .filter(|section| section.kind == SYMBOL_TABLE)
    {
        let names = sections
            .get(table.link)
            .context("the symbol names are missing")?
            .data
            .start;
        for at in table.data.clone().step_by(SYMBOL) {
            let name = integer(bytes, at, 4)? as usize;
            symbols.push(Symbol {
                name: text(bytes, names.saturating_add(name))?,
                is_function: integer(bytes, at + 4, 1)? & 15 == FUNCTION,
                section: integer(bytes, at + 6, 2)? as usize,
                size: integer(bytes, at + 16, 8)?,
            });
        }
    }
    Ok(symbols)
}

/// The little-endian integer of `size` bytes at `at`.
fn integer(bytes: &[u8], at: usize, size: usize) -> Result<u64> {
    let slice = at
        .checked_add(size)
        .and_then(|end| bytes.get(at..end))
        .context("the ELF file is cut short")?;
    let mut wide = [0; 8];
    wide[..size].copy_from_slice(slice);
    Ok(u64::from_le_bytes(wide))
}

/// The NUL-terminated text at `at`.
fn text(bytes: &[u8], at: usize) -> Result<String> {
    let rest = bytes.get(at..).context("the ELF file is cut short")?;
    let text = rest.split(|&byte| byte == 0).next().unwrap_or_default();
    Ok(String::from_utf8_lossy(text).into_owned())
}

const INSTRUCTION: u64 = 8;
const EXECUTABLE: u64 = 4;
const SYMBOL: usize = 24;
const SYMBOL_TABLE: u32 = 2;
const FUNCTION: u64 = 2;
