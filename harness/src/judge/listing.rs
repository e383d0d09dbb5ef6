//! What the lists of a step must hold: everybody once, and each as expected.

use std::collections::BTreeMap;

use proofload_scenarios::{Expect, ListedExpectation, Place};
use serde_json::Value;

use super::breach::Breach;
use super::expectation::{Judgement, Measure};
use super::matcher;
use super::record::StepRecord;
use crate::persona::list_of;

/// Judges `lists` and `listed`.
pub(super) fn check(expect: &Expect, record: &StepRecord, measure: Measure<'_>) -> Judgement {
    let mut judgement = Judgement::default();
    for (name, place) in &expect.lists {
        judgement.join(lists(record, name, place, measure));
    }
    let resources = || {
        record
            .exchanges
            .iter()
            .filter_map(list_of)
            .flat_map(|(_, resources)| resources)
    };
    for wanted in &expect.listed {
        for name in (measure.everybody)(&wanted.name) {
            judgement.join(listed(wanted, &name, resources(), measure));
        }
    }
    judgement
}

/// Every person of a crowd exactly once in all pages of an import.
fn lists(record: &StepRecord, name: &str, place: &Place, measure: Measure<'_>) -> Judgement {
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    for (_, resources) in record.exchanges.iter().filter_map(list_of) {
        for id in resources.iter().filter_map(|resource| resource.get("id")?.as_str()) {
            *seen.entry(id.to_owned()).or_default() += 1;
        }
    }
    let (mut missing, mut doubled) = (Vec::new(), Vec::new());
    let everybody = (measure.everybody)(name);
    for person in &everybody {
        let id = (measure.value_of)(&format!("{person}.id"));
        match id.and_then(|id| seen.get(&id).copied()).unwrap_or(0) {
            0 => missing.push(person.clone()),
            1 => {}
            _ => doubled.push(person.clone()),
        }
    }
    let mut judgement = Judgement {
        checks: 1,
        ..Judgement::default()
    };
    for (what, people) in [("missing from", missing), ("more than once in", doubled)] {
        let Some(first) = people.first() else {
            continue;
        };
        let message = format!(
            "{} of {} people are {what} the pages of the list, {first} among them",
            people.len(),
            everybody.len()
        );
        judgement
            .breaches
            .push(Breach::of_step("expect.lists", measure.level, message).at(place));
    }
    judgement
}

/// The resource of one person or group, found by userName or displayName.
fn listed(
    wanted: &ListedExpectation,
    name: &str,
    mut resources: impl Iterator<Item = Value>,
    measure: Measure<'_>,
) -> Judgement {
    let mut judgement = Judgement::default();
    let key = |key: &str| (measure.value_of)(&format!("{name}.{key}"));
    let is_meant = |resource: &Value| match (key("userName"), key("displayName")) {
        (Some(user_name), _) => has(resource, "userName", &user_name),
        (None, Some(display_name)) => has(resource, "displayName", &display_name),
        (None, None) => false,
    };
    let check = format!("expect.listed.{name}");
    let found = resources.find(is_meant);
    let Some(resource) = found else {
        let message = format!("{name} is in none of the lists");
        judgement.note(Some(Breach::of_step(check, measure.level, message).at(&wanted.place)));
        return judgement;
    };
    for json in &wanted.json {
        let mismatch = matcher::at(json, Some(&resource), measure.value_of).err();
        judgement.note(mismatch.map(|mismatch| {
            let message = format!("{} of {name} in the list is not as expected", json.pointer);
            Breach::of_step(format!("{check}.{}", json.pointer), measure.level, message)
                .wanted(mismatch.expected, mismatch.got)
                .at(&json.place)
        }));
    }
    judgement
}

fn has(resource: &Value, key: &str, text: &str) -> bool {
    let value = resource.get(key).and_then(Value::as_str);
    value.is_some_and(|value| value.to_lowercase() == text.to_lowercase())
}

#[cfg(test)]
mod tests {
    use proofload_scenarios::{JsonExpectation, Level, Matcher, Policies};
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case(json!([{"userName": "A@x.org", "active": true}]), None)]
    #[case(json!([{"userName": "a@x.org", "active": false}]), Some("expect.listed.alice./active"))]
    #[case(json!([{"userName": "b@x.org", "active": true}]), Some("expect.listed.alice"))]
    fn finds_the_person_and_looks(#[case] resources: Value, #[case] check: Option<&str>) {
        let place = Place::new("x".into(), "".into(), 0..0);
        let wanted = ListedExpectation {
            name: "alice".to_owned(),
            json: vec![JsonExpectation {
                pointer: "/active".to_owned(),
                matcher: Matcher::Equals(json!(true)),
                place: place.clone(),
            }],
            place,
        };
        let measure = Measure {
            level: Level::Must,
            policies: &Policies::default(),
            value_of: &|name| (name == "alice.userName").then(|| "a@x.org".to_owned()),
            everybody: &|name| vec![name.to_owned()],
            addresses: &|_| Vec::new(),
        };
        let resources = resources.as_array().cloned().unwrap_or_default();
        let judgement = listed(&wanted, "alice", resources.into_iter(), measure);
        let found: Vec<&str> = judgement.breaches.iter().map(|breach| breach.check.as_str()).collect();
        assert_eq!(found, check.into_iter().collect::<Vec<_>>());
        assert_eq!(judgement.checks, 1);
    }
}
