//! What a worker has to report to a Locust master: what was sent since the last report, in the form that Locust adds up, and all
//! times since the run began, exact.
//!
//! Locust sums times up by value, so they are rounded to two digits there, to microseconds below a tenth of a millisecond;
//! Python workers send whole milliseconds. The time is the corrected one: from when a request was due.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use hdrhistogram::Histogram;
use serde::{Serialize, Serializer};

use crate::load::engine::meter::{Sample, StepName};
use crate::load::times::{LONGEST_US, Times};

/// See the module.
#[derive(Default)]
pub(super) struct Tally {
    fresh: BTreeMap<StepName, Fresh>,
    whole: BTreeMap<StepName, Times>,
}

/// The requests of one step since the last report.
struct Fresh {
    times: Histogram<u64>,
    total: f64,
    least: f64,
    most: f64,
    began: f64,
    last: f64,
    per_second: BTreeMap<u64, u64>,
    failed_per_second: BTreeMap<u64, u64>,
    failures: BTreeMap<String, Failures>,
}

#[derive(Clone, Copy)]
struct Failures {
    count: u64,
    first: f64,
    last: f64,
}

/// The message of the kind `stats`.
#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "the names are Locust's")]
pub(super) struct Stats<'a> {
    stats: Vec<Entry>,
    stats_total: Entry,
    errors: BTreeMap<String, ErrorEntry>,
    user_classes_count: &'a BTreeMap<String, u64>,
    user_count: u64,
}

/// One line of Locust's table.
#[derive(Serialize)]
struct Entry {
    name: String,
    method: &'static str,
    last_request_timestamp: Option<f64>,
    start_time: f64,
    num_requests: u64,
    num_none_requests: u64,
    num_failures: u64,
    total_response_time: f64,
    max_response_time: f64,
    min_response_time: Option<f64>,
    total_content_length: u64,
    response_times: Pairs,
    num_reqs_per_sec: BTreeMap<u64, u64>,
    num_fail_per_sec: BTreeMap<u64, u64>,
}

#[derive(Serialize)]
struct ErrorEntry {
    name: String,
    method: &'static str,
    error: String,
    occurrences: u64,
    first_seen: f64,
    last_seen: f64,
}

/// Milliseconds, and how many requests took them: a map whose keys are floats.
struct Pairs(Vec<(f64, u64)>);

impl Serialize for Pairs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().copied())
    }
}

/// The message of the kind `proofload_times`.
#[derive(Serialize)]
pub(super) struct ExactTimes {
    /// Whose: `0-of-2`.
    pub(super) share: String,
    /// By step: `create POST /Users`.
    pub(super) steps: BTreeMap<String, ExactStep>,
}

#[derive(Serialize)]
pub(super) struct ExactStep {
    pub(super) requests: u64,
    /// V2 with deflate, in base64.
    pub(super) corrected: Times,
}

impl Tally {
    /// Takes in requests that have just ended.
    pub(super) fn take_in(&mut self, samples: &[Sample]) {
        let now = now();
        for sample in samples {
            self.whole.entry(sample.step).or_default().record(sample.corrected);
            let fresh = self.fresh.entry(sample.step).or_insert_with(|| Fresh::since(now));
            fresh.take_in(sample, now);
        }
    }

