//! A text as entries of a log that takes only short ones.
//!
//! Step: source, beside it. Pure. Lines are entries of their own; a longer one goes on in the next.

/// The entries of a text, none longer than `most` bytes or empty.
pub fn entries(text: &str, most: usize) -> impl Iterator<Item = &str> {
    text.lines().flat_map(move |line| {
        let mut rest = line.trim_end();
        std::iter::from_fn(move || {
            let end = rest.floor_char_boundary(most);
            // A bound below the width of a character would never get on.
            let end = if end == 0 { rest.len() } else { end };
            let (entry, others) = rest.split_at(end);
            rest = others;
            (!entry.is_empty()).then_some(entry)
        })
    })
}

#[cfg(test)]
mod tests;
