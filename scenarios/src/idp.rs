//! A persona's manner as data: headers, encodings, verbs, PATCH dialect, batching, patience.
//!
//! Read from `idp.toml` in the persona's folder, with the JSON templates beside it. What cannot be said as data is
//! named here as a strategy (an enum) and written as code in the harness.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;

use crate::error::{FileError, Place};
use crate::level::Level;
use crate::template::Template;

/// How one identity provider speaks.
#[derive(Clone, Debug, PartialEq)]
pub struct Idp {
    /// The folder's name: `okta-aiw`.
    pub name: String,
    /// For people: which product, set up how.
    pub title: String,
    /// Whether only the scenarios that name it are told by it; `personas = ["any"]` leaves it out.
    pub opt_in: bool,
    /// The persona whose requests are the same in everything a scenario for any persona does. Such scenarios are told by
    /// this one only when it is asked for by name.
    pub speaks_as: Option<String>,
    /// Headers of every request, in the order sent: name and value.
    pub headers: Vec<(String, String)>,
    /// Headers added when there is a body.
    pub body_headers: Vec<(String, String)>,
    /// How query strings are encoded.
    pub encoding: Encoding,
    /// Tests, probes and imports.
    pub connection: Connection,
    /// What ends the address of a write by id; some identity providers leave a `?` there.
    pub write_ending: String,
    /// How people are handled.
    pub user: UserManner,
    /// How groups are handled; `None` for an identity provider that has none to push.
    pub group: Option<GroupManner>,
    /// What is done about refusals.
    pub retry: RetryManner,
    /// From how many failures on it stops; `None` if nothing is known of that.
    pub quarantine: Option<Quarantine>,
    /// How well each part of this is known.
    pub evidence: Evidence,
    /// Body of `POST /Users`.
    pub user_template: Template,
}

/// How a query string is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    /// Space as `%20`.
    Percent,
    /// Space as `+`, like an HTML form.
    Form,
}

/// Requests that are about nobody in particular. `{guid}` is a new random GUID each time.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Connection {
    /// Sent when the administrator tests or saves the credentials.
    pub test: Vec<String>,
    /// Sent when nothing has changed.
    pub probe: Vec<String>,
    /// How many resources a page of an import asks for; the next page always begins this much later.
    pub import_page: u32,
    /// Whether 404 to a look-up is taken as "nobody found".
    pub not_found_means_no_match: bool,
}

/// How people are handled.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserManner {
    /// The look-up before a create, with `{userName}` and `{externalId}`.
    #[serde(rename = "match")]
    pub find: String,
    /// JSON template of the create.
    pub create: String,
    /// How a profile is updated.
    pub update: UserUpdate,
    /// How somebody is switched off and on.
    pub switch: UserUpdate,
    /// How PATCH bodies are written.
    pub patch: PatchDialect,
    /// Whether `DELETE /Users/{id}` is ever sent.
    pub delete: bool,
    /// Which query, if any, is added when one person is read.
    #[serde(default)]
    pub read_query: String,
    /// Where `externalId` comes from.
    pub external_id: ExternalId,
    /// Whether memberships are sent again after somebody was switched off and on. If not, the bridge must keep them.
    pub replays_memberships: bool,
}

/// How one person is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UserUpdate {
    /// GET, lay the changes over the bridge's own answer, PUT the whole of it back.
    EchoPut,
    /// PUT what the directory knows, in the shape of the create; the bridge's copy is not read.
    TemplatePut,
    /// PATCH with the changes only.
    Patch,
}

/// How PATCH bodies are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PatchDialect {
    /// One operation without path, lower-case `replace`, the changes in its value.
    Pathless,
    /// One operation an attribute, capitalised, `"False"` as a string, removal of members by value array.
    EntraLegacy,
    /// As `aadOptscim062020` asks: lower case, real booleans, path-less grouping with dotted and URN keys.
    EntraCompliant,
    /// One operation an attribute, lower case, real booleans, each with its path; members leave by a path filter.
    Path,
    /// The same, but members leave by value array.
    PathValueArray,
    /// SCIM 1.1: part of a resource, without operations; members carry an `operation`.
    Scim11,
}

/// Where `externalId` comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExternalId {
    /// Twenty characters beginning `00u`.
    OktaId,
    /// The local part of the address, Entra's default (mailNickname).
    MailNickname,
}

