//! Reads a TOML document section by section and remembers every problem with its place.
//!
//! Step: none; serves the configuration. Invariant: what a section was not asked for is a problem,
//! so an unknown key cannot pass unseen, and the names it was asked for are the ones suggested.

use std::cell::RefCell;
use std::ops::{Range, RangeInclusive};
use std::path::PathBuf;
use std::time::Duration;

use platform::host::User;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::nearest::nearest;
use super::{Problem, duration};

/// A document and what is wrong with it.
pub(super) struct Document<'t> {
    text: &'t str,
    problems: RefCell<Vec<(usize, String)>>,
}

impl<'t> Document<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            text,
            problems: RefCell::default(),
        }
    }

    /// The document's top level; none when the text is not TOML.
    pub(super) fn root(&mut self) -> Option<Section<'_, 't>> {
        let (table, errors) = DeTable::parse_recoverable(self.text);
        if errors.is_empty() {
            return Some(Section::new(self, String::new(), table.into_inner()));
        }
        // What follows the first errors of a text that is not TOML is mostly their echo.
        for error in errors.into_iter().take(3) {
            let at = error.span().map_or(0, |span| span.start);
            self.note(at, error.message().to_owned());
        }
        None
    }

    /// Every problem in the order of the text.
    pub(super) fn into_problems(self) -> Vec<Problem> {
        let mut problems = self.problems.into_inner();
        problems.sort();
        problems.dedup();
        problems
            .into_iter()
            .map(|(at, message)| {
                let before = &self.text[..self.text.floor_char_boundary(at)];
                let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
                Problem {
                    line: before.bytes().filter(|byte| *byte == b'\n').count() + 1,
                    column: before[line_start..].chars().count() + 1,
                    message,
                }
            })
            .collect()
    }

    fn note(&self, at: usize, message: String) {
        self.problems.borrow_mut().push((at, message));
    }
}

/// One table of the document.
pub(super) struct Section<'d, 't> {
    document: &'d Document<'t>,
    path: String,
    entries: Vec<(String, Range<usize>, Spanned<DeValue<'t>>)>,
    known: Vec<&'static str>,
}

impl<'d, 't> Section<'d, 't> {
    fn new(document: &'d Document<'t>, path: String, table: DeTable<'t>) -> Self {
        let entries = table
            .into_iter()
            .map(|(key, value)| (key.get_ref().to_string(), key.span(), value))
            .collect();
        Self {
            document,
            path,
            entries,
            known: Vec::new(),
        }
    }

    /// Takes the value of a key out of the section, and with it the key's place.
    fn take(&mut self, key: &'static str) -> Option<(Range<usize>, Spanned<DeValue<'t>>)> {
        self.known.push(key);
        let index = self.entries.iter().position(|(name, ..)| name == key)?;
        let (_, span, value) = self.entries.swap_remove(index);
        Some((span, value))
    }

    /// Reads a key; `read` gives `None` for a value that is not `wanted`. Says whether it is there.
    pub(super) fn checked(
        &mut self,
        key: &'static str,
        wanted: &str,
        read: impl FnOnce(Given<'_, 't>) -> Option<()>,
    ) -> bool {
        let Some((_, value)) = self.take(key) else {
            return false;
        };
        if read(Given(value.get_ref())).is_none() {
            let name = self.name(key);
            let message = format!("`{name}` must be {wanted}, not {}", shown(value.get_ref()));
            self.document.note(value.span().start, message);
        }
        true
    }

    /// Reads a path, which must be absolute: a daemon has no place that it is started from.
    pub(super) fn path(&mut self, key: &'static str, target: &mut PathBuf) -> bool {
        self.checked(key, "an absolute path in quotes", |value| {
            let path = PathBuf::from(value.as_text()?);
            path.is_absolute().then(|| *target = path)
        })
    }

