//! The JSON reports are what `docs/*.schema.json` promises. The files leave room for keys to come; here that room is
//! closed, so that a key that nobody has described fails.

use std::fs;
use std::path::Path;

use jsonschema::Validator;
use rstest::rstest;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{PROGRAM, assert_ends, run, said};

const REPORT: &str = include_str!("../../docs/report.schema.json");
#[cfg(feature = "load")]
const LOAD_REPORT: &str = include_str!("../../docs/load-report.schema.json");
/// A report with everything in it.
const EXAMPLE: &str =
    include_str!("../../src/report/snapshots/proofload__report__json__tests__shows_everything_in_one_order.snap");

/// A load report with something to say against the bridge.
#[cfg(feature = "load")]
const LOAD_EXAMPLE: &str =
    include_str!("../../src/load/snapshots/proofload__load__result__tests__a_file_looks_like_this.snap");

/// The schema, without room for keys that it does not name.
fn strict(schema: &str) -> Validator {
    fn close(part: &mut Value) {
        match part {
            Value::Object(keys) => {
                if keys.contains_key("properties") {
                    keys.insert("additionalProperties".to_owned(), false.into());
                }
                keys.values_mut().for_each(close);
            }
            Value::Array(parts) => parts.iter_mut().for_each(close),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let mut schema: Value = serde_json::from_str(schema).unwrap();
    close(&mut schema);
    jsonschema::draft202012::new(&schema).unwrap()
}

fn wrong(schema: &Validator, report: &Value) -> Vec<String> {
    schema
        .iter_errors(report)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// What a snapshot holds.
fn example(snapshot: &str) -> Value {
    let (_, json) = snapshot.split_once("\n{").unwrap();
    serde_json::from_str(&format!("{{{json}")).unwrap()
}

#[test]
fn a_report_with_everything_in_it_is_as_promised() {
    assert_eq!(wrong(&strict(REPORT), &example(EXAMPLE)), [] as [&str; 0]);
}

#[rstest]
#[case::conforms("connection/ --persona entra", 0)]
#[case::fails("activation/entra-string-false --bridge-cmd FAULTY", 1)]
#[case::nothing_applies("trouble/killed-after-deactivation --bridge-cmd FAULTY", 2)]
#[case::stale_and_expired("connection/discovery --baseline known.toml", 1)]
fn a_report_is_as_promised(#[case] words: &str, #[case] code: i32) {
    let dir = TempDir::new().unwrap();
    let known = "version = 1\n\n\
        [[known]]\nscenario = \"connection/discovery\"\ncheck = \"expect.status\"\nreason = \"gone\"\n\n\
        [[known]]\nscenario = \"connection/discovery\"\ncheck = \"one-invite\"\nreason = \"old\"\nexpires = 2020-01-01\n";
    fs::write(dir.path().join("known.toml"), known).unwrap();
    let faulty = format!("{PROGRAM} bridge --fault deactivate-keeps-member --fault string-false-is-true");
    let words: Vec<&str> = words
        .split(' ')
        .map(|word| if word == "FAULTY" { &faulty } else { word })
        .collect();
    let done = run(
        dir.path(),
        &[&["check", "--report", "json=r.json"], words.as_slice()].concat(),
    );
    assert_ends(&done, code);
    assert_eq!(
        wrong(&strict(REPORT), &read(&dir.path().join("r.json"))),
        [] as [&str; 0]
    );
}

/// What was cut short says so in the same form.
#[cfg(unix)]
#[test]
fn an_interrupted_report_is_as_promised() {
    use std::io::{BufRead as _, BufReader, Read as _};
    use std::process::{Command, Stdio};

    let dir = TempDir::new().unwrap();
    let words = ["check", "users/", "roles/", "--jobs", "1", "--report", "json=r.json"];
    let mut running = crate::proofload(dir.path(), &words)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut progress = BufReader::new(running.stderr.take().unwrap());
    progress.read_line(&mut String::new()).unwrap();
    let pid = running.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    progress.read_to_string(&mut String::new()).unwrap();
    assert_eq!(running.wait().unwrap().code(), Some(130));
    let report = read(&dir.path().join("r.json"));
    assert_eq!(report["interrupted"], true);
    assert_eq!(wrong(&strict(REPORT), &report), [] as [&str; 0]);
}

#[cfg(feature = "load")]
#[test]
fn a_load_report_is_as_promised() {
    let dir = TempDir::new().unwrap();
    let words = "load --people 12 --groups 2 --think 0 --accept at-once --report json=l.json";
    let words: Vec<&str> = words.split(' ').collect();
    let done = run(dir.path(), &words);
    let path = dir.path().join("l.json");
    assert!(path.exists(), "{}", said(&done));
    for report in [read(&path), example(LOAD_EXAMPLE)] {
        assert_eq!(wrong(&strict(LOAD_REPORT), &report), [] as [&str; 0]);
    }
}

#[rstest]
#[case::missing("/summary/passed", None)]
#[case::missing_in_a_finding("/scenarios/0/findings/0/why", None)]
#[case::misspelt("/scenarios/0/outcome", Some("outcom"))]
#[case::optional_but_misspelt("/scenarios/0/catalogue", Some("catalog"))]
#[case::misspelt_deep_inside("/scenarios/0/findings/0/evidence/upstream", Some("upstreams"))]
fn a_wrong_report_is_found(#[case] place: &str, #[case] renamed: Option<&str>) {
    let (parent, key) = place.rsplit_once('/').unwrap();
    let mut report = example(EXAMPLE);
    let object = report.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    let value = object.shift_remove(key).unwrap();
    if let Some(name) = renamed {
        object.insert(name.to_owned(), value);
    }
    assert_ne!(wrong(&strict(REPORT), &report), [] as [&str; 0]);
}

/// Programs that read a report of today can read one with more keys.
#[test]
fn there_is_room_for_keys_to_come() {
    let schema = serde_json::from_str(REPORT).unwrap();
    let mut report = example(EXAMPLE);
    report["from_tomorrow"] = json!(1);
    assert!(jsonschema::draft202012::new(&schema).unwrap().is_valid(&report));
    report["schema_version"] = json!(2);
    assert!(!jsonschema::draft202012::new(&schema).unwrap().is_valid(&report));
}
