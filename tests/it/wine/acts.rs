//! What somebody does on a Windows host, as the events that its kernel would send.
//!
//! Step: tests.

use super::script::{Event, FILE, NETWORK, NT_PROCESS, PROCESS, Payload, now};

/// Somebody packs a folder with 7-Zip, with a password, and sends it away.
pub(super) fn acts(out: &str) -> Vec<Event> {
    let open = |object: u64, disposition: u32, path: &str| {
        let payload = Payload::default().u64(1).u64(object).u32(9);
        let payload = payload.u32(disposition << 24).u32(0).u32(0).wide(path);
        Event::new(FILE, 0x80, 12, 1, PID, payload)
    };
    let moved = |id: u16, keywords: u64, object: u64, bytes: u32| {
        let payload = Payload::default().u64(0).u64(1).u64(object).u64(object);
        Event::new(
            FILE,
            keywords,
            id,
            1,
            PID,
            payload.u32(9).u32(bytes).u32(0).u32(0),
        )
    };
    let clean = |object: u64| {
        let payload = Payload::default().u64(1).u64(object).u64(object).u32(9);
        Event::new(FILE, 0x20, 13, 1, PID, payload)
    };
    let flow = |id: u16, bytes: u32| {
        let payload = Payload::default().u32(PID).u32(bytes);
        let payload = payload.bytes(&[203, 0, 113, 9, 192, 0, 2, 1]);
        let payload = payload
            .bytes(&443_u16.to_be_bytes())
            .bytes(&50_000_u16.to_be_bytes());
        Event::new(NETWORK, 0x10, id, 0, PID, payload.u32(0).u64(0))
    };
    let image = r"C:\Program Files\7-Zip\7z.exe";
    let line = format!(r#""{image}" a -pSecret -mhe=on {out} C:\Users\ann\docs"#);
    let classic = Payload::default().u64(1).u32(PID).u32(4).u32(1).u32(259);
    let classic = classic.u64(5).u32(0).u32(0).bytes(b"7z.exe\0").wide(&line);
    let started = Payload::default().u32(PID).u64(now()).u32(4).u32(1).u32(0);
    let library = Payload::default()
        .u64(1)
        .u64(2)
        .u32(PID)
        .u32(0)
        .u32(0)
        .u64(0);
    let mut acts = vec![
        Event::new(NT_PROCESS, 0, 1, 4, 4, classic).classic(),
        Event::new(PROCESS, 0x10, 1, 1, 4, started.wide(image)),
        Event::new(
            PROCESS,
            0x40,
            5,
            0,
            PID,
            library.wide(r"C:\Program Files\7-Zip\7z.dll"),
        ),
    ];
    for object in 10..14 {
        acts.push(open(
            object,
            1,
            &format!(r"C:\Users\ann\docs\{object}.docx"),
        ));
        acts.push(moved(15, 0x100, object, 4_000));
        acts.push(clean(object));
    }
    acts.push(open(20, 2, out));
    acts.extend((0..5).map(|_| moved(16, 0x200, 20, 1_000)));
    acts.push(clean(20));
    acts.push(flow(12, 0));
    acts.push(flow(10, 5_000));
    acts.push(flow(13, 0));
    acts
}

/// The process that packs. There is none of this number under Wine.
pub(super) const PID: u32 = 44_444;
