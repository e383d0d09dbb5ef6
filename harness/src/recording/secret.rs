//! Takes secrets out of what was seen, before anything of it is kept anywhere.
//!
//! Of headers only those on a short list are kept. Everywhere else two things are looked for: places that give a secret
//! away (a `password`, `access_token=` in a query), and values that were seen in such a place or in a header a moment ago,
//! wherever they stand now.

use std::borrow::Cow;
use std::collections::VecDeque;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::json_text::{self, Piece, Segment, quoted};
use super::seen::{Body, Seen, SeenAnswer};
use crate::redact::Redactor;

/// Headers of a request that are kept; all say how somebody speaks, none who they are.
pub(super) const KEPT_HEADERS: &[&str] = &[
    "user-agent",
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "content-type",
    "prefer",
];
/// Stands for what was taken out.
const GONE: &str = "REDACTED";
/// Most secrets that are remembered at a time; those seen again stay.
const REMEMBERED: usize = 256;
/// Names whose values are secret, in lower case without `_` and `-`.
const SECRET_NAMES: &[&str] = &[
    "password",
    "passwd",
    "pwd",
    "token",
    "accesstoken",
    "refreshtoken",
    "idtoken",
    "bearertoken",
    "scimtoken",
    "secret",
    "secrettoken",
    "clientsecret",
    "apikey",
    "xapikey",
    "subscriptionkey",
    "privatekey",
    "authorization",
    "clientassertion",
    "assertion",
    "session",
    "sessionid",
    "jwt",
    "sig",
    "signature",
];
/// Words of the protocol: who has one for a password has it taken out where it is the password, and nowhere else.
const PROTOCOL_WORDS: &[&str] = &[
    "password",
    "active",
    "members",
    "schemas",
    "username",
    "operations",
    "replace",
    "remove",
    "display",
    "displayname",
    "externalid",
    "resources",
    "primary",
    "emails",
    "familyname",
    "givenname",
    "filter",
    "groups",
    "application",
    "example.com",
];
/// The same, only in a query: elsewhere they are words like others.
const SECRET_PARAMETERS: &[&str] = &["code", "key", "auth"];

/// A request and its answer as they were on the wire. Never kept.
#[derive(Clone, Default)]
pub struct Raw {
    /// When the request came, in milliseconds since the recording began.
    pub began_ms: u64,
    /// When all was over.
    pub ended_ms: u64,
    /// HTTP method.
    pub method: String,
    /// Path under the SCIM base, and query.
    pub target: String,
    /// All headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: RawBody,
    /// What came back.
    pub answer: Option<RawAnswer>,
}

/// An answer as it was on the wire, its body decompressed.
#[derive(Clone, Default)]
pub struct RawAnswer {
    /// HTTP status code.
    pub status: u16,
    /// All headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: RawBody,
}

/// Bytes, or why there are none.
#[derive(Clone)]
pub enum RawBody {
    /// All of it.
    Bytes(Vec<u8>),
    /// Not kept, and why.
    LeftOut(String),
}

impl Default for RawBody {
    fn default() -> Self {
        Self::Bytes(Vec::new())
    }
}

/// Knows the secrets of the last moments, and takes them out.
#[derive(Clone, Default)]
pub struct Cleaner {
    remembered: VecDeque<String>,
    redactor: Redactor,
}

impl Cleaner {
    /// What may be kept of an exchange.
    pub fn clean(&mut self, raw: Raw) -> Seen {
        self.learn(&raw);
        let has_credentials = header(&raw.headers, "authorization").is_some();
        let is_form = |headers: &[(String, String)]| {
            header(headers, "content-type").is_some_and(|kind| kind.contains("x-www-form-urlencoded"))
        };
        let headers = raw.headers.iter().filter(|(name, _)| is_kept(name));
        let answer = raw.answer.as_ref().map(|answer| SeenAnswer {
            status: answer.status,
            location: header(&answer.headers, "location").map(|location| self.target(location)),
            body: self.body(&answer.body, is_form(&answer.headers)),
        });
        Seen {
            began_ms: raw.began_ms,
            ended_ms: raw.ended_ms,
            target: self.target(&raw.target),
            headers: headers
                .map(|(name, value)| (name.clone(), self.redactor.text(value)))
                .collect(),
            has_credentials,
            body: self.body(&raw.body, is_form(&raw.headers)),
            answer,
            method: raw.method,
        }
    }

    /// A request line for a terminal.
    pub fn shown(&self, seen: &Seen) -> String {
        self.redactor.text(&format!("{} {}", seen.method, seen.target))
    }