    /// Reads a whole number within `range`.
    pub(super) fn integer<N>(&mut self, key: &'static str, range: RangeInclusive<N>, target: &mut N)
    where
        N: TryFrom<i64> + PartialOrd + std::fmt::Display,
    {
        let wanted = format!("a whole number from {} to {}", range.start(), range.end());
        self.checked(key, &wanted, |value| {
            let number = N::try_from(value.as_integer()?).ok()?;
            range.contains(&number).then(|| *target = number)
        });
    }

    /// Reads a number within `range`.
    pub(super) fn number(
        &mut self,
        key: &'static str,
        range: RangeInclusive<f32>,
        target: &mut f32,
    ) {
        let wanted = format!("a number from {} to {}", range.start(), range.end());
        self.checked(key, &wanted, |value| {
            let number = value.as_number()?;
            range.contains(&number).then(|| *target = number)
        });
    }

    /// Reads `true` or `false`.
    pub(super) fn boolean(&mut self, key: &'static str, target: &mut bool) {
        self.checked(key, "true or false", |value| {
            *target = value.0.as_bool()?;
            Some(())
        });
    }

    /// Reads one of a few names.
    pub(super) fn choice<T: Copy>(
        &mut self,
        key: &'static str,
        names: &[(&str, T)],
        target: &mut T,
    ) {
        let quoted: Vec<String> = names
            .iter()
            .map(|(name, _)| format!("\"{name}\""))
            .collect();
        self.checked(key, &quoted.join(" or "), |value| {
            let given = value.as_text()?;
            let (_, chosen) = names.iter().find(|(name, _)| *name == given)?;
            *target = *chosen;
            Some(())
        });
    }

    /// Reads a list of users as the system names them, at least one.
    pub(super) fn users(&mut self, key: &'static str, target: &mut Vec<User>) {
        self.checked(key, User::EXAMPLE, |value| {
            let users = value.0.as_array()?.iter().map(|item| {
                let given = Given(item.get_ref());
                match given.as_integer() {
                    Some(number) => User::parse(&number.to_string()),
                    None => User::parse(given.as_text()?),
                }
            });
            let users = users.collect::<Option<Vec<User>>>()?;
            (!users.is_empty()).then(|| *target = users)
        });
    }

    /// Reads a span of time within `range`.
    pub(super) fn duration(
        &mut self,
        key: &'static str,
        range: RangeInclusive<Duration>,
        target: &mut Duration,
    ) {
        let wanted = format!(
            "a span of time in quotes from \"{}\" to \"{}\"",
            duration::format(*range.start()),
            duration::format(*range.end())
        );
        self.checked(key, &wanted, |value| {
            let span = duration::parse(value.as_text()?).ok()?;
            range.contains(&span).then(|| *target = span)
        });
    }

    /// Reads a list of texts; `accept` gives each as it is kept, or what it must be.
    pub(super) fn texts<T>(
        &mut self,
        key: &'static str,
        target: &mut Vec<T>,
        accept: impl Fn(&str) -> Result<T, &'static str>,
    ) {
        let Some((_, value)) = self.take(key) else {
            return;
        };
        let name = self.name(key);
        let Some(array) = value.get_ref().as_array() else {
            let message = format!("`{name}` must be a list, not {}", shown(value.get_ref()));
            self.document.note(value.span().start, message);
            return;
        };
        target.clear();
        for item in array {
            let read = item
                .get_ref()
                .as_str()
                .ok_or("a text in quotes")
                .and_then(&accept);
            match read {
                Ok(text) => target.push(text),
                Err(wanted) => {
                    let found = shown(item.get_ref());
                    let message = format!("each of `{name}` must be {wanted}, not {found}");
                    self.document.note(item.span().start, message);
                }
            }
        }
    }

    /// Reads the table under a key.
    pub(super) fn section(&mut self, key: &'static str, read: impl FnOnce(&mut Self)) {
        let Some((_, value)) = self.take(key) else {
            return;
        };
        let name = self.name(key);
        let at = value.span().start;
        match value.into_inner() {
            DeValue::Table(table) => {
                let mut section = Self::new(self.document, name, table);
                read(&mut section);
                section.finish();
            }
            other => {
                let message = format!("`{name}` must be a section, not {}", shown(&other));
                self.document.note(at, message);
            }
        }
    }

    /// Reads the tables of a list (`[[key]]`); `read` gives what is wrong with one as a whole.
    pub(super) fn sections(
        &mut self,
        key: &'static str,
        mut read: impl FnMut(&mut Self) -> Result<(), String>,
    ) {
        let Some((_, value)) = self.take(key) else {
            return;
        };
        let name = self.name(key);
        let at = value.span().start;
        let DeValue::Array(items) = value.into_inner() else {
            let message = format!("`{name}` must be a list of sections, written [[{name}]]");
            self.document.note(at, message);
            return;
        };
        for item in items {
            let at = item.span().start;
            let DeValue::Table(table) = item.into_inner() else {
                let message = format!("each of `{name}` must be a section");
                self.document.note(at, message);
                continue;
            };
            let mut section = Self::new(self.document, name.clone(), table);
            if let Err(message) = read(&mut section) {
                self.document.note(at, format!("`{name}`: {message}"));
            }
            section.finish();
        }
    }

    /// Notes every key that nothing asked for.
    pub(super) fn finish(self) {
        for (key, span, _) in &self.entries {
            let name = self.name(key);
            let message = match nearest(key, &self.known) {
                Some(near) => {
                    format!("unknown key `{name}`; did you mean `{}`?", self.name(near))
                }
                None => format!(
                    "unknown key `{name}`; known here are {}",
                    self.known.join(", ")
                ),
            };
            self.document.note(span.start, message);
        }
    }

    fn name(&self, key: &str) -> String {
        if self.path.is_empty() {
            return key.to_owned();
        }
        format!("{}.{key}", self.path)
    }
}

/// A value as the document gives it.
#[derive(Clone, Copy)]
pub(super) struct Given<'v, 't>(&'v DeValue<'t>);

impl<'v> Given<'v, '_> {
    /// A text that is not empty.
    pub(super) fn as_text(self) -> Option<&'v str> {
        self.0.as_str().filter(|text| !text.is_empty())
    }

    /// A whole number, in any of TOML's notations.
    pub(super) fn as_integer(self) -> Option<i64> {
        let integer = self.0.as_integer()?;
        i64::from_str_radix(integer.as_str(), integer.radix()).ok()
    }

    /// A number with or without a fraction.
    fn as_number(self) -> Option<f32> {
        match self.as_integer() {
            Some(integer) => Some(integer as f32),
            None => self.0.as_float()?.as_str().parse().ok(),
        }
    }
}

/// A value as a message shows it: what it is, and itself where that is short.
fn shown(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) if text.len() <= 40 => format!("{text:?}"),
        DeValue::Integer(integer) => integer.as_str().to_owned(),
        DeValue::Float(float) => float.as_str().to_owned(),
        DeValue::Boolean(boolean) => boolean.to_string(),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a section".to_owned(),
        DeValue::Datetime(_) => "a date".to_owned(),
        DeValue::String(_) => "a longer text".to_owned(),
    }
}
