//! What OpenAI does while a company comes on board: how fast it lets calls through, who accepts, what goes wrong.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use serde::Deserialize;

use crate::scenario::DuplicateInvite;

/// What happens around the bridge during a load run.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Surroundings {
    /// How many calls OpenAI lets through.
    pub throttle: RateLimit,
    /// Who accepts invites, and when.
    pub accept: Acceptance,
    /// What OpenAI does with a second invite for an address that has a pending one; only when it is sent does a doubled
    /// invite show.
    pub duplicate_invite: DuplicateInvite,
    /// Trouble on purpose, each rule as `mock-openai --fault` takes it: `inviteUser=500:0.05`. The harness reads them.
    pub faults: Vec<String>,
    /// The bridge is killed and started again after every so many requests, if it says that it is durable.
    pub kill_every: Option<NonZeroU32>,
}

/// How many calls OpenAI lets through, for each operation: `off`, `measured`, or `BURST/PER_MINUTE`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub enum RateLimit {
    /// All.
    #[default]
    Off,
    /// As few as somebody measured in May 2026: seven at once, seven a minute.
    Measured,
    /// So many at once and so many a minute.
    Bucket {
        /// At once, when none was made for a while.
        burst: NonZeroU32,
        /// More every minute.
        per_minute: f64,
    },
}

/// Who accepts an invite, and when: `never`, `at-once`, seconds such as `2.5`, or `s-curve MEDIAN/SPREAD[/SHARE]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub enum Acceptance {
    /// Nobody.
    #[default]
    Never,
    /// Everybody, as soon as they are invited.
    AtOnce,
    /// Everybody, so many seconds later.
    After(f64),
    /// A few soon, most around the median, a few late, some never.
    Curve(AcceptanceCurve),
}

/// When people accept who take their time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AcceptanceCurve {
    /// Seconds after which half of those have accepted who ever do.
    pub median_seconds: f64,
    /// How many times the median it takes for three quarters of them; at least 1.
    pub spread: f64,
    /// The share of people who ever accept.
    pub share: f64,
}

impl RateLimit {
    /// The bucket: how many at once, how many a minute.
    pub fn bucket(self) -> Option<(u32, f64)> {
        match self {
            Self::Off => None,
            Self::Measured => Some((7, 7.0)),
            Self::Bucket { burst, per_minute } => Some((burst.get(), per_minute)),
        }
    }
}

impl FromStr for RateLimit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.trim() {
            "off" => Ok(Self::Off),
            "measured" => Ok(Self::Measured),
            other => {
                let bucket = other.split_once('/').and_then(|(burst, per_minute)| {
                    Some(Self::Bucket {
                        burst: burst.trim().parse().ok()?,
                        per_minute: above_zero(per_minute)?,
                    })
                });
                bucket.ok_or_else(|| {
                    format!("`{text}` is no rate limit: say off, measured, or BURST/PER_MINUTE such as 10/600")
                })
            }
        }
    }
}

impl FromStr for Acceptance {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "`{text}` does not say who accepts: say never, at-once, seconds such as 2.5, or s-curve MEDIAN/SPREAD \
                 (seconds until half have, and how many times that until three quarters have; a third number is the share \
                 that ever does)"
            )
        };
        match text.trim() {
            "never" => return Ok(Self::Never),
            "at-once" => return Ok(Self::AtOnce),
            _ => {}
        }
        let Some(curve) = text.trim().strip_prefix("s-curve") else {
            return above_zero(text).map(Self::After).ok_or_else(wrong);
        };
        let numbers: Option<Vec<f64>> = curve
            .trim_start_matches([' ', ':'])
            .split('/')
            .map(above_zero)
            .collect();
        let (median_seconds, spread, share) = match numbers.as_deref() {
            Some([median, spread]) => (*median, *spread, 1.0),
            Some([median, spread, share]) => (*median, *spread, *share),
            Some(_) | None => return Err(wrong()),
        };
        if spread < 1.0 || share > 1.0 {
            return Err(wrong());
        }
        Ok(Self::Curve(AcceptanceCurve {
            median_seconds,
            spread,
            share,
        }))
    }
}

fn above_zero(text: &str) -> Option<f64> {
    let number: f64 = text.trim().parse().ok()?;
    (number.is_finite() && number > 0.0).then_some(number)
}

impl TryFrom<String> for RateLimit {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl TryFrom<String> for Acceptance {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl fmt::Display for RateLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => f.write_str("off"),
            Self::Measured => f.write_str("measured"),
            Self::Bucket { burst, per_minute } => write!(f, "{burst}/{per_minute}"),
        }
    }
}

impl fmt::Display for Acceptance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Never => f.write_str("never"),
            Self::AtOnce => f.write_str("at-once"),
            Self::After(seconds) => write!(f, "{seconds}"),
            Self::Curve(curve) => {
                write!(f, "s-curve {}/{}", curve.median_seconds, curve.spread)?;
                if curve.share < 1.0 {
                    write!(f, "/{}", curve.share)?;
                }
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("never")]
    #[case("at-once")]
    #[case("2.5")]
    #[case("s-curve 86400/4")]
    #[case("s-curve 5/2/0.9")]
    fn an_acceptance_is_written_as_it_is_read(#[case] text: &str) {
        assert_eq!(text.parse::<Acceptance>().unwrap().to_string(), text);
    }

    #[rstest]
    #[case("off")]
    #[case("measured")]
    #[case("10/600")]
    fn a_rate_limit_is_written_as_it_is_read(#[case] text: &str) {
        assert_eq!(text.parse::<RateLimit>().unwrap().to_string(), text);
    }

    #[rstest]
    #[case("sometimes")]
    #[case("-1")]
    #[case("NaN")]
    #[case("s-curve 5")]
    #[case("s-curve 5/0.5")]
    #[case("s-curve 5/2/1.5")]
    #[case("s-curve 5/2/1/1")]
    fn what_is_no_acceptance(#[case] text: &str) {
        let error = text.parse::<Acceptance>().unwrap_err();
        assert!(error.contains(text) && error.contains("at-once"), "{error}");
    }

    #[rstest]
    #[case("0/60")]
    #[case("10/0")]
    #[case("10")]
    #[case("on")]
    fn what_is_no_rate_limit(#[case] text: &str) {
        let error = text.parse::<RateLimit>().unwrap_err();
        assert!(error.contains(text) && error.contains("BURST/PER_MINUTE"), "{error}");
    }
}
