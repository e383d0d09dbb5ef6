//! The headers that the documented API puts on every answer: prepared once, because they are the same on nearly
//! all of them but for the id of the request.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, header};

use super::ORGANIZATION;
use crate::id::Ids;
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
pub(super) struct Letterhead(HeaderMap);

impl Letterhead {
    /// That of the organization with this id.
    pub(super) fn of(organization_id: &str) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, JSON);
        // To be filled in.
        headers.insert(X_REQUEST_ID, HeaderValue::from_static(""));
        headers.insert(PROCESSING_MS, HeaderValue::from_static("0"));
        headers.insert(VERSION, HeaderValue::from_static("2020-10-01"));
        if let Ok(organization) = HeaderValue::try_from(organization_id) {
            headers.insert(ORGANIZATION, organization);
        }
        Self(headers)
    }

    /// Puts them on an answer, unless it is a page of a proxy, which has none.
    pub(super) fn put_on(&self, answer: &mut Answer, ids: &mut Ids, delay: Duration) {
        let headers = &mut answer.headers;
        if headers.get(header::CONTENT_TYPE).is_some_and(|value| value != JSON) {
            return;
        }
        headers.reserve(ROOM);
        for (name, value) in &self.0 {
            headers.insert(name.clone(), value.clone());
        }
        if let Ok(request_id) = HeaderValue::from_bytes(&ids.request()) {
            headers.insert(X_REQUEST_ID, request_id);
        }
        // The mock takes no time of its own in the core: this is the delay made on purpose.
        if !delay.is_zero() {
            let millis = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
            headers.insert(PROCESSING_MS, HeaderValue::from(millis));
        }
    }
}
