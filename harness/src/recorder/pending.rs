//! An exchange that is under way. However it ends, it is written down: whole, cut off, or without an answer.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::HeaderMap;
use http::request::Parts;

use super::Shared;
use super::tap::{Kept, Listener};
use crate::recording::secret::{Raw, RawAnswer, RawBody};
use crate::wire;

/// What of a request passes by.
#[derive(Clone)]
pub(super) struct RequestBody(Arc<Mutex<Kept>>);

impl RequestBody {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Listener for RequestBody {
    fn data(&mut self, data: &[u8]) {
        self.kept().add(data);
    }

    fn end(&mut self) {
        self.kept().has_ended = true;
    }

    fn failed(&mut self) {}
}

/// An exchange that is under way; it hears the body of the answer.
pub(super) struct Pending {
    shared: Arc<Shared>,
    /// What is known so far; `None` once it is written down.
    raw: Option<Raw>,
    request: RequestBody,
    request_headers: HeaderMap,
    answer_headers: HeaderMap,
    answer: Kept,
}

impl Pending {
    /// A request has come. `target` is its path under the SCIM base, and its query.
    pub(super) fn new(shared: &Arc<Shared>, head: &Parts, target: &str) -> Self {
        let raw = Raw {
            began_ms: shared.now_ms(),
            method: head.method.to_string(),
            target: target.to_owned(),
            headers: wire::text_headers(&head.headers),
            ..Raw::default()
        };
        Self {
            shared: Arc::clone(shared),
            raw: Some(raw),
            request: RequestBody(Arc::new(Mutex::new(Kept::new(shared.body_limit)))),
            request_headers: head.headers.clone(),
            answer_headers: HeaderMap::new(),
            answer: Kept::new(shared.body_limit),
        }
    }

    /// Hears the body of the request.
    pub(super) fn request_body(&self) -> RequestBody {
        self.request.clone()
    }

    /// The head of the bridge's answer has come.
    pub(super) fn answered(&mut self, head: &http::response::Parts) {
        self.answer_headers.clone_from(&head.headers);
        if let Some(raw) = &mut self.raw {
            raw.answer = Some(RawAnswer {
                status: head.status.as_u16(),
                headers: wire::text_headers(&head.headers),
                body: RawBody::default(),
            });
        }
    }

    /// Writes it down, once.
    fn write(&mut self) {
        let Some(mut raw) = self.raw.take() else { return };
        let limit = self.shared.body_limit as u64;
        let undo =
            |headers: &HeaderMap, body| wire::decoded(headers, body, limit).map_err(|trouble| trouble.to_string());
        raw.ended_ms = self.shared.now_ms();
        raw.body = self.request.kept().take(|body| undo(&self.request_headers, body));
        if let Some(answer) = &mut raw.answer {
            answer.body = self.answer.take(|body| undo(&self.answer_headers, body));
        }
        self.shared.spool.add(raw);
    }
}

impl Listener for Pending {
    fn data(&mut self, data: &[u8]) {
        self.answer.add(data);
    }

    fn end(&mut self) {
        self.answer.has_ended = true;
        self.write();
    }

    /// Half an answer is none.
    fn failed(&mut self) {
        if let Some(raw) = &mut self.raw {
            raw.answer = None;
        }
        self.write();
    }
}

impl Drop for Pending {
    /// The identity provider left, or the recording was ended.
    fn drop(&mut self) {
        self.write();
    }
}
