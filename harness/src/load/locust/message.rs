//! What is said between a Locust master and a worker: `MessagePack` arrays of a kind, what belongs to it, and the worker's name.
//!
//! As Locust 2.47 has it (`locust/runners.py`, `locust/rpc/protocol.py`); structs must be maps, or the master cannot read them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A worker's part of a run. The master's locustfile hands it out before a run begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Share {
    /// Which part, from 0.
    pub index: u32,
    /// Of how many.
    pub count: u32,
    /// The seed of the whole run.
    pub seed: u64,
}

/// How many users of which class a worker shall have from now on.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub(super) struct Spawn {
    /// The master's clock. What is older than the last is void.
    pub(super) timestamp: f64,
    /// By class, all in all.
    pub(super) user_classes_count: BTreeMap<String, u64>,
    /// The master's command line.
    #[serde(default)]
    pub(super) parsed_options: MasterOptions,
}

/// What matters of the master's command line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub(super) struct MasterOptions {
    /// Without a web page: the master ends when its workers have.
    #[serde(default)]
    pub(super) headless: bool,
    /// An option of our locustfile: it is there, whatever its value, if the master has read that.
    #[serde(default, deserialize_with = "is_there")]
    pub(super) proofload_seed: bool,
}

fn is_there<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    serde::de::IgnoredAny::deserialize(deserializer).map(|_| true)
}

/// What a master says.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum FromMaster {
    /// It knows us now.
    Ack,
    /// It has heard our heartbeat.
    Heartbeat,
    /// The part of the next run that is ours.
    Share(Share),
    /// So many shall work from now on.
    Spawn(Spawn),
    /// The run is over.
    Stop,
    /// Everything is over.
    Quit,
    /// The connection is to be made anew.
    Reconnect,
    /// What does not concern us: that all users are there, another custom message.
    Other,
}

/// What cannot be understood.
#[derive(Debug, thiserror::Error)]
pub(super) enum Garbled {
    #[error(transparent)]
    Bytes(#[from] rmp_serde::decode::Error),
    #[error(transparent)]
    Content(#[from] serde_json::Error),
}

impl FromMaster {
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Garbled> {
        let (kind, data, _node): (String, Value, Value) = rmp_serde::from_slice(bytes)?;
        Ok(match kind.as_str() {
            "ack" => Self::Ack,
            "heartbeat" => Self::Heartbeat,
            "proofload_share" => Self::Share(serde_json::from_value(data)?),
            "spawn" => Self::Spawn(serde_json::from_value(data)?),
            "stop" => Self::Stop,
            "quit" => Self::Quit,
            "reconnect" => Self::Reconnect,
            _ => Self::Other,
        })
    }
}

/// What a worker says.
pub(super) fn write(kind: &str, data: &impl Serialize, node: &str) -> Result<Vec<u8>, rmp_serde::encode::Error> {
    rmp_serde::to_vec_named(&(kind, data, node))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    fn packed(value: &Value) -> Vec<u8> {
        rmp_serde::to_vec(value).unwrap()
    }

    #[rstest]
    #[case(json!(["ack", { "index": 3 }, "node"]), FromMaster::Ack)]
    #[case(json!(["heartbeat", null, "node"]), FromMaster::Heartbeat)]
    #[case(json!(["quit", null, "node"]), FromMaster::Quit)]
    #[case(json!(["spawning_complete", { "user_count": 3 }, "node"]), FromMaster::Other)]
    #[case(
        json!(["proofload_share", { "index": 1, "count": 2, "seed": 9_007_199_254_740_991_u64 }, "node"]),
        FromMaster::Share(Share { index: 1, count: 2, seed: (1 << 53) - 1 })
    )]
    #[case(
        json!(["spawn", {
            "timestamp": 17.5, "user_classes_count": { "IdentityProvider": 4 }, "host": null, "stop_timeout": 0.0,
            "parsed_options": { "headless": true, "proofload_seed": null, "config_users": null, "tags": [] },
        }, "node"]),
        FromMaster::Spawn(Spawn {
            timestamp: 17.5,
            user_classes_count: BTreeMap::from([("IdentityProvider".to_owned(), 4)]),
            parsed_options: MasterOptions { headless: true, proofload_seed: true },
        })
    )]
    #[case(
        json!(["spawn", { "timestamp": 1.0, "user_classes_count": {}, "parsed_options": {} }, "node"]),
        FromMaster::Spawn(Spawn { timestamp: 1.0, ..Spawn::default() })
    )]
    fn a_master_is_understood(#[case] said: Value, #[case] heard: FromMaster) {
        assert_eq!(FromMaster::read(&packed(&said)).unwrap(), heard);
    }

    #[rstest]
    #[case(json!("ack"))]
    #[case(json!(["spawn", null, "node"]))]
    #[case(json!(["proofload_share", { "index": -1, "count": 2, "seed": 1 }, "node"]))]
    fn what_is_no_message_is_an_error(#[case] said: Value) {
        assert!(FromMaster::read(&packed(&said)).is_err());
        assert!(FromMaster::read(&[0xc1, 0xff]).is_err());
    }

    /// Python reads maps, not the arrays that `MessagePack` has for structs otherwise.
    #[test]
    fn structs_are_maps() {
        #[derive(Serialize)]
        struct Beat {
            state: &'static str,
        }
        let bytes = write("heartbeat", &Beat { state: "ready" }, "node").unwrap();
        let value: Value = rmp_serde::from_slice(&bytes).unwrap();
        assert_eq!(value, json!(["heartbeat", { "state": "ready" }, "node"]));
    }
}
