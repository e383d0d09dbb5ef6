//! The worker's side of Locust's conversation: says that it lives every second, reports every three, does what the master says,
//! and looks for it again when it has gone.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::time::MissedTickBehavior;

use super::message::{self, FromMaster, Share, Spawn};
use super::socket::Socket;
use super::tally::Tally;
use super::{LinkError, News, Task, Word};
use crate::load::engine::cpu;
use crate::load::lock;
use crate::load::parameters::WORKERS_MAX;
use crate::load::result::LoadResult;
use crate::load::run::Wish;

/// The version whose manner this is. A master of another one warns and goes on.
const LOCUST: &str = "2.47.0";
/// Three missed beats and the master calls a worker missing.
const BEAT_EVERY: Duration = Duration::from_secs(1);
/// In beats.
const REPORT_EVERY: u32 = 3;
/// A master that has said nothing for so long has gone, even if its connection seems to stand.
const SILENCE_MAX: Duration = Duration::from_secs(60);
/// How long a master may be away while there is nothing to do; Locust's own workers wait as long.
const AWAY_MAX: Duration = Duration::from_secs(300);
/// A master that wants an end waits half a second for the last reports.
const LAST_REPORT_WITHIN: Duration = Duration::from_millis(300);
/// How long to wait for a master that is to take in the last report.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// What is handed over is written a moment later; nobody says when.
const LINGER: Duration = Duration::from_millis(200);

/// See the module.
pub(super) struct Worker {
    master: String,
    node: String,
    socket: Option<Socket>,
    words: UnboundedSender<Word>,
    news: UnboundedReceiver<News>,
    /// When the master was last heard, or first looked for, and why it could not be reached.
    heard: Instant,
    trouble: String,
    /// Whether it has been said that a run can begin.
    ready: bool,
    /// Whether the master knows us.
    known: bool,
    /// Beats that it has not answered.
    unanswered: u32,
    beats: u32,
    driver: (Instant, Option<Duration>),
    share: Option<Share>,
    run: Run,
}

/// The run as the master sees it.
#[derive(Default)]
struct Run {
    number: u32,
    /// The master has said that it goes on, and not that it is over.
    is_on: bool,
    /// We have not said yet that it is over.
    under_way: bool,
    /// It is to be over.
    stopping: bool,
    headless: bool,
    /// The master's clock at the last word about users.
    told: f64,
    users: BTreeMap<String, u64>,
    share: Option<Share>,
    tally: Arc<Mutex<Tally>>,
}

/// Whether the conversation goes on.
type Goes = std::ops::ControlFlow<()>;
const ON: Goes = Goes::Continue(());
const END: Goes = Goes::Break(());

#[derive(Serialize)]
struct Beat {
    state: &'static str,
    current_cpu_usage: f64,
}

#[derive(Serialize)]
struct Spawned<'a> {
    user_classes_count: &'a BTreeMap<String, u64>,
    user_count: u64,
}

#[derive(Serialize)]
struct Report {
    share: String,
    report: String,
}

#[derive(Serialize)]
struct Exception<'a> {
    msg: &'a str,
    traceback: &'static str,
}

impl Worker {
    pub(super) fn new(master: String, words: UnboundedSender<Word>, news: UnboundedReceiver<News>) -> Self {
        Self {
            master,
            node: name(),
            socket: None,
            words,
            news,
            heard: Instant::now(),
            trouble: String::new(),
            ready: false,
            known: false,
            unanswered: 0,
            beats: 0,
            driver: (Instant::now(), cpu::used()),
            share: None,
            run: Run::default(),
        }
    }

