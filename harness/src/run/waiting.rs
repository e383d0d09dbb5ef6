//! How long effects are waited for: as long as the bridge goes on, and a while after it stopped.

use std::fmt::Write as _;
use std::time::Duration;

use proofload_scenarios::Level;
use tokio::time::Instant;

use crate::judge::Breach;
use crate::judge::owed::Gap;

/// A call that upstream leaves hanging holds a bridge up for its own time-out, which is longer than any other pause.
const HANGING: u32 = 6;
/// However busy a bridge is, nobody waits longer than this many times the patience.
const LONGEST: u32 = 18;

/// The patience of one step.
#[derive(Debug)]
pub(super) struct Waiting {
    patience: Duration,
    begun: Instant,
    deadline: Instant,
    /// When the persona's idle requests are sent, the next one last.
    nudges: Vec<Instant>,
}

impl Waiting {
    pub(super) fn new(patience: Duration) -> Self {
        let begun = Instant::now();
        let nudges = vec![begun + patience.mul_f64(0.6), begun + patience.mul_f64(0.15)];
        Self {
            patience,
            begun,
            deadline: begun + patience,
            nudges,
        }
    }

    /// The bridge tried something for this case; `hangs` tells that upstream does not answer it.
    pub(super) fn progress(&mut self, hangs: bool) {
        let more = if hangs { self.patience * HANGING } else { self.patience };
        self.deadline = self
            .deadline
            .max(Instant::now() + more)
            .min(self.begun + self.patience * LONGEST);
    }

    pub(super) fn is_over(&self) -> bool {
        Instant::now() >= self.deadline
    }

    /// When to look again at the latest.
    pub(super) fn wake(&self) -> Instant {
        self.nudges.last().copied().unwrap_or(self.deadline).min(self.deadline)
    }

    /// Whether it is time for the idle requests; each time comes once.
    pub(super) fn takes_nudge(&mut self) -> bool {
        let due = self.nudges.last().is_some_and(|nudge| Instant::now() >= *nudge);
        if due {
            self.nudges.pop();
        }
        due
    }

    /// What a gap that is still there means: a bridge that was busy to the end may only be slow. One that did nothing for so
    /// long may work in longer rounds, which only its team can know.
    pub(super) fn judge(&self, gap: Gap) -> Breach {
        let busy = !self.patience.is_zero() && self.deadline >= self.begun + self.patience * LONGEST;
        let mut breach = Breach::from(gap);
        if !busy {
            let seconds = self.patience.as_secs_f64();
            _ = write!(
                breach.message,
                "; waited {seconds} s (--settle), and nothing came of it"
            );
            return breach;
        }
        let message = format!(
            "{} (after {} s the bridge is still at it)",
            breach.message,
            self.begun.elapsed().as_secs()
        );
        Breach { message, ..breach }.level(Level::Should)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn progress_buys_time_but_not_for_ever() {
        let mut waiting = Waiting::new(Duration::from_secs(10));
        for _ in 0..100 {
            tokio::time::advance(Duration::from_secs(9)).await;
            if waiting.is_over() {
                break;
            }
            waiting.progress(false);
        }
        assert!(waiting.is_over());
        assert_eq!(waiting.begun.elapsed().as_secs(), 180);
    }

    #[tokio::test(start_paused = true)]
    async fn what_never_came_says_how_long_it_had() {
        let gap = Gap {
            invariant: crate::judge::Invariant::HonestSuccess,
            message: "it is not there".to_owned(),
            about: Vec::new(),
            before_kill: false,
        };
        let breach = Waiting::new(Duration::from_secs(10)).judge(gap);
        assert_eq!(breach.level, Level::Must);
        assert_eq!(
            breach.message,
            "it is not there; waited 10 s (--settle), and nothing came of it"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_hanging_call_is_given_its_time() {
        let mut waiting = Waiting::new(Duration::from_secs(10));
        waiting.progress(true);
        tokio::time::advance(Duration::from_secs(59)).await;
        assert!(!waiting.is_over());
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(waiting.is_over());
    }
}
