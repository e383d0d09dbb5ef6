//! A bridge in Rust, as somebody might have one, to show how its own tests use `proofload::testing`. Its SCIM is the reference
//! bridge's; yours would be your own.

use std::time::Duration;

use tokio::net::TcpListener;

/// What this bridge must know.
#[derive(Debug)]
pub struct Settings {
    /// OpenAI, with the path: `https://api.openai.com/v1`.
    pub openai_base_url: String,
    /// An admin key of the organization.
    pub openai_admin_key: String,
    /// What identity providers present.
    pub scim_token: String,
    /// How often to look for invites that were accepted.
    pub poll_interval: Duration,
    /// How long OpenAI may take to answer.
    pub upstream_timeout: Duration,
}

/// Serves SCIM under `/scim/v2` until it is dropped.
///
/// # Errors
/// When it cannot listen any more.
pub async fn serve(listener: TcpListener, settings: Settings) -> Result<(), reference_bridge::Error> {
    let settings = reference_bridge::Settings {
        openai_base_url: settings.openai_base_url,
        openai_admin_key: settings.openai_admin_key.into(),
        scim_token: settings.scim_token.into(),
        poll_interval: settings.poll_interval,
        upstream_timeout: settings.upstream_timeout,
        poll_calls_per_minute: 1_500,
        throttle_wait: Duration::from_millis(100),
        ..reference_bridge::Settings::default()
    };
    reference_bridge::serve(listener, settings, std::future::pending()).await
}
