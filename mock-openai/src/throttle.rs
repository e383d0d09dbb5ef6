//! The rate limit: a token bucket for each pair of key and operation.
//!
//! OpenAI publishes no numbers for admin routes. One public client measured about seven requests
//! a minute on each endpoint in May 2026 ([`Throttle::Measured`]). Kept as a theoretical arrival
//! time (GCRA), which is a token bucket in one integer: refill is exact, nothing drifts.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::operation::Operation;
use crate::timestamp::Timestamp;

/// Buckets kept. Beyond it the full ones are dropped, and if none is, everything is.
const MAX_BUCKETS: usize = 10_000;

/// Whether and how requests are limited.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Throttle {
    /// No limit.
    #[default]
    Off,
    /// What a public client measured in May 2026 (seven to ten a minute on each endpoint, full
    /// again after a minute): seven at once, seven a minute, for each pair of key and operation.
    Measured,
    /// A bucket for each pair of key and operation.
    Bucket(Bucket),
}

impl Throttle {
    /// The bucket, if there is a limit.
    pub const fn bucket(&self) -> Option<&Bucket> {
        match self {
            Self::Off => None,
            Self::Measured => Some(&MEASURED),
            Self::Bucket(bucket) => Some(bucket),
        }
    }
}

static MEASURED: Bucket = Bucket::new(7, 7.0);

/// `off`, `measured`, or a bucket as `BURST/PER_MINUTE`.
impl FromStr for Throttle {
    type Err = NoThrottle;

    fn from_str(text: &str) -> Result<Self, NoThrottle> {
        let wrong = || NoThrottle(text.to_owned());
        match text {
            "off" => return Ok(Self::Off),
            "measured" => return Ok(Self::Measured),
            _ => {}
        }
        let (burst, per_minute) = text.split_once('/').ok_or_else(wrong)?;
        let burst = burst.parse().ok().filter(|burst| *burst > 0);
        let per_minute = per_minute
            .parse()
            .ok()
            .filter(|rate: &f64| rate.is_finite() && *rate >= 0.0);
        match (burst, per_minute) {
            (Some(burst), Some(per_minute)) => Ok(Self::Bucket(Bucket::new(burst, per_minute))),
            (None, _) | (_, None) => Err(wrong()),
        }
    }
}

/// A text is no [`Throttle`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no rate limit; known are off, measured, and BURST/PER_MINUTE such as 10/60")]
pub struct NoThrottle(pub String);

/// A token bucket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bucket {
    /// Requests that pass at once when the bucket is full; at least one.
    pub burst: u32,
    /// Requests that flow in each minute. Zero or less: none ever do.
    pub per_minute: f64,
    /// Limit these operations only; all if absent.
    #[serde(default)]
    pub only: Option<Vec<Operation>>,
    /// How a refused client is told to wait.
    #[serde(default)]
    pub form: RetryAfterForm,
    /// `x-should-retry: true` or `false` on a 429, which OpenAI's Python and Node SDKs obey before
    /// anything else (read in their source; whether the API sends it is not known); none if absent.
    #[serde(default)]
    pub should_retry: Option<bool>,
}

impl Bucket {
    /// A bucket for every operation, with the header `Retry-After`.
    pub const fn new(burst: u32, per_minute: f64) -> Self {
        Self {
            burst,
            per_minute,
            only: None,
            form: RetryAfterForm::Integer,
            should_retry: None,
        }
    }

    /// Nanoseconds between two tokens.
    fn interval(&self) -> u128 {
        const LONGEST_SECONDS: f64 = 1e9;
        let seconds = 60.0 / self.per_minute;
        let seconds = if seconds >= 0.0 {
            seconds.min(LONGEST_SECONDS)
        } else {
            LONGEST_SECONDS
        };
        Duration::from_secs_f64(seconds).as_nanos().max(1)
    }

    fn applies_to(&self, operation: Operation) -> bool {
        self.only.as_ref().is_none_or(|only| only.contains(&operation))
    }
}

