//! Creating, replacing, changing and deleting people.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::Bridge;
use super::rush::ROOM;
use crate::core::address;
use crate::core::change::Changer;
use crate::core::draft::UserDraft;
use crate::core::error::ScimError;
use crate::core::json::Object;
use crate::core::patch::{self, Operation};
use crate::core::plan::Link;
use crate::core::role::{self, Role};
use crate::core::schema::Kind;
use crate::fault::Fault;
use crate::store::{self, Person, PersonKey, lock_keys};
use crate::upstream::Session;
use crate::variant::Variant;

/// How long faults put work off.
const PUT_OFF: Duration = Duration::from_millis(700);

/// What a POST did.
#[derive(Debug)]
pub(crate) struct Created(pub(crate) Arc<Person>);

/// A change of one person, worked out but not yet done.
struct Change {
    before: Arc<Person>,
    next: Person,
    /// A defect wants a needless write.
    forced: bool,
}

impl Bridge {
    /// POST /Users: invites a person, takes over one who is there upstream, or brings back one
    /// who was deactivated.
    pub(crate) async fn create_user(&self, body: Object) -> Result<Created, ScimError> {
        if self.has(Fault::MetaInCreateRefused) && body.contains_key("meta") {
            return Err(ScimError::value("meta is read-only"));
        }
        let too_late = self.has(Fault::RefusedAfterTheInvite) && body.get("emails").is_some_and(Value::is_object);
        let chosen = crate::core::json::get_str(&body, "id")
            .filter(|_| self.has(Fault::ClientIdTaken))
            .map(str::to_owned);
        let mut draft = UserDraft::read(body, self.faults())?;
        self.shape_person(&mut draft.attributes)?;
        let address = draft.address(self.faults())?.to_owned();
        let session = self.session();
        let keys = lock_keys(
            draft.user_name(),
            &address,
            crate::core::json::get_str(&draft.attributes, "externalId"),
        );
        let keys = if self.has(Fault::CreateRaces) { Vec::new() } else { keys };
        let _guard = self.locks.acquire(keys, session.deadline()).await?;
        let existing = self.existing(&draft, &address)?;
        let now = store::now();
        let mut next = match &existing {
            Some(person) => Person::clone(person),
            None => Person {
                id: if self.has(Fault::IdsFromClock) {
                    format!("user-{}", now.get(..19).unwrap_or_default())
                } else {
                    chosen.unwrap_or_else(|| self.new_person_id(draft.user_name(), &address))
                },
                seq: self.store.next_seq(),
                attributes: Object::new(),
                active: true,
                claimed: true,
                wish: None,
                link: Link::Unknown,
                created: now.clone(),
                modified: now,
            },
        };
        if existing.is_some() && self.has(Fault::RestoreWithNewId) {
            self.store.remove_person(&next.id).await?;
            next.id = self.new_id();
        }
        next.claimed = true;
        next.active = draft.active.unwrap_or(true);
        next.wish = draft.wish(self.faults()).or(next.wish);
        next.attributes = draft.attributes;
        let careless =
            self.has(Fault::DuplicateCreateInvitesAgain) || self.has(Fault::InactiveCreateInvites) && !next.active;
        if address.is_empty() || careless {
            return self.create_carelessly(&session, next).await;
        }
        let creating = self.creating.begin();
        if creating.before >= ROOM && self.has(Fault::FullQueueDropsInvite) {
            return Ok(Created(self.store.put_person(next).await?));
        }
        let person = self.bring_about(&session, existing.clone(), next, false).await?;
        if too_late {
            self.store.remove_person(&person.id).await?;
            return Err(ScimError::value("emails is not a list"));
        }
        self.overreach(&session, existing.as_deref(), &person).await;
        Ok(Created(person))
    }

    /// The person that a POST means, if there is one that may be taken over.
    ///
    /// # Errors
    /// 409 when the person is there and active.
    fn existing(&self, draft: &UserDraft, address: &str) -> Result<Option<Arc<Person>>, ScimError> {
        if self.has(Fault::DuplicateCreateInvitesAgain) {
            return Ok(None);
        }
        let name = draft.user_name();
        if self.deleted_names.lock().contains(&address::normalise(name)) {
            return Err(ScimError::taken(format!("{name:?} is taken")));
        }
        let external = crate::core::json::get_str(&draft.attributes, "externalId");
        let keys = [PersonKey::UserName(name), PersonKey::Address(address)]
            .into_iter()
            .chain(external.map(PersonKey::ExternalId));
        let found = keys.filter_map(|key| self.store.find_person(key)).find(|person| {
            !self.has(Fault::MatchIsCaseSensitive) || person.user_name() == name || person.address() == address
        });
        match found {
            Some(person) if person.claimed && (person.active || self.is(Variant::ReturningRefused)) => Err(
                ScimError::taken(format!("{:?} is here already, as {:?}", name, person.user_name())),
            ),
            other => Ok(other),
        }
    }

