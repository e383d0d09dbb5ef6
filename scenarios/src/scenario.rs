//! A scenario: one story that an identity provider tells a bridge, read from one file.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;

use crate::error::{FileError, Place};
use crate::expect::Expect;
use crate::fault_plan::{FaultRule, Trouble};
use crate::idp::Idp;
use crate::level::Level;
use crate::names::Names;
use crate::people::{Group, Person, UpstreamStart};
use crate::requirement::{Requirements, parse_claims};
use crate::step::{Action, RawStep, Step};
use crate::template::placeholders;
use crate::world::WorldEvent;

/// One story. Its id is its path without the extension: `activation/reactivate`.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// Path under the scenario folder, without `.toml`.
    pub id: String,
    /// The row of the scenario catalogue this comes from, such as `ACT-05`.
    pub catalogue: Option<String>,
    /// What happens, as a sentence.
    pub title: String,
    /// Whom it hurts when this is wrong, and which correct bridge might look wrong here.
    pub why: String,
    /// Where the requirement stands: RFC section, vendor page, API reference.
    pub spec: Vec<String>,
    /// The requirements it proves, by id (`C-01`): each would make it fail if it were broken.
    pub requirements: Vec<String>,
    /// How binding it is.
    pub level: Level,
    /// The personas it is told by.
    pub personas: Vec<String>,
    /// Whether it is for any persona: `personas` are then all that can tell it.
    pub any: bool,
    /// Whether it needs a bridge that nobody has used yet.
    pub fresh: bool,
    /// Whether it means nothing without an upstream to look at.
    pub needs_upstream: bool,
    /// How upstream is set up for it.
    pub given: Given,
    /// The people it speaks of.
    pub people: BTreeMap<String, Person>,
    /// The groups it speaks of.
    pub groups: BTreeMap<String, Group>,
    /// What happens, in order.
    pub steps: Vec<Step>,
    /// The beginning of the file.
    pub place: Place,
}

/// How upstream behaves for one scenario where OpenAI's own behaviour is not documented.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Given {
    /// What upstream does with an invite for an address that has a pending one.
    pub duplicate_invite: DuplicateInvite,
}

/// What upstream does with an invite for an address that has a pending one. OpenAI does not document it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DuplicateInvite {
    /// Answers 400.
    #[default]
    Refused,
    /// Sends a second one. Only so does a doubled invite show.
    Sent,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawScenario {
    title: String,
    catalogue: Option<String>,
    why: String,
    spec: Vec<String>,
    #[serde(default)]
    requirements: Vec<Spanned<String>>,
    #[serde(default)]
    level: Level,
    personas: Spanned<Vec<Spanned<String>>>,
    #[serde(default)]
    fresh: bool,
    #[serde(default)]
    needs_upstream: bool,
    #[serde(default)]
    given: Given,
    #[serde(default)]
    people: BTreeMap<Spanned<String>, Person>,
    #[serde(default)]
    groups: BTreeMap<Spanned<String>, Group>,
    step: Vec<Spanned<RawStep>>,
}