    fn learn(&mut self, raw: &Raw) {
        let mut found = Vec::new();
        let answer_headers = raw.answer.iter().flat_map(|answer| &answer.headers);
        for (name, value) in raw
            .headers
            .iter()
            .chain(answer_headers)
            .filter(|(name, _)| !is_kept(name))
        {
            secrets_in_header(name, value, &mut found);
        }
        let query = raw.target.split_once('?').map_or("", |(_, query)| query);
        secrets_in_pairs(query, &mut found);
        let bodies = std::iter::once(&raw.body).chain(raw.answer.iter().map(|answer| &answer.body));
        for body in bodies {
            if let RawBody::Bytes(bytes) = body {
                let text = String::from_utf8_lossy(bytes);
                if json_text::rewrite(&text, &mut |_, _| None).is_some() {
                    secrets_in_json(&text, &mut found);
                } else {
                    secrets_in_pairs(&text, &mut found);
                }
            }
        }
        let mut is_new = false;
        found.retain(|secret| !PROTOCOL_WORDS.contains(&secret.to_lowercase().as_str()));
        for secret in found {
            let known = self.remembered.iter().position(|known| *known == secret);
            is_new |= known.is_none();
            if let Some(at) = known {
                self.remembered.remove(at);
            }
            self.remembered.push_back(secret);
            if self.remembered.len() > REMEMBERED {
                self.remembered.pop_front();
            }
        }
        if is_new {
            let hide = |redactor: Redactor, secret: &String| redactor.hide(secret, GONE);
            self.redactor = self.remembered.iter().fold(Redactor::default(), hide);
        }
    }

    fn body(&self, body: &RawBody, is_form: bool) -> Body {
        let bytes = match body {
            RawBody::LeftOut(why) => return Body::LeftOut(why.clone()),
            RawBody::Bytes(bytes) if bytes.is_empty() => return Body::None,
            RawBody::Bytes(bytes) => bytes,
        };
        let Ok(text) = std::str::from_utf8(bytes) else {
            return Body::LeftOut(format!("{} bytes that are no text", bytes.len()));
        };
        Body::Text(match self.json(text) {
            Some(clean) => clean,
            None if is_form => self.pairs(text),
            None => self.redactor.text(text),
        })
    }

    fn json(&self, text: &str) -> Option<String> {
        let secret_operations = operations_about_secrets(text);
        json_text::rewrite(text, &mut |way, piece| match piece {
            Piece::Key(key) => self.changed(key),
            Piece::Text(_) | Piece::Other(_) if is_secret_place(way, &secret_operations) => Some(quoted("$PASSWORD")),
            Piece::Text(text) => self.changed(text),
            Piece::Other(_) => None,
        })
    }

    /// The text without secrets, as JSON, if it has any.
    fn changed(&self, text: &str) -> Option<String> {
        let clean = self.words(text);
        (clean != text).then(|| quoted(&clean))
    }

    /// Text inside of something: what is no secret stays as it is, control characters too.
    fn words<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let lower = text.to_ascii_lowercase();
        let telling = ["bearer ", "authorization", "password"];
        let suspicious = telling.iter().any(|word| lower.contains(word));
        let known = self.remembered.iter().any(|secret| text.contains(secret.as_str()));
        if suspicious || known {
            let without_quoted = mask_quoted_after(text, "password");
            Cow::Owned(self.redactor.text(&without_quoted))
        } else {
            Cow::Borrowed(text)
        }
    }

    /// Path and query, or a whole address.
    fn target(&self, target: &str) -> String {
        let Some((path, query)) = target.split_once('?') else {
            return self.encoded(target, false);
        };
        format!("{}?{}", self.encoded(path, false), self.pairs(query))
    }

    /// `a=b&c=d` without secrets.
    fn pairs(&self, text: &str) -> String {
        let pairs = text.split('&').map(|pair| match pair.split_once('=') {
            Some((name, _)) if is_secret_parameter(name) => format!("{name}={GONE}"),
            Some((name, value)) => format!("{}={}", self.encoded(name, true), self.encoded(value, true)),
            None => self.encoded(pair, true),
        });
        pairs.collect::<Vec<_>>().join("&")
    }

    /// Encoded text. It is looked at as it is and decoded, and only written anew when something had to go.
    fn encoded(&self, text: &str, plus_is_space: bool) -> String {
        let text = self.words(text);
        let decoded = decoded(&text, plus_is_space);
        let clean = self.words(&decoded);
        if *clean == *decoded {
            text.into_owned()
        } else {
            // A path keeps its slashes.
            clean.split('/').map(percent_encoded).collect::<Vec<_>>().join("/")
        }
    }
}

/// Percent-decoded text, `+` being a space where forms are.
pub(super) fn decoded(text: &str, plus_is_space: bool) -> String {
    let text = if plus_is_space {
        text.replace('+', " ")
    } else {
        text.to_owned()
    };
    percent_decode_str(&text).decode_utf8_lossy().into_owned()
}

fn percent_encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.as_str())
}

