//! The program for Windows, set beside a model of Event Tracing for Windows.
//!
//! Step: tooling. Wine has no event tracing that works. In a copy of the program the library that
//! it takes the few functions of it from has another name, under which a model of ours stands
//! (`etw_model.c`); everything else of that library is passed on. Nothing but names is changed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::{shell, workspace};

/// Makes the copy and the model beside it; gives the copy's path.
///
/// # Errors
/// When the compiler or the program's list of imports cannot be had.
pub(crate) fn build(root: &Path, program: &Path) -> Result<PathBuf> {
    let folder = std::path::absolute(workspace::target(root).join("etw-model"))?;
    std::fs::create_dir_all(&folder)?;
    let imports = shell::output(
        Command::new("x86_64-w64-mingw32-objdump")
            .arg("-p")
            .arg(program),
    )?;
    let passed_on = names(&imports);
    ensure!(
        passed_on.iter().any(|name| name == "StartTraceW"),
        "{} takes no event tracing from {REAL}",
        program.display()
    );
    let mut exports = format!("LIBRARY {MODEL}\nEXPORTS\n");
    let own = OWN.map(str::to_owned);
    for name in passed_on.union(&BTreeSet::from(own)) {
        let name = name.as_str();
        if OWN.contains(&name) {
            exports.extend([name, "\n"]);
        } else {
            exports.extend([name, " = advapi32.", name, "\n"]);
        }
    }
    let list = folder.join("etwmodel.def");
    std::fs::write(&list, exports)?;
    let mut compiler = Command::new("x86_64-w64-mingw32-gcc");
    compiler.args([
        "-shared",
        "-O1",
        "-Wall",
        "-Werror",
        "-Wno-attributes",
        "-o",
    ]);
    compiler.arg(folder.join(MODEL));
    compiler.arg(root.join("xtask/src/windows/etw_model.c"));
    shell::run(compiler.arg(list))?;
    let bytes = std::fs::read(program).with_context(|| program.display().to_string())?;
    let copy = folder.join("packhound.exe");
    std::fs::write(&copy, renamed(bytes))?;
    Ok(copy)
}

/// What a program takes from the library, by the list that objdump makes of its imports.
fn names(imports: &str) -> BTreeSet<String> {
    let mut within = false;
    let mut names = BTreeSet::new();
    for line in imports.lines() {
        if let Some((_, library)) = line.split_once("DLL Name:") {
            within = library.trim().eq_ignore_ascii_case(REAL);
        } else if within
            && let Some(name) = line.split_whitespace().last()
            && line.starts_with('\t')
            && name
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
            && name.starts_with(|letter: char| letter.is_ascii_uppercase())
        {
            names.insert(name.to_owned());
        }
    }
    names.remove("Name");
    names
}

/// The program with the model's name wherever the library's stood.
fn renamed(mut bytes: Vec<u8>) -> Vec<u8> {
    let length = REAL.len();
    for at in 0..bytes.len().saturating_sub(length) {
        if bytes[at..at + length].eq_ignore_ascii_case(REAL.as_bytes()) && bytes[at + length] == 0 {
            bytes[at..at + length].copy_from_slice(MODEL.as_bytes());
        }
    }
    bytes
}

const REAL: &str = "advapi32.dll";

/// As long as the other.
const MODEL: &str = "etwmodel.dll";

const _: () = assert!(REAL.len() == MODEL.len());

/// What the model does itself.
const OWN: [&str; 7] = [
    "CloseTrace",
    "ControlTraceW",
    "EnableTraceEx2",
    "OpenTraceW",
    "ProcessTrace",
    "StartTraceW",
    "TraceQueryInformation",
];

#[cfg(test)]
mod tests;
