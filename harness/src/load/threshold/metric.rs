//! What can be measured of a result, by the names that thresholds use.

use super::Measured;
use crate::load::end_state::EndState;
use crate::load::result::{LoadResult, Step};
use crate::load::times::Times;
use crate::load::words;

/// Something that a result has a number for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Metric {
    /// Times of requests, in microseconds.
    Times(TimeFigure),
    /// Requests a second.
    Rate,
    /// Of all requests, how many failed: 5xx, 4xx other than 404 and 429, or no answer.
    ErrorRate,
    /// Answers of the bridge with 429.
    Throttled,
    /// Answers of upstream with 429.
    UpstreamThrottled,
    /// Jobs that were given up.
    GivenUp,
    /// One of the tallies of the end state.
    Tally(&'static str),
    /// People, groups and memberships that could not be judged.
    Unsure,
    /// See [`efficiency`](crate::load::efficiency).
    Efficiency,
    /// Upstream calls for each request.
    Amplification,
    /// Until upstream showed everything, in microseconds.
    Time,
}

/// Which of the three times, and which figure of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TimeFigure {
    /// Which of the three.
    pub which: Which,
    /// Which figure.
    pub stat: Stat,
}

/// One of the three times of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// From when it was due: what an identity provider would have waited.
    Corrected,
    /// From when it was sent.
    Service,
    /// Between the two.
    Lag,
}

/// One figure of many times.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Stat {
    /// The time below which this share lies.
    Quantile(f64),
    /// The longest.
    Max,
    /// The mean.
    Mean,
}

/// The unit a value is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Time,
    Share,
    Number,
}

const TALLIES: [&str; 12] = [
    "lost",
    "doubled",
    "ghost",
    "escalated",
    "roles-lost",
    "strangers",
    "memberships-lost",
    "memberships-ghost",
    "groups-lost",
    "groups-doubled",
    "groups-ghost",
    "impatient",
];

const NO_UPSTREAM: &str = "not applicable: nobody could look upstream";

impl Stat {
    /// Their names.
    pub const ALL: [(&'static str, Self); 7] = [
        ("p50", Self::Quantile(0.5)),
        ("p90", Self::Quantile(0.9)),
        ("p95", Self::Quantile(0.95)),
        ("p99", Self::Quantile(0.99)),
        ("p99.9", Self::Quantile(0.999)),
        ("max", Self::Max),
        ("mean", Self::Mean),
    ];

    /// In microseconds.
    pub fn of(self, times: &Times) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "microseconds are far below 2^52")]
        match self {
            Self::Quantile(share) => times.quantile(share) as f64,
            Self::Max => times.0.max() as f64,
            Self::Mean => times.0.mean(),
        }
    }
}

impl Which {
    /// The prefix before a figure's name; without any, it is the corrected time.
    pub(super) const PREFIXES: [(&'static str, Self); 3] = [
        ("corrected.", Self::Corrected),
        ("service.", Self::Service),
        ("lag.", Self::Lag),
    ];

    fn of(self, step: &Step) -> &Times {
        match self {
            Self::Corrected => &step.corrected,
            Self::Service => &step.service,
            Self::Lag => &step.lag,
        }
    }
}

impl Metric {
    const PLAIN: [(&'static str, Self); 9] = [
        ("rate", Self::Rate),
        ("error-rate", Self::ErrorRate),
        ("429s", Self::Throttled),
        ("upstream-429s", Self::UpstreamThrottled),
        ("given-up", Self::GivenUp),
        ("unsure", Self::Unsure),
        ("efficiency", Self::Efficiency),
        ("amplification", Self::Amplification),
        ("time", Self::Time),
    ];

    /// The metric of this name.
    pub(super) fn named(name: &str) -> Option<Self> {
        let prefix = Which::PREFIXES.into_iter().find(|(prefix, _)| name.starts_with(prefix));
        let (which, rest) = prefix.map_or((Which::Corrected, name), |(prefix, which)| {
            (which, &name[prefix.len()..])
        });
        if let Some((_, stat)) = Stat::ALL.into_iter().find(|(known, _)| *known == rest) {
            return Some(Self::Times(TimeFigure { which, stat }));
        }
        let plain = Self::PLAIN.into_iter().find(|(known, _)| *known == name);
        let tally = || TALLIES.into_iter().find(|known| *known == name).map(Self::Tally);
        plain.map(|(_, metric)| metric).or_else(tally)
    }

    /// All names.
    pub(super) fn names() -> Vec<&'static str> {
        let stats = Stat::ALL.iter().map(|(name, _)| *name);
        let others = ["service.p95", "lag.p99"];
        stats
            .chain(others)
            .chain(Self::PLAIN.iter().map(|(name, _)| *name))
            .chain(TALLIES)
            .collect()
    }

