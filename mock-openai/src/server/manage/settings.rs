//! The switches.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::Value;

use super::organizations::Meant;
use super::{Answer, Problem, ok, parse};
use crate::settings::Settings;

pub(super) async fn show(Meant(org): Meant) -> Answer {
    ok(&org.org(|org, _| org.settings().clone()))
}

/// Changes the settings that the body names and leaves the others.
pub(super) async fn patch(Meant(org): Meant, body: Bytes) -> Answer {
    let patch: BTreeMap<String, Value> = parse(&body)?;
    let changed = org.org(|org, _| {
        let mut merged = serde_json::to_value(org.settings()).map_err(Problem::bad_json)?;
        for (name, value) in patch {
            merged[name] = value;
        }
        let settings: Settings = serde_json::from_value(merged).map_err(Problem::bad_json)?;
        org.settings_mut().clone_from(&settings);
        Ok::<_, Problem>(settings)
    })?;
    ok(&changed)
}
