//! Fault rules as words on a command line: `OPERATION=ACTION[:HITS[:PHASE]]`.
//!
//! `inviteUser=500:0.1:after` · `*=reset:next(1)` · `list-users=delay(250ms)`. The form reads and
//! prints; the few things it cannot say (`containing`, `retry_after`, other bodies) need JSON.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::{FaultAction, FaultBody, FaultRule, FaultStatus, Hits, MAX_DELAY, Phase};
use crate::operation::{Operation, UnknownOperation};

/// Why a text is no fault rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FaultTextError {
    /// No `=`.
    #[error("`{0}` has no `=`; a fault is written OPERATION=ACTION[:HITS[:PHASE]]")]
    NoAction(String),
    /// The operation is unknown.
    #[error("{0}, and `*` for any")]
    Operation(UnknownOperation),
    /// The action is unknown.
    #[error(
        "`{0}` is no action; known are a status from 200 to 599, hang, reset, half_body, \
         delay(250ms) and delay(2s), ten minutes at most"
    )]
    Action(String),
    /// The second part says no number of hits.
    #[error("`{0}` does not say how often; known are always, a rate from 0 to 1, next(N), nth(N)")]
    Hits(String),
    /// The third part is no phase.
    #[error("`{0}` is no phase; known are before, after")]
    Phase(String),
    /// More than three parts.
    #[error("`{0}` is too much; a fault is written OPERATION=ACTION[:HITS[:PHASE]]")]
    TooMuch(String),
}

impl FromStr for FaultRule {
    type Err = FaultTextError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Some((operation, rest)) = text.split_once('=') else {
            return Err(FaultTextError::NoAction(text.to_owned()));
        };
        let mut parts = rest.split(':').map(str::trim);
        let rule = Self {
            operation: parse_operation(operation.trim())?,
            containing: None,
            action: parse_action(parts.next().unwrap_or_default())?,
            hits: parts.next().map_or(Ok(Hits::Always), parse_hits)?,
            phase: parts.next().map_or(Ok(Phase::Before), parse_phase)?,
        };
        match parts.next() {
            None => Ok(rule),
            Some(more) => Err(FaultTextError::TooMuch(more.to_owned())),
        }
    }
}

fn parse_operation(text: &str) -> Result<Option<Operation>, FaultTextError> {
    if text == "*" {
        return Ok(None);
    }
    text.parse().map(Some).map_err(FaultTextError::Operation)
}

fn parse_action(text: &str) -> Result<FaultAction, FaultTextError> {
    let unknown = || FaultTextError::Action(text.to_owned());
    match text {
        "hang" => return Ok(FaultAction::Hang),
        "reset" => return Ok(FaultAction::Reset),
        "half_body" => return Ok(FaultAction::HalfBody),
        _ => {}
    }
    if let Some(delay) = argument(text, "delay") {
        let delay = parse_delay(delay).filter(|delay| *delay <= MAX_DELAY);
        return delay.map(FaultAction::Delay).ok_or_else(unknown);
    }
    let status = text.parse().ok().filter(|status| (200..=599).contains(status));
    let status = status.ok_or_else(unknown)?;
    Ok(FaultAction::Status(FaultStatus {
        status,
        retry_after: None,
        body: FaultBody::Object,
    }))
}

fn parse_delay(text: &str) -> Option<Duration> {
    if let Some(millis) = text.strip_suffix("ms") {
        return millis.parse().ok().map(Duration::from_millis);
    }
    text.strip_suffix('s')?.parse().ok().map(Duration::from_secs)
}

fn parse_hits(text: &str) -> Result<Hits, FaultTextError> {
    let unknown = || FaultTextError::Hits(text.to_owned());
    if text == "always" {
        return Ok(Hits::Always);
    }
    if let Some(count) = argument(text, "next") {
        return count.parse().map(Hits::Next).map_err(|_| unknown());
    }
    if let Some(number) = argument(text, "nth") {
        let number = number.parse().ok().filter(|number| *number > 0);
        return number.map(Hits::Nth).ok_or_else(unknown);
    }
    let rate = text.parse().ok().filter(|rate| (0.0..=1.0).contains(rate));
    rate.map(Hits::Rate).ok_or_else(unknown)
}

fn parse_phase(text: &str) -> Result<Phase, FaultTextError> {
    match text {
        "before" => Ok(Phase::Before),
        "after" => Ok(Phase::After),
        _ => Err(FaultTextError::Phase(text.to_owned())),
    }
}

/// `X` of `name(X)`.
fn argument<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')')
}

impl fmt::Display for FaultRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.operation.map_or("*", Operation::as_str))?;
        if let Some(text) = &self.containing {
            write!(f, "[{text}]")?;
        }
        write!(f, "={}:{}:{}", self.action, self.hits, self.phase)
    }
}

impl fmt::Display for FaultAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(answer) => write!(f, "{}", answer.status),
            Self::Hang => f.write_str("hang"),
            Self::Reset => f.write_str("reset"),
            Self::Delay(delay) => write!(f, "delay({}ms)", delay.as_millis()),
            Self::HalfBody => f.write_str("half_body"),
        }
    }
}

impl fmt::Display for Hits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Always => f.write_str("always"),
            Self::Rate(rate) => write!(f, "{rate}"),
            Self::Next(count) => write!(f, "next({count})"),
            Self::Nth(number) => write!(f, "nth({number})"),
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Before => "before",
            Self::After => "after",
        })
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("inviteUser=500:0.1:after", "inviteUser=500:0.1:after")]
    #[case("*=hang", "*=hang:always:before")]
    #[case("list-users = reset : next(2)", "list-users=reset:next(2):before")]
    #[case("create-group=delay(2s):nth(3)", "create-group=delay(2000ms):nth(3):before")]
    #[case("*=half_body:1:after", "*=half_body:1:after")]
    fn what_is_read_is_printed(#[case] text: &str, #[case] printed: &str) {
        let rule: FaultRule = text.parse().unwrap();
        assert_eq!(rule.to_string(), printed);
        assert_eq!(printed.parse(), Ok(rule));
    }

    #[rstest]
    #[case("inviteUser", "has no `=`")]
    #[case("invite=500", "unknown operation `invite`; known are list-users")]
    #[case("*=600", "`600` is no action; known are a status from 200 to 599, hang")]
    #[case("*=delay(1h)", "`delay(1h)` is no action")]
    #[case("*=delay(601s)", "ten minutes at most")]
    #[case("*=500:2", "`2` does not say how often; known are always")]
    #[case("*=500:NaN", "`NaN` does not say how often")]
    #[case("*=500:nth(0)", "`nth(0)` does not say how often")]
    #[case("*=500:1:during", "`during` is no phase; known are before, after")]
    #[case("*=500:1:after:x", "`x` is too much")]
    fn what_is_wrong_is_named_with_what_is_allowed(#[case] text: &str, #[case] expected: &str) {
        let error = text.parse::<FaultRule>().unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}
