//! Texts of a record, in the record itself: whoever reads a page of records reads one piece of memory from its
//! beginning to its end, and whoever deletes one gives back nothing that nobody has looked at for long.

use arrayvec::ArrayString;

/// Bytes that are kept in the record; an id, an address and a name are mostly no longer together.
const SHORT: usize = 80;

/// A text that mostly is short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Text {
    Short(ArrayString<SHORT>),
    Long(Box<str>),
}

impl Text {
    /// Texts one behind the other.
    pub(super) fn joined(parts: &[&str]) -> Self {
        let mut short = ArrayString::new();
        match parts.iter().try_for_each(|part| short.try_push_str(part)) {
            Ok(()) => Self::Short(short),
            Err(_) => Self::Long(parts.concat().into()),
        }
    }

    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Short(text) => text,
            Self::Long(text) => text,
        }
    }
}
