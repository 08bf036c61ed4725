//! What is remembered of files and positions.

use super::*;

#[test]
fn a_file_under_the_name_of_one_that_is_gone_keeps_its_length() {
    let folder = tempfile::tempdir().unwrap();
    let key = ([7; 16], 1, Lane::Findings);
    let name = "findings-20261122T140322Z-000.jsonl".to_owned();
    let mut positions = Positions::open(folder.path()).unwrap();
    positions
        .commit(
            &HashMap::from([(key, 49)]),
            &[(name.clone(), 5_000)],
            std::slice::from_ref(&name),
        )
        .unwrap();
    drop(positions);

    let positions = Positions::open(folder.path()).unwrap();
    assert_eq!(positions.length(&name).unwrap(), Some(5_000));
    assert_eq!(positions.through(&key), Some(49));
}
