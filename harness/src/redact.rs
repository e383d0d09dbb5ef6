//! Keeps secrets out of everything that leaves the program.
//!
//! A [`Redactor`] knows the secrets of a run and the shapes secrets have: an `Authorization` header, a bearer token, a
//! `password`. Whoever writes evidence uses [`Redactor::exchange`]; the reports pass every event through a redactor once
//! more, so that one forgotten place upstream of them shows nothing. It also takes the teeth out of control characters:
//! what a bridge answers must not steer the terminal of the person who reads it.

mod pretty;

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

pub(crate) use self::pretty::pretty;
use crate::exchange::{Exchange, Outcome};

/// Most characters of a body that are shown.
const BODY_CHARS_MAX: usize = 2_000;
/// Secrets shorter than this are not looked for in running text: `test` would garble every sentence.
const SECRET_CHARS_MIN: usize = 6;
/// Stands for a token nobody told us about.
const TOKEN: &str = "$REDACTED";
/// Stands for the bearer token of the run, in commands too.
const SCIM_TOKEN: &str = "$SCIM_TOKEN";
/// Stands for a password.
const PASSWORD: &str = "$PASSWORD";

/// Replaces secrets by names for them.
#[derive(Clone, Default)]
pub struct Redactor {
    /// What is looked for and what stands for it, longest first.
    secrets: Vec<(String, String)>,
}

impl Redactor {
    /// Also hides `secret`, as it stands, percent-encoded, and escaped as in JSON. `shown` stands for it, such as
    /// `$SCIM_TOKEN`. Secrets shorter than six characters are only hidden where their place gives them away.
    #[must_use]
    pub fn hide(mut self, secret: &str, shown: &str) -> Self {
        if secret.chars().count() < SECRET_CHARS_MIN {
            return self;
        }
        let encoded = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
        let escaped = Value::from(secret).to_string();
        for form in [secret, &encoded, escaped.trim_matches('"')] {
            if !self.secrets.iter().any(|(known, _)| known == form) {
                self.secrets.push((form.to_owned(), shown.to_owned()));
            }
        }
        self.secrets.sort_by_key(|(secret, _)| std::cmp::Reverse(secret.len()));
        self
    }

    /// Text that may leave the program.
    pub fn text(&self, text: &str) -> String {
        let mut text = Cow::Borrowed(text);
        for (secret, shown) in &self.secrets {
            if text.contains(secret.as_str()) {
                text = text.replace(secret.as_str(), shown).into();
            }
        }
        let text = self.mask_values(&text, &AUTHORIZATION);
        let text = self.mask_values(&text, &PASSWORDS);
        escape_control(&Self::mask_bearer(&text))
    }

    /// A body that may leave the program: pretty when it is JSON, lossy when it is not UTF-8, and cut when it is long.
    pub fn body(&self, body: &[u8]) -> String {
        let shown = match serde_json::from_slice::<Value>(body) {
            Ok(mut json) => {
                mask_passwords(&mut json);
                self.text(&pretty(&json))
            }
            Err(_) => self.text(&String::from_utf8_lossy(body)),
        };
        let note = if std::str::from_utf8(body).is_err() {
            "\n(not UTF-8: bytes that are no text are shown as \u{fffd})"
        } else {
            ""
        };
        format!("{}{note}", cut(&shown))
    }

    /// A request and its outcome as evidence: request line, body, `answered 200 in 3 ms` or `no answer …`, body.
    pub fn exchange(&self, exchange: &Exchange) -> Vec<String> {
        let mut lines = vec![self.text(&exchange.request_line())];
        lines.extend(exchange.request.body.as_deref().map(|body| self.body(body)));
        let elapsed = exchange.elapsed.as_millis();
        match &exchange.outcome {
            Outcome::Answered(answer) => {
                lines.push(format!("answered {} in {elapsed} ms", answer.status));
                lines.push(if answer.body.is_empty() {
                    "(no body)".to_owned()
                } else {
                    self.body(&answer.body)
                });
            }
            Outcome::Failed(trouble) => {
                let line = format!("no answer after {elapsed} ms: {trouble}");
                lines.push(self.text(&line));
            }
        }
        lines
    }

