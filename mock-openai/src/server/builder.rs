//! How a [`MockOpenAi`] is to be, and its start.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::net::{TcpListener, TcpSocket};
use tokio::task::JoinSet;

use super::manage::Guard;
use super::shared::Template;
use super::{MockOpenAi, Shared, connection, manage};
use crate::clock::Clock;
use crate::journal::JournalSize;
use crate::org::AdminKeys;
use crate::settings::Settings;

/// What a mock shall be like; from [`MockOpenAi::builder`].
#[derive(Clone)]
pub struct Builder {
    listen: SocketAddr,
    manage: Option<SocketAddr>,
    keys: AdminKeys,
    more: Vec<AdminKeys>,
    settings: Settings,
    clock: Clock,
    persist: Option<PathBuf>,
    seed: u64,
    journal: JournalSize,
}

impl Builder {
    pub(super) fn new() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            manage: None,
            keys: AdminKeys::MadeUp,
            more: Vec::new(),
            settings: Settings::default(),
            clock: Clock::Real,
            persist: None,
            seed: 0,
            journal: JournalSize::default(),
        }
    }

    /// Where the Admin API listens; port 0 picks a free one, which is the default.
    #[must_use]
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// Where the management API listens; without this there is none.
    #[must_use]
    pub fn manage(mut self, address: SocketAddr) -> Self {
        self.manage = Some(address);
        self
    }

    /// The key that opens the organization; without this one is made up from the seed.
    #[must_use]
    pub fn admin_key(mut self, key: impl Into<String>) -> Self {
        self.keys = AdminKeys::Only(key.into());
        self
    }

    /// Any key opens the organization.
    #[must_use]
    pub fn any_admin_key(mut self) -> Self {
        self.keys = AdminKeys::Any;
        self
    }

    /// One more organization; can be repeated. See [`MockOpenAi::add_organization`].
    #[must_use]
    pub fn organization(mut self, keys: AdminKeys) -> Self {
        self.more.push(keys);
        self
    }

    /// The switches.
    #[must_use]
    pub fn settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// How the organization's clock goes; with the system's without this.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Keeps the organizations in files of this directory, so that they outlive the process; one
    /// process at a time. What was answered is there after a `kill -9`: an answer that reports a
    /// change waits until a file with the change is in place. Files are written whole, so changes
    /// cost more the more people there are. Kept are states, keys, and how far the clock has come;
    /// not settings, faults, throttles, and the journal.
    #[must_use]
    pub fn persist(mut self, directory: impl Into<PathBuf>) -> Self {
        self.persist = Some(directory.into());
        self
    }

    /// How much the journal keeps; each organization has one of its own.
    #[must_use]
    pub fn journal(mut self, size: JournalSize) -> Self {
        self.journal = size;
        self
    }

    /// The seed of ids, of chance in faults, and of the made-up key; 0 without this.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Binds the listeners and starts to serve. Fails if an address cannot be bound, if both
    /// listeners are given the same one, if two organizations are given the same key, or if what is
    /// kept on disk cannot be read or written ([`KeepError`](crate::KeepError), inside).
    pub async fn start(self) -> io::Result<MockOpenAi> {
        if self
            .manage
            .is_some_and(|manage| manage.port() != 0 && manage.port() == self.listen.port())
        {
            let text = "the management API must not share the port of the Admin API";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        }
        let listener = bind(self.listen)?;
        let address = listener.local_addr()?;
        let manage_listener = match self.manage {
            Some(manage) => Some(bind(manage)?),
            None => None,
        };
        let manage = manage_listener.as_ref().map(TcpListener::local_addr).transpose()?;

        let directory = self.persist.as_deref();
        let template = Template {
            settings: self.settings,
            seed: self.seed,
            journal: self.journal,
        };
        let shared = Shared::new(template, self.clock, self.keys, directory);
        let shared = Arc::new(shared.map_err(io::Error::other)?);
        // Those that were kept are the first ones of these.
        let kept = shared.all().len() - 1;
        for keys in self.more.into_iter().skip(kept) {
            let added = shared.add(keys);
            added.map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        }
        let admin_key = shared.first().org(|org, _| org.admin_key().map(str::to_owned));
        let admin_key = admin_key.unwrap_or_default();
        // A directory that cannot be written to is found now, not at the first change.
        shared.saved().await?;
        let mut tasks = JoinSet::new();
        let admin = Arc::clone(&shared);
        tasks.spawn(connection::accept(listener, move |stream| {
            connection::serve(stream, Arc::clone(&admin))
        }));
        if let (Some(listener), Some(address)) = (manage_listener, manage) {
            let router = manage::router(Arc::clone(&shared), Guard::at(address));
            tasks.spawn(connection::accept(listener, move |stream| {
                connection::manage(stream, router.clone())
            }));
        }
        Ok(MockOpenAi {
            shared,
            address,
            manage,
            admin_key,
            tasks,
        })
    }
}

/// Connections that may wait to be accepted. The standard library's 128 are fewer than a crowd that
/// comes at once; those in excess would try again a second later.
const BACKLOG: u32 = 4096;

/// Binds, and says what could not be bound.
fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let listen = || {
        let socket = match address {
            SocketAddr::V4(_) => TcpSocket::new_v4(),
            SocketAddr::V6(_) => TcpSocket::new_v6(),
        }?;
        // A port that was just left can be taken again; elsewhere than on Unix it means more.
        #[cfg(unix)]
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    };
    listen().map_err(|error| io::Error::new(error.kind(), format!("cannot listen on {address}: {error}")))
}
