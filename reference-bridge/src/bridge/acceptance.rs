//! The poller: finds out who has accepted, gives them the role last asked for, and puts them into
//! the groups that hold a place for them. It sleeps while nobody is pending.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::Bridge;
use super::group_settle::{Rewrite, group_lock};
use super::settle::member_link;
use crate::core::address;
use crate::core::error::ScimError;
use crate::core::plan::Link;
use crate::fault::Fault;
use crate::store::{GroupRecord, Person};
use crate::upstream::{Session, User};

/// How many addresses one call asks about.
const BATCH: usize = 50;
/// Every so many rounds everybody is asked about by address, when one call is enough for that.
const EACH_EVERY: u64 = 5;
/// Every so many rounds the invites are read too, to notice those that expired.
const INVITES_EVERY: u64 = 15;
/// How many held members a defect puts into one group in one look.
const HELD_TAKEN: usize = 10;
/// The longest pause after trouble.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// How much rarer polls become where upstream limits calls: requests need them more.
const POLITE: u32 = 20;

/// How a round's calls went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Calls {
    /// As they were made.
    Free,
    /// Some had to wait for upstream's limits.
    Limited,
}

/// The poller's memory between rounds.
#[derive(Debug, Default)]
pub(super) struct Rounds {
    count: u64,
    /// Where the next batch begins.
    offset: usize,
    window: Option<Instant>,
    calls: usize,
}

impl Bridge {
    /// Polls until it is dropped.
    pub(crate) async fn poll(self: Arc<Self>) {
        let interval = self.settings.poll_interval;
        let mut pause = interval;
        loop {
            let idle = self.queue.lock().is_empty()
                && !self.owing.load(Ordering::Acquire)
                && self.store.pending_people().is_empty();
            if idle {
                self.wake.notified().await;
            }
            tokio::time::sleep(pause).await;
            pause = match self.catch_up().await {
                // What was too often a moment ago may still be.
                Ok(Calls::Free) => (pause / 2).max(interval),
                Ok(Calls::Limited) if self.queue.lock().is_empty() => (pause * 2).min(interval * POLITE),
                // What waits there was promised, and keeps the pace itself.
                Ok(Calls::Limited) => interval,
                Err(_) => (pause * 2).clamp(interval, LONGEST_PAUSE),
            };
        }
    }

    /// One round: does what waits, and notices who has accepted.
    pub(crate) async fn catch_up(&self) -> Result<Calls, ScimError> {
        let mut rounds = self.rounds.lock().await;
        if !rounds.may_call(self.settings.poll_calls_per_minute) {
            return Ok(Calls::Limited);
        }
        let mut session = self.session();
        if self.has(Fault::PollerIgnoresThrottle) {
            session.be_impatient();
        }
        let round = self.round(&session, &mut rounds).await;
        rounds.calls += session.calls();
        round.map(|()| {
            if session.has_waited() {
                Calls::Limited
            } else {
                Calls::Free
            }
        })
    }

    async fn round(&self, session: &Session, rounds: &mut Rounds) -> Result<(), ScimError> {
        self.work_off(session).await?;
        let pending = self.store.pending_people();
        if !pending.is_empty() {
            rounds.count += 1;
            self.find_newly_accepted(session, &pending).await?;
            rounds.offset %= pending.len();
            let batch: Vec<_> = pending
                .iter()
                .cycle()
                .skip(rounds.offset)
                .take(BATCH.min(pending.len()))
                .cloned()
                .collect();
            rounds.offset += batch.len();
            // Those whom the first pages did not show, some in each round.
            if pending.len() > BATCH || rounds.count.is_multiple_of(EACH_EVERY) {
                self.find_accepted(session, &batch).await?;
            }
            if rounds.count.is_multiple_of(INVITES_EVERY) {
                self.find_expired(session, &batch).await?;
            }
        }
        self.do_put_off(session).await?;
        if self.owing.swap(false, Ordering::AcqRel)
            && let Err(error) = self.apply_held(session).await
        {
            self.owing.store(true, Ordering::Release);
            return Err(error);
        }
        Ok(())
    }

    /// A defect: carries out what was acknowledged earlier and is due now.
    async fn do_put_off(&self, session: &Session) -> Result<(), ScimError> {
        let now = Instant::now();
        let due: Vec<String> = {
            let mut put_off = self.put_off.lock();
            let due = put_off.extract_if(.., |(until, _)| *until <= now).map(|(_, id)| id);
            due.collect()
        };
        for id in due {
            let Some(person) = self.store.person(&id) else { continue };
            let _guard = self.locks.acquire(person.lock_keys(), session.deadline()).await?;
            let next = Person::clone(&person);
            self.settle_person(session, Some(person), next, false).await?;
        }
        if !self.put_off.lock().is_empty() {
            self.owing.store(true, Ordering::Release);
        }
        Ok(())
    }

