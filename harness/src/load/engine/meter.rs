//! How long everything took. Three histograms a step: from when a request was due, from when it was sent, and between.
//!
//! Only the first one shows what an identity provider would have waited when the bridge stands still: a driver that sends
//! the next request after the last answer has too few of them during a stall (coordinated omission).

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, Instant};

use crate::exchange::SentRequest;
use crate::load::result::{Second, Step};
use crate::load::times::Times;

/// What a persona calls a request, and where it goes: `create POST /Users`. Ids are left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StepName {
    /// `match`, `create`, `patch`, …
    pub label: &'static str,
    /// `GET`, `POST`, …
    pub method: &'static str,
    /// `/Users`, `/Users/{id}`, …
    pub route: &'static str,
}

impl StepName {
    /// The step that a request is.
    pub fn of(label: &'static str, request: &SentRequest) -> Self {
        let methods = ["GET", "POST", "PUT", "PATCH", "DELETE"];
        let method = methods.into_iter().find(|method| *method == request.method);
        let path = request.target.split('?').next().unwrap_or_default();
        let route = match path.strip_prefix("/Users").map(|rest| ("/Users", rest)) {
            Some((_, "" | "/")) => "/Users",
            Some(_) => "/Users/{id}",
            None => match path.strip_prefix("/Groups") {
                Some("" | "/") => "/Groups",
                Some(_) => "/Groups/{id}",
                None => "elsewhere",
            },
        };
        Self {
            label,
            method: method.unwrap_or("other"),
            route,
        }
    }
}

impl fmt::Display for StepName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.label, self.method, self.route)
    }
}

/// One request, measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// Which step it was.
    pub step: StepName,
    /// From when it was due until the answer was read.
    pub corrected: Duration,
    /// From when it was sent until the answer was read.
    pub service: Duration,
    /// From when it was due until it was sent.
    pub lag: Duration,
    /// The answer's status; `None` if there was no answer.
    pub status: Option<u16>,
}

impl Sample {
    /// Whether the answer is a success. A 404 to a delete or a look-up is not one, even if the identity provider does not
    /// mind it.
    pub fn is_success(&self) -> bool {
        self.status.is_some_and(|status| status < 400)
    }
}

/// All times of a run.
pub struct Meter {
    began: Instant,
    steps: BTreeMap<StepName, Step>,
    seconds: Vec<Second>,
    /// Corrected times of the second that runs.
    current: Times,
}

impl Step {
    fn record(&mut self, sample: &Sample) {
        self.corrected.record(sample.corrected);
        self.service.record(sample.service);
        self.lag.record(sample.lag);
        match sample.status {
            Some(status) => *self.statuses.entry(status).or_default() += 1,
            None => self.unanswered += 1,
        }
    }
}

impl Meter {
    /// A meter whose first second begins now.
    pub fn start() -> Self {
        Self {
            began: Instant::now(),
            steps: BTreeMap::new(),
            seconds: vec![Second::default()],
            current: Times::default(),
        }
    }

    /// Takes in one request that has just ended.
    pub fn record(&mut self, sample: &Sample) {
        self.steps.entry(sample.step).or_default().record(sample);
        self.tick();
        self.current.record(sample.corrected);
        let Some(second) = self.seconds.last_mut() else { return };
        second.requests += 1;
        match sample.status {
            Some(429) => second.throttled += 1,
            Some(404) => {}
            Some(status) if status < 400 => {}
            Some(_) | None => second.errors += 1,
        }
    }

    /// When the run began.
    pub fn began(&self) -> Instant {
        self.began
    }

    /// The times of every step.
    pub fn steps(&self) -> &BTreeMap<StepName, Step> {
        &self.steps
    }

    /// Every second so far, the one that runs included.
    pub fn seconds(&mut self) -> &[Second] {
        self.tick();
        self.close_second();
        &self.seconds
    }

    /// How many requests have ended.
    pub fn requests(&self) -> u64 {
        self.steps.values().map(Step::requests).sum()
    }

    /// Begins a new second if it is time to.
    fn tick(&mut self) {
        let now = usize::try_from(self.began.elapsed().as_secs()).unwrap_or(usize::MAX);
        // A day of seconds is kept; what is longer is counted in the last.
        let now = now.min(86_400);
        if now >= self.seconds.len() {
            self.close_second();
            self.current.0.reset();
            self.seconds.resize(now + 1, Second::default());
        }
    }

    fn close_second(&mut self) {
        if let Some(second) = self.seconds.last_mut()
            && !self.current.0.is_empty()
        {
            second.percentiles = [0.5, 0.95, 0.99].map(|quantile| self.current.quantile(quantile));
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::load::times::LONGEST_US;

    fn request(method: &str, target: &str) -> SentRequest {
        SentRequest {
            method: method.to_owned(),
            target: target.to_owned(),
            headers: Vec::new(),
            body: None,
        }
    }

    #[rstest]
    #[case("match", "GET", "/Users?filter=userName+eq+%22a%22", "match GET /Users")]
    #[case("patch", "PATCH", "/Groups/8c2/?x=1", "patch PATCH /Groups/{id}")]
    #[case("create", "POST", "/Groups", "create POST /Groups")]
    #[case("send", "BREW", "/Pots", "send other elsewhere")]
    fn steps_have_names_without_ids(
        #[case] label: &'static str,
        #[case] method: &str,
        #[case] target: &str,
        #[case] name: &str,
    ) {
        assert_eq!(StepName::of(label, &request(method, target)).to_string(), name);
    }

    #[test]
    fn three_times_are_kept_and_every_answer_is_counted() {
        let mut meter = Meter::start();
        let step = StepName::of("create", &request("POST", "/Users"));
        let sample = |ms: u64, status| Sample {
            step,
            corrected: Duration::from_millis(ms + 5),
            service: Duration::from_millis(ms),
            lag: Duration::from_millis(5),
            status,
        };
        for (ms, status) in [(10, Some(201)), (20, Some(429)), (30, None), (40, Some(404))] {
            meter.record(&sample(ms, status));
        }
        let times = &meter.steps()[&step];
        assert_eq!(times.requests(), 4);
        assert_eq!(times.unanswered, 1);
        assert_eq!(times.statuses, BTreeMap::from([(201, 1), (404, 1), (429, 1)]));
        assert!(times.corrected.0.max() > times.service.0.max());
        assert_eq!(times.lag.quantile(0.5) / 1000, 5);
        let second = meter.seconds()[0].clone();
        assert_eq!((second.requests, second.errors, second.throttled), (4, 1, 1));
        assert!(second.percentiles[2] >= 44_000, "{second:?}");
    }

    #[test]
    fn what_takes_for_ever_is_counted_all_the_same() {
        let mut meter = Meter::start();
        let step = StepName::of("read", &request("GET", "/Users/1"));
        let day = Duration::from_secs(86_400);
        meter.record(&Sample {
            step,
            corrected: day,
            service: day,
            lag: Duration::ZERO,
            status: None,
        });
        assert_eq!(meter.requests(), 1);
        assert!(meter.steps()[&step].service.0.max() >= LONGEST_US);
    }
}
