//! Lays out labelled text for a terminal: colour, indent and wrapping.
//!
//! Step: sink. Invariant: nothing that reaches [`Sheet`] can steer the terminal, since every text
//! passes `visible` here; colours are this module's own and end on their line.

use std::fmt::Write as _;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::sink::escape::visible;

/// How a terminal wants its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Look {
    /// Whether it shows colours.
    pub(crate) colour: bool,
    /// Its width in columns; `None` where lines may be of any length.
    pub(crate) width: Option<usize>,
}

/// Colours and weights, by what they mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// As the terminal is.
    Plain,
    /// Less important.
    Faint,
    /// More important.
    Strong,
    /// Speaks for.
    Against,
    /// Speaks against.
    Good,
    /// Wants attention.
    Warning,
    /// A severity's badge, 1 to 5.
    Badge(u8),
}

impl Tone {
    /// The terminal's code (select graphic rendition) for the tone.
    fn code(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Faint => "2",
            Self::Strong => "1",
            Self::Against | Self::Badge(4) => "1;31",
            Self::Good | Self::Badge(0 | 1) => "32",
            Self::Warning => "33",
            Self::Badge(2) => "1;36",
            Self::Badge(3) => "1;33",
            Self::Badge(_) => "1;97;41",
        }
    }
}

/// A block of text in the making.
pub(crate) struct Sheet {
    look: Look,
    text: String,
}

impl Sheet {
    pub(crate) fn new(look: Look) -> Self {
        Self {
            look,
            text: String::new(),
        }
    }

    /// A label at the left, and a text beside it that wraps below itself.
    pub(crate) fn line(&mut self, label: &str, label_tone: Tone, text: &str, tone: Tone) {
        self.columns(&[(label, label_tone, LABEL)], text, tone);
    }

    /// The same with a label column of `indent` columns.
    pub(crate) fn indented(
        &mut self,
        indent: usize,
        label: &str,
        label_tone: Tone,
        text: &str,
        tone: Tone,
    ) {
        self.columns(&[(label, label_tone, indent)], text, tone);
    }

    /// Labels in columns of their own width, and a text beside them that wraps below itself.
    pub(crate) fn columns(&mut self, labels: &[(&str, Tone, usize)], text: &str, tone: Tone) {
        let indent = labels.iter().map(|(.., width)| width).sum::<usize>();
        let room = self.look.width.map_or(usize::MAX, |width| {
            width.saturating_sub(indent).max(NARROWEST)
        });
        let text = visible(text);
        for (index, line) in wrap(&text, room).into_iter().enumerate() {
            if index == 0 {
                for (label, label_tone, width) in labels {
                    self.paint(*label_tone, label);
                    let pad = width.saturating_sub(label.width());
                    let _ = write!(self.text, "{:pad$}", "");
                }
            } else {
                let _ = write!(self.text, "{:indent$}", "");
            }
            self.paint(tone, line);
            self.text.push('\n');
        }
    }

    /// An empty line.
    pub(crate) fn gap(&mut self) {
        self.text.push('\n');
    }

    /// The block.
    pub(crate) fn finish(self) -> String {
        self.text
    }

    fn paint(&mut self, tone: Tone, text: &str) {
        let code = tone.code();
        if !self.look.colour || code.is_empty() || text.is_empty() {
            self.text.push_str(text);
            return;
        }
        let _ = write!(self.text, "\u{1b}[{code}m{text}\u{1b}[0m");
    }
}

/// Cuts a text into lines of at most `room` columns, at spaces where there are any.
fn wrap(text: &str, room: usize) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = text;
    while rest.width() > room {
        let mut columns = 0;
        let mut last_space = None;
        let mut end = rest.len();
        for (at, character) in rest.char_indices() {
            if character == ' ' {
                last_space = Some(at);
            }
            columns += character.width().unwrap_or(0);
            if columns > room {
                end = at;
                break;
            }
        }
        // A path without spaces is cut where the line ends; anything shorter than a third of a
        // line would leave a ragged stub, so it is cut as well.
        let cut = last_space.filter(|space| *space > end / 3).unwrap_or(end);
        let cut = if cut == 0 {
            end.max(first_character(rest))
        } else {
            cut
        };
        lines.push(&rest[..cut]);
        rest = rest[cut..].trim_start_matches(' ');
    }
    if !rest.is_empty() || lines.is_empty() {
        lines.push(rest);
    }
    lines
}

/// Length of the first character: a cut always takes at least one.
fn first_character(text: &str) -> usize {
    text.chars().next().map_or(0, char::len_utf8)
}

/// Columns of the label column.
pub(crate) const LABEL: usize = 8;

/// Text is not squeezed below this; a terminal that narrow wraps by itself.
const NARROWEST: usize = 20;
