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
mod refusals;
mod users;

use std::collections::BTreeSet;

use self::double::Double;

#[tokio::test]
async fn every_operation_is_carried_out_and_its_answer_decodes() {
    let mut driven = BTreeSet::new();
    driven.extend(users::walk(Double::start().await).await);
    driven.extend(invites::walk(Double::start().await).await);
    driven.extend(groups::walk(Double::start().await).await);
    driven.extend(admin_keys::walk(Double::start().await).await);
    driven.extend(audit_logs::walk(Double::start().await).await);
    // Those of roles and projects follow as the mock learns them.
    assert_eq!(driven.len(), 22, "{driven:?}");
}
