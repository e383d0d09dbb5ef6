//! A moment, as the core sees it: the core never reads a clock, it is told the time.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// Milliseconds since the Unix epoch.
///
/// The wire speaks whole seconds ([`Timestamp::as_secs`]); the core keeps milliseconds so that
/// throttling and the order of events stay exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The moment `millis` milliseconds after the Unix epoch.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the Unix epoch.
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// Whole seconds since the Unix epoch, as every field of the Admin API has them.
    pub const fn as_secs(self) -> u64 {
        self.0 / 1000
    }

    /// The moment `duration` later. Stops at the end of time instead of wrapping round.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        Self(self.0.saturating_add(millis))
    }

    /// How long after `earlier` this is; zero when it is not after it.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }

    /// The form HTTP dates have, such as `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 §5.6.7).
    pub(crate) fn http_date(self) -> String {
        // `httpdate` refuses years past 9999.
        const LAST: u64 = 253_402_300_799;
        let date = UNIX_EPOCH + Duration::from_secs(self.as_secs().min(LAST));
        httpdate::fmt_http_date(date)
    }

    /// The day in UTC, such as `19941106`.
    pub(crate) fn yyyymmdd(self) -> String {
        const MONTHS: [&str; 12] = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ];
        let date = self.http_date();
        let mut words = date.split(' ').skip(1);
        let mut word = || words.next().unwrap_or_default();
        let (day, month, year) = (word(), word(), word());
        let month = MONTHS
            .iter()
            .position(|name| *name == month)
            .map_or(0, |place| place + 1);
        format!("{year}{month:02}{day}")
    }
}

impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        Self(0).plus(time.duration_since(UNIX_EPOCH).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_stops_at_its_end_instead_of_wrapping() {
        let end = Timestamp::from_millis(u64::MAX - 1);
        assert_eq!(end.plus(Duration::from_secs(5)).as_millis(), u64::MAX);
        assert_eq!(end.http_date(), "Fri, 31 Dec 9999 23:59:59 GMT");
        assert_eq!(end.yyyymmdd(), "99991231");
    }
}
