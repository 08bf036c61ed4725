//! The document is stale as soon as a source changes.

use super::{DOCUMENT, LABEL, check, hash};
use crate::tidy::{File, Tree};

fn tree(source: &str, document: &str) -> Tree {
    Tree {
        files: vec![
            File::new("platform/ring-abi/src/lib.rs", source),
            File::new(DOCUMENT, document),
        ],
        edges: Vec::new(),
    }
}

#[test]
fn a_recorded_hash_holds_until_the_source_changes() {
    let recorded = hash([("platform/ring-abi/src/lib.rs", "one")].into_iter());
    let document = format!("# Format\n\n{LABEL}`{recorded}`.\n");
    assert_eq!(check(&tree("one", &document)), []);
    let complaints = check(&tree("two", &document));
    assert_eq!(complaints.len(), 1);
    assert_eq!(complaints[0].line, 3);
}

#[test]
fn a_document_without_hash_or_no_document_is_a_complaint() {
    assert_eq!(check(&tree("one", "# Format\n")).len(), 1);
    assert_eq!(check(&Tree::default()).len(), 1);
}
