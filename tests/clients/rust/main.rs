//! The mock by `async-openai`, the client most Rust programs use, unmodified: every operation of the mock, and what it
//! makes of refusals. It decodes strictly, so a field that is missing or of another type is an error here.
//!
//! One organization for each resource; what its walk had carried out is collected, and nothing may be left over.

#![expect(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

mod admin_keys;
mod audit_logs;
mod double;
mod groups;
mod invites;
mod projects;
mod refusals;
mod roles;
mod service_accounts;
mod users;

use std::collections::BTreeSet;

use mock_openai::Operation;

use self::double::Double;

#[tokio::test]
async fn every_operation_is_carried_out_and_its_answer_decodes() {
    let mut driven = BTreeSet::new();
    driven.extend(users::walk(Double::start().await).await);
    driven.extend(invites::walk(Double::start().await).await);
    driven.extend(groups::walk(Double::start().await).await);
    driven.extend(roles::walk(Double::start().await).await);
    driven.extend(projects::walk(Double::start().await).await);
    driven.extend(service_accounts::walk(Double::start().await).await);
    driven.extend(admin_keys::walk(Double::start().await).await);
    driven.extend(audit_logs::walk(Double::start().await).await);
    let missing: Vec<_> = Operation::ALL.iter().filter(|known| !driven.contains(known)).collect();
    assert!(missing.is_empty(), "never carried out: {missing:?}");
}
