//! Organizations behind a socket: the front for programs and for load.
//!
//! One accept loop and one task for each connection, on whatever tokio runtime it is started in
//! (with I/O and time enabled). The organization is locked only while the core decides; reading,
//! waiting, hanging and writing happen outside. The management API, if wanted, has a listener of
//! its own ([`manage`]), so that a client of the Admin API cannot come to depend on it.

mod builder;
mod connection;
mod keeper;
mod manage;
mod patience;
mod shared;
mod tenant;
mod wire;

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;

pub use self::builder::Builder;
pub use self::keeper::KeepError;
pub use self::shared::AddOrganizationError;
use self::shared::Shared;
use crate::journal::Entry;
use crate::org::{AdminKeys, Org};
use crate::timestamp::Timestamp;

/// A running mock. It stops when it is shut down or dropped.
pub struct MockOpenAi {
    shared: Arc<Shared>,
    address: SocketAddr,
    manage: Option<SocketAddr>,
    admin_key: String,
    tasks: JoinSet<()>,
}

impl MockOpenAi {
    /// Starts one on a free port of 127.0.0.1, with default settings, a made-up admin key and no
    /// management API.
    pub async fn start() -> io::Result<Self> {
        Self::builder().start().await
    }

    /// To start one that differs.
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// What a client takes for `https://api.openai.com/v1`: `http://127.0.0.1:PORT/v1`.
    pub fn openai_base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// Where the management API is, if there is one: `http://127.0.0.1:PORT`.
    pub fn manage_url(&self) -> Option<String> {
        self.manage.map(|address| format!("http://{address}"))
    }

    /// A key that opens the organization.
    pub fn admin_key(&self) -> &str {
        &self.admin_key
    }

    /// Locks the organization and runs `work` on it with the time of now; then wakes whoever
    /// waits for [`MockOpenAi::changes`]. Requests wait meanwhile: keep it short.
    pub fn org<R>(&self, work: impl FnOnce(&mut Org, Timestamp) -> R) -> R {
        self.shared.first().org(work)
    }

    /// The ids of all organizations, that of the first one first. Methods that take none are about
    /// the first one.
    pub fn organizations(&self) -> Vec<String> {
        let all = self.shared.all();
        all.iter()
            .map(|tenant| tenant.org(|org, _| org.id().to_owned()))
            .collect()
    }

    /// As [`MockOpenAi::org`], for the organization with this id, if there is one.
    pub fn org_of<R>(&self, id: &str, work: impl FnOnce(&mut Org, Timestamp) -> R) -> Option<R> {
        Some(self.shared.with_id(id)?.org(work))
    }

    /// Makes another organization and gives its id. It starts empty, with the settings that the mock
    /// started with, a journal, a throttle and faults of its own, and the clock of all. Requests
    /// reach it by its keys; [`Org::admin_key`] is the first of them.
    pub fn add_organization(&self, keys: AdminKeys) -> Result<String, AddOrganizationError> {
        let tenant = self.shared.add(keys)?;
        Ok(tenant.org(|org, _| org.id().to_owned()))
    }

    /// Journal entries with a number above `seq`, oldest first.
    pub fn journal_after(&self, seq: u64) -> Vec<Arc<Entry>> {
        self.org(|org, _| org.journal().after(seq).cloned().collect())
    }

    /// The number of the newest journal entry; 0 if there is none.
    pub fn last_seq(&self) -> u64 {
        self.org(|org, _| org.journal().last_seq())
    }

    /// The number of the newest journal entry, to be waited on: it changes with every entry.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.shared.first().changes()
    }

    /// The time in every organization.
    pub fn now(&self) -> Timestamp {
        self.shared.now()
    }

    /// Moves that time forward; it never goes back. What is due by then has happened when this
    /// returns.
    pub fn advance_clock(&self, by: Duration) {
        self.shared.clock().advance(by);
        self.shared.clock_moved();
    }

    /// Why the organizations cannot be kept on disk any more, as soon as they cannot
    /// ([`Builder::persist`]). Changes get no answer then.
    pub async fn persist_failure(&self) -> String {
        self.shared.failure().await
    }

    /// Stops it and waits until its listeners are closed; connections are cut. What was changed is
    /// on disk then, if it is kept there and can be.
    pub async fn shutdown(mut self) {
        self.tasks.shutdown().await;
        // Whoever wants to know asks `persist_failure`.
        let _ = self.shared.saved().await;
    }
}

impl fmt::Debug for MockOpenAi {
    /// Without the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockOpenAi")
            .field("address", &self.address)
            .field("manage", &self.manage)
            .finish_non_exhaustive()
    }
}
