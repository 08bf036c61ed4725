//! JSON as it comes, and as it never should.

use proptest::collection::vec;
use proptest::prelude::*;

use super::{Reader, Trouble};

/// A text as JSON, with each letter written in one of the ways that there are.
fn written(text: &str, ways: &[u8]) -> Vec<u8> {
    let mut json = vec![b'"'];
    let mut ways = ways.iter().copied().cycle();
    for letter in text.chars() {
        let way = ways.next().unwrap_or(0);
        match letter {
            '"' | '\\' => json.extend([b'\\', letter as u8]),
            '/' if way % 2 == 0 => json.extend(b"\\/"),
            '\n' => json.extend(b"\\n"),
            _ if way % 3 == 0 || letter < ' ' => {
                let mut units = [0; 2];
                for unit in letter.encode_utf16(&mut units) {
                    json.extend(format!("\\u{unit:04x}").bytes());
                }
            }
            _ => json.extend(letter.to_string().bytes()),
        }
    }
    json.push(b'"');
    json
}

proptest! {
    #[test]
    fn texts_are_read_as_they_were(text in any::<String>(), ways in vec(any::<u8>(), 1..9)) {
        let mut json = written(&text, &ways);
        let mut reader = Reader::new(&mut json);
        prop_assert_eq!(reader.text(), Ok(text.as_bytes()));
        prop_assert_eq!(reader.end(), Ok(()));
    }

    #[test]
    fn lists_of_texts_become_one(texts in vec("[^\0]*", 0..6), ways in vec(any::<u8>(), 1..9)) {
        let mut json = b"[".to_vec();
        let mut joined = Vec::new();
        for (number, text) in texts.iter().enumerate() {
            json.extend(if number > 0 { &b" , "[..] } else { b"" });
            json.extend(written(text, &ways));
            joined.extend(text.bytes());
            joined.push(0);
        }
        json.extend(b"] ");
        let mut reader = Reader::new(&mut json);
        prop_assert_eq!(reader.texts(), Ok(&*joined));
        prop_assert_eq!(reader.end(), Ok(()));
    }

    #[test]
    fn anything_is_read_or_refused(mut bytes in vec(any::<u8>(), 0..80), json in "[\\[\\]{}\",:\\\\0-9a-z]{0,80}") {
        let mut json = json.into_bytes();
        for text in [&mut bytes, &mut json] {
            for read in READS {
                let mut copy = text.clone();
                let mut reader = Reader::new(&mut copy);
                while read(&mut reader).is_ok() {}
            }
        }
    }
}

type Read = fn(&mut Reader<'_>) -> Result<(), Trouble>;

const READS: [Read; 5] = [
    |reader| reader.skip(),
    |reader| reader.text().map(|_| ()),
    |reader| reader.texts().map(|_| ()),
    |reader| reader.object(|reader, _| reader.skip()),
    |reader| reader.list(Reader::skip_unknown),
];

#[test]
fn numbers() {
    for (text, number) in [
        ("0", Ok(0)),
        ("1152921500312525701", Ok(1_152_921_500_312_525_701)),
        ("18446744073709551615", Ok(u64::MAX)),
        ("-1", Ok(u64::MAX)),
        ("18446744073709551616", Err(Trouble::Unfit)),
        ("1.5", Err(Trouble::Unfit)),
        ("1e3", Err(Trouble::Unfit)),
        ("-", Err(Trouble::Unfit)),
        ("null", Err(Trouble::Unfit)),
        ("", Err(Trouble::Broken)),
    ] {
        let mut text = text.as_bytes().to_vec();
        assert_eq!(Reader::new(&mut text).number(), number, "{text:?}");
    }
}

#[test]
fn escapes_that_are_none_stay_letters() {
    for (json, text) in [
        (r#""\u00""#, "u00"),
        (r#""\uzzzz""#, "uzzzz"),
        (r#""\q\/""#, "q/"),
        (r#""\ud83d""#, "\u{fffd}"),
        (r#""\ud83dx""#, "\u{fffd}x"),
        (r#""\ud83d\ude00""#, "\u{1f600}"),
        (r#""\ude00""#, "\u{fffd}"),
    ] {
        let mut json = json.as_bytes().to_vec();
        assert_eq!(Reader::new(&mut json).text(), Ok(text.as_bytes()));
    }
}

#[test]
fn deep_values_are_skipped_without_recursion() {
    let mut deep = vec![b'['; 1 << 20];
    deep.extend(vec![b']'; 1 << 20]);
    let mut reader = Reader::new(&mut deep);
    assert_eq!(reader.skip(), Ok(()));
    assert_eq!(reader.end(), Ok(()));
    let mut cut = vec![b'{'; 1 << 20];
    assert_eq!(Reader::new(&mut cut).skip(), Err(Trouble::Broken));
}
