//! Requests and answers as the journal remembers them: each in one piece of memory, because a
//! busy journal is written far more often than it is read. Secrets and the ends of long bodies are
//! left out.

use std::borrow::Cow;
use std::fmt;

use http::Method;
use serde::ser::{Serialize, SerializeStruct, Serializer};
use serde_json::Value;

use super::headers::{RecordedHeaders, redacted};
use super::ring::renewed;
use crate::message::{Answer, Request};

/// A request as it is remembered.
#[derive(Clone, PartialEq, Eq)]
pub struct RecordedRequest {
    /// The verb.
    pub method: Method,
    /// Length of the body that was sent, in bytes; more than is kept if it was long.
    pub body_length: usize,
    /// Path, query, headers, body.
    pub(super) packed: Vec<u8>,
    path_end: usize,
    query_end: usize,
    headers_end: usize,
}

impl RecordedRequest {
    /// With so many bytes of the body, in the memory of `old` if that will do.
    pub(crate) fn of(request: &Request, bytes: usize, old: Vec<u8>) -> Self {
        let body = kept(&request.body, bytes);
        let (path, query) = (request.path.as_bytes(), request.query.as_bytes());
        let fixed = path.len() + query.len() + body.len();
        let mut packed = renewed(old, fixed + RecordedHeaders::length_of(&request.headers));
        packed.extend_from_slice(path);
        packed.extend_from_slice(query);
        RecordedHeaders::write(&request.headers, &mut packed);
        let headers_end = packed.len();
        packed.extend_from_slice(body);
        Self {
            method: request.method.clone(),
            body_length: request.body.len(),
            packed,
            path_end: path.len(),
            query_end: path.len() + query.len(),
            headers_end,
        }
    }

    /// The path as received.
    pub fn path(&self) -> &str {
        text(&self.packed[..self.path_end])
    }

    /// The query as received.
    pub fn query(&self) -> &str {
        text(&self.packed[self.path_end..self.query_end])
    }

    /// Its headers, without secrets.
    pub fn headers(&self) -> RecordedHeaders<'_> {
        RecordedHeaders::read(text(&self.packed[self.query_end..self.headers_end]))
    }

    /// The first header of this name, which must be in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers().get(name)
    }

    /// What is kept of the body.
    pub fn body(&self) -> &[u8] {
        &self.packed[self.headers_end..]
    }

    /// Bytes it occupies beside itself.
    pub(super) fn weight(&self) -> usize {
        self.packed.capacity()
    }

    /// Something of all its text.
    pub(super) fn glance(&self) -> u8 {
        glance(&self.packed)
    }
}

/// An answer as it is remembered.
#[derive(Clone, PartialEq, Eq)]
pub struct RecordedAnswer {
    /// The status.
    pub status: u16,
    /// Length of the whole body, in bytes; more than is kept if it was long.
    pub body_length: usize,
    /// Headers, body.
    pub(super) packed: Vec<u8>,
    headers_end: usize,
}

impl RecordedAnswer {
    /// With so many bytes of the body, in the memory of `old` if that will do. Its headers may be written already.
    pub(crate) fn of(answer: &Answer, headers: Option<&[u8]>, bytes: usize, old: Vec<u8>) -> Self {
        Self::with_body(answer, headers, kept(&answer.body, bytes), old)
    }

    /// As [`RecordedAnswer::of`], and of a new key that the answer tells only the last four
    /// characters.
    pub(crate) fn without_key(answer: &Answer, headers: Option<&[u8]>, bytes: usize, old: Vec<u8>) -> Self {
        let Ok(mut body) = serde_json::from_slice::<Value>(&answer.body) else {
            return Self::of(answer, headers, bytes, old);
        };
        for place in ["/value", "/api_key/value"] {
            if let Some(Value::String(secret)) = body.pointer_mut(place) {
                *secret = redacted(secret);
            }
        }
        Self::with_body(answer, headers, kept(body.to_string().as_bytes(), bytes), old)
    }

