//! Trouble on purpose: rules that replace, delay or lose answers.
//!
//! The plan is asked once for each request; the first rule that fires wins. Chance comes from the
//! organization's seed, so a run can be repeated. What a rule did stands in the journal beside the
//! request. Text form for command lines: [`text`]; ready-made plans: [`preset`].

mod action;
mod address;
mod interlude;
pub(crate) mod preset;
mod stale;
pub(crate) mod text;

use std::num::NonZeroU32;
use std::time::Duration;

use fastrand::Rng;
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Deserializer, Serialize};

pub use self::action::{FaultAction, FaultBody, FaultStatus, RetryAfter};
pub use self::address::{Address, NoAddress};
pub use self::interlude::Interlude;
use self::stale::Memory;
use crate::delay::Delay;
use crate::message::{Answer, Request};
use crate::operation::Operation;
use crate::timestamp::Timestamp;

/// Longest delay that can be asked for: ten minutes, the patience of OpenAI's own SDKs.
pub(crate) const MAX_DELAY: Duration = Duration::from_secs(600);

/// One rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultRule {
    /// The operation it is about; any if absent.
    #[serde(default)]
    pub operation: Option<Operation>,
    /// The addresses it is about, also those that are no operation. If absent they must be one.
    #[serde(default)]
    pub address: Option<Address>,
    /// Only requests whose path, query or body contains this text, whatever its case; for
    /// trouble with one person. Encoded and decoded forms of path and query both count.
    #[serde(default)]
    pub containing: Option<String>,
    /// Which of the matching requests are hit.
    #[serde(default)]
    pub hits: Hits,
    /// Whether the operation is carried out all the same.
    #[serde(default)]
    pub phase: Phase,
    /// What happens instead of the proper answer.
    pub action: FaultAction,
}

/// Which of the matching requests a rule hits.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hits {
    /// All.
    #[default]
    Always,
    /// Each with this probability, 0 to 1.
    Rate(#[serde(deserialize_with = "probability")] f64),
    /// The next so many, counted from when the rule was set.
    Next(u32),
    /// Only this one, the first being 1.
    Nth(u32),
    /// Every so many: with 3 the third, the sixth and so on.
    Every(NonZeroU32),
}

/// When trouble strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Before the operation: it is not carried out.
    #[default]
    Before,
    /// After it: the organization has changed, the answer is lost. What finds double invites.
    After,
}

/// The rules in force, with how often each has been met.
#[derive(Debug, Clone)]
pub struct FaultPlan {
    rules: Vec<(FaultRule, u32)>,
    interludes: Vec<Interlude>,
    jitter: Option<Delay>,
    seed: u64,
    rng: Rng,
    memory: Memory,
}

/// A rule that fires, with what chance and the past make of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Strike {
    pub(crate) rule: FaultRule,
    /// How late the answer is; zero unless the action is a delay.
    pub(crate) delay: Duration,
    /// The answer of before; there is one if the action is [`FaultAction::Stale`].
    pub(crate) old: Option<Answer>,
}

impl FaultPlan {
    pub(crate) fn new(seed: u64) -> Self {
        let rng = Rng::with_seed(seed ^ 0x6661_756c_7473);
        Self {
            rules: Vec::new(),
            interludes: Vec::new(),
            jitter: None,
            seed,
            rng,
            memory: Memory::default(),
        }
    }

    /// The rules, first match first.
    pub fn rules(&self) -> impl Iterator<Item = &FaultRule> {
        self.rules.iter().map(|(rule, _)| rule)
    }

    /// Puts a rule behind the others.
    pub fn push(&mut self, rule: FaultRule) {
        self.rules.push((rule, 0));
    }

    /// Replaces all rules; counts start again.
    pub fn set(&mut self, rules: impl IntoIterator<Item = FaultRule>) {
        self.rules = rules.into_iter().map(|rule| (rule, 0)).collect();
    }

    /// Removes all rules and interludes, and the jitter.
    pub fn clear(&mut self) {
        self.rules.clear();
        self.interludes.clear();
        self.jitter = None;
    }

    /// Adds something that happens just before a call is carried out.
    pub fn interrupt(&mut self, interlude: Interlude) {
        self.interludes.push(interlude);
    }

    /// From now on every answer that no rule spoils is late by a little. How late follows from the seed and the
    /// request alone, so the same requests are answered in the same order however they arrive.
    pub fn set_jitter(&mut self, jitter: Option<Delay>) {
        self.jitter = jitter;
    }

