//! Looks behind the bridge all through a run: takes in the upstream journal as it is written, and keeps the share of what
//! was acknowledged that upstream shows.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use mock_openai::MockOpenAi;

use super::book::Book;
use super::convergence::{Convergence, Share};
use super::directory::Directory;
use super::end_state::EndState;
use super::lock;
use super::result::Point;
use super::task::{GroupId, PersonId, Task};
use super::watch::{Names, Watch};

/// How often the journal is read at most.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// How often the share is noted.
const NOTE_EVERY: Duration = Duration::from_millis(250);
/// The most points of a curve; when there are more, every second one goes.
const POINTS_MAX: usize = 2_000;

/// See the module.
pub struct Oversight {
    directory: Arc<Directory>,
    book: Arc<Mutex<Book>>,
    /// Tasks since the last look: begun or acknowledged.
    said: Mutex<Vec<Task>>,
    seen: Mutex<SeenSoFar>,
}

struct SeenSoFar {
    watch: Watch,
    convergence: Convergence,
    share: Share,
    began: Instant,
    curve: Vec<Point>,
    note_every: Duration,
}

impl Oversight {
    /// For a run that begins now, over an upstream as it is now.
    pub fn begin(upstream: &MockOpenAi, directory: Arc<Directory>, book: Arc<Mutex<Book>>) -> Self {
        let invite_ttl = upstream.org(|org, _| org.settings().invite_ttl_seconds);
        let mut watch = Watch::new(directory.people(), directory.groups(), invite_ttl);
        with_names(&directory, |names| {
            upstream.org(|org, now| watch.look(org, now, names));
        });
        Self {
            directory,
            book,
            said: Mutex::default(),
            seen: Mutex::new(SeenSoFar {
                watch,
                convergence: Convergence::default(),
                share: Share::default(),
                began: Instant::now(),
                curve: Vec::new(),
                note_every: NOTE_EVERY,
            }),
        }
    }

    /// The book has changed by this task.
    pub fn said(&self, task: Task) {
        lock(&self.said).push(task);
    }

    /// Takes in what upstream did since the last look.
    pub fn look(&self, upstream: &MockOpenAi) -> Share {
        let said = std::mem::take(&mut *lock(&self.said));
        let mut seen = lock(&self.seen);
        let seen = &mut *seen;
        let entries = upstream.journal_after(seen.watch.last_seq());
        let book = lock(&self.book);
        with_names(&self.directory, |names| {
            for entry in &entries {
                seen.watch.observe(entry, &book, names);
            }
        });
        for task in &said {
            seen.convergence.said(task);
        }
        seen.share = seen.convergence.update(&book, &mut seen.watch, upstream.now());
        drop(book);
        seen.note();
        seen.share
    }

    /// Looks again and again; never ends by itself.
    pub async fn follow(&self, upstream: &MockOpenAi) {
        let mut changes = upstream.changes();
        loop {
            _ = tokio::time::timeout(NOTE_EVERY, changes.changed()).await;
            self.look(upstream);
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// The share at the last look.
    pub fn share(&self) -> Share {
        lock(&self.seen).share
    }

    /// Some of those who are not yet where they should be.
    pub fn open(&self, most: usize) -> (Vec<PersonId>, Vec<GroupId>) {
        lock(&self.seen).convergence.open(most)
    }

    /// The share over time.
    pub fn curve(&self) -> Vec<Point> {
        lock(&self.seen).curve.clone()
    }

    /// Where everything stands, person by person.
    pub fn end_state(&self, upstream: &MockOpenAi) -> EndState {
        self.look(upstream);
        let seen = lock(&self.seen);
        let book = lock(&self.book);
        let entries = upstream.journal_after(0);
        with_names(&self.directory, |names| {
            let mut state = EndState::of(&book, &seen.watch, names, upstream.now());
            state.add_evidence(entries.iter().map(AsRef::as_ref));
            state
        })
    }

    /// Compares what was followed with what is there. Gives how many people and groups differ: trouble of our own, unless
    /// the journal was written faster than it could be read.
    pub fn verify(&self, upstream: &MockOpenAi) -> u64 {
        self.look(upstream);
        let mut seen = lock(&self.seen);
        with_names(&self.directory, |names| {
            upstream.org(|org, now| seen.watch.look(org, now, names))
        })
    }

    /// Reads something of the watch.
    pub fn watch<R>(&self, read: impl FnOnce(&Watch) -> R) -> R {
        read(&lock(&self.seen).watch)
    }
}

impl SeenSoFar {
    fn note(&mut self) {
        let at = self.began.elapsed().as_secs_f64();
        let due = self
            .curve
            .last()
            .is_none_or(|last| at - last.at >= self.note_every.as_secs_f64());
        if due {
            self.curve.push(Point { at, share: self.share });
        }
        if self.curve.len() > POINTS_MAX {
            let mut keep = false;
            self.curve.retain(|_| {
                keep = !keep;
                keep
            });
            self.note_every *= 2;
        }
    }
}

fn with_names<R>(directory: &Directory, look: impl FnOnce(Names<'_>) -> R) -> R {
    look(Names {
        person: &|address| directory.find(address),
        group: &|name| directory.group_named(name),
        address: &|person| directory.address(person),
        group_name: &|group| directory.group_name(group),
    })
}
