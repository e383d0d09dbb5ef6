//! What goes in and what comes out of [`Org::handle`](crate::Org::handle): plain HTTP messages
//! without a connection. The fronts translate between these and sockets.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};

use crate::json::{Json, ToJson};

/// One request as it arrived, body complete.
#[derive(Debug, Clone)]
pub struct Request {
    /// The verb.
    pub method: Method,
    /// Path as received, percent-encoding left in place: `/v1/organization/users/user-1`.
    pub path: String,
    /// Query as received, without the `?`; empty if there was none.
    pub query: String,
    /// Headers as received.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

impl Request {
    /// A request without headers or body. `target` is a path with or without a query.
    pub fn new(method: Method, target: &str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Self {
            method,
            path: path.to_owned(),
            query: query.to_owned(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
        }
    }

    /// `GET target`.
    pub fn get(target: &str) -> Self {
        Self::new(Method::GET, target)
    }

    /// `DELETE target`.
    pub fn delete(target: &str) -> Self {
        Self::new(Method::DELETE, target)
    }

    /// `POST target` with a JSON body, pasted as text so that tests can send broken JSON too.
    pub fn post(target: &str, json: impl Into<Bytes>) -> Self {
        let mut request = Self::new(Method::POST, target);
        request.body = json.into();
        let json = HeaderValue::from_static("application/json");
        request.headers.insert(header::CONTENT_TYPE, json);
        request
    }

    /// Adds `Authorization: Bearer KEY`. A key that no header can carry is left out.
    #[must_use]
    pub fn bearer(mut self, key: &str) -> Self {
        if let Ok(mut value) = HeaderValue::try_from(format!("Bearer {key}")) {
            value.set_sensitive(true);
            self.headers.insert(header::AUTHORIZATION, value);
        }
        self
    }

    /// What is sent as `Authorization: Bearer KEY`, if anything is.
    pub(crate) fn secret(&self) -> Option<&str> {
        let (scheme, secret) = self.header(&header::AUTHORIZATION)?.split_once(' ')?;
        let secret = secret.trim();
        (scheme.eq_ignore_ascii_case("bearer") && !secret.is_empty()).then_some(secret)
    }

    /// A header as text, if it is there and is text.
    pub(crate) fn header(&self, name: &HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// The media type of all answers but pages of proxies.
pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Bytes of most answers that are no list.
const USUAL_LENGTH: usize = 384;

/// A complete answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status code.
    pub status: u16,
    /// Headers, without `Content-Length` and `Date`, which belong to the front.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

impl Answer {
    /// A JSON answer. That it is one, the [letterhead](crate::org) says: until then it has no headers.
    pub(crate) fn json(status: u16, body: &impl ToJson) -> Self {
        let mut json = Json::with_capacity(USUAL_LENGTH);
        body.write(&mut json);
        Self::written(status, json)
    }

    /// A JSON answer that is written already.
    pub(crate) fn written(status: u16, json: Json) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            body: json.into_bytes().into(),
        }
    }

    /// An answer of any media type.
    pub(crate) fn new(status: u16, media_type: &'static str, body: impl Into<Bytes>) -> Self {
        let mut headers = HeaderMap::new();
        let media_type = HeaderValue::from_static(media_type);
        headers.insert(header::CONTENT_TYPE, media_type);
        Self {
            status,
            headers,
            body: body.into(),
        }
    }

    /// The same answer with one more header; one that HTTP cannot carry is left out.
    #[must_use]
    pub(crate) fn with(mut self, name: HeaderName, value: impl TryInto<HeaderValue>) -> Self {
        if let Ok(value) = value.try_into() {
            if self.headers.is_empty() {
                self.headers.insert(header::CONTENT_TYPE, JSON);
            }
            self.headers.insert(name, value);
        }
        self
    }
}

/// What a front is to do about a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reaction {
    /// Send this answer after `delay`.
    Answer {
        /// What to send.
        answer: Answer,
        /// How long to wait first; zero unless a fault asks for it.
        delay: Duration,
    },
    /// Send status, headers and the full `Content-Length`, then half of the body, then close.
    Half(Answer),
    /// Never answer; keep the connection open until the client leaves.
    Hang,
    /// Close the connection at once, with a TCP reset where the front can.
    Reset,
}

impl Reaction {
    /// The answer of an ordinary reaction; `None` if the client gets none or only a part of it.
    pub fn answer(&self) -> Option<&Answer> {
        match self {
            Self::Answer { answer, .. } => Some(answer),
            Self::Half(_) | Self::Hang | Self::Reset => None,
        }
    }
}
