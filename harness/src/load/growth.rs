//! How the cost of one more person, one more member and one more page rises with what is there already.
//!
//! A bridge that looks through all of its people for each request is quick in a test and slow in a company. The same bridge
//! is grown to one size after the other; at each, the same few requests are measured one at a time. Through the medians a
//! power law is laid: cost ∝ size^exponent. 0 is what a bridge with an index has, 1 is one that looks at everybody for each.

mod measure;

use std::fmt::Write as _;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use self::measure::{Field, SAMPLES, measure};

/// From this exponent on the cost of one more counts as growing with the size. Below it lies what caches and noise do.
pub const GROWS_FROM: f64 = 0.5;
/// The sizes looked at, unless told otherwise.
pub const SIZES: [u32; 4] = [100, 1_000, 5_000, 10_000];

/// What is measured at each size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// Look-up and create of the n-th person.
    Person,
    /// The n-th member of one group.
    Member,
    /// What the identity provider asks when nothing has changed: a page of the list, or a look-up that finds nobody.
    Probe,
}

/// One size, one act.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// How many there were.
    pub size: u32,
    /// What was done.
    pub act: Act,
    /// The median of the whole job, in microseconds.
    pub median_us: u64,
}

/// How the cost of one act grows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Growth {
    /// What was done.
    pub act: Act,
    /// Size and median, in microseconds.
    pub points: Vec<(u32, u64)>,
    /// The exponent of the power law; `None` with fewer than two sizes.
    pub exponent: Option<f64>,
}

impl Act {
    /// Every act.
    pub const ALL: [Self; 3] = [Self::Person, Self::Member, Self::Probe];

    /// In words.
    pub fn title(self) -> &'static str {
        match self {
            Self::Person => "the n-th person: look-up and create",
            Self::Member => "the n-th member of one group",
            Self::Probe => "the idle probe among n people",
        }
    }
}

impl Growth {
    /// Lays a power law through what was measured of one act.
    pub fn of(act: Act, points: &[Point]) -> Self {
        let mine = points.iter().filter(|point| point.act == act);
        let points: Vec<(u32, u64)> = mine.map(|point| (point.size, point.median_us)).collect();
        Self {
            act,
            exponent: exponent(&points),
            points,
        }
    }

    /// Whether one more costs the more the more there are.
    pub fn grows(&self) -> bool {
        self.exponent.is_some_and(|exponent| exponent >= GROWS_FROM)
    }
}

/// Least squares of the logarithms.
fn exponent(points: &[(u32, u64)]) -> Option<f64> {
    #[expect(
        clippy::cast_precision_loss,
        reason = "microseconds of one request are far below 2^52"
    )]
    let logs: Vec<(f64, f64)> = points
        .iter()
        .map(|(size, median)| (f64::from(*size).max(1.0).ln(), (*median as f64).max(1.0).ln()))
        .collect();
    let count = f64::from(u32::try_from(logs.len()).ok()?);
    let mean = |of: fn(&(f64, f64)) -> f64| logs.iter().map(of).sum::<f64>() / count;
    let (mean_x, mean_y) = (mean(|(x, _)| *x), mean(|(_, y)| *y));
    let covariance: f64 = logs.iter().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum();
    let variance: f64 = logs.iter().map(|(x, _)| (x - mean_x).powi(2)).sum();
    (variance > 0.0).then(|| covariance / variance)
}

/// A table for people.
pub fn table(growths: &[Growth]) -> String {
    let mut text = String::new();
    for growth in growths {
        _ = writeln!(text, "{}", growth.act.title());
        for (size, median) in &growth.points {
            let time = Duration::from_micros(*median);
            _ = writeln!(text, "  {size:>9}  {:>9.2} ms", time.as_secs_f64() * 1000.0);
        }
        match growth.exponent {
            Some(exponent) if growth.grows() => {
                _ = writeln!(
                    text,
                    "  exponent {exponent:.2}: GROWS, so bringing n on board costs about n^{:.1}",
                    1.0 + exponent
                );
            }
            Some(exponent) => _ = writeln!(text, "  exponent {exponent:.2}: does not grow with the size"),
            None => _ = writeln!(text, "  one size only: nothing to compare"),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::constant(&[(100, 800), (1_000, 810), (10_000, 790)], 0.0, false)]
    #[case::linear(&[(100, 100), (1_000, 1_000), (10_000, 10_000)], 1.0, true)]
    #[case::root(&[(100, 1_000), (10_000, 10_000)], 0.5, true)]
    #[case::quadratic(&[(10, 1), (100, 100), (1_000, 10_000)], 2.0, true)]
    fn the_exponent_is_found(#[case] points: &[(u32, u64)], #[case] expected: f64, #[case] grows: bool) {
        let points: Vec<Point> = points
            .iter()
            .map(|(size, median_us)| Point {
                size: *size,
                act: Act::Member,
                median_us: *median_us,
            })
            .collect();
        let growth = Growth::of(Act::Member, &points);
        assert!((growth.exponent.unwrap() - expected).abs() < 0.02, "{growth:?}");
        assert_eq!(growth.grows(), grows);
        assert_eq!(Growth::of(Act::Probe, &points).exponent, None);
    }

    #[test]
    fn a_table_says_what_grows() {
        let point = |act, size, median_us| Point { size, act, median_us };
        let points = [
            point(Act::Person, 100, 2_100),
            point(Act::Person, 10_000, 2_200),
            point(Act::Member, 100, 1_000),
            point(Act::Member, 10_000, 100_000),
        ];
        insta::assert_snapshot!(table(&Act::ALL.map(|act| Growth::of(act, &points))));
    }
}
