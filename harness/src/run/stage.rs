//! The state of one case while it is told: the cast, what was acknowledged, how far the journal was read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use mock_openai::{Entry, MockOpenAi};
use proofload_scenarios::{Level, Policies, Scenario, Step, UpstreamExpectation};

use super::tags::Tags;
use super::waiting::Waiting;
use super::{Case, Rules, by_hand, world};
use crate::cast::{Actor, Cast};
use crate::exchange::Exchange;
use crate::judge::effects::{self, Scene, Watch};
use crate::judge::expectation::Measure;
use crate::judge::ledger::Reading;
use crate::judge::owed::{self, Gap};
use crate::judge::standing;
use crate::judge::{Breach, Intent, Invariant, Ledger, StepRecord, Upstream, answer};
use crate::persona::{Job, Persona};
use crate::run::line::BridgeLine;
use crate::target::Rig;

/// One case while it is told.
pub(super) struct Stage<'a> {
    pub(super) rig: &'a Rig,
    pub(super) case: &'a Case,
    pub(super) rules: &'a Rules,
    pub(super) tags: &'a Tags,
    pub(super) persona: Persona<'a>,
    pub(super) cast: Cast,
    /// What the bridge says it has chosen, and what it has shown in this case: it must stay with it.
    pub(super) policies: Policies,
    /// Jobs that failed and that the identity provider sends again later.
    pub(super) failed: Vec<Job>,
    pub(super) secrets: answer::Secrets,
    /// Waits that were shortened, and such.
    pub(super) notes: Vec<String>,
    /// Checks made outside a step's own expectations.
    pub(super) checks: u32,
    /// Checks that mean nothing without an upstream.
    pub(super) not_applicable: u32,
    pub(super) ledger: Ledger,
    watch: Watch,
    seq: u64,
    lines: u64,
}

impl<'a> Stage<'a> {
    pub(super) fn new(rig: &'a Rig, case: &'a Case, rules: &'a Rules, tags: &'a Tags, players: Cast, seq: u64) -> Self {
        let mut secrets = answer::Secrets::default();
        secrets.add("the bearer token", rig.scim_token());
        if let Some(key) = rig.admin_key() {
            secrets.add("the OpenAI admin key", key);
        }
        for password in players.actors().filter_map(|actor| actor.get("password")) {
            secrets.add("a person's password", password);
        }
        Self {
            rig,
            case,
            rules,
            tags,
            persona: Persona::new(&case.idp, rig.scim_token(), &rules.role_urn),
            ledger: by_hand::groups_found(&players),
            cast: players,
            policies: rules.policies.clone(),
            failed: Vec::new(),
            secrets,
            notes: Vec::new(),
            checks: 0,
            not_applicable: 0,
            watch: Watch::default(),
            seq,
            lines: 0,
        }
    }