    /// What faults make of a create: an invite without a look, or none at all.
    async fn create_carelessly(&self, session: &Session, mut next: Person) -> Result<Created, ScimError> {
        if !next.address().is_empty() {
            let role = next.wish.unwrap_or(self.settings.default_role);
            if let Ok(invite) = session.invite(next.address(), role).await {
                next.link = super::settle::invite_link(&invite);
            }
        }
        Ok(Created(self.store.put_person(next).await?))
    }

    /// PUT /Users/{id}.
    pub(crate) async fn replace_user(&self, id: &str, body: Object) -> Result<Arc<Person>, ScimError> {
        self.change_user(id, |before| {
            let mut draft = UserDraft::read(body.clone(), self.faults())?;
            if self.has(Fault::MissingActiveSwitchesOff) {
                draft.active = draft.active.or(Some(false));
            }
            let mentions = role::is_mentioned(&draft.attributes);
            if self.has(Fault::AbsentRoleRefused) && !mentions && role::is_mentioned(&before.attributes) {
                return Err(ScimError::value("openai_role is missing"));
            }
            role::carry_over(&before.attributes, &mut draft.attributes);
            let forced = self.has(Fault::EchoPutReinvites) || self.has(Fault::EchoRoleWrites) && mentions;
            let stored = self.has(Fault::PutNotStored).then(|| before.attributes.clone());
            Ok((draft, forced, stored))
        })
        .await
    }

    /// PATCH /Users/{id}.
    pub(crate) async fn patch_user(&self, id: &str, body: Object) -> Result<Arc<Person>, ScimError> {
        let operations = patch::read(&body, self.faults())?;
        if self.has(Fault::PatchHalfDone) {
            return self.patch_user_bit_by_bit(id, &operations).await;
        }
        let mentions = Value::Object(body).to_string().contains(role::ATTRIBUTE);
        let changer = Changer {
            kind: Kind::User,
            faults: self.faults(),
        };
        let smuggled = self.smuggled_id(&operations);
        let done = self.change_user(id, |before| {
            let mut resource = before.attributes.clone();
            resource.insert("active".to_owned(), before.active.into());
            changer.apply(&mut resource, &operations)?;
            let draft = UserDraft::read(resource, self.faults())?;
            let forced = self.has(Fault::PatchReinvites) || self.has(Fault::EchoRoleWrites) && mentions;
            Ok((draft, forced, None))
        });
        let done = done.await?;
        let Some(id) = smuggled else {
            return Ok(done);
        };
        self.store.remove_person(&done.id).await?;
        let moved = Person {
            id,
            ..Person::clone(&done)
        };
        Ok(self.store.put_person(moved).await?)
    }

    /// The id that a PATCH brings along, taken for the person's by a defect only.
    fn smuggled_id(&self, operations: &[Operation]) -> Option<String> {
        let mut values = operations
            .iter()
            .filter_map(|operation| operation.value.as_ref()?.get("id"));
        let id = values.next_back().and_then(Value::as_str).map(str::to_owned);
        id.filter(|_| self.has(Fault::PatchedIdIsTaken))
    }

    /// What a defect makes of a PATCH: each operation is done before the next is looked at.
    async fn patch_user_bit_by_bit(&self, id: &str, operations: &[Operation]) -> Result<Arc<Person>, ScimError> {
        let changer = Changer {
            kind: Kind::User,
            faults: self.faults(),
        };
        let mut person = self.visible_person(id)?;
        for operation in operations.chunks(1) {
            person = self
                .change_user(id, |before| {
                    let mut resource = before.attributes.clone();
                    resource.insert("active".to_owned(), before.active.into());
                    changer.apply(&mut resource, operation)?;
                    Ok((UserDraft::read(resource, self.faults())?, false, None))
                })
                .await?;
        }
        Ok(person)
    }

