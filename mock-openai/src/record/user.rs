//! Members, in as little memory as they need: there may be a million of them, and a page of them is read from
//! memory that nobody has looked at for long.

use std::borrow::Cow;

use serde::{Deserialize, Serialize, Serializer};

use super::text::Text;
use super::{OrgRole, fold};
use crate::store::Row;
use crate::timestamp::Timestamp;

/// A member of the organization.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "Fields<String>")]
pub struct User {
    /// Id, address and name, one behind the other.
    texts: Text,
    id_end: u32,
    email_end: u32,
    has_name: bool,
    /// The role.
    pub role: OrgRole,
    /// Whether this is the shadow of a service account, which has no address, see
    /// [`service_accounts_in_users`](crate::Settings::service_accounts_in_users).
    pub is_service_account: bool,
    /// When they became a member.
    pub added_at: Timestamp,
    /// What hardly anybody has.
    rest: Option<Box<Rest>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Rest {
    technical_level: Option<String>,
    developer_persona: Option<String>,
}

impl User {
    pub(crate) fn new(id: &str, email: &str, name: Option<&str>, role: OrgRole, added_at: Timestamp) -> Self {
        let end = |length| u32::try_from(length).unwrap_or(u32::MAX);
        Self {
            texts: Text::joined(&[id, email, name.unwrap_or_default()]),
            id_end: end(id.len()),
            email_end: end(id.len() + email.len()),
            has_name: name.is_some(),
            role,
            is_service_account: false,
            added_at,
            rest: None,
        }
    }

    /// `user-…`
    pub fn id(&self) -> &str {
        self.between(0, self.id_end)
    }

    /// The address, as it is shown.
    pub fn email(&self) -> &str {
        self.between(self.id_end, self.email_end)
    }

    /// The full name, if it is known.
    pub fn name(&self) -> Option<&str> {
        self.has_name.then(|| self.between(self.email_end, u32::MAX))
    }

    /// Free text that modify-user sets.
    pub fn technical_level(&self) -> Option<&str> {
        self.rest.as_ref()?.technical_level.as_deref()
    }

    /// Free text that modify-user sets.
    pub fn developer_persona(&self) -> Option<&str> {
        self.rest.as_ref()?.developer_persona.as_deref()
    }

    /// The address on the wire; service accounts have none.
    pub fn address(&self) -> Option<&str> {
        (!self.is_service_account).then(|| self.email())
    }

    pub(crate) fn set_name(&mut self, name: &str) {
        let renamed = Self::new(self.id(), self.email(), Some(name), self.role, self.added_at);
        (self.texts, self.has_name) = (renamed.texts, true);
    }

    pub(crate) fn set_technical_level(&mut self, text: String) {
        self.rest.get_or_insert_default().technical_level = Some(text);
    }

    pub(crate) fn set_developer_persona(&mut self, text: String) {
        self.rest.get_or_insert_default().developer_persona = Some(text);
    }

    fn between(&self, start: u32, end: u32) -> &str {
        let texts = self.texts.as_str();
        let place = |place| usize::try_from(place).unwrap_or(usize::MAX).min(texts.len());
        &texts[place(start)..place(end)]
    }
}

impl Row for User {
    fn id(&self) -> &str {
        self.id()
    }

    fn key(&self) -> Option<Cow<'_, str>> {
        self.address().map(fold)
    }
}

/// A user as data.
#[derive(Serialize, Deserialize)]
#[serde(rename = "User", deny_unknown_fields)]
struct Fields<T> {
    id: T,
    email: T,
    #[serde(default)]
    name: Option<T>,
    role: OrgRole,
    #[serde(rename = "added_at_ms")]
    added_at: Timestamp,
    #[serde(default)]
    technical_level: Option<T>,
    #[serde(default)]
    developer_persona: Option<T>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_service_account: bool,
}

impl From<Fields<String>> for User {
    fn from(fields: Fields<String>) -> Self {
        let Fields { id, email, name, .. } = &fields;
        let mut user = Self::new(id, email, name.as_deref(), fields.role, fields.added_at);
        user.is_service_account = fields.is_service_account;
        if let Some(text) = fields.technical_level {
            user.set_technical_level(text);
        }
        if let Some(text) = fields.developer_persona {
            user.set_developer_persona(text);
        }
        user
    }
}

impl Serialize for User {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let fields = Fields {
            id: self.id(),
            email: self.email(),
            name: self.name(),
            role: self.role,
            added_at: self.added_at,
            technical_level: self.technical_level(),
            developer_persona: self.developer_persona(),
            is_service_account: self.is_service_account,
        };
        fields.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back_as_they_went_in() {
        let now = Timestamp::from_millis(1);
        let mut user = User::new("user-1", "ann@x.org", None, OrgRole::Reader, now);
        assert_eq!((user.id(), user.email(), user.name()), ("user-1", "ann@x.org", None));
        user.set_name("Änn");
        user.set_technical_level("high".to_owned());
        assert_eq!(
            (user.id(), user.email(), user.name()),
            ("user-1", "ann@x.org", Some("Änn"))
        );
        assert_eq!((user.technical_level(), user.developer_persona()), (Some("high"), None));
        let long = "x".repeat(100);
        let user = User::new("user-1", &long, Some("Ann"), OrgRole::Reader, now);
        assert_eq!((user.id(), user.email(), user.name()), ("user-1", &*long, Some("Ann")));
        let empty = User::new("", "", Some(""), OrgRole::Owner, now);
        assert_eq!((empty.id(), empty.email(), empty.name()), ("", "", Some("")));
    }

    #[test]
    fn data_comes_back_as_it_went_out() {
        let json = r#"{"id":"u","email":"e","name":"n","role":"owner","added_at_ms":7,"technical_level":"t","developer_persona":null,"is_service_account":true}"#;
        let user: User = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&user).unwrap(), json);
    }

    #[test]
    fn a_million_of_them_fit_into_memory() {
        assert!(size_of::<Option<User>>() <= 120);
    }
}
