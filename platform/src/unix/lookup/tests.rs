//! Users as the system's databases know them.

use super::Lookup;

#[test]
fn root_has_a_name_and_an_unused_number_has_none() {
    let mut lookup = Lookup::new();
    assert_eq!(lookup.user(0), Some("root"));
    assert_eq!(lookup.user(3_999_999_999), None);
}
