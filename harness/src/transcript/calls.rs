//! What the bridge asked OpenAI, and beside which request.
//!
//! A read belongs to the request during which it was made; one made at another time is a poller's, or comes from the idle
//! requests of the runner, and is left out. A write is always shown: beside the write that it settles, which may have been
//! answered long before, or else beside the step in which it came.

use std::fmt::Write as _;
use std::ops::Range;

use mock_openai::Entry;

use super::background::{self, Background};
use super::body::{self, Side};
use super::names::{Names, shape};
use super::{CALL, Noise, Told};
use crate::exchange::Exchange;

/// The calls of one step.
#[derive(Debug, Default)]
pub(super) struct Calls {
    /// By the request they stand beside, in the order of the record.
    pub(super) beside: Vec<Vec<Call>>,
    /// Beside none in particular.
    pub(super) apart: Vec<Call>,
}

/// A call to OpenAI.
#[derive(Clone, Debug)]
pub(super) struct Call {
    route: String,
    text: String,
    is_read: bool,
    met_trouble: bool,
}

/// The calls of a step.
pub(super) fn of_step(told: &Told, names: &Names, background: &Background) -> Calls {
    let exchanges = &told.record.exchanges;
    let mut calls = Calls {
        beside: vec![Vec::new(); exchanges.len()],
        apart: Vec::new(),
    };
    let is_crowded = exchanges.iter().any(|exchange| exchange.concurrent);
    for entry in &told.record.entries {
        let by_itself = background::kind_of(entry).is_some_and(|kind| background.reads.contains(&kind));
        let Some(call) = Call::of(entry, names).filter(|_| !by_itself) else {
            continue;
        };
        let during = |exchange: &&Exchange| window(exchange).contains(&entry.seq);
        if is_crowded {
            if !call.is_read || exchanges.iter().any(|exchange| during(&exchange)) {
                calls.apart.push(call);
            }
            continue;
        }
        let within = exchanges.iter().position(|exchange| during(&exchange));
        let began = |exchange: &Exchange| exchange.is_write() && exchange.seq_before < entry.seq;
        let settles = exchanges.iter().rposition(began);
        match if call.is_read { within } else { settles.or(within) } {
            Some(index) => calls.beside[index].push(call),
            None if call.is_read => {}
            None => calls.apart.push(call),
        }
    }
    calls
}

/// Journal numbers written while an exchange was under way.
fn window(exchange: &Exchange) -> Range<u64> {
    exchange.seq_before + 1..exchange.seq_after + 1
}

#[cfg(test)]
impl Calls {
    pub(super) fn beside_none(requests: usize) -> Self {
        Self {
            beside: vec![Vec::new(); requests],
            apart: Vec::new(),
        }
    }
}

impl Call {
    /// What happened without the bridge is no call.
    fn of(entry: &Entry, names: &Names) -> Option<Self> {
        let request = entry.request.as_ref()?;
        let path = request.path().strip_prefix("/v1").unwrap_or(request.path());
        let query = Some(request.query()).filter(|query| !query.is_empty());
        let target = query.map_or(path.to_owned(), |query| format!("{path}?{query}"));
        let mut text = format!("{CALL}{} {}", request.method, names.target(&target));
        let met_trouble = entry.injected.is_some();
        match &entry.answer {
            Some(answer) => _ = write!(text, " → {}", answer.status),
            None => text.push_str(" → no answer"),
        }
        text.push_str(if met_trouble { ", made on purpose\n" } else { "\n" });
        let is_read = request.method == http::Method::GET;
        if !is_read {
            text.push_str(&body::write(request.body(), Side::Asked, names, &Noise::default()));
        }
        Some(Self {
            route: entry.route.to_string(),
            text,
            is_read,
            met_trouble,
        })
    }
}

/// Calls that were made beside one request. Reads that follow each other may be under way together, and so may writes
/// of one kind: these are sorted. What was refused on purpose is tried again as often as time allows: that is said once.
pub(super) fn in_order(calls: &[Call]) -> String {
    let mut text = String::new();
    for run in calls.chunk_by(|one, next| (one.is_read && next.is_read) || one.route == next.route) {
        let mut run: Vec<&Call> = run.iter().collect();
        run.sort_by_cached_key(|call| shape(&call.text));
        push(&mut text, &run, false);
    }
    text
}

/// Calls that were made beside several requests. Nobody knows beside which, nor how often a look was shared: they are
/// sorted, writes are counted and reads are not.
pub(super) fn sorted(calls: &[Call]) -> String {
    let mut calls: Vec<&Call> = calls.iter().collect();
    calls.sort_by_cached_key(|call| shape(&call.text));
    let mut text = String::new();
    push(&mut text, &calls, true);
    text
}

fn push(text: &mut String, calls: &[&Call], reads_once: bool) {
    for alike in calls.chunk_by(|one, next| shape(&one.text) == shape(&next.text)) {
        let first = alike[0];
        let (line, body) = first.text.split_once('\n').unwrap_or((&first.text, ""));
        let uncounted = first.met_trouble || (reads_once && first.is_read);
        let count = match alike.len() {
            1 => String::new(),
            _ if uncounted => String::new(),
            number => format!(" ({number} times)"),
        };
        // Of several that are alike, none is meant in particular.
        let (line, body) = if alike.len() > 1 {
            (shape(line), shape(body))
        } else {
            (line.to_owned(), body.to_owned())
        };
        _ = write!(text, "{line}{count}\n{body}");
    }
}
