//! What a bridge does in one scenario, as text that is the same in every run.

use std::fmt::Display;

use super::{Bridge, apart, tell};
use crate::cli::select;
use crate::event::Event;
use crate::run::{self, Case, Plan};
use crate::snapshot::Ballot;
use crate::transcript::{Manner, why_none};

impl Bridge {
    /// What goes over both wires when this persona tells the bridge this scenario: its requests, the bridge's answers, and what
    /// the bridge asks OpenAI for. Ids, times, tokens and ports have names instead, and what the bridge does by itself is
    /// left out; it is told several times until two tellings agree.
    ///
    /// # Panics
    /// When there is no such case, when it is about what happens at one moment, so that no two runs are the same, or when
    /// the bridge cannot be tested or is another each time.
    #[track_caller]
    pub fn transcript(&self, scenario: &str, persona: &str) -> String {
        let told = apart(|runtime| runtime.block_on(self.transcribe(scenario, persona)));
        match told.unwrap_or_else(|error| Err(error.to_string())) {
            Ok(transcript) => transcript,
            Err(reason) => panic!("{scenario} [{persona}] has no transcript: {reason}"),
        }
    }

    async fn transcribe(&self, scenario: &str, persona: &str) -> Result<String, String> {
        let cases = select::cases(self.catalogue(), &[scenario.to_owned()], &[persona.to_owned()])?;
        let [case] = cases.as_slice() else {
            return Err("give the id of one scenario".to_owned());
        };
        if let Some(reason) = why_none(&case.scenario) {
            return Err(reason.to_owned());
        }
        let mut manner = Manner::default();
        let listening = self.plan(Vec::new(), self.target.seed);
        let heard = run::listen(&listening, &case.idp, self.catalogue()).await;
        manner.background = heard.map_err(text)?;
        let (mut ballot, mut seed) = (Ballot::default(), self.target.seed);
        // Whatever two tellings agree on; there is no snapshot to compare with yet.
        let none_accepted = |_: &_, _: &str| false;
        loop {
            let plan = Plan {
                transcripts: Some(manner.clone()),
                ..self.plan(vec![case.clone()], seed)
            };
            ballot.add(case.id(), self.told(case, plan).await?);
            if ballot.open(none_accepted).is_empty() {
                break;
            }
            seed = seed.wrapping_add(1);
        }
        let (mut told, _) = ballot.decide(none_accepted);
        told.remove(&case.id())
            .ok_or_else(|| "the bridge did something else each time".to_owned())
    }

    /// One telling.
    async fn told(&self, case: &Case, plan: Plan) -> Result<String, String> {
        for event in tell(plan).await.map_err(text)? {
            match event {
                Event::CaseFinished(result) if result.id == case.id() => {
                    let reason = result.reason.unwrap_or_default();
                    let transcript = result.transcript.map(|text| self.redactor().text(&text));
                    return transcript.ok_or(reason);
                }
                Event::CaseFinished(_)
                | Event::RunStarted(_)
                | Event::CaseStarted(_)
                | Event::Note(_)
                | Event::RunFinished(_) => {}
            }
        }
        Err("the run ended without it".to_owned())
    }
}

fn text(error: impl Display) -> String {
    error.to_string()
}
