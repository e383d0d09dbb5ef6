//! Names for what is another in every run: ids, tags, times, addresses of this machine.
//!
//! Whose an id is, is known from answers and from upstream's journal, so most names do not depend on what came first.
//! What belongs to nobody is marked with its kind, compared without the rest, and numbered at the very end.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use mock_openai::Effect;
use regex::{Captures, Regex};
use serde_json::Value;

use super::noise::REDACTED;
use super::{Noise, Told};
use crate::cast::Cast;

/// Before the kind of something that has no owner, between kind and text, and after it. No text of others has them.
const MARKS: [char; 3] = ['\u{E000}', '\u{E001}', '\u{E002}'];
/// Ids shorter than this are replaced only where an id stands: `1` is in every text.
const WORD_MIN: usize = 6;
/// From so many letters and digits on, mixed, a word is taken for something that was made up.
const OPAQUE_MIN: usize = 20;

/// What has another name in the transcript.
pub(super) struct Names {
    tag: String,
    base: String,
    /// Ids that are one word.
    words: HashMap<String, String>,
    /// Ids too short, or too odd, to be found in running text.
    exact: HashMap<String, String>,
    crowds: Option<Regex>,
    anybody: Option<Regex>,
    patterns: Vec<Regex>,
}

impl Names {
    pub(super) fn new(cast: &Cast, scim_url: &str, told: &[Told], noise: &Noise) -> Self {
        let mut names = Self {
            tag: cast.tag.clone(),
            base: scim_url.to_owned(),
            words: HashMap::new(),
            exact: HashMap::new(),
            crowds: crowds(cast),
            anybody: anybody(cast),
            patterns: noise.patterns().cloned().collect(),
        };
        names.learn_cast(cast);
        let mut owners = Owners::new(cast);
        for exchange in told.iter().flat_map(|told| &told.record.exchanges) {
            if let Some(answer) = exchange.json() {
                names.learn_resource(&answer, &mut owners);
            }
        }
        for entry in told.iter().flat_map(|told| &told.record.entries) {
            for effect in &entry.effects {
                names.learn_effect(effect, &mut owners);
            }
        }
        names
    }

