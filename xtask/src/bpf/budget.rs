//! What the probes may take, written down beside them, and what they do take.
//!
//! Step: tooling for the probe. A program that outgrows its budget fails the check, so that growth
//! is a decision and not an accident. What the verifier follows is known to running kernels alone:
//! the matrix of guests holds that against `followed`.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result};

use super::chains::{self, Program};

/// What the probes may take.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Budget {
    /// Bytes of stack of a chain of calls.
    stack: u64,
    /// Instructions that a kernel's verifier follows for all programs together.
    pub(crate) followed: u64,
    /// Instructions of each program with everything that it calls.
    instructions: Vec<(String, u64)>,
}

impl Budget {
    /// Reads the budget.
    ///
    /// # Errors
    /// When it is missing or not as its head says.
    pub(crate) fn read(root: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(root.join(BUDGET));
        Self::parse(&text.with_context(|| format!("cannot read {BUDGET}"))?)
    }

    fn parse(text: &str) -> Result<Self> {
        let table: toml::Table = text
            .parse()
            .with_context(|| format!("{BUDGET} is not TOML"))?;
        let number = |value: Option<&toml::Value>, key: &str| {
            value
                .and_then(toml::Value::as_integer)
                .and_then(|number| u64::try_from(number).ok())
                .with_context(|| format!("{BUDGET} has no number named {key}"))
        };
        let programs = table
            .get("instructions")
            .and_then(toml::Value::as_table)
            .with_context(|| format!("{BUDGET} has no table named instructions"))?;
        let instructions = programs
            .iter()
            .map(|(name, value)| Ok((name.clone(), number(Some(value), name)?)));
        Ok(Self {
            stack: number(table.get("stack"), "stack")?,
            followed: number(table.get("followed"), "followed")?,
            instructions: instructions.collect::<Result<_>>()?,
        })
    }

    /// Where programs take more than they may.
    fn exceeded(&self, programs: &[Program]) -> Vec<String> {
        let mut exceeded = Vec::new();
        for program in programs {
            let Program {
                name,
                all,
                stack,
                chain,
                ..
            } = program;
            if *stack > self.stack {
                let chain = chain.join(" > ");
                exceeded.push(format!(
                    "{name} takes {stack} bytes of stack, where the verifier admits {}: {chain}; \
                     give what is large a function of its own beside the chain, or put it into a map",
                    self.stack
                ));
            }
            match self.instructions.iter().find(|(of, _)| of == name) {
                None => exceeded.push(format!(
                    "{name} has no budget: add it to {BUDGET}; it has {all} instructions with \
                     everything that it calls"
                )),
                Some((_, most)) if all > most => exceeded.push(format!(
                    "{name} has {all} instructions with everything that it calls, {most} are in \
                     {BUDGET}: make it smaller, or raise its budget and say why"
                )),
                Some(_) => {}
            }
        }
        for (name, _) in &self.instructions {
            if !programs.iter().any(|program| program.name == *name) {
                exceeded.push(format!(
                    "{name} is in {BUDGET} and nowhere else: take it out"
                ));
            }
        }
        exceeded
    }
}

/// Where the programs of the checked-in object take more than they may.
///
/// # Errors
/// When the budget or the object cannot be read.
pub(crate) fn exceeded(root: &Path) -> Result<Vec<String>> {
    let bytes =
        std::fs::read(root.join(super::OBJECT)).with_context(|| format!("no {}", super::OBJECT))?;
    Ok(Budget::read(root)?.exceeded(&chains::programs(&bytes)?))
}

/// The programs as a table, the one with the longest stack first.
pub(super) fn table(programs: &[Program]) -> String {
    let mut sorted: Vec<&Program> = programs.iter().collect();
    sorted.sort_by_key(|program| {
        (
            std::cmp::Reverse((program.stack, program.all)),
            &program.name,
        )
    });
    let mut text = String::from("stack  instructions  with calls  program\n");
    for program in sorted {
        let _ = writeln!(
            text,
            "{:>5}  {:>12}  {:>10}  {:<24} {}",
            program.stack, program.own, program.all, program.name, program.section
        );
    }
    if let Some(deepest) = programs.iter().max_by_key(|program| program.stack) {
        let _ = writeln!(text, "longest chain: {}", deepest.chain.join(" > "));
    }
    text
}

/// The file with the budget.
const BUDGET: &str = "probes-ebpf/budget.toml";

#[cfg(test)]
mod tests;
