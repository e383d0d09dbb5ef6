//! Okta's SCIM test suites, as Runscope exports them: steps with variables in them, not traffic.
//!
//! They are read as if they had been seen: each variable has a value, and each request was answered with the status that the
//! suite asks for. Of its other assertions none is taken over; `suites/okta-spec` in the catalogue tells the whole suite.
//! Known from the files that Okta publishes (okta-developer-docs, `SCIMFiles`).

use std::collections::HashMap;

use proofload_scenarios::FileError;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::recording::Recording;
use crate::recording::secret::{Cleaner, Raw, RawAnswer, RawBody};

/// Stands for the SCIM base.
const BASE: &str = "SCIMBaseURL";
/// What the suite's set-up script and its environment give; people as Okta would invent them.
const GIVEN: &[(&str, &str)] = &[
    (BASE, ""),
    ("auth", "Bearer of-the-suite"),
    ("randomGivenName", "Runscope"),
    ("randomFamilyName", "Suite"),
    ("randomEmail", "runscope.suite@example.com"),
    ("randomUsername", "runscope.suite@example.com"),
    ("randomUsernameCaps", "RUNSCOPE.SUITE@EXAMPLE.COM"),
    ("InvalidUserEmail", "nobody@example.com"),
    ("UserIdThatDoesNotExist", "010101001010101011001010101011"),
    ("randomGroupName", "Runscope group"),
];

#[derive(Deserialize)]
struct Suite {
    steps: Vec<Step>,
}

#[derive(Deserialize)]
struct Step {
    #[serde(rename = "step_type")]
    kind: String,
    #[serde(default)]
    skipped: bool,
    #[serde(default)]
    method: String,
    #[serde(default)]
    url: String,
    #[serde(default)]
    headers: HashMap<String, Vec<String>>,
    body: Option<String>,
    #[serde(default)]
    assertions: Vec<Assertion>,
    #[serde(default)]
    variables: Vec<Variable>,
    duration: Option<u64>,
}

#[derive(Deserialize)]
struct Assertion {
    source: String,
    comparison: String,
    value: Option<Value>,
}

#[derive(Deserialize)]
struct Variable {
    name: String,
    source: String,
    property: Option<String>,
}

/// Reads a suite.
///
/// # Errors
/// It is not one, or uses a variable that nobody sets; with the place.
pub(super) fn read(path: &str, bytes: &[u8]) -> Result<Recording, FileError> {
    let wrong = |message: String| FileError::whole(path, message);
    let suite: Suite =
        serde_json::from_slice(bytes).map_err(|error| wrong(format!("no test suite of Okta's: {error}")))?;
    let mut values: HashMap<String, String> = GIVEN
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let mut recording = Recording::default();
    let mut cleaner = Cleaner::default();
    let (mut now, mut elsewhere, mut assertions) = (0_u64, 0_usize, 0_usize);
    for (index, step) in suite.steps.iter().enumerate() {
        now = now.saturating_add(step.duration.unwrap_or(0).saturating_mul(1_000));
        if step.kind != "request" {
            continue;
        }
        let Some(target) = step
            .url
            .strip_prefix(&format!("{{{{{BASE}}}}}"))
            .filter(|_| !step.skipped)
        else {
            elsewhere += 1;
            continue;
        };
        let filled = |text: &str| {
            fill(text, &values).map_err(|name| wrong(format!(
            "step {}: `{{{{{name}}}}}` has no value: no earlier step sets it, and Okta's set-up script does not",
            index + 1
        )))
        };
        let body = step.body.as_deref().map(filled).transpose()?;
        let mut headers = Vec::new();
        for (name, all) in &step.headers {
            for value in all {
                headers.push((name.clone(), filled(value)?));
            }
        }
        let raw = Raw {
            began_ms: now,
            ended_ms: now,
            method: step.method.clone(),
            target: filled(target)?.replace(' ', "%20").replace('"', "%22"),
            headers,
            answer: step.status().map(|status| RawAnswer {
                status,
                headers: Vec::new(),
                body: RawBody::Bytes(step.answer(body.as_deref(), &mut values).to_string().into_bytes()),
            }),
            body: RawBody::Bytes(body.unwrap_or_default().into_bytes()),
        };
        recording.seen.push(cleaner.clean(raw));
        assertions += step
            .assertions
            .iter()
            .filter(|one| one.source != "response_status")
            .count();
        now += 1;
    }
    for (count, what) in [
        (
            elsewhere,
            "left out, because they do not go to the SCIM server or are skipped",
        ),
        (assertions, "not taken over, because only the status is: assertions"),
    ] {
        if count > 0 {
            recording.notes.push(format!("{what}: {count}"));
        }
    }
    Ok(recording)
}

