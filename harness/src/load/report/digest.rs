//! A result in words: what all reports say, before they differ in form.

use crate::exit;
use crate::load::end_state::EndState;
use crate::load::result::{LoadResult, Step};
use crate::load::tally::Tally;
use crate::load::words;

/// See the module.
pub(super) struct Digest<'a> {
    /// The exit code.
    pub(super) code: u8,
    /// The verdict in a sentence.
    pub(super) headline: String,
    /// What was run, in a sentence.
    pub(super) scale: String,
    /// What weakens the figures or the verdict.
    pub(super) cautions: Vec<String>,
    /// What is wrong with the end state, and what is not; empty if nobody could look.
    pub(super) state: Vec<StateRow<'a>>,
    /// Requests by step, and all of them.
    pub(super) steps: Vec<StepRow>,
    /// Names and values of everything else.
    pub(super) facts: Vec<(&'static str, String)>,
    /// How it was run.
    pub(super) how: Vec<(String, String)>,
}

/// One kind of defect.
pub(super) struct StateRow<'a> {
    pub(super) name: &'static str,
    /// What it is, for a reader who sees it for the first time.
    pub(super) meaning: &'static str,
    pub(super) tally: &'a Tally,
}

/// One step.
pub(super) struct StepRow {
    pub(super) name: String,
    pub(super) requests: String,
    pub(super) errors: String,
    pub(super) throttled: String,
    /// p50, p95, p99, max, corrected.
    pub(super) times: [String; 4],
}

/// The heads of the columns of a [`StepRow`].
pub(super) const STEP_HEADS: [&str; 8] = ["step", "requests", "errors", "429", "p50", "p95", "p99", "max"];

impl StepRow {
    fn of(name: &str, step: &Step) -> Self {
        let time = |micros: u64| {
            #[expect(clippy::cast_precision_loss, reason = "microseconds are far below 2^52")]
            words::time(micros as f64)
        };
        let quantiles = [0.5, 0.95, 0.99].map(|share| time(step.corrected.quantile(share)));
        let [p50, p95, p99] = quantiles;
        Self {
            name: name.to_owned(),
            requests: words::count(step.requests()),
            errors: words::count(step.errors()),
            throttled: words::count(step.status(429)),
            times: [p50, p95, p99, time(step.corrected.0.max())],
        }
    }

    /// The cells in the order of [`STEP_HEADS`].
    pub(super) fn cells(&self) -> [&str; 8] {
        let [p50, p95, p99, max] = &self.times;
        [
            &self.name,
            &self.requests,
            &self.errors,
            &self.throttled,
            p50,
            p95,
            p99,
            max,
        ]
    }
}

/// Name, one, many, meaning: in the order of [`EndState::tallies`].
const KINDS: [(&str, &str, &str, &str); 12] = [
    (
        "lost",
        "person lost",
        "people lost",
        "should have access, but is neither a member nor invited",
    ),
    (
        "doubled",
        "person doubly invited",
        "people doubly invited",
        "was invited although a member or invited already",
    ),
    (
        "ghost",
        "person not out",
        "people not out",
        "should have no access, but is a member or still invited",
    ),
    (
        "escalated",
        "person raised",
        "people raised",
        "was made an owner although nobody asked for that",
    ),
    (
        "roles-lost",
        "role lost",
        "roles lost",
        "is a reader, but was to be an owner",
    ),
    (
        "strangers",
        "stranger touched",
        "strangers touched",
        "a change of what the identity provider never mentioned",
    ),
    (
        "memberships-lost",
        "membership lost",
        "memberships lost",
        "has accepted, but is not in the group",
    ),
    (
        "memberships-ghost",
        "membership too many",
        "memberships too many",
        "is in a group and should not be",
    ),
    (
        "groups-lost",
        "group lost",
        "groups lost",
        "was acknowledged, but is not there",
    ),
    (
        "groups-doubled",
        "group doubled",
        "groups doubled",
        "is there more than once",
    ),
    (
        "groups-ghost",
        "group not gone",
        "groups not gone",
        "its deletion was acknowledged, but it is there",
    ),
    (
        "impatient",
        "impatient call",
        "impatient calls",
        "was sent again and again before the time a 429 told it",
    ),
];

/// `2 people lost`.
fn said(count: u64, (_, one, many, _): (&str, &str, &str, &str)) -> String {
    counted(count, one, many)
}

fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", words::count(count), if count == 1 { one } else { many })
}

impl<'a> Digest<'a> {
    pub(super) fn of(result: &'a LoadResult) -> Self {
        let state = result.end_state.as_ref();
        Self {
            code: result.exit_code(),
            headline: headline(result),
            scale: scale(result),
            cautions: cautions(result),
            state: state.map(rows).unwrap_or_default(),
            steps: steps(result),
            facts: facts(result),
            how: how(result),
        }
    }

    /// Whether the bridge has passed.
    pub(super) fn is_good(&self) -> bool {
        self.code == exit::CONFORMS
    }
}

fn rows(state: &EndState) -> Vec<StateRow<'_>> {
    let kinds = KINDS.into_iter().zip(state.tallies());
    kinds
        .map(|((_, one, many, meaning), (_, tally))| StateRow {
            name: if tally.count == 1 { one } else { many },
            meaning,
            tally,
        })
        .collect()
}

/// Of a bridge that refused everything.
const NOTHING: &str = "Nothing was acknowledged, so nothing is proven.";

fn headline(result: &LoadResult) -> String {
    let missed = result
        .thresholds
        .iter()
        .filter(|judged| judged.holds == Some(false))
        .count();
    let missed = match (missed, result.thresholds.len()) {
        (0, _) => String::new(),
        (missed, all) => format!(" {missed} of {all} thresholds missed."),
    };
    let early = match (&result.cut, result.interrupted) {
        (_, true) => "Interrupted: what follows is what was known then. ",
        (Some(_), false) => "The run was cut short. ",
        (None, false) => "",
    };
    let state = match &result.end_state {
        Some(state) if state.is_right() && result.proves_nothing() => NOTHING.to_owned(),
        None if result.proves_nothing() => NOTHING.to_owned(),
        None => "Nobody could look upstream, so nothing is known of the end state.".to_owned(),
        Some(state) if state.is_right() => {
            let right = words::count(state.right);
            format!("Everybody is where they should be: {right} people, groups and memberships.")
        }
        Some(state) => {
            let wrong = KINDS.into_iter().zip(state.tallies());
            let wrong = wrong.filter(|(_, (_, tally))| tally.count > 0);
            let wrong: Vec<_> = wrong.map(|(kind, (_, tally))| said(tally.count, kind)).collect();
            format!("{}.", wrong.join(", "))
        }
    };
    format!("{early}{state}{missed}")
}

fn scale(result: &LoadResult) -> String {
    let run = &result.run;
    #[expect(clippy::cast_precision_loss, reason = "requests of one run are far below 2^52")]
    let rate = result.requests() as f64 / result.worked.max(1e-9);
    format!(
        "{} by {}: {} people, {} groups, {} requests in {} ({rate:.1}/s)",
        run.profile,
        run.persona,
        words::count(run.people),
        words::count(run.groups),
        words::count(result.requests()),
        words::seconds(result.worked),
    )
}

fn cautions(result: &LoadResult) -> Vec<String> {
    let mut cautions: Vec<String> = Vec::new();
    cautions.extend(result.cut.iter().map(|cut| format!("The run was cut short: {cut}.")));
    cautions.extend(
        result
            .driver
            .bottleneck
            .clone()
            .map(|why| format!("The driver was the bottleneck: {why}.")),
    );
    if let Some(side) = &result.upstream {
        if side.missed > 0 {
            cautions.push(format!(
                "{} journal entries were gone before they could be read, so what is counted \"at any moment\" may be more.",
                words::count(side.missed)
            ));
        } else if side.misread > 0 {
            cautions.push(format!(
                "The watch over upstream had {} people or groups wrong in the end. That is our fault; do not trust the end state.",
                words::count(side.misread)
            ));
        }
        if result.settled.is_none() {
            cautions.push(
                "Upstream never showed everything that was acknowledged, in the time it had. A bridge that works in longer \
                 rounds is given more with --settle-within."
                    .to_owned(),
            );
        }
    }
    let given_up: u64 = result.jobs.values().map(|jobs| jobs.given_up).sum();
    if given_up > 0 {
        cautions.push(format!(
            "{} given up; whom they were about is not judged. The threshold given-up==0 fails such a run.",
            counted(given_up, "job was", "jobs were")
        ));
    }
    cautions.extend(result.notes.iter().cloned());
    cautions
}

