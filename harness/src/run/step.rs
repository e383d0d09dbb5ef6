//! Does what a step says: the persona's jobs with its patience, and events upstream. Raw requests: [`super::send`].

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use mock_openai::MockOpenAi;
use proofload_scenarios::{Action, GroupUpdate, RawRequest, Step, Token, Trouble, Verb, WorldEvent, fill};

use super::by_hand;
use super::line::BridgeLine;
use super::stage::Stage;
use super::trouble;
use crate::cast::{Actor, Team};
use crate::exchange::Exchange;
use crate::judge::{Attempt, Breach, Invariant, JobRecord, StepRecord, expectation};
use crate::persona::{Change, Job, Member, Persona};

/// How many jobs an identity provider does at a time for a crowd.
const JOBS_AT_ONCE: usize = 8;
/// After this long a job is not tried again, whatever the identity provider's patience.
const JOB_WITHIN: Duration = Duration::from_secs(150);

impl Stage<'_> {
    /// Does what the step says. What is wrong already comes back as breaches.
    pub(super) async fn act(&mut self, step: &Step, record: &mut StepRecord) -> Vec<Breach> {
        self.ledger.begin_step();
        if let Some(upstream) = self.rig.upstream() {
            self.make_trouble(upstream, step);
        }
        let breaches = if step.fault_plan.iter().any(|rule| rule.trouble == Trouble::Kill) {
            self.act_and_be_killed(step, record).await
        } else {
            self.act_out(step, record).await
        };
        if let Some(upstream) = self.rig.upstream() {
            trouble::set_jitter(upstream, false);
        }
        breaches
    }

    fn make_trouble(&mut self, upstream: &MockOpenAi, step: &Step) {
        trouble::make(upstream, &step.fault_plan, &self.cast);
        for rule in &step.fault_plan {
            if let Trouble::Meanwhile(event) = &rule.trouble {
                by_hand::touch(event, &self.cast, &mut self.ledger);
            }
        }
        let together = matches!(&step.action, Action::Send { with, .. } if !with.is_empty());
        if together || step.at_once.is_some() {
            trouble::set_jitter(upstream, true);
        }
    }

    pub(super) async fn act_out(&mut self, step: &Step, record: &mut StepRecord) -> Vec<Breach> {
        match &step.action {
            Action::Do { verb, set, token } => {
                let jobs = match verb {
                    Verb::RetryFailed => std::mem::take(&mut self.failed),
                    verb => self.jobs(verb, set),
                };
                self.do_jobs(jobs, step.at_once, *token, record).await;
                Vec::new()
            }
            Action::Send {
                request,
                with,
                hang_up_after,
            } => {
                let times = step.at_once.map_or(1, NonZeroU32::get);
                let copies = (0..times).map(|_| request);
                let requests: Vec<&RawRequest> = copies.chain(with).collect();
                self.send_raw(&requests, *hang_up_after, record).await
            }
            Action::World(WorldEvent::BridgeKilled) => {
                let killed = self.rig.kill().await;
                self.stand_up_again(killed).await
            }
            Action::World(event) => self.world(event),
        }
    }

    /// What the persona has to do for a verb. The directory changes now; the requests follow.
    fn jobs(&mut self, verb: &Verb, set: &[(String, String)]) -> Vec<Job> {
        match verb {
            Verb::TestConnection => vec![Job::Requests(self.case.idp.connection.test.clone())],
            Verb::Probe => vec![Job::Requests(self.case.idp.connection.probe.clone())],
            Verb::ImportUsers => vec![Job::ImportUsers],
            Verb::Assign(names) => {
                self.note_assignment(names, true);
                self.each(names, Job::Assign)
            }
            Verb::Find(name) => self.each(std::slice::from_ref(name), Job::FindUser),
            Verb::Read(name) => match self.cast.team(name) {
                Some(team) => vec![Job::ReadGroup(team.clone())],
                None => self.each(std::slice::from_ref(name), Job::ReadUser),
            },
            Verb::Update(name) => self.update(name, set),
            Verb::RenamePerson { who, to } => {
                let taken = self.cast.actor(to).map(|actor| actor.user_name().to_owned());
                let address = taken.unwrap_or_else(|| self.cast.address(to));
                let mut set = vec![("userName".to_owned(), address.clone())];
                if self.cast.actor(who).is_some_and(|actor| actor.get("email").is_some()) {
                    set.push(("email".to_owned(), address));
                }
                self.update(who, &set)
            }
            Verb::Deactivate(names) => {
                self.note_assignment(names, false);
                self.each(names, |actor| Job::Switch(actor, false))
            }
            Verb::Reactivate(names) => {
                self.note_assignment(names, true);
                // Okta looks the person up again and links; Entra kept the link.
                if self.case.idp.user.replays_memberships {
                    self.each(names, Job::Assign)
                } else {
                    self.each(names, |actor| Job::Switch(actor, true))
                }
            }
            Verb::Delete(name) => match self.cast.team(name) {
                Some(team) => vec![Job::DeleteGroup(team.clone())],
                None => self.each(std::slice::from_ref(name), Job::DeleteUser),
            },
            Verb::Push(group) => self.with_team(group, Job::Push),
            Verb::RenameGroup { group, to } => {
                let name = format!("{to} {}", self.cast.tag);
                if let Some(team) = self.cast.team_mut(group) {
                    team.display_name = name;
                }
                self.with_team(group, Job::RenameGroup)
            }
            Verb::Add { who, group } => {
                let who = self.everybody(who);
                if let Some(team) = self.cast.team_mut(group) {
                    let new: Vec<String> = who
                        .iter()
                        .filter(|name| !team.members.contains(name))
                        .cloned()
                        .collect();
                    team.members.extend(new);
                }
                let added = self.members(&who);
                self.with_team(group, |team, all| Job::AddMembers(team, added, all))
            }
            Verb::Remove { who, group } => {
                let who = self.everybody(who);
                if let Some(team) = self.cast.team_mut(group) {
                    team.members.retain(|name| !who.contains(name));
                }
                let removed = self.members(&who);
                self.with_team(group, |team, all| Job::RemoveMembers(team, removed, all))
            }
            Verb::RetryFailed => Vec::new(),
        }
    }

    fn update(&mut self, name: &str, set: &[(String, String)]) -> Vec<Job> {
        let role_urn = &self.rules.role_urn;
        let filled: Vec<(String, String)> = set
            .iter()
            .map(|(key, value)| {
                let value = fill(value, |name| self.cast.placeholder(name, role_urn)).unwrap_or_else(|_| value.clone());
                (key.clone(), value)
            })
            .collect();
        let mut jobs = Vec::new();
        for person in self.cast.everybody(name) {
            let Some(actor) = self.cast.actor_mut(&person) else {
                continue;
            };
            let mut changes = Vec::new();
            for (attribute, value) in &filled {
                let before = actor
                    .get(crate::cast::directory_key(attribute))
                    .unwrap_or_default()
                    .to_owned();
                actor.set(attribute, value);
                changes.push(Change {
                    attribute: attribute.clone(),
                    value: value.clone(),
                    before,
                });
            }
            jobs.push(Job::Update(actor.clone(), changes));
        }
        jobs
    }

    /// The directory remembers who is assigned: whoever sends whole people says it each time.
    fn note_assignment(&mut self, names: &[String], on: bool) {
        for name in self.everybody(names) {
            if let Some(actor) = self.cast.actor_mut(&name) {
                actor.set("active", if on { "true" } else { "false" });
            }
        }
    }

    fn each(&self, names: &[String], job: impl Fn(Actor) -> Job) -> Vec<Job> {
        let everybody = self.everybody(names);
        everybody
            .iter()
            .filter_map(|name| self.cast.actor(name).cloned())
            .map(job)
            .collect()
    }

    fn everybody(&self, names: &[String]) -> Vec<String> {
        names.iter().flat_map(|name| self.cast.everybody(name)).collect()
    }

    /// The members an identity provider would send: people whom it has provisioned.
    fn members(&self, names: &[String]) -> Vec<Member> {
        let member = |name: &String| {
            let actor = self.cast.actor(name)?;
            Some(Member {
                id: actor.id.clone()?,
                display: actor.user_name().to_owned(),
            })
        };
        names.iter().filter_map(member).collect()
    }

    fn with_team(&self, group: &str, job: impl FnOnce(Team, Vec<Member>) -> Job) -> Vec<Job> {
        let team = self.cast.team(group).cloned();
        team.map(|team| {
            let all = self.members(&team.members);
            job(team, all)
        })
        .into_iter()
        .collect()
    }

    /// Does jobs, several at a time when there are many, each with the identity provider's patience.
    async fn do_jobs(&mut self, jobs: Vec<Job>, at_once: Option<NonZeroU32>, token: Token, record: &mut StepRecord) {
        let mut jobs = jobs;
        if at_once.is_some() {
            jobs = jobs.into_iter().flat_map(|job| self.in_batches(job)).collect();
            self.random().shuffle(&mut jobs);
        }
        let at_a_time = at_once.map_or(JOBS_AT_ONCE, |n| usize::try_from(n.get()).unwrap_or(JOBS_AT_ONCE));
        let many = jobs.len() > 1;
        let started = Instant::now();
        let persona = self.persona.presenting(token);
        let mut work: Vec<BoxFuture<'_, Done>> = Vec::with_capacity(jobs.len());
        for job in jobs {
            work.push(Box::pin(persevere(persona, job, self.line(many), started)));
        }
        let done: Vec<Done> = futures_util::stream::iter(work).buffered(at_a_time).collect().await;
        for Done {
            job,
            exchanges,
            mut attempts,
            shortened,
        } in done
        {
            let base = record.exchanges.len();
            attempts
                .iter_mut()
                .flat_map(|attempt| &mut attempt.exchanges)
                .for_each(|index| *index += base);
            self.learn(&exchanges);
            record.exchanges.extend(exchanges);
            if let Some(Err(failure)) = attempts.last().map(|attempt| &attempt.result) {
                if persona.sends_again_later(failure) {
                    self.failed.push(job.clone());
                }
                self.take_back(&job);
            }
            if shortened {
                let title = &self.case.idp.title;
                self.notes.push(format!(
                    "time was compressed: {title} would have waited longer before it tried again"
                ));
            }
            record.jobs.push(JobRecord {
                about: about(&job),
                attempts,
            });
        }
    }

    /// The requests of a job, where it sends a list in batches: each can be under way by itself.
    fn in_batches(&self, job: Job) -> Vec<Job> {
        let manner = self.case.idp.group.as_ref();
        let Some(manner) = manner.filter(|manner| manner.update != GroupUpdate::EchoPut) else {
            return vec![job];
        };
        let size = usize::try_from(manner.members_per_patch).unwrap_or(1).max(1);
        match job {
            Job::AddMembers(team, some, all) => {
                let batches = some.chunks(size);
                batches
                    .map(|batch| Job::AddMembers(team.clone(), batch.to_vec(), all.clone()))
                    .collect()
            }
            Job::RemoveMembers(team, some, all) => {
                let batches = some.chunks(size);
                batches
                    .map(|batch| Job::RemoveMembers(team.clone(), batch.to_vec(), all.clone()))
                    .collect()
            }
            job => vec![job],
        }
    }

    /// The bridge still has the old values, so that is what the scenario speaks of; the job keeps the new ones.
    fn take_back(&mut self, job: &Job) {
        if let Job::Update(actor, changes) = job
            && let Some(known) = self.cast.actor_mut(&actor.name)
        {
            for change in changes {
                known.set(&change.attribute, &change.before);
            }
        }
    }

    /// What happens without the bridge. What cannot happen (an invite that is not there) is what the bridge left out.
    fn world(&mut self, event: &WorldEvent) -> Vec<Breach> {
        let Some(upstream) = self.rig.upstream() else {
            return Vec::new();
        };
        by_hand::touch(event, &self.cast, &mut self.ledger);
        let failed = upstream.org(|org, now| by_hand::happen(event, org, now, &self.cast));
        let breach = |message| Breach::of(Invariant::HonestSuccess, message);
        failed.into_iter().map(breach).collect()
    }

    /// Keeps what the step wants kept of the deciding answer.
    pub(super) fn keep(&mut self, step: &Step, record: &StepRecord) {
        for (name, value) in expectation::kept(step, record) {
            self.cast.keep(name, value);
        }
    }

    /// Keeps the ids that the bridge gives, as an identity provider does: the first one it sees, or that of a create.
    pub(super) fn learn(&mut self, exchanges: &[Exchange]) {
        for exchange in exchanges.iter().filter(|exchange| exchange.is_success()) {
            let created = exchange.request.method == "POST";
            let resources = match crate::persona::list_of(exchange) {
                Some((_, resources)) => resources,
                None => exchange.json().into_iter().collect(),
            };
            for resource in resources {
                let text = |key: &str| resource.get(key).and_then(serde_json::Value::as_str).map(str::to_owned);
                let Some(id) = text("id") else { continue };
                match (text("userName"), text("displayName")) {
                    (Some(user_name), _) => self.cast.learn_user_id(&user_name, &id, created),
                    (None, Some(name)) => self.cast.learn_group_id(&name, &id, created),
                    (None, None) => {}
                }
            }
        }
    }
}

