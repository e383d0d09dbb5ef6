//! Fault rules as words on a command line: `TARGET=ACTION[:HITS[:PHASE]]`.
//!
//! `inviteUser=500:0.1:after` · `*=429+retry(1):next(1)` · `GET /organization/**=502+html:every(5)` ·
//! `inviteUser[ann@x.org]=reset`. Whatever a rule can say, this form reads and prints.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::{Address, FaultAction, FaultBody, FaultRule, FaultStatus, Hits, MAX_DELAY, NoAddress, Phase, RetryAfter};
use crate::delay::Delay;
use crate::operation::{Operation, UnknownOperation};

/// Why a text is no fault rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FaultTextError {
    /// No `=`.
    #[error("`{0}` has no `=`; a fault is written TARGET=ACTION[:HITS[:PHASE]]")]
    NoAction(String),
    /// The operation is unknown.
    #[error("{0}, `*` for any, and a path such as /organization/groups/*/users, with or without a verb before it")]
    Operation(UnknownOperation),
    /// The target is a path that cannot be.
    #[error(transparent)]
    Address(NoAddress),
    /// The action is unknown.
    #[error(
        "`{0}` is no action; known are a status from 200 to 599 (with +html, +bare, +numeric, +empty, +retry(SECONDS), \
         +date(SECONDS), +text(SECONDS), +should_retry, +should_not_retry), hang, reset, half_body, delay(250ms), \
         delay(100ms..2s), delay(mean 1s) and stale(500ms), ten minutes at most"
    )]
    Action(String),
    /// The second part says no number of hits.
    #[error("`{0}` does not say how often; known are always, a rate from 0 to 1, next(N), nth(N), every(N)")]
    Hits(String),
    /// The third part is no phase.
    #[error("`{0}` is no phase; known are before, after")]
    Phase(String),
    /// More than three parts.
    #[error("`{0}` is too much; a fault is written TARGET=ACTION[:HITS[:PHASE]]")]
    TooMuch(String),
}

impl FromStr for FaultRule {
    type Err = FaultTextError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Some((target, rest)) = text.rsplit_once('=') else {
            return Err(FaultTextError::NoAction(text.to_owned()));
        };
        let (target, containing) = match target
            .trim()
            .strip_suffix(']')
            .and_then(|target| target.split_once('['))
        {
            None => (target.trim(), None),
            Some((target, containing)) => (target.trim(), Some(containing.to_owned())),
        };
        let (operation, address) = parse_target(target)?;
        let mut parts = rest.split(':').map(str::trim);
        let rule = Self {
            operation,
            address,
            containing,
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

/// `list-users`, `GET /organization/*`, both with `@` between them, or `*`.
fn parse_target(text: &str) -> Result<(Option<Operation>, Option<Address>), FaultTextError> {
    let operation = |text: &str| text.parse().map(Some).map_err(FaultTextError::Operation);
    let address = |text: &str| text.parse().map(Some).map_err(FaultTextError::Address);
    match text.split_once('@') {
        Some((name, path)) => Ok((operation(name.trim())?, address(path.trim())?)),
        None if text == "*" => Ok((None, None)),
        None if text.contains('/') => Ok((None, address(text)?)),
        None => Ok((operation(text)?, None)),
    }
}

fn parse_action(text: &str) -> Result<FaultAction, FaultTextError> {
    let action = match text {
        "hang" => Some(FaultAction::Hang),
        "reset" => Some(FaultAction::Reset),
        "half_body" => Some(FaultAction::HalfBody),
        _ => match (argument(text, "delay"), argument(text, "stale")) {
            (Some(delay), _) => parse_delay(delay)
                .filter(|delay| delay.named() <= MAX_DELAY)
                .map(FaultAction::Delay),
            (None, Some(lag)) => parse_time(lag).filter(|lag| *lag <= MAX_DELAY).map(FaultAction::Stale),
            (None, None) => parse_status(text).map(FaultAction::Status),
        },
    };
    action.ok_or_else(|| FaultTextError::Action(text.to_owned()))
}

fn parse_status(text: &str) -> Option<FaultStatus> {
    let mut parts = text.split('+').map(str::trim);
    let status = parts.next()?.parse().ok()?;
    let mut answer = FaultStatus::new(status);
    for part in parts {
        let seconds = |name| argument(part, name).and_then(|seconds| seconds.parse().ok());
        match part {
            "bare" => answer.body = FaultBody::BareString,
            "numeric" => answer.body = FaultBody::NumericCode,
            "html" => answer.body = FaultBody::Html,
            "empty" => answer.body = FaultBody::Empty,
            "absent" => answer.retry_after = Some(RetryAfter::Absent),
            "should_retry" => answer.should_retry = Some(true),
            "should_not_retry" => answer.should_retry = Some(false),
            _ => {
                let retry_after = seconds("retry").map(RetryAfter::Integer);
                let retry_after = retry_after.or_else(|| seconds("date").map(RetryAfter::HttpDate));
                answer.retry_after = Some(retry_after.or_else(|| seconds("text").map(RetryAfter::TextOnly))?);
            }
        }
    }
    (200..=599).contains(&status).then_some(answer)
}

fn parse_delay(text: &str) -> Option<Delay> {
    if let Some(mean) = text.strip_prefix("mean ") {
        return parse_time(mean.trim()).map(Delay::Exponential);
    }
    match text.split_once("..") {
        None => parse_time(text).map(Delay::Fixed),
        Some((low, high)) => {
            let (low, high) = (parse_time(low)?, parse_time(high)?);
            (low <= high).then_some(Delay::Uniform(low, high))
        }
    }
}

fn parse_time(text: &str) -> Option<Duration> {
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
    if let Some(period) = argument(text, "every") {
        return period.parse().map(Hits::Every).map_err(|_| unknown());
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
        match (self.operation, &self.address) {
            (None, None) => f.write_str("*")?,
            (Some(operation), None) => write!(f, "{operation}")?,
            (None, Some(address)) => write!(f, "{address}")?,
            (Some(operation), Some(address)) => write!(f, "{operation}@{address}")?,
        }
        if let Some(text) = &self.containing {
            write!(f, "[{text}]")?;
        }
        write!(f, "={}:{}:{}", self.action, self.hits, self.phase)
    }
}

impl fmt::Display for FaultAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(answer) => write!(f, "{answer}"),
            Self::Hang => f.write_str("hang"),
            Self::Reset => f.write_str("reset"),
            Self::Delay(Delay::Fixed(delay)) => write!(f, "delay({}ms)", delay.as_millis()),
            Self::Delay(Delay::Uniform(low, high)) => {
                write!(f, "delay({}ms..{}ms)", low.as_millis(), high.as_millis())
            }
            Self::Delay(Delay::Exponential(mean)) => write!(f, "delay(mean {}ms)", mean.as_millis()),
            Self::HalfBody => f.write_str("half_body"),
            Self::Stale(lag) => write!(f, "stale({}ms)", lag.as_millis()),
        }
    }
}

