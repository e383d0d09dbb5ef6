//! Which addresses a fault rule is about, where naming one operation says too little or too much.

use std::fmt;
use std::str::FromStr;

use http::Method;
use serde::{Deserialize, Serialize};

use crate::message::Request;

/// A verb, or any, and a pattern for the path below `/v1`: `GET /organization/groups/*/users`.
///
/// `*` stands for any text within a segment, once in each; `**` as the last segment stands for
/// any number of further ones, none included. Paths are compared as received, whether or not
/// they are an operation, and without the query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Address {
    verb: Option<Method>,
    path: String,
}

/// A text is no [`Address`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no address; write a path below /v1 such as /organization/groups/*/users, with or without a verb before \
     it: `*` stands for text within a segment, once, and `**` at the end for all further segments"
)]
pub struct NoAddress(pub String);

impl Address {
    pub(super) fn matches(&self, request: &Request) -> bool {
        let path = request.path.strip_prefix("/v1").unwrap_or(&request.path);
        self.verb.as_ref().is_none_or(|verb| *verb == request.method) && self.matches_path(path)
    }

    fn matches_path(&self, path: &str) -> bool {
        let mut segments = path.split('/');
        for glob in self.path.split('/') {
            match (glob, segments.next()) {
                ("**", _) => return true,
                (glob, Some(segment)) if fits(glob, segment) => {}
                (_, Some(_) | None) => return false,
            }
        }
        segments.next().is_none()
    }
}

fn fits(glob: &str, segment: &str) -> bool {
    let Some((start, end)) = glob.split_once('*') else {
        return glob == segment;
    };
    let inner = segment.strip_prefix(start).and_then(|rest| rest.strip_suffix(end));
    // No id is empty.
    inner.is_some_and(|inner| !(inner.is_empty() && glob == "*"))
}

impl FromStr for Address {
    type Err = NoAddress;

    fn from_str(text: &str) -> Result<Self, NoAddress> {
        let wrong = || NoAddress(text.to_owned());
        let (verb, path) = match text.split_once(' ') {
            None => (None, text),
            Some((verb, path)) => (Some(verb.parse().map_err(|_| wrong())?), path.trim_start()),
        };
        let segments: Vec<_> = path.split('/').collect();
        let (last, others) = segments.split_last().ok_or_else(wrong)?;
        let is_sound = |glob: &str| glob.matches('*').count() <= 1 && !glob.contains([' ', '?', '[', ']', '=']);
        let is_good = path.starts_with('/')
            && !path.starts_with("/v1/")
            && others.iter().all(|glob| is_sound(glob))
            && (*last == "**" || is_sound(last));
        is_good
            .then(|| Self {
                verb,
                path: path.to_owned(),
            })
            .ok_or_else(wrong)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.verb {
            None => f.write_str(&self.path),
            Some(verb) => write!(f, "{verb} {}", self.path),
        }
    }
}

impl TryFrom<String> for Address {
    type Error = NoAddress;

    fn try_from(text: String) -> Result<Self, NoAddress> {
        text.parse()
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.to_string()
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("/organization/users", "/v1/organization/users?limit=1", true)]
    #[case("/organization/users", "/v1/organization/users/", false)]
    #[case("/organization/users", "/v1/organization", false)]
    #[case("/organization/groups/*/users", "/v1/organization/groups/group_1/users", true)]
    #[case("/organization/groups/*/users", "/v1/organization/groups//users", false)]
    #[case("/organization/groups/*/users", "/v1/organization/groups/a/b/users", false)]
    #[case("/organization/*/user-*a", "/v1/organization/users/user-a", true)]
    #[case("/organization/*/user-*a", "/v1/organization/users/user-b", false)]
    #[case("/organization/**", "/v1/organization", true)]
    #[case("/organization/**", "/v1/organization/a/b/c", true)]
    #[case("/**", "/anything", true)]
    #[case("/organization/**", "/v1/projects/a", false)]
    #[case("GET /**", "/v1/organization/users", true)]
    #[case("POST /**", "/v1/organization/users", false)]
    fn addresses_match(#[case] pattern: &str, #[case] target: &str, #[case] expected: bool) {
        let address: Address = pattern.parse().unwrap();
        assert_eq!(address.matches(&Request::get(target)), expected);
        assert_eq!(address.to_string(), pattern);
    }

    #[rstest]
    #[case("")]
    #[case("users")]
    #[case("/v1/organization/users")]
    #[case("/a/**/b")]
    #[case("/a/*b*")]
    #[case("/a?b=c")]
    #[case("GET")]
    #[case("G\u{e9}T /a")]
    fn what_is_no_address(#[case] text: &str) {
        assert_eq!(text.parse::<Address>(), Err(NoAddress(text.to_owned())));
    }
}
