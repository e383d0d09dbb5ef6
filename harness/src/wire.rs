//! The only HTTP client: puts a [`SentRequest`] onto the wire exactly as it was given and reads what comes back.
//!
//! It adds nothing that an identity provider did not ask for (no `Accept`, no `User-Agent`, no `Accept-Encoding`),
//! follows no redirects, uses no proxy and retries nothing the bridge may have seen. It never fails by itself: whatever a
//! bridge does, however hostile, becomes an [`Outcome`] within the [`Limits`]. It judges nothing. Personas and the
//! preflight call it, through the [`Rig`](crate::target::Rig) that owns it.

mod decode;
#[cfg(test)]
pub(crate) mod hostile;
mod streaming;
#[cfg(test)]
mod tests;
mod trouble;

use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Builder, Client, ResponseFuture};
use hyper_util::rt::TokioExecutor;

use crate::exchange::{Answer, Outcome, SentRequest, WireTrouble};

pub(crate) use decode::body as decoded;
pub(crate) use streaming::{Streaming, streaming};

/// How long and how much to wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// From the start of connecting to the last byte of the answer. Default 60 s, Okta's socket limit.
    pub answer_within: Duration,
    /// Largest body read, before and after decompression. Default 8 MiB.
    pub body_bytes: u64,
    /// For the connection alone. Default 5 s.
    pub connect_within: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            answer_within: Duration::from_secs(60),
            body_bytes: 8 * 1024 * 1024,
            connect_within: Duration::from_secs(5),
        }
    }
}

/// Why there can be no client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A limit of zero would make every bridge fail.
    #[error("the limit `{0}` must be more than zero")]
    ZeroLimit(&'static str),
}

/// The most idle connections of a client that keeps any.
const KEPT_MAX: usize = 1024;

/// The client. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Wire {
    limits: Limits,
    plain: Client<HttpConnector, Full<Bytes>>,
    #[cfg(feature = "tls")]
    secure: std::sync::Arc<std::sync::OnceLock<Client<tls::Connector, Full<Bytes>>>>,
    /// How many idle connections the secure one will keep.
    #[cfg(feature = "tls")]
    kept: usize,
}

impl Wire {
    /// A client with these limits. Opens no connection yet.
    pub fn new(limits: Limits) -> Result<Self, Error> {
        Self::keeping(0, limits)
    }

    /// A client that keeps connections open between requests, as identity providers do under load. What arrives while the
    /// bridge closes an idle connection counts as unanswered, so it is not for tests that judge single answers.
    pub fn kept_alive(limits: Limits) -> Result<Self, Error> {
        Self::keeping(KEPT_MAX, limits)
    }

    /// With so many idle connections.
    fn keeping(kept: usize, limits: Limits) -> Result<Self, Error> {
        for (name, is_zero) in [
            ("answer_within", limits.answer_within.is_zero()),
            ("body_bytes", limits.body_bytes == 0),
            ("connect_within", limits.connect_within.is_zero()),
        ] {
            if is_zero {
                return Err(Error::ZeroLimit(name));
            }
        }
        Ok(Self {
            limits,
            plain: builder(kept).build(connector(limits)),
            #[cfg(feature = "tls")]
            secure: std::sync::Arc::default(),
            #[cfg(feature = "tls")]
            kept,
        })
    }

    /// The limits it was made with.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// Sends `request` to `base_url` followed by the request's target, and reads the answer to its end.
    ///
    /// The target's bytes are sent as they are; only what cannot stand in a request line at all (white space, controls,
    /// `"`, `#`, `<`, `>` and the backtick) is percent-encoded. Header names are title-cased. `Host` and `Content-Length`
    /// are added as HTTP demands them. Also gives the time it took.
    ///
    /// A request that cannot be put into HTTP/1.1 (a line break in a header, a space in a method) is not sent and comes
    /// back as [`WireTrouble::NotHttp`] saying so.
    pub async fn send(&self, base_url: &str, request: &SentRequest) -> (Outcome, Duration) {
        let began = Instant::now();
        let within = self.limits.answer_within;
        let outcome = match tokio::time::timeout(within, self.exchange(base_url, request)).await {
            Ok(Ok(answer)) => Outcome::Answered(answer),
            Ok(Err(trouble)) => Outcome::Failed(trouble),
            Err(_) => Outcome::Failed(WireTrouble::TimedOut(within)),
        };
        (outcome, began.elapsed())
    }

    async fn exchange(&self, base_url: &str, request: &SentRequest) -> Result<Answer, WireTrouble> {
        let request = http_request(base_url, request)
            .map_err(|cause| WireTrouble::NotHttp(format!("the request cannot be sent, {cause}")))?;
        let response = self
            .start(request)
            .await
            .map_err(|error| trouble::of_request(&error, &self.limits))?;
        let (head, body) = response.into_parts();
        let body = self.read(body).await?;
        let body = decode::body(&head.headers, body, self.limits.body_bytes)?;
        Ok(Answer {
            status: head.status.as_u16(),
            headers: text_headers(&head.headers),
            body,
        })
    }

