//! The organization: a state machine without I/O.
//!
//! [`Org::handle`] takes a request and the time and says what to answer; the other methods are
//! what the world does (people accept invites, other admins click in the dashboard) and what can
//! be seen. Time and chance come in from outside, so the same seed and the same calls give the
//! same bytes. The folder has a file for each resource of the API.

mod admin_keys;
mod assignments;
mod audit_logs;
mod body;
mod dispatch;
mod dump;
mod gate;
mod groups;
mod invites;
mod keyring;
mod lag;
mod letterhead;
mod members;
mod page;
mod project_groups;
mod project_users;
mod projects;
mod roles;
mod seed;
mod service_accounts;
mod state;
mod trouble;
mod users;
mod view;
mod world;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderName, header};

pub use self::admin_keys::NewAdminKey;
pub(crate) use self::dump::Dump;
pub use self::keyring::AdminKeys;
use self::keyring::Keyring;
use self::letterhead::Letterhead;
use self::roles::Realm;
pub use self::seed::{ListOr, MadeUpGroups, MadeUpUsers, Seed, SeedError, SeedGroup, SeedUser, Sown};
pub use self::state::{GroupState, ProjectState, ProjectUserState, State, StateError};
pub use self::world::WorldError;
use crate::audit::AuditLog;
use crate::fault::preset::FaultPreset;
use crate::fault::{FaultAction, FaultPlan, Phase, Strike};
use crate::id::Ids;
use crate::journal::{
    Actor, Cause, Effect, Entry, Injected, Journal, JournalSize, RecordedAnswer, RecordedRequest, renewed,
};
use crate::message::{Answer, Reaction, Request};
use crate::operation::Operation;
use crate::record::{Grants, Group, Invite, Project, Role, User};
use crate::refusal::{Code, Refusal};
use crate::route::{Call, Route};
use crate::settings::{AuditLogging, Settings};
use crate::store::{Index, Position, Store};
use crate::throttle::Buckets;
use crate::timestamp::Timestamp;

/// Largest request body that is looked at, in bytes. A larger one is answered with 413, so a
/// front need not read more than one byte beyond it.
pub const MAX_BODY: usize = 1 << 20;

/// In answers; and in requests a client may name the organization that it means. That of the key
/// must be the same then. Code and status were reported, on other routes than these.
const ORGANIZATION: HeaderName = HeaderName::from_static("openai-organization");

/// See the module.
#[derive(Debug, Clone)]
pub struct Org {
    settings: Settings,
    keys: Keyring,
    seed: u64,
    id: String,
    letterhead: Letterhead,
    ids: Ids,
    users: Store<User>,
    /// The owners among them, the first one first.
    owners: BTreeSet<Position>,
    /// Ids of people who were members once, by folded address.
    departed: BTreeMap<String, String>,
    invites: Store<Invite>,
    /// When which pending invite accepts itself, see
    /// [`AutoAccept`](crate::settings::AutoAccept).
    acceptances: BTreeSet<(Timestamp, String)>,
    groups: Store<Group>,
    /// Who is in which group, the other way round.
    memberships: BTreeSet<(String, Position)>,
    roles: Store<Role>,
    grants: Grants,
    projects: Store<Project>,
    /// Which users and groups are in which project, the other way round.
    project_places: Index,
    fresh: lag::Fresh,
    buckets: Buckets,
    faults: FaultPlan,
    journal: Journal,
    audit_log: AuditLog,
    /// Who makes the call in progress, as far as that is known.
    caller: Option<Arc<Actor>>,
    /// Goes up with every change to what [`Org::state`] shows.
    revision: u64,
    /// What the call in progress has changed so far.
    effects: Vec<Effect>,
}

/// What came of a request, on its way into the journal.
struct Handled {
    operation: Option<Operation>,
    route: Cow<'static, str>,
    reaction: Reaction,
    injected: Option<Injected>,
}