    pub(super) fn unit(self) -> Unit {
        match self {
            Self::Times(_) | Self::Time => Unit::Time,
            Self::ErrorRate | Self::Efficiency => Unit::Share,
            Self::Rate
            | Self::Throttled
            | Self::UpstreamThrottled
            | Self::GivenUp
            | Self::Tally(_)
            | Self::Unsure
            | Self::Amplification => Unit::Number,
        }
    }

    /// Whether it can be asked for one step.
    pub(super) fn is_of_steps(self) -> bool {
        match self {
            Self::Times(_) | Self::Rate | Self::ErrorRate | Self::Throttled => true,
            Self::UpstreamThrottled
            | Self::GivenUp
            | Self::Tally(_)
            | Self::Unsure
            | Self::Efficiency
            | Self::Amplification
            | Self::Time => false,
        }
    }

    /// A value in words.
    pub(super) fn said(self, value: f64) -> String {
        match self {
            Self::Times(_) | Self::Time => words::time(value),
            Self::ErrorRate | Self::Efficiency => words::percent(value),
            Self::Rate => format!("{value:.1}/s"),
            Self::Amplification => format!("{value:.2}"),
            Self::Throttled | Self::UpstreamThrottled | Self::GivenUp | Self::Tally(_) | Self::Unsure => {
                format!("{value:.0}")
            }
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "counts of one run are far below 2^52")]
    pub(super) fn of(self, result: &LoadResult, step: Option<&str>) -> Measured {
        match self {
            Self::Times(times) => of_steps(result, step, |step| times.stat.of(times.which.of(step))),
            Self::Rate if result.worked <= 0.0 => Measured::Nothing("the run took no time".to_owned()),
            Self::Rate => of_steps(result, step, |step| step.requests() as f64 / result.worked),
            Self::ErrorRate => of_steps(result, step, |step| step.errors() as f64 / step.requests() as f64),
            Self::Throttled => of_steps(result, step, |step| step.status(429) as f64),
            Self::GivenUp => Measured::Value(result.jobs.values().map(|jobs| jobs.given_up).sum::<u64>() as f64),
            Self::UpstreamThrottled => match &result.upstream {
                Some(side) => Measured::Value(side.routes.total().throttled as f64),
                None => Measured::NotApplicable(NO_UPSTREAM),
            },
            Self::Unsure => match &result.end_state {
                Some(state) => Measured::Value(state.unsure as f64),
                None => Measured::NotApplicable(NO_UPSTREAM),
            },
            Self::Tally(name) => {
                let tallies = result.end_state.as_ref().map(EndState::tallies);
                let tally = tallies.and_then(|all| all.into_iter().find(|(known, _)| *known == name));
                match tally {
                    Some((_, tally)) => Measured::Value(tally.count as f64),
                    None => Measured::NotApplicable(NO_UPSTREAM),
                }
            }
            Self::Amplification => match (&result.upstream, result.amplification()) {
                (None, _) => Measured::NotApplicable(NO_UPSTREAM),
                (Some(_), Some(value)) => Measured::Value(value),
                (Some(_), None) => Measured::Nothing("there were no requests".to_owned()),
            },
            Self::Efficiency => efficiency(result),
            Self::Time if result.upstream.is_some() && result.settled.is_none() => {
                Measured::Nothing("upstream never showed everything".to_owned())
            }
            Self::Time => Measured::Value(result.time() * 1e6),
        }
    }
}

fn efficiency(result: &LoadResult) -> Measured {
    if result.upstream.is_none() {
        return Measured::NotApplicable(NO_UPSTREAM);
    }
    if result.shortest().is_none() {
        return Measured::NotApplicable("not applicable: upstream's limit did not matter");
    }
    match result.efficiency() {
        Some(value) => Measured::Value(value),
        None => Measured::Nothing("upstream never showed everything".to_owned()),
    }
}

fn of_steps(result: &LoadResult, step: Option<&str>, measure: impl Fn(&Step) -> f64) -> Measured {
    let Some(name) = step else {
        let all = result.all_steps();
        if all.requests() == 0 {
            return Measured::Nothing("there were no requests".to_owned());
        }
        return Measured::Value(measure(&all));
    };
    let found = result.steps.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    let Some((_, step)) = found.filter(|(_, step)| step.requests() > 0) else {
        let met: Vec<_> = result.steps.keys().map(String::as_str).collect();
        return Measured::Nothing(format!("there was no step {name:?}; met were: {}", met.join(", ")));
    };
    Measured::Value(measure(step))
}
