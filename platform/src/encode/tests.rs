//! Times, command lines, and named events as records.

use ring_abi::{Body, Kind, Known, Record, Tag, decode};

use super::{Encoder, Field, Gathered, Records, Tally, arguments, moment, power_shell};

/// Encodes events that are given as names with texts, and gives their records.
pub(crate) fn encoded(events: &[&[(&str, &str)]]) -> (Vec<Vec<u8>>, Tally) {
    let mut encoder = Encoder::default();
    let mut records = Records::default();
    let mut gathered = Gathered::default();
    for event in events {
        gathered.clear();
        for (name, text) in *event {
            let field = Field::named(name.as_bytes());
            gathered.take(field.expect(name), |into| into.push_str(text));
        }
        encoder.encode(&gathered.event(), &mut records).unwrap();
    }
    encoder.finish(&mut records).unwrap();
    (handed_out(records), encoder.tally)
}

/// All records in the order of time, with the capture's start.
pub(crate) fn handed_out(mut records: Records) -> Vec<Vec<u8>> {
    records.sort();
    let mut all = Vec::new();
    while records.hand_out(3, &mut |record| all.push(record.to_vec())) > 0 {}
    for (sequence, record) in all.iter().enumerate() {
        assert_eq!(decode(record).unwrap().header.sequence, sequence as u64);
    }
    all
}

/// The record that is alone of its kind.
pub(crate) fn only(records: &[Vec<u8>], kind: Kind) -> Record<'_> {
    let mut found = records
        .iter()
        .map(|record| decode(record).unwrap())
        .filter(|record| record.header.kind == kind.0);
    let record = found.next().expect("a record of the kind");
    assert!(found.next().is_none(), "one record of the kind");
    record
}

fn split(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    arguments::split(line.as_bytes(), &mut words);
    let words = String::from_utf8(words).unwrap();
    words.split_terminator('\0').map(str::to_owned).collect()
}

