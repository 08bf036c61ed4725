//! The defaults hold together, and an allowance that asks for too little is refused.

use super::{Allowance, AllowanceError, AllowanceParts, Knobs};

fn parts(parts: [&str; 4]) -> AllowanceParts {
    let part = |text: &str| (!text.is_empty()).then(|| text.into());
    AllowanceParts {
        path: part(parts[0]),
        parent: part(parts[1]),
        user: part(parts[2]),
        destination: part(parts[3]),
    }
}

#[test]
fn an_allowance_needs_two_parts_and_no_bare_name() {
    let table = [
        (
            ["/usr/bin/tar", "", "", ""],
            Err(AllowanceError::TooFewParts),
        ),
        (["", "", "", ""], Err(AllowanceError::TooFewParts)),
        (
            ["tar", "", "", "/srv/backup/**"],
            Err(AllowanceError::BareName),
        ),
        (
            ["/usr/bin/tar", "cron", "", ""],
            Err(AllowanceError::BareName),
        ),
        (["/usr/bin/tar", "", "backup", ""], Ok(())),
        (["", "/usr/sbin/cron", "", "/srv/backup/**"], Ok(())),
        (["C:\\Tools\\7z.exe", "", "", "D:\\Backup\\**"], Ok(())),
    ];
    for (given, expected) in table {
        let result = Allowance::new("rule".into(), parts(given)).map(|_| ());
        assert_eq!(result, expected, "{given:?}");
    }
}

#[test]
fn default_extensions_are_sorted_and_in_lower_case() {
    let extensions = Knobs::default().archive_extensions;
    assert!(extensions.is_sorted(), "{extensions:?}");
    assert!(extensions.iter().all(|text| text.to_lowercase() == **text));
}
