//! The wrapper changes what it must and nothing else.

use super::with_stable_metadata;

fn check(given: &str, expected: &str) {
    let given = given.split(' ').map(Into::into).collect();
    let made = with_stable_metadata(given);
    let made = made
        .iter()
        .map(|word| word.to_string_lossy().into_owned())
        .collect::<Vec<_>>();
    assert_eq!(made.join(" "), expected);
}

#[test]
fn our_crates_get_their_name_as_metadata() {
    check(
        "--crate-name ring_abi --edition=2024 -C metadata=0123 -C extra-filename=-0123",
        "--crate-name ring_abi --edition=2024 -C metadata=ring_abi -C extra-filename=-0123",
    );
}

#[test]
fn other_crates_stay_as_they_are() {
    let same = "--crate-name aya_ebpf -C metadata=0123";
    check(same, same);
    check("- --print=cfg", "- --print=cfg");
}
