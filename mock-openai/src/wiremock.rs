//! The organization behind a [`wiremock::MockServer`], for Rust tests that already use one.
//!
//! One mock answers everything; your own mocks with a higher priority lie over it:
//!
//! ```
//! use mock_openai::wiremock::respond;
//! use mock_openai::{Org, Settings};
//! use wiremock::matchers::{any, method, path};
//! use wiremock::{Mock, MockServer, ResponseTemplate};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! let server = MockServer::start().await;
//! let openai = respond(Org::new(Settings::default(), 0));
//! Mock::given(any()).respond_with(openai.clone()).mount(&server).await;
//!
//! // The next invite fails once, and only the next.
//! Mock::given(method("POST"))
//!     .and(path("/v1/organization/invites"))
//!     .respond_with(ResponseTemplate::new(503))
//!     .up_to_n_times(1)
//!     .with_priority(1)
//!     .mount(&server)
//!     .await;
//!
//! let url = format!("{}/v1/organization/invites", server.uri());
//! let invite = serde_json::json!({ "email": "ann@example.com", "role": "reader" });
//! let client = reqwest::Client::new();
//! let send = || client.post(&url).bearer_auth("sk-admin-x").json(&invite).send();
//! assert_eq!(send().await.unwrap().status(), 503);
//! assert_eq!(send().await.unwrap().status(), 200);
//! openai.org(|org, now| {
//!     assert_eq!(org.pending_invites_for("ann@example.com", now).len(), 1);
//! });
//! # });
//! ```
//!
//! What `Respond` cannot do: a request that is to hang is answered after an hour; one that is to
//! be reset or cut in half is answered with a 500 that says so; `delay` works. wiremock keeps a
//! copy of every request, so it is for tests, not for load: use
//! [`MockOpenAi`](crate::MockOpenAi) there. Time is the system's, plus what
//! [`OrgResponder::advance_clock`] adds.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use wiremock::{Request as WireRequest, Respond, ResponseTemplate};

use crate::clock::{Clock, RunningClock};
use crate::message::{Answer, Reaction, Request};
use crate::org::Org;
use crate::timestamp::Timestamp;

/// As long as any client waits.
const FOR_EVER: Duration = Duration::from_secs(3600);

/// Puts an organization behind wiremock. A new one can be opened with any key; see [`Org::set_keys`].
pub fn respond(org: Org) -> OrgResponder {
    let (org, clock) = (Mutex::new(org), RunningClock::new(Clock::Real));
    OrgResponder(Arc::new(World { org, clock }))
}

/// An organization as a [`Respond`], from [`respond`]. Clones are handles to the same one.
#[derive(Debug, Clone)]
pub struct OrgResponder(Arc<World>);

#[derive(Debug)]
struct World {
    org: Mutex<Org>,
    clock: RunningClock,
}

impl OrgResponder {
    /// Locks the organization and runs `work` on it with the time of now.
    pub fn org<R>(&self, work: impl FnOnce(&mut Org, Timestamp) -> R) -> R {
        let mut org = self.0.org.lock();
        work(&mut org, self.0.clock.now())
    }

    /// Moves the organization's time forward.
    pub fn advance_clock(&self, by: Duration) {
        self.0.clock.advance(by);
    }
}

impl Respond for OrgResponder {
    fn respond(&self, request: &WireRequest) -> ResponseTemplate {
        let request = Request {
            method: request.method.clone(),
            path: request.url.path().to_owned(),
            query: request.url.query().unwrap_or_default().to_owned(),
            headers: request.headers.clone(),
            body: request.body.clone().into(),
        };
        match self.org(|org, now| org.handle(&request, now)) {
            Reaction::Answer { answer, delay } => template(answer).set_delay(delay),
            Reaction::Hang => ResponseTemplate::new(504).set_delay(FOR_EVER),
            Reaction::Half(_) => cannot("cut an answer in half"),
            Reaction::Reset => cannot("reset a connection"),
        }
    }
}

fn template(answer: Answer) -> ResponseTemplate {
    let headers = answer
        .headers
        .into_iter()
        .filter_map(|(name, value)| Some((name?, value)));
    let template = ResponseTemplate::new(answer.status).set_body_bytes(answer.body.to_vec());
    headers.fold(template, |template, (name, value)| template.insert_header(name, value))
}

fn cannot(what: &str) -> ResponseTemplate {
    let text = format!("mock-openai cannot {what} through wiremock; use MockOpenAi for that");
    ResponseTemplate::new(500).set_body_string(text)
}
