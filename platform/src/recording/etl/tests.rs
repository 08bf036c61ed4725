//! Real traces, and ones that were built: packed, lossy, cut.

use ring_abi::{Body, Kind, Tag, decode};

use super::{read, xpress};
use crate::recording::tests::{all, recorded};
use crate::source::Source as _;

/// A real trace: its counters and its records.
type Real<F> = Option<(F, Vec<Vec<u8>>)>;

/// The counters of a real trace and its records.
fn real(name: &str) -> Real<impl Fn(&str) -> u64 + use<>> {
    let name = format!("etl/{name}.etl.gz");
    let bytes = recorded(&name)?;
    let mut source = read(&name, &mut &*bytes).unwrap();
    let others = source.stats().others;
    let records = all(&mut source).unwrap();
    let counter = move |wanted: &str| {
        let found = others.iter().find(|(name, _)| *name == wanted);
        found.unwrap_or_else(|| panic!("no counter {wanted}")).1
    };
    Some((counter, records))
}

fn number(records: &[Vec<u8>], kind: Kind) -> usize {
    let kinds = records
        .iter()
        .map(|record| decode(record).unwrap().header.kind);
    kinds.filter(|found| *found == kind.0).count()
}

#[test]
fn the_kernel_process_trace_is_read_whole() {
    let Some((counter, records)) = real("kernel-process-v0") else {
        return;
    };
    assert_eq!(counter("events"), 10_344);
    assert_eq!(counter("events_undecodable"), 0);
    assert_eq!(number(&records, Kind::PROCESS_START), 4);
    assert_eq!(number(&records, Kind::EXIT), 4);
    assert_eq!(number(&records, Kind::LIBRARY_LOAD), 1_115);
    assert_eq!(counter("events_passed_over"), 10_344 - 4 - 4 - 1_115);
    assert_eq!(
        (counter("events_lost"), counter("buffers_unreadable")),
        (0, 0)
    );
    let times: Vec<u64> = records
        .iter()
        .map(|it| decode(it).unwrap().header.time)
        .collect();
    assert!(times.is_sorted());
    // The trace lasted some seconds of the 29th of October 2010.
    let day = 1_288_310_400_000_000_000_u64;
    assert!(
        times
            .iter()
            .all(|time| (day..day + 86_400_000_000_000).contains(time)),
        "{:?}",
        times[0]
    );
}

