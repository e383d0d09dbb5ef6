//! The conversation, with a master of few words. `tests/locust` has it with a real one.

use std::time::Duration;

use rstest::rstest;
use serde::de::IgnoredAny;
use serde_json::{Value, json};
use zeromq::{RouterSocket, Socket as _, SocketRecv as _, SocketSend as _, ZmqMessage};

use super::{Link, LinkError, Share};
use crate::load::engine::meter::{Sample, StepName};
use crate::load::result::LoadResult;
use crate::load::run::Wish;

struct Master {
    socket: RouterSocket,
    address: String,
    worker: Vec<u8>,
}

impl Master {
    async fn at(address: &str) -> Self {
        let mut socket = RouterSocket::new();
        let bound = socket.bind(&format!("tcp://{address}")).await.unwrap().to_string();
        Self {
            socket,
            address: bound.trim_start_matches("tcp://").to_owned(),
            worker: Vec::new(),
        }
    }

    async fn say(&mut self, kind: &str, data: Value) {
        let mut message = ZmqMessage::from(self.worker.clone());
        message.push_back(rmp_serde::to_vec(&json!([kind, data, "node"])).unwrap().into());
        self.socket.send(message).await.unwrap();
    }

    /// The next message of this kind. Heartbeats are answered meanwhile, as a master does.
    async fn hear(&mut self, wanted: &str) -> Value {
        let heard = async {
            loop {
                let frames = self.socket.recv().await.unwrap().into_vec();
                self.worker = frames[0].to_vec();
                let (kind, data, node) = read(&frames[1]);
                assert_eq!(node.as_bytes(), frames[0]);
                if kind == "heartbeat" {
                    self.say("heartbeat", Value::Null).await;
                }
                if kind == wanted {
                    return data;
                }
            }
        };
        let heard = tokio::time::timeout(Duration::from_secs(20), heard).await;
        heard.unwrap_or_else(|_| panic!("never heard {wanted}"))
    }

    /// A worker that is ready for a run.
    async fn with_worker() -> (Self, Link) {
        let mut master = Self::at("127.0.0.1:0").await;
        let link = Link::open(master.address.clone()).unwrap();
        link.ready();
        assert_eq!(master.hear("client_ready").await, "2.47.0");
        master.say("ack", json!({ "index": 0 })).await;
        (master, link)
    }

    async fn begin(&mut self, headless: bool) {
        self.say("proofload_share", json!({ "index": 0, "count": 1, "seed": 7 }))
            .await;
        self.spawn(1.0, 3, json!({ "headless": headless, "proofload_seed": null }))
            .await;
    }

    async fn spawn(&mut self, timestamp: f64, users: u64, options: Value) {
        let users = json!({ "IdentityProvider": users });
        let spawn = json!({ "timestamp": timestamp, "user_classes_count": users, "parsed_options": options });
        self.say("spawn", spawn).await;
    }
}

/// A worker's message. JSON has no floats as keys, so of its figures there is the total alone.
fn read(bytes: &[u8]) -> (String, Value, String) {
    #[derive(serde::Deserialize)]
    struct Stats {
        stats_total: Total,
    }
    #[derive(serde::Deserialize)]
    struct Total {
        num_requests: u64,
    }
    let (kind, _, node): (String, IgnoredAny, String) = rmp_serde::from_slice(bytes).unwrap();
    if kind != "stats" {
        return rmp_serde::from_slice(bytes).unwrap();
    }
    let (_, stats, _): (String, Stats, String) = rmp_serde::from_slice(bytes).unwrap();
    (kind, stats.stats_total.num_requests.into(), node)
}

fn sample() -> Sample {
    let step = StepName {
        label: "create",
        method: "POST",
        route: "/Users",
    };
    Sample {
        step,
        corrected: Duration::from_micros(1500),
        service: Duration::from_micros(1500),
        lag: Duration::ZERO,
        status: Some(201),
    }
}

