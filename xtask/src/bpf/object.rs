//! Looks into a probe object: leaves out what only a debugger reads, and tells people what is in it.
//!
//! Step: tooling for the probe. The DWARF sections are nine tenths of what the linker writes and no
//! kernel reads them; BTF, which the loader needs, stays. Whether the kernel's verifier accepts the
//! programs is not judged here.

use std::fmt::Write as _;

use anyhow::{Context as _, Result};
use object::build::elf::{Builder, SectionData};
use object::{Object as _, ObjectSection as _, ObjectSymbol as _, SectionKind, SymbolKind};

/// The same object without its DWARF sections and their relocations.
///
/// # Errors
/// When `bytes` is not an ELF file.
pub(crate) fn without_debug_sections(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut builder = Builder::read(bytes).context("the probe object is not an ELF file")?;
    let mut dropped = Vec::new();
    for section in &mut builder.sections {
        if section.name.as_slice().starts_with(b".debug_") {
            section.delete = true;
            dropped.push(section.id());
        }
    }
    for section in &mut builder.sections {
        let relocates_dropped = section
            .sh_info_section
            .is_some_and(|target| dropped.contains(&target));
        let is_relocation = matches!(
            section.data,
            SectionData::Relocation(_) | SectionData::DynamicRelocation(_)
        );
        if is_relocation && relocates_dropped {
            section.delete = true;
        }
    }
    for symbol in &mut builder.symbols {
        if symbol
            .section
            .is_some_and(|section| dropped.contains(&section))
        {
            symbol.delete = true;
        }
    }
    // LLVM keeps the sections' names among the symbols'; the writer wants them apart.
    let names = builder.sections.add();
    names.name = b".shstrtab"[..].into();
    names.sh_type = object::elf::SHT_STRTAB;
    names.data = SectionData::SectionString;
    let mut slim = Vec::new();
    builder
        .write(&mut slim)
        .context("the probe object cannot be written without DWARF")?;
    Ok(slim)
}

/// One line per program, largest first, then the maps and the size.
///
/// # Errors
/// When `bytes` is not an ELF file.
pub(crate) fn describe(bytes: &[u8]) -> Result<String> {
    let file = object::File::parse(bytes).context("the probe object is not an ELF file")?;
    let mut programs = Vec::new();
    let mut maps = Vec::new();
    for symbol in file.symbols() {
        let Some(section) = symbol.section_index() else {
            continue;
        };
        let section = file.section_by_index(section)?;
        let (name, place) = (symbol.name()?, section.name()?);
        if symbol.kind() == SymbolKind::Text && section.kind() == SectionKind::Text {
            programs.push((symbol.size() / INSTRUCTION, format!("{name:<34} {place}")));
        } else if place == "maps" || place == ".maps" {
            maps.push(name);
        }
    }
    programs.sort_by(|a, b| b.cmp(a));
    maps.sort_unstable();
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

/// Bytes of one instruction.
const INSTRUCTION: u64 = 8;
