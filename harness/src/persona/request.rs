//! Requests as one persona writes them: headers, encodings, bodies.

use bytes::Bytes;
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
use proofload_scenarios::{Encoding, Idp, Token, fill};
use serde_json::Value;

use crate::exchange::SentRequest;

/// Everything in a query value but letters, digits and `-._~`.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// What may not stand in a path segment.
const SEGMENT: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'`')
    .add(b'{')
    .add(b'}')
    .add(b'/')
    .add(b'%');

/// Writes a persona's requests.
#[derive(Clone, Copy, Debug)]
pub struct Pen<'a> {
    idp: &'a Idp,
    token: &'a str,
    which: Token,
}

impl<'a> Pen<'a> {
    /// A pen that presents `token`.
    pub fn new(idp: &'a Idp, token: &'a str) -> Self {
        let which = Token::Right;
        Self { idp, token, which }
    }

    /// The same, presenting another token or none.
    #[must_use]
    pub fn presenting(self, which: Token) -> Self {
        Self { which, ..self }
    }

    /// A request line such as `GET /Users?filter=userName eq "{userName}"`, its placeholders filled, encoded in the
    /// persona's manner; with a JSON body if there is one.
    ///
    /// # Errors
    /// The placeholder that has no value.
    pub fn request(
        &self,
        line: &str,
        body: Option<&Value>,
        value_of: impl Fn(&str) -> Option<String>,
    ) -> Result<SentRequest, String> {
        let (method, target) = line.split_once(' ').unwrap_or(("GET", line));
        let target = self.target(target, &value_of)?;
        let body = body.map(|body| Bytes::from(serde_json::to_vec(body).unwrap_or_default()));
        let headers = self.headers(body.is_some(), self.which, &[], &value_of)?;
        Ok(SentRequest {
            method: method.to_owned(),
            target,
            headers,
            body,
        })
    }

    /// Path and query, filled and encoded. The query is cut into parameters before filling, so that a name with `&`
    /// in it stays in its place; a value inside a filter's quotes is escaped as RFC 7644 §3.4.2.2 (JSON) wants.
    ///
    /// # Errors
    /// The placeholder that has no value.
    pub fn target(&self, target: &str, value_of: &impl Fn(&str) -> Option<String>) -> Result<String, String> {
        let segment = |name: &str| value_of(name).map(|value| utf8_percent_encode(&value, SEGMENT).to_string());
        let Some((path, query)) = target.split_once('?') else {
            return fill(target, segment);
        };
        let mut encoded = fill(path, segment)?;
        let quoted = |name: &str| value_of(name).map(|value| value.replace('\\', "\\\\").replace('"', "\\\""));
        for (index, parameter) in query.split('&').enumerate() {
            encoded.push(if index == 0 { '?' } else { '&' });
            match parameter.split_once('=') {
                Some((key, value)) => {
                    encoded.push_str(key);
                    encoded.push('=');
                    encoded.push_str(&self.query_value(&fill(value, quoted)?));
                }
                None => encoded.push_str(parameter),
            }
        }
        Ok(encoded)
    }

    /// The persona's headers, authorization included. `replaced` overrides by name; an empty value removes.
    ///
    /// # Errors
    /// The placeholder that has no value.
    pub fn headers(
        &self,
        with_body: bool,
        token: Token,
        replaced: &[(String, String)],
        value_of: &impl Fn(&str) -> Option<String>,
    ) -> Result<Vec<(String, String)>, String> {
        let mut headers = Vec::new();
        match token {
            Token::Right => headers.push(("Authorization".to_owned(), format!("Bearer {}", self.token))),
            Token::Wrong => headers.push((
                "Authorization".to_owned(),
                "Bearer not-the-token-you-gave-us".to_owned(),
            )),
            Token::None => {}
        }
        let body_headers = self.idp.body_headers.iter().filter(|_| with_body);
        for (name, value) in self.idp.headers.iter().chain(body_headers) {
            headers.push((name.clone(), fill(value, value_of)?));
        }
        for (name, value) in replaced {
            headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
            if !value.is_empty() {
                headers.push((name.clone(), fill(value, value_of)?));
            }
        }
        Ok(headers)
    }

    fn query_value(&self, value: &str) -> String {
        let encoded = utf8_percent_encode(value, QUERY).to_string();
        match self.idp.encoding {
            Encoding::Percent => encoded,
            Encoding::Form => encoded.replace("%20", "+"),
        }
    }
}