    /// DELETE /Users/{id}: withdraws all access and forgets the person.
    pub(crate) async fn delete_user(&self, id: &str) -> Result<(), ScimError> {
        let session = self.session();
        loop {
            let Some(before) = self.store.person(id) else {
                if self.has(Fault::DeleteAlways204) {
                    return Ok(());
                }
                return Err(ScimError::missing("person", id));
            };
            let guard = self.locks.acquire(before.lock_keys(), session.deadline()).await?;
            if !self.is_current(&before) {
                continue;
            }
            if self.has(Fault::DeleteOfInactiveFails) && !before.active {
                return Err(ScimError::new(500, "no such user"));
            }
            let careless = before.is_pending() && self.has(Fault::DeleteLeavesInvite)
                || before.member_id().is_some() && self.has(Fault::DeleteKeepsMember);
            if !careless {
                let mut next = Person::clone(&before);
                next.active = false;
                // Never left for later: afterwards there is nobody to leave it to.
                self.settle_person(&session, Some(Arc::clone(&before)), next, false)
                    .await?;
            }
            self.store.remove_person(id).await?;
            if self.is(Variant::DeletedRemembered) {
                let name = address::normalise(before.user_name());
                self.deleted_ids.lock().insert(name, id.to_owned());
            }
            if self.has(Fault::DeletedNameStaysTaken) {
                let name = address::normalise(before.user_name());
                self.deleted_names.lock().insert(name);
            }
            self.leave_groups(&session, id, true).await?;
            drop(guard);
            return Ok(());
        }
    }

    /// Works out a change, locks every name it touches, and does it.
    async fn change_user(
        &self,
        id: &str,
        work_out: impl Fn(&Person) -> Result<(UserDraft, bool, Option<Object>), ScimError>,
    ) -> Result<Arc<Person>, ScimError> {
        let session = self.session();
        loop {
            let before = self.visible_person(id)?;
            let (mut draft, forced, stored) = work_out(&before)?;
            self.shape_person(&mut draft.attributes)?;
            let change = self.changed(before, draft, forced)?;
            let mut keys = change.before.lock_keys();
            keys.extend(change.next.lock_keys());
            let guard = self.locks.acquire(keys, session.deadline()).await?;
            if !self.is_current(&change.before) {
                continue;
            }
            let done = self.carry_out(&session, change, stored).await;
            drop(guard);
            return done;
        }
    }

    /// The person as the draft wants it.
    fn changed(&self, before: Arc<Person>, draft: UserDraft, forced: bool) -> Result<Change, ScimError> {
        draft.address(self.faults())?;
        if self.has(Fault::SecondDeactivateFails) && !before.active && draft.active == Some(false) {
            return Err(ScimError::new(500, "no invite to delete"));
        }
        let wish = role::new_wish(&before.attributes, &draft.attributes, self.faults())?;
        let mut next = Person::clone(&before);
        next.wish = wish.or(before.wish);
        next.active = draft.active.unwrap_or(before.active);
        next.claimed = true;
        next.attributes = draft.attributes;
        if self.has(Fault::ExternalIdFrozen)
            && let Some(first) = before.external_id()
        {
            next.attributes.insert("externalId".to_owned(), first.into());
        }
        Ok(Change { before, next, forced })
    }

    async fn carry_out(
        &self,
        session: &Session,
        change: Change,
        stored: Option<Object>,
    ) -> Result<Arc<Person>, ScimError> {
        let Change {
            before,
            mut next,
            forced,
        } = change;
        self.check_names_free(&before, &next)?;
        self.check_rename(&before, &next)?;
        if self.has(Fault::RenameGivesNewId) && !address::same(before.user_name(), next.user_name()) {
            self.store.remove_person(&before.id).await?;
            next.id = self.new_id();
        }
        let recorded = before.attributes == next.attributes && before.active == next.active;
        if self.has(Fault::RepeatFindsNothingToDo) && recorded {
            return Ok(before);
        }
        if !before.active && next.active {
            if self.once_owners.lock().contains(&before.id) {
                next.wish = Some(Role::Owner);
            }
            if self.has(Fault::ReactivateSendsNoInvite) {
                return Ok(self.store.put_person(next).await?);
            }
            if self.has(Fault::ReactivateNewId) {
                self.store.remove_person(&before.id).await?;
                next.id = self.new_id();
            }
        }
        let moves = !address::same(before.address(), next.address());
        let is_put_off = before.active && !next.active && self.has(Fault::DeactivationQueued)
            || before.active && next.active && moves && self.has(Fault::RenameQueued);
        if is_put_off {
            let until = Instant::now() + PUT_OFF;
            self.put_off.lock().push((until, next.id.clone()));
            let person = self.store.put_person(next).await?;
            self.owe();
            return Ok(person);
        }
        let changing = self.changing.begin();
        if changing.before >= ROOM && before.active && !next.active && self.has(Fault::RemovalQueueOverflows) {
            return Ok(self.store.put_person(next).await?);
        }
        let answer = next.attributes.clone();
        let kept = stored.is_some();
        next.attributes = stored.unwrap_or(next.attributes);
        let person = self
            .bring_about(session, Some(Arc::clone(&before)), next, forced)
            .await?;
        self.overreach(session, Some(&before), &person).await;
        if kept {
            let mut shown = Person::clone(&person);
            shown.attributes = answer;
            return Ok(Arc::new(shown));
        }
        Ok(person)
    }

