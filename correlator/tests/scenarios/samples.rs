//! Contents of files by name, as the probes would sample them. Built here, byte by byte, so that
//! no binary file has to be kept.

/// A whole file, from which samples are cut.
pub(crate) fn content(name: &str) -> Option<Vec<u8>> {
    Some(match name {
        "none" => return None,
        "text" => text(4_096),
        "list" => b"a/file1\na/file2\na/file3\na/file4\n".to_vec(),
        "tiny-note" => b"1\n".to_vec(),
        "report" => report(),
        "zip" => zip(0),
        "zip-encrypted" => zip(1),
        "zip-stored" => zip_stored(),
        "docx" => docx(),
        "cab" => [
            &b"MSCF\0\0\0\0"[..],
            &1_600_u32.to_le_bytes(),
            &[
                0, 0, 0, 0, 0x2c, 0, 0, 0, 0, 0, 0, 0, 3, 1, 1, 0, 1, 0, 0, 0,
            ],
            &random(1_500),
        ]
        .concat(),
        "rar5" => rar5(1),
        // The header of a block of encryption comes first: names are hidden, too.
        "rar5-encrypted" => rar5(4),
        "certificate" => {
            let text = base64(&random(1_800));
            format!("-----BEGIN CERTIFICATE-----\n{text}-----END CERTIFICATE-----\n").into_bytes()
        }
        "7z" => seven_zip(false),
        "7z-encrypted" => seven_zip(true),
        "gzip" => [
            &[0x1f, 0x8b, 8, 8, 1, 2, 3, 4, 0, 3][..],
            b"name\0",
            &random(1_500),
        ]
        .concat(),
        "gzip-tiny" => [
            &[0x1f, 0x8b, 8, 8, 1, 2, 3, 4, 0, 3][..],
            b"victim\0",
            &random(70),
        ]
        .concat(),
        "bzip2" => [&b"BZh91AY&SY"[..], &random(1_500)].concat(),
        "xz" => [&[0xfd, b'7', b'z', b'X', b'Z', 0, 0, 4][..], &random(1_500)].concat(),
        "zstd" => [&[0x28, 0xb5, 0x2f, 0xfd, 0xa4][..], &random(1_500)].concat(),
        "tar" => tar(),
        "cpio" => cpio(),
        "deb" => [
            &b"!<arch>\ndebian-binary   1700000000  0     0     100644  4         `\n2.0\n"[..],
            &random(1_500),
        ]
        .concat(),
        "openssl" => [&b"Salted__"[..], &random(1_500)].concat(),
        "gpg" => [&[0x8c, 0x0d, 0x04, 0x09, 0x03, 0x02][..], &random(1_500)].concat(),
        "base64" => base64(&zip(0)).into_bytes(),
        "python-bytes" => python_bytes(),
        "random" => random(6_000),
        "random-tiny" => random(48),
        "xor-text" => text(4_096).iter().map(|byte| byte ^ 0x23).collect(),
        "xor-long" => keyed(&text(4_096), b"a key of 31 bytes, kept secret!"),
        "xor-zip" => zip(0).iter().map(|byte| byte ^ 0x5a).collect(),
        "png" => [&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], &random(3_000)].concat(),
        "elf" => [
            &b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x01\0\x3e\0\x01\0\0\0"[..],
            &machine_code(),
        ]
        .concat(),
        "rlib" => [
            &b"!<arch>\n/               0           0     0     0       1024      `\n"[..],
            &machine_code(),
        ]
        .concat(),
        "rmeta" => [&b"rust\0\0\0\x09"[..], &machine_code()].concat(),
        "sqlite" => [
            &b"SQLite format 3\0"[..],
            &[0x10, 0, 1, 1, 0, 0x40, 0x20, 0x20],
            &vec![0; 2_000],
        ]
        .concat(),
        "git-pack" => [&b"PACK\0\0\0\x02\0\0\0\x10"[..], &random(3_000)].concat(),
        "zlib" => [&[0x78, 0x01][..], &random(1_000)].concat(),
        "aea-signed" => [&b"AEA1\0\0\0\0"[..], &random(2_000)].concat(),
        "squashfs" => [&b"hsqs"[..], &random(2_000)].concat(),
        other => panic!("no sample is called {other}"),
    })
}

/// Reproducible bytes that look drawn by lot.
pub(crate) fn random(count: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    (0..count)
        .map(|_| {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut mixed = state;
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            (mixed ^ (mixed >> 31)) as u8
        })
        .collect()
}

/// Prose, as long as asked for.
fn text(count: usize) -> Vec<u8> {
    const PROSE: &str = "The quarterly figures are confidential until the board has met in \
        March, so please send no copies of this report to anybody outside the finance team. Sales \
        in the northern region rose by seven percent against last year, while costs of transport \
        and storage fell a little; the details are in the second table. Two of our largest \
        customers have asked for new terms, and we expect to sign with both of them before the \
        end of the summer. The plant at the river remains closed after the flood, and its people \
        work from the old building across the street for the time being. A full inventory of what \
        was lost has been started, but nobody can say yet how long the insurers will need to \
        answer. Several machines were saved because the night shift carried them upstairs by \
        hand, for which the management would like to thank them once more in this letter.\n";
    PROSE.bytes().cycle().take(count).collect()
}

fn report() -> Vec<u8> {
    b"Linux host 6.1.0 #1 SMP x86_64 GNU/Linux\nuid=1000(eve) gid=1000(eve)\n\
      eth0: 192.0.2.10/24\nPID TTY TIME CMD\n1 ? 00:00:01 systemd\n"
        .repeat(8)
}

