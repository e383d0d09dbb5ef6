//! A bridge's conformance as tests of the bridge's own, with `cargo test`.
//!
//! [`Bridge`] is the fixture: it says how the bridge is reached. [`Bridge::check`] starts a fresh one with an OpenAI of its own
//! behind it, tells it one scenario of the catalogue under every persona, and gives a [`Verdict`], which fails with
//! what `proofload check` would show. [`each_scenario!`](crate::each_scenario) makes a test of every scenario there is:
//!
//! ```no_run
//! # mod my_bridge { pub async fn serve(_: tokio::net::TcpListener, _: String, _: String, _: String) {} }
//! use proofload::testing::Bridge;
//! use rstest::{fixture, rstest};
//!
//! #[fixture]
//! fn bridge() -> Bridge {
//!     Bridge::in_process(|given| {
//!         my_bridge::serve(given.listener, given.openai_base_url, given.openai_admin_key, given.scim_token)
//!     })
//! }
//!
//! proofload::each_scenario! {
//!     #[rstest]
//!     fn conforms(bridge: Bridge, #[case] scenario: &str) {
//!         bridge.check(scenario).assert();
//!     }
//! }
//! # fn main() {}
//! ```
//!
//! What a bridge does is one thing, what it did yesterday another: [`Bridge::transcript`] is text for
//! `insta::assert_snapshot!`, the same in every run until the bridge behaves differently.
//!
//! This module and the exit codes are what versions of this crate promise.

mod catalogue;
mod each_scenario;
mod transcript;
mod verdict;

use std::future::Future;
use std::io;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use proofload_scenarios::{Catalogue, FileError, Level, Place};
use tokio::runtime::Runtime;
use tokio::sync::{mpsc, watch};

pub use self::verdict::Verdict;
pub use crate::target::Environment;

use crate::cli::select;
use crate::event::Event;
use crate::redact::Redactor;
use crate::run::{self, Case, Plan, Rules, RunError};
use crate::target::{Server, TargetKind, TargetSpec};

/// A bridge to test, and what it is judged by. What is not said is as `proofload check` has it.
#[derive(Clone, Debug)]
pub struct Bridge {
    target: TargetSpec,
    rules: Rules,
    personas: Vec<String>,
    catalogue: Option<Arc<Catalogue>>,
}

impl Bridge {
    /// A bridge that is served inside this process by the future that `serve` returns. The future is dropped, with its
    /// runtime, when the bridge is not needed any more. Scenarios in which a bridge is killed are not applicable.
    pub fn in_process<F>(serve: impl Fn(Environment) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self::reached_by(TargetKind::InProcess(Server::new(serve)))
    }

    /// A command that starts a bridge, as `--bridge-cmd` takes it: it finds `PORT`, `OPENAI_BASE_URL`, `OPENAI_ADMIN_KEY`,
    /// `SCIM_TOKEN` and `STATE_DIR` in its environment.
    pub fn command(command: impl Into<String>) -> Self {
        Self::reached_by(TargetKind::Command {
            command: command.into(),
        })
    }

    /// A bridge that runs already, as `--bridge-url` takes it; it finds OpenAI at `http://127.0.0.1:9000/v1`, so only one test
    /// may run at a time. Scenarios that need a fresh bridge are not applicable.
    pub fn running(url: impl Into<String>, scim_token: impl Into<String>) -> Self {
        let mut bridge = Self::reached_by(TargetKind::Url { url: url.into() });
        bridge.target.scim_token = Some(scim_token.into());
        bridge
    }

    fn reached_by(kind: TargetKind) -> Self {
        Self {
            target: TargetSpec {
                kind,
                ..TargetSpec::default()
            },
            rules: Rules::default(),
            personas: Vec::new(),
            catalogue: None,
        }
    }

    /// Where SCIM is served: `/scim/v2` unless said otherwise.
    #[must_use]
    pub fn base_path(mut self, path: impl Into<String>) -> Self {
        self.target.base_path = Some(path.into());
        self
    }

    /// Says of a command that it keeps what it has acknowledged in `STATE_DIR`, so that it may be killed and started again.
    #[must_use]
    pub fn durable(mut self) -> Self {
        self.target.durable = true;
        self
    }

    /// Only these personas tell the scenarios; all that can unless said otherwise.
    #[must_use]
    pub fn personas<P: Into<String>>(mut self, names: impl IntoIterator<Item = P>) -> Self {
        self.personas = names.into_iter().map(Into::into).collect();
        self
    }

