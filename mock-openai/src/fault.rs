//! Trouble on purpose: rules that replace, delay or lose answers.
//!
//! The plan is asked once for each request that is an operation; the first rule that fires wins.
//! Chance comes from the organization's seed, so a run can be repeated. What a rule did stands in
//! the journal beside the request. Text form for command lines: [`text`].

pub(crate) mod text;

use std::time::Duration;

use fastrand::Rng;
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::message::Request;
use crate::operation::Operation;

/// Longest delay that can be asked for: ten minutes, the patience of OpenAI's own SDKs.
pub(crate) const MAX_DELAY: Duration = Duration::from_secs(600);

/// One rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultRule {
    /// The operation it is about; any if absent.
    #[serde(default)]
    pub operation: Option<Operation>,
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

/// What a client gets instead of the proper answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultAction {
    /// Another answer.
    Status(FaultStatus),
    /// None, and the connection stays open.
    Hang,
    /// None, and the connection is reset.
    Reset,
    /// The proper answer, this much later (JSON: `{"delay_ms": 250}`). The operation is carried
    /// out on arrival in both phases.
    #[serde(rename = "delay_ms", with = "millis")]
    Delay(Duration),
    /// Half of the proper answer's body, then the end. In phase `before` there is no proper
    /// answer: it is half of a 500.
    HalfBody,
}

/// An answer that a rule gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultStatus {
    /// Its status, 200 to 599.
    #[serde(deserialize_with = "final_status")]
    pub status: u16,
    /// How long the client is told to wait, if at all.
    #[serde(default)]
    pub retry_after: Option<RetryAfter>,
    /// Its body.
    #[serde(default)]
    pub body: FaultBody,
}

/// How long a client is told to wait, and in which form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetryAfter {
    /// A header with so many seconds.
    Integer(u32),
    /// A header with the date so many seconds from now.
    HttpDate(u32),
    /// Nothing.
    Absent,
    /// No header; so many seconds in the message.
    TextOnly(u32),
}

/// The body of an answer that a rule gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultBody {
    /// OpenAI's error envelope.
    #[default]
    Object,
    /// `{"error": "…"}`
    BareString,
    /// A page as proxies make them.
    Html,
    /// Nothing.
    Empty,
}

/// The rules in force, with how often each has been met.
#[derive(Debug, Clone)]
pub struct FaultPlan {
    rules: Vec<(FaultRule, u32)>,
    rng: Rng,
}

