//! The target of a load run, on threads of its own, so that what the driver costs can be told from what the bridge costs.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use crate::cli::Error;
use crate::cli::source::config_file;
use crate::config::{Config, Settings, TargetSettings};
use crate::load::engine::cpu::DRIVER_THREADS;
use crate::preflight;
use crate::run::RunError;
use crate::target::{Rig, TargetKind, TargetSpec};

/// What a command was told of the target, together with environment and file.
pub(super) fn config(
    target: TargetSettings,
    seed: Option<u64>,
    file: Option<&std::path::Path>,
) -> Result<Config, Error> {
    let settings = Settings {
        target,
        seed,
        ..Settings::default()
    };
    Ok(Config::load(
        settings,
        crate::cli::source::variable,
        config_file(file).as_deref(),
    )?)
}

/// Where a whole company waits for the same few calls a minute, the ten attempts of an identity provider are soon used up:
/// the embedded reference bridge waits itself, well within the 60 s of Okta.
const THROTTLE_WAIT: Duration = Duration::from_secs(20);

/// Refuses a target that is not on this machine, unless somebody has said that it is theirs.
pub(super) fn is_allowed(target: &TargetSpec, owned: bool) -> Result<(), Error> {
    let TargetKind::Url { url } = &target.kind else {
        return Ok(());
    };
    let here = url::Url::parse(url).ok().is_some_and(|url| match url.host() {
        Some(url::Host::Ipv4(address)) => IpAddr::from(address).is_loopback(),
        Some(url::Host::Ipv6(address)) => IpAddr::from(address).is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    });
    if here || owned {
        return Ok(());
    }
    Err(Error::usage(format!(
        "{url} is not on this machine, and a load run sends as much as it can: say --i-own-this-target if it is yours to \
         load"
    )))
}

/// A target that is up, and the runtimes.
pub(super) struct Place {
    /// Where the bridge and its upstream run, as far as they run in this program.
    pub(super) target: Runtime,
    /// Where requests are sent from.
    pub(super) driver: Runtime,
}

impl Place {
    pub(super) fn new() -> Result<Self, Error> {
        Ok(Self {
            target: Builder::new_multi_thread()
                .thread_name("load-target")
                .enable_all()
                .build()?,
            // Threads that wake one another for each request and each answer cost twice the CPU: one sends more than any
            // bridge can take, and leaves the rest of the machine to the target.
            driver: Builder::new_multi_thread()
                .thread_name(DRIVER_THREADS)
                .worker_threads(1)
                .enable_all()
                .build()?,
        })
    }

    /// Raises the target, one that can be killed if that is wanted and possible, and makes sure that it can be loaded.
    pub(super) fn raise(&self, target: &TargetSpec, to_be_killed: bool) -> Result<Arc<Rig>, Error> {
        let target = TargetSpec {
            throttle_wait: THROTTLE_WAIT,
            ..target.clone()
        };
        let raised = self.target.block_on(async {
            let raised = if to_be_killed {
                target.raise_durable(0).await
            } else {
                target.raise(0).await
            };
            let mut rig = raised.map_err(RunError::Target)?;
            preflight::check(&mut rig).await.map_err(RunError::Preflight)?;
            Ok::<_, RunError>(rig)
        });
        Ok(Arc::new(raised?))
    }

    /// Ends the target, if nobody looks at it any more.
    pub(super) fn end(&self, rig: Arc<Rig>) {
        if let Ok(rig) = Arc::try_unwrap(rig) {
            self.target.block_on(rig.end());
        }
    }
}
