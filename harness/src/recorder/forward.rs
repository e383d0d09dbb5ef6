//! Passes a request on to the bridge, and the answer back.
//!
//! What belongs to one connection only is not passed on (RFC 9110 §7.6.1); `Host` becomes the bridge's, and `Via` says that
//! somebody stands between (§7.6.3). A bridge that cannot be reached is answered for in SCIM's words.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_TYPE, EXPECT, HOST, VIA};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, Uri, Version};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;

use super::Shared;
use super::pending::{Pending, RequestBody};
use super::tap::Tap;
use crate::wire;

/// How long the bridge may think before the head of its answer comes.
const ANSWER_WITHIN: Duration = Duration::from_secs(300);
/// Headers that belong to one connection, besides those that `Connection` names.
const OF_ONE_CONNECTION: &[&str] = &[
    "connection",
    "keep-alive",
    "proxy-connection",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "transfer-encoding",
    "upgrade",
];
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

pub(super) type Client = wire::Streaming<Tap<RequestBody>>;
type Passed = UnsyncBoxBody<Bytes, hyper::Error>;

/// A client for bodies that pass by.
pub(super) fn client() -> Client {
    wire::streaming(wire::Limits::default())
}

/// Where a bridge is: scheme and host, and the SCIM base.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bridge {
    origin: String,
    host: HeaderValue,
    base: String,
}

/// Why an address cannot be a bridge's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{address}` cannot be where the bridge is: {cause}; give it as http://HOST:PORT/scim/v2")]
pub struct BridgeError {
    address: String,
    cause: String,
}

impl Bridge {
    /// Reads the address of a bridge, such as `https://bridge.example.com/scim/v2`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(address: &str) -> Result<Self, BridgeError> {
        let wrong = |cause: &str| BridgeError {
            // Credentials in it are not repeated.
            address: address.split('@').next_back().unwrap_or_default().to_owned(),
            cause: cause.to_owned(),
        };
        let url = url::Url::parse(address).map_err(|error| wrong(&error.to_string()))?;
        match url.scheme() {
            "http" => {}
            "https" if cfg!(feature = "tls") => {}
            "https" => return Err(wrong("this proofload was built without TLS")),
            _ => return Err(wrong("it begins with neither http:// nor https://")),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong(
                "the identity provider's credentials are passed on, so it has none of its own",
            ));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(wrong("it has a query or a fragment"));
        }
        let authority = url.host_str().map(|host| match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        });
        let authority = authority.ok_or_else(|| wrong("it names no host"))?;
        Ok(Self {
            origin: format!("{}://{authority}", url.scheme()),
            host: HeaderValue::from_str(&authority).map_err(|_| wrong("its host cannot stand in a header"))?,
            base: url.path().trim_end_matches('/').to_owned(),
        })
    }

    /// The path of the SCIM base: empty, or such as `/scim/v2`.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// What of a path stands after the SCIM base; a path without it is taken to stand after it.
    fn under_base<'a>(&self, path: &'a str) -> &'a str {
        let after = path.strip_prefix(self.base.as_str());
        let after = after.filter(|after| after.is_empty() || after.starts_with('/'));
        match after.unwrap_or(path) {
            "" | "*" => "/",
            path => path,
        }
    }
}

/// Passes one request on.
pub(super) async fn pass_on(shared: Arc<Shared>, request: Request<Incoming>) -> Result<Response<Passed>, Infallible> {
    let (mut head, body) = request.into_parts();
    let bridge = &shared.bridge;
    let path = bridge.under_base(head.uri.path());
    let target = match head.uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    let mut pending = Pending::new(&shared, &head, &target);
    let Ok(uri) = Uri::try_from(format!("{}{}{target}", bridge.origin, bridge.base)) else {
        return Ok(excuse(
            StatusCode::BAD_REQUEST,
            "the address of the request cannot be passed on",
        ));
    };
    head.uri = uri;
    head.version = Version::HTTP_11;
    prepare(&mut head.headers, bridge);
    let body = Tap::new(body, pending.request_body());
    let asked = shared.client.request(Request::from_parts(head, body));
    let answer = match tokio::time::timeout(ANSWER_WITHIN, asked).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => {
            let cause = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
            let message = format!("the bridge at {} gave no answer ({cause})", bridge.origin);
            return Ok(excuse(StatusCode::BAD_GATEWAY, &message));
        }
        Err(_) => {
            let message = format!(
                "the bridge at {} gave no answer in {} s",
                bridge.origin,
                ANSWER_WITHIN.as_secs()
            );
            return Ok(excuse(StatusCode::GATEWAY_TIMEOUT, &message));
        }
    };
    let (mut head, body) = answer.into_parts();
    pending.answered(&head);
    drop_of_one_connection(&mut head.headers);
    head.version = Version::HTTP_11;
    Ok(Response::from_parts(head, Tap::new(body, pending).boxed_unsync()))
}

/// The headers that the bridge gets.
fn prepare(headers: &mut HeaderMap, bridge: &Bridge) {
    drop_of_one_connection(headers);
    // It was answered when the body was asked for.
    headers.remove(EXPECT);
    if let Some(asked) = headers.insert(HOST, bridge.host.clone()) {
        headers.entry(FORWARDED_HOST).or_insert(asked);
    }
    headers.append(VIA, HeaderValue::from_static("1.1 proofload"));
}

fn drop_of_one_connection(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named {
        headers.remove(name);
    }
    for name in OF_ONE_CONNECTION {
        headers.remove(*name);
    }
}

/// What the recorder says itself, in place of a bridge.
fn excuse(status: StatusCode, detail: &str) -> Response<Passed> {
    let body = serde_json::json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
        "status": status.as_str(),
        "detail": format!("proofload record: {detail}"),
    });
    let body = Full::new(Bytes::from(body.to_string())).map_err(|never| match never {});
    let mut response = Response::new(body.boxed_unsync());
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("application/scim+json");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}
