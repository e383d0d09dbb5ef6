//! What has changed since another run, and which of it may be noise.
//!
//! A percentile of `n` requests is itself uncertain: had the same run been made again, another request would have been the
//! one at that rank. The order statistics around it bound where the true value lies (95 of 100 times), whatever the times
//! are distributed like. Where the bounds of two runs meet, the difference may be chance alone. That is the noise *within*
//! a run; what another machine or another day does comes on top, so a change beyond noise asks for a second look, not for a
//! verdict. Counts of people who were lost are no samples: any change is one.

use super::end_state::EndState;
use super::result::{LoadResult, Step};
use super::threshold::Stat;
use super::times::Times;
use super::words;

/// What has changed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// In what the runs themselves differ: comparing them may mean nothing.
    pub differences: Vec<String>,
    /// What both have.
    pub rows: Vec<Row>,
}

/// One figure of both runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The step, or empty for the whole run.
    pub step: String,
    /// The metric.
    pub metric: String,
    /// Before, in words.
    pub before: String,
    /// Now, in words.
    pub now: String,
    /// By how much it changed, as a share of what it was; `None` from zero.
    pub change: Option<f64>,
    /// Whether chance alone may have done it.
    pub noise: Noise,
}

/// What a difference is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noise {
    /// It is the same.
    Same,
    /// The bounds of both meet.
    Within,
    /// They do not.
    Beyond,
    /// There is no chance in it, or nobody knows how much.
    Unbounded,
}

impl Noise {
    /// In words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Same => "the same",
            Self::Within => "within noise",
            Self::Beyond => "beyond noise",
            Self::Unbounded => "",
        }
    }
}

const SHOWN: [&str; 3] = ["p50", "p95", "p99"];

/// Compares a run with one before it.
pub fn compare(before: &LoadResult, now: &LoadResult) -> Comparison {
    let mut rows = vec![rate(before, now)];
    let whole = |metric: &str, was: Option<f64>, is: Option<f64>, said: fn(f64) -> String| {
        let (was, is) = (was?, is?);
        Some(row("", metric, [was, is], said, Noise::Unbounded))
    };
    rows.extend(whole(
        "time",
        Some(before.time() * 1e6),
        Some(now.time() * 1e6),
        words::time,
    ));
    rows.extend(whole(
        "efficiency",
        before.efficiency(),
        now.efficiency(),
        words::percent,
    ));
    let two_digits = |value: f64| format!("{value:.2}");
    rows.extend(whole(
        "amplification",
        before.amplification(),
        now.amplification(),
        two_digits,
    ));
    rows.extend(tallies(before.end_state.as_ref(), now.end_state.as_ref()));
    for (name, step) in &now.steps {
        if let Some(was) = before.steps.get(name) {
            rows.extend(times(name, was, step));
        }
    }
    Comparison {
        differences: differences(before, now),
        rows,
    }
}

fn differences(before: &LoadResult, now: &LoadResult) -> Vec<String> {
    let (was, is) = (&before.run, &now.run);
    let mut facts = vec![
        ("profile".to_owned(), was.profile.clone(), is.profile.clone()),
        ("persona".to_owned(), was.persona.clone(), is.persona.clone()),
        ("target".to_owned(), was.target.clone(), is.target.clone()),
        ("people".to_owned(), was.people.to_string(), is.people.to_string()),
        ("groups".to_owned(), was.groups.to_string(), is.groups.to_string()),
        ("compress".to_owned(), was.compress.to_string(), is.compress.to_string()),
        ("proofload".to_owned(), before.proofload.clone(), now.proofload.clone()),
    ];
    for (name, value) in &is.parameters {
        if !facts.iter().any(|(known, ..)| known == name) {
            let before = was
                .parameters
                .get(name)
                .cloned()
                .unwrap_or_else(|| "not set".to_owned());
            facts.push((name.clone(), before, value.clone()));
        }
    }
    let differing = facts.into_iter().filter(|(_, was, is)| was != is);
    let mut said: Vec<_> = differing
        .map(|(name, was, is)| format!("{name}: {was} before, {is} now"))
        .collect();
    let names = |result: &LoadResult| result.steps.keys().cloned().collect::<Vec<_>>();
    for (here, there, when) in [
        (names(now), names(before), "now"),
        (names(before), names(now), "before"),
    ] {
        let only = here.iter().filter(|name| !there.contains(name));
        said.extend(only.map(|name| format!("step {name:?} is there only {when}")));
    }
    said
}

/// Requests a second; arrivals of so many requests vary by the root of their number.
#[expect(clippy::cast_precision_loss, reason = "requests of one run are far below 2^52")]
fn rate(before: &LoadResult, now: &LoadResult) -> Row {
    let rate = |result: &LoadResult| {
        let (requests, seconds) = (result.requests() as f64, result.worked.max(1e-9));
        (requests / seconds, 1.96 * requests.sqrt() / seconds)
    };
    let ((was, was_by), (is, is_by)) = (rate(before), rate(now));
    let noise = meet((was - was_by, was + was_by), (is - is_by, is + is_by));
    row("", "rate", [was, is], |value| format!("{value:.1}/s"), noise)
}

