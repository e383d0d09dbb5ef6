//! What a client asked: path, query, body, and whether it may.

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, Method, header};
use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::bridge::Place;
use crate::core::error::{ScimError, ScimType};
use crate::core::filter::Filter;
use crate::core::json::Object;
use crate::core::paging::Page;
use crate::core::projection::Projection;
use crate::core::reach;
use crate::core::schema::Kind;
use crate::fault::{Fault, Faults};
use crate::settings::Settings;
use crate::variant::{Variant, Variants};

/// The parameters this bridge knows. Others are ignored (RFC 7644 §3.4.2).
const PARAMETERS: [&str; 7] = [
    "filter",
    "startIndex",
    "count",
    "attributes",
    "excludedAttributes",
    "sortBy",
    "sortOrder",
];

/// A request with a valid token.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) method: Method,
    /// The path as it came.
    pub(super) path: String,
    /// The path below the base, decoded.
    pub(super) segments: Vec<String>,
    query: Vec<(String, String)>,
    body: Bytes,
    /// Where the client reached the bridge.
    pub(super) place: Place,
    /// Which attributes it wants.
    pub(super) projection: Projection,
    faults: Faults,
    variants: Variants,
}

impl Asked {
    /// Takes a request apart.
    ///
    /// # Errors
    /// 404 outside the base path.
    pub(super) fn new(parts: &Parts, body: Bytes, settings: &Settings) -> Result<Self, ScimError> {
        let (faults, variants) = (settings.faults, settings.variants);
        let path = parts.uri.path();
        let base = settings.base_path.trim_matches('/');
        let below = path
            .trim_start_matches('/')
            .strip_prefix(base)
            .filter(|below| below.is_empty() || below.starts_with('/') || base.is_empty())
            .ok_or_else(|| ScimError::new(404, format!("there is nothing at {path}; SCIM is at /{base}")))?;
        let segments = below
            .split('/')
            .filter(|segment| !segment.is_empty())
            .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
            .collect();
        if parts.uri.query() == Some("") && faults.has(Fault::EmptyQueryNotFound) {
            return Err(ScimError::new(404, format!("there is nothing at {}", parts.uri)));
        }
        let mut query = read_query(parts.uri.query().unwrap_or_default());
        if faults.has(Fault::QueryDecodedTwice) {
            query = query
                .iter()
                .map(|(name, value)| (name.clone(), decode(value)))
                .collect();
        }
        let looks_up = find(&query, "filter").is_some();
        if faults.has(Fault::UserAgentRequired) && looks_up && !parts.headers.contains_key(header::USER_AGENT) {
            return Err(ScimError::new(403, "who are you?"));
        }
        let unknown = query.iter().find(|(name, _)| !PARAMETERS.contains(&name.as_str()));
        if let Some((name, _)) = unknown
            && faults.has(Fault::FlagInQueryRefused)
        {
            return Err(ScimError::value(format!("unknown query parameter {name:?}")));
        }
        let parameter = |wanted: &str| find(&query, wanted);
        let mut projection = Projection::read(parameter("attributes"), parameter("excludedAttributes"));
        if faults.has(Fault::ExcludedMembersReturned) {
            projection = Projection::read(parameter("attributes"), None);
        }
        Ok(Self {
            method: parts.method.clone(),
            path: path.to_owned(),
            segments,
            projection,
            query,
            body,
            place: place(&parts.headers, base, variants),
            faults,
            variants,
        })
    }

    /// The value of a query parameter.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        find(&self.query, name)
    }

    /// The filter over resources of this kind, if there is one.
    pub(super) fn filter(&self, kind: Kind) -> Result<Option<Filter>, ScimError> {
        let Some(text) = self.parameter("filter").filter(|text| !text.trim().is_empty()) else {
            return Ok(None);
        };
        let wrong = |reason: &str| ScimError::bad(ScimType::InvalidFilter, format!("filter {text:?}: {reason}"));
        let filter = match Filter::parse(text, self.faults) {
            Ok(filter) => filter,
            Err(_) if self.faults.has(Fault::UnreadableFilterDropped) => return Ok(None),
            Err(reason) => return Err(wrong(&reason)),
        };
        if self.variants.has(Variant::FewFilters) && !reach::is_only_about(&filter, &[kind.required(), "id"]) {
            return Err(wrong("this attribute cannot be filtered by"));
        }
        Ok(Some(filter))
    }

    /// The page.
    pub(super) fn page(&self) -> Result<Page, ScimError> {
        let default = self.variants.has(Variant::TenByDefault).then_some("10");
        Page::read(
            self.parameter("startIndex"),
            self.parameter("count").or(default),
            self.faults,
        )
    }

    /// The body, which has to be a JSON object.
    pub(super) fn object(&self) -> Result<Object, ScimError> {
        let mut body = self.body.clone();
        if self.faults.has(Fault::LettersBecomeQuestionMarks) {
            body = String::from_utf8_lossy(&body)
                .replace(|c: char| !c.is_ascii(), "?")
                .into();
        }
        match serde_json::from_slice(&body) {
            Ok(Value::Object(object)) => Ok(object),
            Ok(_) => Err(ScimError::syntax("the body is JSON but not an object")),
            // serde_json names the place and never quotes what stands there.
            Err(error) => Err(ScimError::syntax(format!("the body is not JSON: {error}"))),
        }
    }
}