    /// Masks what follows a telling key, quoted or not, wherever it stands in a text.
    fn mask_values(&self, text: &str, key: &TellingKey) -> String {
        let lower = text.to_ascii_lowercase();
        let mut out = String::with_capacity(text.len());
        let mut done = 0;
        while let Some(found) = lower[done..].find(key.name) {
            let after = done + found + key.name.len();
            let value = value_after(text, after, key).filter(|value| !self.is_masked(&text[value.clone()]));
            let Some(value) = value else {
                out.push_str(&text[done..after]);
                done = after;
                continue;
            };
            out.push_str(&text[done..value.start]);
            out.push_str(key.shown);
            done = value.end;
        }
        out.push_str(&text[done..]);
        out
    }

    /// Masks what looks like a token after the word `Bearer`. Prose about bearers stays readable.
    fn mask_bearer(text: &str) -> String {
        let lower = text.to_ascii_lowercase();
        let mut out = String::with_capacity(text.len());
        let mut done = 0;
        while let Some(found) = lower[done..].find("bearer ") {
            let start = done + found + "bearer ".len();
            let length = text[start..].find(|c: char| !(c.is_ascii_alphanumeric() || "-._~+/=".contains(c)));
            let end = length.map_or(text.len(), |length| start + length);
            let word = &text[start..end];
            out.push_str(&text[done..start]);
            let is_token = word.len() >= 8 && word.contains(|c: char| c.is_ascii_digit());
            out.push_str(if is_token { TOKEN } else { word });
            done = end;
        }
        out.push_str(&text[done..]);
        out
    }

    fn is_masked(&self, value: &str) -> bool {
        let value = value.trim();
        let value = value.split_once(' ').map_or(value, |(_, credentials)| credentials);
        [TOKEN, PASSWORD, SCIM_TOKEN].contains(&value) || self.secrets.iter().any(|(_, shown)| shown == value)
    }
}

/// Says nothing about what it hides.
impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redactor")
            .field("secrets", &self.secrets.len())
            .finish()
    }
}

/// A key whose value is a secret.
struct TellingKey {
    name: &'static str,
    shown: &'static str,
    /// Whether a value may hold spaces and follow an unquoted key and a colon, as in a header line.
    is_header: bool,
}

const AUTHORIZATION: TellingKey = TellingKey {
    name: "authorization",
    shown: TOKEN,
    is_header: true,
};
const PASSWORDS: TellingKey = TellingKey {
    name: "password",
    shown: PASSWORD,
    is_header: false,
};

/// Where the value of a key is that ends at `after`: `"key": "value"`, `key=value`, `\"key\":\"value\"`, `Key: value`.
fn value_after(text: &str, after: usize, key: &TellingKey) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let skip = |mut at: usize, what: &[u8]| {
        while bytes.get(at).is_some_and(|byte| what.contains(byte)) {
            at += 1;
        }
        at
    };
    let closed = skip(after, b"\\\"'");
    let separator = skip(closed, b" \t");
    let assigns = *bytes.get(separator).filter(|byte| matches!(byte, b':' | b'='))? == b'=';
    let start = skip(separator + 1, b" \t\r\n");
    let quote = skip(start, b"\\");
    if let Some(quote_byte) = bytes.get(quote).filter(|byte| matches!(byte, b'"' | b'\'')) {
        return Some(quote + 1..closing_quote(bytes, quote + 1, *quote_byte, quote - start));
    }
    let is_value = key.is_header || assigns || closed > after;
    let ends = |byte: u8| {
        matches!(byte, b'\n' | b'\r' | b'"' | b',' | b'}' | b']' | b'&')
            || (!key.is_header && byte.is_ascii_whitespace())
    };
    let length = bytes.get(start..)?.iter().position(|byte| ends(*byte));
    let value = start..length.map_or(text.len(), |length| start + length);
    (is_value && !value.is_empty() && &text[value.clone()] != "null").then_some(value)
}