impl Scenario {
    /// Reads a scenario file.
    ///
    /// `id` is the path under the scenario folder without extension, `path` what a person would type to open it,
    /// `idps` the personas and `requirements` the requirements there are.
    ///
    /// # Errors
    /// For anything in the file that cannot be meant: unknown keys, wrong types, names nobody declared.
    pub fn parse(
        id: &str,
        path: &str,
        text: &str,
        idps: &BTreeMap<String, Idp>,
        requirements: &Requirements,
    ) -> Result<Self, FileError> {
        let file = Place::new(path.into(), Arc::from(text), 0..0);
        let raw: RawScenario = toml::from_str(text).map_err(|error| FileError::from_toml(&file, &error))?;
        let requirements = parse_claims(raw.requirements, requirements, &file)?;

        let people = parse_people(raw.people, &file)?;
        let groups = parse_groups(raw.groups, &people, &file)?;
        let is_person = |name: &str| people.contains_key(name) || is_one_of_a_crowd(name, &people);
        let is_group = |name: &str| groups.contains_key(name);
        let names = Names {
            is_person: &is_person,
            is_group: &is_group,
        };
        if raw.step.is_empty() {
            return Err(FileError::at(&file, "a scenario has at least one [[step]]"));
        }
        let mut steps: Vec<Step> = Vec::with_capacity(raw.step.len());
        let mut kept = BTreeSet::new();
        for step in raw.step {
            let place = file.at(step.span());
            let step = step.into_inner().parse(place, &names)?;
            check_names(&step, &names, &kept)?;
            kept.extend(step.keep.iter().map(|keep| keep.name.clone()));
            steps.push(step);
        }
        let about_groups = !groups.is_empty() || steps.iter().any(Step::asks_about_groups);
        let (any, personas) = parse_personas(&raw.personas, idps, about_groups, &file)?;
        let scenario = Self {
            id: id.to_owned(),
            catalogue: raw.catalogue,
            title: raw.title,
            why: raw.why.trim().to_owned(),
            spec: raw.spec,
            requirements,
            level: raw.level,
            personas,
            any,
            fresh: raw.fresh,
            needs_upstream: raw.needs_upstream,
            given: raw.given,
            people,
            groups,
            steps,
            place: file,
        };
        check_kills(&scenario)?;
        if !scenario.steps.iter().any(Step::expects_something) {
            return Err(FileError::at(
                &scenario.place,
                "no step expects anything: this scenario could never fail",
            ));
        }
        Ok(scenario)
    }
}

impl Scenario {
    /// Whether the bridge is killed in it and started again.
    pub fn kills_the_bridge(&self) -> bool {
        let by_rule = |rule: &FaultRule| rule.trouble == Trouble::Kill;
        self.steps
            .iter()
            .any(|step| step.is_kill() || step.fault_plan.iter().any(by_rule))
    }
}

impl Step {
    /// Whether the bridge is killed in it, by itself.
    pub fn is_kill(&self) -> bool {
        self.action == Action::World(WorldEvent::BridgeKilled)
    }

    /// Whether a request of the step goes to groups; verbs about groups need one in `[groups]`.
    fn asks_about_groups(&self) -> bool {
        matches!(&self.action, Action::Send { request, .. } if request.target.starts_with("/Groups"))
    }

    /// Whether the step can fail by what it says itself; a persona's verb always can, its answer must be usable.
    fn expects_something(&self) -> bool {
        matches!(self.action, Action::Do { .. }) || !self.expect.is_empty() || !self.accept.is_empty()
    }
}

/// Right before a kill nothing can be waited for, so nothing that takes a moment can be expected there.
fn check_kills(scenario: &Scenario) -> Result<(), FileError> {
    let next = scenario.steps.iter().skip(1);
    let pairs = scenario.steps.iter().zip(next);
    let hasty = |step: &&Step| {
        let alternatives = step.accept.iter().map(|alternative| &alternative.expect);
        std::iter::once(&step.expect)
            .chain(alternatives)
            .any(Expect::looks_upstream)
    };
    match pairs
        .filter(|(_, next)| next.is_kill())
        .map(|(step, _)| step)
        .find(hasty)
    {
        Some(step) => Err(FileError::at(
            &step.place,
            "the bridge is killed right after this step: what it does at OpenAI is to be expected in the step of the kill",
        )),
        None => Ok(()),
    }
}

