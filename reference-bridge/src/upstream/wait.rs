//! How long a 429 asks to wait: `Retry-After` as a number or a date, else the message text, else
//! one second.

use std::time::{Duration, SystemTime};

/// The wait when upstream does not say.
const DEFAULT: Duration = Duration::from_secs(1);
/// No wait is believed to be longer than a day.
const LONGEST: Duration = Duration::from_secs(86_400);

/// Reads the wait from the header and the message of a 429.
pub(crate) fn wait(retry_after: Option<&str>, message: &str, now: SystemTime) -> Duration {
    retry_after
        .and_then(|value| from_header(value.trim(), now))
        .or_else(|| from_text(message))
        .unwrap_or(DEFAULT)
        .clamp(DEFAULT, LONGEST)
}

fn from_header(value: &str, now: SystemTime) -> Option<Duration> {
    if let Ok(seconds) = value.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let until = httpdate::parse_http_date(value).ok()?;
    // Dates are cut to whole seconds, so the second that may be hidden is added.
    let wait = until.duration_since(now).unwrap_or_default();
    Some(wait + Duration::from_secs(1))
}

/// The number before "s", "second" or "seconds", as in "try again after 6.937 seconds".
fn from_text(message: &str) -> Option<Duration> {
    let words: Vec<&str> = message.split_whitespace().collect();
    words.windows(2).find_map(|pair| {
        let unit = pair[1].trim_end_matches(['.', ',', ';', ')']);
        if !matches!(unit, "s" | "sec" | "second" | "seconds") {
            return None;
        }
        let seconds: f64 = pair[0].parse().ok()?;
        Duration::try_from_secs_f64(seconds).ok()
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(Some("7"), "", 7_000)]
    #[case(Some("0"), "", 1_000)]
    #[case(Some(" 2.5 "), "", 2_500)]
    #[case(Some("-3"), "try again in 4 seconds.", 4_000)]
    #[case(Some("soon"), "", 1_000)]
    #[case(None, "Please try again after 6.937 seconds.", 6_937)]
    #[case(None, "wait 1 second", 1_000)]
    #[case(None, "slow down", 1_000)]
    #[case(Some("1e300"), "", 1_000)]
    #[case(Some("999999999"), "", 86_400_000)]
    fn waits(#[case] header: Option<&str>, #[case] message: &str, #[case] millis: u64) {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        assert_eq!(
            wait(header, message, now),
            Duration::from_millis(millis),
            "{header:?} {message:?}"
        );
    }

    #[test]
    fn dates_count_from_now_and_never_too_short() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_millis(1_000_900);
        let date = httpdate::fmt_http_date(now + Duration::from_secs(3));
        let read = wait(Some(&date), "", now);
        assert!(read >= Duration::from_secs(3) && read <= Duration::from_secs(4));
    }
}
