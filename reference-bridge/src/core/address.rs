//! E-mail addresses: what counts as one, and when two are the same.

use serde_json::Value;

use super::json::{self, Object};

/// The longest address that SMTP can carry (RFC 5321 §4.5.3.1: 64 + 1 + 255 octets).
const MAX_LENGTH: usize = 320;

/// The form in which addresses and user names are compared.
pub(crate) fn normalise(text: &str) -> String {
    text.trim().to_lowercase()
}

/// Whether two addresses or user names are the same to this bridge.
pub(crate) fn same(one: &str, other: &str) -> bool {
    normalise(one) == normalise(other)
}

/// Whether an invite can be sent to `text`: one `@` with something on either side, no blanks.
pub(crate) fn is_address(text: &str) -> bool {
    text.len() <= MAX_LENGTH
        && !text.chars().any(|c| c.is_whitespace() || c.is_control())
        && text
            .split_once('@')
            .is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty() && !domain.contains('@'))
}

/// Where a person's invite goes: the primary e-mail, else the one of type work, else the first,
/// when it is an address; otherwise the user name, when that is one.
pub(crate) fn invite_address(attributes: &Object) -> Option<&str> {
    preferred_email(attributes)
        .filter(|email| is_address(email))
        .or_else(|| json::get_str(attributes, "userName").filter(|name| is_address(name)))
}

/// The value of the e-mail that stands for the person, address or not.
fn preferred_email(attributes: &Object) -> Option<&str> {
    let emails = json::get(attributes, "emails")?.as_array()?;
    let primary = |email: &&Object| json::get(email, "primary") == Some(&Value::Bool(true));
    let work = |email: &&Object| json::get_str(email, "type").is_some_and(|kind| kind.eq_ignore_ascii_case("work"));
    let objects = || emails.iter().filter_map(Value::as_object);
    objects()
        .find(primary)
        .or_else(|| objects().find(work))
        .or_else(|| objects().next())
        .and_then(|email| json::get_str(email, "value"))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case("a@b.example", true)]
    #[case("o'brien+x%y@b.example", true)]
    #[case("ü@b.example", true)]
    #[case("5d3a7f0e", false)]
    #[case("@b.example", false)]
    #[case("a@", false)]
    #[case("a@b@c", false)]
    #[case("a b@c", false)]
    fn addresses(#[case] text: &str, #[case] expected: bool) {
        assert_eq!(is_address(text), expected);
    }

    #[rstest]
    #[case(json!({"userName": "u@x"}), Some("u@x"))]
    #[case(json!({"userName": "u@x", "emails": [{"value": "m@x"}]}), Some("m@x"))]
    #[case(json!({"userName": "u@x", "emails": [{"value": "h@x", "type": "home"}, {"value": "w@x", "type": "Work"}]}), Some("w@x"))]
    #[case(json!({"userName": "u@x", "emails": [{"value": "w@x", "type": "work"}, {"value": "p@x", "primary": true}]}), Some("p@x"))]
    #[case(json!({"userName": "u@x", "emails": [{"value": "none"}]}), Some("u@x"))]
    #[case(json!({"userName": "u", "emails": [{"value": "none"}]}), None)]
    fn invite_addresses(#[case] attributes: Value, #[case] expected: Option<&str>) {
        let Value::Object(attributes) = attributes else {
            unreachable!("an object literal")
        };
        assert_eq!(invite_address(&attributes), expected);
    }
}
