//! One scenario file of a recording: who must be there before it begins, and a step for every request.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt::Write as _;

use proofload_scenarios::{Idp, Level, placeholders};

use super::expected::{Moment, expected};
use super::manner::other_headers;
use super::pseudonym::declared_name;
use super::rewrite::Written;
use super::scim::{Kind, comparisons};
use super::seen::Seen;
use super::who::{Who, json, name_of, text_at};

/// A request that can be told.
pub(super) struct Scene<'r> {
    /// Its number in the recording, from 1.
    pub(super) number: usize,
    pub(super) seen: &'r Seen,
    pub(super) written: Written,
}

/// What all files of a recording share.
pub(super) struct Frame<'r> {
    pub(super) who: &'r Who,
    pub(super) idp: &'r Idp,
    /// The day on which the recording began.
    pub(super) day: &'r str,
}

type Subject = (Kind, usize);

impl Frame<'_> {
    /// The text of the file; `None` when nothing in it can be expected.
    pub(super) fn tell(&self, scenes: &[Scene<'_>]) -> Option<String> {
        let before = self.there_before(scenes);
        let moments = self.moments(scenes, &before);
        let mut steps = String::new();
        let mut expects = !before.is_empty();
        for (scene, moment) in scenes.iter().zip(moments) {
            expects |= self.step(&mut steps, scene, moment);
        }
        let mut text = self.head(scenes.len());
        self.cast(&mut text, scenes, &before);
        for (kind, verb) in [(Kind::User, "assign"), (Kind::Group, "push")] {
            self.bring(&mut text, kind, verb, &before);
        }
        text.push_str(&steps);
        expects.then_some(text)
    }

    fn head(&self, requests: usize) -> String {
        let (persona, day) = (quoted(&self.idp.name), self.day);
        let title = quoted(&format!(
            "Recorded on {day}: {} of {}",
            super::requests(requests),
            self.idp.title
        ));
        let spec = quoted(&format!("recorded on {day}"));
        format!(
            "title = {title}\n\
             personas = [{persona}]\n\
             level = \"hazard\"\n\
             spec = [{spec}]\n\
             why = '''\n\
             Written by proofload from recorded traffic. Bodies are as they were, byte by byte, except that ids are those which the\n\
             bridge gives now, and that names, addresses and numbers of people are invented.\n\
             What was accepted when it was recorded is expected to be accepted: as a must where no correct bridge may refuse it, else as\n\
             a hazard. What was refused then may be accepted now. After 429, 5xx or no answer nothing is expected. The invariants\n\
             hold in any case, so what was wrong with the recorded bridge is not right here because it was recorded.\n\
             '''\n"
        )
    }

    /// `[people]` and `[groups]`.
    fn cast(&self, text: &mut String, scenes: &[Scene<'_>], before: &[Subject]) {
        let mut used: BTreeSet<&str> = before.iter().map(|(kind, one)| self.key(*kind, *one)).collect();
        for scene in scenes {
            let texts = std::iter::once(&scene.written.target).chain(&scene.written.body);
            for (name, _) in texts.flat_map(|text| placeholders(text)) {
                used.extend(name.split_once('.').map(|(key, _)| key));
            }
        }
        for (kind, table) in [(Kind::User, "people"), (Kind::Group, "groups")] {
            let all = self.who.book(kind).all.iter();
            let mut mentioned = all.filter(|somebody| used.contains(somebody.key.as_str())).peekable();
            if mentioned.peek().is_some() {
                _ = write!(text, "\n[{table}]\n");
            }
            for somebody in mentioned {
                let key = &somebody.key;
                _ = match (kind, declared_name(kind, somebody)) {
                    (_, None) => writeln!(text, "{key} = {{}}"),
                    (Kind::Group, Some(name)) => writeln!(text, "{key} = {{ name = {} }}", quoted(&name)),
                    (Kind::User, Some(address)) => {
                        let mail = if address.contains('@') {
                            String::new()
                        } else {
                            format!(", mail = {}", quoted(&format!("{key}.{{tag}}@example.com")))
                        };
                        writeln!(text, "{key} = {{ address = {}{mail} }}", quoted(&address))
                    }
                };
            }
        }
    }

    /// The step in which everybody comes who was there before.
    fn bring(&self, text: &mut String, kind: Kind, verb: &str, before: &[Subject]) {
        let keys = before
            .iter()
            .filter(|(other, _)| *other == kind)
            .map(|(_, one)| self.key(kind, *one));
        let keys: Vec<&str> = keys.collect();
        // A verb takes several people, but one group.
        let at_a_time = match kind {
            Kind::User => keys.len().max(1),
            Kind::Group => 1,
        };
        for some in keys.chunks(at_a_time) {
            let some = some.join(", ");
            _ = write!(
                text,
                "\n[[step]]\nname = \"Before the recording began: {some} was there\"\ndo = \"{verb} {some}\"\n"
            );
        }
    }

    /// One request. Gives whether something is expected of it.
    fn step(&self, text: &mut String, scene: &Scene<'_>, moment: Moment) -> bool {
        let Scene { number, seen, written } = scene;
        let name = quoted(&format!("{number}: {}", self.in_words(seen)));
        let send = quoted(&format!("{} {}", seen.method, written.target));
        _ = write!(text, "\n[[step]]\nname = {name}\nsend = {send}\n");
        if let Some(body) = &written.body {
            _ = writeln!(text, "body = {}", quoted(body));
        }
        let headers = other_headers(seen, self.idp);
        if !headers.is_empty() {
            let pairs = headers
                .iter()
                .map(|(name, value)| format!("{} = {}", key(name), quoted(value)));
            _ = writeln!(text, "headers = {{ {} }}", pairs.collect::<Vec<_>>().join(", "));
        }
        if seen.status() == Some(401) {
            _ = writeln!(
                text,
                "token = \"{}\"",
                if seen.has_credentials { "wrong" } else { "none" }
            );
        }
        let Some(expected) = expected(seen, moment) else {
            let what = seen
                .status()
                .map_or("not answered".to_owned(), |status| format!("answered {status}"));
            _ = writeln!(text, "# Nothing is expected: it was {what}.");
            return false;
        };
        if expected.level != Level::Hazard {
            _ = writeln!(text, "level = \"{}\"", expected.level);
        }
        let statuses: Vec<String> = expected.statuses.iter().map(u16::to_string).collect();
        _ = match statuses.as_slice() {
            [one] => writeln!(text, "expect.status = {one}"),
            many => writeln!(text, "expect.status = [{}]", many.join(", ")),
        };
        true
    }

    /// What happens, in a few words.
    fn in_words(&self, seen: &Seen) -> String {
        let resource = seen.resource();
        let Some(kind) = resource.kind else {
            let path = seen.path_and_query().0;
            return format!(
                "{} {}",
                seen.method,
                path.split('/').take(2).collect::<Vec<_>>().join("/")
            );
        };
        let whom = self.who.subject(seen).or_else(|| self.looked_up(seen));
        let whom = match (kind, whom) {
            (_, Some((kind, one))) => self.key(kind, one),
            (Kind::User, None) if resource.id.is_some() => "somebody",
            (Kind::Group, None) if resource.id.is_some() => "a group",
            (Kind::User, None) => "people",
            (Kind::Group, None) => "groups",
        };
        let verb = match (seen.method.as_str(), resource.id) {
            ("POST", None) => "created",
            ("GET", Some(_)) => "read",
            ("GET", None) if self.looked_up(seen).is_some() => "looked up",
            ("GET", None) => "listed",
            ("PUT", _) => "replaced",
            ("PATCH", _) => "changed",
            ("DELETE", _) => "deleted",
            (other, _) => other,
        };
        match seen.status() {
            Some(status) if seen.is_success() => format!("{whom}, {verb} ({status})"),
            Some(status) => format!("{whom}, not {verb} ({status})"),
            None => format!("{whom}, perhaps {verb}"),
        }
    }

    /// Whom a look-up by name asks for.
    fn looked_up(&self, seen: &Seen) -> Option<Subject> {
        let kind = seen.resource().kind?;
        let query = seen.query();
        let (_, filter) = query.iter().find(|(name, _)| name.eq_ignore_ascii_case("filter"))?;
        let found = comparisons(filter.as_deref()?);
        let by_name = found
            .iter()
            .find(|one| one.words == [name_of(kind).to_ascii_lowercase()])?;
        self.who.book(kind).named(&by_name.value).map(|one| (kind, one))
    }

    /// Whom the requests take for granted: referred to, found or refused as a double before they were created.
    fn there_before(&self, scenes: &[Scene<'_>]) -> Vec<Subject> {
        let by_key: HashMap<&str, Subject> = [Kind::User, Kind::Group]
            .into_iter()
            .flat_map(|kind| {
                let all = self.who.book(kind).all.iter().enumerate();
                all.map(move |(one, somebody)| (somebody.key.as_str(), (kind, one)))
            })
            .collect();
        let (mut given, mut before) = (HashSet::new(), Vec::new());
        for scene in scenes {
            let texts = std::iter::once(&scene.written.target).chain(&scene.written.body);
            let keys = texts
                .flat_map(|text| placeholders(text))
                .filter_map(|(name, _)| name.strip_suffix(".id"));
            let referred = keys.filter_map(|key| by_key.get(key).copied());
            let is_create = is_create(scene.seen);
            let subject = self.who.subject(scene.seen).filter(|_| is_create);
            let doubled = subject.filter(|_| scene.seen.status() == Some(409));
            let found = self.looked_up(scene.seen).filter(|_| finds_somebody(scene.seen));
            for one in referred.chain(doubled).chain(found) {
                if given.insert(one) {
                    before.push(one);
                }
            }
            given.extend(subject.filter(|_| scene.seen.is_success()));
        }
        before
    }

    /// What is known when each request is sent.
    fn moments(&self, scenes: &[Scene<'_>], before: &[Subject]) -> Vec<Moment> {
        let mut known: HashSet<Subject> = before.iter().copied().collect();
        let (mut gone, mut unsure) = (HashSet::new(), HashSet::new());
        let mut names: HashMap<Subject, String> = HashMap::new();
        let subjects: Vec<Option<Subject>> = scenes.iter().map(|scene| self.who.subject(scene.seen)).collect();
        let mut moments = Vec::with_capacity(scenes.len());
        for (index, scene) in scenes.iter().enumerate() {
            let subject = subjects[index];
            let is_in = |set: &HashSet<Subject>| subject.is_some_and(|subject| set.contains(&subject));
            let said = subject.and_then(|(kind, _)| text_at(&json(scene.seen.body.text()?)?, name_of(kind)));
            let has = subject.and_then(|one| names.get(&one).cloned().or_else(|| self.first_name(one)));
            let racing = |(other, its): (usize, &Option<Subject>)| {
                let overlap = overlap(scene.seen, scenes[other].seen);
                other != index && subject.is_some() && *its == subject && overlap
            };
            moments.push(Moment {
                is_known: is_in(&known),
                is_gone: is_in(&gone),
                keeps_name: match (&said, &has) {
                    (Some(said), Some(has)) => said.to_lowercase() == has.to_lowercase(),
                    _ => false,
                },
                is_unsure: is_in(&unsure) || subjects.iter().enumerate().any(racing),
            });
            let Some(subject) = subject else { continue };
            if !scene.seen.is_success() {
                let asks_for_change = scene.seen.method != "GET" && scene.seen.status() != Some(401);
                unsure.extend(asks_for_change.then_some(subject));
                continue;
            }
            names.extend(said.map(|said| (subject, said)));
            if is_create(scene.seen) {
                known.insert(subject);
                gone.remove(&subject);
                unsure.remove(&subject);
            } else if scene.seen.method == "DELETE" {
                gone.insert(subject);
                known.remove(&subject);
            }
        }
        moments
    }

    fn first_name(&self, (kind, one): Subject) -> Option<String> {
        self.who.book(kind).all[one].names.first().cloned()
    }

    fn key(&self, kind: Kind, one: usize) -> &str {
        &self.who.book(kind).all[one].key
    }
}

fn is_create(seen: &Seen) -> bool {
    seen.method == "POST" && seen.resource().kind.is_some() && seen.resource().id.is_none()
}

fn finds_somebody(seen: &Seen) -> bool {
    let body = seen
        .answer
        .as_ref()
        .filter(|_| seen.is_success())
        .and_then(|answer| json(answer.body.text()?));
    let resources = body.as_ref().and_then(|body| body.get("Resources")?.as_array());
    resources.is_some_and(|resources| !resources.is_empty())
}

fn overlap(one: &Seen, other: &Seen) -> bool {
    one.began_ms < other.ended_ms && other.began_ms < one.ended_ms
}

/// A text as TOML.
fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// A header's name as a key of TOML.
fn key(name: &str) -> String {
    let is_bare = name
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    if is_bare && !name.is_empty() {
        name.to_owned()
    } else {
        quoted(name)
    }
}