    /// Reads the newest members and takes note of those who were pending: one call finds any
    /// number of people who just accepted, where the newest are listed first.
    pub(super) async fn find_newly_accepted(
        &self,
        session: &Session,
        pending: &[Arc<Person>],
    ) -> Result<(), ScimError> {
        let waiting: HashMap<String, &Arc<Person>> = pending
            .iter()
            .map(|person| (address::normalise(invited(person)), person))
            .collect();
        let of = |user: &User| {
            let email = user.email.as_deref().unwrap_or_default();
            waiting.get(&address::normalise(email)).copied()
        };
        let users = session
            .newest_members(|user| of(user).is_some())
            .await
            .map_err(|trouble| self.scim(&trouble))?;
        for user in users {
            if let Some(person) = of(&user) {
                self.accept(session, person, &user).await?;
            }
        }
        Ok(())
    }

    /// Asks upstream which of these pending people are members now, and takes note.
    pub(super) async fn find_accepted(&self, session: &Session, pending: &[Arc<Person>]) -> Result<(), ScimError> {
        let emails: Vec<&str> = pending.iter().map(|person| invited(person)).collect();
        let users = session
            .find_members(&emails)
            .await
            .map_err(|trouble| self.scim(&trouble))?;
        for user in users {
            let email = user.email.as_deref().unwrap_or_default();
            let accepted = pending.iter().find(|person| address::same(invited(person), email));
            if let Some(person) = accepted {
                self.accept(session, person, &user).await?;
            }
        }
        Ok(())
    }

    /// A defect that shows when somebody looks: acceptances are noticed at once.
    pub(super) async fn notice_acceptance(&self, session: &Session) -> Result<(), ScimError> {
        if !self.has(Fault::IdChangesOnAcceptance) {
            return Ok(());
        }
        let pending = self.store.pending_people();
        for batch in pending.chunks(BATCH) {
            self.find_accepted(session, batch).await?;
        }
        Ok(())
    }

    /// A pending person became a member.
    async fn accept(&self, session: &Session, person: &Arc<Person>, user: &User) -> Result<(), ScimError> {
        let _guard = self.locks.acquire(person.lock_keys(), session.deadline()).await?;
        if !self.is_current(person) {
            return Ok(());
        }
        if self.has(Fault::MemberOnlyByInvite)
            && let Ok(Some(_)) = session.find_invite(invited(person)).await
        {
            return Ok(());
        }
        let mut next = Person::clone(person);
        next.link = member_link(user);
        if self.has(Fault::IdChangesOnAcceptance) {
            self.store.remove_person(&person.id).await?;
            next.id = self.new_id();
        }
        let wanted = self.wanted(&next, false);
        let mut link = next.link.clone();
        let settled = self.settle(session, &next.id, &mut link, wanted).await;
        if let Err(error) = &settled
            && matches!(error.status, 429 | 503)
        {
            // Still pending to us, so that the next round tries again to set the role.
            return settled;
        }
        next.link = link;
        self.store.put_person(next).await?;
        self.owe();
        settled
    }

    /// Notices pending people whose invite is gone: the next write about them sends another.
    async fn find_expired(&self, session: &Session, pending: &[Arc<Person>]) -> Result<(), ScimError> {
        let invites = session.list_invites().await.map_err(|trouble| self.scim(&trouble))?;
        for person in pending {
            let open = invites
                .iter()
                .any(|invite| invite.is_pending() && Some(invite.id.as_str()) == person.upstream_id());
            if open {
                continue;
            }
            let _guard = self.locks.acquire(person.lock_keys(), session.deadline()).await?;
            let accepted = session.find_member(invited(person)).await;
            let accepted = accepted.map_err(|trouble| self.scim(&trouble))?;
            if accepted.is_none() && self.is_current(person) {
                let mut next = Person::clone(person);
                next.link = Link::Unknown;
                self.store.put_person(next).await?;
            }
        }
        Ok(())
    }

    /// Puts accepted people into the groups that hold a place for them.
    async fn apply_held(&self, session: &Session) -> Result<(), ScimError> {
        if self.has(Fault::HeldMembersNeverApplied) {
            return Ok(());
        }
        for group in self.store.groups() {
            if !self.owes(&group) {
                continue;
            }
            let _guard = self
                .locks
                .acquire(vec![group_lock(&group.id)], session.deadline())
                .await?;
            let Some(before) = self.store.group(&group.id) else {
                continue;
            };
            let mut next = GroupRecord::clone(&before);
            if self.has(Fault::HeldMembersTenALook) {
                self.believe_in_the_rest(&mut next);
            }
            self.settle_group_now(session, &before, next, Rewrite::No).await?;
        }
        Ok(())
    }

    /// A defect: of those who may come into a group now, all beyond the first few count as there.
    fn believe_in_the_rest(&self, group: &mut GroupRecord) {
        let (_, arriving) = self.difference(group, Rewrite::No);
        group.applied.extend(arriving.into_iter().skip(HELD_TAKEN));
    }
}

impl Rounds {
    /// Whether the budget of this minute has something left.
    fn may_call(&mut self, per_minute: u32) -> bool {
        let minute = Duration::from_secs(60);
        if self.window.is_none_or(|began| began.elapsed() >= minute) {
            self.window = Some(Instant::now());
            self.calls = 0;
        }
        self.calls < per_minute as usize
    }
}

/// Where a pending person's invite was sent.
fn invited(person: &Person) -> &str {
    match &person.link {
        Link::Invite { email, .. } => email,
        Link::Unknown | Link::Absent | Link::Member { .. } => person.address(),
    }
}
