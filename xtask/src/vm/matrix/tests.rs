//! Rows that are read, and guests that are as expected or not.

use serde_json::json;

use super::compared::{checks, compare};
use super::row::{Expected, rows};
use super::{Choice, ROWS, Watching};
use crate::vm::outcome::Answer;

fn watching(text: &str) -> Watching {
    let text = format!("[[row]]\nkernel = \"6.1\"\n{text}");
    let row = rows(&text).expect("a row").remove(0);
    match row.expected {
        Expected::Watching(watching) => watching,
        Expected::Refusing { .. } => panic!("it watches"),
    }
}

fn told(hooks: &[(&str, bool, &str)]) -> serde_json::Value {
    let hooks: Vec<_> = hooks
        .iter()
        .map(|(name, ok, detail)| json!({"name": name, "ok": ok, "detail": detail}))
        .collect();
    json!({
        "host": [
            {"name": "library probes", "ok": true, "detail": "one link for each library"},
            {"name": "content samples", "ok": true, "detail": "from the page cache"},
            {"name": "verifier", "ok": true, "detail": "229114 instructions followed"},
        ],
        "hooks": hooks,
        "tier": "2",
    })
}

const SEEN: &str =
    "tier = '2'\nhooks = 2\nlibrary = 'each library'\nmissing = { two = 'too old' }\n";

#[test]
fn the_matrix_is_whole() {
    let all = rows(ROWS).expect("the matrix");
    let mut names: Vec<_> = all.iter().map(super::Row::name).collect();
    let quick = all.iter().filter(|row| row.quick).count();
    assert_eq!(quick, 4);
    assert!(all.len() >= 12);
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all.len(), "two rows share a name");
}

#[test]
fn a_guest_as_expected_does_not_differ() {
    let doctor = told(&[("one", true, ""), ("two", false, "the kernel is too old")]);
    let (differences, told) = compare(&watching(SEEN), &doctor);
    assert_eq!(differences, Vec::<String>::new());
    assert_eq!((told.hooks, &*told.tier), ((2, 1), "2"));
    assert_eq!(told.verified, Some(229_114));
}

#[test]
fn what_differs_is_told() {
    let one = ("one", true, "");
    let two = ("two", false, "too old");
    let cases = [
        (vec![("one", false, "no"), two], "one does not listen: no"),
        (
            vec![one, ("two", true, "")],
            "two listens, which nobody expects",
        ),
        (
            vec![one, ("two", false, "no")],
            "two does not listen for another reason: no",
        ),
        (vec![one], "1 hooks were tried instead of 2"),
    ];
    for (hooks, wanted) in cases {
        let (differences, _) = compare(&watching(SEEN), &told(&hooks));
        assert_eq!(differences, [wanted]);
    }
}

#[test]
fn a_check_that_fails_for_a_known_reason_is_expected_to() {
    let answer = |name: &str, holds| Answer {
        name: name.to_owned(),
        holds,
        seen: String::new(),
    };
    let expected = watching(&format!("{SEEN}fails = {{ two = 'no such call' }}\n"));
    let as_expected = [answer("one", true), answer("two", false)];
    assert_eq!(checks(&expected, &as_expected), Vec::<String>::new());
    let otherwise = [answer("one", false), answer("two", true)];
    assert_eq!(
        checks(&expected, &otherwise),
        ["one does not hold: ", "two holds, although: no such call"]
    );
}

#[test]
fn rows_that_say_something_else_are_refused() {
    for (text, words) in [
        ("", "no rows"),
        ("[[row]]\ntier = '2'\n", "names no kernel"),
        ("[[row]]\nkernel = '4.4'\n", "no kernel series 4.4"),
        ("[[row]]\nkernel = '6.1'\nexit = 4\n", "does not say why"),
        (
            "[[row]]\nkernel = '6.1'\nexit = 4\nwhy = ''\nmoon = 1\n",
            "nobody knows its moon",
        ),
        (
            "[[row]]\nkernel = '6.1'\nexit = 'x'\nwhy = ''\n",
            "no number",
        ),
        (
            "[[row]]\nkernel = '6.1'\narch = 'sparc'\n",
            "no architecture sparc",
        ),
    ] {
        let error = format!("{:#}", rows(text).expect_err(text));
        assert!(error.contains(words), "{error}");
    }
}

#[test]
fn rows_are_chosen_by_series_case_and_speed() {
    let all = rows(ROWS).expect("the matrix");
    let taken = |choice: &Choice| all.iter().filter(|row| choice.takes(row)).count();
    assert_eq!(taken(&Choice::default()), 4);
    let every = Choice {
        all: true,
        ..Choice::default()
    };
    assert_eq!(taken(&every), all.len());
    let old = Choice {
        kernels: vec!["5.10".to_owned()],
        ..Choice::default()
    };
    let of_old = all.iter().filter(|row| row.kernel == "5.10").count();
    assert_eq!(taken(&old), of_old);
    let eight = Choice {
        case: Some("eight processors".to_owned()),
        ..Choice::default()
    };
    assert_eq!(taken(&eight), 1);
}
