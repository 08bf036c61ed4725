//! A blob built by hand after the format's document, broken ones, and the running kernel's own.

use proptest::prelude::*;

use super::{Btf, Member};

/// `struct outer { int first; union { long wide; struct inner nested; }; struct inner many[2]; }`
/// with `struct inner { int x; int y : 3; int z; }`, an integer and a typedef of `inner`.
fn blob() -> Vec<u8> {
    let mut strings = vec![0];
    let mut name = |text: &str| {
        let at = strings.len() as u32;
        strings.extend(text.as_bytes());
        strings.push(0);
        at
    };
    let info = |kind: u32, count: u32, flag: u32| kind << 24 | count | flag << 31;
    let mut types: Vec<u32> = Vec::new();
    // 1: int, 2: long
    types.extend([name("int"), info(1, 0, 0), 4, 32]);
    types.extend([name("long"), info(1, 0, 0), 8, 64]);
    // 3: struct inner, with a bit field: member positions carry widths
    types.extend([name("inner"), info(4, 3, 1), 12]);
    types.extend([name("x"), 1, 0]);
    types.extend([name("y"), 1, 3 << 24 | 32]);
    types.extend([name("z"), 1, 64]);
    // 4: typedef inner_t, 5: array of two of them
    types.extend([name("inner_t"), info(8, 0, 0), 3]);
    types.extend([0, info(3, 0, 0), 0, 4, 1, 2]);
    // 6: the anonymous union, 7: struct outer
    types.extend([0, info(5, 2, 0), 12]);
    types.extend([name("wide"), 2, 0]);
    types.extend([name("nested"), 4, 0]);
    types.extend([name("outer"), info(4, 3, 0), 40]);
    types.extend([name("first"), 1, 0]);
    types.extend([0, 6, 64]);
    types.extend([name("many"), 5, 160]);
    // 8: enum facts { KNOWN = 1, SURE = 2 }
    types.extend([name("facts"), info(6, 2, 0), 4]);
    types.extend([name("KNOWN"), 1, name("SURE"), 2]);
    // 9: pointer to outer, 10: void (*)(void *, struct outer *), 11: pointer to it, 12: its name
    types.extend([0, info(2, 0, 0), 7]);
    types.extend([0, info(13, 2, 0), 0, 0, 0, name("outer"), 9]);
    types.extend([0, info(2, 0, 0), 10]);
    types.extend([name("btf_trace_happened"), info(8, 0, 0), 11]);
    // 13: int do_it(int how, struct outer *what), by 14: its prototype
    types.extend([name("do_it"), info(12, 1, 0), 14]);
    types.extend([0, info(13, 2, 0), 1, name("how"), 1, name("what"), 9]);

    let mut blob = Vec::new();
    let length = types.len() as u32 * 4;
    for word in [0x0001_eb9f, 24, 0, length, length, strings.len() as u32] {
        blob.extend(word.to_le_bytes());
    }
    blob.extend(types.iter().flat_map(|word| word.to_le_bytes()));
    blob.extend(strings);
    blob
}

#[test]
fn members_are_found_through_anonymous_unions_typedefs_and_arrays() {
    let blob = blob();
    let btf = Btf::parse(&blob).unwrap();
    let cases = [
        ("first", Some((0, 4))),
        ("wide", Some((8, 8))),
        ("nested", Some((8, 12))),
        ("nested.z", Some((16, 4))),
        ("many", Some((20, 24))),
        ("many.x", Some((20, 4))),
        ("many.y", None),
        ("many[0]", Some((20, 12))),
        ("many[1]", Some((32, 12))),
        ("many[1].z", Some((40, 4))),
        ("many[2]", None),
        ("first[0]", None),
        ("many[one]", None),
        ("absent", None),
        ("first.x", None),
    ];
    for (path, expected) in cases {
        let expected = expected.map(|(offset, size)| Member { offset, size });
        assert_eq!(btf.member("outer", path), expected, "{path}");
    }
    assert_eq!(btf.size("outer"), Some(40));
    assert_eq!(btf.member("nothing", "first"), None);
}

#[test]
fn enumerators_are_told_apart() {
    let blob = blob();
    let btf = Btf::parse(&blob).unwrap();
    assert!(btf.has_enumerator("facts", "SURE"));
    assert!(!btf.has_enumerator("facts", "DOUBTFUL"));
    assert!(!btf.has_enumerator("outer", "SURE"));
}

#[test]
fn a_tracepoint_tells_what_it_hands_out() {
    let blob = blob();
    let btf = Btf::parse(&blob).unwrap();
    assert_eq!(btf.argument_of_tracepoint("happened"), Some(&b"outer"[..]));
    assert_eq!(btf.argument_of_tracepoint("happened_not"), None);
}

#[test]
fn functions_tell_what_their_parameters_point_to() {
    let blob = blob();
    let btf = Btf::parse(&blob).unwrap();
    assert_eq!(
        btf.parameters("do_it"),
        Some(vec![None, Some(&b"outer"[..])])
    );
    assert!(btf.has_function("do_it"));
    for other in ["do", "do_it_not", "outer", ""] {
        assert!(!btf.has_function(other), "{other}");
        assert_eq!(btf.parameters(other), None);
    }
}

#[test]
fn the_running_kernel_resolves_what_the_probes_need() {
    let Ok(blob) = std::fs::read("/sys/kernel/btf/vmlinux") else {
        eprintln!("left out: this kernel offers no type information");
        return;
    };
    let btf = Btf::parse(&blob).unwrap();
    assert_eq!(
        btf.member("task_struct", "pid").map(|member| member.size),
        Some(4)
    );
    assert_eq!(
        btf.member("file", "f_inode").map(|member| member.size),
        Some(8)
    );
}

proptest! {
    #[test]
    fn broken_blobs_give_errors_or_answers_but_no_panic(
        changes in prop::collection::vec((0usize..400, any::<u8>()), 0..8),
        length in 0usize..400,
    ) {
        let mut blob = blob();
        for (at, value) in changes {
            if let Some(byte) = blob.get_mut(at) {
                *byte = value;
            }
        }
        blob.truncate(length);
        if let Ok(btf) = Btf::parse(&blob) {
            let _ = btf.member("outer", "many.x");
            let _ = btf.member("outer", "nested.z");
            let _ = btf.size("outer");
            let _ = btf.parameters("do_it");
        }
    }
}