/// How groups are handled.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupManner {
    /// The look-up before a create, with `{displayName}`. One that does not ask for the name lists every group, and the
    /// identity provider looks for the name in the list by itself.
    #[serde(rename = "match")]
    pub find: String,
    /// JSON template of the create.
    pub create: String,
    /// The body of `POST /Groups`, without members.
    #[serde(skip)]
    pub template: Template,
    /// Whether the create carries the members; if not they follow in updates.
    pub create_with_members: bool,
    /// How a group is updated.
    pub update: GroupUpdate,
    /// Most members in one PATCH.
    pub members_per_patch: u32,
    /// What a member looks like.
    pub member: MemberShape,
    /// How PATCH bodies are written.
    pub patch: PatchDialect,
    /// Which query, if any, is added when a group is read.
    #[serde(default)]
    pub read_query: String,
}

/// How a group is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GroupUpdate {
    /// GET, then PUT with the full list of members; also once right after a create.
    EchoPut,
    /// PATCH; right after a create a path-less one that repeats the name.
    PatchAfterNamePatch,
    /// GET without members after a create, then PATCH.
    PatchAfterRead,
    /// PATCH, and nothing else after a create.
    Patch,
}

/// What a member looks like in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MemberShape {
    /// `{"value": id, "display": userName}`.
    ValueDisplay,
    /// `{"$ref": null, "value": id}`.
    NullRef,
    /// `{"value": id}`.
    Value,
}

/// What is done about refusals. Waits longer than the harness's patience are shortened, and the report says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetryManner {
    /// How often a job is tried in all when it is throttled.
    pub throttled_attempts: u32,
    /// Seconds waited after a 429 without an integer `Retry-After`.
    pub throttled_wait_seconds: u32,
    /// Whether a job that met a 5xx or no answer is tried again, by itself or by an administrator.
    pub failed_attempts: u32,
}

/// How much may fail until the whole job is stopped. Failures of references (members, managers) count for `all` alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quarantine {
    /// Nothing is decided by `percent` before so many failures.
    pub failures: u64,
    /// More failures among a hundred tries are too many.
    pub percent: u32,
    /// More failures are too many.
    pub objects: u64,
    /// More failures, those of references included, are too many.
    pub all: u64,
}

/// How well each part of a persona is known, in sentences with their source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Evidence {
    /// Seen in captured traffic or a server's log.
    pub captured: Vec<String>,
    /// Said by the vendor's documentation.
    pub documented: Vec<String>,
    /// Concluded; may be wrong.
    pub inferred: Vec<String>,
    /// Where too little is known to bind anybody: nothing found under this persona weighs more than this.
    pub at_most: Level,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawIdp {
    title: String,
    #[serde(default)]
    opt_in: bool,
    speaks_as: Option<String>,
    headers: Vec<Spanned<String>>,
    body_headers: Vec<Spanned<String>>,
    encoding: Encoding,
    connection: Connection,
    #[serde(default)]
    write_ending: String,
    user: UserManner,
    group: Option<GroupManner>,
    retry: RetryManner,
    quarantine: Option<Quarantine>,
    #[serde(default)]
    evidence: Evidence,
}

impl Idp {
    /// Reads `idp.toml`. `beside` gives the text of another file in the same folder.
    ///
    /// # Errors
    /// For anything in the file, or in a template it names, that cannot be meant.
    pub fn parse(name: &str, path: &str, text: &str, beside: &BTreeMap<String, String>) -> Result<Self, FileError> {
        let file = Place::new(path.into(), Arc::from(text), 0..0);
        let raw: RawIdp = toml::from_str(text).map_err(|error| FileError::from_toml(&file, &error))?;
        let template = |name: &str| {
            let body = beside
                .get(name)
                .ok_or_else(|| FileError::at(&file, format!("the template `{name}` is not beside this file")))?;
            let json = serde_json::from_str(body)
                .map_err(|error| FileError::at(&file, format!("the template `{name}` is not JSON: {error}")))?;
            Ok(Template::new(json))
        };
        let group = raw
            .group
            .map(|manner| {
                Ok(GroupManner {
                    template: template(&manner.create)?,
                    ..manner
                })
            })
            .transpose()?;
        Ok(Self {
            name: name.to_owned(),
            title: raw.title,
            opt_in: raw.opt_in,
            speaks_as: raw.speaks_as,
            headers: parse_headers(&raw.headers, &file)?,
            body_headers: parse_headers(&raw.body_headers, &file)?,
            encoding: raw.encoding,
            connection: raw.connection,
            user_template: template(&raw.user.create)?,
            write_ending: raw.write_ending,
            user: raw.user,
            group,
            retry: raw.retry,
            quarantine: raw.quarantine,
            evidence: raw.evidence,
        })
    }
}

fn parse_headers(raw: &[Spanned<String>], file: &Place) -> Result<Vec<(String, String)>, FileError> {
    let one = |line: &Spanned<String>| {
        line.get_ref()
            .split_once(':')
            .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
            .ok_or_else(|| FileError::at(&file.at(line.span()), "a header is written `Name: value`"))
    };
    raw.iter().map(one).collect()
}
