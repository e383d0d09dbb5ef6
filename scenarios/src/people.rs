//! Who a scenario is about: invented people and groups, and where they stand before the first step.

use std::collections::BTreeMap;

use serde::Deserialize;

/// A person a scenario speaks of, or a crowd of them.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Person {
    /// How many people this name stands for. With 3, `crowd` means `crowd-1`, `crowd-2` and `crowd-3`.
    pub count: Option<u32>,
    /// `false`: the directory has no e-mail for this person; only the userName holds an address.
    pub mail: Option<bool>,
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

/// Where an identity provider puts the `openai_role` attribute; the admin's attribute mapping decides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RoleSpelling {
    /// `"openai_role": "owner"` beside `userName`.
    #[default]
    TopLevel,
    /// In an object named by the extension's URN, with that URN listed in `schemas`.
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
}
