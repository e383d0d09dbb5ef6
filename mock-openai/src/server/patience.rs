//! How long a client may take over a request: one look at the connection now and then, instead of
//! a timer for each request, which would cost more than the request's routing.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::sleep;

/// What a connection has done so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Pulse(Arc<Beats>);

#[derive(Debug, Default)]
struct Beats {
    requests: AtomicU64,
    is_serving: AtomicBool,
}

/// While this lives, a request is being answered.
#[derive(Debug)]
pub(super) struct Serving<'a>(&'a Beats);

impl Pulse {
    /// To be called when a request has come.
    pub(super) fn beat(&self) -> Serving<'_> {
        self.0.requests.fetch_add(1, Ordering::Relaxed);
        self.0.is_serving.store(true, Ordering::Relaxed);
        Serving(&self.0)
    }

    /// The number of requests, if none is being answered.
    fn idle_since(&self) -> Option<u64> {
        let is_serving = self.0.is_serving.load(Ordering::Relaxed);
        (!is_serving).then(|| self.0.requests.load(Ordering::Relaxed))
    }
}

impl Drop for Serving<'_> {
    fn drop(&mut self) {
        self.0.is_serving.store(false, Ordering::Relaxed);
    }
}

/// Runs a connection until it ends by itself, or until no request has come for `limit`, twice
/// that at most. It does not matter how busily a client is not sending one. An answer that is on
/// its way counts as none, once the server has said all of it.
pub(super) async fn within(limit: Duration, pulse: &Pulse, connection: impl Future) {
    let mut connection = pin!(connection);
    let mut seen = pulse.idle_since();
    loop {
        tokio::select! {
            biased;
            _ = &mut connection => return,
            () = sleep(limit) => {
                let now = pulse.idle_since();
                if now.is_some() && now == seen {
                    return;
                }
                seen = now;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use tokio::time::Instant;

    use super::*;

    const LIMIT: Duration = Duration::from_secs(10);

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_never_asks_is_ended() {
        let start = Instant::now();
        within(LIMIT, &Pulse::default(), pending::<()>()).await;
        assert_eq!(start.elapsed(), LIMIT);
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_gives_it_time_again_and_one_without_an_answer_gives_it_all_the_time() {
        let (start, pulse) = (Instant::now(), Pulse::default());
        let connection = async {
            sleep(Duration::from_secs(5)).await;
            drop(pulse.beat());
            sleep(Duration::from_secs(10)).await;
            let serving = pulse.beat();
            sleep(Duration::from_secs(300)).await;
            drop(serving);
            pending::<()>().await;
        };
        within(LIMIT, &pulse, connection).await;
        assert_eq!(start.elapsed(), Duration::from_secs(330));
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_ends_by_itself_is_not_waited_for() {
        let start = Instant::now();
        within(LIMIT, &Pulse::default(), async {}).await;
        assert_eq!(start.elapsed(), Duration::ZERO);
    }
}
