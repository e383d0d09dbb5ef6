//! Index-based paging (RFC 7644 §3.4.2.4).

use super::error::ScimError;
use crate::fault::{Fault, Faults};

/// The largest page, and the size of one when the client does not say.
pub(crate) const MAX_COUNT: usize = 1_000;

/// Which part of a list is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Page {
    /// 1-based index of the first resource.
    pub(crate) start: usize,
    /// How many at most.
    pub(crate) count: usize,
}

impl Page {
    /// Reads the two query parameters.
    ///
    /// # Errors
    /// 400 `invalidValue` when one is not a whole number.
    pub(crate) fn read(start: Option<&str>, count: Option<&str>, faults: Faults) -> Result<Self, ScimError> {
        let start_is_absent = start.is_none();
        let start = whole("startIndex", start)?.unwrap_or(1).max(1);
        let mut count = whole("count", count)?.unwrap_or(MAX_COUNT).min(MAX_COUNT);
        if faults.has(Fault::CountZeroMeansAll) && count == 0 {
            count = MAX_COUNT;
        }
        if faults.has(Fault::CountNeedsStart) && start_is_absent {
            count = MAX_COUNT;
        }
        if faults.has(Fault::PageCap50) {
            count = count.min(50);
        }
        Ok(Self { start, count })
    }

    /// The part of `all` on this page.
    pub(crate) fn of<T>(self, all: &[T]) -> &[T] {
        let from = (self.start - 1).min(all.len());
        let to = from.saturating_add(self.count).min(all.len());
        &all[from..to]
    }
}

/// Negative numbers mean 0; numbers that are too large mean the largest.
fn whole(name: &str, text: Option<&str>) -> Result<Option<usize>, ScimError> {
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    match text.parse::<i128>() {
        Ok(number) => Ok(Some(usize::try_from(number.max(0)).unwrap_or(usize::MAX))),
        Err(_) => Err(ScimError::value(format!("{name} is {text:?}, not a whole number"))),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(None, None, &[1, 2, 3, 4, 5])]
    #[case(Some("1"), Some("2"), &[1, 2])]
    #[case(Some("3"), Some("2"), &[3, 4])]
    #[case(Some("5"), Some("100"), &[5])]
    #[case(Some("0"), Some("1"), &[1])]
    #[case(Some("-7"), Some("1"), &[1])]
    #[case(Some("6"), Some("1"), &[])]
    #[case(Some("99999999999999999999"), Some("1"), &[])]
    #[case(Some("1"), Some("0"), &[])]
    #[case(Some("1"), Some("-1"), &[])]
    #[case(Some("2"), Some("5000"), &[2, 3, 4, 5])]
    fn pages(#[case] start: Option<&str>, #[case] count: Option<&str>, #[case] expected: &[i32]) {
        let page = Page::read(start, count, Faults::NONE).unwrap();
        assert_eq!(page.of(&[1, 2, 3, 4, 5]), expected);
    }

    #[test]
    fn words_are_refused() {
        assert!(Page::read(Some("one"), None, Faults::NONE).is_err());
    }
}
