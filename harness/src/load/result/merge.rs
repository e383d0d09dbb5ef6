//! Puts the results of shards together. Counts are summed and histograms added, so that the whole is exactly what one run
//! would have counted; what cannot be added (percentiles of a second) is said where it stands.

use std::collections::BTreeSet;

use super::{Driver, FORMAT, LoadResult, Phase, Point, Second};
use crate::load::convergence::Share;

/// Why results are no shards of one run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// Nothing to merge.
    #[error("there is nothing to merge")]
    Nothing,
    /// A file of another version.
    #[error("a result has format {0}; this version of proofload reads format {FORMAT}")]
    Format(u32),
    /// The runs differ.
    #[error("the results are not of one run: {what} is {one} in one and {other} in another")]
    Differ {
        /// What differs.
        what: String,
        /// The first result's.
        one: String,
        /// The other's.
        other: String,
    },
    /// Not a shard.
    #[error("a result is of a whole run (no --shard), so there is nothing to merge it with")]
    Whole,
    /// Twice the same.
    #[error("shard {0} is there twice")]
    Twice(u32),
    /// Some are not there.
    #[error("of {of} shards these are missing: {missing}")]
    Missing {
        /// Which, as a list.
        missing: String,
        /// How many there should be.
        of: u32,
    },
}

/// The one result of all shards. Thresholds are left empty: they have to be judged anew.
///
/// # Errors
/// When they are not all the shards of one run, each once.
pub fn merge(results: Vec<LoadResult>) -> Result<LoadResult, MergeError> {
    let mut results = results.into_iter();
    let mut whole = results.next().ok_or(MergeError::Nothing)?;
    let mut seen = BTreeSet::new();
    check_alone(&whole, &mut seen)?;
    for part in results {
        check_alone(&part, &mut seen)?;
        check_same(&whole, &part)?;
        absorb(&mut whole, part);
    }
    let missing: Vec<_> = (0..whole.run.shards_of).filter(|shard| !seen.contains(shard)).collect();
    if !missing.is_empty() {
        let missing: Vec<_> = missing.iter().map(ToString::to_string).collect();
        return Err(MergeError::Missing {
            missing: missing.join(", "),
            of: whole.run.shards_of,
        });
    }
    whole.run.shards = seen.into_iter().collect();
    whole.thresholds.clear();
    Ok(whole)
}

fn check_alone(result: &LoadResult, seen: &mut BTreeSet<u32>) -> Result<(), MergeError> {
    if result.format != FORMAT {
        return Err(MergeError::Format(result.format));
    }
    if result.run.shards.is_empty() {
        return Err(MergeError::Whole);
    }
    let twice = result.run.shards.iter().find(|shard| !seen.insert(**shard));
    twice.map_or(Ok(()), |shard| Err(MergeError::Twice(*shard)))
}

fn check_same(one: &LoadResult, other: &LoadResult) -> Result<(), MergeError> {
    let (a, b) = (&one.run, &other.run);
    let mut facts = vec![
        ("the profile".to_owned(), a.profile.clone(), b.profile.clone()),
        ("the persona".to_owned(), a.persona.clone(), b.persona.clone()),
        ("the seed".to_owned(), a.seed.to_string(), b.seed.to_string()),
        (
            "the number of shards".to_owned(),
            a.shards_of.to_string(),
            b.shards_of.to_string(),
        ),
        ("--compress".to_owned(), a.compress.to_string(), b.compress.to_string()),
        (
            "OpenAI's limit".to_owned(),
            format!("{:?}", a.limit),
            format!("{:?}", b.limit),
        ),
        ("proofload".to_owned(), one.proofload.clone(), other.proofload.clone()),
    ];
    let names: BTreeSet<_> = a.parameters.keys().chain(b.parameters.keys()).collect();
    let of = |of: &std::collections::BTreeMap<String, String>, name: &str| {
        of.get(name).cloned().unwrap_or_else(|| "not set".to_owned())
    };
    facts.extend(
        names
            .into_iter()
            .map(|name| (name.clone(), of(&a.parameters, name), of(&b.parameters, name))),
    );
    let differs = facts.into_iter().find(|(_, one, other)| one != other);
    differs.map_or(Ok(()), |(what, one, other)| {
        Err(MergeError::Differ { what, one, other })
    })
}

