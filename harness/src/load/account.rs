//! Puts a run that has ended into its lasting form.

use std::time::Duration;

use super::engine::crew::{Cut, Jobs as Became};
use super::lock;
use super::plan::Pace;
use super::quarantine;
use super::result::{self, Driver, FORMAT, LoadResult, UpstreamSide};
use super::run::{Lap, Order, Ran, Settled};
use crate::load::efficiency::Unavoidable;
use crate::target::Rig;

/// Of one core; a driver that uses more is what is measured.
const DRIVER_SHARE_MAX: f64 = 0.8;
/// Lag below this is what timers do, in microseconds.
const LAG_NEGLIGIBLE_US: u64 = 5_000;

/// The result of a run. `run` is what was asked for; thresholds are judged by the caller.
pub fn of(ran: &Ran, order: &Order, rig: &Rig, run: result::Run) -> LoadResult {
    let crew = ran.running.crew();
    let mut meter = lock(crew.meter());
    let seconds = meter.seconds().to_vec();
    let steps = meter
        .steps()
        .iter()
        .map(|(name, step)| (name.to_string(), step.clone()));
    let steps = steps.collect();
    drop(meter);
    let became = lock(crew.jobs()).clone();
    let sides = ran.running.oversight().zip(rig.upstream());
    let mut result = LoadResult {
        format: FORMAT,
        proofload: env!("CARGO_PKG_VERSION").to_owned(),
        run,
        phases: ran.running.laps().iter().map(phase).collect(),
        steps,
        jobs: became
            .kinds
            .iter()
            .map(|(kind, jobs)| ((*kind).to_owned(), *jobs))
            .collect(),
        seconds,
        curve: sides.map(|(oversight, _)| oversight.curve()).unwrap_or_default(),
        worked: ran.worked.as_secs_f64(),
        settled: sides.and(ran.settled.time()).map(|settled| settled.as_secs_f64()),
        driver: Driver {
            cpu: ran.driver_cpu.map(|cpu| cpu.as_secs_f64()),
            bottleneck: None,
        },
        upstream: sides.map(|(oversight, _)| {
            let book = lock(crew.book());
            oversight.watch(|watch| UpstreamSide {
                routes: watch.routes().clone(),
                unavoidable: Unavoidable::of(&book, watch.upstream()),
                missed: watch.missed(),
                misread: ran.misread,
            })
        }),
        end_state: ran.end_state.clone(),
        cut: ran.cut.map(|cut| cut.to_string()),
        interrupted: ran.cut == Some(Cut::Interrupted),
        notes: Vec::new(),
        thresholds: Vec::new(),
    };
    result.notes = notes(ran, rig, &became, order, result.answered(401) + result.answered(403));
    result.driver.bottleneck = bottleneck(&result, order, ran.worked);
    result
}

fn phase(lap: &Lap) -> result::Phase {
    result::Phase {
        name: lap.name.clone(),
        began: lap.began.as_secs_f64(),
        ended: lap.ended.as_secs_f64(),
        jobs: lap.jobs as u64,
    }
}

fn notes(ran: &Ran, rig: &Rig, became: &Became, order: &Order, denied: u64) -> Vec<String> {
    let mut notes = Vec::new();
    let compress = order.surroundings.compress;
    if (compress - 1.0).abs() > f64::EPSILON {
        notes.push(format!(
            "OpenAI's clock was compressed: {compress} of its seconds passed in one. Its rate limit, acceptances and the \
             pauses between cycles are that much faster; what the bridge asked to wait was waited in full"
        ));
    }
    if became.unsendable > 0 {
        notes.push(format!(
            "{} jobs could not be sent: the bridge had not given the ids they need",
            became.unsendable
        ));
    }
    if ran.settled == Settled::Cut {
        notes.push(
            "the bridge had not had its time when the run ended: what OpenAI did not show by then is not judged"
                .to_owned(),
        );
    }
    match (order.kill_every, rig.kills()) {
        (Some(_), 0) => notes.push(
            "the bridge was not killed, as the profile has it: either it was too soon over, or nobody has said that it is \
             durable (--durable)"
                .to_owned(),
        ),
        (Some(_), kills) => notes.push(format!("the bridge was killed and started again {kills} times")),
        (None, _) => {}
    }
    if let Some(why) = ran.running.fallen() {
        notes.push(format!("the bridge was killed and did not stand up again: {why}"));
    }
    let quarantine = order.idp.quarantine.as_ref();
    if let Some(why) = quarantine.and_then(|limits| quarantine::reason(limits, &became.kinds, denied)) {
        notes.push(format!(
            "{} would have put the job into quarantine: {why}",
            order.idp.title
        ));
    }
    notes.extend(became.examples.iter().map(|example| format!("given up: {example}")));
    notes
}

/// Why the figures say more about the driver than about the bridge.
fn bottleneck(result: &LoadResult, order: &Order, worked: Duration) -> Option<String> {
    let share = result.driver.cpu.map(|cpu| cpu / worked.as_secs_f64().max(0.001));
    if let Some(share) = share.filter(|share| *share > DRIVER_SHARE_MAX) {
        return Some(format!(
            "the driver used {:.0} % of a core; a faster bridge would look no faster. Share the run out with --shard",
            share * 100.0
        ));
    }
    // At a rate, requests also wait because every connection is busy, and that is the bridge's doing.
    if order
        .plan
        .phases
        .iter()
        .any(|phase| matches!(phase.pace, Pace::PerSecond(..)))
    {
        return None;
    }
    let all = result.all_steps();
    let (lag, corrected) = (all.lag.quantile(0.99), all.corrected.quantile(0.99));
    (lag > LAG_NEGLIGIBLE_US && lag > corrected / 10).then(|| {
        format!(
            "requests were sent late: 1 % waited more than {} ms in the driver, and 1 % took more than {} ms in all",
            lag / 1000,
            corrected / 1000
        )
    })
}
