//! Stubs as a linker reads them.

use super::{LIST, stub, stubs};

#[test]
fn a_library_and_a_framework_are_where_a_linker_looks() {
    let library = stub("libbsm.0", &["audit_token_to_pid", "audit_token_to_euid"]);
    assert_eq!(library.place, "libbsm.tbd");
    assert!(
        library
            .text
            .contains("install-name: '/usr/lib/libbsm.0.dylib'\n")
    );
    assert!(
        library
            .text
            .contains("symbols: [ _audit_token_to_pid, _audit_token_to_euid ]\n")
    );
    let framework = stub("Foundation.framework/Versions/C", &["NSLog"]);
    assert_eq!(
        framework.place,
        "System/Library/Frameworks/Foundation.framework/Foundation.tbd"
    );
    let installed = "'/System/Library/Frameworks/Foundation.framework/Versions/C/Foundation'";
    assert!(framework.text.contains(installed));
}

#[test]
fn the_list_names_no_symbol_twice() {
    let mut names = Vec::new();
    for stub in stubs(LIST).unwrap() {
        let (_, list) = stub.text.split_once("symbols: [").unwrap();
        let (list, _) = list.split_once(']').unwrap();
        assert!(!list.trim().is_empty(), "{}", stub.place);
        names.extend(list.split(',').map(|name| name.trim().to_owned()));
    }
    let all = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), all);
}
