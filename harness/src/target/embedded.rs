//! The reference bridge inside this process: the target when none is named.

use super::address::BasePath;
use super::rig::Rig;
use super::{TargetError, TargetSpec};

/// A bridge that runs as a task.
#[derive(Debug)]
pub(super) enum Embedded {}

/// Starts the upstream and the bridge.
#[expect(
    clippy::unused_async,
    reason = "awaits the bridge's listener as soon as the bridge can be embedded"
)]
pub(super) async fn raise(_: &TargetSpec, _: usize, _: &BasePath) -> Result<Rig, TargetError> {
    Err(TargetError::Embedded {
        reason: "the reference bridge cannot be embedded yet; use --bridge-cmd".to_owned(),
    })
}

impl Embedded {
    pub(super) fn exited(&mut self) -> Option<String> {
        match *self {}
    }

    pub(super) async fn end(self) {
        match self {}
    }
}
