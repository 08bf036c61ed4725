//! `cargo xtask tidy`: the rules of the project's style, as code.
//!
//! Step: tooling. Every complaint has a rule's name, a place and what to do about it. Rules look at
//! a [`Tree`] in memory, so that each is tested on a few lines; reading the disk and asking cargo
//! happens here alone. It changes nothing unless `--bless` asks for the format's hash.

mod format;
mod lexer;
mod rules;
mod tree;

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::{bpf, shell, workspace};

pub(crate) use tree::{File, Tree};

/// Check the project's own rules.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Options {
    /// Record the record format's new hash in FORMAT.md; say in the commit what changed and why.
    #[arg(long)]
    bless: bool,
}

/// A broken rule.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Complaint {
    /// The file, relative to the root.
    pub(crate) path: String,
    /// The line, counted from 1; 0 for the file as a whole.
    pub(crate) line: usize,
    /// The rule's name.
    pub(crate) rule: &'static str,
    /// What is wrong and what to do.
    pub(crate) text: String,
    /// Whether it fails the check.
    pub(crate) fatal: bool,
}

impl Complaint {
    /// A complaint that fails the check.
    pub(crate) fn new(
        rule: &'static str,
        path: &str,
        line: usize,
        text: impl Into<String>,
    ) -> Self {
        Self {
            path: path.to_owned(),
            line,
            rule,
            text: text.into(),
            fatal: true,
        }
    }
}

impl std::fmt::Display for Complaint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            path,
            line,
            rule,
            text,
            ..
        } = self;
        if *line == 0 {
            write!(f, "{path}: [{rule}] {text}")
        } else {
            write!(f, "{path}:{line}: [{rule}] {text}")
        }
    }
}

/// Runs the command.
///
/// # Errors
/// When a rule is broken, or the tree cannot be read.
pub(crate) fn run(options: &Options) -> Result<()> {
    let root = workspace::root()?;
    if options.bless {
        format::bless(&root)?;
        shell::step("recorded the record format's hash in FORMAT.md");
    }
    let tree = read(&root)?;
    let mut complaints = rules::check(&tree);
    complaints.extend(format::check(&tree));
    if let Some(reason) = bpf::stale(&root)? {
        complaints.push(Complaint::new(
            "probe-object",
            bpf::OBJECT,
            0,
            format!(
                "stale: {reason}; run `cargo xtask bpf` and commit the object with its manifest"
            ),
        ));
    }
    for text in bpf::budget::exceeded(&root)? {
        complaints.push(Complaint::new("probe-budget", bpf::OBJECT, 0, text));
    }
    complaints.sort();
    for complaint in &complaints {
        if complaint.fatal {
            shell::fail(&complaint.to_string());
        } else {
            shell::warn(&complaint.to_string());
        }
    }
    let fatal = complaints
        .iter()
        .filter(|complaint| complaint.fatal)
        .count();
    if fatal > 0 {
        bail!("tidy: {fatal} broken rules in {} files", tree.files.len());
    }
    shell::step(&format!("tidy: {} files keep the rules", tree.files.len()));
    Ok(())
}

/// Reads what git tracks or would track, and the workspace's own dependency edges.
fn read(root: &Path) -> Result<Tree> {
    let listing = shell::output(Command::new("git").current_dir(root).args([
        "ls-files",
        "--cached",
        "--others",
        "--exclude-standard",
        "--deduplicate",
    ]))
    .context("tidy asks git for the project's files")?;
    let mut files = Vec::new();
    for path in listing.lines() {
        // A file that git still tracks may be gone from the working tree.
        let Ok(bytes) = std::fs::read(root.join(path)) else {
            continue;
        };
        files.push(File::new(path, String::from_utf8_lossy(&bytes)));
    }
    Ok(Tree {
        files,
        edges: edges(root)?,
    })
}

/// Which workspace crate depends on which, by folder.
fn edges(root: &Path) -> Result<Vec<(String, String)>> {
    let text = shell::output(Command::new("cargo").current_dir(root).args([
        "metadata",
        "--format-version=1",
        "--no-deps",
    ]))?;
    let metadata: serde_json::Value =
        serde_json::from_str(&text).context("cargo metadata printed no JSON")?;
    let folder = |manifest: &str| {
        let path = Path::new(manifest);
        workspace::shown(root, path.parent().unwrap_or(path))
    };
    let mut edges = Vec::new();
    let none = Vec::new();
    for package in metadata["packages"].as_array().unwrap_or(&none) {
        let from = folder(package["manifest_path"].as_str().unwrap_or_default());
        for dependency in package["dependencies"].as_array().unwrap_or(&none) {
            if let Some(path) = dependency["path"].as_str() {
                edges.push((from.clone(), workspace::shown(root, Path::new(path))));
            }
        }
    }
    Ok(edges)
}
