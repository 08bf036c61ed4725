//! Images that hold a kernel, and such as are one.

use super::{packed, unpacks_itself};

#[test]
fn only_what_unpacks_itself_is_taken_apart() {
    assert!(!unpacks_itself(b"MZ\0\0plain and simple, and long enough"));
    let mut image = b"MZ\0\0zimg".to_vec();
    image.extend(32_u32.to_le_bytes());
    image.extend(3_u32.to_le_bytes());
    image.extend([0; 8]);
    image.extend(b"gzip\0\0\0\0abc");
    assert!(unpacks_itself(&image));
    assert_eq!(packed(&image), Some((*b"gzip", &b"abc"[..])));
    image.pop();
    assert_eq!(packed(&image), None);
}
