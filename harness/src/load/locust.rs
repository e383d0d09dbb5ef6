//! A worker under the master of Locust: whoever runs Locust already gets authentic traffic, honest times and the proof that
//! nobody was lost, and keeps the web page, the users, the machines.
//!
//! Locust says how many work at a time (its "users" are jobs under way) and adds up what the workers report. What is done is
//! ours: the [locustfile](LOCUSTFILE) of the master gives every worker its [`Share`] of one company when a run begins. Beside
//! Locust's own figures each worker sends its exact histograms with every report, and its whole result in the end.
//!
//! The conversation runs on a thread of its own ([`Link`]), so that a driver with much to do still says that it lives.

mod message;
mod socket;
mod tally;
#[cfg(test)]
mod tests;
mod worker;

use std::io;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

pub use self::message::Share;
use self::tally::Tally;
use self::worker::Worker;
use super::lock;
use super::run::{Listener, Wish};
use crate::load::result::LoadResult;

/// The file that the master needs.
pub const LOCUSTFILE: &str = include_str!("locust/locustfile.py");

/// The run that the master wants.
pub struct Task {
    /// The part that is ours.
    pub share: Share,
    number: u32,
    tally: Arc<Mutex<Tally>>,
}

impl Task {
    /// Whom to tell every request of the run.
    pub fn listener(&self) -> Listener {
        let tally = Arc::clone(&self.tally);
        Arc::new(move |samples| lock(&tally).take_in(samples))
    }
}

/// What the master says, as far as whoever runs the load has to know it.
enum Word {
    Begin(Task),
    Wish(Wish),
    Leave(Option<LinkError>),
}

/// What whoever runs the load says.
enum News {
    /// A run can begin.
    Ready,
    /// The run of this number is over; its result, or what went wrong.
    Ended(u32, Result<Box<LoadResult>, String>),
    /// There will be no more.
    Leave,
}

/// Why there is no master any more.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// Nobody there.
    #[error(
        "no Locust master answered at {master} for {seconds} s: {why}. Start it with: proofload load --print-locustfile > \
         locustfile.py; locust -f locustfile.py --master"
    )]
    NoMaster {
        /// Where it should be.
        master: String,
        /// How long was tried.
        seconds: u64,
        /// What happened last.
        why: String,
    },
    /// The master leads others.
    #[error(
        "the Locust master at {0} has another locustfile, and shares out no work: give it the one that `proofload load \
         --print-locustfile` prints"
    )]
    OtherLocustfile(String),
    /// The company has been shared out.
    #[error("the run had begun before this worker came, so it has no share of it: raise --expect-workers of Locust")]
    TooLate,
}

/// The conversation with a master.
pub struct Link {
    words: UnboundedReceiver<Word>,
    news: UnboundedSender<News>,
    thread: Option<JoinHandle<()>>,
    /// Was said while a run was still under way.
    next: Option<Word>,
    stopped: bool,
}

impl Link {
    /// Begins to look for the master at `HOST:PORT`. It is told of us only when we are [ready](Self::ready).
    ///
    /// # Errors
    /// When there can be no thread.
    pub fn open(master: String) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (word_sender, words) = unbounded_channel();
        let (news, news_receiver) = unbounded_channel();
        let worker = Worker::new(master, word_sender, news_receiver);
        let thread = std::thread::Builder::new().name("locust".to_owned());
        let thread = thread.spawn(move || runtime.block_on(worker.live()))?;
        Ok(Self {
            words,
            news,
            thread: Some(thread),
            next: None,
            stopped: false,
        })
    }

    /// From now on the master may want a run.
    pub fn ready(&self) {
        self.say(News::Ready);
    }

    /// Waits for the next run; `None` when the master wants no more.
    ///
    /// # Errors
    /// When there is no master that could want one.
    pub async fn task(&mut self) -> Result<Option<Task>, LinkError> {
        self.stopped = false;
        loop {
            let word = match self.next.take() {
                Some(word) => Some(word),
                None => self.words.recv().await,
            };
            match word {
                Some(Word::Begin(task)) => return Ok(Some(task)),
                // The run it was about is over.
                Some(Word::Wish(_)) => {}
                Some(Word::Leave(None)) | None => return Ok(None),
                Some(Word::Leave(Some(error))) => return Err(error),
            }
        }
    }

    /// The next thing that the master wants of the run that is under way.
    pub async fn wish(&mut self) -> Wish {
        if self.next.is_some() {
            return std::future::pending().await;
        }
        let wish = match self.words.recv().await {
            Some(Word::Wish(wish)) => wish,
            other => {
                self.next = other.or(Some(Word::Leave(None)));
                Wish::Stop
            }
        };
        self.stopped |= wish == Wish::Stop;
        wish
    }

    /// Whether the master ended the last run.
    pub fn wanted_an_end(&self) -> bool {
        self.stopped
    }

    /// The run is over: what came of it, or what went wrong, which is shown on the master's side.
    pub fn ended(&self, task: &Task, result: Result<&LoadResult, String>) {
        self.say(News::Ended(task.number, result.map(|result| Box::new(result.clone()))));
    }

    /// Says goodbye. Returns when it was sent.
    pub fn close(mut self) {
        self.say(News::Leave);
        if let Some(thread) = self.thread.take() {
            // One that has panicked has said so.
            _ = thread.join();
        }
    }

    fn say(&self, news: News) {
        // If nobody listens any more, the master wanted an end.
        _ = self.news.send(news);
    }
}
