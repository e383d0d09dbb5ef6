//! Answers of before, for reads that lag behind writes.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use http::{Method, header};

use crate::message::{Answer, Request};
use crate::timestamp::Timestamp;

/// Answers kept.
const MAX_ANSWERS: usize = 1000;

/// Bytes of bodies kept.
const MAX_BYTES: usize = 64 << 20;

/// Changes kept. What was answered before the oldest of them counts as long out of date.
const MAX_CHANGES: usize = 10_000;

/// The last answer to each read, and when the organization changed since.
#[derive(Debug, Clone, Default)]
pub(super) struct Memory {
    answers: BTreeMap<Question, Remembered>,
    /// Those that were first remembered first go first.
    order: VecDeque<Question>,
    bytes: usize,
    changes: VecDeque<Timestamp>,
    /// How many changes there have been; `changes` has the last of them.
    changed: u64,
}

/// Key, path and query.
type Question = (Vec<u8>, String, String);

#[derive(Debug, Clone)]
struct Remembered {
    answer: Answer,
    /// How many changes there had been.
    as_of: u64,
}

impl Memory {
    pub(super) fn changed(&mut self, now: Timestamp) {
        self.changed += 1;
        self.changes.push_back(now);
        if self.changes.len() > MAX_CHANGES {
            self.changes.pop_front();
        }
    }

    /// The earlier answer to the same read, if it went out of date less than `lag` ago.
    pub(super) fn old(&self, request: &Request, lag: Duration, now: Timestamp) -> Option<Answer> {
        let Remembered { answer, as_of } = self.answers.get(&question(request)?)?;
        let oldest_kept = self.changed - self.changes.len() as u64;
        let place = usize::try_from(as_of.checked_sub(oldest_kept)?).ok()?;
        let outdated_at = self.changes.get(place)?;
        (now.since(*outdated_at) < lag).then(|| answer.clone())
    }

    pub(super) fn remember(&mut self, request: &Request, answer: &Answer) {
        let Some(question) = question(request) else {
            return;
        };
        let (answer, as_of) = (answer.clone(), self.changed);
        self.bytes += answer.body.len();
        match self.answers.insert(question.clone(), Remembered { answer, as_of }) {
            Some(before) => self.bytes -= before.answer.body.len(),
            None => self.order.push_back(question),
        }
        while self.answers.len() > MAX_ANSWERS || self.bytes > MAX_BYTES {
            let Some(oldest) = self.order.pop_front().and_then(|oldest| self.answers.remove(&oldest)) else {
                break;
            };
            self.bytes -= oldest.answer.body.len();
        }
    }
}

fn question(request: &Request) -> Option<Question> {
    if request.method != Method::GET {
        return None;
    }
    let key = request.headers.get(header::AUTHORIZATION);
    let key = key.map_or_else(Vec::new, |value| value.as_bytes().to_owned());
    Some((key, request.path.clone(), request.query.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAG: Duration = Duration::from_millis(500);

    fn at(millis: u64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    fn answer(text: &str) -> Answer {
        Answer::new(200, "text/plain", text.to_owned())
    }

    #[test]
    fn an_answer_is_old_from_the_first_change_until_the_lag_is_over() {
        let (mut memory, read) = (Memory::default(), Request::get("/v1/users"));
        assert_eq!(memory.old(&read, LAG, at(0)), None);
        memory.remember(&read, &answer("before"));
        assert_eq!(memory.old(&read, LAG, at(1)), None);
        memory.changed(at(1000));
        memory.changed(at(1400));
        assert_eq!(memory.old(&read, LAG, at(1000)), Some(answer("before")));
        assert_eq!(memory.old(&read, LAG, at(1499)), Some(answer("before")));
        assert_eq!(memory.old(&read, LAG, at(1500)), None);
        memory.remember(&read, &answer("after"));
        assert_eq!(memory.old(&read, LAG, at(1500)), None);
    }

    #[test]
    fn only_the_same_read_is_answered_again() {
        let mut memory = Memory::default();
        let read = |target: &str, key: &str| Request::get(target).bearer(key);
        memory.remember(&read("/v1/users", "a"), &answer("before"));
        memory.remember(&Request::delete("/v1/users"), &answer("before"));
        memory.changed(at(0));
        let old = |request: &Request| memory.old(request, LAG, at(1)).is_some();
        assert!(old(&read("/v1/users", "a")));
        assert!(!old(&read("/v1/users", "b")));
        assert!(!old(&read("/v1/users?limit=1", "a")));
        assert!(!old(&Request::delete("/v1/users")));
    }

    #[test]
    fn memory_is_bounded() {
        let mut memory = Memory::default();
        let read = |number: usize| Request::get(&format!("/v1/users/{number}"));
        for number in 0..=MAX_ANSWERS {
            memory.remember(&read(number), &answer("x"));
        }
        assert_eq!((memory.answers.len(), memory.bytes), (MAX_ANSWERS, MAX_ANSWERS));
        for number in 0..3 {
            memory.remember(&read(number), &answer(&"x".repeat(MAX_BYTES / 2)));
        }
        assert!(memory.bytes <= MAX_BYTES && memory.answers.len() == memory.order.len());
        for moment in 0..=MAX_CHANGES as u64 {
            memory.changed(at(moment));
        }
        assert_eq!(memory.changes.len(), MAX_CHANGES);
        assert_eq!(memory.old(&read(2), Duration::from_secs(60), at(1)), None);
    }
}