fn absorb(whole: &mut LoadResult, part: LoadResult) {
    whole.run.people += part.run.people;
    whole.run.groups += part.run.groups;
    phases(&mut whole.phases, part.phases);
    for (name, step) in part.steps {
        whole.steps.entry(name).or_default().absorb(&step);
    }
    for (name, jobs) in part.jobs {
        let known = whole.jobs.entry(name).or_default();
        known.done += jobs.done;
        known.retries += jobs.retries;
        known.given_up += jobs.given_up;
    }
    seconds(&mut whole.seconds, part.seconds);
    whole.curve = curve(&whole.curve, &part.curve);
    // Over when the last is over; settled when everybody is.
    let ends = [
        whole.worked + whole.settled.unwrap_or_default(),
        part.worked + part.settled.unwrap_or_default(),
    ];
    let all_settled = whole.settled.is_some() && part.settled.is_some();
    whole.worked = whole.worked.max(part.worked);
    whole.settled = all_settled.then(|| (ends[0].max(ends[1]) - whole.worked).max(0.0));
    driver(&mut whole.driver, part.driver);
    whole.upstream = match (whole.upstream.take(), part.upstream) {
        (Some(mut one), Some(other)) => {
            one.routes.absorb(other.routes);
            one.unavoidable.absorb(other.unavoidable);
            one.missed += other.missed;
            one.misread += other.misread;
            Some(one)
        }
        // Where one could not look, the whole was not looked at.
        _ => None,
    };
    whole.end_state = match (whole.end_state.take(), part.end_state) {
        (Some(mut one), Some(other)) => {
            one.absorb(other);
            Some(one)
        }
        _ => None,
    };
    whole.cut = whole.cut.take().or(part.cut);
    whole.interrupted |= part.interrupted;
    for note in part.notes {
        if !whole.notes.contains(&note) {
            whole.notes.push(note);
        }
    }
}

fn phases(whole: &mut Vec<Phase>, part: Vec<Phase>) {
    for phase in part {
        match whole.iter_mut().find(|known| known.name == phase.name) {
            Some(known) => {
                known.began = known.began.min(phase.began);
                known.ended = known.ended.max(phase.ended);
                known.jobs += phase.jobs;
            }
            None => whole.push(phase),
        }
    }
}

fn seconds(whole: &mut Vec<Second>, part: Vec<Second>) {
    if whole.len() < part.len() {
        whole.resize(part.len(), Second::default());
    }
    for (known, second) in whole.iter_mut().zip(part) {
        known.requests += second.requests;
        known.errors += second.errors;
        known.throttled += second.throttled;
        for (known, other) in known.percentiles.iter_mut().zip(second.percentiles) {
            *known = other.max(*known);
        }
    }
}

/// At each moment of either, the sum of where both stood.
fn curve(one: &[Point], other: &[Point]) -> Vec<Point> {
    let mut times: Vec<f64> = one.iter().chain(other).map(|point| point.at).collect();
    times.sort_by(f64::total_cmp);
    times.dedup();
    let at = |points: &[Point], time: f64| {
        let before = points.iter().rev().find(|point| point.at <= time);
        before.map_or(Share::default(), |point| point.share)
    };
    let sum = |time: &f64| {
        let (a, b) = (at(one, *time), at(other, *time));
        Point {
            at: *time,
            share: Share {
                right: a.right + b.right,
                said: a.said + b.said,
            },
        }
    };
    times.iter().map(sum).collect()
}

