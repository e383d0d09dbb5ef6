//! Whether a step found what its scenario expects.

use std::time::Duration;

use proofload_scenarios::{Action, Alternative, Expect, Level, Place, Policies, PolicyChoice, Step};
use serde_json::Value;

use super::breach::Breach;
use super::matcher::{self, ValueOf};
use super::record::{JobRecord, StepRecord};
use super::{counting, listing};
use crate::exchange::Exchange;
use crate::persona::{Failure, FailureKind};

/// What a step is judged by, besides what it left behind.
#[derive(Clone, Copy)]
pub struct Measure<'a> {
    /// The level of its expectations.
    pub level: Level,
    /// The bridge's policies.
    pub policies: &'a Policies,
    /// What placeholders stand for.
    pub value_of: ValueOf<'a>,
    /// The people a name stands for: a crowd is many.
    pub everybody: &'a dyn Fn(&str) -> Vec<String>,
    /// The addresses of a person, lower case.
    pub addresses: &'a dyn Fn(&str) -> Vec<String>,
}

/// What came of judging one step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Judgement {
    /// What does not hold.
    pub breaches: Vec<Breach>,
    /// How many checks were made.
    pub checks: u32,
    /// How many mean nothing without an upstream.
    pub not_applicable: u32,
    /// Policies of which just one choice fits what the bridge did.
    pub shown: Vec<PolicyChoice>,
}

impl Judgement {
    pub(super) fn note(&mut self, breach: Option<Breach>) {
        self.checks += 1;
        self.breaches.extend(breach);
    }

    pub(super) fn join(&mut self, other: Self) {
        self.breaches.extend(other.breaches);
        self.checks += other.checks;
        self.not_applicable += other.not_applicable;
        self.shown.extend(other.shown);
    }
}

/// Judges a step by its own expectations.
pub fn check(step: &Step, record: &StepRecord, measure: Measure<'_>) -> Judgement {
    let mut judgement = Judgement::default();
    // A verb this persona has no request for, such as Okta's deletion of a person, leaves nothing to look at.
    let silent = record.exchanges.is_empty() && matches!(step.action, Action::Do { .. });
    if silent && record.jobs.iter().all(|job| job.end().is_none()) {
        return judgement;
    }
    let deciding = deciding_exchanges(step, record);
    judgement.join(expectations(&step.expect, record, &deciding, measure));
    judgement.join(attempts(&step.expect, record, measure));
    judgement.join(not_kept(step, record, &deciding, measure.level));
    let accepted = if step.accept.is_empty() {
        None
    } else {
        Some(alternatives(step, record, &deciding, measure))
    };
    let accepted_statuses: Vec<u16> = match (&step.expect.status, &accepted) {
        (Some((statuses, _)), _) => statuses.clone(),
        (None, Some(_)) => step
            .accept
            .iter()
            .filter_map(|a| a.expect.status.as_ref())
            .flat_map(|(s, _)| s.clone())
            .collect(),
        (None, None) => Vec::new(),
    };
    for job in &record.jobs {
        judgement.note(unusable(job, record, &accepted_statuses, measure.level));
    }
    if let Some(accepted) = accepted {
        judgement.join(accepted);
    }
    judgement
}

/// What the step keeps, by name: the values that are there in the last of its deciding answers.
pub fn kept<'a>(step: &'a Step, record: &StepRecord) -> Vec<(&'a str, String)> {
    let body = deciding_exchanges(step, record)
        .last()
        .and_then(|index| record.exchanges[*index].json());
    let value = |pointer: &str| match body.as_ref()?.pointer(pointer)? {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    };
    let keeps = step.keep.iter();
    keeps
        .filter_map(|keep| Some((keep.name.as_str(), value(&keep.pointer)?)))
        .collect()
}

/// What the step keeps and the answer lacks; a wrong status is told already and explains it.
fn not_kept(step: &Step, record: &StepRecord, deciding: &[usize], level: Level) -> Judgement {
    let mut judgement = Judgement::default();
    let last = deciding.last().map(|index| (*index, &record.exchanges[*index]));
    let Some((index, exchange)) = last.filter(|(_, exchange)| exchange.is_success()) else {
        return judgement;
    };
    let kept = kept(step, record);
    for keep in &step.keep {
        let is_there = kept.iter().any(|(name, _)| *name == keep.name);
        let message = format!(
            "the answer to {} has nothing at {}",
            exchange.request_line(),
            keep.pointer
        );
        let breach = || {
            Breach::of_step("expect.keep", level, message)
                .at(&keep.place)
                .shown_by(index)
        };
        judgement.note((!is_there).then(breach));
    }
    judgement
}