    /// Until one side wants no more.
    pub(super) async fn live(mut self) {
        let mut beat = tokio::time::interval(BEAT_EVERY);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let goes = tokio::select! {
                message = heard(&mut self.socket) => self.hear(message).await,
                news = self.news.recv() => self.learn(news).await,
                _ = beat.tick() => self.beat().await,
            };
            if goes == END {
                break;
            }
        }
        if self.socket.take().is_some() {
            tokio::time::sleep(LINGER).await;
        }
    }

    async fn hear(&mut self, message: Option<Vec<u8>>) -> Goes {
        let Some(message) = message else {
            self.lose("it has closed the connection");
            return ON;
        };
        self.heard = Instant::now();
        // What cannot be understood is not for us.
        match FromMaster::read(&message).unwrap_or(FromMaster::Other) {
            FromMaster::Ack => self.known = true,
            FromMaster::Heartbeat => self.unanswered = self.unanswered.saturating_sub(1),
            FromMaster::Share(share) => {
                // A master that shares out anew has begun anew, whatever was before.
                self.stop();
                self.run.is_on = false;
                self.share = Some(share);
            }
            FromMaster::Spawn(spawn) => return self.spawn(spawn).await,
            FromMaster::Stop => {
                self.stop();
                if !self.run.under_way {
                    self.stopped().await;
                }
            }
            FromMaster::Quit => {
                self.stop();
                self.tell(Word::Leave(None));
                if tokio::time::timeout(LAST_REPORT_WITHIN, self.end_of_run())
                    .await
                    .is_err()
                {
                    self.report().await;
                }
                return END;
            }
            FromMaster::Reconnect => self.lose("it asked for another connection"),
            FromMaster::Other => {}
        }
        ON
    }

    async fn learn(&mut self, news: Option<News>) -> Goes {
        match news {
            Some(News::Ready) => {
                self.ready = true;
                self.introduce().await;
            }
            Some(News::Ended(number, result)) if number == self.run.number => {
                self.hand_in(&result).await;
                if self.run.stopping {
                    self.stopped().await;
                } else if self.run.headless {
                    return self.go_home().await;
                }
            }
            // Of a run that the master has forgotten.
            Some(News::Ended(..)) => {}
            Some(News::Leave) => {
                self.say("quit", &()).await;
                return END;
            }
            None => return END,
        }
        ON
    }

    /// The first word about users after a share begins a run; the others change it.
    async fn spawn(&mut self, spawn: Spawn) -> Goes {
        self.say("spawning", &()).await;
        let begins = self.share.take();
        if begins.is_none() && spawn.timestamp <= self.run.told {
            return ON;
        }
        match begins {
            Some(share) => {
                self.run = Run {
                    number: self.run.number + 1,
                    is_on: true,
                    under_way: true,
                    headless: spawn.parsed_options.headless,
                    share: Some(share),
                    ..Run::default()
                };
                self.ready = false;
                self.tell(Word::Begin(Task {
                    share,
                    number: self.run.number,
                    tally: Arc::clone(&self.run.tally),
                }));
            }
            None if self.run.is_on => {}
            None => {
                let error = if spawn.parsed_options.proofload_seed {
                    LinkError::TooLate
                } else {
                    LinkError::OtherLocustfile(self.master.clone())
                };
                self.tell(Word::Leave(Some(error)));
                return ON;
            }
        }
        self.run.told = spawn.timestamp;
        self.run.users = spawn.user_classes_count;
        let user_count = self.run.users.values().sum();
        let spawned = Spawned {
            user_classes_count: &self.run.users.clone(),
            user_count,
        };
        self.say("spawning_complete", &spawned).await;
        let users = user_count.min(WORKERS_MAX.into());
        self.tell(Word::Wish(Wish::Workers(users.try_into().unwrap_or(usize::MAX))));
        ON
    }

    /// The run has ended, by itself or because it should.
    async fn hand_in(&mut self, result: &Result<Box<LoadResult>, String>) {
        self.run.under_way = false;
        self.report().await;
        match (self.run.share, result.as_ref().map(serde_json::to_string)) {
            (Some(share), Ok(Ok(report))) => {
                let share = called(share);
                self.say("proofload_result", &Report { share, report }).await;
            }
            (_, Err(msg)) => self.say("exception", &Exception { msg, traceback: "" }).await,
            (None, Ok(_)) | (_, Ok(Err(_))) => {}
        }
    }

    /// The work is done, and a master without a web page ends when all have left.
    async fn go_home(&mut self) -> Goes {
        // Everything before this has been taken in when the master answers.
        self.pulse().await;
        let answered = async {
            while self.unanswered > 0 && self.socket.is_some() {
                let message = heard(&mut self.socket).await;
                if self.hear_end(message.as_deref()) == END {
                    break;
                }
            }
        };
        _ = tokio::time::timeout(ANSWER_WITHIN, answered).await;
        self.say("quit", &()).await;
        self.tell(Word::Leave(None));
        END
    }

    /// What still counts while we only wait for an answer.
    fn hear_end(&mut self, message: Option<&[u8]>) -> Goes {
        match message.map(FromMaster::read) {
            None => self.lose("it has closed the connection"),
            Some(Ok(FromMaster::Heartbeat)) => self.unanswered = self.unanswered.saturating_sub(1),
            Some(Ok(FromMaster::Quit)) => return END,
            Some(_) => {}
        }
        ON
    }

    /// Waits until the run is over, if one is under way.
    async fn end_of_run(&mut self) {
        while self.run.under_way {
            match self.news.recv().await {
                Some(News::Ended(number, result)) if number == self.run.number => self.hand_in(&result).await,
                Some(News::Ended(..) | News::Ready) => {}
                Some(News::Leave) | None => return,
            }
        }
    }

    /// The run is to be over.
    fn stop(&mut self) {
        if self.run.under_way && !self.run.stopping {
            self.run.stopping = true;
            self.tell(Word::Wish(Wish::Stop));
        }
    }

    /// Says that there are no users any more, and that there can be new ones.
    async fn stopped(&mut self) {
        self.report().await;
        self.run.is_on = false;
        self.run.users.clear();
        self.say("client_stopped", &()).await;
        (self.known, self.unanswered) = (false, 0);
        self.introduce().await;
    }

    /// Every second.
    async fn beat(&mut self) -> Goes {
        self.beats += 1;
        if self.socket.is_some() && self.heard.elapsed() > SILENCE_MAX {
            self.lose("it says nothing any more");
        }
        if self.socket.is_none() {
            match Socket::connect(&self.master, &self.node).await {
                Ok(socket) => {
                    self.socket = Some(socket);
                    self.heard = Instant::now();
                    self.introduce().await;
                }
                Err(error) => self.trouble = error.to_string(),
            }
        }
        if self.socket.is_none() && !self.run.under_way && self.heard.elapsed() > AWAY_MAX {
            self.tell(Word::Leave(Some(LinkError::NoMaster {
                master: self.master.clone(),
                seconds: AWAY_MAX.as_secs(),
                why: self.trouble.clone(),
            })));
            return END;
        }
        if !self.known {
            if self.beats.is_multiple_of(REPORT_EVERY) {
                self.introduce().await;
            }
            return ON;
        }
        self.pulse().await;
        if self.beats.is_multiple_of(REPORT_EVERY) {
            self.report().await;
        }
        ON
    }

    /// Says that we are there, once a run can begin.
    async fn introduce(&mut self) {
        let idle = self.ready && !self.run.is_on;
        // To a master that has come back we say what we do, and it decides what becomes of it.
        if !self.known && (idle || self.run.under_way) {
            self.say("client_ready", &LOCUST).await;
        }
    }

    async fn pulse(&mut self) {
        let state = match (self.run.is_on, self.run.users.is_empty()) {
            (false, _) => "ready",
            (true, true) => "spawning",
            (true, false) => "running",
        };
        let (since, before) = std::mem::replace(&mut self.driver, (Instant::now(), cpu::used()));
        let used = self
            .driver
            .1
            .zip(before)
            .map(|(now, before)| now.saturating_sub(before));
        let current_cpu_usage =
            used.unwrap_or_default().as_secs_f64() / since.elapsed().as_secs_f64().max(0.001) * 100.0;
        self.unanswered += 1;
        self.say(
            "heartbeat",
            &Beat {
                state,
                current_cpu_usage,
            },
        )
        .await;
    }

    /// Locust's figures, and the exact times.
    async fn report(&mut self) {
        let Some(share) = self.run.share else { return };
        if self.socket.is_none() {
            // It stays in the tally.
            return;
        }
        let (stats, times) = {
            let mut tally = lock(&self.run.tally);
            let stats = message::write("stats", &tally.report(&self.run.users), &self.node);
            (stats, tally.times(called(share)))
        };
        self.send(stats).await;
        self.say("proofload_times", &times).await;
    }

    async fn say(&mut self, kind: &str, data: &impl Serialize) {
        self.send(message::write(kind, data, &self.node)).await;
    }

    async fn send(&mut self, message: Result<Vec<u8>, rmp_serde::encode::Error>) {
        let (Some(socket), Ok(message)) = (&mut self.socket, message) else {
            return;
        };
        if let Err(error) = socket.send(message).await {
            self.lose(&error.to_string());
        }
    }

    fn lose(&mut self, why: &str) {
        why.clone_into(&mut self.trouble);
        self.socket = None;
        (self.known, self.unanswered) = (false, 0);
        // What was done is done; a master that comes back may begin anew.
        self.run.is_on &= self.run.under_way;
    }

    fn tell(&self, word: Word) {
        // Who runs the load may have gone; then the news says so.
        _ = self.words.send(word);
    }
}

/// The next message, if there is anybody to hear.
async fn heard(socket: &mut Option<Socket>) -> Option<Vec<u8>> {
    match socket {
        Some(socket) => socket.next().await,
        None => std::future::pending().await,
    }
}

fn called(share: Share) -> String {
    format!("{}-of-{}", share.index, share.count)
}

/// A name that says which machine it is, and that nobody else has.
fn name() -> String {
    let unique = crate::cast::guid(&mut fastrand::Rng::new());
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let host = host
        .or_else(|| std::env::var("HOSTNAME").ok())
        .or_else(|| std::env::var("COMPUTERNAME").ok());
    let host = host.unwrap_or_else(|| "proofload".to_owned());
    // Names of peers have at most 255 bytes, and Locust reads them as text.
    let host: String = host.trim().chars().filter(char::is_ascii_graphic).take(100).collect();
    format!("{host}_{unique}")
}