    /// What is new since the last time, of a worker with these users.
    pub(super) fn report<'a>(&mut self, users: &'a BTreeMap<String, u64>) -> Stats<'a> {
        let mut total = Fresh::since(now());
        let (mut stats, mut errors) = (Vec::new(), BTreeMap::new());
        for (step, fresh) in std::mem::take(&mut self.fresh) {
            let name = format!("{} {}", step.label, step.route);
            for (error, failures) in &fresh.failures {
                let entry = ErrorEntry {
                    name: name.clone(),
                    method: step.method,
                    error: error.clone(),
                    occurrences: failures.count,
                    first_seen: failures.first,
                    last_seen: failures.last,
                };
                errors.insert(format!("{step}: {error}"), entry);
            }
            total.absorb(&fresh);
            stats.push(fresh.entry(name, step.method));
        }
        Stats {
            stats,
            stats_total: total.entry("Aggregated".to_owned(), ""),
            errors,
            user_classes_count: users,
            user_count: users.values().sum(),
        }
    }

    /// All times so far.
    pub(super) fn times(&self, share: String) -> ExactTimes {
        let steps = self.whole.iter().map(|(step, times)| {
            let exact = ExactStep {
                requests: times.0.len(),
                corrected: times.clone(),
            };
            (step.to_string(), exact)
        });
        ExactTimes {
            share,
            steps: steps.collect(),
        }
    }
}

impl Fresh {
    fn since(now: f64) -> Self {
        #[expect(clippy::expect_used, reason = "the bounds are constants and right")]
        let times = Histogram::new_with_bounds(1, LONGEST_US, 2).expect("bounds of a histogram");
        Self {
            times,
            total: 0.0,
            least: f64::INFINITY,
            most: 0.0,
            began: now,
            last: 0.0,
            per_second: BTreeMap::new(),
            failed_per_second: BTreeMap::new(),
            failures: BTreeMap::new(),
        }
    }

    fn take_in(&mut self, sample: &Sample, now: f64) {
        let taken = sample.corrected.as_secs_f64() * 1e3;
        let micros = u64::try_from(sample.corrected.as_micros()).unwrap_or(LONGEST_US);
        self.times.saturating_record(micros.clamp(1, LONGEST_US));
        self.total += taken;
        self.least = self.least.min(taken);
        self.most = self.most.max(taken);
        self.began = self.began.min(now - taken / 1e3);
        self.last = now;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "whole seconds of a clock"
        )]
        let second = now as u64;
        *self.per_second.entry(second).or_default() += 1;
        let Some(error) = error(sample) else { return };
        *self.failed_per_second.entry(second).or_default() += 1;
        let failures = self.failures.entry(error).or_insert(Failures {
            count: 0,
            first: now,
            last: now,
        });
        failures.count += 1;
        failures.last = now;
    }

    /// Adds another step up, but for what its failures were.
    fn absorb(&mut self, other: &Self) {
        // Both have the same bounds.
        _ = self.times.add(&other.times);
        self.total += other.total;
        self.least = self.least.min(other.least);
        self.most = self.most.max(other.most);
        self.began = self.began.min(other.began);
        self.last = self.last.max(other.last);
        for (second, count) in &other.per_second {
            *self.per_second.entry(*second).or_default() += count;
        }
        for (second, count) in &other.failed_per_second {
            *self.failed_per_second.entry(*second).or_default() += count;
        }
    }

    fn entry(self, name: String, method: &'static str) -> Entry {
        let some = !self.times.is_empty();
        #[expect(clippy::cast_precision_loss, reason = "at most ten minutes, in microseconds")]
        let milliseconds = |micros: u64| micros as f64 / 1e3;
        let times = self.times.iter_recorded().map(|step| {
            let micros = self.times.median_equivalent(step.value_iterated_to());
            (milliseconds(micros), step.count_at_value())
        });
        Entry {
            name,
            method,
            last_request_timestamp: some.then_some(self.last),
            start_time: self.began,
            num_requests: self.times.len(),
            num_none_requests: 0,
            num_failures: self.failed_per_second.values().sum(),
            total_response_time: self.total,
            max_response_time: self.most,
            min_response_time: some.then_some(self.least),
            // The meter counts no bytes.
            total_content_length: 0,
            response_times: Pairs(times.collect()),
            num_reqs_per_sec: self.per_second,
            num_fail_per_sec: self.failed_per_second,
        }
    }
}

/// Why a request failed, if it did: by the measure of all our reports, in which a 404 or a 429 is no failure.
fn error(sample: &Sample) -> Option<String> {
    match sample.status {
        None => Some("no complete answer".to_owned()),
        Some(404 | 429) => None,
        Some(status) => (status >= 400).then(|| format!("HTTP status {status}")),
    }
}