fn is_kept(name: &str) -> bool {
    KEPT_HEADERS.iter().any(|kept| name.eq_ignore_ascii_case(kept))
}

/// `urn:…:User:password`, `Password` and `access-token` are names of secrets.
fn is_secret_name(name: &str) -> bool {
    let last = name.rsplit([':', '.']).next().unwrap_or_default();
    let plain: String = last.chars().filter(|c| !matches!(c, '_' | '-')).collect();
    SECRET_NAMES.contains(&plain.to_ascii_lowercase().as_str())
}

fn is_secret_parameter(name: &str) -> bool {
    let name = decoded(name, true);
    is_secret_name(&name) || SECRET_PARAMETERS.contains(&name.to_ascii_lowercase().as_str())
}

/// Whether a value stands below a member that is a secret, or is what a PATCH gives to one.
fn is_secret_place(way: &[Segment], secret_operations: &[usize]) -> bool {
    let by_name = |segment: &Segment| matches!(segment, Segment::Key(key) if is_secret_name(key));
    let by_operation = match way {
        [Segment::Key(list), Segment::Index(index), Segment::Key(value), ..] => {
            list.eq_ignore_ascii_case("operations")
                && value.eq_ignore_ascii_case("value")
                && secret_operations.contains(index)
        }
        _ => false,
    };
    by_operation || way.iter().any(by_name)
}

/// Numbers of the PATCH operations whose path names a secret.
fn operations_about_secrets(text: &str) -> Vec<usize> {
    let mut found = Vec::new();
    json_text::rewrite(text, &mut |way, piece| {
        if let ([Segment::Key(list), Segment::Index(index), Segment::Key(key)], Piece::Text(path)) = (way, piece)
            && list.eq_ignore_ascii_case("operations")
            && key.eq_ignore_ascii_case("path")
            && is_secret_name(path.trim())
        {
            found.push(*index);
        }
        None
    });
    found
}

fn secrets_in_header(name: &str, value: &str, found: &mut Vec<String>) {
    let lower = name.to_ascii_lowercase();
    if lower == "cookie" || lower == "set-cookie" {
        let values = value.split(';').filter_map(|cookie| cookie.split_once('='));
        let attributes = ["path", "domain", "expires", "max-age", "samesite"];
        let is_value = |(name, _): &(&str, &str)| !attributes.contains(&name.trim().to_ascii_lowercase().as_str());
        found.extend(
            values
                .filter(is_value)
                .map(|(_, value)| value.trim().trim_matches('"').to_owned()),
        );
        return;
    }
    if lower.ends_with("-authenticate") {
        return;
    }
    if !["authorization", "token", "secret", "key", "auth", "session", "password"]
        .iter()
        .any(|word| lower.contains(word))
    {
        return;
    }
    let value = value.trim();
    let credentials = value
        .split_once(' ')
        .map_or(value, |(_, credentials)| credentials.trim());
    found.push(credentials.to_owned());
    let basic = BASE64_STANDARD.decode(credentials).ok();
    if let Some(pair) = basic.and_then(|bytes| String::from_utf8(bytes).ok()) {
        found.extend(pair.split_once(':').map(|(_, password)| password.to_owned()));
        found.push(pair);
    }
}

fn secrets_in_pairs(text: &str, found: &mut Vec<String>) {
    for (name, value) in text.split('&').filter_map(|pair| pair.split_once('=')) {
        if is_secret_parameter(name) {
            found.push(decoded(value, true));
            found.push(value.to_owned());
        }
    }
}

fn secrets_in_json(text: &str, found: &mut Vec<String>) {
    let secret_operations = operations_about_secrets(text);
    json_text::rewrite(text, &mut |way, piece| {
        if let Piece::Text(text) = piece
            && is_secret_place(way, &secret_operations)
        {
            found.push(text.to_owned());
        }
        None
    });
}

/// `password eq "…"`: the text in quotes after a telling word, in a filter, is its value.
fn mask_quoted_after(text: &str, word: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    while let Some(found) = lower[done..].find(word) {
        let after = done + found + word.len();
        out.push_str(&text[done..after]);
        done = after;
        let Some((middle, rest)) = text[after..].split_once('"') else {
            break;
        };
        let is_comparison = middle.starts_with(' ') && middle.trim().chars().all(|c| c.is_ascii_alphabetic());
        if is_comparison {
            let length = rest.find('"').unwrap_or(rest.len());
            out.push_str(middle);
            out.push('"');
            out.push_str(GONE);
            done = after + middle.len() + 1 + length;
        }
    }
    out.push_str(&text[done..]);
    out
}

/// Whether a JSON value stands for a password that was taken out.
pub(super) fn stands_for_secret(text: &str) -> bool {
    text == "$PASSWORD"
}

#[cfg(test)]
#[path = "secret_tests.rs"]
mod tests;
