//! Passes every text of an event through the redactor. Nothing is left out by forgetting: all fields are named here,
//! so a new one does not compile until somebody has decided about it.

use crate::event::{CaseResult, Event, Passage, Played, RunInfo};
use crate::finding::{Evidence, Finding, StepRef};
use crate::redact::Redactor;

/// The event without secrets.
pub(super) fn event(event: Event, redactor: &Redactor) -> Event {
    match event {
        Event::RunStarted(info) => Event::RunStarted(run(info, redactor)),
        Event::CaseStarted(id) => Event::CaseStarted(id),
        Event::CaseFinished(result) => Event::CaseFinished(Box::new(case(*result, redactor))),
        Event::Note(note) => Event::Note(redactor.text(&note)),
        Event::RunFinished(end) => Event::RunFinished(end),
    }
}

fn run(info: RunInfo, redactor: &Redactor) -> RunInfo {
    let RunInfo {
        target,
        target_kind,
        scim_only,
        seed,
        cases,
        jobs,
        fail_on,
        command,
    } = info;
    let (target, command) = (redactor.text(&target), redactor.text(&command));
    RunInfo {
        target,
        target_kind,
        scim_only,
        seed,
        cases,
        jobs,
        fail_on,
        command,
    }
}

fn case(case: CaseResult, redactor: &Redactor) -> CaseResult {
    let CaseResult {
        id,
        title,
        catalogue,
        verdict,
        findings,
        reason,
        checks,
        checks_not_applicable,
        duration,
        output,
        played,
        transcript,
    } = case;
    let findings = findings.into_iter().map(|found| finding(found, redactor)).collect();
    let reason = reason.map(|reason| redactor.text(&reason));
    let output = texts(&output, redactor);
    let played = played.into_iter().map(|step| self::played(step, redactor)).collect();
    CaseResult {
        id,
        title,
        catalogue,
        verdict,
        findings,
        reason,
        checks,
        checks_not_applicable,
        duration,
        output,
        played,
        transcript: transcript.map(|transcript| redactor.text(&transcript)),
    }
}

fn played(played: Played, redactor: &Redactor) -> Played {
    let Played { step, passages } = played;
    let passage = |Passage { evidence, curl }: Passage| Passage {
        evidence: self::evidence(&evidence, redactor),
        curl: curl.map(|curl| redactor.text(&curl)),
    };
    Played {
        step: self::step(step, redactor),
        passages: passages.into_iter().map(passage).collect(),
    }
}

fn step(step: StepRef, redactor: &Redactor) -> StepRef {
    let StepRef { number, name } = step;
    StepRef {
        number,
        name: redactor.text(&name),
    }
}

fn evidence(evidence: &Evidence, redactor: &Redactor) -> Evidence {
    let Evidence { exchange, upstream } = evidence;
    Evidence {
        exchange: texts(exchange, redactor),
        upstream: texts(upstream, redactor),
    }
}

/// The place of a finding is in the scenario's file, which holds no secret of the run, so it stays as it is.
fn finding(finding: Finding, redactor: &Redactor) -> Finding {
    let Finding {
        check,
        level,
        message,
        expected,
        got,
        why,
        spec,
        step,
        place,
        evidence,
        known,
    } = finding;
    Finding {
        check: redactor.text(&check),
        level,
        message: redactor.text(&message),
        expected: expected.map(|expected| redactor.text(&expected)),
        got: got.map(|got| redactor.text(&got)),
        why,
        spec,
        step: self::step(step, redactor),
        place,
        evidence: self::evidence(&evidence, redactor),
        known: known.map(|reason| redactor.text(&reason)),
    }
}

fn texts(texts: &[String], redactor: &Redactor) -> Vec<String> {
    texts.iter().map(|text| redactor.text(text)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::example;
    use super::*;
    use crate::event::Event;

    /// Wherever a secret is put into an event, no report shows it.
    #[test]
    fn a_canary_in_any_text_is_gone() {
        const CANARY: &str = "canary-4711";
        let redactor = Redactor::default().hide(CANARY, "$SCIM_TOKEN");
        let mut poisoned = example::failed_case();
        poisoned.reason = Some(CANARY.into());
        poisoned.output = vec![CANARY.into()];
        poisoned.transcript = Some(CANARY.into());
        for played in &mut poisoned.played {
            played.step.name.push_str(CANARY);
            for passage in &mut played.passages {
                passage.evidence.exchange.push(CANARY.into());
                passage.evidence.upstream.push(CANARY.into());
                passage.curl = Some(CANARY.into());
            }
        }
        for found in &mut poisoned.findings {
            found.check.push_str(CANARY);
            found.message.push_str(CANARY);
            found.expected = Some(CANARY.into());
            found.got = Some(CANARY.into());
            found.known = Some(CANARY.into());
            found.step.name.push_str(CANARY);
            found.evidence.exchange.push(CANARY.into());
            found.evidence.upstream.push(CANARY.into());
        }
        let info = RunInfo {
            target: CANARY.into(),
            command: CANARY.into(),
            ..example::run()
        };
        let events = [
            Event::CaseFinished(Box::new(poisoned)),
            Event::RunStarted(info),
            Event::Note(CANARY.into()),
        ];
        for secret in events {
            assert!(format!("{secret:?}").contains(CANARY));
            let shown = format!("{:?}", event(secret, &redactor));
            assert!(!shown.contains(CANARY), "{shown}");
        }
    }
}
