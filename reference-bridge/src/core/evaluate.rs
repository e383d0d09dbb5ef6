//! Decides whether a resource matches a filter, and whether a list element does.
//!
//! Works on the resource as clients see it. Attributes that a resource does not have never match,
//! except where a filter asks for their absence.

use jiff::Timestamp;
use serde_json::Value;

use super::filter::{Filter, Literal, Operator};
use super::json::{self, Object};
use super::path::Path;
use super::schema::{self, Kind};
use crate::fault::{Fault, Faults};

/// Evaluates filters over resources of one kind.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Evaluator {
    /// What the resources are.
    pub(crate) kind: Kind,
    /// Switched-on defects.
    pub(crate) faults: Faults,
}

impl Evaluator {
    /// Whether `resource` matches.
    pub(crate) fn matches(self, filter: &Filter, resource: &Object) -> bool {
        match filter {
            Filter::And(a, b) => self.matches(a, resource) && self.matches(b, resource),
            Filter::Or(a, b) => self.matches(a, resource) || self.matches(b, resource),
            Filter::Not(inner) => !self.matches(inner, resource),
            Filter::Present(path) => self
                .values(path, resource)
                .into_iter()
                .any(|value| json::assigned(value.clone()).is_some_and(|value| value != "")),
            Filter::Compare(path, operator, literal) => {
                let values = self.values(path, resource);
                let exact = self.is_case_exact(path);
                match (operator, literal) {
                    (Operator::Eq, Literal::Null) => values.is_empty(),
                    (Operator::Ne, Literal::Null) => !values.is_empty(),
                    (Operator::Ne, _) => !values
                        .into_iter()
                        .any(|value| compare(value, Operator::Eq, literal, exact)),
                    _ => values
                        .into_iter()
                        .any(|value| compare(value, *operator, literal, exact)),
                }
            }
        }
    }

    /// Whether a list element, an object or a plain value, matches a filter in brackets.
    pub(crate) fn matches_element(self, filter: &Filter, element: &Value) -> bool {
        match element {
            Value::Object(element) => self.matches(filter, element),
            other => {
                let mut wrapped = Object::new();
                wrapped.insert("value".to_owned(), other.clone());
                self.matches(filter, &wrapped)
            }
        }
    }

    /// Every value the path leads to.
    fn values<'a>(self, path: &Path, resource: &'a Object) -> Vec<&'a Value> {
        let Some(container) = self.container(path, resource) else {
            return Vec::new();
        };
        let Some(value) = json::get(container, &path.attribute) else {
            return Vec::new();
        };
        let elements = match value {
            Value::Array(elements) => elements.as_slice(),
            Value::Null => &[],
            other => std::slice::from_ref(other),
        };
        elements
            .iter()
            .filter(|element| {
                path.filter
                    .as_deref()
                    .is_none_or(|filter| self.matches_element(filter, element))
            })
            .filter_map(|element| match (element, path.sub.as_deref()) {
                (Value::Object(parts), Some(sub)) => json::get(parts, sub),
                // A complex attribute without sub-attribute stands for its value.
                (Value::Object(parts), None) => json::get(parts, "value").or(Some(element)),
                (_, Some(_)) => None,
                (plain, None) => Some(plain),
            })
            .collect()
    }

    /// The object that holds the attribute: the resource, or one of its extensions.
    fn container<'a>(self, path: &Path, resource: &'a Object) -> Option<&'a Object> {
        match path.schema.as_deref() {
            Some(schema) if !schema.eq_ignore_ascii_case(self.kind.urn()) => json::get(resource, schema)?.as_object(),
            None if json::get(resource, &path.attribute).is_none() && self.kind.is_enterprise(&path.attribute) => {
                json::get(resource, schema::ENTERPRISE_URN)?.as_object()
            }
            Some(_) | None => Some(resource),
        }
    }

    fn is_case_exact(self, path: &Path) -> bool {
        let fault = match self.kind {
            Kind::User => Fault::MatchIsCaseSensitive,
            Kind::Group => Fault::GroupFilterCaseSensitive,
        };
        if self.faults.has(Fault::ExternalIdFolded) && path.is_core("externalId") {
            return false;
        }
        self.faults.has(fault) || schema::is_case_exact(&path.attribute, path.sub.as_deref())
    }
}

fn compare(value: &Value, operator: Operator, literal: &Literal, exact: bool) -> bool {
    match (value, literal) {
        (Value::String(value), Literal::Text(text)) => compare_text(value, operator, text, exact),
        (Value::Number(value), Literal::Number(number)) => value
            .as_f64()
            .and_then(|value| value.partial_cmp(number))
            .is_some_and(|order| orders(operator, order)),
        (Value::Bool(value), Literal::Flag(flag)) => operator == Operator::Eq && value == flag,
        // `primary eq "True"`, and flags that a client stored as text.
        (Value::Bool(value), Literal::Text(text)) => {
            operator == Operator::Eq && text.eq_ignore_ascii_case(&value.to_string())
        }
        (Value::String(value), Literal::Flag(flag)) => {
            operator == Operator::Eq && value.eq_ignore_ascii_case(&flag.to_string())
        }
        (Value::String(value), Literal::Number(number)) => operator == Operator::Eq && value.parse() == Ok(*number),
        _ => false,
    }
}