    /// How late the proper answer to this request is.
    pub(crate) fn lateness(&self, request: &Request) -> Duration {
        let Some(jitter) = self.jitter else {
            return Duration::ZERO;
        };
        let parts = [request.path.as_bytes(), request.query.as_bytes(), &request.body];
        let hash = parts.into_iter().flatten().fold(self.seed, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        });
        jitter.draw(&mut Rng::with_seed(hash)).min(MAX_DELAY)
    }

    /// What happens just before this request is carried out, if something does.
    pub(crate) fn interlude(&mut self, operation: Option<Operation>, request: &Request) -> Option<Interlude> {
        let mut interludes = self.interludes.iter_mut();
        interludes.find_map(|interlude| interlude.met(operation, request))
    }

    /// The rule that strikes this request, if one does. `operation` is what it asks for, if that
    /// is an operation.
    pub(crate) fn strike(&mut self, operation: Option<Operation>, request: &Request, now: Timestamp) -> Option<Strike> {
        let Self { rules, rng, memory, .. } = self;
        for (rule, met) in rules {
            if !rule.is_about(operation, request) {
                continue;
            }
            *met = met.saturating_add(1);
            if !rule.hits.at(*met, rng) {
                continue;
            }
            let (mut delay, mut old) = (Duration::ZERO, None);
            match rule.action {
                FaultAction::Delay(spread) => delay = spread.draw(rng).min(MAX_DELAY),
                FaultAction::Stale(lag) => {
                    old = memory.old(request, lag, now);
                    if old.is_none() {
                        continue;
                    }
                }
                FaultAction::Status(_) | FaultAction::Hang | FaultAction::Reset | FaultAction::HalfBody => {}
            }
            let rule = rule.clone();
            return Some(Strike { rule, delay, old });
        }
        None
    }

    /// Keeps a proper answer if a rule may want to give it again.
    pub(crate) fn remember(&mut self, operation: Option<Operation>, request: &Request, answer: &Answer) {
        let is_wanted = |(rule, _): &(FaultRule, u32)| rule.is_stale() && rule.is_about(operation, request);
        if self.rules.iter().any(is_wanted) {
            self.memory.remember(request, answer);
        }
    }

    /// Takes note that the organization has changed.
    pub(crate) fn changed(&mut self, now: Timestamp) {
        if self.rules.iter().any(|(rule, _)| rule.is_stale()) {
            self.memory.changed(now);
        }
    }
}

impl FaultRule {
    /// A rule that strikes every operation, every time, before it is carried out.
    pub const fn new(action: FaultAction) -> Self {
        Self {
            operation: None,
            address: None,
            containing: None,
            hits: Hits::Always,
            phase: Phase::Before,
            action,
        }
    }

    fn is_about(&self, operation: Option<Operation>, request: &Request) -> bool {
        let is_there = match (&self.address, self.operation) {
            (None, None) => operation.is_some(),
            (None, wanted) => wanted == operation,
            (Some(address), wanted) => address.matches(request) && (wanted.is_none() || wanted == operation),
        };
        is_there && self.containing.as_deref().is_none_or(|text| contains(request, text))
    }

    fn is_stale(&self) -> bool {
        matches!(self.action, FaultAction::Stale(_))
    }
}

impl Hits {
    /// Whether the request is hit that is the `number`th to match.
    fn at(self, number: u32, rng: &mut Rng) -> bool {
        match self {
            Self::Always => true,
            Self::Rate(rate) => rng.f64() < rate,
            Self::Next(count) => number <= count,
            Self::Nth(nth) => number == nth,
            Self::Every(period) => number % period == 0,
        }
    }
}

fn contains(request: &Request, text: &str) -> bool {
    let text = text.to_lowercase();
    let has = |part: &str| part.to_lowercase().contains(&text);
    [&request.path, &request.query]
        .into_iter()
        .any(|part| has(part) || has(&percent_decode_str(part).decode_utf8_lossy()))
        || has(&String::from_utf8_lossy(&request.body))
}

