//! Who a recording is about: which ids, names and addresses belong to one person or group.
//!
//! Everything is heard once, in order, before anything is written, because an identity provider looks somebody up before
//! it says who that is.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::json_text::{self, Piece};
use super::pseudonym::is_guid;
use super::scim::{Attributes, Kind, comparisons};
use super::seen::Seen;

const PEOPLE: &[&str] = &[
    "ann", "bob", "carol", "dave", "erin", "frank", "grace", "heidi", "ivan", "judy", "kim", "leo", "mia", "noah",
    "olga", "paul", "quinn", "rosa", "sam", "tina", "uma", "vera", "walt", "xena", "yuri", "zoe",
];
const TEAMS: &[&str] = &[
    "eng", "sales", "ops", "legal", "finance", "support", "design", "research",
];

/// A person or a group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Somebody {
    /// What the scenario calls them.
    pub(super) key: String,
    /// Their userNames or displayNames, the first one first, each in the letter case in which it came first.
    pub(super) names: Vec<String>,
    /// The externalId that came first.
    pub(super) external_id: Option<String>,
}

/// All of one kind.
#[derive(Clone, Debug)]
pub(super) struct Book {
    pub(super) all: Vec<Somebody>,
    by_id: HashMap<String, usize>,
    by_name: HashMap<String, usize>,
    by_external_id: HashMap<String, usize>,
    keys: &'static [&'static str],
    key: &'static str,
}

impl Book {
    fn new(keys: &'static [&'static str], key: &'static str) -> Self {
        Self {
            all: Vec::new(),
            by_id: HashMap::new(),
            by_name: HashMap::new(),
            by_external_id: HashMap::new(),
            keys,
            key,
        }
    }

    /// Who has this id.
    pub(super) fn with_id(&self, id: &str) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    /// Whose name this is, in any letter case.
    pub(super) fn named(&self, name: &str) -> Option<usize> {
        self.by_name.get(&name.to_lowercase()).copied()
    }

    /// Whose externalId this is.
    pub(super) fn with_external_id(&self, id: &str) -> Option<usize> {
        self.by_external_id.get(id).copied()
    }

    fn add(&mut self) -> usize {
        let number = self.all.len();
        let key = self
            .keys
            .get(number)
            .map_or_else(|| format!("{}-{}", self.key, number + 1), |key| (*key).to_owned());
        self.all.push(Somebody {
            key,
            ..Somebody::default()
        });
        number
    }

    fn hear_id(&mut self, id: &str) -> usize {
        self.with_id(id).unwrap_or_else(|| {
            let new = self.add();
            self.by_id.insert(id.to_owned(), new);
            new
        })
    }

    fn hear_name(&mut self, name: &str) -> usize {
        self.named(name).unwrap_or_else(|| {
            let new = self.add();
            self.name(new, name);
            new
        })
    }

    /// This id and this name are one.
    fn hear_both(&mut self, id: &str, name: &str) -> usize {
        let known = self.with_id(id).or_else(|| self.named(name));
        let one = known.unwrap_or_else(|| self.add());
        self.by_id.entry(id.to_owned()).or_insert(one);
        self.name(one, name);
        one
    }

    fn name(&mut self, one: usize, name: &str) {
        if name.is_empty() || self.by_name.contains_key(&name.to_lowercase()) {
            return;
        }
        self.by_name.insert(name.to_lowercase(), one);
        self.all[one].names.push(name.to_owned());
    }

    fn external_id(&mut self, one: usize, id: &str) {
        if !id.is_empty() && !self.by_external_id.contains_key(id) && self.all[one].external_id.is_none() {
            self.by_external_id.insert(id.to_owned(), one);
            self.all[one].external_id = Some(id.to_owned());
        }
    }
}

/// Everybody and every group.
#[derive(Clone, Debug)]
pub(super) struct Who {
    pub(super) people: Book,
    pub(super) groups: Book,
    /// Ids that the bridge has shown or worked with: it knows whom they mean.
    real: HashSet<String>,
}

impl Who {
    /// Whom these requests and answers are about.
    pub(super) fn hear(all: &[Seen]) -> Self {
        let mut who = Self {
            people: Book::new(PEOPLE, "person"),
            groups: Book::new(TEAMS, "team"),
            real: HashSet::new(),
        };
        for seen in all {
            who.hear_request(seen);
            who.hear_answer(seen);
        }
        who
    }

    /// Whether the bridge knew this id.
    pub(super) fn is_real(&self, id: &str) -> bool {
        self.real.contains(id)
    }

    /// Whom a request is about, by its path or by the name it creates.
    pub(super) fn subject(&self, seen: &Seen) -> Option<(Kind, usize)> {
        let resource = seen.resource();
        let kind = resource.kind?;
        let book = self.book(kind);
        let one = match resource.id {
            Some(id) => book.with_id(&id),
            None => book.named(&text_at(&seen.body.text().and_then(json)?, name_of(kind))?),
        };
        one.map(|one| (kind, one))
    }

    /// People or groups.
    pub(super) fn book(&self, kind: Kind) -> &Book {
        match kind {
            Kind::User => &self.people,
            Kind::Group => &self.groups,
        }
    }