impl FaultPlan {
    pub(crate) fn new(seed: u64) -> Self {
        let rng = Rng::with_seed(seed ^ 0x6661_756c_7473);
        Self { rules: Vec::new(), rng }
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

    /// Removes all rules.
    pub fn clear(&mut self) {
        self.rules.clear();
    }

    /// The rule that strikes this request, if one does.
    pub(crate) fn strike(&mut self, operation: Operation, request: &Request) -> Option<FaultRule> {
        let Self { rules, rng } = self;
        for (rule, met) in rules {
            if !rule.is_about(operation, request) {
                continue;
            }
            *met = met.saturating_add(1);
            let hit = match rule.hits {
                Hits::Always => true,
                Hits::Rate(rate) => rng.f64() < rate,
                Hits::Next(count) => *met <= count,
                Hits::Nth(number) => *met == number,
            };
            if hit {
                return Some(rule.clone());
            }
        }
        None
    }
}

impl FaultRule {
    fn is_about(&self, operation: Operation, request: &Request) -> bool {
        self.operation.is_none_or(|wanted| wanted == operation)
            && self.containing.as_deref().is_none_or(|text| contains(request, text))
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

/// Serde needs an own module name for `with`.
mod millis {
    use super::{Deserialize, Deserializer, Duration, Serializer};

    pub(super) fn serialize<S: Serializer>(delay: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u64(u64::try_from(delay.as_millis()).unwrap_or(u64::MAX))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        let delay = u64::deserialize(from).map(Duration::from_millis)?;
        if delay <= super::MAX_DELAY {
            return Ok(delay);
        }
        Err(serde::de::Error::custom("a delay is ten minutes at most"))
    }
}

fn probability<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    let rate = f64::deserialize(from)?;
    if (0.0..=1.0).contains(&rate) {
        return Ok(rate);
    }
    Err(serde::de::Error::custom(format!("rate {rate} is not from 0 to 1")))
}

fn final_status<'de, D: Deserializer<'de>>(from: D) -> Result<u16, D::Error> {
    let status = u16::deserialize(from)?;
    if (200..=599).contains(&status) {
        return Ok(status);
    }
    Err(serde::de::Error::custom(format!(
        "status {status} is not one of 200 to 599"
    )))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn plan(hits: Hits) -> FaultPlan {
        let mut plan = FaultPlan::new(1);
        let (operation, containing) = (Some(Operation::InviteUser), None);
        let (phase, action) = (Phase::Before, FaultAction::Hang);
        plan.push(FaultRule {
            operation,
            containing,
            hits,
            phase,
            action,
        });
        plan
    }

    fn invite() -> Request {
        Request::post("/v1/organization/invites", r#"{"email":"Ann@x.org"}"#)
    }

    #[rstest]
    #[case(Hits::Always, [true, true, true, true])]
    #[case(Hits::Next(2), [true, true, false, false])]
    #[case(Hits::Nth(3), [false, false, true, false])]
    #[case(Hits::Rate(0.0), [false, false, false, false])]
    #[case(Hits::Rate(1.0), [true, true, true, true])]
    fn hits_count_matching_requests_only(#[case] hits: Hits, #[case] expected: [bool; 4]) {
        let mut plan = plan(hits);
        let strikes = expected.map(|_| {
            assert_eq!(plan.strike(Operation::ListUsers, &invite()), None);
            plan.strike(Operation::InviteUser, &invite()).is_some()
        });
        assert_eq!(strikes, expected);
    }

    #[test]
    fn a_rate_is_kept_and_follows_the_seed() {
        let strikes = |mut plan: FaultPlan| -> Vec<bool> {
            let strike = |_| plan.strike(Operation::InviteUser, &invite()).is_some();
            (0..10_000).map(strike).collect()
        };
        let first = strikes(plan(Hits::Rate(0.1)));
        let hits = first.iter().filter(|hit| **hit).count();
        assert!((900..1100).contains(&hits), "{hits} of 10000 at a rate of 0.1");
        assert_eq!(first, strikes(plan(Hits::Rate(0.1))));
    }

    #[rstest]
    #[case("ann@X.ORG", true)]
    #[case("bob@x.org", false)]
    #[case("organization/INVITES", true)]
    fn a_rule_can_be_about_one_person(#[case] text: &str, #[case] expected: bool) {
        let mut plan = plan(Hits::Always);
        plan.rules[0].0.containing = Some(text.to_owned());
        let struck = plan.strike(Operation::InviteUser, &invite()).is_some();
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
        assert_eq!(delay.action, FaultAction::Delay(Duration::from_millis(250)));
    }

    #[rstest]
    #[case(r#"{"action":"hang","fase":"after"}"#, "unknown field `fase`, expected one of")]
    #[case(r#"{"action":"explode"}"#, "unknown variant `explode`, expected one of")]
    #[case(r#"{"action":{"delay_ms":600001}}"#, "a delay is ten minutes at most")]
    #[case(r#"{"action":"hang","hits":{"rate":1.5}}"#, "rate 1.5 is not from 0 to 1")]
    #[case(r#"{"action":{"status":{"status":99}}}"#, "status 99 is not one of 200 to 599")]
    fn json_that_is_wrong(#[case] json: &str, #[case] expected: &str) {
        let error = serde_json::from_str::<FaultRule>(json).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}