    /// A text in which everything that changes has a name.
    pub(super) fn text(&self, text: &str) -> String {
        let mut text = text.replace(MARKS, "\u{fffd}");
        for pattern in &self.patterns {
            text = pattern.replace_all(&text, REDACTED).into_owned();
        }
        let text = text.replace(&self.base, "{scim}").replace(&self.tag, "{tag}");
        let text = text.replace(&self.tag.to_uppercase(), "{TAG}");
        let text = match &self.crowds {
            Some(crowds) => crowds.replace_all(&text, "$1-#"),
            None => Cow::Borrowed(text.as_str()),
        };
        CHANGING
            .replace_all(&text, |found: &Captures<'_>| self.named(found))
            .into_owned()
    }

    /// A text that says of nobody who it is.
    pub(super) fn anybody(&self, text: &str) -> String {
        match &self.anybody {
            Some(anybody) => anybody.replace_all(text, "someone").into_owned(),
            None => text.to_owned(),
        }
    }

    /// A request target: decoded, since how it is encoded is the identity provider's affair.
    pub(super) fn target(&self, target: &str) -> String {
        let decoded = |text: &str| {
            let text = percent_encoding::percent_decode_str(text).decode_utf8_lossy();
            text.replace('\n', "\\n")
        };
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let segments = path.split('/').map(decoded);
        let segments = segments.map(|segment| self.id(&segment).unwrap_or_else(|| self.text(&segment)));
        let path = segments.collect::<Vec<_>>().join("/");
        if query.is_empty() {
            return path;
        }
        let parts = query.split('&').map(|part| {
            let part = decoded(&part.replace('+', " "));
            match part.split_once('=') {
                Some((key @ ("cursor" | "after" | "before" | "page"), value)) => {
                    let named = self.text(value);
                    let named = if named == value { "{cursor}" } else { &named };
                    format!("{key}={named}")
                }
                Some(_) | None => self.text(&part),
            }
        });
        format!("{path}?{}", parts.collect::<Vec<_>>().join("&"))
    }

    /// The name of a text that is an id and nothing else.
    pub(super) fn id(&self, text: &str) -> Option<String> {
        let name = self.exact.get(text).or_else(|| self.words.get(text))?;
        Some(self.crowd_name(name))
    }

    fn crowd_name(&self, name: &str) -> String {
        match &self.crowds {
            Some(crowds) => crowds.replace_all(name, "$1-#").into_owned(),
            None => name.to_owned(),
        }
    }

    fn named(&self, found: &Captures<'_>) -> String {
        if found.name("time").is_some() {
            return "{time}".to_owned();
        }
        if let Some(unit) = found.name("unit") {
            return format!("{{wait}}{}", unit.as_str());
        }
        if found.name("host").is_some() {
            return "{host}".to_owned();
        }
        self.word(found.get(0).map_or("", |word| word.as_str()))
    }

    fn word(&self, word: &str) -> String {
        if let Some(name) = self.words.get(word) {
            return self.crowd_name(name);
        }
        if GUID.is_match(word) {
            return GUID
                .replace_all(word, |found: &Captures<'_>| marked("guid", &found[0]))
                .into_owned();
        }
        if let Some(found) = UPSTREAM.captures(word) {
            return marked(&found[1], word);
        }
        let letters = word.bytes().filter(u8::is_ascii_alphabetic).count();
        let digits = word.bytes().filter(u8::is_ascii_digit).count();
        if word.len() >= OPAQUE_MIN && letters > 2 && digits > 2 {
            return marked("opaque", word);
        }
        word.to_owned()
    }

    fn learn_cast(&mut self, cast: &Cast) {
        for actor in cast.actors() {
            if let Some(id) = &actor.id {
                self.learn(id, format!("{{{}.id}}", actor.name));
            }
            if let Some(external) = actor.get("externalId").filter(|id| !id.contains(&cast.tag)) {
                self.learn(external, format!("{{{}.externalId}}", actor.name));
            }
        }
        for team in cast.teams() {
            if let Some(id) = &team.id {
                self.learn(id, format!("{{{}.id}}", team.name));
            }
            self.learn(&team.external_id, format!("{{{}.externalId}}", team.name));
        }
    }

    /// Ids of resources, alone or in a list.
    fn learn_resource(&mut self, answer: &Value, owners: &mut Owners) {
        let text = |key: &str| answer.get(key).and_then(Value::as_str);
        if let Some(id) = text("id")
            && let Some(name) = text("userName").or_else(|| text("displayName"))
            && !self.knows(id)
            && let Some(label) = owners.label(name, "id")
        {
            self.learn(id, label);
        }
        for resource in answer.get("Resources").and_then(Value::as_array).into_iter().flatten() {
            if resource.get("Resources").is_none() {
                self.learn_resource(resource, owners);
            }
        }
    }

    fn learn_effect(&mut self, effect: &Effect, owners: &mut Owners) {
        let (id, name, kind) = match effect {
            Effect::InviteCreated { invite_id, email, .. }
            | Effect::InviteDeleted { invite_id, email, .. }
            | Effect::InviteExpired { invite_id, email, .. }
            | Effect::InviteDeclined { invite_id, email, .. }
            | Effect::InviteAccepted { invite_id, email, .. } => (invite_id, email, "invite"),
            Effect::UserAdded { user_id, email, .. }
            | Effect::UserRoleChanged { user_id, email, .. }
            | Effect::UserRemoved { user_id, email, .. }
            | Effect::MemberAdded { user_id, email, .. }
            | Effect::MemberRemoved { user_id, email, .. } => (user_id, email, "user"),
            Effect::GroupCreated { group_id, name } | Effect::GroupDeleted { group_id, name } => {
                (group_id, name, "group")
            }
            Effect::GroupRenamed { group_id, to, .. } => (group_id, to, "group"),
            // What belongs to nobody in the story is named by its shape.
            Effect::RoleCreated { .. }
            | Effect::RoleUpdated { .. }
            | Effect::RoleDeleted { .. }
            | Effect::RoleAssigned { .. }
            | Effect::RoleUnassigned { .. }
            | Effect::ProjectCreated { .. }
            | Effect::ProjectUpdated { .. }
            | Effect::ProjectArchived { .. }
            | Effect::ProjectUserAdded { .. }
            | Effect::ProjectUserRoleChanged { .. }
            | Effect::ProjectUserRemoved { .. }
            | Effect::ProjectGroupAdded { .. }
            | Effect::ProjectGroupRemoved { .. }
            | Effect::ServiceAccountCreated { .. }
            | Effect::ServiceAccountUpdated { .. }
            | Effect::ServiceAccountDeleted { .. }
            | Effect::ServiceAccountKeyCreated { .. }
            | Effect::AdminKeyCreated { .. }
            | Effect::AdminKeyDeleted { .. } => return,
        };
        if !self.knows(id)
            && let Some(label) = owners.label(name, kind)
        {
            self.learn(id, label);
        }
    }

    fn knows(&self, id: &str) -> bool {
        self.words.contains_key(id) || self.exact.contains_key(id)
    }

    fn learn(&mut self, id: &str, label: String) {
        let is_word = id.len() >= WORD_MIN && WORD.is_match(id);
        let known = if is_word { &mut self.words } else { &mut self.exact };
        known.entry(id.to_owned()).or_insert(label);
    }
}

/// Whose something is, by the addresses and names that people and groups have or had.
struct Owners {
    tag: String,
    /// Names of people and groups, longest first, since one may begin another.
    names: Vec<String>,
    known: HashMap<String, String>,
    given: BTreeSet<String>,
}

impl Owners {
    fn new(cast: &Cast) -> Self {
        let mut known = HashMap::new();
        for actor in cast.actors() {
            for address in actor.addresses().chain([actor.user_name()]) {
                known.insert(address.to_lowercase(), actor.name.clone());
            }
        }
        for team in cast.teams() {
            known.insert(team.display_name.to_lowercase(), team.name.clone());
        }
        let people = cast.actors().map(|actor| actor.name.clone());
        let mut names: Vec<String> = people.chain(cast.teams().map(|team| team.name.clone())).collect();
        names.sort_by_key(|name| std::cmp::Reverse(name.len()));
        Self {
            tag: cast.tag.clone(),
            names,
            known,
            given: BTreeSet::new(),
        }
    }

    /// A label for something of whoever has this address or name: `{alice.invite}`, then `{alice.invite-2}`.
    fn label(&mut self, name: &str, kind: &str) -> Option<String> {
        let name = name.to_lowercase();
        let begins = |known: &&String| name.contains(&self.tag) && name.starts_with(&known.to_lowercase());
        let owner = self.known.get(&name).or_else(|| self.names.iter().find(begins))?;
        let numbered = |number: usize| match number {
            1 => format!("{{{owner}.{kind}}}"),
            number => format!("{{{owner}.{kind}-{number}}}"),
        };
        let label = (1..=99).map(numbered).find(|label| !self.given.contains(label))?;
        self.given.insert(label.clone());
        Some(label)
    }
}

/// The same without what tells two things of one kind apart.
pub(super) fn shape(text: &str) -> String {
    MARKED.replace_all(text, "{$1}").into_owned()
}

/// The same with a number for each thing that has no owner, in the order in which they stand.
pub(super) fn numbered(text: &str) -> String {
    let mut seen: HashMap<(String, String), usize> = HashMap::new();
    let mut counts: HashMap<String, usize> = HashMap::new();
    let number = |found: &Captures<'_>| {
        let (kind, text) = (found[1].to_owned(), found[2].to_owned());
        let number = *seen.entry((kind.clone(), text)).or_insert_with(|| {
            let count = counts.entry(kind.clone()).or_default();
            *count += 1;
            *count
        });
        format!("{{{kind}-{number}}}")
    };
    MARKED.replace_all(text, number).into_owned()
}

fn marked(kind: &str, text: &str) -> String {
    let [open, between, close] = MARKS;
    format!("{open}{kind}{between}{text}{close}")
}

/// The people of a crowd are as good as one another.
fn crowds(cast: &Cast) -> Option<Regex> {
    let crowd = |name: &str| {
        let (crowd, number) = name.rsplit_once('-')?;
        number.parse::<u32>().ok()?;
        Some(regex::escape(crowd))
    };
    let crowds: BTreeSet<String> = cast.actors().filter_map(|actor| crowd(&actor.name)).collect();
    if crowds.is_empty() {
        return None;
    }
    let any = crowds.into_iter().collect::<Vec<_>>().join("|");
    Regex::new(&format!(r"(?i)\b({any})-\d+\b")).ok()
}

/// The names of everybody and of every group.
fn anybody(cast: &Cast) -> Option<Regex> {
    let people = cast.actors().map(|actor| actor.name.as_str());
    let names: BTreeSet<String> = people
        .chain(cast.teams().map(|team| team.name.as_str()))
        .map(regex::escape)
        .collect();
    let any = names.into_iter().rev().collect::<Vec<_>>().join("|");
    Regex::new(&format!(r"(?i)\b({any})\b"))
        .ok()
        .filter(|_| !any.is_empty())
}

/// Of patterns that are written here, so that they are right.
#[expect(clippy::expect_used, reason = "a test compiles each of them")]
fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a pattern of ours")
}

/// Moments, waits, this machine, and words, of which some are ids.
static CHANGING: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?<time>\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:[Zz]|[+-]\d\d:?\d\d)?",
        r"|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT",
        r"|\b(?:1[6-9]|2[0-3])\d{8}(?:\d{3})?\b)",
        r"|\b\d+(?:\.\d+)?(?<unit> ?(?:ms|s|sec|seconds?|milliseconds?|minutes?)\b)",
        r"|(?<host>(?:127\.0\.0\.1|localhost|\[::1\]):\d+)",
        r"|[A-Za-z0-9_-]+",
    ))
});
static WORD: LazyLock<Regex> = LazyLock::new(|| pattern("^[A-Za-z0-9_-]+$"));
static GUID: LazyLock<Regex> =
    LazyLock::new(|| pattern("[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}"));
static UPSTREAM: LazyLock<Regex> =
    LazyLock::new(|| pattern("^(user|invite|group|role|proj|org|req|key|sa|svc_acct)[-_][0-9A-Za-z]{16,}$"));
static MARKED: LazyLock<Regex> = LazyLock::new(|| pattern("\u{E000}([^\u{E001}]*)\u{E001}([^\u{E002}]*)\u{E002}"));
