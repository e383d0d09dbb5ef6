//! Reads SCIM requests for what stands where: kind and id in a path, comparisons in a filter, attributes in a body.

use std::ops::Range;

use super::json_text::{self, Piece, Segment};
use super::secret::decoded;
use super::seen::Seen;

/// What a request is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    User,
    Group,
}

/// A path under the SCIM base.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ResourcePath {
    /// People, groups, or neither.
    pub(super) kind: Option<Kind>,
    /// The id after it, decoded.
    pub(super) id: Option<String>,
}

impl ResourcePath {
    pub(super) fn of(path: &str) -> Self {
        let mut segments = path.trim_start_matches('/').split('/');
        let kind = match segments.next() {
            Some("Users") => Some(Kind::User),
            Some("Groups") => Some(Kind::Group),
            _ => None,
        };
        let id = segments.next().map(|id| decoded(id, false));
        let id = id.filter(|id| kind.is_some() && !id.is_empty() && id != ".search");
        Self { kind, id }
    }
}

impl Seen {
    /// Its path.
    pub(super) fn resource(&self) -> ResourcePath {
        ResourcePath::of(self.path_and_query().0)
    }

    /// Its query, decoded: names, and values where there are any.
    pub(super) fn query(&self) -> Vec<(String, Option<String>)> {
        let Some(query) = self.path_and_query().1 else {
            return Vec::new();
        };
        // Who writes %20 for a space means a plus by `+`.
        let plus_is_space = !query.contains("%20");
        let pairs = query.split('&').map(|pair| match pair.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(decoded(value, plus_is_space))),
            None => (pair.to_owned(), None),
        });
        pairs.collect()
    }
}

/// `attribute operator "value"` in a filter or in the path of a PATCH.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Comparison {
    /// The attribute in words, lower case: `emails[value eq "x"]` gives `emails`, `value`.
    pub(super) words: Vec<String>,
    /// The operator, lower case.
    pub(super) operator: String,
    /// The value, without escapes.
    pub(super) value: String,
    /// Where it stands in the text, between the quotes.
    pub(super) at: Range<usize>,
}

pub(super) fn comparisons(text: &str) -> Vec<Comparison> {
    let mut found = Vec::new();
    let mut done = 0;
    while let Some(start) = text[done..].find('"').map(|at| done + at + 1) {
        let end = closing_quote(text, start);
        let before = &text[done..start - 1];
        let mut tokens = before
            .split([' ', '(', '[', ')', ']'])
            .filter(|token| !token.is_empty())
            .rev();
        let operator = tokens.next().unwrap_or_default().to_ascii_lowercase();
        let attribute = tokens.next().unwrap_or_default();
        let bracket = text[..start]
            .rfind('[')
            .filter(|open| !text[*open..start].contains(']'));
        let outer = bracket.and_then(|open| text[..open].rsplit([' ', '(']).next());
        let written = &text[start..end];
        found.push(Comparison {
            words: outer.into_iter().chain([attribute]).flat_map(words).collect(),
            operator,
            value: serde_json::from_str(&format!("\"{written}\"")).unwrap_or_else(|_| written.to_owned()),
            at: start..end,
        });
        done = (end + 1).min(text.len());
    }
    found
}

