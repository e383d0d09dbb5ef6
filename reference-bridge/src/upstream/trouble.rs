//! What can go wrong with an upstream call, sorted by what the bridge has to do about it.

use std::time::Duration;

use crate::core::error::{ScimError, ScimType};
use crate::fault::{Fault, Faults};

/// A call that did not give what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Trouble {
    /// 429: nothing was done, and no call may be made before `wait` is over.
    #[error("rate limited for {wait:?}")]
    Throttled {
        /// How long to wait.
        wait: Duration,
    },
    /// 401 or 403: the key is wrong, or may not do this. Trying again does not help.
    #[error("{status}: {reason}")]
    Denied {
        /// 401 or 403.
        status: u16,
        /// What upstream says.
        reason: String,
    },
    /// Another 4xx: upstream understood and does not want to.
    #[error("{status}: {reason}")]
    Refused {
        /// The status.
        status: u16,
        /// What upstream says.
        reason: String,
    },
    /// 404.
    #[error("not found")]
    Missing,
    /// 5xx, no answer, or half of one: a write may or may not have happened.
    #[error("{reason}")]
    Lost {
        /// What was seen.
        reason: String,
        /// Whether upstream went silent rather than failed.
        hung: bool,
    },
    /// The time of the SCIM request is used up.
    #[error("out of time")]
    OutOfTime,
}

impl Trouble {
    /// What the identity provider is told. Never 401 or 403: those would speak about its own token.
    pub(crate) fn to_scim(&self, faults: Faults) -> ScimError {
        match self {
            Self::Throttled { .. } if faults.has(Fault::ThrottleAnswers500) => {
                ScimError::new(500, "OpenAI answered 429")
            }
            Self::Throttled { wait } => ScimError::throttled(*wait),
            Self::Denied { status, .. } if faults.has(Fault::Upstream401PassedOn) => {
                ScimError::new(*status, "unauthorized")
            }
            Self::Denied { status: 401, reason: _ } => ScimError::new(
                502,
                "OpenAI does not accept the bridge's admin key (401); the key has to be replaced",
            ),
            Self::Denied { status, reason } => ScimError::new(
                502,
                format!("OpenAI forbids this to the bridge's admin key ({status}): {reason}"),
            ),
            Self::Refused { status: 409, reason } => {
                ScimError::new(409, format!("OpenAI refused this (409): {reason}"))
            }
            Self::Refused { status, reason } => {
                ScimError::new(400, format!("OpenAI refused this ({status}): {reason}"))
            }
            Self::Missing => ScimError::new(503, "OpenAI no longer has what was to be changed; try again"),
            Self::Lost { reason, .. } => ScimError::new(503, format!("OpenAI cannot be reached: {reason}")),
            Self::OutOfTime => ScimError::new(503, "OpenAI took too long; try again"),
        }
    }

    /// Like [`to_scim`](Self::to_scim), for values that upstream judged: an address, a name.
    pub(crate) fn to_scim_value(&self, faults: Faults) -> ScimError {
        let mut error = self.to_scim(faults);
        if error.status == 400 {
            error.scim_type = Some(ScimType::InvalidValue);
        }
        error
    }
}
