//! A look at the bridge: where it serves SCIM, and what it says of itself.

use std::fmt::Write as _;

use serde_json::Value;

use crate::exchange::{Outcome, SentRequest};
use crate::preflight;
use crate::run::RunError;
use crate::target::{Rig, TargetSpec};

/// The variable that every other command reads the token from.
pub(super) const TOKEN: &str = "PROOFLOAD_SCIM_TOKEN";

/// What can be claimed in a `ServiceProviderConfig` (RFC 7643 §5) and matters to identity providers.
const CLAIMS: [&str; 5] = ["patch", "filter", "sort", "bulk", "etag"];

/// What a look at a bridge showed.
pub(super) struct Seen {
    /// The path in front of `/Users`; `/` is none.
    pub(super) base_path: Option<String>,
    /// What it says of itself: `patch yes, filter yes (200 at most)`.
    pub(super) claims: Option<String>,
}

impl Seen {
    /// What is known without a look.
    pub(super) fn nothing(target: &TargetSpec) -> Self {
        Self {
            base_path: target.base_path.clone(),
            claims: None,
        }
    }

    /// For the person who started it.
    pub(super) fn told(&self) -> String {
        match (&self.base_path, &self.claims) {
            (Some(path), Some(claims)) => format!("SCIM answers at {path}; {claims}.\n"),
            _ => String::new(),
        }
    }
}

/// Raises the bridge and looks. Where the base path was left open, the usual ones are tried.
pub(super) async fn look(target: &TargetSpec) -> Result<Seen, RunError> {
    let first = look_at(target).await;
    let elsewhere = match &first {
        Err(RunError::Preflight(error)) if target.base_path.is_none() => error.cause.found().map(str::to_owned),
        Ok(_) | Err(_) => None,
    };
    match elsewhere {
        None => first,
        Some(path) => {
            let target = TargetSpec {
                base_path: Some(path),
                ..target.clone()
            };
            look_at(&target).await
        }
    }
}

async fn look_at(target: &TargetSpec) -> Result<Seen, RunError> {
    let mut rig = target.raise(0).await?;
    let seen = match preflight::check(&mut rig).await {
        Ok(()) => Ok(Seen {
            base_path: Some(preflight::base_path(&rig)),
            claims: Some(claims(&rig).await),
        }),
        Err(error) => Err(error.into()),
    };
    rig.end().await;
    seen
}

async fn claims(rig: &Rig) -> String {
    let request = SentRequest {
        method: "GET".to_owned(),
        target: "/ServiceProviderConfig".to_owned(),
        headers: vec![
            ("Accept".to_owned(), "application/scim+json".to_owned()),
            ("Authorization".to_owned(), format!("Bearer {}", rig.scim_token())),
        ],
        body: None,
    };
    match rig.wire().send(rig.scim_url(), &request).await.0 {
        Outcome::Answered(answer) if answer.is_success() => match serde_json::from_slice(&answer.body) {
            Ok(config) => of_config(&config),
            Err(_) => "its /ServiceProviderConfig is no JSON".to_owned(),
        },
        Outcome::Answered(answer) => format!("it has no /ServiceProviderConfig ({})", answer.status),
        Outcome::Failed(trouble) => format!("its /ServiceProviderConfig did not answer ({trouble})"),
    }
}

/// Names, yes and no, and numbers: nothing that a bridge could word.
fn of_config(config: &Value) -> String {
    let mut text = String::from("it says of itself:");
    for (n, name) in CLAIMS.into_iter().enumerate() {
        let claim = &config[name];
        let word = match claim["supported"].as_bool() {
            Some(true) => "yes",
            Some(false) => "no",
            None => "not said",
        };
        let comma = if n == 0 { "" } else { "," };
        _ = write!(text, "{comma} {name} {word}");
        if let (Some(true), Some(most)) = (claim["supported"].as_bool(), claim["maxResults"].as_u64()) {
            _ = write!(text, " ({most} results at most)");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case::whole(
        json!({"patch": {"supported": true}, "filter": {"supported": true, "maxResults": 200}, "sort": {"supported": false},
               "bulk": {"supported": false}, "etag": {"supported": true}}),
        "it says of itself: patch yes, filter yes (200 results at most), sort no, bulk no, etag yes"
    )]
    #[case::strange(
        json!({"patch": "yes\n::error::", "filter": {"supported": "true", "maxResults": -1}, "sort": []}),
        "it says of itself: patch not said, filter not said, sort not said, bulk not said, etag not said"
    )]
    #[case::no_object(json!([1]), "it says of itself: patch not said, filter not said, sort not said, bulk not said, etag not said")]
    fn says_what_is_claimed(#[case] config: Value, #[case] said: &str) {
        assert_eq!(of_config(&config), said);
    }
}