    /// A new line to the bridge, with GUIDs of its own.
    pub(super) fn line(&mut self, concurrent: bool) -> BridgeLine<'a> {
        BridgeLine::new(self.rig, self.random(), concurrent)
    }

    /// Randomness that follows from the run's seed and from how far the case is.
    pub(super) fn random(&mut self) -> fastrand::Rng {
        self.lines += 1;
        let seed = self.cast.tag.bytes().fold(self.lines, |seed, byte| {
            seed.wrapping_mul(131).wrapping_add(byte.into())
        });
        fastrand::Rng::with_seed(seed)
    }

    /// Takes in the exchanges of a step: ids for the cast, acknowledgements for the ledger. Gives what is wrong with
    /// each answer by itself.
    pub(super) fn observe(&mut self, exchanges: &[Exchange]) -> Vec<Breach> {
        let reading = Reading {
            replays_memberships: self.case.idp.user.replays_memberships,
            by_the_letter: self.policies.reading() == proofload_scenarios::Reading::Rfc,
            role_place_is_open: asks_for_role_place(&self.case.scenario),
        };
        let mut breaches = Vec::new();
        for (index, exchange) in exchanges.iter().enumerate() {
            self.checks += answer::CHECKS + 1;
            breaches.extend(
                answer::check(exchange, &self.secrets)
                    .into_iter()
                    .map(|breach| breach.shown_by(index)),
            );
            for change in self.ledger.observe(exchange, reading) {
                let message = format!(
                    "the id of {} was {} and is now {}",
                    change.user_name, change.was, change.is
                );
                breaches.push(
                    Breach::of(Invariant::StableId, message)
                        .wanted(change.was, change.is)
                        .shown_by(index),
                );
            }
        }
        self.ledger.leave_contradictions_open(exchanges);
        breaches
    }

    /// Waits until upstream is what was acknowledged and what the step expects, or no progress is to be expected any
    /// more. Reads the journal meanwhile. Gives what is still missing and what the effects break.
    ///
    /// Nothing is polled: each new journal entry is a reason to look again. The time begins anew with every attempt that
    /// the bridge makes for this case, because a queue that is being worked off loses nothing. An identity provider does
    /// not go silent while it waits, so its idle requests are sent twice; a bridge may catch up on such an occasion.
    pub(super) async fn settle(&mut self, step: &Step, record: &mut StepRecord, patience: Duration) -> Settled {
        let mut settled = Settled::default();
        let Some(upstream) = self.rig.upstream() else {
            self.not_applicable += effects::CHECKS;
            return settled;
        };
        let mut waiting = Waiting::new(patience);
        let mut changes = upstream.changes();
        let reads = quiet_reads(&record.exchanges);
        let asked = roles_asked(&record.exchanges, &self.ledger);
        loop {
            changes.mark_unchanged();
            // The state first: the journal read after it holds everything that led there.
            let (gaps, now) = self.gaps(upstream);
            let broken = self.read_journal(upstream, record, &reads, &asked, &mut waiting);
            settled.broken.extend(broken);
            let unmet = self.unmet(step, &now);
            record.upstream = Some(now);
            self.checks += 1;
            // While upstream refuses on purpose and without end, nothing can come; it is owed all the same later.
            if (gaps.is_empty() && unmet.is_empty()) || world::is_blocked(upstream) {
                return settled;
            }
            if waiting.is_over() {
                settled.missing = gaps.into_iter().map(|gap| waiting.judge(gap)).collect();
                return settled;
            }
            // What else is missing was not given its time, so nothing is said of it.
            if settled.broken.iter().any(|breach| breach.level == Level::Must) {
                return settled;
            }
            tokio::select! {
                _ = changes.changed() => {}
                () = tokio::time::sleep_until(waiting.wake()) => {
                    if waiting.takes_nudge() {
                        let about: BTreeSet<&str> = gaps.iter().flat_map(|gap| &gap.about).map(String::as_str).collect();
                        settled.broken.extend(self.idle(&about).await);
                    }
                }
            }
        }
    }

    /// The idle requests of the persona, and a look at those it knows, first at those in question: what an identity provider
    /// sends anyway.
    async fn idle(&mut self, about: &BTreeSet<&str>) -> Vec<Breach> {
        const MOST: usize = 8;
        let mut line = self.line(false);
        let in_question = |actor: &Actor| {
            let mut addresses = actor.addresses().map(str::to_lowercase);
            addresses.any(|address| about.contains(address.as_str()))
        };
        let mut known: Vec<Actor> = self.cast.actors().filter(|actor| actor.id.is_some()).cloned().collect();
        known.sort_by_key(|actor| !in_question(actor));
        known.truncate(MOST);
        let mut jobs = vec![Job::Requests(self.case.idp.connection.probe.clone())];
        jobs.extend(known.iter().cloned().map(Job::FindUser));
        jobs.extend(known.into_iter().map(Job::ReadUser));
        jobs.extend(
            self.cast
                .teams()
                .filter(|team| team.id.is_some())
                .take(MOST)
                .cloned()
                .map(Job::ReadGroup),
        );
        for job in &jobs {
            // Whether such a read succeeds is not the question here.
            _ = self.persona.perform(job, &mut line).await;
        }
        self.observe(&line.exchanges)
            .into_iter()
            .map(|breach| Breach {
                exchange: None,
                ..breach
            })
            .collect()
    }

    fn read_journal(
        &mut self,
        upstream: &MockOpenAi,
        record: &mut StepRecord,
        reads: &[(std::ops::RangeInclusive<u64>, String)],
        asked: &BTreeMap<String, BTreeSet<String>>,
        waiting: &mut Waiting,
    ) -> Vec<Breach> {
        let mut breaches = Vec::new();
        for entry in upstream.journal_after(self.seq) {
            self.seq = entry.seq;
            if !self.tags.concern(&entry) {
                continue;
            }
            let scene = Scene {
                ledger: &self.ledger,
                roles_asked: asked,
                reads,
                second_invite_is_sent: self.case.scenario.given.duplicate_invite
                    == proofload_scenarios::DuplicateInvite::Sent,
            };
            self.checks += effects::CHECKS;
            breaches.extend(self.watch.observe(&entry, scene));
            self.ledger.hear_refusal(&entry);
            if self.tags.is_attempt(&entry) {
                waiting.progress(entry.answer.is_none());
            }
            if self.counts(&entry) {
                if only_reads(&record.exchanges) && effects::catches_up(&entry, &self.ledger) {
                    record.catching_up.insert(entry.seq);
                }
                record.entries.push(entry);
            }
        }
        breaches
    }

    /// Entries of this case, and reads and refusals; a stranger's changes are told by the watch.
    fn counts(&self, entry: &Arc<Entry>) -> bool {
        entry.effects.is_empty() || self.tags.is_ours(entry)
    }

    fn gaps(&self, upstream: &MockOpenAi) -> (Vec<Gap>, Upstream) {
        let now = self.upstream_now(upstream);
        (owed::gaps(&self.ledger, &now), now)
    }

    fn upstream_now(&self, upstream: &MockOpenAi) -> Upstream {
        let known = self
            .ledger
            .people()
            .iter()
            .flat_map(|person| person.addresses.iter().chain(&person.former));
        let players = self.cast.actors().flat_map(Actor::addresses);
        let addresses: BTreeSet<&str> = known
            .chain(self.ledger.mentioned())
            .map(String::as_str)
            .chain(players)
            .collect();
        let groups = self
            .ledger
            .groups()
            .iter()
            .flat_map(|group| std::iter::once(&group.name).chain(&group.former));
        let teams = self.cast.teams().map(|team| team.display_name.as_str());
        upstream.org(|org, now| Upstream::of(org, now, addresses.into_iter(), groups.map(String::as_str).chain(teams)))
    }

    /// Expectations about upstream that are not met yet.
    fn unmet(&self, step: &Step, now: &Upstream) -> Vec<Breach> {
        let wanted: Vec<&UpstreamExpectation> = step.expect.upstream.iter().collect();
        self.measured(step, |measure| {
            wanted
                .iter()
                .filter_map(|wanted| standing::standing(wanted, now, measure))
                .collect()
        })
    }

    /// Calls `judge` with what this step is judged by.
    pub(super) fn measured<R>(&self, step: &Step, judge: impl FnOnce(Measure<'_>) -> R) -> R {
        let value_of = |name: &str| self.cast.placeholder(name, &self.rules.role_urn);
        let everybody = |name: &str| self.cast.everybody(name);
        let addresses = |name: &str| {
            let actor = self.cast.actor(name);
            actor
                .map(|actor| actor.addresses().map(str::to_lowercase).collect())
                .unwrap_or_default()
        };
        judge(Measure {
            level: step.level.unwrap_or(self.case.scenario.level),
            policies: &self.policies,
            value_of: &value_of,
            everybody: &everybody,
            addresses: &addresses,
        })
    }
}

