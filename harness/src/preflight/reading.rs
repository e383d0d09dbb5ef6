//! What kind of thing an answer is, as far as it takes to tell a SCIM server from everything else.

use serde_json::Value;

use crate::exchange::Answer;

/// How much of an answer is quoted, in characters.
const QUOTED: usize = 120;

/// What an answer looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// A list of resources (RFC 7644 §3.4.2), or something that means to be one.
    List,
    /// An error (RFC 7644 §3.12) and its detail.
    ScimError { detail: String },
    /// JSON of another kind, from its beginning.
    OtherJson { begins: String },
    /// HTML, with its title.
    WebPage { title: Option<String> },
    /// Any other bytes, from their beginning.
    Text { begins: String },
    /// Nothing.
    Empty,
}

impl Reading {
    /// `redact` takes the secrets out of what is quoted, before it is cut.
    pub(super) fn of(answer: &Answer, redact: impl Fn(&str) -> String) -> Self {
        let quote = |text: &str| quote(&redact(text));
        let text = String::from_utf8_lossy(&answer.body);
        let text = text.trim_start_matches('\u{feff}').trim();
        if text.is_empty() {
            return Self::Empty;
        }
        match serde_json::from_str(text) {
            Ok(json) => Self::of_json(&json, text, quote),
            Err(_) if is_page(answer, text) => Self::WebPage {
                title: title(text).map(quote),
            },
            Err(_) => Self::Text { begins: quote(text) },
        }
    }

    fn of_json(json: &Value, text: &str, quote: impl Fn(&str) -> String) -> Self {
        let has = |name: &str| json.get(name).is_some();
        let is_a = |kind: &str| {
            let schemas = json.get("schemas").and_then(Value::as_array);
            schemas.is_some_and(|urns| {
                urns.iter()
                    .any(|urn| urn.as_str().is_some_and(|urn| urn.ends_with(kind)))
            })
        };
        if is_a(":Error") {
            let detail = json.get("detail").and_then(Value::as_str).unwrap_or("no detail");
            Self::ScimError { detail: quote(detail) }
        } else if has("totalResults") || has("Resources") || is_a(":ListResponse") {
            Self::List
        } else {
            Self::OtherJson { begins: quote(text) }
        }
    }

    /// For the middle of a sentence.
    pub(super) fn said(&self) -> String {
        match self {
            Self::List => "a list".to_owned(),
            Self::ScimError { detail: said } | Self::OtherJson { begins: said } | Self::Text { begins: said } => {
                format!("`{said}`")
            }
            Self::WebPage { title: Some(title) } => format!("`{title}`"),
            Self::WebPage { title: None } => "without a title".to_owned(),
            Self::Empty => "an empty body".to_owned(),
        }
    }
}

/// The SCIM base in the address of its users: `https://b.example/v2/Users?count=1` is at `https://b.example/v2`.
pub(super) fn base_of(users: &str) -> String {
    let path = users.split(['?', '#']).next().unwrap_or_default();
    quote(path.trim_end_matches('/').trim_end_matches("/Users"))
}

fn is_page(answer: &Answer, text: &str) -> bool {
    let is_html = |kind: &str| kind.to_ascii_lowercase().contains("html");
    text.starts_with('<') || answer.header("content-type").is_some_and(is_html)
}

fn title(page: &str) -> Option<&str> {
    let lower = page.to_ascii_lowercase();
    let begins = lower.find("<title")?;
    let begins = begins + lower[begins..].find('>')? + 1;
    let ends = begins + lower[begins..].find('<')?;
    Some(page[begins..ends].trim()).filter(|title| !title.is_empty())
}

/// The beginning on one line, without control characters.
fn quote(text: &str) -> String {
    let one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut shown: String = one_line
        .chars()
        .filter(|character| !character.is_control())
        .take(QUOTED)
        .collect();
    if one_line.chars().count() > QUOTED {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use rstest::rstest;

    use super::*;

    fn read(content_type: &str, body: impl Into<Bytes>) -> Reading {
        let headers = vec![("content-type".to_owned(), content_type.to_owned())];
        Reading::of(
            &Answer {
                status: 200,
                headers,
                body: body.into(),
            },
            |text| text.replace("secret", "***"),
        )
    }

    #[rstest]
    #[case::list(r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":0}"#)]
    #[case::totals_as_text(r#"{"totalResults":"0","Resources":[]}"#)]
    #[case::no_schemas(r#"{"Resources":[]}"#)]
    #[case::byte_order_mark("\u{feff}{\"totalResults\":0}")]
    fn knows_a_list(#[case] body: &'static str) {
        assert_eq!(read("application/scim+json", body), Reading::List);
    }

    #[rstest]
    #[case::error(
        r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"no\nway"}"#,
        "`no way`"
    )]
    #[case::other_json(r#"{"users":[]}"#, r#"`{"users":[]}`"#)]
    #[case::array("[]", "`[]`")]
    #[case::page("<!doctype html><TITLE lang=en>Sign\n in</TITLE>", "`Sign in`")]
    #[case::untitled("<html></html>", "without a title")]
    #[case::unclosed("<html><title", "without a title")]
    #[case::text("no healthy\u{1b}[31m upstream", "`no healthy[31m upstream`")]
    #[case::empty(" \n", "an empty body")]
    fn quotes(#[case] body: &'static str, #[case] said: &str) {
        let reading = read("application/json", body);
        assert_ne!(reading, Reading::List);
        assert_eq!(reading.said(), said);
    }

    #[test]
    fn quotes_no_more_than_fits_on_a_line() {
        let said = read("text/plain", "ä".repeat(10_000)).said();
        assert_eq!(said.chars().count(), QUOTED + 3, "{said}");
        assert!(said.ends_with("…`"), "{said}");
    }

    #[test]
    fn quotes_no_secret_not_even_half_of_one() {
        let said = read("text/plain", format!("{}secret", "a".repeat(QUOTED - 4))).said();
        assert!(said.ends_with("a***`"), "{said}");
    }

    #[test]
    fn survives_bytes_that_are_no_text() {
        assert_eq!(read("text/plain", &b"\xff\xfe"[..]).said(), "`\u{fffd}\u{fffd}`");
    }

    #[rstest]
    #[case("https://b.example/v2/Users?startIndex=1", "https://b.example/v2")]
    #[case("/scim/v2/Users/", "/scim/v2")]
    #[case("https://login.example/", "https://login.example")]
    fn finds_the_base_of_a_redirect(#[case] location: &str, #[case] base: &str) {
        assert_eq!(base_of(location), base);
    }
}
