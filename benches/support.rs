//! What the benches in this package share.

/// The median and the extremes of what several turns gave.
pub struct Spread {
    /// The one in the middle.
    pub median: f64,
    /// The least.
    pub least: f64,
    /// The most.
    pub most: f64,
}

impl Spread {
    /// Of at least one turn.
    pub fn of(mut turns: Vec<f64>) -> Self {
        turns.sort_by(f64::total_cmp);
        let at = |place: usize| turns.get(place).copied().unwrap_or(f64::NAN);
        Self {
            median: at(turns.len() / 2),
            least: at(0),
            most: at(turns.len().saturating_sub(1)),
        }
    }
}
