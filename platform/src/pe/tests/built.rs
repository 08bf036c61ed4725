//! Programs of Windows as bytes, built from the documented layout.
//!
//! Step: tests, those of this crate and what the fuzz targets begin with.

/// Writes at an offset.
fn put(bytes: &mut Vec<u8>, at: usize, value: &[u8]) {
    if bytes.len() < at + value.len() {
        bytes.resize(at + value.len(), 0);
    }
    bytes[at..at + value.len()].copy_from_slice(value);
}

/// A block of the version resource.
fn block(key: &str, is_text: bool, value: &[u8], children: &[Vec<u8>]) -> Vec<u8> {
    let mut block = vec![0; 6];
    block.extend(key.encode_utf16().chain([0]).flat_map(u16::to_le_bytes));
    block.resize(block.len().next_multiple_of(4), 0);
    block.extend(value);
    for child in children {
        block.resize(block.len().next_multiple_of(4), 0);
        block.extend(child);
    }
    let units = if is_text {
        value.len() / 2
    } else {
        value.len()
    };
    let length = block.len() as u16;
    block[0..2].copy_from_slice(&length.to_le_bytes());
    block[2..4].copy_from_slice(&(units as u16).to_le_bytes());
    block[4..6].copy_from_slice(&u16::from(is_text).to_le_bytes());
    block
}

/// A string of the version resource.
pub(crate) fn name(key: &str, value: &str) -> Vec<u8> {
    let value: Vec<u8> = value
        .encode_utf16()
        .chain([0])
        .flat_map(u16::to_le_bytes)
        .collect();
    block(key, true, &value, &[])
}

/// A program with a version resource, 32- or 64-bit.
pub(crate) fn program(wide: bool, signed: bool, names: &[Vec<u8>]) -> Vec<u8> {
    let table = block("040904b0", true, &[], names);
    let strings = block("StringFileInfo", true, &[], &[table]);
    let others = block("VarFileInfo", true, &[], &[]);
    let version = block("VS_VERSION_INFO", false, &[7; 52], &[others, strings]);
    let mut bytes = b"MZ".to_vec();
    put(&mut bytes, 60, &0x80_u32.to_le_bytes());
    put(&mut bytes, 0x80, b"PE\0\0");
    let length: u16 = if wide { 240 } else { 224 };
    put(&mut bytes, 0x86, &1_u16.to_le_bytes());
    put(&mut bytes, 0x94, &length.to_le_bytes());
    let optional = 0x98;
    let magic: u16 = if wide { 0x20b } else { 0x10b };
    put(&mut bytes, optional, &magic.to_le_bytes());
    let directories = optional + if wide { 112 } else { 96 };
    put(&mut bytes, directories - 4, &16_u32.to_le_bytes());
    put(&mut bytes, directories + 16, &0x3000_u32.to_le_bytes());
    put(&mut bytes, directories + 20, &0x1000_u32.to_le_bytes());
    if signed {
        put(&mut bytes, directories + 32, &0x9000_u32.to_le_bytes());
        put(&mut bytes, directories + 36, &0x100_u32.to_le_bytes());
    }
    let section = optional + usize::from(length);
    put(&mut bytes, section, b".rsrc\0\0\0");
    put(&mut bytes, section + 12, &0x3000_u32.to_le_bytes());
    put(&mut bytes, section + 16, &0x2000_u32.to_le_bytes());
    put(&mut bytes, section + 20, &0x400_u32.to_le_bytes());
    // Three levels of directories with an entry each, the first with two.
    let root = 0x400;
    put(&mut bytes, root + 14, &2_u16.to_le_bytes());
    for (at, (name, offset)) in [(3, 0x8000_0100_u32), (16, 0x8000_0040)].iter().enumerate() {
        put(&mut bytes, root + 16 + 8 * at, &u32::to_le_bytes(*name));
        put(&mut bytes, root + 20 + 8 * at, &offset.to_le_bytes());
    }
    put(&mut bytes, root + 0x4e, &1_u16.to_le_bytes());
    put(&mut bytes, root + 0x50, &1_u32.to_le_bytes());
    put(&mut bytes, root + 0x54, &0x8000_0080_u32.to_le_bytes());
    put(&mut bytes, root + 0x8e, &1_u16.to_le_bytes());
    put(&mut bytes, root + 0x90, &1033_u32.to_le_bytes());
    put(&mut bytes, root + 0x94, &0xc0_u32.to_le_bytes());
    put(&mut bytes, root + 0xc0, &0x3200_u32.to_le_bytes());
    put(
        &mut bytes,
        root + 0xc4,
        &(version.len() as u32).to_le_bytes(),
    );
    put(&mut bytes, root + 0x200, &version);
    bytes
}

/// Those of a known archiver.
pub(crate) fn names() -> Vec<Vec<u8>> {
    vec![
        name("CompanyName", "Igor Pavlov"),
        name("FileVersion", "16.02"),
        name("OriginalFilename", "7za.exe"),
        name("ProductName", "7-Zip"),
    ]
}
