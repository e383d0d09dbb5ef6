//! How long something takes: always the same, or by chance.
//!
//! Chance comes from whoever draws, so a seed repeats it. In files and JSON a delay is a number,
//! or `{ uniform = [LOW, HIGH] }`, or `{ exponential = MEAN }`; the unit stands in the name of
//! the field ([`millis`], [`seconds`]).

use std::fmt;
use std::time::Duration;

use fastrand::Rng;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How long something takes: always the same, or by chance, which follows the seed. In files and
/// JSON a number, `{ uniform = [LOW, HIGH] }` or `{ exponential = MEAN }`, in the unit that the name
/// of the field says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delay {
    /// Always this long.
    Fixed(Duration),
    /// Anything from the first to the second, each as likely.
    Uniform(Duration, Duration),
    /// Mostly short, sometimes long, this long on average.
    Exponential(Duration),
}

impl Delay {
    /// Draws one.
    pub(crate) fn draw(self, rng: &mut Rng) -> Duration {
        match self {
            Self::Fixed(delay) => delay,
            Self::Uniform(low, high) => low + high.saturating_sub(low).mul_f64(rng.f64()),
            // `f64` gives less than 1, so the logarithm is of more than 0: 37 times the mean at most.
            Self::Exponential(mean) => mean.mul_f64(-(1.0 - rng.f64()).ln()),
        }
    }

    /// The longest one that is asked for by number; chance may draw longer ones.
    pub(crate) fn named(self) -> Duration {
        match self {
            Self::Fixed(delay) | Self::Exponential(delay) => delay,
            Self::Uniform(low, high) => low.max(high),
        }
    }
}

/// For `#[serde(with)]`: numbers are milliseconds.
pub(crate) mod millis {
    use super::{Delay, Deserializer, Duration, Serializer, Written};

    pub(crate) fn serialize<S: Serializer>(delay: &Delay, to: S) -> Result<S::Ok, S::Error> {
        Written::of(*delay, |delay| delay.as_millis()).write(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Delay, D::Error> {
        Written::read(from, Duration::from_millis)
    }
}

/// For `#[serde(with)]`: numbers are seconds.
pub(crate) mod seconds {
    use super::{Delay, Deserializer, Duration, Serializer, Written};

    pub(crate) fn serialize<S: Serializer>(delay: &Delay, to: S) -> Result<S::Ok, S::Error> {
        Written::of(*delay, |delay| delay.as_secs().into()).write(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Delay, D::Error> {
        Written::read(from, Duration::from_secs)
    }
}

/// A delay in whole units of its field.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Written {
    #[serde(skip)]
    Number(u64),
    Uniform([u64; 2]),
    Exponential(u64),
}

impl Written {
    fn of(delay: Delay, unit: impl Fn(Duration) -> u128) -> Self {
        let number = |delay| u64::try_from(unit(delay)).unwrap_or(u64::MAX);
        match delay {
            Delay::Fixed(delay) => Self::Number(number(delay)),
            Delay::Uniform(low, high) => Self::Uniform([number(low), number(high)]),
            Delay::Exponential(mean) => Self::Exponential(number(mean)),
        }
    }

    fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(number) => to.serialize_u64(*number),
            Self::Uniform(_) | Self::Exponential(_) => self.serialize(to),
        }
    }

    fn read<'de, D: Deserializer<'de>>(from: D, unit: impl Fn(u64) -> Duration) -> Result<Delay, D::Error> {
        // More would overflow a moment. Nothing here means centuries.
        const LONGEST: u64 = 1 << 33;
        let number = |number| {
            if number <= LONGEST {
                return Ok(unit(number));
            }
            Err(de::Error::custom(format!("{number} is too long")))
        };
        match from.deserialize_any(NumberOrTable)? {
            Self::Number(fixed) => Ok(Delay::Fixed(number(fixed)?)),
            Self::Uniform([low, high]) if low <= high => Ok(Delay::Uniform(number(low)?, number(high)?)),
            Self::Uniform([low, high]) => Err(de::Error::custom(format!("{low} is more than {high}"))),
            Self::Exponential(mean) => Ok(Delay::Exponential(number(mean)?)),
        }
    }
}

struct NumberOrTable;

impl<'de> Visitor<'de> for NumberOrTable {
    type Value = Written;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number, or a table with `uniform` or `exponential`")
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Written, E> {
        Ok(Written::Number(number))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Written, E> {
        let whole = u64::try_from(number).map_err(|_| E::invalid_value(de::Unexpected::Signed(number), &self))?;
        Ok(Written::Number(whole))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Written, A::Error> {
        Written::deserialize(MapAccessDeserializer::new(map))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Field {
        #[serde(with = "millis")]
        delay_ms: Delay,
    }

    const SHORT: Duration = Duration::from_millis(100);
    const LONG: Duration = Duration::from_millis(300);

    #[rstest]
    #[case("delay_ms = 100\n", Delay::Fixed(SHORT))]
    #[case("delay_ms = { uniform = [100, 300] }\n", Delay::Uniform(SHORT, LONG))]
    #[case("delay_ms = { exponential = 300 }\n", Delay::Exponential(LONG))]
    fn toml_and_json_agree(#[case] text: &str, #[case] delay_ms: Delay) {
        let field: Field = toml::from_str(text).unwrap();
        assert_eq!(field, Field { delay_ms });
        let json = serde_json::to_string(&field).unwrap();
        assert_eq!(serde_json::from_str::<Field>(&json).unwrap(), field);
    }

    #[rstest]
    #[case(
        r#"{"delay_ms":-1}"#,
        "invalid value: integer `-1`, expected a whole number, or a table"
    )]
    #[case(r#"{"delay_ms":"1s"}"#, "expected a whole number, or a table with `uniform`")]
    #[case(r#"{"delay_ms":{"uniform":[2,1]}}"#, "2 is more than 1")]
    #[case(r#"{"delay_ms":{"normal":1}}"#, "expected `uniform` or `exponential`")]
    #[case(r#"{"delay_ms":18446744073709551615}"#, "18446744073709551615 is too long")]
    fn what_is_no_delay(#[case] json: &str, #[case] expected: &str) {
        let error = serde_json::from_str::<Field>(json).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }

    #[rstest]
    #[case(Delay::Fixed(SHORT), 0.1)]
    #[case(Delay::Uniform(SHORT, LONG), 0.2)]
    #[case(Delay::Exponential(LONG), 0.3)]
    fn draws_have_the_mean_they_say_and_follow_the_seed(#[case] delay: Delay, #[case] expected: f64) {
        let sum = |seed| -> f64 {
            let mut rng = Rng::with_seed(seed);
            (0..20_000).map(|_| delay.draw(&mut rng).as_secs_f64()).sum()
        };
        let mean = sum(1) / 20_000.0;
        assert!((mean / expected - 1.0).abs() < 0.03, "{mean} instead of {expected}");
        assert!((sum(1) - sum(1)).abs() < f64::EPSILON);
    }

    #[test]
    fn uniform_stays_within() {
        let mut rng = Rng::with_seed(1);
        for _ in 0..1000 {
            let drawn = Delay::Uniform(SHORT, LONG).draw(&mut rng);
            assert!((SHORT..=LONG).contains(&drawn), "{drawn:?}");
        }
    }
}
