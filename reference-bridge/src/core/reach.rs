//! How far a filter over people can reach: whether the bridge has to ask upstream at all, and for
//! whom. People the bridge does not know yet have an address for a user name, no external id and
//! no id, so most filters can be answered from what it knows.

use super::address;
use super::filter::{Filter, Literal, Operator};
use super::json::Object;
use super::path::Path;

/// Which unknown people a filter could match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reach {
    /// None: only people the bridge knows.
    Known,
    /// Those with one of these addresses.
    Addresses(Vec<String>),
    /// Anybody.
    Everybody,
}

impl Reach {
    /// The reach of `filter`.
    pub(crate) fn of(filter: &Filter) -> Self {
        match filter {
            Filter::And(a, b) => Self::of(a).and(Self::of(b)),
            Filter::Or(a, b) => Self::of(a).or(Self::of(b)),
            Filter::Compare(path, Operator::Eq, Literal::Text(text)) => Self::of_equal(path, text),
            Filter::Compare(..) | Filter::Present(_) | Filter::Not(_) => Self::Everybody,
        }
    }

    fn of_equal(path: &Path, text: &str) -> Self {
        if ["id", "externalId"].into_iter().any(|key| path.is_core(key)) {
            return Self::Known;
        }
        let addressed = path.is_core("userName")
            || (path.is_core("emails") && path.sub.as_deref().is_none_or(|sub| sub.eq_ignore_ascii_case("value")));
        match (addressed, address::is_address(text)) {
            (true, true) => Self::Addresses(vec![address::normalise(text)]),
            (true, false) => Self::Known,
            (false, _) => Self::Everybody,
        }
    }

    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Known, _) | (_, Self::Known) => Self::Known,
            (Self::Addresses(some), _) | (_, Self::Addresses(some)) => Self::Addresses(some),
            (Self::Everybody, Self::Everybody) => Self::Everybody,
        }
    }

    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Everybody, _) | (_, Self::Everybody) => Self::Everybody,
            (Self::Known, rest) | (rest, Self::Known) => rest,
            (Self::Addresses(mut some), Self::Addresses(more)) => {
                some.extend(more);
                Self::Addresses(some)
            }
        }
    }
}

/// An equality that every match must satisfy: lets an index answer instead of a scan.
pub(crate) fn pinned<'a>(filter: &'a Filter, attribute: &str) -> Option<&'a str> {
    match filter {
        Filter::And(a, b) => pinned(a, attribute).or_else(|| pinned(b, attribute)),
        Filter::Compare(path, Operator::Eq, Literal::Text(text))
            if path.is_core(attribute) && path.sub.is_none() && path.filter.is_none() =>
        {
            Some(text)
        }
        Filter::Compare(..) | Filter::Or(..) | Filter::Not(_) | Filter::Present(_) => None,
    }
}

/// Whether every comparison of the filter is about `attributes`.
pub(crate) fn is_only_about(filter: &Filter, attributes: &[&str]) -> bool {
    match filter {
        Filter::And(a, b) | Filter::Or(a, b) => is_only_about(a, attributes) && is_only_about(b, attributes),
        Filter::Not(inner) => is_only_about(inner, attributes),
        Filter::Compare(path, ..) | Filter::Present(path) => attributes.iter().any(|name| path.is_core(name)),
    }
}

/// Reads the members that an equality filter in brackets describes: `type eq "work"` makes
/// `{"type": "work"}`. `None` when the filter is more than a conjunction of equalities.
pub(crate) fn described(filter: &Filter) -> Option<Object> {
    use serde_json::Value;
    match filter {
        Filter::And(a, b) => {
            let mut object = described(a)?;
            object.extend(described(b)?);
            Some(object)
        }
        Filter::Compare(path, Operator::Eq, literal)
            if path.schema.is_none() && path.sub.is_none() && path.filter.is_none() =>
        {
            let value = match literal {
                Literal::Text(text) if path.attribute.eq_ignore_ascii_case("primary") => {
                    Value::Bool(text.eq_ignore_ascii_case("true"))
                }
                Literal::Text(text) => Value::String(text.clone()),
                Literal::Flag(flag) => Value::Bool(*flag),
                Literal::Number(number) => serde_json::json!(number),
                Literal::Null => return None,
            };
            Some(Object::from_iter([(path.attribute.clone(), value)]))
        }
        Filter::Compare(..) | Filter::Or(..) | Filter::Not(_) | Filter::Present(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::fault::Faults;

    fn addresses(list: &[&str]) -> Reach {
        Reach::Addresses(list.iter().map(|&text| text.to_owned()).collect())
    }

    #[rstest]
    #[case(r#"userName eq "A@x""#, addresses(&["a@x"]))]
    #[case(r#"userName eq "5d3a7f0e-guid""#, Reach::Known)]
    #[case(r#"externalId eq "a@x""#, Reach::Known)]
    #[case(r#"emails[type eq "work"].value eq "a@x""#, addresses(&["a@x"]))]
    #[case(r#"emails.value eq "guid""#, Reach::Known)]
    #[case(r#"id eq "1" and userName sw "a""#, Reach::Known)]
    #[case(r#"userName eq "a@x" or emails eq "b@x""#, addresses(&["a@x", "b@x"]))]
    #[case(r#"userName eq "a@x" and active eq true"#, addresses(&["a@x"]))]
    #[case(r#"userName eq "a@x" or active eq true"#, Reach::Everybody)]
    #[case(r#"not (userName eq "a@x")"#, Reach::Everybody)]
    #[case(r#"userName sw "a""#, Reach::Everybody)]
    fn reaches(#[case] filter: &str, #[case] expected: Reach) {
        assert_eq!(Reach::of(&Filter::parse(filter, Faults::NONE).unwrap()), expected);
    }
}
