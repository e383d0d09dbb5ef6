//! Tells one scenario to one bridge under one persona, and judges it step by step.

use std::time::{Duration, Instant};

use proofload_scenarios::{Action, Level, Step};

use super::evidence::finding;
use super::played::played;
use super::stage::Stage;
use super::tags::Tags;
use super::{Case, Plan, world};
use crate::cast::Cast;
use crate::event::CaseResult;
use crate::finding::{Finding, StepRef, Verdict};
use crate::judge::{Breach, Invariant, StepRecord, expectation};
use crate::redact::Redactor;
use crate::target::Rig;
use crate::transcript::{self, Background};

/// How a case ended, and what people should know besides.
pub(super) struct Told {
    pub(super) result: CaseResult,
    pub(super) notes: Vec<String>,
    /// Whether the bridge did not answer at all at the end.
    pub(super) unreachable: bool,
}

/// Tells the case. Ends at the first step that breaks something binding: what comes after it would only follow from it.
pub(super) async fn tell(rig: &mut Rig, case: &Case, plan: &Plan, tags: &mut Tags) -> Told {
    let started = Instant::now();
    let mut result = case.unrun(Verdict::Pass, String::new());
    result.reason = None;
    if let Some(reason) = why_not(rig, case) {
        result.verdict = Verdict::NotApplicable;
        result.reason = Some(reason);
        return Told {
            result,
            notes: Vec::new(),
            unreachable: false,
        };
    }
    let output = rig.output_mark();
    let players = players(rig, case, plan);
    tags.begin(&players.tag);
    let redactor = redactor(rig, &players);
    // Numbered before the scenario is set up: who is there by hand belongs to what is watched.
    let seq = rig.upstream().map_or(0, mock_openai::MockOpenAi::last_seq);
    if let Some(upstream) = rig.upstream() {
        world::prepare(upstream, &case.scenario, &players, &plan.rules);
    }
    let mut stage = Stage::new(rig, case, &plan.rules, tags, players, seq);
    let mut told = Vec::new();
    let background = plan.transcripts.as_ref().map(|manner| &manner.background);
    let unreachable = tell_steps(&mut stage, &mut result, &mut told, background, &redactor).await;
    result.checks += stage.checks;
    result.checks_not_applicable += stage.not_applicable;
    let notes = std::mem::take(&mut stage.notes);
    if let Some(manner) = &plan.transcripts {
        let text = transcript::write(&result.id, &result.title, &told, &stage.cast, rig.scim_url(), manner);
        result.transcript = Some(redactor.text(&text));
    }
    if let Some(upstream) = rig.upstream() {
        world::end_trouble(upstream);
    }
    if let Some(exit) = rig.exited() {
        let step = result.findings.last().map(|finding| finding.step.clone());
        let breach = Breach::of(Invariant::AnswersInTime, format!("{exit} while this scenario was told"));
        let nothing = StepRecord::default();
        result.findings.push(finding(
            breach,
            &case.scenario,
            step.unwrap_or_default(),
            &nothing,
            &redactor,
        ));
    }
    if result.findings.iter().any(|finding| finding.level >= plan.fail_on) {
        result.verdict = Verdict::Fail;
        result.output = rig.output_since(output);
    }
    result.duration = started.elapsed();
    Told {
        result,
        notes,
        unreachable,
    }
}

/// The steps in order, up to the first that breaks something binding. Gives whether the bridge did not answer at the end.
async fn tell_steps(
    stage: &mut Stage<'_>,
    result: &mut CaseResult,
    records: &mut Vec<transcript::Told>,
    background: Option<&Background>,
    redactor: &Redactor,
) -> bool {
    let scenario = &stage.case.scenario;
    let mut unreachable = false;
    let mut told = Vec::new();
    for (index, step) in scenario.steps.iter().enumerate() {
        if step.needs_upstream && stage.rig.upstream().is_none() {
            stage.not_applicable += 1;
            continue;
        }
        let at = StepRef {
            number: index + 1,
            name: step.name.clone(),
        };
        let is_killed_next = scenario.steps.get(index + 1).is_some_and(Step::is_kill);
        let (record, breaches) = play(stage, step, is_killed_next, background).await;
        unreachable = record
            .exchanges
            .last()
            .is_some_and(crate::exchange::Exchange::is_unanswered);
        let binding = breaches.iter().any(|breach| breach.level == Level::Must);
        // A persona of which little is known accuses nobody of anything binding.
        let at_most = stage.case.idp.evidence.at_most;
        told.push(played(at.clone(), &record, redactor));
        let findings = breaches
            .into_iter()
            .map(|breach| Breach {
                level: breach.level.min(at_most),
                ..breach
            })
            .map(|breach| finding(breach, scenario, at.clone(), &record, redactor));
        extend_unrepeated(&mut result.findings, findings);
        records.push(transcript::Told { step: at, record });
        if binding {
            break;
        }
    }
    if !result.findings.is_empty() {
        result.played = told;
    }
    unreachable
}

