//! Names, and the linker's cache.

use super::*;

#[test]
fn names_of_libraries() {
    for (name, is) in [
        ("/usr/lib/libz.so", true),
        ("/usr/lib/libz.so.1.2.13", true),
        ("/usr/lib/libm-2.36.so.6", true),
        (
            "/usr/lib/python3/zlib.cpython-311-x86_64-linux-gnu.so",
            true,
        ),
        ("/usr/lib/libz.a", false),
        ("/usr/lib/notes.sorted", false),
        ("/usr/lib/so", false),
    ] {
        assert_eq!(is_library(Path::new(name)), is, "{name}");
    }
}

#[test]
fn the_cache_names_paths_between_numbers() {
    let cache =
        b"glibc-ld.so.cache1.1\x05\0\0\0libz.so.1\0/lib/libz.so.1\0\0\x01/\0/usr/lib/b.so\0";
    let found: Vec<_> = paths(cache).collect();
    let expected = ["/lib/libz.so.1", "/usr/lib/b.so"];
    assert_eq!(found, expected.map(PathBuf::from));
}
