//! Writes findings to standard output.
//!
//! Step: sink. In JSON nothing else is ever written there, one finding per line, flushed at once.

use std::io::{self, IsTerminal as _, Write};

use platform::host::service;

use super::console::Console;
use super::desk::Told;
use super::pretty::{self, Extent, Look};
use crate::arguments::Format;

/// Where and how findings are written.
pub(crate) struct Teller {
    output: Box<dyn Write + Send>,
    format: Format,
    look: Look,
    console: Console,
}

impl Teller {
    /// On standard output; without a wish, text for a terminal and JSON for anything else. A
    /// service that has no standard output has another one, which people read.
    pub(crate) fn standard(format: Option<Format>, console: Console) -> Self {
        if let Some(output) = service::output() {
            let mut teller = Self::new(output, format.unwrap_or(Format::Pretty), console);
            teller.look.colour = false;
            return teller;
        }
        let format = format.unwrap_or(if io::stdout().is_terminal() {
            Format::Pretty
        } else {
            Format::Json
        });
        Self::new(Box::new(io::stdout()), format, console)
    }

    /// On any output, laid out for standard output.
    pub(super) fn new(output: Box<dyn Write + Send>, format: Format, console: Console) -> Self {
        Self {
            output,
            format,
            look: look(),
            console,
        }
    }

    /// Writes one finding.
    pub(crate) fn tell(&mut self, told: &Told) -> io::Result<()> {
        let text = match self.format {
            Format::Json => {
                let mut line = serde_json::to_string(&told.document)?;
                line.push('\n');
                line
            }
            Format::Pretty if told.before.is_some() => {
                pretty::update(&told.document, told.before.as_ref(), self.look)
            }
            Format::Pretty => pretty::block(&told.document, Extent::Brief, self.look),
        };
        let output = &mut self.output;
        self.console.beside(|| {
            output.write_all(text.as_bytes())?;
            output.flush()
        })
    }
}

/// How standard output wants its text. Colour is for terminals, and for people who did not say no
/// to it (<https://no-color.org>).
pub(crate) fn look() -> Look {
    let terminal = io::stdout().is_terminal();
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
        || std::env::var_os("TERM").is_some_and(|value| value == "dumb");
    let width = terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| width.0.into());
    Look {
        colour: terminal && !refused,
        width,
    }
}