/// What was found while effects were waited for.
#[derive(Default)]
pub(super) struct Settled {
    /// What answers and effects break.
    pub(super) broken: Vec<Breach>,
    /// What is still missing after the time it had to come. Without that time it cannot be said that it will not.
    pub(super) missing: Vec<Breach>,
}

impl From<Gap> for Breach {
    /// What was owed before the bridge was killed and is missing after it was not durable, whatever else it is.
    fn from(gap: Gap) -> Self {
        if gap.before_kill {
            let message = format!("{}; the bridge was killed in between and started again", gap.message);
            return Self::of(Invariant::Durable2xx, message).about(gap.about);
        }
        Self::of(gap.invariant, gap.message).about(gap.about)
    }
}

/// Whether a scenario asks the bridge where it looks for a role.
fn asks_for_role_place(scenario: &Scenario) -> bool {
    let mut accepted = scenario.steps.iter().flat_map(|step| &step.accept);
    accepted.any(|alternative| alternative.when.policy == "role_place")
}

/// Whether a step asks, and asks for no change.
fn only_reads(exchanges: &[Exchange]) -> bool {
    !exchanges.is_empty() && !exchanges.iter().any(Exchange::is_write)
}

/// Journal numbers written while nothing but one GET was under way.
fn quiet_reads(exchanges: &[Exchange]) -> Vec<(std::ops::RangeInclusive<u64>, String)> {
    exchanges
        .iter()
        .filter(|exchange| !exchange.is_write() && !exchange.concurrent && exchange.seq_after > exchange.seq_before)
        .map(|exchange| (exchange.seq_before + 1..=exchange.seq_after, exchange.request_line()))
        .collect()
}

/// Roles that requests of a step asked for, by address: what is under way may show before it is acknowledged.
fn roles_asked(exchanges: &[Exchange], ledger: &Ledger) -> BTreeMap<String, BTreeSet<String>> {
    let mut asked: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for exchange in exchanges {
        let Some(Intent::User { id, said }) = Intent::of(&exchange.request) else {
            continue;
        };
        let roles: Vec<String> = said
            .role
            .iter()
            .chain(&said.perhaps)
            .map(|role| role.to_lowercase())
            .collect();
        let said_addresses = said
            .user_name
            .iter()
            .chain(said.emails.iter().flatten())
            .map(|name| name.to_lowercase());
        let known = id
            .as_deref()
            .and_then(|id| ledger.addresses_of(id))
            .into_iter()
            .flatten()
            .cloned();
        for address in said_addresses.chain(known) {
            asked.entry(address).or_default().extend(roles.iter().cloned());
        }
    }
    asked
}