impl fmt::Display for FaultStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status)?;
        f.write_str(match self.body {
            FaultBody::Object => "",
            FaultBody::BareString => "+bare",
            FaultBody::NumericCode => "+numeric",
            FaultBody::Html => "+html",
            FaultBody::Empty => "+empty",
        })?;
        match self.retry_after {
            None => {}
            Some(RetryAfter::Integer(seconds)) => write!(f, "+retry({seconds})")?,
            Some(RetryAfter::HttpDate(seconds)) => write!(f, "+date({seconds})")?,
            Some(RetryAfter::TextOnly(seconds)) => write!(f, "+text({seconds})")?,
            Some(RetryAfter::Absent) => f.write_str("+absent")?,
        }
        f.write_str(match self.should_retry {
            None => "",
            Some(true) => "+should_retry",
            Some(false) => "+should_not_retry",
        })
    }
}

impl fmt::Display for Hits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Always => f.write_str("always"),
            Self::Rate(rate) => write!(f, "{rate}"),
            Self::Next(count) => write!(f, "next({count})"),
            Self::Nth(number) => write!(f, "nth({number})"),
            Self::Every(period) => write!(f, "every({period})"),
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
    #[case("*=delay(5ms..1s)", "*=delay(5ms..1000ms):always:before")]
    #[case("*=delay(mean 1s)", "*=delay(mean 1000ms):always:before")]
    #[case("*=half_body:1:after", "*=half_body:1:after")]
    #[case("list-users=stale(500ms)", "list-users=stale(500ms):always:before")]
    #[case("*=429+retry(1):every(3)", "*=429+retry(1):every(3):before")]
    #[case("*=502+date(2)+html+should_retry", "*=502+html+date(2)+should_retry:always:before")]
    #[case("*=404+numeric", "*=404+numeric:always:before")]
    #[case(
        "*=429+text(9)+should_not_retry+bare",
        "*=429+bare+text(9)+should_not_retry:always:before"
    )]
    #[case("*=503+absent+empty", "*=503+empty+absent:always:before")]
    #[case("GET  /organization/**=500", "GET /organization/**=500:always:before")]
    #[case(
        "/organization/groups/*/users [a=b]=500",
        "/organization/groups/*/users[a=b]=500:always:before"
    )]
    #[case("inviteUser[ann@x.org]=500", "inviteUser[ann@x.org]=500:always:before")]
    #[case(
        "list-users@GET /organization/*=500",
        "list-users@GET /organization/*=500:always:before"
    )]
    fn what_is_read_is_printed(#[case] text: &str, #[case] printed: &str) {
        let rule: FaultRule = text.parse().unwrap();
        assert_eq!(rule.to_string(), printed);
        assert_eq!(printed.parse(), Ok(rule));
    }

    #[rstest]
    #[case("inviteUser", "has no `=`")]
    #[case("invite=500", "unknown operation `invite`; known are list-users")]
    #[case("/v1/organization/users=500", "`/v1/organization/users` is no address")]
    #[case("*=600", "`600` is no action; known are a status from 200 to 599")]
    #[case("*=500+soap", "`500+soap` is no action")]
    #[case("*=delay(1h)", "`delay(1h)` is no action")]
    #[case("*=delay(601s)", "ten minutes at most")]
    #[case("*=delay(2s..1s)", "`delay(2s..1s)` is no action")]
    #[case("*=stale(601s)", "ten minutes at most")]
    #[case("*=500:2", "`2` does not say how often; known are always")]
    #[case("*=500:NaN", "`NaN` does not say how often")]
    #[case("*=500:nth(0)", "`nth(0)` does not say how often")]
    #[case("*=500:every(0)", "`every(0)` does not say how often")]
    #[case("*=500:1:during", "`during` is no phase; known are before, after")]
    #[case("*=500:1:after:x", "`x` is too much")]
    fn what_is_wrong_is_named_with_what_is_allowed(#[case] text: &str, #[case] expected: &str) {
        let error = text.parse::<FaultRule>().unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}
