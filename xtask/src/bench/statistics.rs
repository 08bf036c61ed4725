//! Medians and quartiles of few values.
//!
//! Step: tooling. Order statistics only: one disturbed run must not move a figure.

/// The median and the quartiles of some values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread {
    /// A quarter of the values is below.
    pub(crate) low: f64,
    /// Half of the values is below.
    pub(crate) median: f64,
    /// Three quarters of the values are below.
    pub(crate) high: f64,
}

impl Spread {
    /// Of `values`, of which there must be one at least.
    pub(crate) fn of(values: &[f64]) -> Self {
        Self {
            low: quantile(values, 0.25),
            median: quantile(values, 0.5),
            high: quantile(values, 0.75),
        }
    }
}

/// The value below which the given share of `values` lies, between neighbours by distance.
pub(crate) fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let Some(last) = sorted.len().checked_sub(1) else {
        return f64::NAN;
    };
    let at = share * last as f64;
    let below = sorted[at.floor() as usize];
    let above = sorted[at.ceil() as usize];
    below + (above - below) * at.fract()
}

#[cfg(test)]
mod tests;
