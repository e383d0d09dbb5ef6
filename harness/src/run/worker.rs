//! A worker: keeps one bridge alive and tells it one case after the other.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::sync::Mutex;
use tokio::sync::mpsc::UnboundedSender;

use super::case::{Told, tell};
use super::tags::Tags;
use super::{Case, Plan, Stop, world};
use crate::event::Event;
use crate::finding::Verdict;
use crate::target::{Rig, TargetKind};

/// After this many cases in a row to which the bridge did not answer, nothing more is tried.
const UNREACHABLE_MAX: u32 = 3;

/// One worker.
pub(super) struct Worker {
    number: usize,
    plan: Arc<Plan>,
    queue: Arc<Mutex<VecDeque<Case>>>,
    events: UnboundedSender<Event>,
    stop: Stop,
    tags: Tags,
    unreachable: u32,
}

impl Worker {
    pub(super) fn new(
        number: usize,
        plan: Arc<Plan>,
        queue: Arc<Mutex<VecDeque<Case>>>,
        events: UnboundedSender<Event>,
        stop: Stop,
    ) -> Self {
        Self {
            number,
            plan,
            queue,
            events,
            stop,
            tags: Tags::default(),
            unreachable: 0,
        }
    }

    /// Takes cases until there are none left or a stop is called for.
    pub(super) async fn work(mut self, mut rig: Option<Rig>) {
        if let Some(upstream) = rig.as_ref().and_then(Rig::upstream) {
            world::populate(upstream);
        }
        while !*self.stop.borrow() {
            let Some(case) = self.queue.lock().await.pop_front() else {
                break;
            };
            rig = self.take(case, rig).await;
        }
        if let Some(rig) = rig {
            rig.end().await;
        }
    }

    /// Tells one case on a bridge that fits it, and gives the bridge back if it can be used again.
    async fn take(&mut self, case: Case, rig: Option<Rig>) -> Option<Rig> {
        if case.scenario.fresh && matches!(self.plan.target.kind, TargetKind::Url { .. }) {
            self.tell_unrun(
                &case,
                Verdict::NotApplicable,
                "it needs a bridge that nobody has used; --bridge-url gives one that runs already",
            );
            return rig;
        }
        if self.unreachable >= UNREACHABLE_MAX {
            self.tell_unrun(
                &case,
                Verdict::Error,
                "the bridge did not answer in several scenarios in a row; nothing more was tried",
            );
            return rig;
        }
        let mut rig = match self.ready(&case, rig).await {
            Ok(rig) => rig,
            Err(reason) => {
                self.unreachable += 1;
                self.tell_unrun(&case, Verdict::Error, &reason);
                return None;
            }
        };
        _ = self.events.send(Event::CaseStarted(case.id()));
        let mut stop = self.stop.clone();
        let told = tokio::select! {
            told = tell(&mut rig, &case, &self.plan, &mut self.tags) => Some(told),
            _ = stop.wait_for(|stop| *stop) => None,
        };
        let Some(Told {
            result,
            notes,
            unreachable,
        }) = told
        else {
            self.tell_unrun(&case, Verdict::Skip, "the run was interrupted");
            return Some(rig);
        };
        self.unreachable = if unreachable { self.unreachable + 1 } else { 0 };
        for note in notes {
            _ = self.events.send(Event::Note(note));
        }
        let was_told = result.verdict != Verdict::NotApplicable;
        _ = self.events.send(Event::CaseFinished(Box::new(result)));
        // After trouble a bridge may rightly stay cautious for a while; the next case is not to suffer from that.
        let is_marked = case.scenario.fresh || case.makes_trouble() || case.scenario.kills_the_bridge();
        let spent = was_told && (is_marked || self.plan.transcripts.is_some()) || unreachable;
        if rig.exited().is_some() || (spent && self.restarts()) {
            rig.end().await;
            return None;
        }
        Some(rig)
    }

    /// A bridge for this case: the one we have, unless the case needs a fresh one or there is none.
    async fn ready(&mut self, case: &Case, rig: Option<Rig>) -> Result<Rig, String> {
        let is_killed = case.scenario.kills_the_bridge() && self.plan.target.can_be_killed();
        match rig {
            Some(rig) if is_killed && !rig.can_be_killed() => rig.end().await,
            Some(rig) if !case.scenario.fresh || self.tags.is_unused() => return Ok(rig),
            Some(rig) => rig.end().await,
            None => {}
        }
        self.tags = Tags::default();
        let target = &self.plan.target;
        let raised = if is_killed {
            target.raise_durable(self.number).await
        } else {
            target.raise(self.number).await
        };
        let rig = raised.map_err(|error| error.to_string())?;
        if let Some(upstream) = rig.upstream() {
            world::populate(upstream);
        }
        Ok(rig)
    }

    /// Whether a new bridge can be started in place of one that is spent.
    fn restarts(&self) -> bool {
        !matches!(self.plan.target.kind, TargetKind::Url { .. })
    }

    fn tell_unrun(&self, case: &Case, verdict: Verdict, reason: &str) {
        let result = case.unrun(verdict, reason.to_owned());
        _ = self.events.send(Event::CaseFinished(Box::new(result)));
    }
}
