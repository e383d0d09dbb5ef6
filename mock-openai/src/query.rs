//! Query strings as the SDKs of several languages write them.

use percent_encoding::percent_decode_str;

/// A decoded query string, in the order received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub(crate) fn parse(query: &str) -> Self {
        let pairs = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        });
        Self(pairs.collect())
    }

    /// The value of a parameter; the last one, if it is repeated.
    pub(crate) fn last(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().rev().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// All values of an array: `name=a&name=b` as the specification has it, `name[]=a` as the
    /// Python and Node SDKs send it, and `name[0]=a`.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let is_ours = move |(known, _): &&(String, String)| {
            known.strip_prefix(name).is_some_and(|rest| {
                let index = rest.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
                let is_index = |index: &str| index.bytes().all(|byte| byte.is_ascii_digit());
                rest.is_empty() || index.is_some_and(is_index)
            })
        };
        self.0.iter().filter(is_ours).map(|(_, value)| value.as_str())
    }
}

fn decode(text: &str) -> String {
    let text = text.replace('+', " ");
    percent_decode_str(&text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("emails=a@x&emails=b@x")]
    #[case("emails[]=a@x&emails[]=b@x")]
    #[case("emails%5B%5D=a%40x&emails%5B%5D=b%40x")]
    #[case("emails[0]=a@x&limit=5&emails[1]=b@x&emailsx=c&emails[x]=d&emails[=e")]
    fn arrays_in_every_encoding(#[case] query: &str) {
        let query = Query::parse(query);
        assert_eq!(query.all("emails").collect::<Vec<_>>(), ["a@x", "b@x"]);
    }

    #[rstest]
    #[case("", None)]
    #[case("limit", Some(""))]
    #[case("limit=1&limit=2", Some("2"))]
    #[case("&&limit=%zz&", Some("%zz"))]
    #[case("limit=a+b%2B", Some("a b+"))]
    #[case("limit=%ff", Some("\u{fffd}"))]
    fn single_values(#[case] query: &str, #[case] expected: Option<&str>) {
        assert_eq!(Query::parse(query).last("limit"), expected);
    }
}