#[test]
fn command_lines_are_cut_as_programs_cut_them() {
    for (line, words) in [
        ("", &[][..]),
        (
            r#""C:\Program Files\7-Zip\7z.exe" a x"#,
            &[r"C:\Program Files\7-Zip\7z.exe", "a", "x"],
        ),
        (
            r"rar a -hpsecret  out.rar",
            &["rar", "a", "-hpsecret", "out.rar"],
        ),
        (r#"x "a b" c"#, &["x", "a b", "c"]),
        (r#"x a\\b d"e f"g h"#, &["x", r"a\\b", "de fg", "h"]),
        (r#"x a\\\"b c d"#, &["x", r#"a\"b"#, "c", "d"]),
        (r#"x a\\\\"b c" d e"#, &["x", r"a\\b c", "d", "e"]),
        (r#"x a"b"" c d"#, &["x", "ab\" c d"]),
        (r#"x """#, &["x", ""]),
        (
            r#"cmd.exe /c "rar a -r e.rar *.docx""#,
            &["cmd.exe", "/c", "rar a -r e.rar *.docx"],
        ),
    ] {
        assert_eq!(split(line), words, "{line}");
    }
}

#[test]
fn times_are_read_in_both_notations() {
    assert_eq!(moment::of_text("1970-01-01 00:00:00.000"), Some(0));
    assert_eq!(
        moment::of_text("2018-12-04 00:42:45.727"),
        Some(1_543_884_165_727_000_000)
    );
    assert_eq!(
        moment::of_text("2020-02-29T23:59:59.1234567Z"),
        Some(1_583_020_799_123_456_700)
    );
    for text in [
        "",
        "2018-12-04",
        "2018-13-04 00:00:00",
        // Its nanoseconds since 1970 are more than 64 bits hold.
        "9999-12-31 23:59:59",
        "1601-01-01 00:00:00",
        "x018-12-04 00:42:45",
    ] {
        assert_eq!(moment::of_text(text), None, "{text}");
    }
    assert_eq!(moment::of_file_time(116_444_736_000_000_001), 100);
    assert_eq!(moment::of_file_time(7), 0);
}

const GUID: &str = "{9C977984-CD81-5C05-0000-0010A5C17301}";

#[test]
fn a_start_that_sysmon_tells_has_its_parent_and_its_words() {
    let (records, tally) = encoded(&[&[
        ("EventId", "1"),
        ("UtcTime", "2018-12-04 00:42:41.546"),
        ("ProcessGuid", GUID),
        ("ProcessId", "2312"),
        ("Image", r"C:\Windows\System32\makecab.exe"),
        ("CommandLine", r"makecab.exe a.txt a.cab"),
        ("CurrentDirectory", r"C:\eqllib\"),
        ("User", r"RTA\alice"),
        ("TerminalSessionId", "1"),
        ("OriginalFileName", "makecab.exe"),
        (
            "ParentProcessGuid",
            "{9C977984-CD80-5C05-0000-001061277301}",
        ),
        ("ParentProcessId", "4788"),
        ("ParentImage", r"C:\Python27\python.exe"),
        ("ParentCommandLine", r"python.exe x.py"),
    ]]);
    assert_eq!(
        (tally.events, tally.passed_over, tally.undecodable),
        (1, 0, 0)
    );
    let kinds: Vec<u16> = records
        .iter()
        .map(|record| decode(record).unwrap().header.kind)
        .collect();
    let expected = [
        Kind::CAPTURE_START,
        Kind::PROCESS_START,
        Kind::PROCESS_START,
    ];
    assert_eq!(kinds, expected.map(|kind| kind.0));
    let parent = decode(&records[1]).unwrap();
    assert!(parent.flags().has(ring_abi::Flags::RUNDOWN));
    assert_eq!(
        parent.tail.field(Tag::ARGUMENTS),
        Some(&b"python.exe\0x.py\0"[..])
    );
    let start = decode(&records[2]).unwrap();
    assert_eq!(
        (start.header.pid, start.header.start_time),
        (2312, 0x5c05_cd81 * 1_000_000_000)
    );
    let Body::ProcessStart(body) = start.body else {
        panic!("{start:?}")
    };
    assert_eq!(
        (body.parent_pid, body.parent_start),
        (parent.header.pid, parent.header.start_time)
    );
    assert_eq!(Known(body.known), Known::PARENT.with(Known::SESSION));
    for (tag, text) in [
        (Tag::ARGUMENTS, "makecab.exe\0a.txt\0a.cab\0"),
        (Tag::DIRECTORY, r"C:\eqllib"),
        (Tag::USER, r"RTA\alice"),
        (Tag::ORIGINAL_NAME, "makecab.exe"),
    ] {
        assert_eq!(start.tail.field(tag), Some(text.as_bytes()), "{tag:?}");
    }
}

#[test]
fn what_an_event_does_not_carry_is_unknown() {
    let common = [("ProcessId", "7"), ("UtcTime", "2018-12-04 00:42:41.546")];
    let (records, _) = encoded(&[
        &[
            common[0],
            common[1],
            ("EventId", "11"),
            ("TargetFilename", r"C:\a.zip"),
        ],
        &[common[0], common[1], ("EventId", "5")],
        &[
            common[0],
            common[1],
            ("EventId", "26"),
            ("TargetFilename", r"C:\a.txt"),
        ],
        &[
            common[0],
            common[1],
            ("EventId", "7"),
            ("ImageLoaded", r"C:\7z.dll"),
        ],
    ]);
    let Body::FileWritten(written) = only(&records, Kind::FILE_WRITTEN).body else {
        panic!()
    };
    assert_eq!(
        (written.known, written.reason),
        (0, ring_abi::CloseReason::UNTOLD.0)
    );
    let Body::Exit(exit) = only(&records, Kind::EXIT).body else {
        panic!()
    };
    assert_eq!(exit.known, 0);
    let removed = only(&records, Kind::FILE_REMOVED);
    assert_eq!(removed.tail.field(Tag::PATH), Some(&br"C:\a.txt"[..]));
    let loaded = only(&records, Kind::LIBRARY_LOAD);
    assert_eq!(loaded.tail.field(Tag::PATH), Some(&br"C:\7z.dll"[..]));
    assert_eq!(loaded.header.start_time, 0);
}

#[test]
fn a_connection_has_this_host_as_its_source() {
    let (records, _) = encoded(&[&[
        ("EventId", "3"),
        ("ProcessId", "7"),
        ("UtcTime", "2018-12-04 00:42:41.546"),
        ("Protocol", "tcp"),
        ("Initiated", "true"),
        ("SourceIp", "192.168.162.134"),
        ("SourcePort", "50511"),
        ("DestinationIp", "2001:db8::1"),
        ("DestinationPort", "443"),
    ]]);
    let Body::FlowOpened(flow) = only(&records, Kind::FLOW_OPENED).body else {
        panic!()
    };
    assert_eq!(
        (
            flow.local_port,
            flow.remote_port,
            flow.direction,
            flow.protocol
        ),
        (50511, 443, 1, 6)
    );
    assert_eq!(flow.local[10..], [0xff, 0xff, 192, 168, 162, 134]);
    assert_eq!(flow.known, 0);
}

#[test]
fn the_security_log_names_processes_by_number_alone() {
    let security = ("Provider", "Microsoft-Windows-Security-Auditing");
    let (records, tally) = encoded(&[
        &[
            security,
            ("EventID", "4688"),
            ("SystemTime", "2018-12-04T00:42:41.5Z"),
            ("ProcessId", "0x1f4"),
            ("NewProcessId", "0xabc"),
            ("NewProcessName", r"C:\Windows\System32\tar.exe"),
            ("CommandLine", "tar -cf x.tar ."),
            ("SubjectUserName", "ann"),
            ("SubjectDomainName", "HOST"),
            ("TargetUserName", "-"),
        ],
        &[
            security,
            ("EventID", "4663"),
            ("SystemTime", "2018-12-04T00:42:42.5Z"),
            ("ProcessId", "0xabc"),
            ("ObjectType", "File"),
            ("ObjectName", r"C:\docs\a.docx"),
            ("AccessMask", "0x1"),
        ],
        &[
            security,
            ("EventID", "4624"),
            ("SystemTime", "2018-12-04T00:42:42.5Z"),
        ],
        &[
            security,
            ("EventID", "4688"),
            ("SystemTime", "2018-12-04T00:42:42.5Z"),
        ],
    ]);
    assert_eq!(
        (tally.events, tally.passed_over, tally.undecodable),
        (4, 1, 1)
    );
    let start = only(&records, Kind::PROCESS_START);
    assert_eq!(start.tail.field(Tag::USER), Some(&br"HOST\ann"[..]));
    let read = only(&records, Kind::DIRECTORY_READ);
    assert_eq!(read.header.start_time, start.header.start_time);
    assert_eq!(read.tail.field(Tag::PATH), Some(&br"C:\docs"[..]));
    assert_eq!(read.tail.field(Tag::NAME), Some(&b"a.docx"[..]));
}

#[test]
fn a_command_of_power_shell_is_told_as_the_script_that_calls_it() {
    let report = "CommandInvocation(Compress-Archive): \"Compress-Archive\"\n\
        ParameterBinding(Compress-Archive): name=\"Path\"; value=\"C:\\it's\"\n\
        ParameterBinding(Compress-Archive): name=\"DestinationPath\"; value=\"C:\\o.zip\"\n";
    assert_eq!(
        power_shell::command(report).unwrap(),
        r"Compress-Archive -Path 'C:\it''s' -DestinationPath 'C:\o.zip'"
    );
    assert_eq!(power_shell::command("TerminatingError(x)"), None);
    let (records, _) = encoded(&[&[
        ("Provider", "Microsoft-Windows-PowerShell"),
        ("EventID", "4104"),
        ("SystemTime", "2018-12-04T00:42:41.5Z"),
        ("ProcessID", "44"),
        ("MessageNumber", "2"),
        ("MessageTotal", "3"),
        (
            "ScriptBlockText",
            "[IO.Compression.ZipFile]::CreateFromDirectory('a','b')",
        ),
        ("ScriptBlockId", "ab12cd34-0000-0000-0000-0123456789ab"),
    ]]);
    let script = only(&records, Kind::SCRIPT);
    let Body::Script(body) = script.body else {
        panic!()
    };
    assert_eq!(
        (body.part, body.parts, body.block[..4].to_vec()),
        (2, 3, vec![0xab, 0x12, 0xcd, 0x34])
    );
    assert!(
        script
            .tail
            .field(Tag::TEXT)
            .unwrap()
            .starts_with(b"[IO.Compression")
    );
}

#[test]
fn what_is_too_long_is_cut_and_says_so() {
    let long = "a".repeat(40_000);
    let (records, _) = encoded(&[&[
        ("EventId", "11"),
        ("ProcessId", "7"),
        ("UtcTime", "2018-12-04 00:42:41.546"),
        ("TargetFilename", &format!("{long}end")),
    ]]);
    let written = only(&records, Kind::FILE_WRITTEN);
    assert!(written.flags().has(ring_abi::Flags::TRUNCATED));
    let path = written.tail.field(Tag::PATH).unwrap();
    assert!(path.len() == 4095 && path.ends_with(b"end"));
}

#[test]
fn there_is_an_end_to_what_is_gathered() {
    let mut records = Records::default();
    records.bound(100);
    for _ in 0..10 {
        records.put(
            Kind::EXIT,
            super::Who::default(),
            ring_abi::Flags(0),
            &[0; 56],
            &[],
        );
    }
    assert!(
        records
            .check()
            .unwrap_err()
            .to_string()
            .contains("in parts")
    );
    assert!(records.len() < 3);
}
