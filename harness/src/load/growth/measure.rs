//! Grows one bridge from size to size and measures at each.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use proofload_scenarios::Idp;
use tokio::sync::watch;

use super::{Act, Point};
use crate::load::book::Book;
use crate::load::directory::Directory;
use crate::load::engine::crew::{Crew, Cut, Listener, Outfit, Shift};
use crate::load::task::{GroupId, PersonId, Task};
use crate::target::Rig;
use crate::wire::{Error as WireError, Wire};

/// Samples of each act at each size; their median is taken.
pub const SAMPLES: u32 = 25;
/// Workers who bring people on board between the measurements.
const WORKERS: usize = 8;
/// Members put into the group by one job between the measurements.
const BATCH: usize = 100;

/// Where it is measured.
pub struct Field {
    /// Who tells it.
    pub idp: Idp,
    /// Where the role goes.
    pub role_urn: String,
    /// At least as many people as the largest size, and [`SAMPLES`] more for each; at least one group.
    pub directory: Arc<Directory>,
    /// From the smallest to the largest.
    pub sizes: Vec<u32>,
    /// How long it may take in all.
    pub max_time: Duration,
    /// The seed of what is random.
    pub seed: u64,
}

/// The group that everybody joins.
const GROUP: GroupId = GroupId(0);

/// Measures. `reached` is told each size as it begins. Ends early when `stop` says so, with what is known.
///
/// # Errors
/// When there can be no client.
pub async fn measure(
    field: Field,
    rig: Arc<Rig>,
    mut reached: impl FnMut(u32),
    mut stop: watch::Receiver<bool>,
) -> Result<(Vec<Point>, Option<Cut>), WireError> {
    let book = Arc::new(Mutex::new(Book::new(
        field.directory.people(),
        field.directory.groups(),
    )));
    let outfit = Outfit {
        idp: field.idp,
        role_urn: field.role_urn,
        directory: field.directory,
        book,
        oversight: None,
        seed: field.seed,
        max_requests: u64::MAX,
    };
    let wire = Wire::kept_alive(rig.wire().limits())?;
    let crew = Arc::new(Crew::new(outfit, wire, rig));
    let nobody: Listener = Arc::new(|_| {});
    crew.employ(WORKERS, &nobody);
    let grown = grow(
        &crew,
        field.sizes,
        Instant::now() + field.max_time,
        &mut reached,
        &mut stop,
    )
    .await;
    crew.dismiss();
    Ok(grown)
}

async fn grow(
    crew: &Arc<Crew>,
    sizes: Vec<u32>,
    deadline: Instant,
    reached: &mut impl FnMut(u32),
    stop: &mut watch::Receiver<bool>,
) -> (Vec<Point>, Option<Cut>) {
    let (mut points, mut assigned, mut joined) = (Vec::new(), 0, 0);
    for size in sizes {
        reached(size);
        let people: Vec<Task> = (assigned..size).map(PersonId).map(Task::Assign).collect();
        let members: Vec<PersonId> = (joined..size).map(PersonId).collect();
        let group = if joined == 0 {
            vec![Task::Push(GROUP, Vec::new())]
        } else {
            Vec::new()
        };
        let joins = members
            .chunks(BATCH)
            .map(|batch| Task::Join(GROUP, batch.to_vec()))
            .collect();
        for tasks in [people, group, joins] {
            if let Some(cut) = crew.conduct(shift(tasks), deadline, stop).await {
                return (points, Some(cut));
            }
        }
        (assigned, joined) = (size + SAMPLES, size + SAMPLES);
        let sample = size..size + SAMPLES;
        for act in Act::ALL {
            let tasks = sample.clone().map(|number| task(act, PersonId(number))).collect();
            let mut times = crew.time(tasks).await;
            times.sort_unstable();
            let median = times.get(times.len() / 2).copied().unwrap_or_default();
            points.push(Point {
                size,
                act,
                median_us: u64::try_from(median.as_micros()).unwrap_or(u64::MAX),
            });
        }
    }
    (points, None)
}

fn task(act: Act, person: PersonId) -> Task {
    match act {
        Act::Person => Task::Assign(person),
        Act::Member => Task::Join(GROUP, vec![person]),
        Act::Probe => Task::Probe,
    }
}

fn shift(tasks: Vec<Task>) -> Shift {
    Shift {
        tasks,
        workers: WORKERS,
        per_second: None,
        think: Duration::ZERO,
        at_once_per_group: 1,
    }
}