#[test]
fn classic_traces_are_read_by_their_own_headers() {
    for (name, events, starts, loads, ends) in [
        ("process_data_32_v1", 3, 1, 0, 1),
        ("process_data_32_v2", 9, 4, 0, 1),
        ("process_data_32_v3", 9, 4, 0, 1),
        ("process_data_64_v2", 9, 4, 0, 1),
        ("process_data_64_v3", 9, 4, 0, 1),
        ("image_data_32_v0", 27, 0, 25, 0),
        ("image_data_32_v1", 27, 0, 25, 0),
        ("image_data_32_v2", 27, 0, 25, 0),
        ("image_data_64_v0", 27, 0, 25, 0),
        ("image_data_64_v1", 27, 0, 25, 0),
        ("image_data_64_v2", 27, 0, 25, 0),
    ] {
        let Some((counter, records)) = real(&format!("nt-kernel-{name}")) else {
            continue;
        };
        let found = (
            counter("events"),
            number(&records, Kind::PROCESS_START),
            number(&records, Kind::LIBRARY_LOAD),
            number(&records, Kind::EXIT),
            counter("events_undecodable"),
        );
        assert_eq!(found, (events, starts, loads, ends, 0), "{name}");
        for record in &records {
            let record = decode(record).unwrap();
            let path = record.tail.field(Tag::PATH).unwrap_or_default();
            if record.header.kind == Kind::LIBRARY_LOAD.0 {
                assert!(
                    path.starts_with(b"C:\\") || path.starts_with(b"\\"),
                    "{name}: {record:?}"
                );
            }
            if let Body::ProcessStart(body) = record.body
                && path == b"notepad.exe"
            {
                assert_eq!(
                    (record.header.pid, body.parent_pid, body.session),
                    (1776, 988, 1)
                );
                let user = record.tail.field(Tag::USER).unwrap();
                assert!(user.starts_with(b"S-1-5-21-"), "{name}");
                if !name.ends_with("v1") {
                    let words = record.tail.field(Tag::ARGUMENTS).unwrap();
                    assert_eq!(
                        words,
                        &b"C:\\Windows\\system32\\notepad.exe\0"[..],
                        "{name}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_trace_of_power_shell_is_passed_over_event_by_event() {
    let Some((counter, _)) = real("powershell") else {
        return;
    };
    assert_eq!(
        (counter("events"), counter("events_passed_over")),
        (114, 114)
    );
}

/// A trace of one buffer with the header and one of starts.
fn built(starts: u32, lost: u32, pack: bool) -> Vec<u8> {
    let mut header = vec![0; 280];
    for (at, value) in [(0, 65_536_u32), (44, 8), (48, lost)] {
        header[at..at + 4].copy_from_slice(&value.to_le_bytes());
    }
    header[256..264].copy_from_slice(&10_000_000_u64.to_le_bytes());
    header[264..272].copy_from_slice(&(116_444_736_000_000_000_u64 + 70_000_000).to_le_bytes());
    let mut first = vec![2, 0, 2, 0xc0];
    first.extend((32 + header.len() as u16).to_le_bytes());
    first.extend([0, 0]);
    first.resize(16, 0);
    first.extend(1_000_u64.to_le_bytes());
    first.resize(32, 0);
    first.extend(header);
    let mut events = Vec::new();
    for number in 0..starts {
        let mut payload = (100 + number).to_le_bytes().to_vec();
        payload.extend(116_444_736_000_000_000_u64.to_le_bytes());
        payload.extend([0; 8]);
        payload.extend("image\0".encode_utf16().flat_map(u16::to_le_bytes));
        let mut event = ((80 + payload.len()) as u16).to_le_bytes().to_vec();
        event.extend([19, 0xc0]);
        event.resize(16, 0);
        // Later ones stand first.
        event.extend((1_000 + u64::from(starts - number) * 10_000_000).to_le_bytes());
        event.extend([0xd6, 0x2c, 0xfb, 0x22, 0x7b, 0x0e, 0x2b, 0x42]);
        event.extend([0xa0, 0xc7, 0x2f, 0xad, 0x1f, 0xd0, 0xe7, 0x16]);
        event.extend(1_u16.to_le_bytes());
        event.resize(80, 0);
        event.extend(payload);
        event.resize(event.len().next_multiple_of(8), 0);
        events.extend(event);
    }
    [buffer(&first, false), buffer(&events, pack)].concat()
}

fn buffer(events: &[u8], pack: bool) -> Vec<u8> {
    let body = if pack {
        packed(events)
    } else {
        events.to_vec()
    };
    let mut bytes = vec![0; 72];
    bytes[..4].copy_from_slice(&(72 + body.len() as u32).to_le_bytes());
    bytes[48..52].copy_from_slice(&(72 + events.len() as u32).to_le_bytes());
    bytes[52] = if pack { 0x40 } else { 0 };
    bytes.extend(body);
    bytes
}

/// Packs in the simplest way: runs of a byte become matches, all else stays as it is.
fn packed(bytes: &[u8]) -> Vec<u8> {
    let (mut items, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let run = bytes[at..]
            .iter()
            .take_while(|byte| Some(**byte) == at.checked_sub(1).map(|at| bytes[at]))
            .count();
        if (3..=9).contains(&run) {
            items.push((true, (run as u16 - 3).to_le_bytes().to_vec()));
            at += run;
        } else {
            items.push((false, vec![bytes[at]]));
            at += 1;
        }
    }
    let mut packed = Vec::new();
    for group in items.chunks(32) {
        let flags = group.iter().enumerate();
        let flags = flags.fold(0_u32, |sum, (at, (matched, _))| {
            sum | u32::from(*matched) << (31 - at)
        });
        packed.extend(flags.to_le_bytes());
        packed.extend(group.iter().flat_map(|(_, bytes)| bytes));
    }
    packed
}

#[test]
fn packed_buffers_are_unpacked_and_sorted() {
    for pack in [false, true] {
        let mut source = read("x.etl", &mut &*built(3, 0, pack)).unwrap();
        let records = all(&mut source).unwrap();
        let starts: Vec<(u32, u64)> = records
            .iter()
            .map(|record| decode(record).unwrap().header)
            .filter(|header| header.kind == Kind::PROCESS_START.0)
            .map(|header| (header.pid, header.time))
            .collect();
        // The trace began seven seconds after 1970; a tick is 100 nanoseconds.
        let second = 1_000_000_000;
        assert_eq!(
            starts,
            [(102, 8 * second), (101, 9 * second), (100, 10 * second)],
            "{pack}"
        );
    }
}

#[test]
fn what_the_trace_lost_is_told() {
    let mut source = read("x.etl", &mut &*built(2, 41, false)).unwrap();
    let records = all(&mut source).unwrap();
    let loss = records.iter().map(|record| decode(record).unwrap());
    let loss: Vec<_> = loss
        .filter(|record| record.header.kind == Kind::LOSS.0)
        .collect();
    let [loss] = loss.as_slice() else {
        panic!("{loss:?}")
    };
    let Body::Loss(body) = loss.body else {
        panic!()
    };
    assert_eq!(
        (body.count, body.reason),
        (41, ring_abi::LossReason::SYSTEM.0)
    );
    assert_eq!((body.from, body.to), (7_000_000_000, 9_000_000_000));
}

#[test]
fn a_trace_that_breaks_off_is_read_up_to_there() {
    let whole = built(3, 0, false);
    for length in 0..whole.len() {
        match read("x.etl", &mut &whole[..length]) {
            Err(error) => assert!(length < 400, "{length}: {error}"),
            Ok(mut source) => {
                let outcome = all(&mut source);
                assert!(outcome.is_err() || length == 384, "{length}");
            }
        }
    }
}

#[test]
fn matches_of_every_length_are_unpacked() {
    // Three bytes, then a match of them: 3 + 7 + 15 + 255 + … in each way of writing its length.
    let begin = |matched: &[u8]| {
        let mut packed = 0x1000_0000_u32.to_le_bytes().to_vec();
        packed.extend(b"abc");
        packed.extend((2_u16 << 3 | 7).to_le_bytes());
        packed.extend(matched);
        packed
    };
    for (matched, length) in [
        (&[0x04][..], 14),
        (&[0x0f, 0x10], 3 + 7 + 15 + 16),
        (&[0x0f, 0xff, 0x00, 0x02], 512 + 3),
        (&[0x0f, 0xff, 0, 0, 0x00, 0x00, 0x01, 0x00], 65_536 + 3),
    ] {
        let unpacked = xpress::unpack(&begin(matched), usize::MAX).unwrap();
        assert_eq!(unpacked.len(), 3 + length);
        assert!(
            unpacked
                .iter()
                .zip(b"abc".iter().cycle())
                .all(|(one, other)| one == other)
        );
    }
    assert_eq!(xpress::unpack(&begin(&[0x04]), 5).unwrap(), b"abcab");
    // A match before the first byte.
    assert_eq!(xpress::unpack(&[0, 0, 0, 0x80, 0, 0], 9), None);
}
