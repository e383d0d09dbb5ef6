//! The line from a persona to the bridge: sends, keeps every exchange, and notes what the journal held around it.

use std::time::Duration;

use crate::exchange::{Exchange, Outcome, SentRequest, WireTrouble};
use crate::persona::Line;
use crate::target::Rig;

/// Carries requests to one bridge.
pub(super) struct BridgeLine<'a> {
    rig: &'a Rig,
    random: fastrand::Rng,
    concurrent: bool,
    /// After so long without an answer the connection is closed.
    hang_up_after: Option<Duration>,
    /// Every exchange so far.
    pub(super) exchanges: Vec<Exchange>,
}

impl<'a> BridgeLine<'a> {
    /// A line whose GUIDs come from `random`. `concurrent` tells that other lines are in use at the same time.
    pub(super) fn new(rig: &'a Rig, random: fastrand::Rng, concurrent: bool) -> Self {
        Self {
            rig,
            random,
            concurrent,
            hang_up_after: None,
            exchanges: Vec::new(),
        }
    }

    /// The same line to somebody who does not wait longer than this.
    pub(super) fn hanging_up_after(self, hang_up_after: Option<Duration>) -> Self {
        Self { hang_up_after, ..self }
    }

    async fn deliver(&self, request: &SentRequest) -> (Outcome, Duration) {
        let sending = self.rig.wire().send(self.rig.scim_url(), request);
        let Some(patience) = self.hang_up_after else {
            return sending.await;
        };
        // Who drops a request that is under way closes its connection.
        let sent = tokio::time::timeout(patience, sending).await;
        sent.unwrap_or((Outcome::Failed(WireTrouble::HungUp(patience)), patience))
    }

    fn seq(&self) -> u64 {
        self.rig.upstream().map_or(0, mock_openai::MockOpenAi::last_seq)
    }
}

impl Line for BridgeLine<'_> {
    async fn send(&mut self, label: &'static str, request: SentRequest) -> Exchange {
        self.rig.is_up().await;
        let (seq_before, kills) = (self.seq(), self.rig.kills());
        let (mut outcome, elapsed) = self.deliver(&request).await;
        if matches!(outcome, Outcome::Failed(_)) && self.rig.kills() != kills {
            outcome = Outcome::Failed(WireTrouble::Killed);
        }
        let exchange = Exchange {
            label,
            request,
            outcome,
            elapsed,
            seq_before,
            seq_after: self.seq(),
            concurrent: self.concurrent,
        };
        self.exchanges.push(exchange.clone());
        exchange
    }

    fn guid(&mut self) -> String {
        crate::cast::guid(&mut self.random)
    }
}