    fn start(&self, request: Request<Full<Bytes>>) -> ResponseFuture {
        #[cfg(feature = "tls")]
        if request.uri().scheme() == Some(&http::uri::Scheme::HTTPS) {
            let secure = || builder(self.kept).build(tls::connector(connector(self.limits)));
            return self.secure.get_or_init(secure).request(request);
        }
        self.plain.request(request)
    }

    /// Reads chunk by chunk, so that no more than the limit is ever held.
    async fn read(&self, mut body: Incoming) -> Result<Bytes, WireTrouble> {
        let limit = self.limits.body_bytes;
        // An answer of one piece, as most are, is not copied.
        let mut first = Bytes::new();
        let mut read = BytesMut::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| trouble::of_body(&error))?;
            let Ok(chunk) = frame.into_data() else {
                continue;
            };
            if (first.len() + read.len() + chunk.len()) as u64 > limit {
                return Err(WireTrouble::TooLarge(limit));
            }
            if first.is_empty() && read.is_empty() {
                first = chunk;
                continue;
            }
            read.extend_from_slice(&std::mem::take(&mut first));
            read.extend_from_slice(&chunk);
        }
        Ok(if read.is_empty() { first } else { read.freeze() })
    }
}

fn builder(kept: usize) -> Builder {
    let mut builder = Client::builder(TokioExecutor::new());
    builder
        .http1_title_case_headers(true)
        // Without kept ones every request has a connection of its own. A server may close an idle connection at any time
        // (RFC 9112 §9.5), and a request that was just being written into it could neither be repeated nor held against
        // the bridge.
        .pool_max_idle_per_host(kept);
    builder
}

fn connector(limits: Limits) -> HttpConnector {
    let mut connector = HttpConnector::new();
    // The TLS connector hands its https:// addresses to this one.
    connector.enforce_http(cfg!(not(feature = "tls")));
    connector.set_connect_timeout(Some(limits.connect_within));
    connector.set_nodelay(true);
    connector
}

fn http_request(base_url: &str, request: &SentRequest) -> Result<Request<Full<Bytes>>, String> {
    let uri = request_uri(base_url, &request.target)?;
    let method = Method::from_bytes(request.method.as_bytes())
        .map_err(|_| format!("`{}` is not an HTTP method", request.method.escape_debug()))?;
    let mut http = Request::new(Full::new(request.body.clone().unwrap_or_default()));
    *http.uri_mut() = uri;
    *http.method_mut() = method;
    for (name, value) in &request.headers {
        let header = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| format!("`{}` is not a header name", name.escape_debug()))?;
        // The value is not shown: it may be the token.
        let value = HeaderValue::from_bytes(value.as_bytes())
            .map_err(|_| format!("the value of header `{name}` has a control character"))?;
        http.headers_mut().append(header, value);
    }
    let takes_content = matches!(*http.method(), Method::POST | Method::PUT | Method::PATCH);
    if takes_content && request.body.is_none() {
        // RFC 9110 §8.6; the library leaves it out, and some servers then answer 411.
        http.headers_mut()
            .entry(CONTENT_LENGTH)
            .or_insert(HeaderValue::from_static("0"));
    }
    Ok(http)
}

fn request_uri(base_url: &str, target: &str) -> Result<Uri, String> {
    let mut url = String::with_capacity(base_url.len() + target.len());
    url.push_str(base_url);
    let is_unfit = |byte: u8| matches!(byte, 0..=b' ' | b'"' | b'#' | b'<' | b'>' | b'`' | b'\x7f');
    let mut rest = target;
    while let Some(at) = rest.bytes().position(is_unfit) {
        url.push_str(&rest[..at]);
        url.push_str(percent_encoding::percent_encode_byte(rest.as_bytes()[at]));
        rest = &rest[at + 1..];
    }
    url.push_str(rest);
    let uri = Uri::try_from(url).map_err(|error| format!("its address is wrong: {error}"))?;
    if uri.scheme().is_none() {
        return Err("its address has no scheme, such as http://".to_owned());
    }
    Ok(uri)
}

/// Headers as text; what is no text is shown escaped.
pub(crate) fn text_headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &HeaderValue| match std::str::from_utf8(value.as_bytes()) {
        Ok(text) => text.to_owned(),
        Err(_) => value.as_bytes().escape_ascii().to_string(),
    };
    headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), text(value)))
        .collect()
}

#[cfg(feature = "tls")]
mod tls {
    //! `https://` bridges: the certificates this machine trusts (or those that `SSL_CERT_FILE` names), HTTP/1.1 only.

    use std::sync::Arc;

    use hyper_util::client::legacy::connect::HttpConnector;
    use rustls::{ClientConfig, RootCertStore};

    pub(super) type Connector = hyper_rustls::HttpsConnector<HttpConnector>;

    pub(super) fn connector(tcp: HttpConnector) -> Connector {
        let mut roots = RootCertStore::empty();
        // What cannot be loaded shows itself as an unknown issuer, which names the cause better than we could here.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("ring supports the default protocol versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        hyper_rustls::HttpsConnectorBuilder::new()
            .with_tls_config(config)
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp)
    }
}