#[expect(clippy::cast_precision_loss, reason = "counts of people are far below 2^52")]
fn tallies(before: Option<&EndState>, now: Option<&EndState>) -> Vec<Row> {
    let (Some(before), Some(now)) = (before, now) else {
        return Vec::new();
    };
    let pairs = before.tallies().into_iter().zip(now.tallies());
    let differing = pairs.filter(|((_, was), (_, is))| was.count + is.count > 0);
    differing
        .map(|((name, was), (_, is))| {
            let counts = [was.count as f64, is.count as f64];
            row("", name, counts, |value| format!("{value:.0}"), Noise::Unbounded)
        })
        .collect()
}

fn times(name: &str, before: &Step, now: &Step) -> Vec<Row> {
    let shown = Stat::ALL.into_iter().filter(|(metric, _)| SHOWN.contains(metric));
    shown
        .filter_map(|(metric, stat)| {
            let Stat::Quantile(share) = stat else { return None };
            let noise = meet(bounds(&before.corrected, share)?, bounds(&now.corrected, share)?);
            let values = [stat.of(&before.corrected), stat.of(&now.corrected)];
            Some(row(name, metric, values, words::time, noise))
        })
        .collect()
}

/// Where the true percentile lies, 95 of 100 times: the order statistics 1.96 standard deviations of a binomial below and
/// above its rank. `None` when nothing was measured.
#[expect(
    clippy::cast_precision_loss,
    reason = "requests of one run and their microseconds are far below 2^52"
)]
pub fn bounds(times: &Times, share: f64) -> Option<(f64, f64)> {
    let count = times.0.len() as f64;
    if count < 1.0 {
        return None;
    }
    let by = 1.96 * (count * share * (1.0 - share)).sqrt();
    let at = |rank: f64| times.quantile((rank / count).clamp(0.0, 1.0)) as f64;
    Some((at((count * share - by).floor()), at((count * share + by).ceil() + 1.0)))
}

fn meet((low, high): (f64, f64), (other_low, other_high): (f64, f64)) -> Noise {
    if low <= other_high && other_low <= high {
        Noise::Within
    } else {
        Noise::Beyond
    }
}

fn row(step: &str, metric: &str, [was, is]: [f64; 2], said: impl Fn(f64) -> String, noise: Noise) -> Row {
    let (before, now) = (said(was), said(is));
    Row {
        step: step.to_owned(),
        metric: metric.to_owned(),
        change: (was > 0.0).then(|| is / was - 1.0),
        noise: if before == now { Noise::Same } else { noise },
        before,
        now,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::example;

    #[test]
    fn the_fewer_the_wider() {
        let few = bounds(&Times::of((1..=100).map(|n| n * 1000)), 0.5).unwrap();
        let many = bounds(&Times::of((1..=10_000).map(|n| n * 10)), 0.5).unwrap();
        assert!(
            (39_000.0..=41_000.0).contains(&few.0) && (60_000.0..=62_100.0).contains(&few.1),
            "{few:?}"
        );
        assert!(
            (48_900.0..=49_100.0).contains(&many.0) && (50_900.0..=51_200.0).contains(&many.1),
            "{many:?}"
        );
        assert_eq!(bounds(&Times::of([7]), 0.99), Some((7.0, 7.0)));
        assert_eq!(bounds(&Times::of([]), 0.99), None);
    }

    /// Draws two samples of the same times again and again: chance must pass for chance nearly always.
    #[test]
    fn chance_is_called_noise() {
        let mut random = fastrand::Rng::with_seed(3);
        let mut sample = || Times::of((0..400).map(|_| 1_000 + random.u64(..1_000).pow(3) / 1_000));
        let beyond = (0..200)
            .filter(|_| {
                let [one, other] = [sample(), sample()].map(|times| bounds(&times, 0.95).unwrap());
                meet(one, other) == Noise::Beyond
            })
            .count();
        assert!(beyond <= 6, "{beyond} of 200");
    }

    #[test]
    fn a_run_is_itself() {
        let result = example::result();
        let comparison = compare(&result, &result);
        assert_eq!(comparison.differences, [] as [&str; 0]);
        assert!(
            comparison.rows.iter().all(|row| row.noise == Noise::Same),
            "{comparison:?}"
        );
    }

    #[test]
    fn a_slower_run_is_told_from_a_noisy_one() {
        let before = example::result();
        let mut now = example::slower();
        now.run.people = 150;
        let comparison = compare(&before, &now);
        let rows: Vec<_> = comparison
            .rows
            .iter()
            .map(|row| {
                let change = row
                    .change
                    .map_or("-".to_owned(), |change| format!("{:+.0} %", change * 100.0));
                let (step, metric, noise) = (&row.step, &row.metric, row.noise.as_str());
                format!("{step} {metric}: {} → {} {change} {noise}", row.before, row.now)
            })
            .collect();
        insta::assert_snapshot!([comparison.differences, rows].concat().join("\n"));
    }
}