/// Whether it is for any persona, and the names of those that tell it. A persona that pushes no groups cannot tell a
/// story about them: `any` leaves it out, and to name it is a mistake.
fn parse_personas(
    raw: &Spanned<Vec<Spanned<String>>>,
    idps: &BTreeMap<String, Idp>,
    about_groups: bool,
    file: &Place,
) -> Result<(bool, Vec<String>), FileError> {
    let can_tell = |idp: &Idp| idp.group.is_some() || !about_groups;
    if raw.get_ref().is_empty() {
        return Err(FileError::at(
            &file.at(raw.span()),
            "name at least one persona, or \"any\"",
        ));
    }
    if let [one] = raw.get_ref().as_slice()
        && one.get_ref() == "any"
    {
        let tellers = idps.values().filter(|idp| !idp.opt_in && can_tell(idp));
        return Ok((true, tellers.map(|idp| idp.name.clone()).collect()));
    }
    let mut personas = Vec::new();
    for name in raw.get_ref() {
        let place = file.at(name.span());
        match idps.get(name.get_ref()) {
            Some(idp) if can_tell(idp) => personas.push(idp.name.clone()),
            Some(idp) => {
                let message = format!("`{}` pushes no groups, and this scenario is about groups", idp.name);
                return Err(FileError::at(&place, message));
            }
            None => {
                let mut known: Vec<&str> = idps.keys().map(String::as_str).collect();
                known.push("any");
                return Err(FileError::at(
                    &place,
                    crate::error::unknown("persona", name.get_ref(), &known),
                ));
            }
        }
    }
    Ok((false, personas))
}

fn parse_people(raw: BTreeMap<Spanned<String>, Person>, file: &Place) -> Result<BTreeMap<String, Person>, FileError> {
    let one = |(name, person): (Spanned<String>, Person)| {
        let place = file.at(name.span());
        if name.get_ref() == KEPT {
            return Err(FileError::at(
                &place,
                "`kept` stands for what steps keep; nobody can be called so",
            ));
        }
        match person.contradiction() {
            Some(message) => Err(FileError::at(&place, message)),
            None => Ok((name.into_inner(), person)),
        }
    };
    raw.into_iter().map(one).collect()
}

fn parse_groups(
    raw: BTreeMap<Spanned<String>, Group>,
    people: &BTreeMap<String, Person>,
    file: &Place,
) -> Result<BTreeMap<String, Group>, FileError> {
    let is_person = |name: &str| people.contains_key(name) || is_one_of_a_crowd(name, people);
    let is_member = |name: &String| {
        let crowd = name.rsplit_once('-').and_then(|(crowd, _)| people.get(crowd));
        let person = people.get(name).or(crowd);
        person.is_some_and(|person| person.upstream == UpstreamStart::Member)
    };
    let one = |(name, group): (Spanned<String>, Group)| {
        let wrong = |message: String| Err(FileError::at(&file.at(name.span()), message));
        let all = group.members.iter().chain(&group.upstream_members);
        if let Some(stranger) = all.clone().find(|name| !is_person(name)) {
            return wrong(format!(
                "group `{}` has the member `{stranger}`, who is not in [people]",
                name.get_ref()
            ));
        }
        if name.get_ref() == KEPT {
            return wrong("`kept` stands for what steps keep; no group can be called so".to_owned());
        }
        if group.upstream.count() == 0 && !group.upstream_members.is_empty() {
            return wrong("`upstream_members` needs `upstream = \"present\"` or `\"twice\"`".to_owned());
        }
        if let Some(outsider) = group.upstream_members.iter().find(|name| !is_member(name)) {
            return wrong(format!(
                "`{outsider}` cannot be in a group at OpenAI before step 1 without `upstream = \"member\"`"
            ));
        }
        Ok((name.into_inner(), group))
    };
    raw.into_iter().map(one).collect()
}

/// `crowd-3` is somebody when `crowd` stands for three people or more.
fn is_one_of_a_crowd(name: &str, people: &BTreeMap<String, Person>) -> bool {
    let Some((crowd, number)) = name.rsplit_once('-') else {
        return false;
    };
    let count = people.get(crowd).and_then(|person| person.count).unwrap_or(0);
    number.parse::<u32>().is_ok_and(|number| (1..=count).contains(&number))
}

