//! What every single answer must be, whatever was asked.

use proofload_scenarios::Level;
use serde_json::Value;

use super::breach::Breach;
use super::invariant::Invariant;
use crate::exchange::{Answer, Exchange, Outcome, WireTrouble};

const ERROR_SCHEMA: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// Texts that must occur in no answer, with what each is.
#[derive(Clone, Default)]
pub struct Secrets(Vec<(&'static str, String)>);

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Secrets({})", self.0.len())
    }
}

impl Secrets {
    /// Adds one. Very short ones would be found by accident and are left out.
    pub fn add(&mut self, what: &'static str, secret: &str) {
        if secret.len() >= 6 {
            self.0.push((what, secret.to_owned()));
        }
    }

    fn found_in(&self, text: &str) -> Option<&'static str> {
        self.0
            .iter()
            .find(|(_, secret)| text.contains(secret))
            .map(|(what, _)| *what)
    }
}

/// How many rules [`check`] looks at for one exchange.
pub const CHECKS: u32 = 4;

/// All that is wrong with one exchange by itself.
pub fn check(exchange: &Exchange, secrets: &Secrets) -> Vec<Breach> {
    let answer = match &exchange.outcome {
        Outcome::Answered(answer) => answer,
        Outcome::Failed(trouble) if trouble.is_ours() => return Vec::new(),
        Outcome::Failed(trouble) => return vec![unanswered(exchange, trouble)],
    };
    let mut breaches = Vec::new();
    breaches.extend(secret(exchange, answer, secrets));
    breaches.extend(body(exchange, answer));
    breaches.extend(retry_after(exchange, answer));
    breaches
}

fn unanswered(exchange: &Exchange, trouble: &WireTrouble) -> Breach {
    Breach::of(
        Invariant::AnswersInTime,
        format!("{}: {trouble}", exchange.request_line()),
    )
}

fn secret(exchange: &Exchange, answer: &Answer, secrets: &Secrets) -> Option<Breach> {
    let body = String::from_utf8_lossy(&answer.body);
    let in_headers = answer.headers.iter().find_map(|(_, value)| secrets.found_in(value));
    let what = secrets.found_in(&body).or(in_headers).or_else(|| {
        let json = answer.json()?;
        has_password(&json).then_some("an attribute `password`")
    })?;
    Some(Breach::of(
        Invariant::NoSecrets,
        format!("the answer to {} contains {what}", exchange.request_line()),
    ))
}