fn steps(result: &LoadResult) -> Vec<StepRow> {
    let mut rows: Vec<_> = result
        .steps
        .iter()
        .map(|(name, step)| StepRow::of(name, step))
        .collect();
    if rows.len() > 1 {
        rows.push(StepRow::of("all", &result.all_steps()));
    }
    rows
}

fn facts(result: &LoadResult) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    if let Some(state) = &result.end_state {
        let (right, unsure) = (words::count(state.right), words::count(state.unsure));
        facts.push((
            "right",
            format!("{right} people, groups and memberships; {unsure} could not be judged"),
        ));
    }
    if let Some(side) = &result.upstream {
        let total = side.routes.total();
        let a_request = result
            .amplification()
            .map(|factor| format!(", {factor:.2} for each request"));
        facts.push((
            "upstream calls",
            format!("{}{}", words::count(total.calls), a_request.unwrap_or_default()),
        ));
        facts.push((
            "upstream 429s",
            format!(
                "{}; {} calls came while a 429 had closed their route",
                words::count(total.throttled),
                words::count(total.while_closed)
            ),
        ));
        facts.push(("efficiency", efficiency(result)));
    }
    facts.extend(
        result
            .settled
            .map(|settled| ("settled", format!("{} after the last answer", words::seconds(settled)))),
    );
    let jobs = result.jobs.values();
    let [done, retries, given_up] = jobs.fold([0; 3], |[done, retries, given_up], jobs| {
        [done + jobs.done, retries + jobs.retries, given_up + jobs.given_up]
    });
    let [done, retries, given_up] = [done, retries, given_up].map(words::count);
    facts.push(("jobs", format!("{done} done, {retries} retries, {given_up} given up")));
    facts.push(("driver", driver(result)));
    facts
}

fn efficiency(result: &LoadResult) -> String {
    let (Some(shortest), Some(limit)) = (result.shortest(), result.run.limit) else {
        return "not applicable: upstream's limit did not matter".to_owned();
    };
    let shortest = words::seconds(shortest.as_secs_f64());
    let bound = format!(
        "under {} at once and {:.0} a minute no bridge needs less than {shortest}",
        limit.burst, limit.per_minute
    );
    match result.efficiency() {
        Some(share) => format!(
            "{}: {bound}; this took {}",
            words::percent(share),
            words::seconds(result.time())
        ),
        None => format!("unknown, because upstream never showed everything: {bound}"),
    }
}

#[expect(clippy::cast_precision_loss, reason = "microseconds are far below 2^52")]
fn driver(result: &LoadResult) -> String {
    let lag = words::time(result.all_steps().lag.quantile(0.99) as f64);
    let cpu = match result.driver.cpu {
        Some(cpu) => {
            let each = cpu * 1e6 / (result.requests().max(1) as f64);
            format!(
                "{} of processor time, {} a request",
                words::seconds(cpu),
                words::time(each)
            )
        }
        None => "processor time unknown".to_owned(),
    };
    format!("lag p99 {lag}; {cpu}")
}

fn how(result: &LoadResult) -> Vec<(String, String)> {
    let run = &result.run;
    let mut how = vec![
        ("profile".to_owned(), format!("{}: {}", run.profile, run.title)),
        ("persona".to_owned(), run.persona.clone()),
        ("target".to_owned(), run.target.clone()),
        ("seed".to_owned(), run.seed.to_string()),
    ];
    how.extend(run.parameters.iter().map(|(name, value)| (name.clone(), value.clone())));
    if !run.shards.is_empty() {
        let shards: Vec<_> = run.shards.iter().map(ToString::to_string).collect();
        how.push((
            "shards".to_owned(),
            format!("{} of {}", shards.join(", "), run.shards_of),
        ));
    }
    how.extend(result.phases.iter().map(|phase| {
        let (began, ended) = (words::seconds(phase.began), words::seconds(phase.ended));
        (
            "phase".to_owned(),
            format!(
                "{}: {} jobs, from {began} to {ended}",
                phase.name,
                words::count(phase.jobs)
            ),
        )
    }));
    how.push(("again".to_owned(), run.command.clone()));
    how.push(("written by".to_owned(), format!("proofload {}", result.proofload)));
    how
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tally_has_its_words() {
        for ((name, ..), (tally, _)) in KINDS.into_iter().zip(EndState::default().tallies()) {
            assert_eq!(name, tally);
        }
    }
}
