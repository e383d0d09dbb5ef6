//! Every scenario of proofload as a test of this bridge: `cargo test -p rust-bridge activation` runs some of them.

use std::time::Duration;

use proofload::testing::Bridge;
use rstest::{fixture, rstest};
use rust_bridge::Settings;

#[fixture]
fn bridge() -> Bridge {
    Bridge::in_process(|given| async {
        let settings = Settings {
            openai_base_url: given.openai_base_url,
            openai_admin_key: given.openai_admin_key,
            scim_token: given.scim_token,
            // Nobody wants to wait for it in a test.
            poll_interval: Duration::from_millis(50),
            upstream_timeout: Duration::from_millis(700),
        };
        if let Err(error) = rust_bridge::serve(given.listener, settings).await {
            panic!("{error}");
        }
    })
    // Ours all connect through Entra ID; leave this out to be tested with every identity provider.
    .personas(["entra"])
}

proofload::each_scenario! {
    #[rstest]
    fn conforms(bridge: Bridge, #[case] scenario: &str) {
        bridge.check(scenario).assert();
    }
}

/// What the bridge does for a new person, request by request; a change of it is a change of this snapshot.
#[rstest]
fn assigns_as_it_did(bridge: Bridge) {
    insta::assert_snapshot!(bridge.transcript("users/assign-okta-minimal", "okta-aiw"));
}