    fn book_mut(&mut self, kind: Kind) -> &mut Book {
        match kind {
            Kind::User => &mut self.people,
            Kind::Group => &mut self.groups,
        }
    }

    fn hear_request(&mut self, seen: &Seen) {
        let resource = seen.resource();
        let Some(kind) = resource.kind else { return };
        for (_, value) in seen
            .query()
            .iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case("filter"))
        {
            for comparison in value.iter().flat_map(|filter| comparisons(filter)) {
                // A random GUID is a probe, and nobody.
                let is_somebody = comparison.operator == "eq" && !is_guid(&comparison.value);
                if is_somebody && comparison.words == [name_of(kind).to_ascii_lowercase()] {
                    self.book_mut(kind).hear_name(&comparison.value);
                }
            }
        }
        let Some(text) = seen.body.text() else {
            self.hear_path(seen, kind, resource.id.as_deref());
            return;
        };
        let one = match resource.id.as_deref() {
            Some(id) => Some(self.book_mut(kind).hear_id(id)),
            None => json(text)
                .and_then(|body| text_at(&body, name_of(kind)))
                .map(|name| self.book_mut(kind).hear_name(&name)),
        };
        self.hear_path(seen, kind, resource.id.as_deref());
        self.hear_body(seen, kind, one, text);
    }

    fn hear_path(&mut self, seen: &Seen, kind: Kind, id: Option<&str>) {
        if let Some(id) = id {
            self.book_mut(kind).hear_id(id);
            if seen.is_success() {
                self.real.insert(id.to_owned());
            }
        }
    }

    /// Names, externalIds and members that a body speaks of.
    fn hear_body(&mut self, seen: &Seen, kind: Kind, one: Option<usize>, text: &str) {
        let attributes = Attributes::of(&seen.method, text);
        let (mut names, mut external_ids, mut members) = (Vec::new(), Vec::new(), Vec::new());
        json_text::rewrite(text, &mut |way, piece| {
            let (Some(words), Piece::Text(value)) = (attributes.at(way), piece) else {
                return None;
            };
            match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
                [name] if *name == name_of(kind).to_ascii_lowercase() => names.push(value.to_owned()),
                ["externalid"] => external_ids.push(value.to_owned()),
                ["members", "value"] if kind == Kind::Group => members.push(value.to_owned()),
                _ => {}
            }
            None
        });
        if let Some(one) = one {
            for name in &names {
                self.book_mut(kind).name(one, name);
            }
            for id in &external_ids {
                self.book_mut(kind).external_id(one, id);
            }
        }
        for member in members {
            if self.groups.with_id(&member).is_none() {
                self.people.hear_id(&member);
            }
            if seen.is_success() {
                self.real.insert(member);
            }
        }
    }

    fn hear_answer(&mut self, seen: &Seen) {
        let (Some(answer), Some(kind)) = (seen.answer.as_ref().filter(|_| seen.is_success()), seen.resource().kind)
        else {
            return;
        };
        let body = answer.body.text().and_then(json);
        let resources = match body.as_ref().and_then(|body| body.get("Resources")) {
            Some(Value::Array(list)) => list.iter().collect(),
            _ => body.iter().collect::<Vec<_>>(),
        };
        for resource in resources {
            let (id, name) = (text_at(resource, "id"), text_at(resource, name_of(kind)));
            let Some(id) = id else { continue };
            let book = self.book_mut(kind);
            let one = match &name {
                Some(name) => book.hear_both(&id, name),
                None => book.hear_id(&id),
            };
            if let Some(external_id) = text_at(resource, "externalId") {
                book.external_id(one, &external_id);
            }
            self.real.insert(id);
        }
        self.hear_location(seen, kind);
    }

    /// A create whose answer has no body still says where the new one is.
    fn hear_location(&mut self, seen: &Seen, kind: Kind) {
        let location = seen.answer.as_ref().and_then(|answer| answer.location.as_deref());
        let (Some(location), "POST") = (location, seen.method.as_str()) else {
            return;
        };
        let path = location.split('?').next().unwrap_or_default();
        let id = path.rsplit('/').next().map(|id| super::secret::decoded(id, false));
        let name = seen
            .body
            .text()
            .and_then(json)
            .and_then(|body| text_at(&body, name_of(kind)));
        if let (Some(id), Some(name)) = (id.filter(|id| !id.is_empty()), name) {
            self.book_mut(kind).hear_both(&id, &name);
            self.real.insert(id);
        }
    }
}

/// The attribute that names somebody of this kind.
pub(super) fn name_of(kind: Kind) -> &'static str {
    match kind {
        Kind::User => "userName",
        Kind::Group => "displayName",
    }
}

pub(super) fn json(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok()
}

/// A text member, its name in any letter case (RFC 7643 §2.1).
pub(super) fn text_at(resource: &Value, name: &str) -> Option<String> {
    let members = resource.as_object()?;
    let found = members.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
    found.and_then(|(_, value)| value.as_str()).map(str::to_owned)
}