fn driver(whole: &mut Driver, part: Driver) {
    whole.cpu = whole.cpu.zip(part.cpu).map(|(one, other)| one + other);
    whole.bottleneck = whole.bottleneck.take().or(part.bottleneck);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::example;

    fn shard(number: u32) -> LoadResult {
        let mut result = example::result();
        (result.run.shards, result.run.shards_of) = (vec![number], 3);
        result
    }

    #[test]
    fn shards_add_up_exactly() {
        let one = example::result();
        let whole = merge(vec![shard(2), shard(0), shard(1)]).unwrap();
        assert_eq!(whole.requests(), 3 * one.requests());
        assert_eq!(whole.errors(), 3 * one.errors());
        assert_eq!(whole.run.shards, [0, 1, 2]);
        let step = "create POST /Users";
        let (was, is) = (&one.steps[step].corrected.0, &whole.steps[step].corrected.0);
        assert_eq!((is.len(), is.max()), (3 * was.len(), was.max()));
        assert_eq!(is.value_at_quantile(0.95), was.value_at_quantile(0.95));
        assert_eq!(whole.end_state.as_ref().unwrap().lost.count, 6);
        assert_eq!(whole.upstream.as_ref().unwrap().routes.total().calls, 3 * 450);
        assert_eq!(whole.amplification(), one.amplification());
        let seconds: u64 = whole.seconds.iter().map(|second| second.requests).sum();
        assert_eq!(
            seconds,
            3 * one.seconds.iter().map(|second| second.requests).sum::<u64>()
        );
        assert_eq!(
            whole.curve.last().unwrap().share.right,
            3 * one.curve.last().unwrap().share.right
        );
        assert_eq!((whole.worked, whole.settled), (one.worked, one.settled));
        assert_eq!(whole.phases.len(), one.phases.len());
    }

    /// The second shard began to converge later and is over earlier.
    #[test]
    fn a_curve_is_summed_where_either_has_a_point() {
        let point = |at, right, said| Point {
            at,
            share: Share { right, said },
        };
        let one = [point(0.0, 1, 4), point(2.0, 4, 4)];
        let other = [point(1.0, 2, 2), point(1.5, 3, 4)];
        let expected = [point(0.0, 1, 4), point(1.0, 3, 6), point(1.5, 4, 8), point(2.0, 7, 8)];
        assert_eq!(curve(&one, &other), expected);
        assert_eq!(curve(&other, &one), expected);
    }

    #[test]
    fn who_did_not_settle_or_look_spoils_the_whole() {
        let mut blind = shard(1);
        (blind.settled, blind.end_state, blind.upstream) = (None, None, None);
        let whole = merge(vec![shard(0), blind, shard(2)]).unwrap();
        assert_eq!((whole.settled, whole.end_state, whole.upstream), (None, None, None));
    }

    #[test]
    fn what_is_no_run_is_refused() {
        let said = |results: Vec<LoadResult>| merge(results).unwrap_err().to_string();
        let with = |change: &dyn Fn(&mut LoadResult)| {
            let mut other = shard(1);
            change(&mut other);
            vec![shard(0), other, shard(2)]
        };
        let errors = [
            said(vec![]),
            said(vec![example::result()]),
            said(vec![shard(0), shard(2)]),
            said(vec![shard(0)]),
            said(vec![shard(0), shard(1), shard(1)]),
            said(with(&|other| other.format = 2)),
            said(with(&|other| other.run.seed = 8)),
            said(with(&|other| "aiw".clone_into(&mut other.run.profile))),
            said(with(&|other| other.run.shards_of = 4)),
            said(with(&|other| {
                _ = other.run.parameters.insert("people".to_owned(), "150".to_owned());
            })),
            said(with(&|other| {
                _ = other.run.parameters.insert("jitter".to_owned(), "1".to_owned());
            })),
        ];
        insta::assert_snapshot!(errors.join("\n"));
    }
}
