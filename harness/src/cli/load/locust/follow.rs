//! Does what a Locust master says.

use std::sync::Arc;

use tokio::sync::mpsc::UnboundedReceiver;

use super::super::rig::Place;
use super::super::{Load, drive};
use crate::cli::{Error, interrupt, say};
use crate::exit;
use crate::load::directory::Shard;
use crate::load::locust::{LOCUSTFILE, Link, Share, Task};
use crate::load::result::LoadResult;
use crate::load::run::Workforce;
use crate::target::Rig;

/// Prints the file that the master needs.
pub(in crate::cli::load) fn print() -> Result<u8, Error> {
    say(LOCUSTFILE)?;
    Ok(exit::CONFORMS)
}

/// The target is up before the master hears of us. Gives the exit code of the last run.
pub(in crate::cli::load) fn follow(master: String, load: Load) -> Result<u8, Error> {
    if load.args.reports.iter().any(|report| report.of_goose().is_some()) {
        return Err(Error::usage(
            "goose takes no part under a Locust master, and writes no report",
        ));
    }
    drop(load.reports()?);
    let place = Place::new()?;
    let rig = place.raise(&load.config.target, load.profile.upstream.kill_every.is_some())?;
    let mut link = Link::open(master)?;
    let code = runs(load, &mut link, &place, &rig);
    link.close();
    place.end(rig);
    code
}

/// One run after the other, until one side wants no more.
fn runs(mut load: Load, link: &mut Link, place: &Place, rig: &Arc<Rig>) -> Result<u8, Error> {
    let mut interrupts = place.driver.block_on(async { interrupt::requests() })?;
    let mut code = exit::CONFORMS;
    loop {
        link.ready();
        let task = place.driver.block_on(async {
            tokio::select! {
                task = link.task() => task.map_err(Error::usage),
                _ = interrupts.recv() => Err(Error::Interrupted),
            }
        });
        let Some(task) = task? else { return Ok(code) };
        let ran = one(&mut load, &task, link, &mut interrupts, place, rig);
        link.ended(&task, ran.as_ref().map_err(ToString::to_string));
        let result = ran?;
        code = load.tell(&result, load.reports()?)?;
        if result.interrupted {
            return Ok(code);
        }
    }
}

fn one(
    load: &mut Load,
    task: &Task,
    link: &mut Link,
    interrupts: &mut UnboundedReceiver<()>,
    place: &Place,
    rig: &Arc<Rig>,
) -> Result<LoadResult, Error> {
    let Share { index, count, seed } = task.share;
    let part = Shard::new(index, count);
    let part = part.ok_or_else(|| Error::usage(format!("the Locust master gave out part {index} of {count}")))?;
    load.take(part, seed)?;
    let order = load.order(Workforce::Led(task.listener()))?;
    let ran = place
        .driver
        .block_on(drive(&order, rig, load.live(), interrupts, async || link.wish().await))?;
    let mut result = load.result(&ran, &order, rig);
    if link.wanted_an_end() && result.interrupted {
        result.interrupted = false;
        result.cut = Some("the Locust master wanted an end".to_owned());
    }
    Ok(result)
}
