//! The line from a worker of a load run to the bridge: sends on kept-alive connections and takes the time.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde::Deserialize;

use super::meter::{Meter, Sample};
use super::queue::wait_until;
use crate::exchange::{Exchange, Outcome, SentRequest};
use crate::load::lock;
use crate::persona::Line;
use crate::target::Rig;
use crate::wire::Wire;

/// Where requests go, and what everybody who sends them shares.
pub(super) struct Way {
    pub(super) wire: Wire,
    pub(super) rig: Arc<Rig>,
    pub(super) meter: Mutex<Meter>,
}

/// One job's line.
pub(super) struct LoadLine<'a> {
    way: &'a Way,
    random: fastrand::Rng,
    /// When the next request should be sent.
    due: Instant,
    /// Between the end of a request and the next one of the same job.
    think: Duration,
    /// Whether its requests are part of what is measured.
    timed: bool,
    /// What was sent, for who asks for it after the job.
    pub(super) samples: Vec<Sample>,
    /// The id of the resource that the last look-up, create or read showed.
    pub(super) seen_id: Option<String>,
}

impl<'a> LoadLine<'a> {
    pub(super) fn new(way: &'a Way, random: fastrand::Rng, due: Instant, think: Duration) -> Self {
        Self {
            way,
            random,
            due,
            think,
            timed: true,
            samples: Vec::new(),
            seen_id: None,
        }
    }
}

impl<'a> LoadLine<'a> {
    /// For requests beside the run, that nobody measures.
    pub(super) fn untimed(way: &'a Way) -> Self {
        let line = Self::new(way, fastrand::Rng::new(), Instant::now(), Duration::ZERO);
        Self { timed: false, ..line }
    }
}

impl Line for LoadLine<'_> {
    async fn send(&mut self, label: &'static str, request: SentRequest) -> Exchange {
        if !self.samples.is_empty() {
            wait_until(self.due).await;
        }
        // While it is being started again nobody could be answered, and that is our doing.
        let ready = Instant::now();
        self.way.rig.is_up().await;
        self.due += ready.elapsed();
        let sent = Instant::now();
        let (outcome, elapsed) = self.way.wire.send(self.way.rig.scim_url(), &request).await;
        let sample = Sample {
            step: super::meter::StepName::of(label, &request),
            corrected: elapsed + (sent - self.due),
            service: elapsed,
            lag: sent - self.due,
            status: match &outcome {
                Outcome::Answered(answer) => Some(answer.status),
                Outcome::Failed(_) => None,
            },
        };
        if self.timed {
            lock(&self.way.meter).record(&sample);
        }
        self.due = sent + elapsed + self.think;
        self.samples.push(sample);
        let exchange = Exchange {
            label,
            request,
            outcome,
            elapsed,
            seq_before: 0,
            seq_after: 0,
            concurrent: true,
        };
        if matches!(label, "match" | "create")
            && let Some(id) = shown_id(&exchange)
        {
            self.seen_id = Some(id);
        }
        exchange
    }

    fn guid(&mut self) -> String {
        crate::cast::guid(&mut self.random)
    }

    /// The largest company, by pages of a hundred, twice.
    fn pages_max(&self) -> u32 {
        20_000
    }
}

/// The id of the one resource that an answer shows.
fn shown_id(exchange: &Exchange) -> Option<String> {
    if !matches!(exchange.status(), Some(200 | 201)) {
        return None;
    }
    let shown: Shown = serde_json::from_slice(&exchange.answer()?.body).ok()?;
    let id = match shown.resources {
        Some(mut resources) if resources.len() == 1 => resources.pop()?.id,
        Some(_) => None,
        None => shown.id,
    };
    id.filter(|id| !id.is_empty())
}

/// What of an answer is looked at.
#[derive(Deserialize)]
struct Shown {
    id: Option<String>,
    #[serde(rename = "Resources")]
    resources: Option<Vec<Resource>>,
}

/// What of a resource in a list is looked at.
#[derive(Deserialize)]
struct Resource {
    id: Option<String>,
}
