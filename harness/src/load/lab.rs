//! A bench for tests: an organization, a book and a watch, and a bridge that does what the test says.

use mock_openai::{AdminKeys, Bucket, Org, OrgRole, Request, Settings, Throttle, Timestamp};
use serde_json::Value;

use super::book::Book;
use super::convergence::{Convergence, Share};
use super::end_state::EndState;
use super::task::{GroupId, PersonId, Task};
use super::watch::{Names, Watch};

pub(super) const PEOPLE: usize = 10;
const GROUPS: usize = 3;

/// See the module.
pub(super) struct Lab {
    pub(super) org: Org,
    pub(super) now: Timestamp,
    pub(super) book: Book,
    pub(super) watch: Watch,
    pub(super) convergence: Convergence,
}

pub(super) fn address(person: PersonId) -> String {
    format!("p{}@acme.example", person.0)
}

pub(super) fn group_name(group: GroupId) -> String {
    format!("Team {}", group.0)
}

/// The directory of all these tests.
pub(super) fn names() -> Names<'static> {
    Names {
        person: &|email| {
            let number = email.strip_prefix('p')?.strip_suffix("@acme.example")?;
            number.parse().ok().map(PersonId)
        },
        group: &|name| name.strip_prefix("Team ")?.parse().ok().map(GroupId),
        address: &address,
        group_name: &group_name,
    }
}

impl Lab {
    pub(super) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(super) fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Settings::default();
        settings.duplicate_invite = mock_openai::settings::DuplicateInvite::SecondInvite;
        change(&mut settings);
        let now = Timestamp::from_millis(1_700_000_000_000);
        let mut org = Org::new(settings.clone(), 1);
        org.set_keys(AdminKeys::Only("k".to_owned()), now);
        org.add_member("boss@acme.example", None, OrgRole::Owner, now);
        org.add_member("stranger@elsewhere.example", None, OrgRole::Reader, now);
        let mut watch = Watch::new(PEOPLE, GROUPS, settings.invite_ttl_seconds);
        watch.look(&org, now, names());
        Self {
            org,
            now,
            book: Book::new(PEOPLE, GROUPS),
            watch,
            convergence: Convergence::default(),
        }
    }

    pub(super) fn throttled(burst: u32, per_minute: f64) -> Self {
        let lab = Self::with(|settings| settings.throttle = Throttle::Bucket(Bucket::new(burst, per_minute)));
        assert!(lab.org.settings().throttle.bucket().is_some());
        lab
    }

    /// The bridge asks upstream; what it answers.
    pub(super) fn asks(&mut self, route: &str, body: &str) -> (u16, Value) {
        let (verb, path) = route.split_once(' ').unwrap();
        let target = format!("/v1/organization/{path}");
        let request = match verb {
            "GET" => Request::get(&target),
            "POST" => Request::post(&target, body.to_owned()),
            "DELETE" => Request::delete(&target),
            other => panic!("{other}"),
        };
        let reaction = self.org.handle(&request.bearer("k"), self.now);
        let answer = reaction.answer().unwrap();
        let said = (answer.status, serde_json::from_slice(&answer.body).unwrap_or_default());
        self.catch_up();
        said
    }

    /// What other people do.
    pub(super) fn world<R>(&mut self, work: impl FnOnce(&mut Org, Timestamp) -> R) -> R {
        let result = work(&mut self.org, self.now);
        self.catch_up();
        result
    }

    fn catch_up(&mut self) {
        let seq = self.watch.last_seq();
        for entry in self.org.journal().after(seq) {
            self.watch.observe(entry, &self.book, names());
        }
    }

    pub(super) fn later(&mut self, millis: u64) {
        self.now = Timestamp::from_millis(self.now.as_millis() + millis);
    }

    /// The identity provider asks, and is answered with success.
    pub(super) fn told(&mut self, task: &Task) {
        self.begun(task);
        self.book.acknowledge(task);
        self.convergence.said(task);
    }

    /// The identity provider asks, and gets no answer.
    pub(super) fn begun(&mut self, task: &Task) {
        self.book.begin(task);
        self.convergence.said(task);
    }

    /// The bridge invites somebody.
    pub(super) fn invite(&mut self, person: u32, role: &str) -> String {
        let email = address(PersonId(person));
        let (status, invite) = self.asks("POST invites", &format!(r#"{{"email":"{email}","role":"{role}"}}"#));
        assert_eq!(status, 200, "{invite}");
        invite["id"].as_str().unwrap().to_owned()
    }

    /// Somebody is told to have access, is invited, and accepts. The id of the user.
    pub(super) fn onboard(&mut self, person: u32) -> String {
        self.told(&Task::Assign(PersonId(person)));
        let invite = self.invite(person, "reader");
        self.world(|org, now| org.accept_invite(&invite, None, now).unwrap().id().to_owned())
    }

    /// The bridge makes a group with these users in it.
    pub(super) fn make_group(&mut self, group: u32, users: &[&str]) -> String {
        let name = group_name(GroupId(group));
        let (_, made) = self.asks("POST groups", &format!(r#"{{"name":"{name}"}}"#));
        let id = made["id"].as_str().unwrap().to_owned();
        for user in users {
            self.put_in(&id, user);
        }
        id
    }

    pub(super) fn put_in(&mut self, group: &str, user: &str) {
        let (status, said) = self.asks(
            &format!("POST groups/{group}/users"),
            &format!(r#"{{"user_id":"{user}"}}"#),
        );
        assert_eq!(status, 200, "{said}");
    }

    /// The end state. Whatever it is, the running share must say the same, and a look at the organization must find that
    /// the watch has followed it.
    pub(super) fn end(&mut self) -> EndState {
        let mut state = EndState::of(&self.book, &self.watch, names(), self.now);
        let share = self.share();
        assert_eq!(share.right, state.right);
        assert_eq!(
            self.watch.look(&self.org, self.now, names()),
            0,
            "the watch went astray"
        );
        assert_eq!(EndState::of(&self.book, &self.watch, names(), self.now), state);
        state.add_evidence(self.org.journal().entries().map(AsRef::as_ref));
        state
    }

    pub(super) fn share(&mut self) -> Share {
        self.convergence.update(&self.book, &mut self.watch, self.now)
    }

    /// The names of what is wrong, with numbers: `lost 1, ghost 2`.
    pub(super) fn wrong(&mut self) -> String {
        let state = self.end();
        let wrong = state.tallies().into_iter().filter(|(_, tally)| tally.count > 0);
        let wrong: Vec<_> = wrong.map(|(name, tally)| format!("{name} {}", tally.count)).collect();
        wrong.join(", ")
    }
}

pub(super) fn people(numbers: &[u32]) -> Vec<PersonId> {
    numbers.iter().copied().map(PersonId).collect()
}
