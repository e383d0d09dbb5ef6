//! Everything the bridge can be told. The command line fills it, and so do people who embed it.

use std::path::PathBuf;
use std::time::Duration;

use crate::core::role::Role;
use crate::fault::Faults;
use crate::secret::Secret;
use crate::variant::Variants;

/// How a bridge runs.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the Admin API is, with its version: `https://api.openai.com/v1`.
    pub openai_base_url: String,
    /// The admin key (`sk-admin-…`).
    pub openai_admin_key: Secret,
    /// The bearer token that identity providers present.
    pub scim_token: Secret,
    /// The folder that keeps the state; `None` keeps it in memory only.
    pub state_dir: Option<PathBuf>,
    /// Path in front of `/Users` and the rest.
    pub base_path: String,
    /// The longest wait for one upstream answer.
    pub upstream_timeout: Duration,
    /// The longest time for one SCIM request.
    pub request_budget: Duration,
    /// The longest wait on upstream rate limits inside one SCIM request.
    pub throttle_wait: Duration,
    /// How often upstream is asked who has accepted, while somebody is pending.
    pub poll_interval: Duration,
    /// The most upstream calls that asking may cost in a minute.
    pub poll_calls_per_minute: u32,
    /// The role of people for whom none is asked.
    pub default_role: Role,
    /// Defects that are switched on.
    pub faults: Faults,
    /// Other legitimate designs that are switched on.
    pub variants: Variants,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            openai_base_url: "https://api.openai.com/v1".to_owned(),
            openai_admin_key: Secret::default(),
            scim_token: Secret::default(),
            state_dir: None,
            base_path: "/scim/v2".to_owned(),
            upstream_timeout: Duration::from_secs(5),
            request_budget: Duration::from_secs(25),
            throttle_wait: Duration::from_secs(2),
            poll_interval: Duration::from_secs(1),
            poll_calls_per_minute: 120,
            default_role: Role::Reader,
            faults: Faults::NONE,
            variants: Variants::NONE,
        }
    }
}
