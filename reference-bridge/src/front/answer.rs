//! Answers on the wire.

use std::time::{Duration, SystemTime};

use axum::body::Body;
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use super::defect;
use crate::bridge::Bridge;
use crate::core::error::ScimError;
use crate::core::json::Object;
use crate::core::paging::Page;
use crate::fault::{Fault, Faults};
use crate::variant::Variant;

/// The media type of RFC 7644 §3.1.
const SCIM_JSON: &str = "application/scim+json";
/// Schema of list answers.
const LIST_URN: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

/// A success.
#[derive(Debug)]
pub(super) struct Answer {
    status: StatusCode,
    location: Option<String>,
    body: Option<Value>,
}

impl Answer {
    /// 200 with a body.
    pub(super) fn ok(body: impl Into<Value>) -> Self {
        Self {
            status: StatusCode::OK,
            location: None,
            body: Some(body.into()),
        }
    }

    /// 201 with a body, and where to find it from now on.
    pub(super) fn created(body: Object, location: String) -> Self {
        Self {
            status: StatusCode::CREATED,
            location: Some(location),
            body: Some(Value::Object(body)),
        }
    }

    /// 204.
    pub(super) fn nothing() -> Self {
        Self {
            status: StatusCode::NO_CONTENT,
            location: None,
            body: None,
        }
    }

    /// A page of a list of `total`.
    pub(super) fn list(resources: &[Value], page: Page, total: usize, bridge: &Bridge) -> Self {
        let number = |number: usize| {
            if bridge.faults().has(Fault::TotalsAsStrings) {
                json!(number.to_string())
            } else {
                json!(number)
            }
        };
        let mut list = json!({
            "schemas": [LIST_URN],
            "totalResults": number(total),
            "startIndex": number(page.start),
            "itemsPerPage": number(resources.len()),
        });
        if !resources.is_empty() || !bridge.is(Variant::EmptyListsLeftOut) {
            list["Resources"] = json!(resources);
        }
        Self::ok(list)
    }

    /// The HTTP response.
    pub(super) fn into_response(self, faults: Faults) -> Response {
        let created = self.status == StatusCode::CREATED;
        let body = self.body.filter(|_| !(created && faults.has(Fault::Empty201)));
        let mut response = respond(self.status, body.as_ref());
        let version = body.as_ref().and_then(|body| body["meta"]["version"].as_str());
        if let Some(version) = version.and_then(|version| HeaderValue::try_from(version).ok()) {
            response.headers_mut().insert(header::ETAG, version);
        }
        if let Some(location) = self.location.filter(|_| !faults.has(Fault::NoLocation))
            && let Ok(location) = HeaderValue::try_from(location)
        {
            response.headers_mut().insert(header::LOCATION, location);
        }
        response
    }
}

/// An error as SCIM JSON.
pub(super) fn error(error: &ScimError, faults: Faults) -> Response {
    let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = respond(status, defect::error_body(status, error.body(), faults).as_ref());
    if faults.has(Fault::ErrorAsText) {
        response = Response::new(Body::from(error.detail.clone()));
        *response.status_mut() = status;
    }
    let headers = response.headers_mut();
    if status == StatusCode::UNAUTHORIZED {
        let scheme = HeaderValue::from_static("Bearer realm=\"scim\"");
        headers.insert(header::WWW_AUTHENTICATE, scheme);
    }
    if let Some(seconds) = error.retry_after {
        let value = if faults.has(Fault::RetryAfterGarbage) {
            HeaderValue::from_static("soon")
        } else if faults.has(Fault::RetryAfterAsDate) {
            date_in(seconds)
        } else {
            HeaderValue::from(seconds)
        };
        headers.insert(header::RETRY_AFTER, value);
    }
    response
}

/// The date so many seconds from now, which has whole seconds only.
fn date_in(seconds: u64) -> HeaderValue {
    let then = SystemTime::now() + Duration::from_secs(seconds + 1);
    HeaderValue::try_from(httpdate::fmt_http_date(then)).unwrap_or_else(|_| HeaderValue::from(seconds))
}

fn respond(status: StatusCode, body: Option<&Value>) -> Response {
    let mut response = Response::new(body.map_or_else(Body::empty, |body| Body::from(body.to_string())));
    *response.status_mut() = status;
    if body.is_some() {
        let scim = HeaderValue::from_static(SCIM_JSON);
        response.headers_mut().insert(header::CONTENT_TYPE, scim);
    }
    response
}