impl Org {
    /// An empty organization. Any key opens it until [`Org::set_keys`].
    pub fn new(settings: Settings, seed: u64) -> Self {
        let mut ids = Ids::new(seed);
        let id = ids.organization();
        let mut projects = Store::new();
        projects.insert(projects::default_project(ids.default_project(), &id));
        Self {
            settings,
            keys: Keyring::open(),
            seed,
            roles: roles::predefined(Realm::Organization, &id),
            letterhead: Letterhead::of(&id),
            id,
            ids,
            users: Store::large(),
            owners: BTreeSet::new(),
            departed: BTreeMap::new(),
            invites: Store::large(),
            acceptances: BTreeSet::new(),
            groups: Store::large(),
            memberships: BTreeSet::new(),
            grants: Grants::default(),
            projects,
            project_places: Index::large(),
            fresh: lag::Fresh::default(),
            buckets: Buckets::default(),
            faults: FaultPlan::new(seed),
            journal: Journal::new(JournalSize::default()),
            audit_log: AuditLog::default(),
            caller: None,
            revision: 0,
            effects: Vec::new(),
        }
    }

    /// Answers a request: faults, key, scope, throttle, then the operation; and writes it down.
    pub fn handle(&mut self, request: &Request, now: Timestamp) -> Reaction {
        self.tick(now);
        let handled = self.react(request, now);
        let reaction = self.record(request, handled, now);
        self.tick(now);
        reaction
    }

    /// Lets invites be accepted whose time has come, see
    /// [`AutoAccept`](crate::settings::AutoAccept). Every other method that takes the time and
    /// changes something does this first.
    pub fn tick(&mut self, now: Timestamp) {
        self.settle(now);
        while let Some((due, _)) = self.acceptances.first()
            && *due <= now
            && let Some((due, invite_id)) = self.acceptances.pop_first()
        {
            // It may have been withdrawn or accepted by hand meanwhile; then there is nothing
            // left to do.
            let _ = self.accept(&invite_id, None, due);
            self.record_world("accept invite by itself", due);
        }
    }

    /// When [`Org::tick`] has something to do next, if ever.
    pub fn next_tick(&self) -> Option<Timestamp> {
        self.acceptances.first().map(|(due, _)| *due)
    }

    /// Back to an empty organization with the same seed, settings and first key. Faults and journal
    /// entries are gone; the numbering of the journal goes on.
    pub fn reset(&mut self) {
        let mut fresh = Self::new(self.settings.clone(), self.seed);
        fresh.keys = self.keys.as_new(&mut fresh.ids);
        fresh.journal = self.journal.clone();
        fresh.journal.clear();
        fresh.revision = self.revision + 1;
        *self = fresh;
    }

    /// Sets it up with a key; all that it had are gone.
    pub fn set_keys(&mut self, keys: AdminKeys, now: Timestamp) {
        self.keys = Keyring::new(keys, &mut self.ids, now);
    }

    /// The key that it was set up with, if that is still there.
    pub fn admin_key(&self) -> Option<&str> {
        self.keys.first_secret()
    }

    /// Whether this is one of its keys. Others may be let in too, see [`AdminKeys::Any`].
    pub fn knows_key(&self, secret: &str) -> bool {
        self.keys.knows(secret)
    }

    /// Whether keys that nobody knows are let in, see [`AdminKeys::Any`].
    pub fn is_open(&self) -> bool {
        self.keys.is_open()
    }

    /// How much the journal keeps; what it held is gone.
    pub fn set_journal_size(&mut self, size: JournalSize) {
        self.journal.resize(size);
    }

    /// A number that goes up with every change to what [`Org::state`] shows.
    pub(crate) fn revision(&self) -> u64 {
        self.revision
    }

    /// Counts as a change, though nothing in [`Org::state`] is different.
    pub(crate) fn touch(&mut self) {
        self.revision += 1;
    }

