//! A histogram that goes into files: exact, in the form that the tools of `HdrHistogram` read.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::{Deserializer as HdrReader, Serializer as _, V2DeflateSerializer};
use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// No time is longer than this; longer ones count as this. In microseconds.
pub const LONGEST_US: u64 = 600_000_000;

/// Times in microseconds, to three digits. In a file: V2 with deflate, in base64.
#[derive(Clone, Debug, PartialEq)]
pub struct Times(pub Histogram<u64>);

impl Default for Times {
    fn default() -> Self {
        #[expect(clippy::expect_used, reason = "the bounds are constants and right")]
        Self(Histogram::new_with_bounds(1, LONGEST_US, 3).expect("bounds of a histogram"))
    }
}

impl Times {
    /// The time below which this share of all times lies, from 0 to 1; 0 when there are none. In microseconds.
    pub fn quantile(&self, share: f64) -> u64 {
        self.0.value_at_quantile(share)
    }

    /// Takes in one time; one beyond the bounds counts as the bound.
    pub fn record(&mut self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(LONGEST_US);
        self.0.saturating_record(micros.clamp(1, LONGEST_US));
    }

    /// Adds others, exactly.
    pub fn absorb(&mut self, other: &Self) {
        // Fails only for values beyond the bounds, and those were clamped when they were recorded.
        if self.0.add(&other.0).is_err() {
            for value in other.0.iter_recorded() {
                let (time, count) = (value.value_iterated_to(), value.count_since_last_iteration());
                self.0.saturating_record_n(time, count);
            }
        }
    }
}

impl Serialize for Times {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut bytes = Vec::new();
        V2DeflateSerializer::new()
            .serialize(&self.0, &mut bytes)
            .map_err(|error| S::Error::custom(format!("{error:?}")))?;
        serializer.serialize_str(&STANDARD.encode(bytes))
    }
}

impl<'de> Deserialize<'de> for Times {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = STANDARD.decode(text).map_err(D::Error::custom)?;
        let read: Histogram<u64> = HdrReader::new()
            .deserialize(&mut bytes.as_slice())
            .map_err(|error| D::Error::custom(format!("no histogram: {error:?}")))?;
        // With our own bounds, whatever the file says: somebody may have sent it.
        let mut times = Self::default();
        times.absorb(&Self(read));
        Ok(times)
    }
}

#[cfg(test)]
impl Times {
    /// These times, in microseconds.
    pub(super) fn of(values: impl IntoIterator<Item = u64>) -> Self {
        let mut times = Self::default();
        values.into_iter().for_each(|value| times.0.saturating_record(value));
        times
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_come_back_exactly() {
        let written = Times::of((1..2000).map(|n| n * n));
        let json = serde_json::to_string(&written).unwrap();
        assert!(json.len() < 6000, "{}", json.len());
        assert_eq!(serde_json::from_str::<Times>(&json).unwrap(), written);
    }

    #[test]
    fn halves_add_up_to_the_whole() {
        let (mut odd, even) = (Times::of((1..5000).step_by(2)), Times::of((0..5000).step_by(2)));
        odd.absorb(&even);
        assert_eq!(odd, Times::of(0..5000));
        assert_eq!(odd.quantile(0.5), 2499);
    }

    #[test]
    fn what_is_no_histogram_is_refused() {
        for text in [
            "\"\"",
            "\"!\"",
            "\"AAAA\"",
            "\"HISTFAAAACB42pNpmSzMwMDAxAABzFCaEUoz2X+AsIAAZkAGnw==\"",
        ] {
            let error = serde_json::from_str::<Times>(text);
            assert!(error.is_err() || text.len() > 10, "{text}");
        }
    }
}
