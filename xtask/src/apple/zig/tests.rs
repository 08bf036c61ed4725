//! What is passed on to zig.

use super::understood;

#[test]
fn what_zig_does_not_know_is_left_out_with_its_value() {
    let given = [
        "-arch",
        "arm64",
        "-mmacosx-version-min=11.0.0",
        "one.o",
        "-isysroot",
        "/sdk",
        "--target=arm64-apple-macosx",
        "-Wl,-exported_symbols_list",
        "-framework",
        "Security",
        "-o",
        "out",
    ];
    let kept = understood(given.into_iter().map(Into::into));
    assert_eq!(kept, ["one.o", "-framework", "Security", "-o", "out"]);
}