pub(crate) fn probability<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    let rate = f64::deserialize(from)?;
    if (0.0..=1.0).contains(&rate) {
        return Ok(rate);
    }
    Err(serde::de::Error::custom(format!("rate {rate} is not from 0 to 1")))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn plan(hits: Hits) -> FaultPlan {
        let mut plan = FaultPlan::new(1);
        plan.push(FaultRule {
            operation: Some(Operation::InviteUser),
            hits,
            ..FaultRule::new(FaultAction::Hang)
        });
        plan
    }

    fn strikes(plan: &mut FaultPlan, operation: Option<Operation>, request: &Request) -> bool {
        plan.strike(operation, request, Timestamp::default()).is_some()
    }

    fn invite() -> Request {
        Request::post("/v1/organization/invites", r#"{"email":"Ann@x.org"}"#)
    }

    #[rstest]
    #[case(Hits::Always, [true, true, true, true])]
    #[case(Hits::Next(2), [true, true, false, false])]
    #[case(Hits::Nth(3), [false, false, true, false])]
    #[case(Hits::Every(NonZeroU32::new(2).unwrap()), [false, true, false, true])]
    #[case(Hits::Rate(0.0), [false, false, false, false])]
    #[case(Hits::Rate(1.0), [true, true, true, true])]
    fn hits_count_matching_requests_only(#[case] hits: Hits, #[case] expected: [bool; 4]) {
        let mut plan = plan(hits);
        let strikes = expected.map(|_| {
            assert!(!strikes(&mut plan, Some(Operation::ListUsers), &invite()));
            strikes(&mut plan, Some(Operation::InviteUser), &invite())
        });
        assert_eq!(strikes, expected);
    }

    #[test]
    fn a_rate_is_kept_and_follows_the_seed() {
        let run = |mut plan: FaultPlan| -> Vec<bool> {
            let strike = |_| strikes(&mut plan, Some(Operation::InviteUser), &invite());
            (0..10_000).map(strike).collect()
        };
        let first = run(plan(Hits::Rate(0.1)));
        let hits = first.iter().filter(|hit| **hit).count();
        assert!((900..1100).contains(&hits), "{hits} of 10000 at a rate of 0.1");
        assert_eq!(first, run(plan(Hits::Rate(0.1))));
    }

    #[rstest]
    #[case("ann@X.ORG", true)]
    #[case("bob@x.org", false)]
    #[case("organization/INVITES", true)]
    fn a_rule_can_be_about_one_person(#[case] text: &str, #[case] expected: bool) {
        let mut plan = plan(Hits::Always);
        plan.rules[0].0.containing = Some(text.to_owned());
        let struck = strikes(&mut plan, Some(Operation::InviteUser), &invite());
        assert_eq!(struck, expected);
    }

    #[test]
    fn an_encoded_address_in_a_query_is_found() {
        let request = Request::get("/v1/organization/users?emails%5B%5D=Ann%40x.org");
        assert!(contains(&request, "ann@x.org"));
    }

    #[test]
    fn json_form() {
        let json = r#"{"operation":"inviteUser","hits":{"next":2},"phase":"after",
            "action":{"status":{"status":503,"retry_after":{"integer":2},"body":"html"}}}"#;
        let rule: FaultRule = serde_json::from_str(json).unwrap();
        assert_eq!(rule.hits, Hits::Next(2));
        let again = serde_json::to_string(&rule).unwrap();
        assert_eq!(serde_json::from_str::<FaultRule>(&again).unwrap(), rule);
        let delay: FaultRule = serde_json::from_str(r#"{"action":{"delay_ms":250}}"#).unwrap();
        let fixed = Delay::Fixed(Duration::from_millis(250));
        assert_eq!(delay, FaultRule::new(FaultAction::Delay(fixed)));
    }

    #[rstest]
    #[case("/organization/users", None, true)]
    #[case("/organization/usage/costs", None, false)]
    #[case("/organization/users", Some(Operation::ListUsers), true)]
    #[case("/organization/users", Some(Operation::ListGroups), false)]
    fn a_rule_can_be_about_an_address(
        #[case] address: &str,
        #[case] operation: Option<Operation>,
        #[case] expected: bool,
    ) {
        let mut plan = FaultPlan::new(1);
        plan.push(FaultRule {
            operation,
            address: Some(address.parse().unwrap()),
            ..FaultRule::new(FaultAction::Reset)
        });
        let request = Request::get("/v1/organization/users");
        assert_eq!(strikes(&mut plan, Some(Operation::ListUsers), &request), expected);
    }

    #[test]
    fn only_an_address_reaches_what_is_no_operation() {
        let request = Request::get("/v1/organization/usage/completions");
        let mut plan = FaultPlan::new(1);
        plan.push(FaultRule::new(FaultAction::Hang));
        assert!(!strikes(&mut plan, None, &request));
        plan.push("GET /organization/usage/*=hang".parse().unwrap());
        assert!(strikes(&mut plan, None, &request));
    }

    #[rstest]
    #[case(r#"{"action":"hang","fase":"after"}"#, "unknown field `fase`, expected one of")]
    #[case(r#"{"action":"explode"}"#, "unknown variant `explode`, expected one of")]
    #[case(r#"{"action":{"delay_ms":600001}}"#, "a delay is ten minutes at most")]
    #[case(r#"{"action":"hang","hits":{"rate":1.5}}"#, "rate 1.5 is not from 0 to 1")]
    #[case(r#"{"action":{"status":{"status":99}}}"#, "status 99 is not one of 200 to 599")]
    #[case(r#"{"action":{"stale_ms":600001}}"#, "a lag is ten minutes at most")]
    #[case(r#"{"action":"hang","hits":{"every":0}}"#, "expected a nonzero u32")]
    #[case(
        r#"{"action":"hang","address":"users"}"#,
        "`users` is no address; write a path below /v1"
    )]
    fn json_that_is_wrong(#[case] json: &str, #[case] expected: &str) {
        let error = serde_json::from_str::<FaultRule>(json).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}
