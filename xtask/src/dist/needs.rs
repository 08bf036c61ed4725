//! What a program asks of the libraries that it is linked with.
//!
//! Step: tooling. Read from the ELF file's own table of needed versions. A program built on a newer
//! system may ask for more than the systems that the packages are for have; that is found here and
//! not by who installs.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail};
use object::Endianness;
use object::elf::FileHeader64;
use object::read::elf::FileHeader as _;

/// What a program asks of its libraries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Needs {
    /// The newest version of glibc's symbols, as (major, minor).
    pub(crate) glibc: (u32, u32),
    /// Each library with the versions of its symbols.
    pub(crate) libraries: BTreeMap<String, Vec<String>>,
}

/// Reads what the program asks for.
///
/// # Errors
/// When it is no program of a kind that is packaged.
pub(crate) fn of(program: &[u8]) -> Result<Needs> {
    let header =
        FileHeader64::<Endianness>::parse(program).context("the program is no 64-bit ELF file")?;
    let endian = header.endian().context("the program's byte order")?;
    let sections = header
        .sections(endian, program)
        .context("the program's sections")?;
    let mut needs = Needs::default();
    let Some((mut files, strings)) = sections
        .gnu_verneed(endian, program)
        .context("the program's needed versions")?
    else {
        return Ok(needs);
    };
    let strings = sections
        .strings(endian, program, strings)
        .context("the names of needed versions")?;
    while let Some((file, mut versions)) = files.next().context("a needed library")? {
        let library = file
            .file(endian, strings)
            .context("a needed library's name")?;
        let library = String::from_utf8_lossy(library).into_owned();
        while let Some(version) = versions.next().context("a needed version")? {
            let name = version
                .name(endian, strings)
                .context("a needed version's name")?;
            let name = String::from_utf8_lossy(name).into_owned();
            if let Some(number) = glibc(&name) {
                needs.glibc = needs.glibc.max(number);
            }
            needs
                .libraries
                .entry(library.clone())
                .or_default()
                .push(name);
        }
    }
    Ok(needs)
}

impl Needs {
    /// Fails when the program asks for more than the oldest systems have that packages are for.
    pub(crate) fn check(&self) -> Result<()> {
        let (major, minor) = self.glibc;
        if self.glibc > OLDEST {
            bail!(
                "the program asks for glibc {major}.{minor}; the packages promise {}.{}: build \
                 them on an older system, such as Debian 12",
                OLDEST.0,
                OLDEST.1
            );
        }
        for library in self.libraries.keys() {
            if !KNOWN.contains(&library.as_str()) {
                bail!("the program is linked with {library}, which no package is named for");
            }
        }
        Ok(())
    }

    /// The packages of Debian that have what the program asks for.
    pub(crate) fn debian(&self) -> String {
        let (major, minor) = self.glibc;
        let mut packages = vec![format!("libc6 (>= {major}.{minor})")];
        if self.libraries.contains_key("libgcc_s.so.1") {
            packages.push("libgcc-s1 (>= 4.2)".to_owned());
        }
        packages.join(", ")
    }
}

/// The number in a name like `GLIBC_2.34`; names like `GLIBC_PRIVATE` have none.
fn glibc(name: &str) -> Option<(u32, u32)> {
    let (major, minor) = name.strip_prefix("GLIBC_")?.split_once('.')?;
    let minor = minor.split('.').next()?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// The glibc of the oldest systems that packages are for: Debian 12 has 2.36, Ubuntu 22.04 has
/// 2.35, Red Hat Enterprise Linux 9 has 2.34.
const OLDEST: (u32, u32) = (2, 34);

/// Libraries whose packages are known.
const KNOWN: [&str; 4] = [
    "ld-linux-x86-64.so.2",
    "libc.so.6",
    "libgcc_s.so.1",
    "libm.so.6",
];

#[cfg(test)]
mod tests;
