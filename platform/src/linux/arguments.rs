//! Where functions that hooks stand at have their arguments, which differs between kernels.
//!
//! Step: source. Found by what an argument points to in the function's prototype; the probes read
//! arguments and results at the places that are told here.

use super::btf::Btf;
use super::fields::Resolved;

/// Resolves all of them; a function that is not as expected leaves the names of its places.
pub(super) fn resolve(btf: &Btf<'_>, values: &mut Vec<Resolved>, absent: &mut Vec<&'static str>) {
    for function in FUNCTIONS {
        let mut names = function.names.iter();
        let found = names.find_map(|name| {
            let (wanted, last) = function.argument;
            argument(btf, name, wanted, last)
        });
        let symbols = (function.place, function.count);
        match (found, symbols) {
            (Some((found, of)), (Some(place), count)) => {
                values.extend([(place, found), (count, of)]);
            }
            (Some((_, of)), (None, count)) => values.push((count, of)),
            (None, (place, count)) => absent.extend(place.into_iter().chain([count])),
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

/// A function whose arguments the probes look at.
struct Function {
    /// Its name, and those that other kernels have for it.
    names: &'static [&'static str],
    /// The structure that the argument points to, and whether the last such argument is meant.
    argument: (&'static str, bool),
    /// The symbol for its place, where the probes look at it.
    place: Option<&'static str>,
    /// The symbol for the number of arguments, behind which the result is.
    count: &'static str,
}

const FUNCTIONS: &[Function] = &[
    Function {
        names: &["vfs_link"],
        argument: ("dentry", true),
        place: Some("vfs_link__new_dentry"),
        count: "vfs_link__arguments",
    },
    Function {
        names: &["vfs_unlink"],
        argument: ("dentry", false),
        place: Some("vfs_unlink__dentry"),
        count: "vfs_unlink__arguments",
    },
    Function {
        names: &["do_rmdir", "filename_rmdir"],
        argument: ("filename", false),
        place: None,
        count: "do_rmdir__arguments",
    },
];
