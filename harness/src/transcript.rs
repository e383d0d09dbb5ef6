//! Transcripts: what went over both wires in one case, as text that is the same in every run of the same bridge.
//!
//! Each step has the identity provider's requests, the bridge's answers, and what the bridge asked OpenAI for beside
//! each. What another seed or another moment changes has a name instead (`{alice.id}`, `{time}`, `{guid-1}`); what one
//! moment orders one way and the next moment another is sorted, and only then numbered. This is pure: it is given what
//! a case left behind, and [`crate::snapshot`] compares the text with the one that was accepted.

mod background;
mod body;
mod calls;
mod names;
mod noise;
mod step;

use std::fmt::Write as _;

use proofload_scenarios::{Action, FaultRule, RuleHits, Scenario, Step, Trouble, Verb, WorldEvent};

use crate::cast::Cast;
use crate::event::CaseId;
use crate::finding::StepRef;
use crate::judge::StepRecord;

pub use self::background::{Background, without};
pub use self::noise::{Noise, Pattern, Pointer, Redaction};

use self::names::Names;

/// Longest transcript that is kept, in bytes; what a person can read is a hundredth of it.
const LENGTH_MAX: usize = 1 << 20;

/// What begins the line of a step.
pub(crate) const STEP: &str = "# ";
/// What begins the line of a request to the bridge.
pub(crate) const REQUEST: &str = "> ";
/// What begins the line of an answer of the bridge.
pub(crate) const ANSWER: &str = "< ";
/// The line behind an answer that was given more than once.
pub(crate) const AGAIN: &str = "  (and again, with the same answer)\n";
/// What begins the line of a call to OpenAI.
pub(crate) const CALL: &str = "OpenAI: ";

/// One step as it was told.
#[derive(Clone, Debug)]
pub struct Told {
    /// Which.
    pub step: StepRef,
    /// What it left behind.
    pub record: StepRecord,
}

/// How transcripts are written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Manner {
    /// What is shown of answers.
    pub noise: Noise,
    /// What the bridge does by itself, which is left out.
    pub background: Background,
}

/// Writes the transcript of a case. `players` are as they were at the end, `scim_url` where the bridge was.
pub fn write(case: &CaseId, title: &str, told: &[Told], players: &Cast, scim_url: &str, manner: &Manner) -> String {
    let noise = &manner.noise;
    let names = Names::new(players, scim_url, told, noise);
    let mut text = format!("{case}\n{}\n", names.text(title));
    for told in told {
        let calls = calls::of_step(told, &names, &manner.background);
        _ = write!(text, "\n{STEP}{}  {}\n", told.step.number, names.text(&told.step.name));
        text.push_str(&step::write(&told.record, calls, &names, noise));
        if text.len() > LENGTH_MAX {
            let end = text.as_bytes()[..LENGTH_MAX].iter().rposition(|byte| *byte == b'\n');
            text.truncate(end.unwrap_or(0));
            text.push_str("\n… and more than a transcript holds\n");
            break;
        }
    }
    names::numbered(&text)
}

/// Why a scenario has no transcript that is the same in every run: it is about what happens at one moment, and which of
/// two things comes first is for the seed, or for the machine, to say.
pub fn why_none(scenario: &Scenario) -> Option<&'static str> {
    let mut is_counted = false;
    scenario.steps.iter().find_map(|step| {
        // Trouble lasts until other trouble takes its place.
        if !step.fault_plan.is_empty() {
            is_counted = step.fault_plan.iter().any(counts_calls);
        }
        let whom_it_hits = is_counted && is_crowded(step, scenario);
        why_not_determined(step).or(whom_it_hits.then_some("trouble hits some of many who are under way at once in it"))
    })
}

/// Whether trouble is for the first so many calls, whosever they are.
fn counts_calls(rule: &FaultRule) -> bool {
    let is_counted = match rule.hits {
        RuleHits::All => false,
        RuleHits::First(_) | RuleHits::Nth(_) => rule.about.is_none(),
    };
    is_counted && !matches!(rule.trouble, Trouble::Meanwhile(_))
}

/// Whether several requests are under way at once.
fn is_crowded(step: &Step, scenario: &Scenario) -> bool {
    let is_crowd = |name: &String| scenario.people.get(name).is_some_and(|person| person.count.is_some());
    let several = match &step.action {
        Action::Do { verb, .. } => match verb {
            Verb::Assign(who) | Verb::Deactivate(who) | Verb::Reactivate(who) => {
                who.len() > 1 || who.iter().any(is_crowd)
            }
            Verb::Find(who)
            | Verb::Read(who)
            | Verb::Update(who)
            | Verb::RenamePerson { who, .. }
            | Verb::Delete(who) => is_crowd(who),
            Verb::RetryFailed => scenario.people.len() > 1 || scenario.people.keys().any(is_crowd),
            Verb::TestConnection
            | Verb::Probe
            | Verb::ImportUsers
            | Verb::Push(_)
            | Verb::RenameGroup { .. }
            | Verb::Add { .. }
            | Verb::Remove { .. } => false,
        },
        Action::Send { .. } | Action::World(_) => false,
    };
    several || step.at_once.is_some()
}

fn why_not_determined(step: &Step) -> Option<&'static str> {
    if step.fault_plan.iter().any(|rule| rule.trouble == Trouble::Kill) {
        return Some("the bridge is killed in it");
    }
    match &step.action {
        Action::World(WorldEvent::BridgeKilled) => Some("the bridge is killed in it"),
        Action::Send {
            hang_up_after: Some(_), ..
        } => Some("the identity provider hangs up in it"),
        Action::Send { with, .. } if !with.is_empty() => Some("different requests are sent at the same moment in it"),
        Action::World(_) | Action::Send { .. } | Action::Do { .. } => None,
    }
}

#[cfg(test)]
mod tests;
