//! What variants keep of a draft, and what they refuse in it.

use serde_json::Value;

use super::Bridge;
use crate::core::address;
use crate::core::error::{ScimError, ScimType};
use crate::core::json::{self, Object};
use crate::core::role;
use crate::core::schema::{ENTERPRISE_URN, Kind, OPENAI_URN};
use crate::store::{GroupRecord, Person};
use crate::variant::Variant;

impl Bridge {
    /// The attributes of a person as this bridge keeps them.
    ///
    /// # Errors
    /// 400 `invalidValue` for a role that is not written exactly.
    pub(super) fn shape_person(&self, attributes: &mut Object) -> Result<(), ScimError> {
        if self.is(Variant::StrictRoles) {
            check_role(attributes)?;
        }
        if self.is(Variant::UserNameFolded)
            && let Some(name) = json::get_str(attributes, "userName").map(address::normalise)
        {
            json::set(attributes, "userName", name.into());
        }
        if self.is(Variant::ExternalIdNotKept) {
            json::remove(attributes, "externalId");
        }
        if self.is(Variant::UnknownDropped) {
            attributes.retain(|name, _| is_known(Kind::User, name));
        }
        Ok(())
    }

    /// The attributes of a group as this bridge keeps them.
    pub(super) fn shape_group(&self, attributes: &mut Object) {
        if self.is(Variant::UnknownDropped) {
            attributes.retain(|name, _| is_known(Kind::Group, name));
        }
    }

    /// Whether a member may be renamed.
    ///
    /// # Errors
    /// 400 `mutability` where OpenAI's address is the person's for good.
    pub(super) fn check_rename(&self, before: &Person, next: &Person) -> Result<(), ScimError> {
        let same =
            address::same(before.user_name(), next.user_name()) && address::same(before.address(), next.address());
        if same || before.member_id().is_none() || !self.is(Variant::MemberRenameRefused) {
            return Ok(());
        }
        Err(ScimError::bad(
            ScimType::Mutability,
            "OpenAI cannot change the address of a member; the user name and the e-mail have to stay",
        ))
    }

    /// Whether nobody is held for a group.
    pub(super) fn refuses_pending(&self) -> bool {
        self.is(Variant::PendingRefused400) || self.is(Variant::PendingRefused409)
    }

    /// Whether people who have not accepted may be put into a group.
    ///
    /// # Errors
    /// 400 or 409, naming them, where they may not.
    pub(super) fn check_pending(&self, before: &GroupRecord, members: &[String]) -> Result<(), ScimError> {
        if !self.refuses_pending() {
            return Ok(());
        }
        let pending: Vec<String> = members
            .iter()
            .filter(|id| !before.members.contains(id))
            .filter_map(|id| self.store.person(id))
            .filter(|person| person.is_pending())
            .map(|person| person.user_name().to_owned())
            .collect();
        if pending.is_empty() {
            return Ok(());
        }
        let detail = format!("not accepted yet: {}; nothing was changed", pending.join(", "));
        Err(if self.is(Variant::PendingRefused409) {
            ScimError::new(409, detail)
        } else {
            ScimError::value(detail)
        })
    }
}

/// Whether the schemas of this bridge have the attribute.
fn is_known(kind: Kind, name: &str) -> bool {
    let is = |known: &str| name.eq_ignore_ascii_case(known);
    kind.attribute(name).is_some()
        || [role::ATTRIBUTE, "externalId", ENTERPRISE_URN, OPENAI_URN]
            .into_iter()
            .any(is)
}

fn check_role(attributes: &Object) -> Result<(), ScimError> {
    let extensions = attributes.iter().filter(|(key, _)| role::is_urn(key));
    let nested = extensions.filter_map(|(_, value)| json::get(value.as_object()?, role::ATTRIBUTE));
    for value in json::get(attributes, role::ATTRIBUTE).into_iter().chain(nested) {
        if !matches!(value, Value::String(word) if matches!(word.as_str(), "owner" | "reader")) {
            let name = role::ATTRIBUTE;
            return Err(ScimError::value(format!(
                "{name} is {value}; allowed values: owner, reader"
            )));
        }
    }
    Ok(())
}
