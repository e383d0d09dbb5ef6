//! Kills the bridge and looks whether it stands up again with all that it had acknowledged.

use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};

use mock_openai::{Entry, Injected, MockOpenAi};
use proofload_scenarios::Step;

use super::stage::Stage;
use crate::judge::{Breach, Invariant, StepRecord};
use crate::persona::Job;
use crate::target::TargetError;

impl Stage<'_> {
    /// Does what the step says, and kills the bridge as soon as it makes the call that the step's rule is about.
    pub(super) async fn act_and_be_killed(&mut self, step: &Step, record: &mut StepRecord) -> Vec<Breach> {
        let rig = self.rig;
        let Some(upstream) = rig.upstream() else {
            return self.act_out(step, record).await;
        };
        let seq = upstream.last_seq();
        let struck = AtomicBool::new(false);
        let mut killed = None;
        let mut breaches = {
            let mut act = pin!(self.act_out(step, record));
            let mut kill = pin!(async {
                is_struck(upstream, seq).await;
                struck.store(true, Ordering::Relaxed);
                rig.kill().await
            });
            let breaches = loop {
                tokio::select! {
                    breaches = &mut act => break breaches,
                    result = &mut kill, if killed.is_none() => killed = Some(result),
                }
            };
            if struck.load(Ordering::Relaxed) && killed.is_none() {
                killed = Some(kill.await);
            }
            breaches
        };
        if let Some(killed) = killed {
            breaches.extend(self.stand_up_again(killed).await);
        }
        breaches
    }

    /// After a kill: whether the bridge is there again, and still knows whom it had acknowledged.
    pub(super) async fn stand_up_again(&mut self, killed: Result<(), TargetError>) -> Vec<Breach> {
        self.ledger.killed();
        if let Err(error) = killed {
            let message = format!("the bridge was killed and could not be started again: {error}");
            return vec![Breach::of(Invariant::Durable2xx, message)];
        }
        let mut line = self.line(false);
        for job in self.acknowledged() {
            // Whether the answer is of use to the identity provider is for other steps to say.
            _ = self.persona.perform(&job, &mut line).await;
        }
        let unknown = line.exchanges.iter().filter(|exchange| exchange.status() == Some(404));
        unknown
            .map(|exchange| {
                let message = format!(
                    "{} was answered 404 after the bridge was killed and started again",
                    exchange.request_line()
                );
                Breach::of(Invariant::Durable2xx, message)
            })
            .collect()
    }

    /// Reads of everybody and every group that the bridge has acknowledged and that must be there.
    fn acknowledged(&self) -> Vec<Job> {
        const MOST: usize = 8;
        let people = self.ledger.people().iter();
        let people = people.filter(|person| person.active && !person.in_doubt);
        let actors = people.filter_map(|person| {
            self.cast
                .actors()
                .find(|actor| actor.id.is_some() && actor.id == person.id)
        });
        let groups = self.ledger.groups().iter();
        let groups = groups.filter(|group| !group.deleted && !group.in_doubt);
        let teams = groups.filter_map(|group| self.cast.teams().find(|team| team.id.is_some() && team.id == group.id));
        let people = actors.take(MOST).cloned().map(Job::ReadUser);
        people.chain(teams.take(MOST).cloned().map(Job::ReadGroup)).collect()
    }
}

/// Returns when a call has come in that a rule leaves without an answer.
async fn is_struck(upstream: &MockOpenAi, seq: u64) {
    let is_held = |entry: &Entry| matches!(entry.injected, Some(Injected::Fault { .. })) && entry.answer.is_none();
    let mut changes = upstream.changes();
    loop {
        changes.mark_unchanged();
        if upstream.journal_after(seq).iter().any(|entry| is_held(entry)) {
            return;
        }
        if changes.changed().await.is_err() {
            // Upstream is gone: then nothing strikes any more.
            return std::future::pending().await;
        }
    }
}