/// The form in which a 429 says how long to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetryAfterForm {
    /// `Retry-After: 9` (specified since August 2026), and in the message.
    #[default]
    Integer,
    /// `Retry-After: Sun, 06 Nov 1994 08:49:37 GMT`, which HTTP allows too, and in the message.
    HttpDate,
    /// No header and no number in the message.
    Absent,
    /// No header; the message says "try again after N seconds" (seen before August 2026).
    TextOnly,
}

/// What the limit says about one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// How long until a request would pass; zero if this one does.
    pub(crate) wait: Duration,
    /// The size of the bucket.
    pub(crate) limit: u32,
    /// Tokens left.
    pub(crate) remaining: u32,
    /// How long until the bucket is full again.
    pub(crate) reset: Duration,
}

/// The state of all buckets: for each the moment, in nanoseconds, at which it is full again.
#[derive(Debug, Clone, Default)]
pub(crate) struct Buckets(BTreeMap<(String, Operation), u128>);

impl Buckets {
    /// Takes a token if there is one. `None` if this operation is not limited.
    pub(crate) fn take(
        &mut self,
        throttle: &Throttle,
        key: &str,
        operation: Operation,
        now: Timestamp,
    ) -> Option<Verdict> {
        let bucket = throttle.bucket().filter(|bucket| bucket.applies_to(operation))?;
        let now = u128::from(now.as_millis()) * 1_000_000;
        self.make_room(now);
        let full_at = self.0.entry((key.to_owned(), operation)).or_insert(now);
        let (interval, burst) = (bucket.interval(), bucket.burst.max(1));
        let capacity = interval * u128::from(burst);
        let after = (*full_at).max(now) + interval;
        let wait = after.saturating_sub(now + capacity);
        if wait == 0 {
            *full_at = after;
        }
        let missing = full_at.saturating_sub(now);
        let remaining = capacity.saturating_sub(missing) / interval;
        Some(Verdict {
            wait: nanos(wait),
            limit: burst,
            remaining: u32::try_from(remaining).unwrap_or(burst),
            reset: nanos(missing),
        })
    }

    fn make_room(&mut self, now: u128) {
        if self.0.len() >= MAX_BUCKETS {
            self.0.retain(|_, full_at| *full_at > now);
        }
        if self.0.len() >= MAX_BUCKETS {
            self.0.clear();
        }
    }
}

