//! Listens to a bridge while nobody asks it for anything: what it asks OpenAI for then, it asks for by itself.

use std::sync::Arc;
use std::time::Duration;

use proofload_scenarios::{Catalogue, FileError, Idp, Scenario};
use tokio::time::{Instant, timeout_at};

use super::case::{play, players};
use super::stage::Stage;
use super::tags::Tags;
use super::{Case, Plan, RunError, world};
use crate::preflight;
use crate::transcript::Background;

/// How long nobody asks.
const SILENCE: Duration = Duration::from_millis(2_500);
/// Rounds that must pass without a call until a bridge counts as calm.
const ROUNDS: u32 = 4;
/// How long a bridge is waited for to become calm.
const REST_MAX: Duration = Duration::from_secs(1);
/// The story that gives a bridge something to wait for: somebody who has not accepted yet.
const STORY: &str = r#"
title = "Somebody is invited, and then nobody asks for anything"
personas = ["any"]
why = "What a bridge does by itself is no part of what it does for a request."
spec = ["proofload"]

[people]
alice = {}

[groups]
eng = { members = ["alice"] }

[[step]]
name = "Alice is assigned"
do = "assign alice"
level = "may"

[[step]]
name = "Her group is pushed"
do = "push eng"
level = "may"
"#;

/// Tells a bridge the beginning of a story and hears what it does while nothing follows. Nothing without an upstream.
///
/// # Errors
/// When the target cannot be tested at all.
pub async fn listen(plan: &Plan, idp: &Arc<Idp>, catalogue: &Catalogue) -> Result<Background, RunError> {
    let mut rig = plan.target.raise(0).await?;
    if let Err(error) = preflight::check(&mut rig).await {
        rig.end().await;
        return Err(error.into());
    }
    let mut background = Background::default();
    if let (Some(upstream), Ok(scenario)) = (rig.upstream(), story(catalogue)) {
        world::populate(upstream);
        let case = Case {
            scenario: Arc::new(scenario),
            idp: Arc::clone(idp),
        };
        let players = players(&rig, &case, plan);
        let mut tags = Tags::default();
        tags.begin(&players.tag);
        let mut stage = Stage::new(&rig, &case, &plan.rules, &tags, players, upstream.last_seq());
        for step in &case.scenario.steps {
            // Whether the bridge does it well is for other stories to say.
            _ = play(&mut stage, step, true, None).await;
        }
        let seq = upstream.last_seq();
        tokio::time::sleep(SILENCE).await;
        let entries = upstream.journal_after(seq);
        background = Background::heard(entries.iter().map(AsRef::as_ref), SILENCE);
    }
    rig.end().await;
    Ok(background)
}

fn story(catalogue: &Catalogue) -> Result<Scenario, FileError> {
    Scenario::parse(
        "listen",
        "listen.toml",
        STORY,
        catalogue.idps(),
        catalogue.requirements(),
    )
}

impl Stage<'_> {
    /// Gives a bridge that looks by itself now and then the time to find out what happened at OpenAI. Else chance would say
    /// whether it knows when the next request comes.
    pub(super) async fn rest(&self, background: &Background) {
        let (Some(upstream), Some(rhythm)) = (self.rig.upstream(), background.rhythm) else {
            return;
        };
        let end = Instant::now() + REST_MAX;
        let calm = rhythm.saturating_mul(ROUNDS);
        let mut changes = upstream.changes();
        changes.mark_unchanged();
        while let Ok(Ok(())) = timeout_at(end.min(Instant::now() + calm), changes.changed()).await {
            changes.mark_unchanged();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_story_can_be_told_by_everybody() {
        let scenario = story(&Catalogue::built_in().unwrap()).unwrap();
        assert!(scenario.any, "{:?}", scenario.personas);
    }
}