/// Every name and placeholder in a step must mean something, or the file would fail only when it is run.
fn check_names(step: &Step, names: &Names<'_>, kept: &BTreeSet<String>) -> Result<(), FileError> {
    let known = |name: &str| (names.is_person)(name) || (names.is_group)(name);
    for expect in std::iter::once(&step.expect).chain(step.accept.iter().map(|alternative| &alternative.expect)) {
        check_expected_names(expect, &known, kept)?;
    }
    for rule in &step.fault_plan {
        if let Some(about) = rule.about.as_deref().filter(|about| !known(about)) {
            return Err(FileError::at(
                &step.place,
                format!("`about = \"{about}\"` names nobody in [people] or [groups]"),
            ));
        }
    }
    let mut texts: Vec<&str> = Vec::new();
    match &step.action {
        Action::Send { request, with, .. } => {
            for request in std::iter::once(request).chain(with) {
                texts.push(&request.target);
                texts.extend(request.body.as_deref());
                texts.extend(request.headers.iter().map(|(_, value)| value.as_str()));
            }
        }
        Action::Do { set, .. } => texts.extend(set.iter().map(|(_, value)| value.as_str())),
        Action::World(_) => {}
    }
    for (name, _) in texts.into_iter().flat_map(placeholders) {
        check_placeholder(name, &known, kept).map_err(|message| FileError::at(&step.place, message))?;
    }
    Ok(())
}

fn check_expected_names(
    expect: &Expect,
    known: &dyn Fn(&str) -> bool,
    kept: &BTreeSet<String>,
) -> Result<(), FileError> {
    for (name, place) in &expect.lists {
        if !known(name) {
            return Err(FileError::at(place, format!("`{name}` is not in [people]")));
        }
    }
    for upstream in &expect.upstream {
        let members = upstream.state.members.iter().flatten();
        if let Some(stranger) = std::iter::once(&upstream.name).chain(members).find(|name| !known(name)) {
            return Err(FileError::at(
                &upstream.place,
                format!("`{stranger}` is not in [people] or [groups]"),
            ));
        }
    }
    if let Some(listed) = expect.listed.iter().find(|listed| !known(&listed.name)) {
        let message = format!("`{}` is not in [people] or [groups]", listed.name);
        return Err(FileError::at(&listed.place, message));
    }
    for json in expect
        .json
        .iter()
        .chain(expect.listed.iter().flat_map(|listed| &listed.json))
    {
        let written = format!("{:?}", json.matcher);
        for (name, _) in placeholders(&written) {
            check_placeholder(name, known, kept).map_err(|message| FileError::at(&json.place, message))?;
        }
    }
    Ok(())
}

/// Fields of a person and of a group that a placeholder may ask for.
const FIELDS: &[&str] = &[
    "id",
    "userName",
    "email",
    "externalId",
    "givenName",
    "familyName",
    "displayName",
    "userNameUpper",
    "displayNameUpper",
];
/// Placeholders that belong to nobody.
const FREE: &[&str] = &["tag", "guid", "role_urn"];
/// What stands before the dot in `{kept.NAME}`.
const KEPT: &str = "kept";

fn check_placeholder(name: &str, known: &dyn Fn(&str) -> bool, kept: &BTreeSet<String>) -> Result<(), String> {
    match name.split_once('.') {
        None if FREE.contains(&name) => Ok(()),
        None => Err(format!(
            "`{{{name}}}` means nothing; write {{name.field}}, {{kept.name}}, {{tag}}, {{guid}} or {{role_urn}}"
        )),
        Some((KEPT, value)) if kept.contains(value) => Ok(()),
        Some((KEPT, value)) => Err(format!(
            "`{{{name}}}`: no earlier step keeps it; add `keep = {{ {value} = \"/pointer\" }}` to one"
        )),
        Some((who, _)) if !known(who) => Err(format!("`{{{name}}}`: `{who}` is not in [people] or [groups]")),
        Some((_, field)) if FIELDS.contains(&field) => Ok(()),
        Some((_, field)) => Err(crate::error::unknown("field", field, FIELDS)),
    }
}

#[cfg(test)]
mod tests;