fn has_password(value: &Value) -> bool {
    match value {
        // A schema or a configuration speaks of the attribute without giving one.
        Value::Object(members) => members
            .iter()
            .any(|(key, value)| (key.eq_ignore_ascii_case("password") && value.is_string()) || has_password(value)),
        Value::Array(items) => items.iter().any(has_password),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

fn body(exchange: &Exchange, answer: &Answer) -> Option<Breach> {
    let line = exchange.request_line();
    let wrong = |message: String| Some(Breach::of(Invariant::JsonErrors, message));
    if matches!(answer.status, 204 | 304) || (300..400).contains(&answer.status) || exchange.request.method == "HEAD" {
        return None;
    }
    if answer.body.is_empty() {
        // Only a removal may be confirmed without a word.
        return match (answer.status, exchange.request.method.as_str()) {
            (200..=299, "DELETE") => None,
            (status @ 200..=299, _) => wrong(format!("{line} was answered {status} with an empty body")),
            (status, _) => wrong(format!("{line} was answered {status} without a SCIM error in the body")),
        };
    }
    let Some(json) = answer.json() else {
        let kind = answer.header("Content-Type").unwrap_or("no Content-Type");
        let start: String = String::from_utf8_lossy(&answer.body).chars().take(60).collect();
        return wrong(format!(
            "{line} was answered {} with a body that is not JSON ({kind}): {start:?}",
            answer.status
        ));
    };
    let schemas: Vec<&str> = json
        .get("schemas")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if answer.status >= 400 {
        if !schemas.iter().any(|schema| schema.eq_ignore_ascii_case(ERROR_SCHEMA)) {
            return wrong(format!(
                "{line} was answered {} with JSON that is not a SCIM error (`schemas` lacks {ERROR_SCHEMA})",
                answer.status
            ));
        }
        let status = json.get("status");
        if status.and_then(Value::as_str) != Some(answer.status.to_string().as_str()) {
            let got = status.map_or_else(|| "nothing".to_owned(), Value::to_string);
            return Some(
                Breach::of(
                    Invariant::JsonErrors,
                    format!("{line}: `status` in the SCIM error is not the HTTP status as a string"),
                )
                .wanted(format!("\"{}\"", answer.status), got),
            );
        }
    } else if schemas.is_empty() {
        return wrong(format!(
            "{line} was answered {} with JSON that has no `schemas`",
            answer.status
        ));
    }
    content_type(exchange, answer)
}

fn content_type(exchange: &Exchange, answer: &Answer) -> Option<Breach> {
    let kind = answer.header("Content-Type").unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let level = match essence.as_str() {
        "application/scim+json" => return None,
        // Every identity provider we know of reads it all the same.
        "application/json" => Level::Should,
        _ => Level::Must,
    };
    let message = format!("the answer to {} is not typed as SCIM", exchange.request_line());
    Some(
        Breach::of(Invariant::JsonErrors, message)
            .level(level)
            .wanted("application/scim+json", format!("{kind:?}")),
    )
}

fn retry_after(exchange: &Exchange, answer: &Answer) -> Option<Breach> {
    let value = answer.header("Retry-After").map(str::trim);
    let line = exchange.request_line();
    let is_integer = value.is_some_and(|value| value.parse::<u64>().is_ok_and(|seconds| seconds > 0));
    match value {
        Some(value) if value.parse::<u64>().is_err() && httpdate::parse_http_date(value).is_err() => Some(
            Breach::of(
                Invariant::RetryAfterValid,
                format!(
                    "{line} was answered {} with a Retry-After that says nothing",
                    answer.status
                ),
            )
            .wanted("seconds as a number, or an HTTP date", format!("{value:?}")),
        ),
        value if answer.status == 429 && !is_integer => Some(
            Breach::of(
                Invariant::RetryAfterInteger,
                format!("{line} was answered 429 without an integer Retry-After"),
            )
            .wanted(
                "Retry-After with a positive integer",
                value.map_or_else(|| "none".to_owned(), |value| format!("{value:?}")),
            ),
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;
    use rstest::rstest;

    use super::*;
    use crate::exchange::SentRequest;

    fn exchange(status: u16, headers: &[(&str, &str)], body: &str) -> Exchange {
        Exchange {
            label: "send",
            request: SentRequest {
                method: "POST".to_owned(),
                target: "/Users".to_owned(),
                headers: Vec::new(),
                body: None,
            },
            outcome: Outcome::Answered(Answer {
                status,
                headers: headers
                    .iter()
                    .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                    .collect(),
                body: Bytes::copy_from_slice(body.as_bytes()),
            }),
            elapsed: Duration::ZERO,
            seq_before: 0,
            seq_after: 0,
            concurrent: false,
        }
    }

    const SCIM: (&str, &str) = ("Content-Type", "application/scim+json; charset=utf-8");
    const ERROR: &str = r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"429"}"#;

    #[rstest]
    #[case::good(201, &[SCIM], r#"{"schemas":["x"],"id":"1"}"#, &[])]
    #[case::no_content(204, &[], "", &[])]
    #[case::empty_201(201, &[SCIM], "", &["json-errors"])]
    #[case::web_page(502, &[("Content-Type", "text/html")], "<html>", &["json-errors"])]
    #[case::no_schemas(200, &[SCIM], "{}", &["json-errors"])]
    #[case::numeric_status(429, &[SCIM, ("Retry-After", "1")], r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":429}"#, &["json-errors"])]
    #[case::plain_json(201, &[("Content-Type", "application/json")], r#"{"schemas":["x"]}"#, &["json-errors"])]
    #[case::token(201, &[SCIM], r#"{"schemas":["x"],"detail":"bad s3cret-token"}"#, &["no-secrets"])]
    #[case::password(201, &[SCIM], r#"{"schemas":["x"],"password":"p"}"#, &["no-secrets"])]
    #[case::wait(429, &[SCIM, ("Retry-After", "3")], ERROR, &[])]
    #[case::date(429, &[SCIM, ("Retry-After", "Sun, 06 Nov 1994 08:49:37 GMT")], ERROR, &["retry-after-integer"])]
    #[case::garbage(429, &[SCIM, ("Retry-After", "soon")], ERROR, &["retry-after-valid"])]
    #[case::silence(429, &[SCIM], ERROR, &["retry-after-integer"])]
    fn finds(#[case] status: u16, #[case] headers: &[(&str, &str)], #[case] body: &str, #[case] checks: &[&str]) {
        let mut secrets = Secrets::default();
        secrets.add("the bearer token", "s3cret-token");
        let found: Vec<String> = check(&exchange(status, headers, body), &secrets)
            .into_iter()
            .map(|breach| breach.check)
            .collect();
        assert_eq!(found, checks);
    }

    #[test]
    fn plain_json_is_no_reason_to_fail_a_bridge() {
        let exchange = exchange(201, &[("Content-Type", "application/json")], r#"{"schemas":["x"]}"#);
        assert_eq!(check(&exchange, &Secrets::default())[0].level, Level::Should);
    }
}
