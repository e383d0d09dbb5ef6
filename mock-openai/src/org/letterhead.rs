//! The headers that the documented API puts on every answer: prepared once, because they are the same on nearly
//! all of them but for the id of the request.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, header};

use super::ORGANIZATION;
use crate::id::Ids;
use crate::journal::RecordedHeaders;
use crate::message::{Answer, JSON};

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const PROCESSING_MS: HeaderName = HeaderName::from_static("openai-processing-ms");
const VERSION: HeaderName = HeaderName::from_static("openai-version");

/// Headers for which there is room on an answer: hyper keeps the memory for those of the next request. Measured with
/// glibc and a full journal, a map made to measure costs a page of users half its time again, because the allocator
/// then walks its free lists on every request (`unlink_chunk`, `malloc_consolidate`).
const ROOM: usize = 12;

/// See the module.
#[derive(Debug, Clone)]
pub(super) struct Letterhead {
    /// All but the id of the request.
    headers: HeaderMap,
    /// The headers of the latest answer as the journal keeps them; the id of the request is the end of it.
    text: Vec<u8>,
}

impl Letterhead {
    /// That of the organization with this id.
    pub(super) fn of(organization_id: &str) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, JSON);
        headers.insert(PROCESSING_MS, HeaderValue::from_static("0"));
        headers.insert(VERSION, HeaderValue::from_static("2020-10-01"));
        if let Ok(organization) = HeaderValue::try_from(organization_id) {
            headers.insert(ORGANIZATION, organization);
        }
        let text = Vec::new();
        Self { headers, text }
    }

    /// Puts them on an answer, unless it is a page of a proxy, which has none. If it has no others: its headers as the
    /// journal keeps them.
    pub(super) fn put_on(&mut self, answer: &mut Answer, ids: &mut Ids, delay: Duration) -> Option<&[u8]> {
        let headers = &mut answer.headers;
        if headers.get(header::CONTENT_TYPE).is_some_and(|value| value != JSON) {
            return None;
        }
        let has_others = !headers.is_empty();
        let id = ids.request();
        headers.reserve(ROOM);
        for (name, value) in &self.headers {
            headers.insert(name.clone(), value.clone());
        }
        if let Ok(id) = HeaderValue::from_bytes(&id) {
            headers.insert(X_REQUEST_ID, id);
        }
        // The mock takes no time of its own in the core: this is the delay made on purpose.
        if !delay.is_zero() {
            let millis = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
            headers.insert(PROCESSING_MS, HeaderValue::from(millis));
        }
        if has_others || !delay.is_zero() {
            return None;
        }
        match self.text.len().checked_sub(id.len() + 1) {
            Some(start) => self.text[start..start + id.len()].copy_from_slice(&id),
            None => RecordedHeaders::write(headers, &mut self.text),
        }
        Some(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prepared_text_is_that_of_the_headers_for_every_answer() {
        let (mut letterhead, mut ids) = (Letterhead::of("org-1"), Ids::new(0));
        for _ in 0..2 {
            let mut answer = Answer::json(200, &1);
            let text = letterhead
                .put_on(&mut answer, &mut ids, Duration::ZERO)
                .unwrap()
                .to_vec();
            let mut expected = Vec::new();
            RecordedHeaders::write(&answer.headers, &mut expected);
            assert_eq!(String::from_utf8(text), String::from_utf8(expected));
        }
    }

    #[test]
    fn there_is_none_for_an_answer_with_headers_of_its_own_or_one_that_is_late() {
        let (mut letterhead, mut ids) = (Letterhead::of("org-1"), Ids::new(0));
        let mut with_another = Answer::json(200, &1).with(header::ALLOW, "GET");
        assert_eq!(letterhead.put_on(&mut with_another, &mut ids, Duration::ZERO), None);
        let late = letterhead.put_on(&mut Answer::json(200, &1), &mut ids, Duration::from_secs(1));
        assert_eq!(late, None);
    }
}