fn nanos(nanos: u128) -> Duration {
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const START: u64 = 1_700_000_000_000;

    fn throttle(burst: u32, per_minute: f64) -> Throttle {
        Throttle::Bucket(Bucket::new(burst, per_minute))
    }

    fn wait(buckets: &mut Buckets, throttle: &Throttle, millis: u64) -> Duration {
        let now = Timestamp::from_millis(START + millis);
        let verdict = buckets.take(throttle, "key", Operation::ListUsers, now);
        verdict.expect("this operation is limited").wait
    }

    #[rstest]
    #[case(1, 60.0, 1000)]
    #[case(7, 60.0, 1000)]
    #[case(3, 6.0, 10_000)]
    #[case(2, 600.0, 100)]
    fn a_token_returns_at_the_exact_millisecond(
        #[case] burst: u32,
        #[case] per_minute: f64,
        #[case] refill_millis: u64,
    ) {
        let (mut buckets, throttle) = (Buckets::default(), throttle(burst, per_minute));
        for _ in 0..burst {
            assert_eq!(wait(&mut buckets, &throttle, 0), Duration::ZERO);
        }
        let refill = Duration::from_millis(refill_millis);
        assert_eq!(wait(&mut buckets, &throttle, 0), refill);
        let almost = wait(&mut buckets, &throttle, refill_millis - 1);
        assert_eq!(almost, Duration::from_millis(1));
        assert_eq!(wait(&mut buckets, &throttle, refill_millis), Duration::ZERO);
        assert_eq!(wait(&mut buckets, &throttle, refill_millis), refill);
    }

    #[test]
    fn the_bucket_holds_no_more_than_its_burst() {
        let (mut buckets, throttle) = (Buckets::default(), throttle(2, 60.0));
        assert_eq!(wait(&mut buckets, &throttle, 0), Duration::ZERO);
        for _ in 0..2 {
            assert_eq!(wait(&mut buckets, &throttle, 3_600_000), Duration::ZERO);
        }
        assert_eq!(wait(&mut buckets, &throttle, 3_600_000), Duration::from_secs(1));
    }

    #[test]
    fn the_measured_profile_lets_seven_pass_and_is_full_after_a_minute() {
        let (mut buckets, throttle) = (Buckets::default(), Throttle::Measured);
        for round in [0, 60_000] {
            for _ in 0..7 {
                assert_eq!(wait(&mut buckets, &throttle, round), Duration::ZERO);
            }
            assert!(wait(&mut buckets, &throttle, round) > Duration::from_secs(8));
        }
    }

    /// Two clients with keys of their own, one of which hammers: over a minute of the mock's clock
    /// each passes as often as burst and rate say, within one percent, whatever the other does.
    #[rstest]
    #[case(1, 60.0)]
    #[case(7, 7.0)]
    #[case(10, 600.0)]
    #[case(100, 6_000.0)]
    #[case(50, 45_000.0)]
    fn a_minute_is_exact_and_fair(#[case] burst: u32, #[case] per_minute: f64) {
        let (mut buckets, throttle) = (Buckets::default(), throttle(burst, per_minute));
        let mut passed = [0_u32; 2];
        for millis in 0..60_000 {
            let now = Timestamp::from_millis(START + millis);
            for (client, tries) in [("polite", 1), ("greedy", 5)].iter().enumerate() {
                for _ in 0..tries.1 {
                    let verdict = buckets.take(&throttle, tries.0, Operation::ListUsers, now);
                    passed[client] += u32::from(verdict.expect("it is limited").wait.is_zero());
                }
            }
        }
        let expected = f64::from(burst) + per_minute;
        for passed in passed {
            let error = (f64::from(passed) - expected).abs();
            // One request more or less is as exact as a count can be.
            assert!(
                error <= (expected / 100.0).max(1.0),
                "{passed} passed instead of {expected}"
            );
        }
    }

    #[rstest]
    #[case("off", Some(Throttle::Off))]
    #[case("measured", Some(Throttle::Measured))]
    #[case("10/60", Some(throttle(10, 60.0)))]
    #[case("1/0.5", Some(throttle(1, 0.5)))]
    #[case("0/60", None)]
    #[case("10/-1", None)]
    #[case("10/NaN", None)]
    #[case("10", None)]
    #[case("fast", None)]
    fn text_form(#[case] text: &str, #[case] expected: Option<Throttle>) {
        assert_eq!(text.parse().ok(), expected);
    }

    #[test]
    fn keys_and_operations_do_not_share_a_bucket() {
        let (mut buckets, throttle) = (Buckets::default(), throttle(1, 1.0));
        let now = Timestamp::from_millis(START);
        let mut take = |key, operation| {
            let verdict = buckets.take(&throttle, key, operation, now);
            verdict.map(|verdict| verdict.wait.is_zero())
        };
        assert_eq!(take("a", Operation::ListUsers), Some(true));
        assert_eq!(take("a", Operation::ListUsers), Some(false));
        assert_eq!(take("a", Operation::ListGroups), Some(true));
        assert_eq!(take("b", Operation::ListUsers), Some(true));
    }

    #[rstest]
    #[case(0.0)]
    #[case(-1.0)]
    #[case(f64::NAN)]
    #[case(f64::INFINITY)]
    #[case(1e300)]
    #[case(1e-300)]
    fn silly_rates_do_not_panic(#[case] per_minute: f64) {
        let (mut buckets, throttle) = (Buckets::default(), throttle(u32::MAX, per_minute));
        assert_eq!(wait(&mut buckets, &throttle, 0), Duration::ZERO);
    }

    #[test]
    fn a_flood_of_keys_is_bounded() {
        let (mut buckets, throttle) = (Buckets::default(), throttle(1, 1.0));
        let now = Timestamp::from_millis(START);
        for number in 0..=MAX_BUCKETS {
            buckets.take(&throttle, &number.to_string(), Operation::ListUsers, now);
        }
        assert!(buckets.0.len() <= MAX_BUCKETS);
    }
}
