//! The switch about who accepts invites, and when.

use std::time::Duration;

use fastrand::Rng;
use serde::{Deserialize, Deserializer, Serialize};

use crate::delay::{self, Delay};

/// Who accepts invites. In the real world a person does, out of band, when they like.
///
/// Time is the organization's, and whether and when an invite is accepted follows from its id
/// and the seed alone: a state that is loaded again keeps its acceptances. An invite that expires
/// or is withdrawn first is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AutoAccept {
    /// Only whoever calls for it: [`Org::accept_invite`](crate::Org::accept_invite) or the
    /// management API.
    #[default]
    Never,
    /// Everybody, as soon as the invite has been answered.
    AtOnce,
    /// Everybody, this many seconds after they were invited: `{ after_seconds = 5 }`,
    /// `{ after_seconds = { uniform = [60, 3600] } }` or `{ after_seconds = { exponential = 3600 } }`.
    #[serde(with = "delay::seconds")]
    AfterSeconds(Delay),
    /// A few at once, most within days, some never, as people do.
    SCurve(SCurve),
}

/// When people accept who take their time: the share that has accepted, drawn over the logarithm
/// of time, is a logistic curve (an S).
///
/// `{ s_curve = { median_seconds = 86400, spread = 4.0, share = 0.9 } }`: nine of ten accept at
/// some time; of these half within a day, a quarter within a day / 4, three quarters within 4 days.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SCurve {
    /// Seconds after which half of those have accepted who ever do; a fraction will do.
    #[serde(deserialize_with = "seconds")]
    pub median_seconds: f64,
    /// How many times the median it takes for three quarters; at least 1, which means that all do
    /// at once at the median.
    #[serde(deserialize_with = "factor")]
    pub spread: f64,
    /// The share of people who ever accept, 0 to 1; all if absent.
    #[serde(default = "all", deserialize_with = "crate::fault::probability")]
    pub share: f64,
}

impl AutoAccept {
    /// Everybody, exactly so many seconds after they were invited.
    pub const fn after_seconds(seconds: u64) -> Self {
        Self::AfterSeconds(Delay::Fixed(Duration::from_secs(seconds)))
    }

    /// How long somebody takes to accept, if they ever do.
    pub(crate) fn wait(self, chance: impl FnOnce() -> Rng) -> Option<Duration> {
        match self {
            Self::Never => None,
            Self::AtOnce => Some(Duration::ZERO),
            Self::AfterSeconds(delay) => Some(delay.draw(&mut chance())),
            Self::SCurve(curve) => curve.wait(&mut chance()),
        }
    }
}

impl SCurve {
    fn wait(self, rng: &mut Rng) -> Option<Duration> {
        // Thirty years, so that no moment overflows.
        const LONGEST_SECONDS: f64 = 1e9;
        if rng.f64() >= self.share {
            return None;
        }
        // The quantile function of the log-logistic distribution. Its form is set such that the
        // odds 3 (three quarters) give the spread.
        let drawn = rng.f64();
        let odds = drawn / (1.0 - drawn);
        let factor = odds.powf(self.spread.max(1.0).ln() / 3_f64.ln());
        let seconds = self.median_seconds * factor;
        Some(Duration::from_secs_f64(seconds.min(LONGEST_SECONDS)))
    }
}

fn all() -> f64 {
    1.0
}

/// A hundred years and more.
const MEDIAN_MAX: f64 = 4e9;

fn seconds<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    let seconds = f64::deserialize(from)?;
    if (0.0..=MEDIAN_MAX).contains(&seconds) {
        return Ok(seconds);
    }
    Err(serde::de::Error::custom(format!(
        "median_seconds {seconds} is not from 0 to {MEDIAN_MAX}"
    )))
}

fn factor<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    let factor = f64::deserialize(from)?;
    if (1.0..=1e6).contains(&factor) {
        return Ok(factor);
    }
    Err(serde::de::Error::custom(format!(
        "spread {factor} is not from 1 to 1000000"
    )))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[test]
    fn an_s_curve_has_the_quartiles_and_the_share_it_says() {
        let curve = SCurve {
            median_seconds: 1000.0,
            spread: 4.0,
            share: 0.8,
        };
        let mut rng = Rng::with_seed(7);
        let mut waits: Vec<f64> = (0..50_000)
            .filter_map(|_| curve.wait(&mut rng))
            .map(|wait| wait.as_secs_f64())
            .collect();
        let count = waits.len();
        assert!((39_500..40_500).contains(&count), "{count} of 50000 accept");
        waits.sort_by(f64::total_cmp);
        for (quartile, expected) in [(1, 250.0), (2, 1000.0), (3, 4000.0)] {
            let found: f64 = waits[quartile * count / 4];
            assert!(
                (found / expected - 1.0).abs() < 0.05,
                "quartile {quartile} at {found} s"
            );
        }
    }

    #[test]
    fn no_draw_is_too_long_for_a_clock() {
        let curve = SCurve {
            median_seconds: MEDIAN_MAX,
            spread: 1e6,
            share: 1.0,
        };
        let mut rng = Rng::with_seed(7);
        assert!((0..10_000).all(|_| curve.wait(&mut rng) <= Some(Duration::from_secs(1_000_000_000))));
    }

    #[rstest]
    #[case(
        r#"{"s_curve":{"median_seconds":1,"spread":0.5}}"#,
        "spread 0.5 is not from 1 to 1000000"
    )]
    #[case(
        r#"{"s_curve":{"median_seconds":1,"spread":2,"share":2}}"#,
        "rate 2 is not from 0 to 1"
    )]
    #[case(
        r#"{"s_curve":{"median":1}}"#,
        "unknown field `median`, expected one of `median_seconds`"
    )]
    fn what_cannot_be(#[case] json: &str, #[case] expected: &str) {
        let error = serde_json::from_str::<AutoAccept>(json).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}