impl Step {
    /// The status the suite asks for.
    fn status(&self) -> Option<u16> {
        let asked = self
            .assertions
            .iter()
            .find(|one| one.source == "response_status" && one.comparison.starts_with("equal"));
        match asked?.value.as_ref()? {
            Value::String(text) => text.parse().ok(),
            other => other.as_u64().and_then(|status| u16::try_from(status).ok()),
        }
    }

    /// An answer from which the suite could take its variables. They get their values here.
    fn answer(&self, body: Option<&str>, values: &mut HashMap<String, String>) -> Value {
        let sent: Option<Value> = body.and_then(|body| serde_json::from_str(body).ok());
        let mut resource = Map::new();
        for name in ["userName", "displayName"] {
            if let Some(value) = sent.as_ref().and_then(|sent| sent.get(name)) {
                resource.insert(name.to_owned(), value.clone());
            }
        }
        let mut is_list = false;
        for variable in self
            .variables
            .iter()
            .filter(|variable| variable.source == "response_json")
        {
            let property = variable.property.as_deref().unwrap_or_default();
            is_list |= property.starts_with("Resources[");
            let value = if property.rsplit('.').next() == Some("id") {
                let id = format!("id-of-{}", variable.name);
                resource.insert("id".to_owned(), id.clone().into());
                id
            } else {
                format!("{}@example.com", variable.name.to_lowercase())
            };
            values.insert(variable.name.clone(), value);
        }
        if is_list {
            json!({"Resources": [resource]})
        } else {
            resource.into()
        }
    }
}

/// Puts values in for `{{name}}`.
fn fill(text: &str, values: &HashMap<String, String>) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((name, after)) = after.split_once("}}") else {
            break;
        };
        out.push_str(before);
        out.push_str(values.get(name.trim()).ok_or_else(|| name.trim().to_owned())?);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suite(steps: &Value) -> Result<Recording, FileError> {
        let text = json!({"version": "1.0", "trigger_url": "https://x.example", "steps": steps}).to_string();
        read("suite.json", text.as_bytes())
    }

    #[test]
    fn steps_are_read_as_if_they_had_been_seen() {
        let recording = suite(&json!([
            {"step_type": "request", "skipped": false, "method": "GET", "url": "{{SCIMBaseURL}}/Users?count=1",
             "headers": {"Authorization": ["{{auth}}"], "User-Agent": ["OKTA SCIM Integration"]},
             "assertions": [{"comparison": "equal_number", "source": "response_status", "value": "200"},
                            {"comparison": "not_empty", "source": "response_json", "value": null, "property": "Resources"}],
             "variables": [{"source": "response_json", "name": "ISVUserid", "property": "Resources[0].id"}]},
            {"step_type": "pause", "skipped": false, "duration": 5},
            {"step_type": "request", "method": "GET", "url": "{{SCIMBaseURL}}/Users/{{ISVUserid}}"},
            {"step_type": "request", "method": "GET", "url": "{{SCIMBaseURL}}/Users?filter=userName eq \"{{randomEmail}}\""},
            {"step_type": "request", "method": "GET", "url": "{{oktaUrl}}/api/v1/users"}
        ]))
        .unwrap();
        let shown: Vec<String> = recording
            .seen
            .iter()
            .map(|seen| {
                format!(
                    "{} {} {:?} {}",
                    seen.began_ms,
                    seen.target,
                    seen.status(),
                    seen.has_credentials
                )
            })
            .collect();
        insta::assert_snapshot!(shown.join("\n"), @r#"
        0 /Users?count=1 Some(200) true
        5001 /Users/id-of-ISVUserid None false
        5002 /Users?filter=userName%20eq%20%22runscope.suite@example.com%22 None false
        "#);
        assert_eq!(recording.notes.len(), 2, "{:?}", recording.notes);
    }

    #[test]
    fn a_variable_without_a_value_is_refused() {
        let error = suite(&json!([{"step_type": "request", "method": "GET", "url": "{{SCIMBaseURL}}/Users/{{x}}"}]));
        let error = error.unwrap_err().to_string();
        assert!(error.contains("step 1: `{{x}}` has no value"), "{error}");
    }
}