/// The exchanges that `status`, `json` and `headers` speak of.
fn deciding_exchanges(step: &Step, record: &StepRecord) -> Vec<usize> {
    match step.action {
        Action::Do { .. } => record
            .jobs
            .iter()
            .filter_map(|job| job.deciding(&record.exchanges))
            .collect(),
        Action::Send { .. } => (0..record.exchanges.len()).collect(),
        Action::World(_) => Vec::new(),
    }
}

/// A job that did not end well in the identity provider's eyes, unless the scenario expects just that answer.
fn unusable(job: &JobRecord, record: &StepRecord, accepted: &[u16], level: Level) -> Option<Breach> {
    let failure = job.end()?;
    let deciding = job
        .attempts
        .last()
        .and_then(|attempt| attempt.exchanges.last())
        .copied();
    let status = deciding.and_then(|index| record.exchanges[index].status());
    if failure.kind != FailureKind::Unusable && status.is_some_and(|status| accepted.contains(&status)) {
        return None;
    }
    // A wrong status is told by `expect.status` already.
    if failure.kind != FailureKind::Unusable && !accepted.is_empty() && deciding == job.deciding(&record.exchanges) {
        return None;
    }
    let breach = Breach::of_step(failure.check, level, in_words(job, failure));
    Some(match deciding {
        Some(index) => breach.shown_by(index),
        None => breach,
    })
}

fn in_words(job: &JobRecord, failure: &Failure) -> String {
    let tries = job.attempts.len();
    let outcome = if tries > 1 {
        format!("the identity provider gave up after {tries} attempts")
    } else {
        "the identity provider cannot go on".to_owned()
    };
    let about = if job.about.is_empty() {
        String::new()
    } else {
        format!("{}: ", job.about)
    };
    format!("{about}{}; {outcome}", failure.message)
}

/// Statuses with which earlier attempts may have been refused.
fn attempts(expect: &Expect, record: &StepRecord, measure: Measure<'_>) -> Judgement {
    let mut judgement = Judgement::default();
    let Some((statuses, place)) = &expect.refused_with else {
        return judgement;
    };
    for job in &record.jobs {
        let earlier = job.attempts.iter().rev().skip(1);
        for index in earlier.filter_map(|attempt| attempt.exchanges.last().copied()) {
            let exchange = &record.exchanges[index];
            let right = exchange.status().is_some_and(|status| statuses.contains(&status));
            let breach = || {
                let message = format!(
                    "{} was refused in a way an identity provider does not expect here",
                    exchange.request_line()
                );
                Breach::of_step("expect.refused_with", measure.level, message)
                    .wanted(listed(statuses), status_of(exchange))
                    .at(place)
                    .shown_by(index)
            };
            judgement.note((!right).then(breach));
        }
    }
    judgement
}

/// The alternative that holds, or what is wrong with the one that comes nearest.
fn alternatives(step: &Step, record: &StepRecord, deciding: &[usize], measure: Measure<'_>) -> Judgement {
    let allowed: Vec<&Alternative> = step
        .accept
        .iter()
        .filter(|alternative| measure.policies.allows(alternative.when))
        .collect();
    let judged: Vec<(PolicyChoice, Judgement)> = allowed
        .iter()
        .map(|alternative| {
            (
                alternative.when,
                expectations(&alternative.expect, record, deciding, measure),
            )
        })
        .collect();
    let (holding, others): (Vec<_>, Vec<_>) = judged.into_iter().partition(|(_, judged)| judged.breaches.is_empty());
    let only = holding.len() == 1;
    if let Some((choice, mut judgement)) = holding.into_iter().next() {
        judgement.shown.extend(only.then_some(choice));
        return judgement;
    }
    let nearest = others.into_iter().min_by_key(|(_, judged)| judged.breaches.len());
    let mut judgement = nearest.map(|(_, judged)| judged).unwrap_or_default();
    let choices: Vec<String> = allowed
        .iter()
        .map(|alternative| format!("{}={}", alternative.when.policy, alternative.when.choice))
        .collect();
    for breach in &mut judgement.breaches {
        breach.message = format!(
            "{} (none of the accepted behaviours holds: {})",
            breach.message,
            choices.join(", ")
        );
    }
    judgement
}

