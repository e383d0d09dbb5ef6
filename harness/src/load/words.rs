//! Numbers as people read them.

/// A time in microseconds: `640 µs`, `12.3 ms`, `1.24 s`, `3 min 20 s`.
pub(super) fn time(micros: f64) -> String {
    let seconds = micros / 1e6;
    match micros {
        ..1000.0 => format!("{micros:.0} µs"),
        ..100_000.0 => format!("{:.1} ms", micros / 1e3),
        ..1e6 => format!("{:.0} ms", micros / 1e3),
        ..10e6 => format!("{seconds:.2} s"),
        ..120e6 => format!("{seconds:.1} s"),
        _ => format!("{:.0} min {:.0} s", (seconds / 60.0).floor(), (seconds % 60.0).floor()),
    }
}

/// A round time in microseconds, as it stands at an axis: `0`, `10 ms`, `2.5 s`, `5 min`.
pub(super) fn tick(micros: f64) -> String {
    let (value, unit) = match micros {
        0.0 => return "0".to_owned(),
        ..1e3 => (micros, "µs"),
        ..1e6 => (micros / 1e3, "ms"),
        ..120e6 => (micros / 1e6, "s"),
        _ => (micros / 60e6, "min"),
    };
    let text = format!("{value:.1}");
    format!("{} {unit}", text.strip_suffix(".0").unwrap_or(&text))
}

/// A time in seconds.
pub(super) fn seconds(seconds: f64) -> String {
    time(seconds * 1e6)
}

/// A share of 1: `100 %`, `99.4 %`. Never 100 % unless it is all.
pub(super) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if (percent - percent.round()).abs() < 1e-9 {
        return format!("{percent:.0} %");
    }
    let text = format!("{percent:.1}");
    match text.as_str() {
        "100.0" if share < 1.0 => "99.9 %".to_owned(),
        "0.0" if share > 0.0 => "0.1 %".to_owned(),
        _ => format!("{text} %"),
    }
}

/// A count with its thousands apart: `12 345`.
pub(super) fn count(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(0.0, "0 µs")]
    #[case(640.0, "640 µs")]
    #[case(12_345.0, "12.3 ms")]
    #[case(123_456.0, "123 ms")]
    #[case(1_240_000.0, "1.24 s")]
    #[case(61e6, "61.0 s")]
    #[case(200e6, "3 min 20 s")]
    fn times(#[case] micros: f64, #[case] text: &str) {
        assert_eq!(time(micros), text);
    }

    #[rstest]
    #[case(0.0, "0")]
    #[case(10e3, "10 ms")]
    #[case(2.5e6, "2.5 s")]
    #[case(300e6, "5 min")]
    fn ticks(#[case] micros: f64, #[case] text: &str) {
        assert_eq!(tick(micros), text);
    }

    #[rstest]
    #[case(1.0, "100 %")]
    #[case(0.999_99, "99.9 %")]
    #[case(0.0, "0 %")]
    #[case(0.000_01, "0.1 %")]
    #[case(0.8246, "82.5 %")]
    fn shares(#[case] share: f64, #[case] text: &str) {
        assert_eq!(percent(share), text);
    }

    #[rstest]
    #[case(0, "0")]
    #[case(999, "999")]
    #[case(1_000, "1 000")]
    #[case(12_345_678, "12 345 678")]
    fn counts(#[case] n: u64, #[case] text: &str) {
        assert_eq!(count(n), text);
    }
}
