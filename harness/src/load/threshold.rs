//! Thresholds: `METRIC OP VALUE[unit] [for STEP]`, such as `p95<800ms`, `lost==0`, `p99.9<2s for create POST /Users`.
//!
//! What could not be measured does not hold. What nobody could look at (upstream, with `--scim-only`; efficiency, without a
//! limit) is not applicable and says so; it is never passed.

mod metric;
mod parse;

use serde::{Deserialize, Serialize};

pub use self::metric::{Metric, Stat, TimeFigure, Which};
pub use self::parse::ThresholdError;
use super::result::LoadResult;

/// One condition on a result.
#[derive(Clone, Debug, PartialEq)]
pub struct Threshold {
    /// As it was written.
    text: String,
    metric: Metric,
    op: Op,
    /// In the metric's own unit.
    value: f64,
    /// Only requests of this step.
    step: Option<String>,
}

/// How the measured value is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `==`
    Equal,
    /// `>=`
    GreaterOrEqual,
    /// `>`
    Greater,
}

/// A threshold, and what came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judged {
    /// As it was written.
    pub threshold: String,
    /// What was measured, in words; or why nothing was.
    pub got: String,
    /// Whether it holds; `None` is not applicable.
    pub holds: Option<bool>,
}

/// What a metric comes to.
pub(super) enum Measured {
    /// A value in the metric's unit.
    Value(f64),
    /// There is none, although there should be.
    Nothing(String),
    /// Nobody could look.
    NotApplicable(&'static str),
}

impl Threshold {
    /// Looks at a result.
    pub fn judge(&self, result: &LoadResult) -> Judged {
        let (got, holds) = match self.metric.of(result, self.step.as_deref()) {
            Measured::Value(value) => (self.metric.said(value), Some(self.op.holds(value, self.value))),
            Measured::Nothing(why) => (why, Some(false)),
            Measured::NotApplicable(why) => (why.to_owned(), None),
        };
        Judged {
            threshold: self.text.clone(),
            got,
            holds,
        }
    }
}

impl Op {
    const ALL: [(&'static str, Self); 5] = [
        ("<=", Self::LessOrEqual),
        (">=", Self::GreaterOrEqual),
        ("==", Self::Equal),
        ("<", Self::Less),
        (">", Self::Greater),
    ];

    fn holds(self, got: f64, wanted: f64) -> bool {
        /// Shares are quotients; counts and times are whole numbers.
        const EQUAL_ENOUGH: f64 = 1e-9;
        match self {
            Self::Less => got < wanted,
            Self::LessOrEqual => got <= wanted,
            Self::Equal => (got - wanted).abs() < EQUAL_ENOUGH,
            Self::GreaterOrEqual => got >= wanted,
            Self::Greater => got > wanted,
        }
    }
}

#[cfg(test)]
mod tests;