#[tokio::test]
async fn a_run_without_a_web_page_from_the_first_word_to_the_last() {
    let (mut master, mut link) = Master::with_worker().await;
    master.begin(true).await;
    let task = link.task().await.unwrap().unwrap();
    let share = Share {
        index: 0,
        count: 1,
        seed: 7,
    };
    assert_eq!(task.share, share);
    assert_eq!(link.wish().await, Wish::Workers(3));
    assert_eq!(master.hear("spawning_complete").await["user_count"], 3);
    master.spawn(2.0, 5, json!({})).await;
    // An older word does not count.
    master.spawn(1.5, 9, json!({})).await;
    master.spawn(3.0, 4, json!({})).await;
    assert_eq!(
        (link.wish().await, link.wish().await),
        (Wish::Workers(5), Wish::Workers(4))
    );

    (task.listener())(&[sample()]);
    link.ended(&task, Ok(&LoadResult::default()));
    // A report of its own accord may have come before.
    while master.hear("stats").await != 1 {}
    let times = master.hear("proofload_times").await;
    assert!(
        times["steps"]["create POST /Users"]["corrected"]
            .as_str()
            .unwrap()
            .starts_with("HIST")
    );
    let result = master.hear("proofload_result").await;
    assert_eq!(result["share"], "0-of-1");
    assert_eq!(
        serde_json::from_str::<LoadResult>(result["report"].as_str().unwrap()).unwrap(),
        LoadResult::default()
    );
    master.hear("quit").await;
    assert!(link.task().await.unwrap().is_none());
    assert!(!link.wanted_an_end());
    link.close();
}

#[tokio::test]
async fn with_a_web_page_one_run_follows_another() {
    let (mut master, mut link) = Master::with_worker().await;
    for _ in 0..2 {
        master.begin(false).await;
        let task = link.task().await.unwrap().unwrap();
        assert_eq!(link.wish().await, Wish::Workers(3));
        master.say("stop", Value::Null).await;
        assert_eq!(link.wish().await, Wish::Stop);
        assert!(link.wanted_an_end());
        link.ended(&task, Ok(&LoadResult::default()));
        master.hear("client_stopped").await;
        link.ready();
        master.hear("client_ready").await;
        master.say("ack", json!({ "index": 0 })).await;
    }
    master.say("quit", Value::Null).await;
    assert!(link.task().await.unwrap().is_none());
    link.close();
}

#[tokio::test]
async fn what_went_wrong_is_shown_on_the_side_of_the_master() {
    let (mut master, mut link) = Master::with_worker().await;
    master.begin(true).await;
    let task = link.task().await.unwrap().unwrap();
    link.ended(&task, Err("no sites".to_owned()));
    assert_eq!(master.hear("exception").await["msg"], "no sites");
    master.hear("quit").await;
    link.close();
}

#[tokio::test]
async fn a_master_that_comes_back_is_found_and_hears_what_was_done_meanwhile() {
    let (mut master, mut link) = Master::with_worker().await;
    master.begin(true).await;
    let task = link.task().await.unwrap().unwrap();
    let address = master.address.clone();
    assert!(master.socket.close().await.is_empty());
    (task.listener())(&[sample()]);
    let mut master = Master::at(&address).await;
    master.hear("client_ready").await;
    master.say("ack", json!({ "index": 0 })).await;
    link.ended(&task, Ok(&LoadResult::default()));
    while master.hear("stats").await != 1 {}
    master.hear("quit").await;
    link.close();
}

#[rstest]
#[case::without_options_of_ours(json!({}), true)]
#[case::with_them(json!({ "proofload_seed": 3 }), false)]
#[tokio::test]
async fn without_a_share_there_is_nothing_to_do(#[case] options: Value, #[case] is_other: bool) {
    let (mut master, mut link) = Master::with_worker().await;
    master.spawn(1.0, 3, options).await;
    let expected = if is_other {
        LinkError::OtherLocustfile(master.address.clone())
    } else {
        LinkError::TooLate
    };
    assert_eq!(link.task().await.err(), Some(expected));
    link.close();
    master.hear("quit").await;
}
