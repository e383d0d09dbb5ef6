//! Trouble on purpose.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::json;

use super::organizations::Meant;
use super::{Answer, ok, parse};
use crate::fault::FaultRule;
use crate::fault::preset::FaultPreset;
use crate::org::Org;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewFaults {
    #[serde(default)]
    preset: Option<FaultPreset>,
    #[serde(default)]
    rules: Vec<FaultRule>,
}

pub(super) async fn show(Meant(org): Meant) -> Answer {
    ok(&json!({ "rules": org.org(|org, _| rules(org)) }))
}

/// Replaces the rules. Those of a preset come behind the others.
pub(super) async fn put(Meant(org): Meant, body: Bytes) -> Answer {
    let new: NewFaults = parse(&body)?;
    let rules = org.org(|org, _| {
        org.faults_mut().set(new.rules);
        if let Some(preset) = new.preset {
            org.apply(preset);
        }
        rules(org)
    });
    ok(&json!({ "rules": rules }))
}

fn rules(org: &Org) -> Vec<FaultRule> {
    org.faults().rules().cloned().collect()
}
