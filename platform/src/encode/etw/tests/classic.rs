//! The classic kernel events, of every version.

use super::*;

#[test]
fn classic_processes_of_every_version() {
    let user = Sid::parse("S-1-5-21-1-2-3-1000").unwrap();
    let mut sid = Vec::new();
    sid.extend([1, 5, 0, 0, 0, 0, 0, 5]);
    for part in [21_u32, 1, 2, 3, 1000] {
        sid.extend(part.to_le_bytes());
    }
    for pointer in [4, 8] {
        for version in 0..=4 {
            let mut payload = build(pointer);
            payload = if version == 0 {
                payload.pointer(44).pointer(33)
            } else {
                payload.pointer(9).u32(44).u32(33).u32(1).u32(0x103)
            };
            if version >= 3 {
                payload = payload.pointer(0x1000);
            }
            if version >= 4 {
                payload = payload.u32(0);
            }
            payload = payload.pointer(1).pointer(0).raw(&sid).raw(b"tar.exe\0");
            if version >= 2 {
                payload = payload.wide(r#"tar.exe -cf "a b.tar" x"#);
            }
            let (records, undecodable) = encode(&[
                (NT_PROCESS, 1, version, &payload),
                (NT_PROCESS, 4, version, &payload),
                (NT_PROCESS, 2, version, &payload),
            ]);
            assert_eq!(undecodable, 0);
            let start = only(&records, Kind::PROCESS_START);
            assert_eq!((start.header.pid, start.header.start_time), (44, 1_000));
            assert_eq!(start.tail.field(Tag::PATH), Some(&b"tar.exe"[..]));
            assert_eq!(
                start.tail.field(Tag::USER),
                Some(user.to_string().as_bytes())
            );
            let words = (version >= 2).then_some(&b"tar.exe\0-cf\0a b.tar\0x\0"[..]);
            assert_eq!(
                start.tail.field(Tag::ARGUMENTS),
                words,
                "{version}, {pointer}"
            );
            let Body::Exit(exit) = only(&records, Kind::EXIT).body else {
                panic!()
            };
            assert_eq!(exit.known, if version == 0 { 0 } else { Known::STATUS.0 });
        }
        let nobody = build(pointer)
            .pointer(9)
            .u32(44)
            .u32(33)
            .u32(1)
            .u32(0)
            .u32(0)
            .raw(b"a\0");
        let (records, _) = encode(&[(NT_PROCESS, 3, 1, &nobody)]);
        let start = only(&records, Kind::PROCESS_START);
        assert_eq!(start.tail.field(Tag::USER), None);
        assert_eq!(
            (start.tail.field(Tag::PATH), start.header.start_time),
            (Some(&b"a"[..]), 0)
        );
        assert!(start.flags().has(Flags::RUNDOWN));
    }
}

#[test]
fn classic_images_and_files() {
    for pointer in [4, 8] {
        let name = r"\Device\HarddiskVolume1\a.dll";
        let v0 = build(pointer).pointer(1).u32(2).wide(name);
        let v1 = build(pointer).pointer(1).pointer(2).u32(44);
        let v2 = v1
            .clone()
            .u32(1)
            .u32(2)
            .u32(0)
            .pointer(0)
            .u64(0)
            .u64(0)
            .wide(name);
        for (version, payload, pid) in [
            (0, v0, 900),
            (1, v1.wide(name), 44),
            (2, v2.clone(), 44),
            (3, v2, 44),
        ] {
            let (records, undecodable) = encode(&[(NT_IMAGE, 10, version, &payload)]);
            assert_eq!(undecodable, 0);
            let load = only(&records, Kind::LIBRARY_LOAD);
            assert_eq!(
                (load.header.pid, load.tail.field(Tag::PATH)),
                (pid, Some(name.as_bytes()))
            );
        }
        let open = build(pointer)
            .pointer(1)
            .pointer(9)
            .pointer(5)
            .u32(0x0200_0000)
            .u64(0)
            .wide(r"\a");
        let write = build(pointer)
            .u64(0)
            .pointer(1)
            .pointer(9)
            .pointer(5)
            .pointer(7)
            .u32(10)
            .u32(0);
        let clean = build(pointer).pointer(1).pointer(9).pointer(5).pointer(7);
        let (records, undecodable) = encode(&[
            (NT_FILE, 64, 2, &open),
            (NT_FILE, 68, 2, &write),
            (NT_FILE, 65, 2, &clean),
        ]);
        assert_eq!(undecodable, 0);
        let Body::FileWritten(body) = only(&records, Kind::FILE_WRITTEN).body else {
            panic!()
        };
        assert_eq!(body.bytes_written, 10);
        let open = build(pointer)
            .pointer(1)
            .pointer(5)
            .u32(9)
            .u32(0)
            .u64(0)
            .wide(r"\a");
        let write = build(pointer)
            .u64(0)
            .pointer(1)
            .pointer(5)
            .pointer(7)
            .u32(9)
            .u32(10)
            .u32(0);
        let clean = build(pointer).pointer(1).pointer(5).pointer(7).u32(9);
        let (records, _) = encode(&[
            (NT_FILE, 64, 3, &open),
            (NT_FILE, 68, 3, &write),
            (NT_FILE, 65, 3, &clean),
        ]);
        let Body::FileWritten(body) = only(&records, Kind::FILE_WRITTEN).body else {
            panic!()
        };
        assert_eq!(body.bytes_written, 10);
    }
}
