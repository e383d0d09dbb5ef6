//! People and groups as clients see them.

use serde_json::{Value, json};

use super::Bridge;
use crate::core::json::Object;
use crate::core::role::is_urn;
use crate::core::schema::Kind;
use crate::fault::Fault;
use crate::store::{GroupRecord, Person};
use crate::variant::Variant;

/// Where the client reached the bridge: what locations begin with.
#[derive(Debug, Clone)]
pub(crate) struct Place(String);

impl Place {
    /// A base such as `http://127.0.0.1:4000/scim/v2`.
    pub(crate) fn new(base: String) -> Self {
        Self(base)
    }

    /// For resources that are only compared, never shown.
    pub(crate) fn nowhere() -> Self {
        Self(String::new())
    }

    /// The address of a resource.
    pub(crate) fn of(&self, kind: Kind, id: &str) -> String {
        format!("{}/{}/{id}", self.0, kind.endpoint())
    }

    /// The address of something else below the base.
    pub(crate) fn join(&self, path: &str) -> String {
        format!("{}/{path}", self.0)
    }
}

impl Bridge {
    /// A person with `active`, `groups` and `meta`.
    pub(crate) fn render_user(&self, person: &Person, place: &Place) -> Object {
        let mut resource = start(Kind::User, &person.id, &person.attributes);
        resource.insert("active".to_owned(), json!(person.active));
        let groups: Vec<Value> = self
            .store
            .groups_of(&person.id)
            .iter()
            .map(|group| {
                json!({
                    "value": group.id,
                    "$ref": place.of(Kind::Group, &group.id),
                    "display": group.name(),
                    "type": "direct",
                })
            })
            .collect();
        if !groups.is_empty() && !self.is(Variant::GroupsNotOnPeople) {
            resource.insert("groups".to_owned(), Value::Array(groups));
        }
        let known_by = if self.has(Fault::LocationByName) {
            person.user_name()
        } else {
            &person.id
        };
        let meta = self.meta(Kind::User, known_by, [&person.created, &person.modified], place);
        resource.insert("meta".to_owned(), meta);
        resource
    }

    /// A group, with its members unless they are not wanted.
    pub(crate) fn render_group(&self, group: &GroupRecord, with_members: bool, place: &Place) -> Object {
        let mut resource = start(Kind::Group, &group.id, &group.attributes);
        if with_members {
            let members: Vec<Value> = group
                .members
                .iter()
                .filter_map(|id| self.store.person(id))
                .filter(|person| !self.is(Variant::PendingHidden) || person.member_id().is_some())
                .map(|person| {
                    json!({
                        "value": person.id,
                        "$ref": place.of(Kind::User, &person.id),
                        "display": person.display(),
                        "type": "User",
                    })
                })
                .collect();
            if !members.is_empty() || !self.is(Variant::EmptyListsLeftOut) {
                resource.insert("members".to_owned(), Value::Array(members));
            }
        }
        let meta = self.meta(Kind::Group, &group.id, [&group.created, &group.modified], place);
        resource.insert("meta".to_owned(), meta);
        resource
    }

    fn meta(&self, kind: Kind, id: &str, [created, modified]: [&str; 2], place: &Place) -> Value {
        let mut meta = json!({
            "resourceType": kind.name(),
            "created": created,
            "lastModified": modified,
            "location": place.of(kind, id),
        });
        if self.has(Fault::NoLastModified)
            && let Value::Object(meta) = &mut meta
        {
            meta.shift_remove("lastModified");
        }
        if self.is(Variant::Versions) {
            meta["version"] = json!(format!("W/\"{modified}\""));
        }
        meta
    }
}

/// `schemas`, `id` and what the client sent. Extensions are listed whether or not the client did.
fn start(kind: Kind, id: &str, attributes: &Object) -> Object {
    let mut schemas = vec![json!(kind.urn())];
    schemas.extend(attributes.keys().filter(|key| is_urn(key)).map(|key| json!(key)));
    let mut resource = Object::new();
    resource.insert("schemas".to_owned(), Value::Array(schemas));
    resource.insert("id".to_owned(), json!(id));
    resource.extend(attributes.clone());
    resource
}
