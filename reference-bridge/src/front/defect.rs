//! Defects of the last moment: what faults make of an answer that is already complete.

use axum::body::{Body, Bytes};
use axum::response::Response;
use http::{HeaderValue, Method, StatusCode};
use http_body_util::{Full, Limited};
use serde_json::{Value, json};

use crate::fault::{Fault, Faults};
use crate::settings::Settings;

/// Where an answer is cut off.
const CUT_AT: usize = 2048;

/// What faults make of the body of an error.
pub(super) fn error_body(status: StatusCode, mut body: Value, faults: Faults) -> Option<Value> {
    if faults.has(Fault::ErrorStatusIsNumber) {
        body["status"] = json!(status.as_u16());
    }
    if faults.has(Fault::ErrorWithoutSchemas)
        && let Value::Object(members) = &mut body
    {
        members.shift_remove("schemas");
    }
    (status != StatusCode::NOT_FOUND || !faults.has(Fault::NotFoundIsEmpty)).then_some(body)
}

/// What faults make of a whole answer. `broken`: the body of the request was not JSON.
pub(super) async fn spoil(response: Response, method: &Method, broken: bool, settings: &Settings) -> Response {
    let faults = settings.faults;
    let (mut parts, body) = response.into_parts();
    if faults.has(Fault::UpstreamRequestInHeader)
        && let Ok(shown) = HeaderValue::try_from(format!("Bearer {}", settings.openai_admin_key.expose()))
    {
        parts.headers.insert("x-debug-upstream-authorization", shown);
    }
    let hangs_up =
        *method == Method::DELETE && faults.has(Fault::DeleteHangsUp) || broken && faults.has(Fault::BrokenJsonHangsUp);
    if hangs_up {
        parts.status = StatusCode::OK;
        return Response::from_parts(parts, cut_off("{}".into(), 1));
    }
    if !faults.has(Fault::AnswersCutOff) {
        return Response::from_parts(parts, body);
    }
    let whole = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    let body = if whole.len() > CUT_AT {
        cut_off(whole, CUT_AT)
    } else {
        Body::from(whole)
    };
    Response::from_parts(parts, body)
}

/// A body that announces `length` bytes and breaks the connection instead of sending them.
fn cut_off(whole: Bytes, length: usize) -> Body {
    Body::new(Limited::new(Full::new(whole), length))
}