fn keyed(bytes: &[u8], key: &[u8]) -> Vec<u8> {
    bytes
        .iter()
        .zip(key.iter().cycle())
        .map(|(byte, key)| byte ^ key)
        .collect()
}

/// A zip file of a few deflated entries, with these flags.
fn zip(flags: u8) -> Vec<u8> {
    let mut file = Vec::new();
    for name in ["a", "b", "c"] {
        file.extend(local_header(name, flags, 8, 700));
        file.extend(random(700));
    }
    file.extend(end_of_zip());
    file
}

fn zip_stored() -> Vec<u8> {
    let body = text(900);
    [
        local_header("etc/passwd", 0, 0, body.len() as u32),
        body,
        end_of_zip(),
    ]
    .concat()
}

fn docx() -> Vec<u8> {
    [
        local_header("[Content_Types].xml", 0, 8, 400),
        random(400),
        local_header("word/document.xml", 0, 8, 900),
        random(900),
        end_of_zip(),
    ]
    .concat()
}

fn local_header(name: &str, flags: u8, method: u8, size: u32) -> Vec<u8> {
    let mut header = b"PK\x03\x04\x14\0".to_vec();
    header.extend([flags, 0, method, 0, 0x21, 0x54, 0x6a, 0x59, 1, 2, 3, 4]);
    header.extend(size.to_le_bytes());
    header.extend(size.to_le_bytes());
    header.extend((name.len() as u16).to_le_bytes());
    header.extend([0, 0]);
    header.extend(name.as_bytes());
    header
}

fn end_of_zip() -> Vec<u8> {
    [&b"PK\x05\x06"[..], &[0; 18]].concat()
}

fn seven_zip(encrypted: bool) -> Vec<u8> {
    let mut file = b"7z\xbc\xaf\x27\x1c\0\x04".to_vec();
    file.extend([0x11; 4]);
    file.extend(2_000_u64.to_le_bytes());
    file.extend(100_u64.to_le_bytes());
    file.extend([0x22; 4]);
    file.extend(random(2_000));
    file.extend([
        0x17, 0x06, 0x80, 0x40, 0x01, 0x09, 0x60, 0, 0x07, 0x0b, 0x01, 0,
    ]);
    if encrypted {
        file.extend([0x24, 0x06, 0xf1, 0x07, 0x01, 0x12, 0x53, 0x0f]);
    } else {
        file.extend([0x23, 0x03, 0x01, 0x01, 0x05, 0x5d, 0, 0x10]);
    }
    file.extend([0x0c, 0x40, 0x80, 0, 0]);
    file
}

/// A RAR file whose first block is of this kind.
fn rar5(kind: u8) -> Vec<u8> {
    let mut file = b"Rar!\x1a\x07\x01\0".to_vec();
    file.extend([0x33, 0x92, 0xb5, 0xe5, 0x0a, kind, 0x05, 0, 0x08, 0, 1, 1]);
    file.extend(random(1_500));
    file
}

fn tar() -> Vec<u8> {
    let mut header = vec![0_u8; 512];
    header[..11].copy_from_slice(b"etc/passwd\0");
    header[100..108].copy_from_slice(b"0000644\0");
    header[108..116].copy_from_slice(b"0000000\0");
    header[116..124].copy_from_slice(b"0000000\0");
    header[124..136].copy_from_slice(b"00000002000\0");
    header[136..148].copy_from_slice(b"14520000000\0");
    header[156] = b'0';
    header[257..265].copy_from_slice(b"ustar\x0000");
    header[148..156].copy_from_slice(b"        ");
    let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    [header, text(1_024), vec![0; 8_704]].concat()
}

fn cpio() -> Vec<u8> {
    let header = "070701000000010000\
                  81a4000000000000000000000001656e8a00000004000000080000000100000000000000000000000500000000";
    [header.as_bytes(), b"init\0", &text(2_000)].concat()
}

/// What `str(bz2.compress(..))` writes: text.
fn python_bytes() -> Vec<u8> {
    let mut text = b"b'BZh91AY&SY".to_vec();
    for byte in random(700) {
        if byte.is_ascii_graphic() && byte != b'\'' && byte != b'\\' {
            text.push(byte);
        } else {
            text.extend(format!("\\x{byte:02x}").into_bytes());
        }
    }
    text.push(b'\'');
    text
}

/// Bytes with the uneven spread of machine code.
fn machine_code() -> Vec<u8> {
    let usual = [
        0x48, 0x89, 0xe5, 0x8b, 0x45, 0, 0, 0xc3, 0x55, 0xe8, 0xff, 0x0f,
    ];
    random(3_000)
        .into_iter()
        .map(|byte| {
            if byte < 160 {
                usual[usize::from(byte) % usual.len()]
            } else {
                byte
            }
        })
        .collect()
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for (index, chunk) in bytes.chunks(3).enumerate() {
        if index > 0 && index % 19 == 0 {
            text.push('\n');
        }
        let mut group = [0_u8; 3];
        group[..chunk.len()].copy_from_slice(chunk);
        let bits = u32::from_be_bytes([0, group[0], group[1], group[2]]);
        for place in 0..4 {
            let used = place <= chunk.len();
            let letter = LETTERS[(bits >> (18 - 6 * place) & 63) as usize];
            text.push(if used { char::from(letter) } else { '=' });
        }
    }
    text.push('\n');
    text
}
