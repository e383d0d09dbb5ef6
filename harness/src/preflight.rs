//! Makes sure that a target can be tested at all, and names the cause when it cannot.

use crate::target::Rig;

/// Why a target cannot be tested.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PreflightError {
    /// The bridge has ended.
    #[error("{0}")]
    Exited(String),
}

/// Asks the bridge for one user as an identity provider would.
#[expect(clippy::unused_async, reason = "the requests come next")]
pub async fn check(rig: &mut Rig) -> Result<(), PreflightError> {
    rig.exited()
        .map_or(Ok(()), |exit| Err(PreflightError::Exited(exit)))
}
