//! The upstream calls of one SCIM request, or of one round of the poller.
//!
//! A session has a deadline and a patience for rate limits. It never calls an operation that has
//! to rest, repeats reads at most twice, and repeats a write only after looking.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use http::Method;
use parking_lot::Mutex;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::cooldown::Cooldowns;
use super::http::Upstream;
use super::object::Listed;
use super::operation::Operation;
use super::trouble::Trouble;
use crate::fault::{Fault, Faults};

/// How often a call is made in all when its answer gets lost.
const TRIES: u32 = 3;
/// The most pages of one list.
const MAX_PAGES: usize = 2_000;
/// Pause before a call whose answer was lost is repeated, times the number of tries.
const BREATH: Duration = Duration::from_millis(50);

/// Upstream, for a limited time.
#[derive(Debug)]
pub(crate) struct Session {
    pub(super) upstream: Arc<Upstream>,
    deadline: Instant,
    patience: Mutex<Duration>,
    calls: Mutex<usize>,
    /// Whether upstream's limits held it up.
    waited: AtomicBool,
    /// A defect: what rests is not asked.
    impatient: bool,
}

/// How a list says where its next page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cursor {
    /// With the id of its last item: users and invites.
    LastId,
    /// With `next`: groups and group members.
    Next,
}

impl Session {
    /// A session that ends at `deadline`.
    pub(crate) fn new(upstream: Arc<Upstream>, deadline: Instant) -> Self {
        let patience = Mutex::new(upstream.throttle_wait);
        // Known to the request that was refused, which gives up; a defect.
        let impatient =
            upstream.faults.has(Fault::ThrottleNotShared) || upstream.faults.has(Fault::EverybodyWakesAtOnce);
        Self {
            upstream,
            deadline,
            patience,
            calls: Mutex::new(0),
            waited: AtomicBool::new(false),
            impatient,
        }
    }

    /// A defect: calls operations that have to rest.
    pub(crate) fn be_impatient(&mut self) {
        self.impatient = true;
    }

    /// When it ends.
    pub(crate) fn deadline(&self) -> Instant {
        self.deadline
    }

    /// How many calls it made.
    pub(crate) fn calls(&self) -> usize {
        *self.calls.lock()
    }

    /// Whether upstream's limits held it up.
    pub(crate) fn has_waited(&self) -> bool {
        self.waited.load(Ordering::Relaxed)
    }

    /// Switched-on defects.
    pub(crate) fn faults(&self) -> Faults {
        self.upstream.faults
    }

    /// A defect: whether the case of an address counts.
    pub(super) fn matches_exactly(&self) -> bool {
        self.faults().has(Fault::MatchIsCaseSensitive)
    }

    /// Fails when one of `operations` has to rest for longer than this session waits, so that
    /// nothing is undone that could not be done again.
    pub(crate) fn check_rest(&self, operations: &[Operation]) -> Result<(), Trouble> {
        let now = Instant::now();
        let longest = operations
            .iter()
            .filter_map(|&operation| self.upstream.cooldowns.left(operation, now))
            .max();
        match longest {
            Some(wait) if wait > *self.patience.lock() => Err(Trouble::Throttled { wait }),
            _ => Ok(()),
        }
    }

