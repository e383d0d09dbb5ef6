//! The bridge itself: what each SCIM request does to the store and to the upstream.
//!
//! The rule throughout: upstream first, then the store, then the answer. A step that fails is
//! answered as an error; what did happen upstream is kept, so that a repetition goes on from
//! there. Lock order: people before groups, never the other way.

mod acceptance;
mod adopt;
mod group_find;
mod group_settle;
mod groups;
mod ids;
mod locks;
mod overreach;
mod queue;
mod render;
mod rush;
mod settle;
mod shape;
mod user_find;
mod users;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use parking_lot::Mutex;
use tokio::sync::{Mutex as AsyncMutex, Notify};

pub(crate) use render::Place;
pub(crate) use users::Created;

use crate::core::error::ScimError;
use crate::fault::{Fault, Faults};
use crate::settings::Settings;
use crate::store::{Store, StoreError};
use crate::upstream::{Session, Trouble, Upstream};
use crate::variant::Variant;
use acceptance::Rounds;
use locks::Locks;
use queue::Queue;
use rush::UnderWay;

/// Everything a request needs.
#[derive(Debug)]
pub(crate) struct Bridge {
    pub(crate) settings: Settings,
    pub(crate) store: Store,
    upstream: Arc<Upstream>,
    locks: Locks,
    /// When everybody upstream was last read; held while reading.
    census: AsyncMutex<Option<Instant>>,
    /// The same for groups.
    group_census: AsyncMutex<Option<Instant>>,
    /// Wakes the poller.
    wake: Notify,
    /// Whether some accepted person may still have to be put into groups.
    owing: AtomicBool,
    /// Names of deleted people, kept by a fault only.
    deleted_names: Mutex<HashSet<String>>,
    /// Ids of people who were ever to be owners; kept for a fault only.
    once_owners: Mutex<HashSet<String>>,
    /// Ids of deleted people by name, kept by a variant only.
    deleted_ids: Mutex<HashMap<String, String>>,
    /// What was answered for and not done yet.
    queue: Mutex<Queue>,
    /// The memory of the poller.
    rounds: AsyncMutex<Rounds>,
    /// Ids of the invites that this bridge sent, kept by a fault only.
    sent_invites: Mutex<HashSet<String>>,
    /// Whether OpenAI refused an invite, which stops all others by a fault only.
    refused_one: AtomicBool,
    /// People whose change was acknowledged and put off, and until when; by faults only.
    put_off: Mutex<Vec<(Instant, String)>>,
    /// People being created, people being changed, groups being changed; counted for faults only.
    creating: UnderWay,
    changing: UnderWay,
    regrouping: UnderWay,
}

impl Bridge {
    /// A bridge with the state that is there.
    ///
    /// # Errors
    /// When the state cannot be opened or the HTTP client cannot be built.
    pub(crate) fn new(settings: Settings) -> Result<Self, crate::Error> {
        let store = Store::open(settings.state_dir.as_deref(), settings.faults)?;
        let upstream = Arc::new(Upstream::new(&settings)?);
        let queue = Queue::of(&store, settings.variants);
        Ok(Self {
            settings,
            store,
            upstream,
            locks: Locks::default(),
            census: AsyncMutex::default(),
            group_census: AsyncMutex::default(),
            wake: Notify::new(),
            owing: AtomicBool::new(true),
            deleted_names: Mutex::default(),
            once_owners: Mutex::default(),
            deleted_ids: Mutex::default(),
            queue: Mutex::new(queue),
            rounds: AsyncMutex::default(),
            sent_invites: Mutex::default(),
            refused_one: AtomicBool::new(false),
            put_off: Mutex::default(),
            creating: UnderWay::default(),
            changing: UnderWay::default(),
            regrouping: UnderWay::default(),
        })
    }

    /// The switched-on defects.
    pub(crate) fn faults(&self) -> Faults {
        self.settings.faults
    }

    fn has(&self, fault: Fault) -> bool {
        self.settings.faults.has(fault)
    }

    /// Whether the bridge has this design.
    pub(crate) fn is(&self, variant: Variant) -> bool {
        self.settings.variants.has(variant)
    }

    /// Upstream for the time of one request.
    fn session(&self) -> Session {
        let deadline = Instant::now() + self.settings.request_budget;
        Session::new(Arc::clone(&self.upstream), deadline)
    }

    fn scim(&self, trouble: &Trouble) -> ScimError {
        trouble.to_scim(self.faults())
    }

    /// Tells the poller that somebody may have to be put into groups.
    fn owe(&self) {
        self.owing.store(true, Ordering::Release);
        self.wake.notify_one();
    }
}

impl From<StoreError> for ScimError {
    fn from(error: StoreError) -> Self {
        Self::new(503, error.to_string())
    }
}
