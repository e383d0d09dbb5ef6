//! The HTTP side: who may ask, what was asked, and how it is answered. Every answer with a body is
//! SCIM JSON, errors included.

mod answer;
mod defect;
mod discovery;
mod request;
mod resources;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderValue, Method, header};

use crate::bridge::Bridge;
use crate::core::error::{ScimError, ScimType};
use crate::core::schema::Kind;
use crate::fault::Fault;
use crate::variant::Variant;
use answer::Answer;
use request::Asked;

/// The largest request body.
const MAX_BODY: usize = 2 * 1024 * 1024;
/// The longest wait for a request body.
const BODY_TIME: Duration = Duration::from_secs(20);

/// The routes. There is one: SCIM errors for unknown paths need a hand in all of them.
pub(crate) fn router(bridge: Arc<Bridge>) -> Router {
    Router::new().fallback(handle).with_state(bridge)
}

async fn handle(State(bridge): State<Arc<Bridge>>, request: http::Request<Body>) -> Response {
    let (faults, variants) = (bridge.faults(), bridge.settings.variants);
    let method = request.method().clone();
    let mut broken = false;
    let mut response = match accept(&bridge, request).await {
        // In a task of its own: work that was begun is finished even if the client leaves.
        Ok(asked) => match tokio::spawn(dispatch(Arc::clone(&bridge), asked)).await {
            Ok(answer) => answer,
            Err(_) => Err(ScimError::new(500, "the bridge failed; its log says why")),
        },
        Err(error) => Err(error),
    }
    .map_or_else(
        |mut error| {
            broken = error.scim_type == Some(ScimType::InvalidSyntax);
            if error.status == 429 && variants.has(Variant::ThrottleAs503) {
                error.status = 503;
            }
            answer::error(&error, faults)
        },
        |answer| answer.into_response(faults),
    );
    if variants.has(Variant::PlainJson)
        && let Some(media_type) = response.headers_mut().get_mut(header::CONTENT_TYPE)
    {
        *media_type = HeaderValue::from_static("application/json");
    }
    defect::spoil(response, &method, broken, &bridge.settings).await
}

/// Checks the token and reads the request.
async fn accept(bridge: &Bridge, request: http::Request<Body>) -> Result<Asked, ScimError> {
    let (parts, body) = request.into_parts();
    if !(parts.method == Method::DELETE && bridge.faults().has(Fault::DeleteNotChecked)) {
        request::check_token(&parts.headers, bridge.settings.scim_token.expose(), bridge.faults())?;
    }
    let speaker = parts.headers.get(header::USER_AGENT);
    if speaker.is_some_and(HeaderValue::is_empty) && bridge.faults().has(Fault::EmptyUserAgentTurnedAway) {
        return Err(ScimError::new(403, "requests with an empty User-Agent are not served"));
    }
    let too_large = || ScimError::new(413, format!("the body is larger than {MAX_BODY} bytes"));
    let announced = parts
        .headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > MAX_BODY) {
        return Err(too_large());
    }
    let body = tokio::time::timeout(BODY_TIME, axum::body::to_bytes(body, MAX_BODY))
        .await
        .map_err(|_| ScimError::new(408, "the body took too long"))?
        .map_err(|_| too_large())?;
    Asked::new(&parts, body, &bridge.settings)
}

/// Finds out what is asked and does it.
async fn dispatch(bridge: Arc<Bridge>, asked: Asked) -> Result<Answer, ScimError> {
    if bridge.is(Variant::NoPoller) {
        // What cannot be found out now is found out next time.
        let _ = bridge.catch_up().await;
    }
    let segments: Vec<&str> = asked.segments.iter().map(String::as_str).collect();
    let method = &asked.method;
    match segments.as_slice() {
        ["Users"] => collection(&bridge, &asked, Kind::User).await,
        ["Groups"] => collection(&bridge, &asked, Kind::Group).await,
        [.., ".search"] => Err(ScimError::new(501, "searching by POST is not supported")),
        ["Users", id] => single(&bridge, &asked, Kind::User, id).await,
        ["Groups", id] => single(&bridge, &asked, Kind::Group, id).await,
        ["Bulk"] => Err(ScimError::new(501, "bulk requests are not supported")),
        ["Me", ..] => Err(ScimError::new(501, "/Me is not supported")),
        ["ServiceProviderConfig" | "ResourceTypes" | "Schemas", ..] if !bridge.is(Variant::NoDiscovery) => {
            if method != Method::GET {
                return Err(wrong_method(method));
            }
            discovery::answer(&bridge, &asked, &segments)
        }
        _ => Err(ScimError::new(404, format!("there is nothing at {}", asked.path))),
    }
}

async fn collection(bridge: &Bridge, asked: &Asked, kind: Kind) -> Result<Answer, ScimError> {
    match (asked.method.as_str(), kind) {
        ("GET", Kind::User) => resources::list_users(bridge, asked).await,
        ("GET", Kind::Group) => resources::list_groups(bridge, asked).await,
        ("POST", Kind::User) => resources::create_user(bridge, asked).await,
        ("POST", Kind::Group) => resources::create_group(bridge, asked).await,
        ("DELETE", _) if bridge.faults().has(Fault::CollectionDelete204) => Ok(Answer::nothing()),
        _ => Err(wrong_method(&asked.method)),
    }
}

async fn single(bridge: &Bridge, asked: &Asked, kind: Kind, id: &str) -> Result<Answer, ScimError> {
    match (asked.method.as_str(), kind) {
        ("GET", Kind::User) => resources::get_user(bridge, asked, id).await,
        ("GET", Kind::Group) => resources::get_group(bridge, asked, id).await,
        ("PUT", Kind::User) => resources::replace_user(bridge, asked, id).await,
        ("PUT", Kind::Group) => resources::replace_group(bridge, asked, id).await,
        ("PATCH", Kind::User) => resources::patch_user(bridge, asked, id).await,
        ("PATCH", Kind::Group) => resources::patch_group(bridge, asked, id).await,
        ("DELETE", Kind::User) => {
            bridge.delete_user(id).await?;
            Ok(Answer::nothing())
        }
        ("DELETE", Kind::Group) => {
            bridge.delete_group(id).await?;
            Ok(Answer::nothing())
        }
        _ => Err(wrong_method(&asked.method)),
    }
}

fn wrong_method(method: &Method) -> ScimError {
    ScimError::new(405, format!("{method} is not possible here"))
}