    /// Makes one call, waiting for its turn. A 429 is waited for while the patience lasts.
    pub(super) async fn call(
        &self,
        operation: Operation,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, Trouble> {
        let mut hammered = 0;
        loop {
            self.turn(operation).await?;
            let left = self.deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Trouble::OutOfTime);
            }
            *self.calls.lock() += 1;
            let timeout = left.min(self.upstream.timeout);
            let answer = self
                .upstream
                .exchange(operation, method.clone(), path, body, timeout)
                .await;
            match answer {
                Err(Trouble::Throttled { .. }) if self.faults().has(Fault::ThrottleHammered) && hammered < 20 => {
                    hammered += 1;
                }
                Err(Trouble::Throttled { wait }) if self.faults().has(Fault::EverybodyWakesAtOnce) && wait < left => {
                    tokio::time::sleep(wait).await;
                }
                Err(Trouble::Throttled { wait }) if hammered == 0 && wait <= *self.patience.lock() => {}
                other => return other,
            }
        }
    }

    /// A read: repeated when its answer is lost.
    pub(super) async fn read<T: DeserializeOwned>(&self, operation: Operation, path: &str) -> Result<T, Trouble> {
        let mut tries = 1;
        loop {
            let answer = self.call(operation, Method::GET, path, None).await.and_then(decode);
            match answer {
                Err(Trouble::Lost { .. }) if tries < TRIES => {
                    tokio::time::sleep(BREATH * tries).await;
                    tries += 1;
                }
                other => return other,
            }
        }
    }

    /// A write: when its answer is lost, `look` finds out whether it happened, and only if it did
    /// not is it repeated.
    pub(super) async fn write<T, A, L>(&self, attempt: impl Fn() -> A, look: impl Fn() -> L) -> Result<T, Trouble>
    where
        A: Future<Output = Result<T, Trouble>>,
        L: Future<Output = Result<Option<T>, Trouble>>,
    {
        let mut tries = 1;
        loop {
            let lost = match attempt().await {
                Err(lost @ Trouble::Lost { .. }) => lost,
                other => return other,
            };
            tokio::time::sleep(BREATH * tries).await;
            if let Some(done) = look().await? {
                return Ok(done);
            }
            if tries == TRIES {
                return Err(lost);
            }
            tries += 1;
        }
    }

    /// Reads a list page by page until `enough` says so or it ends.
    pub(super) async fn walk<T: DeserializeOwned>(
        &self,
        operation: Operation,
        path: &str,
        cursor: Cursor,
        id: impl Fn(&T) -> &str,
        enough: impl Fn(&[T]) -> bool,
    ) -> Result<Vec<T>, Trouble> {
        let mut all = Vec::new();
        let mut pages = self.pages(operation, path, cursor);
        while let Some(page) = pages.next(&id).await? {
            all.extend(page);
            if enough(&all) {
                break;
            }
        }
        Ok(all)
    }

    /// The pages of a list, one after the other.
    pub(super) fn pages<'a>(&'a self, operation: Operation, path: &'a str, cursor: Cursor) -> Pages<'a> {
        Pages {
            session: self,
            operation,
            path,
            cursor,
            after: None,
            left: MAX_PAGES,
        }
    }

    /// Waits until it is time to call `operation`, or says how long that would take.
    async fn turn(&self, operation: Operation) -> Result<(), Trouble> {
        self.wait(operation, Cooldowns::take_place).await
    }

    /// The same, for those who decide only then what to ask; the call that follows takes the place.
    pub(super) async fn turn_is_near(&self, operation: Operation) -> Result<(), Trouble> {
        self.wait(operation, Cooldowns::pace).await
    }

    async fn wait(
        &self,
        operation: Operation,
        pace: fn(&Cooldowns, Operation, Instant, Duration) -> Option<Duration>,
    ) -> Result<(), Trouble> {
        if self.faults().has(Fault::ThrottleHammered) || self.impatient {
            return Ok(());
        }
        self.rest(operation).await?;
        let now = Instant::now();
        let patience = (*self.patience.lock()).min(self.deadline.saturating_duration_since(now));
        if let Some(wait) = pace(&self.upstream.cooldowns, operation, now, patience).filter(|wait| !wait.is_zero()) {
            self.sleep(wait).await;
            // Others may have been refused meanwhile.
            self.rest(operation).await?;
        }
        Ok(())
    }

    /// Waits until `operation` may be called, or says how long that would take.
    async fn rest(&self, operation: Operation) -> Result<(), Trouble> {
        while let Some(wait) = self.upstream.cooldowns.left(operation, Instant::now()) {
            {
                let mut patience = self.patience.lock();
                let Some(rest) = patience.checked_sub(wait) else {
                    return Err(Trouble::Throttled { wait });
                };
                if Instant::now() + wait >= self.deadline {
                    return Err(Trouble::Throttled { wait });
                }
                *patience = rest;
            }
            self.sleep(wait).await;
        }
        Ok(())
    }

    async fn sleep(&self, wait: Duration) {
        self.waited.store(true, Ordering::Relaxed);
        tokio::time::sleep(wait).await;
    }
}

/// A list that is being read.
pub(super) struct Pages<'a> {
    session: &'a Session,
    operation: Operation,
    path: &'a str,
    cursor: Cursor,
    after: Option<String>,
    /// How many pages may still be read; 0 at the end of the list.
    left: usize,
}

impl Pages<'_> {
    /// The next page; `None` after the last. `id` names the cursor an item can be.
    pub(super) async fn next<T: DeserializeOwned>(
        &mut self,
        id: impl Fn(&T) -> &str,
    ) -> Result<Option<Vec<T>>, Trouble> {
        if self.left == 0 {
            return Ok(None);
        }
        let path = match &self.after {
            None => self.path.to_owned(),
            Some(after) => format!("{}&after={}", self.path, super::http::encode(after)),
        };
        let page: Listed<T> = self.session.read(self.operation, &path).await?;
        let named = match self.cursor {
            Cursor::LastId => page.last_id,
            Cursor::Next => page.next,
        };
        let next = named.or_else(|| page.data.last().map(|last| id(last).to_owned()));
        let stuck = next.is_none() || next == self.after;
        let last = !page.has_more || page.data.is_empty() || stuck;
        self.left = if last { 0 } else { self.left - 1 };
        self.after = next;
        Ok(Some(page.data))
    }
}

/// Reads an answer; one of the wrong shape counts as lost.
pub(super) fn decode<T: DeserializeOwned>(value: Value) -> Result<T, Trouble> {
    serde_json::from_value(value).map_err(|error| Trouble::Lost {
        reason: format!("the answer has an unknown shape: {error}"),
        hung: false,
    })
}

/// For calls whose answer holds nothing new.
pub(super) fn done(_: Value) {}