/// A job and what became of it.
struct Done {
    job: Job,
    exchanges: Vec<Exchange>,
    attempts: Vec<Attempt>,
    shortened: bool,
}

/// Does a job until it succeeds or the identity provider gives up.
async fn persevere(persona: Persona<'_>, job: Job, mut line: BridgeLine<'_>, started: Instant) -> Done {
    let mut attempts = Vec::new();
    let mut shortened = false;
    loop {
        let first = line.exchanges.len();
        let result = persona.perform(&job, &mut line).await;
        let number = u32::try_from(attempts.len() + 1).unwrap_or(u32::MAX);
        let wait = result
            .as_ref()
            .err()
            .and_then(|failure| persona.patience(failure, number));
        attempts.push(Attempt {
            exchanges: (first..line.exchanges.len()).collect(),
            result,
        });
        let Some((wait, cut)) = wait.filter(|(wait, _)| started.elapsed() + *wait < JOB_WITHIN) else {
            break;
        };
        shortened |= cut;
        tokio::time::sleep(wait).await;
    }
    Done {
        job,
        exchanges: line.exchanges,
        attempts,
        shortened,
    }
}

/// Whom or what a job is about, by the scenario's name.
fn about(job: &Job) -> String {
    match job {
        Job::Requests(_) | Job::ImportUsers => String::new(),
        Job::Assign(actor)
        | Job::FindUser(actor)
        | Job::ReadUser(actor)
        | Job::Update(actor, _)
        | Job::Switch(actor, _)
        | Job::DeleteUser(actor) => actor.name.clone(),
        Job::Push(team, _)
        | Job::ReadGroup(team)
        | Job::RenameGroup(team, _)
        | Job::AddMembers(team, _, _)
        | Job::RemoveMembers(team, _, _)
        | Job::DeleteGroup(team) => team.name.clone(),
    }
}