    /// How long an effect may take that the bridge applies after its answer: 10 s unless said otherwise.
    #[must_use]
    pub fn settle(mut self, within: Duration) -> Self {
        self.rules.settle = within;
        self
    }

    /// States a choice that the bridge has made, such as `pending_member` and `hold`; `proofload list --policies` shows them.
    /// What is not stated accepts every correct behaviour.
    ///
    /// # Panics
    /// When there is no such policy or choice.
    #[must_use]
    #[track_caller]
    pub fn policy(mut self, name: &str, choice: &str) -> Self {
        let file = std::panic::Location::caller().file();
        let said = format!("{name} = {choice:?}");
        let place = Place::new(file.into(), said.as_str().into(), 0..said.len());
        if let Err(error) = self.rules.policies.state(name, choice, &place) {
            panic!("{error}");
        }
        self
    }

    /// The seed of everything random; 0 unless said otherwise.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.target.seed = seed;
        self
    }

    /// Scenarios of your own in place of the built-in ones.
    ///
    /// # Panics
    /// When the files are wrong; all that is wrong is told.
    #[must_use]
    #[track_caller]
    pub fn scenarios(mut self, dir: impl AsRef<Path>) -> Self {
        self.catalogue = Some(Arc::new(read(Catalogue::from_dir(dir.as_ref()))));
        self
    }

    /// Tells the bridge one scenario under each persona, or several: whatever `proofload check` takes for a filter. Each
    /// worker starts a bridge of its own. May be called from within a runtime, which it blocks meanwhile.
    pub fn check(&self, scenario: &str) -> Verdict {
        let checked = apart(|runtime| runtime.block_on(self.conduct(scenario)));
        checked.unwrap_or_else(|error| Verdict::untested(&error))
    }

    async fn conduct(&self, scenario: &str) -> Verdict {
        let cases = match select::cases(self.catalogue(), &[scenario.to_owned()], &[]) {
            Ok(cases) => cases,
            Err(error) => return Verdict::untested(&error),
        };
        let (told, others): (Vec<_>, Vec<_>) = cases
            .into_iter()
            .partition(|case| self.personas.is_empty() || self.personas.contains(&case.idp.name));
        if told.is_empty() {
            let others: Vec<&str> = others.iter().map(|case| case.idp.name.as_str()).collect();
            return Verdict::not_applicable(&format!("{scenario} is told by {}", others.join(", ")));
        }
        let plan = Plan {
            command: format!("cargo test {}", catalogue::name(scenario)),
            ..self.plan(told, self.target.seed)
        };
        match tell(plan).await {
            Ok(events) => Verdict::of(events, &self.redactor()),
            Err(error) => Verdict::untested(&error),
        }
    }

    fn plan(&self, cases: Vec<Case>, seed: u64) -> Plan {
        let mut target = self.target.clone();
        target.seed = seed;
        Plan {
            cases,
            target,
            jobs: 1,
            seed,
            rules: self.rules.clone(),
            fail_on: Level::Must,
            command: "cargo test".to_owned(),
            transcripts: None,
        }
    }

    fn catalogue(&self) -> &Catalogue {
        self.catalogue.as_deref().unwrap_or_else(|| built_in())
    }

    fn redactor(&self) -> Redactor {
        let token = self.target.scim_token.as_deref();
        token.map_or_else(Redactor::default, |token| {
            Redactor::default().hide(token, "$SCIM_TOKEN")
        })
    }
}

/// Runs a plan to its end.
async fn tell(plan: Plan) -> Result<Vec<Event>, RunError> {
    let (events, mut received) = mpsc::unbounded_channel();
    let (_stop, stopped) = watch::channel(false);
    run::run(plan, events, stopped).await?;
    Ok(std::iter::from_fn(|| received.try_recv().ok()).collect())
}

/// Does something with a runtime of its own. Where a runtime runs, another one must not be waited for, hence the thread.
fn apart<T: Send>(work: impl FnOnce(Runtime) -> T + Send) -> io::Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let done = std::thread::scope(|scope| scope.spawn(|| work(runtime)).join());
    Ok(done.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
}

/// The built-in catalogue, read once.
fn built_in() -> &'static Catalogue {
    static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();
    CATALOGUE.get_or_init(|| read(Catalogue::built_in()))
}

#[track_caller]
fn read(catalogue: Result<Catalogue, Vec<FileError>>) -> Catalogue {
    catalogue.unwrap_or_else(|errors| {
        let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
        panic!("{}", errors.join("\n\n"))
    })
}

#[cfg(test)]
mod tests;
