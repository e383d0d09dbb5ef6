//! Attribute paths (RFC 7644 §3.10 and the PATH rule of §3.5.2), as they stand in filters, in
//! PATCH operations and, with identity providers that like it, in the keys of PATCH values.

use super::filter::{Filter, Parser};

/// `urn:…:User:emails[type eq "work"].value`, taken apart.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Path {
    /// The schema in front, as written.
    pub(crate) schema: Option<String>,
    /// The attribute. Empty when the path names a whole extension.
    pub(crate) attribute: String,
    /// The filter in brackets.
    pub(crate) filter: Option<Box<Filter>>,
    /// The sub-attribute.
    pub(crate) sub: Option<String>,
}

impl Path {
    /// Reads a whole path.
    ///
    /// # Errors
    /// A sentence that says where it stops making sense.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut parser = Parser::new(text)?;
        let path = parser.path()?;
        parser.end()?;
        Ok(path)
    }

    /// A plain attribute.
    #[cfg(test)]
    pub(crate) fn plain(attribute: &str) -> Self {
        Self {
            schema: None,
            attribute: attribute.to_owned(),
            filter: None,
            sub: None,
        }
    }

    /// Splits `name` (no brackets) into schema, attribute and sub-attribute.
    pub(crate) fn from_name(name: &str) -> Result<Self, String> {
        let (schema, rest) = match name.rsplit_once(':') {
            None => (None, name),
            Some(_) if !super::role::is_urn(name) => {
                return Err(format!("{name:?} is not an attribute name"));
            }
            // A path may end with the schema itself: the extension as a whole.
            Some((_, "User" | "Group")) => (Some(name), ""),
            Some((schema, last)) => (Some(schema), last),
        };
        let (attribute, sub) = match rest.split_once('.') {
            None => (rest, None),
            Some((attribute, sub)) => (attribute, Some(sub)),
        };
        let complete = schema.is_some() && rest.is_empty() || is_name(attribute);
        if !complete || sub.is_some_and(|sub| !is_name(sub)) {
            return Err(format!("{name:?} is not an attribute name"));
        }
        Ok(Self {
            schema: schema.map(str::to_owned),
            attribute: attribute.to_owned(),
            filter: None,
            sub: sub.map(str::to_owned),
        })
    }

    /// Whether the attribute is `name` of a core schema.
    pub(crate) fn is_core(&self, name: &str) -> bool {
        self.attribute.eq_ignore_ascii_case(name)
            && self
                .schema
                .as_deref()
                .is_none_or(|schema| schema.to_ascii_lowercase().contains(":core:"))
    }

    /// Whether it names the core attribute `name` as a whole.
    pub(crate) fn is_all_of(&self, name: &str) -> bool {
        self.is_core(name) && self.filter.is_none() && self.sub.is_none()
    }
}

/// ATTRNAME of RFC 7644 §3.4.2.2, with the `$` of `$ref`.
pub(crate) fn is_name(text: &str) -> bool {
    let text = text.strip_prefix('$').unwrap_or(text);
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("active", None, "active", None)]
    #[case("name.givenName", None, "name", Some("givenName"))]
    #[case("members.$ref", None, "members", Some("$ref"))]
    #[case("urn:a:b:2.0:User:userName", Some("urn:a:b:2.0:User"), "userName", None)]
    #[case("urn:a:2.0:User:manager.value", Some("urn:a:2.0:User"), "manager", Some("value"))]
    #[case("urn:a:2.0:User", Some("urn:a:2.0:User"), "", None)]
    fn names(#[case] text: &str, #[case] schema: Option<&str>, #[case] attribute: &str, #[case] sub: Option<&str>) {
        let path = Path::parse(text).expect("a path");
        assert_eq!(path.schema.as_deref(), schema);
        assert_eq!(path.attribute, attribute);
        assert_eq!(path.sub.as_deref(), sub);
        assert_eq!(path.filter, None);
    }

    #[rstest]
    #[case("")]
    #[case("a.b.c")]
    #[case("a:b")]
    #[case("emails[type eq \"work\"")]
    #[case("emails[type eq \"work\"]value")]
    #[case("emails[]")]
    #[case("emails[type]")]
    #[case("emails[type eq \"work\"].")]
    #[case("1name")]
    #[case("userName eq \"a\"")]
    fn nonsense(#[case] text: &str) {
        assert!(Path::parse(text).is_err(), "{text} was accepted");
    }

    #[test]
    fn brackets_and_sub_attribute() {
        let path = Path::parse(r#"emails[type eq "work" and primary eq true].value"#).unwrap();
        assert_eq!(path.attribute, "emails");
        assert!(path.filter.is_some());
        assert_eq!(path.sub.as_deref(), Some("value"));
    }
}