/// Seconds since 1970.
fn now() -> f64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0.0, |since| since.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::Value;

    use super::*;

    fn sample(label: &'static str, micros: u64, status: Option<u16>) -> Sample {
        Sample {
            step: StepName {
                label,
                method: "POST",
                route: "/Users",
            },
            corrected: Duration::from_micros(micros),
            service: Duration::from_micros(micros),
            lag: Duration::ZERO,
            status,
        }
    }

    fn report(tally: &mut Tally) -> Value {
        let users = BTreeMap::from([("IdentityProvider".to_owned(), 3)]);
        serde_json::to_value(tally.report(&users)).unwrap()
    }

    #[test]
    fn a_report_has_what_is_new_and_the_next_one_only_what_is_newer() {
        let mut tally = Tally::default();
        tally.take_in(&[sample("create", 1_500, Some(201)), sample("create", 2_500, Some(500))]);
        tally.take_in(&[
            sample("match", 85, None),
            sample("match", 85, Some(404)),
            sample("match", 85, Some(429)),
        ]);
        let first = report(&mut tally);
        let create = &first["stats"][0];
        assert_eq!(
            (&create["name"], &create["method"]),
            (&"create /Users".into(), &"POST".into())
        );
        assert_eq!(
            (&create["num_requests"], &create["num_failures"]),
            (&2.into(), &1.into())
        );
        assert_eq!(
            (&create["min_response_time"], &create["max_response_time"]),
            (&1.5.into(), &2.5.into())
        );
        assert_eq!(create["total_response_time"], 4.0);
        let seconds: u64 = create["num_reqs_per_sec"]
            .as_object()
            .unwrap()
            .values()
            .filter_map(Value::as_u64)
            .sum();
        assert_eq!(seconds, 2);
        assert_eq!(first["stats"][1]["response_times"], serde_json::json!({ "0.085": 3 }));
        assert_eq!(first["stats_total"]["num_requests"], 5);
        assert_eq!(first["user_count"], 3);
        let errors = first["errors"].as_object().unwrap();
        let errors: Vec<_> = errors
            .iter()
            .map(|(key, error)| (key.as_str(), &error["occurrences"]))
            .collect();
        let one = &Value::from(1);
        assert_eq!(
            errors,
            [
                ("create POST /Users: HTTP status 500", one),
                ("match POST /Users: no complete answer", one)
            ]
        );
        tally.take_in(&[sample("create", 9_000, Some(201))]);
        let second = report(&mut tally);
        assert_eq!(second["stats_total"]["num_requests"], 1);
        assert!(second["errors"].as_object().unwrap().is_empty());
        assert_eq!(tally.times("0-of-1".to_owned()).steps["create POST /Users"].requests, 3);
    }

    #[test]
    fn without_requests_there_is_no_time_either() {
        let empty = report(&mut Tally::default());
        assert_eq!(empty["stats_total"]["min_response_time"], Value::Null);
        assert_eq!(empty["stats_total"]["last_request_timestamp"], Value::Null);
        assert!(empty["stats_total"]["start_time"].as_f64().unwrap() > 1.6e9);
    }

    /// What Locust shows must be near the truth: within a hundredth.
    #[test]
    fn times_are_rounded_to_two_digits() {
        let mut tally = Tally::default();
        for micros in [50, 777, 12_345, 999_999] {
            tally.take_in(&[sample("create", micros, Some(201))]);
            let Value::Object(times) = &report(&mut tally)["stats_total"]["response_times"] else {
                panic!()
            };
            let shown: f64 = times.keys().next().unwrap().parse().unwrap();
            #[expect(clippy::cast_precision_loss, reason = "small")]
            let truth = micros as f64 / 1e3;
            assert!((shown / truth - 1.0).abs() < 0.01, "{shown} for {truth}");
        }
    }
}
