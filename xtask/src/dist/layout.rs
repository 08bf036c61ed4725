//! The tree of files that packages are made of, and what is said about it.
//!
//! Step: tooling. Every file's place, mode and source stands in one table. The units and the
//! default configuration are the very files that the program itself is built with.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use anyhow::{Context as _, Result};

use super::needs::{self, Needs};
use super::strip;

/// A laid out package.
pub(crate) struct Layout {
    /// The folder that stands for `/`.
    pub(crate) tree: PathBuf,
    /// A folder beside it, for what the package's tools need.
    pub(crate) beside: PathBuf,
    /// The package's version.
    pub(crate) version: String,
    /// The time of everything in it, in seconds since the epoch.
    pub(crate) time: u64,
    /// What the program asks of the system's libraries.
    pub(crate) needs: Needs,
}

impl Layout {
    /// Lays out the package of `program` below `folder`.
    pub(crate) fn new(
        root: &Path,
        program: &Path,
        version: &str,
        time: u64,
        folder: &Path,
    ) -> Result<Self> {
        let bytes = fs::read(program).with_context(|| format!("reading {}", program.display()))?;
        let layout = Self {
            tree: folder.join("tree"),
            beside: folder.to_path_buf(),
            version: version.to_owned(),
            time,
            needs: needs::of(&bytes)?,
        };
        layout.needs.check()?;
        layout.write(PROGRAM, 0o755, &bytes)?;
        strip(&layout.tree.join(PROGRAM))?;
        for (source, place) in [
            ("agent/src/config/default.toml", CONFIGURATION),
            (
                "platform/src/linux/service/units/packhound.service",
                "usr/lib/systemd/system/packhound.service",
            ),
            (
                "platform/src/linux/service/units/packhound-collector.service",
                "usr/lib/systemd/system/packhound-collector.service",
            ),
            (
                "platform/src/linux/service/units/packhound-collector.socket",
                "usr/lib/systemd/system/packhound-collector.socket",
            ),
        ] {
            let from = root.join(source);
            let bytes = fs::read(&from).with_context(|| format!("reading {}", from.display()))?;
            layout.write(place, 0o644, &bytes)?;
        }
        layout.write(MANUAL, 0o644, &packed(MANUAL_PAGE.as_bytes())?)?;
        Ok(layout)
    }

    /// Writes a file of the package.
    pub(crate) fn write(&self, place: &str, mode: u32, bytes: &[u8]) -> Result<()> {
        let path = self.tree.join(place);
        let parent = path.parent().context("a file of a package has a folder")?;
        fs::create_dir_all(parent).with_context(|| format!("making {}", parent.display()))?;
        fs::write(&path, bytes).with_context(|| format!("writing {}", path.display()))?;
        fs::set_permissions(&path, fs::Permissions::from_mode(mode))
            .with_context(|| format!("setting the mode of {}", path.display()))
    }

    /// Gives every file and folder its mode and the package's time, so that neither the umask nor
    /// the clock of who builds shows.
    pub(crate) fn settle(&self) -> Result<()> {
        let time = UNIX_EPOCH + Duration::from_secs(self.time);
        let mut open = vec![self.tree.clone()];
        while let Some(path) = open.pop() {
            if path.is_dir() {
                for entry in fs::read_dir(&path).context("listing a package's folder")? {
                    open.push(entry.context("listing a package's folder")?.path());
                }
                fs::set_permissions(&path, fs::Permissions::from_mode(0o755))
                    .context("setting a folder's mode")?;
            }
            fs::File::open(&path)
                .and_then(|file| file.set_modified(time))
                .with_context(|| format!("setting the time of {}", path.display()))?;
        }
        Ok(())
    }

    /// Every file of the package, sorted, relative to `/`.
    pub(crate) fn files(&self) -> Result<Vec<String>> {
        let files = crate::workspace::files(&self.tree, &|_| true)?;
        Ok(files
            .iter()
            .map(|path| crate::workspace::shown(&self.tree, path))
            .collect())
    }
}

/// `bytes` packed by gzip as packages want it: best, without name and time.
pub(crate) fn packed(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut gzip = flate2::GzBuilder::new()
        .mtime(0)
        .write(Vec::new(), flate2::Compression::best());
    gzip.write_all(bytes).context("packing a page")?;
    gzip.finish().context("packing a page")
}

/// Where the program goes.
pub(crate) const PROGRAM: &str = "usr/bin/packhound";

/// Where the configuration goes, which operators change.
pub(crate) const CONFIGURATION: &str = "etc/packhound/packhound.toml";

/// Where the manual page goes.
pub(crate) const MANUAL: &str = "usr/share/man/man8/packhound.8.gz";

const MANUAL_PAGE: &str = include_str!("files/packhound.8");

/// What the package is, in a line.
pub(crate) const SUMMARY: &str = "daemon that tells when collected data is packed";

/// What the package is, in paragraphs of lines.
pub(crate) const DESCRIPTION: &str = "\
Packhound watches a host's kernel and tells when somebody packs collected
data to carry it out (MITRE ATT&CK T1560, T1074.001): with a utility,
through a library, or with code of their own. Every finding lists its
evidence with the weight of each piece, and what of the telemetry was lost
meanwhile.";

/// Who answers for the package.
pub(crate) const MAINTAINER: &str = "The Packhound developers <packhound@users.noreply.github.com>";

/// Where the project is at home.
pub(crate) const HOMEPAGE: &str = env!("CARGO_PKG_REPOSITORY");