    /// The seed.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// `org-…`, as in the header `openai-organization`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The switches in force.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The switches, to be changed. They apply from the next request on; an invite keeps the
    /// end it was given.
    pub fn settings_mut(&mut self) -> &mut Settings {
        &mut self.settings
    }

    /// The fault rules in force.
    pub fn faults(&self) -> &FaultPlan {
        &self.faults
    }

    /// The fault rules, to be changed.
    pub fn faults_mut(&mut self) -> &mut FaultPlan {
        &mut self.faults
    }

    /// Puts the rules of a preset behind the others and changes the settings that go with it.
    pub fn apply(&mut self, preset: FaultPreset) {
        preset.settle(&mut self.settings);
        for rule in preset.rules() {
            self.faults.push(rule);
        }
    }

    /// What happened so far.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    fn places_of(&self, user_id: &str) -> Vec<Position> {
        let first = (user_id.to_owned(), Position(0));
        let last = (user_id.to_owned(), Position(u64::MAX));
        self.memberships.range(first..=last).map(|(_, place)| *place).collect()
    }

    /// What a request comes to, trouble on purpose included.
    fn react(&mut self, request: &Request, now: Timestamp) -> Handled {
        let route = Route::of(&request.method, &request.path);
        let (operation, name) = match &route {
            Route::Known(call) => (Some(call.operation), Cow::Borrowed(call.operation.route())),
            Route::WrongMethod(_) | Route::NotModelled | Route::Unknown => {
                (None, Cow::Owned(format!("{} (no operation)", request.method)))
            }
        };
        if let Some(interlude) = self.faults.interlude(operation, request) {
            interlude.happen(self, now);
        }
        let (reaction, injected) = match self.faults.strike(operation, request, now) {
            None => {
                let (answer, injected) = self.answer(&route, request, now);
                self.faults.remember(operation, request, &answer);
                let delay = self.faults.lateness(request);
                (Reaction::Answer { answer, delay }, injected)
            }
            Some(strike) => self.suffer(strike, &route, request, now),
        };
        Handled {
            operation,
            route: name,
            reaction,
            injected,
        }
    }

    /// What a request comes to when a fault rule strikes it.
    fn suffer(
        &mut self,
        strike: Strike,
        route: &Route<'_>,
        request: &Request,
        now: Timestamp,
    ) -> (Reaction, Option<Injected>) {
        let (rule, phase) = (strike.rule.to_string(), strike.rule.phase);
        let is_carried_out = match strike.rule.action {
            FaultAction::Delay(_) => true,
            FaultAction::Stale(_) => false,
            FaultAction::Status(_) | FaultAction::Hang | FaultAction::Reset | FaultAction::HalfBody => {
                phase == Phase::After
            }
        };
        let proper = is_carried_out.then(|| self.answer(route, request, now).0);
        let (reaction, retry_after_seconds) = trouble::react(strike, proper, now);
        let injected = Injected::Fault {
            rule,
            phase,
            retry_after_seconds,
        };
        (reaction, Some(injected))
    }

    /// What would be answered if nobody made trouble on purpose.
    fn answer(&mut self, route: &Route<'_>, request: &Request, now: Timestamp) -> (Answer, Option<Injected>) {
        let refusal = match route {
            _ if request.body.len() > MAX_BODY => {
                let text = format!("The request body is larger than {MAX_BODY} bytes.");
                Refusal::new(413, Code::RequestTooLarge, text)
            }
            Route::Known(call) => return self.carry_out(call, request, now),
            Route::WrongMethod(allowed) => {
                let text = format!("{} is not allowed here; {allowed} is.", request.method);
                let refusal = Refusal::new(405, Code::MethodNotAllowed, text);
                refusal.with(header::ALLOW, allowed.clone())
            }
            Route::NotModelled => {
                let not_modelled = Refusal::not_modelled(&request.method, &request.path);
                self.authenticate(request, now).err().unwrap_or(not_modelled)
            }
            Route::Unknown => {
                let text = format!("Unknown request URL: {} {}.", request.method, request.path);
                Refusal::new(404, Code::UnknownUrl, text)
            }
        };
        (refusal.into_answer(), None)
    }

    /// What an operation answers.
    fn carry_out(&mut self, call: &Call<'_>, request: &Request, now: Timestamp) -> (Answer, Option<Injected>) {
        let pass = match self.admit(call.operation, request, now) {
            Ok(pass) => pass,
            Err(turned_away) => return turned_away.into_answer(),
        };
        let answer = self
            .guard_settled(call)
            .and_then(|()| self.dispatch(call, request, now));
        let hidden = self.unsettled();
        let lag = (hidden > 0 && !call.operation.is_write()).then_some(Injected::ReadLag { hidden });
        if lag.is_some() {
            self.count_read(call);
        }
        (pass.stamp(answer.unwrap_or_else(Refusal::into_answer)), lag)
    }

    fn record(&mut self, request: &Request, handled: Handled, now: Timestamp) -> Reaction {
        let Handled {
            operation,
            route,
            mut reaction,
            injected,
        } = handled;
        let body_bytes = self.journal.size().body_bytes;
        let scrap = self.journal.scrap();
        let sent = |answer: &mut Answer, delay| {
            let headers = self.letterhead.put_on(answer, &mut self.ids, delay);
            if operation.is_some_and(Operation::tells_a_key) {
                RecordedAnswer::without_key(answer, headers, body_bytes, scrap.answer)
            } else {
                RecordedAnswer::of(answer, headers, body_bytes, scrap.answer)
            }
        };
        let (answer, answered) = match &mut reaction {
            Reaction::Answer { answer, delay } => (Some(sent(answer, *delay)), Some(now.plus(*delay))),
            Reaction::Half(answer) => (Some(sent(answer, Duration::ZERO)), None),
            Reaction::Hang | Reaction::Reset => (None, None),
        };
        let is_refused = injected.is_none() && answer.as_ref().is_none_or(|answer| answer.status >= 400);
        if !is_refused && self.effects.is_empty() && operation.is_some_and(Operation::is_write) {
            // Some fields change without an effect.
            self.changed(now);
        }
        // Not taken whole, so that no entry keeps more room than it needs.
        let mut effects = renewed(scrap.effects, self.effects.len());
        effects.append(&mut self.effects);
        let actor = self.caller.take();
        self.write_down(Entry {
            seq: 0,
            arrived: now,
            answered,
            cause: Cause::Request,
            actor,
            operation,
            route,
            request: Some(RecordedRequest::of(request, body_bytes, scrap.request)),
            answer,
            effects,
            injected,
        });
        reaction
    }

    fn record_world(&mut self, what: &'static str, now: Timestamp) {
        let effects: Vec<_> = self.effects.drain(..).collect();
        if !effects.is_empty() {
            let actor = self.world_actor(&effects).map(Arc::new);
            self.write_down(Entry::world(what, now, effects, actor));
        }
    }

    /// Whether something was made so recently that a request beside the one that made it would not
    /// see it, see [`Settings::duplicate_window_ms`].
    fn is_unseen(&self, created_at: Timestamp, now: Timestamp) -> bool {
        now.since(created_at) < Duration::from_millis(self.settings.duplicate_window_ms)
    }

    fn write_down(&mut self, entry: Entry) {
        if !entry.effects.is_empty() {
            self.changed(entry.arrived);
            self.unsettle(&entry.effects, entry.arrived);
        }
        let entry = self.journal.append(entry);
        match self.settings.audit_log {
            AuditLogging::Enabled => self.audit_log.append(&entry),
            AuditLogging::Disabled => {}
        }
    }

    /// To be called after every change.
    fn changed(&mut self, now: Timestamp) {
        self.revision += 1;
        self.faults.changed(now);
    }
}

#[cfg(test)]
mod tests;
