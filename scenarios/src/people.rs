//! Who a scenario is about: invented people and groups, and where they stand before the first step.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::tagged::Tagged;

/// A person a scenario speaks of, or a crowd of them.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Person {
    /// How many people this name stands for. With 3, `crowd` means `crowd-1`, `crowd-2` and `crowd-3`.
    pub count: Option<u32>,
    /// The userName, and the e-mail unless `mail` says otherwise; made from the person's name when absent.
    pub address: Option<Tagged>,
    /// Which e-mail the directory has for this person.
    pub mail: Mail,
    /// The role the identity provider sends, as it is written in its directory. Absent: none is sent.
    pub openai_role: Option<String>,
    /// Where in the SCIM resource the role is sent.
    pub role_at: RoleSpelling,
    /// Further directory attributes by their SCIM name (`title`, `department`, `name.formatted`).
    pub attributes: BTreeMap<String, String>,
    /// Where the person stands upstream before the first step.
    pub upstream: UpstreamStart,
    /// The role upstream before the first step; `reader` when absent.
    pub upstream_role: Option<String>,
}

/// Which e-mail the directory has for a person.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "WrittenMail")]
pub enum Mail {
    /// The same as the userName.
    #[default]
    UserName,
    /// `false`: none; only the userName holds an address.
    None,
    /// Another one.
    Other(Tagged),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum WrittenMail {
    Whether(bool),
    Address(String),
}

impl TryFrom<WrittenMail> for Mail {
    type Error = String;

    fn try_from(written: WrittenMail) -> Result<Self, String> {
        match written {
            WrittenMail::Whether(true) => Ok(Self::UserName),
            WrittenMail::Whether(false) => Ok(Self::None),
            WrittenMail::Address(address) if !address.contains('@') => {
                Err(format!("`{address}` is no e-mail address: it has no `@`"))
            }
            WrittenMail::Address(address) => Tagged::try_from(address).map(Self::Other),
        }
    }
}

impl Person {
    /// What does not go together, in words.
    pub(crate) fn contradiction(&self) -> Option<&'static str> {
        let is_crowd = self.count.is_some();
        if is_crowd && (self.address.is_some() || matches!(self.mail, Mail::Other(_))) {
            return Some("a crowd cannot have one address; leave out `count`, or `address` and `mail`");
        }
        let address = self.address.as_ref().map(Tagged::as_written);
        if address.is_some_and(|address| !address.contains('@')) && !matches!(self.mail, Mail::Other(_)) {
            return Some("without `@` the userName is no address: say which `mail` the person has");
        }
        None
    }
}

/// Where an identity provider puts the `openai_role` attribute; the admin's attribute mapping decides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RoleSpelling {
    /// `"openai_role": "owner"` beside `userName`, where no schema has it.
    TopLevel,
    /// In an object named by the extension's URN, with that URN listed in `schemas`.
    #[default]
    Nested,
    /// In an object named by the extension's URN, which is not listed in `schemas`, as Entra sends it.
    NestedUndeclared,
}

/// Where a person stands upstream before the first step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UpstreamStart {
    /// OpenAI has never heard of this person.
    #[default]
    Unknown,
    /// Joined by hand: a member whom no identity provider has mentioned.
    Member,
    /// Has a pending invite that an owner sent by hand.
    Invited,
}

/// A group a scenario speaks of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Group {
    /// The people in it when it is first pushed; names from `[people]`.
    pub members: Vec<String>,
    /// Its displayName; made from the scenario's name for it when absent.
    pub name: Option<Tagged>,
    /// Whether somebody made a group of this name at OpenAI before the first step.
    pub upstream: GroupStart,
    /// Who is in it there; members of the organization.
    pub upstream_members: Vec<String>,
}

/// How many groups of a name were made at OpenAI by hand before the first step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GroupStart {
    /// None.
    #[default]
    Unknown,
    /// One.
    Present,
    /// Two.
    Twice,
}

impl GroupStart {
    /// The number.
    pub fn count(self) -> usize {
        match self {
            Self::Unknown => 0,
            Self::Present => 1,
            Self::Twice => 2,
        }
    }
}
