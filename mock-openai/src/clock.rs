//! What time it is in the organization: as everywhere, or standing still until somebody moves it.
//!
//! The core is told the time ([`Org::handle`](crate::Org::handle)); the fronts ask here. Invites
//! expire and throttles refill by this clock; what happens on sockets (delays made on purpose,
//! time limits of connections) takes real time. It never goes back.

use std::str::FromStr;
use std::time::{Duration, Instant, SystemTime};

use parking_lot::Mutex;

use crate::timestamp::Timestamp;

/// How the clock goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Clock {
    /// With the system's, from now on.
    #[default]
    Real,
    /// It stands still at this moment and only moves when it is told to.
    Frozen(Timestamp),
}

/// `real`, `frozen` (at the moment of parsing), or `frozen@SECONDS` since the Unix epoch.
impl FromStr for Clock {
    type Err = NoClock;

    fn from_str(text: &str) -> Result<Self, NoClock> {
        // Year 9999, as far as an HTTP date goes.
        const LAST: u64 = 253_402_300_799;
        match (text, text.strip_prefix("frozen@")) {
            ("real", _) => Ok(Self::Real),
            ("frozen", _) => Ok(Self::Frozen(SystemTime::now().into())),
            (_, Some(seconds)) => match seconds.parse() {
                Ok(seconds @ 0..=LAST) => Ok(Self::Frozen(Timestamp::from_millis(seconds * 1000))),
                Ok(_) | Err(_) => Err(NoClock(text.to_owned())),
            },
            (_, None) => Err(NoClock(text.to_owned())),
        }
    }
}

/// A text is no [`Clock`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no clock; known are real, frozen, and frozen@SECONDS since 1970 such as frozen@1700000000")]
pub struct NoClock(pub String);

/// A clock that goes, or stands.
#[derive(Debug)]
pub(crate) struct RunningClock(Mutex<Hands>);

#[derive(Debug, Clone, Copy)]
enum Hands {
    Going { at: Timestamp, since: Instant },
    Still(Timestamp),
}

/// Somebody wants the clock to go back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the clock never goes back: it is {} ms since 1970 already", .0.as_millis())]
pub(crate) struct GoesBack(Timestamp);

impl RunningClock {
    pub(crate) fn new(clock: Clock) -> Self {
        let at = match clock {
            Clock::Real => SystemTime::now().into(),
            Clock::Frozen(at) => at,
        };
        Self(Mutex::new(Hands::of(clock, at)))
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.0.lock().now()
    }

    /// The moment at which it stands still, if it does.
    pub(crate) fn frozen_at(&self) -> Option<Timestamp> {
        match *self.0.lock() {
            Hands::Going { .. } => None,
            Hands::Still(at) => Some(at),
        }
    }

    /// Moves it forward, whether it goes or stands.
    pub(crate) fn advance(&self, by: Duration) {
        match &mut *self.0.lock() {
            Hands::Going { at, .. } | Hands::Still(at) => *at = at.plus(by),
        }
    }

    /// Lets it go on from where it is, or stops it at this moment.
    pub(crate) fn set(&self, clock: Clock) -> Result<(), GoesBack> {
        let mut hands = self.0.lock();
        let now = hands.now();
        match clock {
            Clock::Frozen(at) if at < now => return Err(GoesBack(now)),
            Clock::Frozen(_) | Clock::Real => *hands = Hands::of(clock, now),
        }
        Ok(())
    }

    /// How long it takes in real time until then; `None` if it stands still before.
    pub(crate) fn until(&self, due: Timestamp) -> Option<Duration> {
        let hands = *self.0.lock();
        let wait = due.since(hands.now());
        match hands {
            Hands::Still(_) if !wait.is_zero() => None,
            Hands::Still(_) | Hands::Going { .. } => Some(wait),
        }
    }
}

impl Hands {
    fn of(clock: Clock, now: Timestamp) -> Self {
        match clock {
            Clock::Real => Self::Going {
                at: now,
                since: Instant::now(),
            },
            Clock::Frozen(at) => Self::Still(at),
        }
    }

    fn now(self) -> Timestamp {
        match self {
            Self::Going { at, since } => at.plus(since.elapsed()),
            Self::Still(at) => at,
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const THEN: Timestamp = Timestamp::from_millis(1_700_000_000_000);
    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_frozen_clock_moves_only_when_told() {
        let clock = RunningClock::new(Clock::Frozen(THEN));
        assert_eq!((clock.now(), clock.frozen_at()), (THEN, Some(THEN)));
        clock.advance(SECOND);
        assert_eq!(clock.now(), THEN.plus(SECOND));
        assert_eq!(clock.set(Clock::Frozen(THEN)), Err(GoesBack(THEN.plus(SECOND))));
        assert_eq!(clock.set(Clock::Frozen(THEN.plus(5 * SECOND))), Ok(()));
        assert_eq!(clock.now(), THEN.plus(5 * SECOND));
    }

    #[test]
    fn it_goes_on_from_where_it_stood() {
        let clock = RunningClock::new(Clock::Frozen(THEN));
        clock.set(Clock::Real).unwrap();
        assert_eq!(clock.frozen_at(), None);
        let now = clock.now();
        assert!(now >= THEN && now < THEN.plus(60 * SECOND), "{now:?}");
        clock.advance(3600 * SECOND);
        assert!(clock.now() >= now.plus(3600 * SECOND));
    }

    #[test]
    fn nothing_comes_while_time_stands_still() {
        let clock = RunningClock::new(Clock::Frozen(THEN));
        assert_eq!(clock.until(THEN), Some(Duration::ZERO));
        assert_eq!(clock.until(THEN.plus(SECOND)), None);
        clock.set(Clock::Real).unwrap();
        assert!(clock.until(THEN.plus(SECOND)).unwrap() <= SECOND);
    }

    #[rstest]
    #[case("real", Ok(Clock::Real))]
    #[case("frozen@1700000000", Ok(Clock::Frozen(THEN)))]
    #[case("frozen@", Err(NoClock("frozen@".to_owned())))]
    #[case("frozen@99999999999999", Err(NoClock("frozen@99999999999999".to_owned())))]
    #[case("fast", Err(NoClock("fast".to_owned())))]
    fn text_form(#[case] text: &str, #[case] expected: Result<Clock, NoClock>) {
        assert_eq!(text.parse(), expected);
    }
}