/// Where a quoted value ends whose own quote has `escapes` backslashes before it.
fn closing_quote(bytes: &[u8], start: usize, quote: u8, escapes: usize) -> usize {
    let mut backslashes = 0;
    for (at, byte) in bytes.iter().enumerate().skip(start) {
        match *byte {
            b'\\' => backslashes += 1,
            byte if byte == quote && (backslashes <= escapes && backslashes % 2 == escapes % 2) => {
                return at - backslashes;
            }
            _ => backslashes = 0,
        }
    }
    bytes.len()
}

/// Masks members named `password`, and values a PATCH operation has for the path `password`.
pub(crate) fn mask_passwords(json: &mut Value) {
    match json {
        Value::Object(members) => {
            let is_for_password = members
                .iter()
                .any(|(name, value)| name.eq_ignore_ascii_case("path") && value.as_str().is_some_and(names_password));
            for (name, value) in members.iter_mut() {
                let is_secret = names_password(name) || (is_for_password && name.eq_ignore_ascii_case("value"));
                if is_secret && !value.is_null() {
                    *value = PASSWORD.into();
                } else {
                    mask_passwords(value);
                }
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(mask_passwords),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// `password`, in any letter case, with or without a schema's URN before it.
fn names_password(name: &str) -> bool {
    name.rsplit(':')
        .next()
        .is_some_and(|name| name.eq_ignore_ascii_case("password"))
}

fn cut(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(BODY_CHARS_MAX) {
        Some((at, _)) => format!("{}… ({} bytes more)", &text[..at], text.len() - at).into(),
        None => text.into(),
    }
}

/// Shows control characters instead of sending them to a terminal; line breaks and tabs stay.
fn escape_control(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() && c != '\n' && c != '\t' {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;
    use rstest::rstest;

    use super::*;
    use crate::exchange::{Answer, SentRequest, WireTrouble};

    const CANARY: &str = "canary/4711+x";

    fn redactor() -> Redactor {
        Redactor::default()
            .hide(CANARY, "$SCIM_TOKEN")
            .hide("sk-admin-canary", "$OPENAI_ADMIN_KEY")
            .hide("abc", "$SHORT")
    }

    #[rstest]
    #[case::plain("token canary/4711+x!", "token $SCIM_TOKEN!")]
    #[case::percent_encoded("GET /x?t=canary%2F4711%2Bx", "GET /x?t=$SCIM_TOKEN")]
    #[case::two_secrets("canary/4711+x sk-admin-canary", "$SCIM_TOKEN $OPENAI_ADMIN_KEY")]
    #[case::header_of_ours("Authorization: Bearer canary/4711+x", "Authorization: Bearer $SCIM_TOKEN")]
    #[case::header_with_another(
        "authorization: Bearer hunter2\nAccept: */*",
        "authorization: $REDACTED\nAccept: */*"
    )]
    #[case::header_as_json(r#"{"Authorization":"Basic aGk=","a":1}"#, r#"{"Authorization":"$REDACTED","a":1}"#)]
    #[case::short_secret_in_a_header("Authorization: Bearer abc", "Authorization: $REDACTED")]
    #[case::short_secret_in_text("abcdef", "abcdef")]
    #[case::unknown_bearer("got Bearer eyJhbGciOi.J9-4", "got Bearer $REDACTED")]
    #[case::prose_about_bearers(
        "no bearer authentication, Bearer realm=\"scim\"",
        "no bearer authentication, Bearer realm=\"scim\""
    )]
    #[case::password_member(r#"{"password": "hun\"ter2", "x": 1}"#, r#"{"password": "$PASSWORD", "x": 1}"#)]
    #[case::password_in_a_broken_body(r#"{"password":"hunter2"#, r#"{"password":"$PASSWORD"#)]
    #[case::password_in_json_in_a_log(
        r#"body="{\"password\":\"hunter2\",\"a\":1}""#,
        r#"body="{\"password\":\"$PASSWORD\",\"a\":1}""#
    )]
    #[case::password_in_a_form("a=1&password=hunter2&b=2", "a=1&password=$PASSWORD&b=2")]
    #[case::prose_about_passwords("/password: must not be there", "/password: must not be there")]
    #[case::terminal_escape("\u{1b}[2Jgone", r"\u{1b}[2Jgone")]
    fn hides_in_text(#[case] text: &str, #[case] shown: &str) {
        assert_eq!(redactor().text(text), shown);
        assert_eq!(redactor().text(shown.trim()), shown, "redacting twice changes nothing");
    }

    #[rstest]
    #[case::member(r#"{"Password":{"a":"hunter2"}}"#)]
    #[case::deep(r#"{"a":[{"urn:x:User:password":"hunter2"}]}"#)]
    #[case::patch(r#"{"Operations":[{"op":"replace","path":"password","value":"hunter2"}]}"#)]
    #[case::number(r#"{"password":4711}"#)]
    #[case::escaped(r#"{"a":"Bearer canary\/4711+x"}"#)]
    #[case::broken(r#"{"password":"hunter2","#)]
    fn hides_in_bodies(#[case] body: &str) {
        let shown = redactor().body(body.as_bytes());
        assert!(!shown.contains("hunter2") && !shown.contains("4711"), "{shown}");
    }

    #[test]
    fn a_long_body_is_cut_and_says_so() {
        let shown = redactor().body("ä".repeat(2_003).as_bytes());
        assert!(shown.ends_with("ä… (6 bytes more)"), "{shown}");
        assert_eq!(shown.chars().filter(|c| *c == 'ä').count(), 2_000);
    }

    #[test]
    fn a_secret_across_the_cut_does_not_show_half() {
        let body = format!("{}{CANARY}", "x".repeat(1_995));
        assert!(!redactor().body(body.as_bytes()).contains("canar"));
    }

    #[test]
    fn a_body_that_is_no_text_is_shown_lossily_and_says_so() {
        insta::assert_snapshot!(redactor().body(b"a\xffb"), @"
        a�b
        (not UTF-8: bytes that are no text are shown as �)
        ");
    }

    #[test]
    fn debug_shows_no_secret() {
        assert_eq!(
            format!("{:?}", Redactor::default().hide("hunter22", "x")),
            "Redactor { secrets: 1 }"
        );
    }

    #[test]
    fn an_exchange_becomes_evidence() {
        let request = SentRequest {
            method: "POST".into(),
            target: "/Users".into(),
            headers: vec![("Authorization".into(), format!("Bearer {CANARY}"))],
            body: Some(Bytes::from_static(br#"{"userName":"a","password":"hunter2"}"#)),
        };
        let answer = Answer {
            status: 201,
            headers: Vec::new(),
            body: Bytes::new(),
        };
        let mut exchange = Exchange {
            label: "create",
            request,
            outcome: Outcome::Answered(answer),
            elapsed: Duration::from_millis(3),
            seq_before: 0,
            seq_after: 0,
            concurrent: false,
        };
        insta::assert_snapshot!(redactor().exchange(&exchange).join("\n"), @r#"
        POST /Users
        { "userName": "a", "password": "$PASSWORD" }
        answered 201 in 3 ms
        (no body)
        "#);
        exchange.outcome = Outcome::Failed(WireTrouble::Refused);
        assert_eq!(
            redactor().exchange(&exchange)[2],
            "no answer after 3 ms: connection refused"
        );
    }
}
