//! The list of imports, and the name in a program.

use super::{names, renamed};

#[test]
fn only_names_of_the_library_are_taken() {
    let imports = "\tDLL Name: KERNEL32.dll\n\tvma:  Ordinal  Hint  Member-Name  Bound-To\n\
                   \t1c000  <none>  0001  CloseHandle\n\n\
                   \tDLL Name: ADVAPI32.dll\n\tvma:  Hint/Ord Member-Name Bound-To\n\
                   \t1c010  <none>  0003  StartTraceW\n\t1c018  <none>  0004  OpenProcessToken\n\
                   \n 00014  00000000\n\tDLL Name: ws2_32.dll\n\t1c020 <none> 0001 WSAStartup\n";
    let found: Vec<String> = names(imports).into_iter().collect();
    assert_eq!(found, ["OpenProcessToken", "StartTraceW"]);
}

#[test]
fn the_name_is_changed_as_a_whole_and_wherever_it_stands() {
    let bytes = b"..ADVAPI32.dll\0..advapi32.dll\0advapi32.dllx".to_vec();
    let changed = renamed(bytes);
    assert_eq!(changed, b"..etwmodel.dll\0..etwmodel.dll\0advapi32.dllx");
}