/// The people and groups of the case.
pub(super) fn players(rig: &Rig, case: &Case, plan: &Plan) -> Cast {
    let mut players = Cast::invent(&case.scenario, &case.idp, plan.seed);
    if rig.upstream().is_none() {
        // A plain SCIM server may refuse attributes that it does not declare.
        players.forget_roles();
    }
    if !plan.rules.policies.allow_role_in_extension() {
        players.say_roles_beside();
    }
    players
}

/// One step: act, look at the answers, wait for the effects, judge. Before a kill nothing is waited for: what is still to come
/// is owed after it.
pub(super) async fn play(
    stage: &mut Stage<'_>,
    step: &Step,
    is_killed_next: bool,
    background: Option<&Background>,
) -> (StepRecord, Vec<Breach>) {
    let mut record = StepRecord::default();
    let mut breaches = stage.act(step, &mut record).await;
    if let (Action::World(_), Some(background)) = (&step.action, background) {
        stage.rest(background).await;
    }
    breaches.extend(stage.observe(&record.exchanges));
    stage.keep(step, &record);
    let early = stage.measured(step, |measure| expectation::check(step, &record, measure));
    let hopeless = |breaches: &[Breach]| breaches.iter().any(|breach| breach.level == Level::Must);
    // After a wrong answer nothing is waited for: what is missing upstream would only follow from it.
    let patience = if is_killed_next || hopeless(&breaches) || hopeless(&early.breaches) {
        None
    } else {
        Some(stage.rules.settle)
    };
    let settled = stage
        .settle(step, &mut record, patience.unwrap_or(Duration::ZERO))
        .await;
    let judged = stage.measured(step, |measure| expectation::check(step, &record, measure));
    stage.checks += judged.checks;
    stage.not_applicable += judged.not_applicable;
    for shown in judged.shown {
        stage.policies.settle(shown);
    }
    // The rules first: they say what is wrong with the bridge, the step's expectations how it shows here.
    breaches.extend(settled.broken);
    if patience.is_some() {
        breaches.extend(settled.missing);
    }
    breaches.extend(judged.breaches);
    (record, breaches)
}

/// Why a case means nothing for this target.
fn why_not(rig: &Rig, case: &Case) -> Option<String> {
    let scenario = &case.scenario;
    if scenario.kills_the_bridge() && !rig.can_be_killed() {
        return Some("the bridge is killed in it; only a command that is --durable can be started again".to_owned());
    }
    if rig.upstream().is_some() {
        return None;
    }
    // Whoever accepts an invite is simply there for a server without one; trouble upstream cannot be made.
    let meets_trouble = case.makes_trouble();
    let begins_upstream = scenario
        .people
        .values()
        .any(|person| person.upstream != proofload_scenarios::UpstreamStart::Unknown);
    let begins_upstream = begins_upstream || scenario.groups.values().any(|group| group.upstream.count() > 0);
    let by_hand = scenario
        .steps
        .iter()
        .any(|step| matches!(&step.action, Action::World(event) if event.needs_upstream()));
    (scenario.needs_upstream || meets_trouble || begins_upstream || by_hand)
        .then(|| "it is about what happens at OpenAI, and with --scim-only there is no upstream to look at".to_owned())
}

fn redactor(rig: &Rig, players: &Cast) -> Redactor {
    let mut redactor = Redactor::default().hide(rig.scim_token(), "$SCIM_TOKEN");
    if let Some(key) = rig.admin_key() {
        redactor = redactor.hide(key, "$OPENAI_ADMIN_KEY");
    }
    for password in players.actors().filter_map(|actor| actor.get("password")) {
        redactor = redactor.hide(password, "$PASSWORD");
    }
    redactor
}

/// One and the same thing is said once, however many requests show it.
fn extend_unrepeated(findings: &mut Vec<Finding>, more: impl Iterator<Item = Finding>) {
    const MOST: usize = 5;
    for finding in more {
        let alike = findings
            .iter()
            .filter(|known| known.check == finding.check && known.step == finding.step)
            .count();
        if alike < MOST
            && !findings
                .iter()
                .any(|known| known.check == finding.check && known.message == finding.message)
        {
            findings.push(finding);
        }
    }
}