fn expectations(expect: &Expect, record: &StepRecord, deciding: &[usize], measure: Measure<'_>) -> Judgement {
    let mut judgement = Judgement::default();
    for index in deciding.iter().copied() {
        let exchange = &record.exchanges[index];
        if let Some((statuses, place)) = &expect.status {
            judgement.note(status(exchange, statuses, place, measure.level).map(|breach| breach.shown_by(index)));
            // What a wrong answer contains explains nothing.
            if !exchange.status().is_some_and(|status| statuses.contains(&status)) {
                continue;
            }
        }
        judgement.join(in_time(expect, exchange, index, measure.level));
        for (name, wanted, place) in &expect.headers {
            let got = exchange
                .answer()
                .and_then(|answer| answer.header(name))
                .map(|value| Value::from(value.to_owned()));
            let mismatch = matcher::check(wanted, got.as_ref(), measure.value_of).err();
            judgement.note(mismatch.map(|mismatch| {
                let message = format!(
                    "header {name} in the answer to {} is not as expected",
                    exchange.request_line()
                );
                Breach::of_step(format!("expect.headers.{name}"), measure.level, message)
                    .wanted(mismatch.expected, mismatch.got)
                    .at(place)
                    .shown_by(index)
            }));
        }
        judgement.join(body(expect, exchange, index, measure));
    }
    if let Some((statuses, place)) = &expect.some_status {
        let some = deciding
            .iter()
            .any(|index| record.exchanges[*index].status().is_some_and(|s| statuses.contains(&s)));
        let got: Vec<String> = deciding
            .iter()
            .map(|index| status_of(&record.exchanges[*index]))
            .collect();
        judgement.note((!some).then(|| {
            Breach::of_step(
                "expect.some_status",
                measure.level,
                "none of the requests sent at once was answered as one must be",
            )
            .wanted(format!("at least one {}", listed(statuses)), got.join(", "))
            .at(place)
        }));
    }
    for (pointer, place) in &expect.same {
        judgement.note(same(record, deciding, pointer, place, measure.level));
    }
    judgement.join(listing::check(expect, record, measure));
    judgement.join(counting::check(expect, record, measure));
    judgement
}

fn status(exchange: &Exchange, statuses: &[u16], place: &Place, level: Level) -> Option<Breach> {
    if exchange.status().is_some_and(|status| statuses.contains(&status)) {
        return None;
    }
    let detail = exchange
        .json()
        .and_then(|body| body.get("detail")?.as_str().map(|detail| format!(": {detail}")));
    let message = format!(
        "{} was not answered as it must be{}",
        exchange.request_line(),
        detail.unwrap_or_default()
    );
    Some(
        Breach::of_step("expect.status", level, message)
            .wanted(listed(statuses), status_of(exchange))
            .at(place),
    )
}

fn in_time(expect: &Expect, exchange: &Exchange, index: usize, level: Level) -> Judgement {
    let mut judgement = Judgement::default();
    if let Some((limit, place)) = &expect.within {
        let late = exchange.elapsed > *limit;
        let message = format!("{} was answered too late", exchange.request_line());
        let breach = || {
            let in_ms = |time: Duration| format!("{} ms", time.as_millis());
            Breach::of_step("expect.within_ms", level, message)
                .wanted(format!("at most {}", in_ms(*limit)), in_ms(exchange.elapsed))
                .at(place)
                .shown_by(index)
        };
        judgement.note(late.then(breach));
    }
    judgement
}

fn body(expect: &Expect, exchange: &Exchange, index: usize, measure: Measure<'_>) -> Judgement {
    let mut judgement = Judgement::default();
    let json = exchange.json();
    for wanted in &expect.json {
        let mismatch = matcher::at(wanted, json.as_ref(), measure.value_of).err();
        judgement.note(mismatch.map(|mismatch| {
            let place_in_body = if wanted.pointer.is_empty() {
                "the body"
            } else {
                &wanted.pointer
            };
            let message = format!(
                "{place_in_body} in the answer to {} is not as expected",
                exchange.request_line()
            );
            Breach::of_step(format!("expect.json.{}", wanted.pointer), measure.level, message)
                .wanted(mismatch.expected, mismatch.got)
                .at(&wanted.place)
                .shown_by(index)
        }));
    }
    judgement
}

fn same(record: &StepRecord, deciding: &[usize], pointer: &str, place: &Place, level: Level) -> Option<Breach> {
    let successes = deciding
        .iter()
        .map(|index| &record.exchanges[*index])
        .filter(|exchange| exchange.is_success());
    let values: Vec<String> = successes
        .filter_map(|exchange| Some(exchange.json()?.pointer(pointer)?.to_string()))
        .collect();
    let (first, rest) = values.split_first()?;
    if rest.iter().all(|value| value == first) {
        return None;
    }
    let message = format!("{pointer} differs between the answers to requests sent at once");
    Some(
        Breach::of_step(format!("expect.same.{pointer}"), level, message)
            .wanted("one value", values.join(", "))
            .at(place),
    )
}

fn listed(statuses: &[u16]) -> String {
    statuses.iter().map(u16::to_string).collect::<Vec<_>>().join(" or ")
}

fn status_of(exchange: &Exchange) -> String {
    exchange
        .status()
        .map_or_else(|| "no answer".to_owned(), |status| status.to_string())
}
