//! Where functions that hooks stand at have their arguments, which differs between kernels.
//!
//! Step: source. Found by what an argument points to in the function's prototype; the probes read
//! arguments and results at the places that are told here.

use super::btf::Btf;
use super::fields::Resolved;

/// Resolves all of them; a function that is not as expected leaves the name of its place.
pub(super) fn resolve(btf: &Btf<'_>, values: &mut Vec<Resolved>, absent: &mut Vec<&'static str>) {
    for &(function, wanted, last, [place, count]) in FUNCTIONS {
        match argument(btf, function, wanted, last) {
            Some((found, of)) => values.extend([(place, found), (count, of)]),
            None => absent.push(place),
        }
    }
}

/// Where a function has its first (or last) argument that points to a structure, and how many
/// arguments it has.
fn argument(btf: &Btf<'_>, function: &str, wanted: &str, last: bool) -> Option<(u32, u32)> {
    let parameters = btf.parameters(function)?;
    let is_wanted = |parameter: Option<&[u8]>| parameter == Some(wanted.as_bytes());
    let found = if last {
        parameters.iter().copied().rposition(is_wanted)
    } else {
        parameters.iter().copied().position(is_wanted)
    };
    Some((found? as u32, parameters.len() as u32))
}

/// Function, structure that the argument points to, whether the last such argument is meant, and
/// the symbols for its place and for the number of arguments.
const FUNCTIONS: &[(&str, &str, bool, [&str; 2])] = &[
    (
        "vfs_link",
        "dentry",
        true,
        ["vfs_link__new_dentry", "vfs_link__arguments"],
    ),
    (
        "vfs_unlink",
        "dentry",
        false,
        ["vfs_unlink__dentry", "vfs_unlink__arguments"],
    ),
    (
        "vfs_rmdir",
        "dentry",
        false,
        ["vfs_rmdir__dentry", "vfs_rmdir__arguments"],
    ),
];
