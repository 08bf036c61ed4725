//! Debian's package archives, read without touching what this machine has installed.
//!
//! Step: tooling. apt works in folders of its own: its own lists, its own cache, no installed
//! package. Everything it hands out has been checked against the archive's signature. It needs no
//! root.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result};

use super::cache;
use crate::{digest, shell};

/// Some suites of Debian, as apt sees them.
pub(crate) struct Archives {
    folder: PathBuf,
}

impl Archives {
    /// The archives of `suites`, for packages of `architecture`; their lists are at most a day old.
    ///
    /// # Errors
    /// When apt is missing or the archive cannot be reached.
    pub(crate) fn open(suites: &[&str], architecture: &str) -> Result<Self> {
        let sources = sources(suites);
        let name = format!(
            "{architecture}-{}",
            &digest::of_bytes(sources.as_bytes())[..16]
        );
        let folder = cache::folder()?.join("apt").join(name);
        for below in ["state/lists/partial", "cache/archives/partial"] {
            fs::create_dir_all(folder.join(below))
                .with_context(|| format!("cannot make {}", folder.display()))?;
        }
        let root = folder.display();
        let settings = format!(
            "Dir::State \"{root}/state\";\nDir::State::status \"{root}/status\";\n\
             Dir::Cache \"{root}/cache\";\nDir::Etc::sourcelist \"{root}/sources.list\";\n\
             Dir::Etc::sourceparts \"-\";\nDir::Etc::preferencesparts \"/dev/null\";\n\
             APT::Architecture \"{architecture}\";\nAPT::Architectures {{ \"{architecture}\"; }};\n\
             APT::Sandbox::User \"\";\nAcquire::Languages \"none\";\n\
             Acquire::IndexTargets::deb::DEP-11::DefaultEnabled \"false\";\n"
        );
        fs::write(folder.join("apt.conf"), settings).context("cannot write apt's settings")?;
        fs::write(folder.join("sources.list"), sources).context("cannot write apt's sources")?;
        fs::write(folder.join("status"), "").context("cannot write apt's status")?;
        let archives = Self { folder };
        if !archives.is_fresh() {
            shell::step(&format!(
                "asking Debian's archive what {} hold",
                suites.join(", ")
            ));
            shell::run(archives.apt("apt-get").args(["--quiet=2", "update"]))?;
            fs::write(archives.folder.join(STAMP), "").context("cannot write a time stamp")?;
        }
        Ok(archives)
    }

    /// The names of all packages that begin with `prefix`.
    ///
    /// # Errors
    /// When apt cannot tell.
    pub(crate) fn names(&self, prefix: &str) -> Result<Vec<String>> {
        let names = shell::output(self.apt("apt-cache").args(["pkgnames", prefix]))?;
        Ok(names.lines().map(str::to_owned).collect())
    }

    /// Fetches `package` and unpacks it into `folder`.
    ///
    /// # Errors
    /// When it cannot be fetched or unpacked.
    pub(crate) fn unpack(&self, package: &str, folder: &Path) -> Result<()> {
        let fetched = tempfile::tempdir().context("cannot make a folder for a package")?;
        shell::run(self.apt("apt-get").current_dir(fetched.path()).args([
            "--quiet=2",
            "download",
            package,
        ]))?;
        let file = fs::read_dir(fetched.path())
            .context("cannot list what was fetched")?
            .filter_map(Result::ok)
            .map(|entry| entry.path())
            .find(|path| path.extension().is_some_and(|end| end == "deb"))
            .with_context(|| format!("apt fetched no package {package}"))?;
        shell::run(Command::new("dpkg-deb").arg("-x").arg(file).arg(folder))
    }

    fn apt(&self, program: &str) -> Command {
        let mut apt = Command::new(program);
        apt.env("APT_CONFIG", self.folder.join("apt.conf"));
        apt
    }

    fn is_fresh(&self) -> bool {
        let written = fs::metadata(self.folder.join(STAMP)).and_then(|data| data.modified());
        written.is_ok_and(|time| {
            SystemTime::now()
                .duration_since(time)
                .is_ok_and(|age| age < FRESH)
        })
    }
}

/// The lines of apt's `sources.list` for some suites.
pub(crate) fn sources(suites: &[&str]) -> String {
    let line = |suite: &&str| {
        let archive = if suite.ends_with("-security") {
            "debian-security"
        } else {
            "debian"
        };
        format!("deb [signed-by={KEYRING}] http://deb.debian.org/{archive} {suite} main\n")
    };
    suites.iter().map(line).collect()
}

/// The keys that Debian signs its archive with.
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// The file whose age is the lists' age.
const STAMP: &str = "updated";

/// Lists older than this are fetched again.
const FRESH: Duration = Duration::from_hours(24);
