//! What tidy looks at: the project's files and crates, in memory.
//!
//! Step: tooling. It answers where a file belongs; it does not judge.

use super::lexer;

/// The project.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    /// Its files.
    pub(crate) files: Vec<File>,
    /// Dependencies among its crates, by folder: (from, to).
    pub(crate) edges: Vec<(String, String)>,
}

impl Tree {
    /// Every Rust file.
    pub(crate) fn rust(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| file.is_rust())
    }

    /// The file at `path`.
    pub(crate) fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }
}

/// One file.
#[derive(Debug)]
pub(crate) struct File {
    /// Where, relative to the root, with forward slashes.
    pub(crate) path: String,
    /// Its text.
    pub(crate) text: String,
    /// Its text with comments and literals blanked, for Rust; line numbers stay.
    pub(crate) code: String,
}

impl File {
    /// A file of the tree.
    pub(crate) fn new(path: &str, text: impl Into<String>) -> Self {
        let text = text.into();
        let mut file = Self {
            path: path.to_owned(),
            text,
            code: String::new(),
        };
        if file.is_rust() {
            file.code = lexer::code(&file.text);
        }
        file
    }

    /// Whether it is Rust source.
    pub(crate) fn is_rust(&self) -> bool {
        std::path::Path::new(&self.path)
            .extension()
            .is_some_and(|extension| extension == "rs")
    }

    /// Whether it lies below one of `folders` or is one of them.
    pub(crate) fn is_below(&self, folders: &[&str]) -> bool {
        folders.iter().any(|folder| {
            self.path
                .strip_prefix(folder)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }

    /// Whether it holds tests only.
    pub(crate) fn is_test(&self) -> bool {
        let segments = self.path.split('/');
        self.path.ends_with("/tests.rs") || segments.into_iter().any(|part| part == "tests")
    }

    /// Whether it is part of what runs on a user's host.
    pub(crate) fn is_runtime(&self) -> bool {
        let crates = [
            "agent/src",
            "correlator/src",
            "platform/src",
            "platform/ring-abi/src",
            "probes-ebpf/src",
        ];
        self.is_below(&crates) && !self.is_test()
    }

    /// Whether it is the root of a crate.
    pub(crate) fn is_crate_root(&self) -> bool {
        let library_or_program =
            self.path.ends_with("/src/lib.rs") || self.path.ends_with("/src/main.rs");
        // A program is a file of src/bin, or main.rs in a folder there.
        let program = self
            .path
            .split_once("/src/bin/")
            .is_some_and(|(_, rest)| !rest.contains('/') || rest.ends_with("/main.rs"));
        library_or_program || program || self.path == "tests/it/main.rs"
    }

    /// The file's name without folders and extension.
    pub(crate) fn stem(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or(&self.path);
        name.split('.').next().unwrap_or(name)
    }
}
