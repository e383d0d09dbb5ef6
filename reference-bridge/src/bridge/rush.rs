//! How many changes are under way, for defects that only a rush shows.

use std::sync::atomic::{AtomicUsize, Ordering};

/// How many creates or removals a defect has room for.
pub(super) const ROOM: usize = 6;

/// A number of things that are under way.
#[derive(Debug, Default)]
pub(super) struct UnderWay(AtomicUsize);

/// One of them; it ends when this is dropped.
pub(super) struct One<'a> {
    all: &'a UnderWay,
    /// How many were under way before it.
    pub(super) before: usize,
}

impl UnderWay {
    /// One more begins.
    pub(super) fn begin(&self) -> One<'_> {
        let before = self.0.fetch_add(1, Ordering::AcqRel);
        One { all: self, before }
    }
}

impl Drop for One<'_> {
    fn drop(&mut self) {
        self.all.0.fetch_sub(1, Ordering::AcqRel);
    }
}
