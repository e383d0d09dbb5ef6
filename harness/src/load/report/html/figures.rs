//! The charts of the page.

use std::fmt::Write as _;

use crate::load::report::chart::{Axis, Chart, Line};
use crate::load::result::{LoadResult, Step};
use crate::load::times::Times;
use crate::load::words;

/// Steps with a line of their own; the page has as many colours.
const STEPS_MAX: usize = 6;
/// Points of a latency curve.
const CURVE_POINTS: u32 = 120;

/// All of them.
pub(super) fn all(result: &LoadResult) -> String {
    let mut text = String::new();
    let mut add = |title: &str, chart: Option<Chart<'_>>| {
        if let Some(chart) = chart {
            _ = write!(text, "<h2>{title}</h2>\n{}", chart.svg());
        }
    };
    add("Upstream shows what was acknowledged", convergence(result));
    add("Requests a second", requests(result));
    add("Times, second by second", percentiles(result));
    add("How many waited how long", latency(result));
    text
}

fn line(name: &str, color: usize, points: Vec<(f64, f64)>) -> Line {
    Line {
        name: name.to_owned(),
        color,
        dashed: false,
        points,
    }
}

fn bands(result: &LoadResult) -> Vec<(f64, f64, &str)> {
    let phases = result.phases.iter();
    phases
        .map(|phase| (phase.began, phase.ended, phase.name.as_str()))
        .collect()
}

fn end(result: &LoadResult) -> f64 {
    let last = result.curve.last().map_or(0.0, |point| point.at);
    result.time().max(last)
}

fn time_axis(result: &LoadResult) -> Axis {
    Axis::time(end(result), |seconds| words::tick(seconds * 1e6))
}

fn convergence(result: &LoadResult) -> Option<Chart<'_>> {
    let last = result.curve.last()?;
    let points = result
        .curve
        .iter()
        .map(|point| (point.at, point.share.fraction() * 100.0));
    Some(Chart {
        alt: format!(
            "The share of what was acknowledged that upstream shows, over time; in the end {}",
            words::percent(last.share.fraction())
        ),
        x: time_axis(result),
        y: Axis::linear(100.0, |value| format!("{value:.0} %")),
        lines: vec![line("share of what was acknowledged so far", 2, points.collect())],
        bands: bands(result),
    })
}

#[expect(clippy::cast_precision_loss, reason = "requests of one second are far below 2^52")]
fn requests(result: &LoadResult) -> Option<Chart<'_>> {
    let highest = result.seconds.iter().map(|second| second.requests).max()?;
    let over_time = |of: fn(&crate::load::result::Second) -> u64| {
        let seconds = result.seconds.iter().zip(0_u32..);
        seconds
            .map(|(second, at)| (f64::from(at) + 0.5, of(second) as f64))
            .collect()
    };
    Some(Chart {
        alt: format!("Requests, 429s and errors in each second; at most {highest} requests"),
        x: time_axis(result),
        y: Axis::linear(highest as f64, |value| format!("{value:.0}")),
        lines: vec![
            line("requests", 1, over_time(|second| second.requests)),
            line("429s", 4, over_time(|second| second.throttled)),
            line("errors", 3, over_time(|second| second.errors)),
        ],
        bands: bands(result),
    })
}

#[expect(clippy::cast_precision_loss, reason = "microseconds are far below 2^52")]
fn percentiles(result: &LoadResult) -> Option<Chart<'_>> {
    let measured = result
        .seconds
        .iter()
        .flat_map(|second| second.percentiles)
        .filter(|micros| *micros > 0);
    let (low, high) = (measured.clone().min()?, measured.max()?);
    let over_time = |which: usize| {
        let seconds = result.seconds.iter().zip(0_u32..);
        seconds
            .map(|(second, at)| (f64::from(at) + 0.5, second.percentiles[which] as f64))
            .collect()
    };
    Some(Chart {
        alt: "p50, p95 and p99 of the requests that ended in each second".to_owned(),
        x: time_axis(result),
        y: Axis::log(low as f64, high as f64, words::tick),
        lines: vec![
            line("p99", 3, over_time(2)),
            line("p95", 4, over_time(1)),
            line("p50", 1, over_time(0)),
        ],
        bands: bands(result),
    })
}

/// Each step's times by rank, the tail stretched: 90, 99, 99.9 % are equally far apart.
#[expect(clippy::cast_precision_loss, reason = "microseconds are far below 2^52")]
fn latency(result: &LoadResult) -> Option<Chart<'_>> {
    let mut steps: Vec<(&String, &Step)> = result.steps.iter().filter(|(_, step)| step.requests() > 0).collect();
    steps.sort_by_key(|(name, step)| (std::cmp::Reverse(step.requests()), *name));
    steps.truncate(STEPS_MAX);
    let most = steps.iter().map(|(_, step)| step.corrected.0.len()).max()? as f64;
    let stretch = most.clamp(10.0, 100_000.0);
    let low = steps.iter().map(|(_, step)| step.corrected.0.min()).min()?;
    let high = steps.iter().map(|(_, step)| step.corrected.0.max()).max()?;
    let mut lines: Vec<Line> = Vec::new();
    for (color, (name, step)) in (1..).zip(&steps) {
        lines.push(line(name, color, by_rank(&step.corrected, stretch)));
    }
    let service = by_rank(&result.all_steps().service, stretch);
    lines.push(Line {
        dashed: true,
        ..line("all, from when they were sent", 0, service)
    });
    let ranks = [
        (0.0, "0 %"),
        (0.5, "50 %"),
        (0.9, "90 %"),
        (0.99, "99 %"),
        (0.999, "99.9 %"),
        (0.9999, "99.99 %"),
    ];
    let ticks = ranks
        .into_iter()
        .map(|(share, said)| (1.0 / (1.0 - share), said.to_owned()));
    Some(Chart {
        alt: "The time that each share of the requests took at most, by step".to_owned(),
        x: Axis::log_with(1.0, stretch, ticks.filter(|(at, _)| *at <= stretch).collect()),
        y: Axis::log(low as f64, high as f64, words::tick),
        lines,
        bands: Vec::new(),
    })
}

#[expect(clippy::cast_precision_loss, reason = "microseconds are far below 2^52")]
fn by_rank(times: &Times, stretch: f64) -> Vec<(f64, f64)> {
    let point = |n: u32| {
        let at = stretch.powf(f64::from(n) / f64::from(CURVE_POINTS));
        (at, times.quantile(1.0 - 1.0 / at) as f64)
    };
    // Beyond as many as there were, nothing is known.
    let known = times.0.len() as f64;
    (0..=CURVE_POINTS)
        .map(point)
        .take_while(|(at, _)| *at <= known.max(1.0))
        .collect()
}