/// Lets a request in if its bearer token is the right one.
///
/// # Errors
/// 401.
pub(super) fn check_token(headers: &HeaderMap, token: &str, faults: Faults) -> Result<(), ScimError> {
    let presented = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim());
    match presented {
        Some(presented) if same(presented.as_bytes(), token.as_bytes()) => Ok(()),
        Some(_) if faults.has(Fault::TokenNotChecked) => Ok(()),
        _ if faults.has(Fault::TokenInError) => Err(ScimError::new(401, format!("the bearer token has to be {token}"))),
        _ => Err(ScimError::new(401, "the bearer token is missing or wrong")),
    }
}

/// Compares in a time that does not depend on where the first difference is.
fn same(one: &[u8], other: &[u8]) -> bool {
    let differences = one
        .iter()
        .zip(other)
        .fold(0_u8, |differences, (a, b)| differences | (a ^ b));
    std::hint::black_box(differences) == 0 && one.len() == other.len() && !other.is_empty()
}

fn place(headers: &HeaderMap, base: &str, variants: Variants) -> Place {
    let slash = if base.is_empty() { "" } else { "/" };
    if variants.has(Variant::RelativeLocation) {
        return Place::new(format!("{slash}{base}"));
    }
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let host = text("host").unwrap_or("localhost");
    let scheme = match text("x-forwarded-proto") {
        Some(scheme) if scheme.eq_ignore_ascii_case("https") => "https",
        _ => "http",
    };
    Place::new(format!("{scheme}://{host}{slash}{base}"))
}

/// Reads `a=b&c`, with `+` for blanks, as forms have it. Empty pieces are skipped.
fn read_query(query: &str) -> Vec<(String, String)> {
    query
        .split('&')
        .filter(|piece| !piece.is_empty())
        .map(|piece| {
            let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
            (decode(name), decode(value))
        })
        .collect()
}

fn decode(text: &str) -> String {
    let blanks = text.replace('+', " ");
    percent_decode_str(&blanks).decode_utf8_lossy().into_owned()
}

fn find<'a>(query: &'a [(String, String)], wanted: &str) -> Option<&'a str> {
    query
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
        .map(|(_, value)| value.as_str())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("filter=userName+eq+%22a%2Bb%40x%22&", &[("filter", "userName eq \"a+b@x\"")])]
    #[case("aadOptscim062020&count=2", &[("aadOptscim062020", ""), ("count", "2")])]
    #[case("", &[])]
    fn queries(#[case] query: &str, #[case] expected: &[(&str, &str)]) {
        let read = read_query(query);
        let read: Vec<_> = read.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        assert_eq!(read, expected);
    }

    #[rstest]
    #[case(Some("Bearer secret"), true)]
    #[case(Some("bearer  secret"), true)]
    #[case(Some("Bearer secre"), false)]
    #[case(Some("Bearer secrets"), false)]
    #[case(Some("Basic secret"), false)]
    #[case(Some("secret"), false)]
    #[case(None, false)]
    fn tokens(#[case] header: Option<&str>, #[case] accepted: bool) {
        let mut headers = HeaderMap::new();
        if let Some(header) = header {
            headers.insert("authorization", header.parse().unwrap());
        }
        assert_eq!(check_token(&headers, "secret", Faults::NONE).is_ok(), accepted);
    }

    #[test]
    fn an_empty_token_lets_nobody_in() {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", "Bearer ".parse().unwrap());
        assert!(check_token(&headers, "", Faults::NONE).is_err());
    }
}
