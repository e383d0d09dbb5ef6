//! Who may not manage: web pages.
//!
//! The management API has no key. On loopback only programs of the same machine reach it, and among
//! them the browser, which carries requests of strange pages there: directly (then it sends an
//! `Origin`), or by a name that is made to mean 127.0.0.1 after the page was loaded (DNS rebinding;
//! then that name stands in `Host`).

use std::net::{IpAddr, SocketAddr};

use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

use super::Problem;

/// What is known about the listener.
#[derive(Debug, Clone, Copy)]
pub(in crate::server) struct Guard {
    is_loopback: bool,
}

impl Guard {
    /// For a listener at this address. Names are looked at on loopback only: whoever listens
    /// elsewhere wants to be reached by name.
    pub(in crate::server) fn at(address: SocketAddr) -> Self {
        let is_loopback = address.ip().is_loopback();
        Self { is_loopback }
    }

    fn objection(self, request: &Request) -> Option<String> {
        if request.headers().contains_key(header::ORIGIN) {
            return Some("requests of web pages (with a header Origin) are refused here".to_owned());
        }
        let host = request.headers().get(header::HOST)?;
        let host = host.to_str().unwrap_or_default();
        if !self.is_loopback || is_here(host) {
            return None;
        }
        Some(format!(
            "the host `{host}` is refused here: call 127.0.0.1, [::1] or localhost"
        ))
    }
}

/// Whether it is an address, which cannot be rebound, or the one name that means this machine.
fn is_here(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else {
        return false;
    };
    let name = authority.host().trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok()
}

pub(super) async fn check(State(guard): State<Guard>, request: Request, next: Next) -> Result<Response, Problem> {
    match guard.objection(&request) {
        Some(objection) => Err(Problem::new(StatusCode::FORBIDDEN, objection)),
        None => Ok(next.run(request).await),
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("127.0.0.1:9001", "127.0.0.1:9001", None, true)]
    #[case("127.0.0.1:9001", "LOCALHOST:9001", None, true)]
    #[case("[::1]:9001", "[::1]:9001", None, true)]
    #[case("127.0.0.1:9001", "evil.example:9001", None, false)]
    #[case("127.0.0.1:9001", "127.0.0.1.evil.example", None, false)]
    #[case("127.0.0.1:9001", "localhost.evil.example", None, false)]
    #[case("127.0.0.1:9001", "", None, false)]
    #[case("0.0.0.0:9001", "mock:9001", None, true)]
    #[case("0.0.0.0:9001", "mock:9001", Some("http://mock:9001"), false)]
    #[case("127.0.0.1:9001", "127.0.0.1:9001", Some("null"), false)]
    fn who_may(#[case] address: &str, #[case] host: &str, #[case] origin: Option<&str>, #[case] expected: bool) {
        let mut request = Request::get("/health").header("host", host);
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        let guard = Guard::at(address.parse().unwrap());
        let objection = guard.objection(&request.body(Body::empty()).unwrap());
        assert_eq!(objection.is_none(), expected, "{objection:?}");
    }
}
