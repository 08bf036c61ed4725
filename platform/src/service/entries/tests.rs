//! Nothing is lost but ends of lines.

use super::entries;

#[test]
fn lines_are_entries_and_long_ones_go_on() {
    let all = |text, most| entries(text, most).collect::<Vec<_>>();
    assert_eq!(all("one\n\n  two  \nthree", 10), ["one", "  two", "three"]);
    assert_eq!(all("abcdef", 4), ["abcd", "ef"]);
    // A character is never cut.
    assert_eq!(all("aäöü", 4), ["aä", "öü"]);
    assert_eq!(all("", 4), Vec::<&str>::new());
    assert_eq!(all("ä", 1), ["ä"]);
}
