//! What is told again, what is unsaid, and which file goes beyond the bound.

use super::CodeFiles;
use crate::event::{CodeInside, FileKey, LinkedCode, UsePurpose};
use crate::process::Interner;

fn tell(files: &mut CodeFiles, inode: u64, recognised: &[&str]) -> bool {
    let code: Vec<LinkedCode<'_>> = recognised
        .iter()
        .map(|recognised| LinkedCode {
            family: "zlib",
            purpose: UsePurpose::Compress,
            recognised,
        })
        .collect();
    let told = CodeInside {
        file: key(inode),
        path: Some(b"/bin/x"),
        code: &code,
    };
    files.tell(&told, &mut Interner::default())
}

fn key(inode: u64) -> FileKey {
    FileKey { device: 1, inode }
}

#[test]
fn only_what_is_new_is_news() {
    let mut files = CodeFiles::new(4);
    assert!(tell(&mut files, 1, &["1.2.13"]));
    assert!(!tell(&mut files, 1, &["1.2.13"]));
    assert!(tell(&mut files, 1, &["1.3.1"]));
    assert!(tell(&mut files, 1, &[]));
    assert!(!tell(&mut files, 1, &[]));
    assert!(files.find(key(1)).is_none());
    assert!(tell(&mut files, 1, &["1.3.1"]));
    files.forget(key(1));
    assert!(tell(&mut files, 1, &["1.3.1"]), "it is another file now");
}

#[test]
fn the_file_told_longest_ago_goes_first() {
    let mut files = CodeFiles::new(2);
    tell(&mut files, 1, &["a"]);
    tell(&mut files, 2, &["a"]);
    tell(&mut files, 1, &["a"]);
    tell(&mut files, 3, &["a"]);
    let left: Vec<u64> = files.iter().map(|(file, _)| file.inode).collect();
    assert_eq!((left, files.evicted()), (vec![1, 3], 1));
}

#[test]
fn a_file_says_only_so_much() {
    let mut files = CodeFiles::new(2);
    let long = "é".repeat(1_000);
    tell(&mut files, 1, &vec![long.as_str(); 100]);
    let inside = files.find(key(1)).unwrap();
    assert_eq!(inside.code.len(), super::MOST_FAMILIES);
    assert!(inside.code[0].recognised.len() <= super::LONGEST_TEXT);
}