    /// A new user name or address must not be somebody else's.
    fn check_names_free(&self, before: &Person, next: &Person) -> Result<(), ScimError> {
        if self.has(Fault::RenameOntoTakenName) {
            return Ok(());
        }
        let keys = [
            (
                before.user_name(),
                next.user_name(),
                PersonKey::UserName(next.user_name()),
            ),
            (before.address(), next.address(), PersonKey::Address(next.address())),
        ];
        for (old, new, key) in keys {
            let taken =
                !address::same(old, new) && self.store.find_person(key).is_some_and(|other| other.id != before.id);
            let with_itself = self.has(Fault::CaseRenameConflicts) && old != new && address::same(old, new);
            if taken || with_itself {
                return Err(ScimError::taken(format!("{new:?} is somebody else's")));
            }
        }
        Ok(())
    }

    /// Upstream first, then the store, unless this bridge may leave it for later. Needs the
    /// person's locks.
    async fn bring_about(
        &self,
        session: &Session,
        before: Option<Arc<Person>>,
        next: Person,
        forced: bool,
    ) -> Result<Arc<Person>, ScimError> {
        if self.is(Variant::AnswersFirst) {
            return self.queue_person(next).await;
        }
        match self.settle_person(session, before, next.clone(), forced).await {
            Err(error) if self.may_wait(&error) => self.queue_person(next).await,
            settled => settled,
        }
    }

    /// Upstream first, then the store. Needs the person's locks.
    pub(super) async fn settle_person(
        &self,
        session: &Session,
        before: Option<Arc<Person>>,
        mut next: Person,
        forced: bool,
    ) -> Result<Arc<Person>, ScimError> {
        let wanted = self.wanted(&next, forced);
        let mut link = next.link.clone();
        let settled = self.settle(session, &next.id, &mut link, wanted).await;
        if let Err(error) = settled {
            if let Some(before) = before.filter(|before| before.link != link) {
                let mut kept = Person::clone(&before);
                if self.has(Fault::RepeatFindsNothingToDo) {
                    kept = next;
                }
                kept.link = link;
                self.store.put_person(kept).await?;
            }
            return Err(error);
        }
        next.link = link;
        if before.is_none() && self.has(Fault::BothAddressesInvited) {
            self.invite_user_name(session, &next).await;
        }
        let person = match before {
            Some(before) if *before == next && !self.has(Fault::DateMovesWithoutChange) => return Ok(before),
            Some(before) => {
                if self.has(Fault::DateMovesWithoutChange)
                    || before.attributes != next.attributes
                    || before.active != next.active
                {
                    next.modified = store::now();
                }
                let left = before.member_id().is_some() && next.member_id().is_none();
                let anew = before.is_pending() && next.is_pending() && before.upstream_id() != next.upstream_id();
                let person = self.store.put_person(next).await?;
                if left {
                    let forget = self.has(Fault::DeactivationForgetsGroups);
                    self.leave_groups(session, &person.id, forget).await?;
                }
                if anew && self.has(Fault::HoldLostWithInvite) {
                    self.leave_groups(session, &person.id, true).await?;
                }
                person
            }
            None => self.store.put_person(next).await?,
        };
        if person.is_pending() {
            self.wake.notify_one();
        } else if person.member_id().is_some() {
            self.owe();
        }
        Ok(person)
    }

    /// GET /Users/{id}.
    pub(crate) async fn read_user(&self, id: &str) -> Result<Arc<Person>, ScimError> {
        let session = self.session();
        self.renew_invite(&session, id).await;
        self.notice_acceptance(&session).await?;
        self.visible_person(id)
    }

    /// The person with this id, if clients may see it.
    pub(crate) fn visible_person(&self, id: &str) -> Result<Arc<Person>, ScimError> {
        self.store
            .person(id)
            .filter(|person| person.active || !self.has(Fault::InactivePersonVanishes))
            .ok_or_else(|| ScimError::missing("person", id))
    }

    /// Whether nobody changed the person since it was read.
    pub(super) fn is_current(&self, person: &Arc<Person>) -> bool {
        self.store
            .person(&person.id)
            .is_some_and(|now| Arc::ptr_eq(&now, person))
    }
}
