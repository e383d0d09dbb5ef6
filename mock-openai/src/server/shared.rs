//! What all connections share: the organizations, which one a request is for, and their clock.
//!
//! Which organization is meant, the key says. While there is only one, nobody asks; with more, the
//! answer for a key is remembered and checked by the organization itself, so that nothing has to
//! be kept in step when keys come and go.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::{Mutex, RwLock};
use tokio::runtime::Handle;
use tokio::task::JoinSet;

use super::keeper::{KeepError, Keeper};
use super::tenant::{Tenant, Unsaved};
use crate::clock::{Clock, RunningClock};
use crate::journal::JournalSize;
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
    template: Template,
    keeper: Option<Keeper>,
    runtime: Handle,
    /// Two for each organization. They end when this is dropped.
    tasks: Mutex<JoinSet<()>>,
}

/// What a new organization is like.
pub(super) struct Template {
    pub(super) settings: Settings,
    /// That of the first; others have the ones that follow.
    pub(super) seed: u64,
    pub(super) journal: JournalSize,
}

impl Template {
    /// The organization with this number before anything happens.
    fn organization(&self, number: usize) -> Org {
        let mut org = Org::new(self.settings.clone(), self.seed.wrapping_add(number as u64));
        org.set_journal_size(self.journal);
        org
    }
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
    /// With its first organization. With a directory, those that are kept in it are there again. To be called inside a
    /// runtime.
    pub(super) fn new(
        template: Template,
        clock: Clock,
        keys: AdminKeys,
        directory: Option<&Path>,
    ) -> Result<Self, KeepError> {
        let (keeper, kept) = match directory.map(Keeper::open).transpose()? {
            None => (None, Vec::new()),
            Some((keeper, kept)) => (Some(keeper), kept),
        };
        let clock = RunningClock::new(clock);
        for kept in &kept {
            clock.advance(kept.now_ms.since(clock.now()));
        }
        let path = |number| keeper.as_ref().map(|keeper| keeper.path(number));
        // All are read before any is written.
        let mut orgs = Vec::new();
        for (number, kept) in kept.into_iter().enumerate() {
            let mut org = template.organization(number);
            let asked = (number == 0).then(|| keys.clone());
            kept.revive(&mut org, asked, path(number), clock.now())?;
            orgs.push(org);
        }
        let mut orgs = orgs.into_iter();
        let first = orgs.next().unwrap_or_else(|| {
            let mut org = template.organization(0);
            org.set_keys(keys, clock.now());
            org
        });
        let clock = Arc::new(clock);
        let first = Arc::new(Tenant::new(first, Arc::clone(&clock), path(0)));
        let shared = Self {
            first,
            has_others: AtomicBool::new(false),
            others: RwLock::default(),
            remembered: RwLock::default(),
            clock,
            template,
            keeper,
            runtime: Handle::current(),
            tasks: Mutex::new(JoinSet::new()),
        };
        shared.run(&shared.first);
        for org in orgs {
            shared.put(&mut shared.others.write(), org);
        }
        Ok(shared)
    }

    /// Answers a request. The answer must not go out before the change that it made is saved.
    pub(super) fn handle(&self, request: &Request) -> (Reaction, Option<Unsaved>) {
        if !self.has_others.load(Ordering::Acquire) {
            return self.first.handle(request);
        }
        self.meant(request).handle(request)
    }

    /// Waits until all that was changed up to now is on disk, if it is kept there.
    pub(super) async fn saved(&self) -> io::Result<()> {
        for tenant in self.all() {
            if let Some(unsaved) = tenant.unsaved() {
                unsaved.saved().await?;
            }
        }
        Ok(())
    }

    /// Why the organizations cannot be kept on disk, as soon as one cannot.
    pub(super) async fn failure(&self) -> String {
        let mut failures = JoinSet::new();
        for tenant in self.all() {
            failures.spawn(async move { tenant.failure().await });
        }
        match failures.join_next().await {
            Some(Ok(failure)) => failure,
            Some(Err(_)) | None => std::future::pending().await,
        }
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
        let mut org = self.template.organization(number);
        org.set_keys(keys, self.now());
        let secret = org.admin_key().unwrap_or_default();
        let has_key = |tenant: &Arc<Tenant>| tenant.org(|org, _| org.knows_key(secret));
        if has_key(&self.first) || others.iter().any(has_key) {
            return Err(AddOrganizationError::KeyTaken);
        }
        Ok(self.put(&mut others, org))
    }

    fn put(&self, others: &mut Vec<Arc<Tenant>>, org: Org) -> Arc<Tenant> {
        let path = self.path(others.len() + 1);
        let tenant = Arc::new(Tenant::new(org, Arc::clone(&self.clock), path));
        others.push(Arc::clone(&tenant));
        self.has_others.store(true, Ordering::Release);
        self.run(&tenant);
        tenant
    }

    fn path(&self, number: usize) -> Option<PathBuf> {
        self.keeper.as_ref().map(|keeper| keeper.path(number))
    }

    /// Starts what an organization does by itself.
    fn run(&self, tenant: &Arc<Tenant>) {
        let mut tasks = self.tasks.lock();
        tasks.spawn_on(Arc::clone(tenant).tick_for_ever(), &self.runtime);
        tasks.spawn_on(Arc::clone(tenant).save_for_ever(), &self.runtime);
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
            tenant.clock_moved();
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
