//! A SCIM 2.0 bridge over the OpenAI Admin API: correct, durable, and good to start a real one
//! from. It turns what Okta, Entra ID and others send into invites, members and groups.
//!
//! It is also what a referee practises on: [`Fault`] lists defects that real bridges have, and
//! each can be switched on; [`Variant`] lists other designs that are as correct as its own. It shares no type with the referee.
//!
//! [`serve`] runs a bridge inside any tokio program; [`cli`] is the command line of the program.

#[macro_use]
mod switches;

mod bridge;
pub mod cli;
mod core;
mod fault;
mod front;
mod secret;
mod server;
mod settings;
mod store;
mod upstream;
mod variant;

pub use core::role::Role;
pub use fault::{Fault, Faults};
pub use secret::Secret;
pub use server::serve;
pub use settings::Settings;
pub use switches::UnknownSwitch;
pub use variant::{Variant, Variants};

/// The bridge cannot start or go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A setting without which there is nothing to do.
    #[error("{0} is not set")]
    Missing(&'static str),
    /// The upstream wants TLS and this build has none.
    #[error("the upstream is https://, and this program was built without the feature tls")]
    NoTls,
    /// The state folder cannot be used.
    #[error("{0}")]
    State(String),
    /// The HTTP client for the upstream cannot be built.
    #[error("the HTTP client cannot be built: {0}")]
    Client(#[from] reqwest::Error),
    /// Listening or serving failed.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

impl From<store::StoreError> for Error {
    fn from(error: store::StoreError) -> Self {
        Self::State(error.to_string())
    }
}
