//! Spans of time as people write them: `30s`, `5m`, `2h`, `1d`.
//!
//! Step: none; serves configuration and arguments. A bare number is refused, because its unit would
//! be a guess.

use std::time::Duration;

/// Reads `30s`, `5m`, `2h` or `1d`.
///
/// # Errors
/// With what would be right, for anything else.
pub fn parse(text: &str) -> Result<Duration, String> {
    let wrong =
        || format!("`{text}` is not a span of time such as \"30s\", \"5m\", \"2h\" or \"1d\"");
    let unit = text.chars().last().ok_or_else(wrong)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return Err(wrong()),
    };
    let digits = &text[..text.len() - 1];
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong());
    }
    let number: u64 = digits.parse().map_err(|_| wrong())?;
    let total = number.checked_mul(seconds).ok_or_else(wrong)?;
    Ok(Duration::from_secs(total))
}

/// Writes a span in the largest unit that holds it exactly.
#[must_use]
pub fn format(span: Duration) -> String {
    let seconds = span.as_secs();
    let (number, unit) = [(86_400, 'd'), (3_600, 'h'), (60, 'm')]
        .into_iter()
        .find(|(size, _)| seconds >= *size && seconds.is_multiple_of(*size))
        .map_or((seconds, 's'), |(size, unit)| (seconds / size, unit));
    format!("{number}{unit}")
}
