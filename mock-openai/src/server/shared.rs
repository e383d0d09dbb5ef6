//! What all connections share: the organizations, which one a request is for, and their clock.
//!
//! Which organization is meant, the key says. While there is only one, nobody asks; with more, the
//! answer for a key is remembered and checked by the organization itself, so that nothing has to
//! be kept in step when keys come and go.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::{Mutex, RwLock};
use tokio::runtime::Handle;
use tokio::task::JoinSet;

use super::tenant::Tenant;
use crate::clock::{Clock, RunningClock};
use crate::message::{Reaction, Request};
use crate::org::{AdminKeys, Org};
use crate::settings::Settings;
use crate::timestamp::Timestamp;

/// Organizations in one process, at most.
const MAX_ORGANIZATIONS: usize = 1000;

/// Keys whose organization is remembered; when there are more, all are forgotten.
const MAX_REMEMBERED: usize = 10_000;

/// See the module.
pub(super) struct Shared {
    first: Arc<Tenant>,
    has_others: AtomicBool,
    others: RwLock<Vec<Arc<Tenant>>>,
    /// By secret, which organization knew it when last asked.
    remembered: RwLock<HashMap<Box<str>, Arc<Tenant>>>,
    clock: Arc<RunningClock>,
    settings: Settings,
    seed: u64,
    runtime: Handle,
    /// One for each organization. They end when this is dropped.
    ticks: Mutex<JoinSet<()>>,
}

/// Why there is no new organization.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddOrganizationError {
    /// The key is one of another organization.
    #[error("the admin key opens another organization already")]
    KeyTaken,
    /// There are too many.
    #[error("there are {MAX_ORGANIZATIONS} organizations already, and no more can be")]
    TooMany,
}

impl Shared {
    /// With its first organization. New ones will have the same settings, and seeds that follow
    /// this one. To be called inside a runtime.
    pub(super) fn new(settings: Settings, seed: u64, clock: Clock, keys: AdminKeys) -> Self {
        let clock = Arc::new(RunningClock::new(clock));
        let mut org = Org::new(settings.clone(), seed);
        org.set_keys(keys, clock.now());
        let first = Arc::new(Tenant::new(org, Arc::clone(&clock)));
        let (runtime, mut ticks) = (Handle::current(), JoinSet::new());
        ticks.spawn_on(Arc::clone(&first).tick_for_ever(), &runtime);
        Self {
            first,
            has_others: AtomicBool::new(false),
            others: RwLock::default(),
            remembered: RwLock::default(),
            clock,
            settings,
            seed,
            runtime,
            ticks: Mutex::new(ticks),
        }
    }

    pub(super) fn handle(&self, request: &Request) -> Reaction {
        if !self.has_others.load(Ordering::Acquire) {
            return self.first.handle(request);
        }
        self.meant(request).handle(request)
    }

    pub(super) fn first(&self) -> &Arc<Tenant> {
        &self.first
    }

    /// All organizations, the first one first.
    pub(super) fn all(&self) -> Vec<Arc<Tenant>> {
        let first = Arc::clone(&self.first);
        let others = self.others.read();
        std::iter::once(first).chain(others.iter().cloned()).collect()
    }

    /// The organization with this id.
    pub(super) fn with_id(&self, id: &str) -> Option<Arc<Tenant>> {
        let mut all = self.all().into_iter();
        all.find(|tenant| tenant.org(|org, _| org.id() == id))
    }

    /// Makes another organization.
    pub(super) fn add(&self, keys: AdminKeys) -> Result<Arc<Tenant>, AddOrganizationError> {
        let mut others = self.others.write();
        let number = others.len() + 1;
        if number >= MAX_ORGANIZATIONS {
            return Err(AddOrganizationError::TooMany);
        }
        let mut org = Org::new(self.settings.clone(), self.seed.wrapping_add(number as u64));
        org.set_keys(keys, self.now());
        let secret = org.admin_key().unwrap_or_default();
        let has_key = |tenant: &Arc<Tenant>| tenant.org(|org, _| org.knows_key(secret));
        if has_key(&self.first) || others.iter().any(has_key) {
            return Err(AddOrganizationError::KeyTaken);
        }
        let tenant = Arc::new(Tenant::new(org, Arc::clone(&self.clock)));
        others.push(Arc::clone(&tenant));
        self.has_others.store(true, Ordering::Release);
        let tick = Arc::clone(&tenant).tick_for_ever();
        self.ticks.lock().spawn_on(tick, &self.runtime);
        Ok(tenant)
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(super) fn clock(&self) -> &RunningClock {
        &self.clock
    }

    /// To be called when the clock was moved: what is due has happened when this returns.
    pub(super) fn clock_moved(&self) {
        for tenant in self.all() {
            tenant.org(Org::tick);
            tenant.wake();
        }
    }

    /// The organization that a request is for: the one that knows its key; else the first that
    /// lets any key in; else the first of all, which will say what is wrong with the request.
    fn meant(&self, request: &Request) -> Arc<Tenant> {
        let Some(secret) = request.secret() else {
            return Arc::clone(&self.first);
        };
        let knows = |tenant: &Arc<Tenant>| tenant.org(|org, _| org.knows_key(secret));
        let remembered = self.remembered.read().get(secret).cloned();
        if let Some(tenant) = remembered.filter(knows) {
            return tenant;
        }
        let all = self.all();
        if let Some(tenant) = all.iter().find(|tenant| knows(tenant)) {
            let mut remembered = self.remembered.write();
            if remembered.len() >= MAX_REMEMBERED {
                remembered.clear();
            }
            remembered.insert(secret.into(), Arc::clone(tenant));
            return Arc::clone(tenant);
        }
        let open = all.into_iter().find(|tenant| tenant.org(|org, _| org.is_open()));
        open.unwrap_or_else(|| Arc::clone(&self.first))
    }
}