fn closing_quote(text: &str, start: usize) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(start) {
        match byte {
            b'"' if !escaped => return at,
            b'\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    text.len()
}

/// An attribute in words, lower case: `urn:…:User:name.givenName` gives
/// `name`, `givenname`; what stands in brackets falls away.
pub(super) fn words(attribute: &str) -> Vec<String> {
    let mut plain = String::with_capacity(attribute.len());
    let mut depth = 0_usize;
    for c in attribute.chars() {
        match c {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            c if depth == 0 => plain.push(c),
            _ => {}
        }
    }
    let is_urn = plain.get(..4).is_some_and(|urn| urn.eq_ignore_ascii_case("urn:"));
    // `urn:…:2.0:User` by itself is the object of an extension, which is no attribute.
    let is_object = is_urn
        && ["user", "group"]
            .iter()
            .any(|kind| plain.to_ascii_lowercase().ends_with(&format!(":{kind}")));
    if is_object {
        return Vec::new();
    }
    let name = if is_urn {
        plain.rsplit(':').next().unwrap_or_default()
    } else {
        &plain
    };
    let words = name.split('.').filter(|word| !word.is_empty());
    words.map(str::to_ascii_lowercase).collect()
}

/// Where a value of a body stands, as attributes: in a resource, or in what a PATCH gives.
pub(super) struct Attributes {
    /// The paths of the operations of a PATCH.
    paths: Vec<(usize, String)>,
    is_patch: bool,
}

impl Attributes {
    /// Of a body with this text.
    pub(super) fn of(method: &str, body: &str) -> Self {
        let is_patch = method == "PATCH";
        let mut paths = Vec::new();
        if is_patch {
            json_text::rewrite(body, &mut |way, piece| {
                if let ([Segment::Key(list), Segment::Index(index), Segment::Key(key)], Piece::Text(path)) =
                    (way, piece)
                    && list.eq_ignore_ascii_case("operations")
                    && key.eq_ignore_ascii_case("path")
                {
                    paths.push((*index, path.to_owned()));
                }
                None
            });
        }
        Self { paths, is_patch }
    }

    /// The attribute in words; `None` for the frame of a PATCH, which is no attribute.
    pub(super) fn at(&self, way: &[Segment]) -> Option<Vec<String>> {
        let keys = |way: &[Segment]| -> Vec<String> {
            let keys = way.iter().filter_map(|segment| match segment {
                Segment::Key(key) => Some(words(key)),
                Segment::Index(_) => None,
            });
            keys.flatten().collect()
        };
        match way {
            [Segment::Key(list), Segment::Index(index), Segment::Key(key), rest @ ..]
                if self.is_patch && list.eq_ignore_ascii_case("operations") =>
            {
                if !key.eq_ignore_ascii_case("value") {
                    return None;
                }
                let path = self.paths.iter().find(|(number, _)| number == index);
                let mut all = path.map(|(_, path)| words(path)).unwrap_or_default();
                all.extend(keys(rest));
                Some(all)
            }
            way => Some(keys(way)),
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(r#"userName eq "a@x.de""#, "username eq a@x.de")]
    #[case(r#"(displayName Eq "a \"b\" c") and active eq true"#, "displayname eq a \"b\" c")]
    #[case(
        r#"emails[type eq "work" and value eq "x"].value"#,
        "emails.type eq work, emails.value eq x"
    )]
    #[case(r#"members[value eq "7"]"#, "members.value eq 7")]
    #[case(
        r#"urn:ietf:params:scim:schemas:core:2.0:User:userName sw "a" or externalId eq "b""#,
        "username sw a, externalid eq b"
    )]
    #[case(r#"userName eq "cut"#, "username eq cut")]
    #[case(r#"""#, "  ")]
    #[case("id eq 7", "")]
    fn finds_comparisons(#[case] text: &str, #[case] expected: &str) {
        let found = comparisons(text);
        let shown = found
            .iter()
            .map(|one| format!("{} {} {}", one.words.join("."), one.operator, one.value));
        assert_eq!(shown.collect::<Vec<_>>().join(", "), expected);
        assert!(found.iter().all(|one| text.get(one.at.clone()).is_some()));
    }

    #[rstest]
    #[case("/Users/a%2Fb", Some(Kind::User), Some("a/b"))]
    #[case("/Groups", Some(Kind::Group), None)]
    #[case("/Users/.search", Some(Kind::User), None)]
    #[case("/Schemas/x", None, None)]
    fn reads_paths(#[case] path: &str, #[case] kind: Option<Kind>, #[case] id: Option<&str>) {
        let read = ResourcePath::of(path);
        assert_eq!((read.kind, read.id.as_deref()), (kind, id));
    }

    #[test]
    fn knows_the_attributes_of_a_patch() {
        let body = r#"{"Operations":[{"op":"add","path":"emails[type eq \"work\"].value","value":"x"},
            {"op":"replace","value":{"name.givenName":"y","urn:a:2.0:User:title":"z"}},{"value":[{"value":"w"}],"path":"members"}]}"#;
        let attributes = Attributes::of("PATCH", body);
        let mut found = Vec::new();
        json_text::rewrite(body, &mut |way, piece| {
            if let Piece::Text(text) = piece {
                found.extend(attributes.at(way).map(|words| format!("{} = {text}", words.join("."))));
            }
            None
        });
        assert_eq!(
            found,
            [
                "emails.value = x",
                "name.givenname = y",
                "title = z",
                "members.value = w"
            ]
        );
    }
}