fn compare_text(value: &str, operator: Operator, text: &str, exact: bool) -> bool {
    if let (Ok(value), Ok(text)) = (value.parse::<Timestamp>(), text.parse::<Timestamp>())
        && !matches!(operator, Operator::Co | Operator::Sw | Operator::Ew)
    {
        return orders(operator, value.cmp(&text));
    }
    if !exact {
        return compare_text(&value.to_lowercase(), operator, &text.to_lowercase(), true);
    }
    match operator {
        Operator::Co => value.contains(text),
        Operator::Sw => value.starts_with(text),
        Operator::Ew => value.ends_with(text),
        Operator::Eq | Operator::Ne | Operator::Gt | Operator::Ge | Operator::Lt | Operator::Le => {
            orders(operator, value.cmp(text))
        }
    }
}

fn orders(operator: Operator, order: std::cmp::Ordering) -> bool {
    match operator {
        Operator::Eq => order.is_eq(),
        Operator::Ne => order.is_ne(),
        Operator::Gt => order.is_gt(),
        Operator::Ge => order.is_ge(),
        Operator::Lt => order.is_lt(),
        Operator::Le => order.is_le(),
        Operator::Co | Operator::Sw | Operator::Ew => false,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    fn ada() -> Object {
        let Value::Object(ada) = json!({
            "id": "aBc",
            "userName": "Ada@Example.com",
            "active": true,
            "name": {"givenName": "Ada"},
            "emails": [
                {"type": "work", "value": "ada@example.com", "primary": true},
                {"type": "home", "value": "ada@home.example"}
            ],
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
                "department": "R&D", "manager": {"value": "m1"}
            },
            "meta": {"lastModified": "2026-11-22T05:40:48.5Z"}
        }) else {
            unreachable!("an object literal")
        };
        ada
    }

    #[rstest]
    #[case(r#"userName eq "ADA@example.COM""#, true)]
    #[case(r#"USERNAME EQ "ada@example.com""#, true)]
    #[case(r#"urn:ietf:params:scim:schemas:core:2.0:User:userName eq "ada@example.com""#, true)]
    #[case(r#"userName ne "ada@example.com""#, false)]
    #[case(r#"userName sw "ada""#, true)]
    #[case(r#"userName ew ".org""#, false)]
    #[case(r#"userName co "EXAMPLE""#, true)]
    #[case(r#"id eq "aBc""#, true)]
    #[case(r#"id eq "abc""#, false)]
    #[case("id eq aBc", true)]
    #[case("active eq true", true)]
    #[case(r#"active eq "True""#, true)]
    #[case("active eq false", false)]
    #[case("active ne false", true)]
    #[case("title pr", false)]
    #[case("not (title pr)", true)]
    #[case("emails pr", true)]
    #[case("title eq null", true)]
    #[case("emails ne null", true)]
    #[case(r#"title ne "x""#, true)]
    #[case(r#"name.givenName eq "ada""#, true)]
    #[case(r#"emails eq "ada@home.example""#, true)]
    #[case(r#"emails.value eq "ada@home.example""#, true)]
    #[case(r#"emails[type eq "work"].value eq "ada@example.com""#, true)]
    #[case(r#"emails[type eq "work"].value eq "ada@home.example""#, false)]
    #[case(r#"emails[type eq "work" and value co "@example.com"]"#, true)]
    #[case(r#"emails[type eq "home" and primary eq true]"#, false)]
    #[case(r#"emails[primary eq "True"].value sw "ada@""#, true)]
    #[case("manager eq m1", true)]
    #[case(
        r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "r&d""#,
        true
    )]
    #[case(r#"urn:other:2.0:User:department eq "r&d""#, false)]
    #[case(r#"meta.lastModified gt "2026-11-22T05:40:48Z""#, true)]
    #[case(r#"meta.lastModified lt "2026-11-22T06:40:48.5+01:00""#, false)]
    #[case(r#"meta.lastModified ge "2026-11-22T06:40:48.5+01:00""#, true)]
    #[case(r#"userName eq "x" or userName sw "ada" and active eq true"#, true)]
    #[case(r#"(userName eq "x" or userName sw "ada") and active eq false"#, false)]
    #[case(r#"noSuch eq "x""#, false)]
    fn matching(#[case] filter: &str, #[case] expected: bool) {
        let evaluator = Evaluator {
            kind: Kind::User,
            faults: Faults::NONE,
        };
        let parsed = Filter::parse(filter, Faults::NONE).expect(filter);
        assert_eq!(evaluator.matches(&parsed, &ada()), expected, "{filter}");
    }
}