    fn with_body(answer: &Answer, headers: Option<&[u8]>, body: &[u8], old: Vec<u8>) -> Self {
        let length = headers.map_or_else(|| RecordedHeaders::length_of(&answer.headers), <[u8]>::len);
        let mut packed = renewed(old, length + body.len());
        match headers {
            Some(written) => packed.extend_from_slice(written),
            None => RecordedHeaders::write(&answer.headers, &mut packed),
        }
        let headers_end = packed.len();
        packed.extend_from_slice(body);
        Self {
            status: answer.status,
            body_length: answer.body.len(),
            packed,
            headers_end,
        }
    }

    /// The headers that the mock set.
    pub fn headers(&self) -> RecordedHeaders<'_> {
        RecordedHeaders::read(text(&self.packed[..self.headers_end]))
    }

    /// What is kept of the body.
    pub fn body(&self) -> &[u8] {
        &self.packed[self.headers_end..]
    }

    /// Bytes it occupies beside itself.
    pub(super) fn weight(&self) -> usize {
        self.packed.capacity()
    }

    /// Something of all its text.
    pub(super) fn glance(&self) -> u8 {
        glance(&self.packed)
    }
}

impl fmt::Debug for RecordedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordedRequest")
            .field("method", &self.method)
            .field("path", &self.path())
            .field("query", &self.query())
            .field("headers", &self.headers())
            .field("body", &body_text(self.body()))
            .field("body_length", &self.body_length)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for RecordedAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordedAnswer")
            .field("status", &self.status)
            .field("headers", &self.headers())
            .field("body", &body_text(self.body()))
            .field("body_length", &self.body_length)
            .finish_non_exhaustive()
    }
}

impl Serialize for RecordedRequest {
    /// Bodies as text.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("RecordedRequest", 6)?;
        fields.serialize_field("method", self.method.as_str())?;
        fields.serialize_field("path", self.path())?;
        fields.serialize_field("query", self.query())?;
        fields.serialize_field("headers", &self.headers())?;
        fields.serialize_field("body", &body_text(self.body()))?;
        fields.serialize_field("body_length", &self.body_length)?;
        fields.end()
    }
}

impl Serialize for RecordedAnswer {
    /// Bodies as text.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("RecordedAnswer", 4)?;
        fields.serialize_field("status", &self.status)?;
        fields.serialize_field("headers", &self.headers())?;
        fields.serialize_field("body", &body_text(self.body()))?;
        fields.serialize_field("body_length", &self.body_length)?;
        fields.end()
    }
}

/// One byte of each line of the processor's cache.
fn glance(text: &[u8]) -> u8 {
    text.iter().step_by(64).fold(0, |all, byte| all ^ byte)
}

fn kept(body: &[u8], bytes: usize) -> &[u8] {
    &body[..body.len().min(bytes)]
}

/// What was text when it was packed.
fn text(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).unwrap_or_default()
}

fn body_text(body: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_comes_back_except_the_key_and_the_end_of_a_long_body() {
        let request = Request::post("/v1/x?y=z", "0123456789").bearer("sk-admin-0123456789abcd");
        let recorded = RecordedRequest::of(&request, 4, Vec::new());
        assert_eq!((recorded.path(), recorded.query()), ("/v1/x", "y=z"));
        assert_eq!(recorded.header("authorization"), Some("Bearer ****abcd"));
        assert_eq!(recorded.header("content-type"), Some("application/json"));
        assert_eq!((recorded.body(), recorded.body_length), (&b"0123"[..], 10));
        insta::assert_snapshot!(serde_json::to_string(&recorded).unwrap(), @r#"{"method":"POST","path":"/v1/x","query":"y=z","headers":[["content-type","application/json"],["authorization","Bearer ****abcd"]],"body":"0123","body_length":10}"#);
    }

    #[test]
    fn an_answer_comes_back() {
        let answer = Answer::new(404, "text/html", "gone");
        let recorded = RecordedAnswer::of(&answer, None, 1024, Vec::new());
        assert_eq!(recorded.headers().get("content-type"), Some("text/html"));
        assert_eq!((recorded.status, recorded.body()), (404, &b"gone"[..]));
    }
}
