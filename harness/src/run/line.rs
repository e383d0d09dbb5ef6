//! The line from a persona to the bridge: sends, keeps every exchange, and notes what the journal held around it.

use crate::exchange::{Exchange, SentRequest};
use crate::persona::Line;
use crate::target::Rig;

/// Carries requests to one bridge.
pub(super) struct BridgeLine<'a> {
    rig: &'a Rig,
    random: fastrand::Rng,
    concurrent: bool,
    /// Every exchange so far.
    pub(super) exchanges: Vec<Exchange>,
}

impl<'a> BridgeLine<'a> {
    /// A line whose GUIDs come from `seed`. `concurrent` tells that other lines are in use at the same time.
    pub(super) fn new(rig: &'a Rig, seed: u64, concurrent: bool) -> Self {
        Self {
            rig,
            random: fastrand::Rng::with_seed(seed),
            concurrent,
            exchanges: Vec::new(),
        }
    }

    fn seq(&self) -> u64 {
        self.rig.upstream().map_or(0, mock_openai::MockOpenAi::last_seq)
    }
}

impl Line for BridgeLine<'_> {
    async fn send(&mut self, label: &'static str, request: SentRequest) -> Exchange {
        let seq_before = self.seq();
        let (outcome, elapsed) = self.rig.wire().send(self.rig.scim_url(), &request).await;
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
