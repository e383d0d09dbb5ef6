//! SETTINGS.md and the code say the same: every setting, its default, all its alternatives.

#![expect(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

use std::collections::BTreeSet;

use mock_openai::Settings;
use serde_json::{Map, Value, json};

/// The behaviours that have been open from the start; more may follow behind them.
const OPEN: std::ops::RangeInclusive<u32> = 1..=56;

/// A line of the table.
struct Line {
    number: u32,
    setting: Option<String>,
    default: String,
    alternatives: Vec<String>,
    how_sure: BTreeSet<String>,
}

fn lines() -> Vec<Line> {
    let text = include_str!("../SETTINGS.md");
    let cells = |line: &'static str| -> Vec<&str> { line.trim_matches('|').split(" | ").map(str::trim).collect() };
    let lines = text.lines().map(cells).filter_map(|cells| {
        let number = cells[0].parse().ok()?;
        let [_, _, setting, default, alternatives, how_sure] = cells[..] else {
            panic!("line {number} does not have six cells");
        };
        Some(Line {
            number,
            setting: quoted(setting).pop(),
            default: quoted(default).pop().unwrap_or_default(),
            alternatives: quoted(alternatives),
            how_sure: how_sure.split(", ").map(str::to_owned).collect(),
        })
    });
    lines.collect()
}

/// What stands between backticks.
fn quoted(text: &str) -> Vec<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn settings() -> impl Iterator<Item = (String, Line)> {
    lines()
        .into_iter()
        .filter_map(|line| Some((line.setting.clone()?, line)))
}

fn defaults() -> Map<String, Value> {
    let Value::Object(defaults) = serde_json::to_value(Settings::default()).unwrap() else {
        panic!("settings are an object");
    };
    defaults
}

/// The settings that a TOML file with this one line gives, as JSON.
fn with(setting: &str, value: &str) -> Result<Value, String> {
    let settings = toml::from_str::<Settings>(&format!("{setting} = {value}\n"));
    let settings = settings.map_err(|error| error.to_string())?;
    Ok(serde_json::to_value(settings).unwrap())
}

/// The names of all values, if they have names.
fn variants(setting: &str) -> Option<BTreeSet<String>> {
    let error = serde_json::from_value::<Settings>(json!({ setting: "no such value" })).unwrap_err();
    let error = error.to_string();
    let (_, known) = error.strip_prefix("unknown variant")?.split_once(", expected ")?;
    Some(quoted(known).into_iter().collect())
}

/// The name of a value as it is written in TOML: `"refuse"`, or `{ after_seconds = 5 }`.
fn name(value: &str) -> String {
    let name = value.trim_matches(['"', '{', ' ']);
    name.split(' ').next().unwrap().to_owned()
}

#[test]
fn every_setting_is_documented_and_nothing_else() {
    let documented: Vec<_> = settings().map(|(setting, _)| setting).collect();
    let distinct: BTreeSet<_> = documented.iter().cloned().collect();
    assert_eq!(documented.len(), distinct.len(), "a setting is documented twice");
    let known: BTreeSet<_> = defaults().into_iter().map(|(setting, _)| setting).collect();
    let missing: Vec<_> = known.difference(&distinct).collect();
    assert!(missing.is_empty(), "add a line for each to SETTINGS.md: {missing:?}");
    let unknown: Vec<_> = distinct.difference(&known).collect();
    assert!(
        unknown.is_empty(),
        "SETTINGS.md has settings that do not exist: {unknown:?}"
    );
}

#[test]
fn every_open_behaviour_has_its_line() {
    let numbers: BTreeSet<_> = lines().into_iter().map(|line| line.number).collect();
    let missing: Vec<_> = OPEN.filter(|number| !numbers.contains(number)).collect();
    assert!(missing.is_empty(), "SETTINGS.md has no line {missing:?}");
}

#[test]
fn every_default_is_the_real_one() {
    for (setting, line) in settings() {
        let settings = with(&setting, &line.default).unwrap_or_else(|error| panic!("{setting}: {error}"));
        assert_eq!(settings[&setting], defaults()[&setting], "the default of {setting}");
    }
}

#[test]
fn every_alternative_is_one_and_all_of_them_are_there() {
    for (setting, line) in settings() {
        for value in &line.alternatives {
            let settings = with(&setting, value).unwrap_or_else(|error| panic!("{setting} = {value}: {error}"));
            assert_ne!(
                settings[&setting],
                defaults()[&setting],
                "{setting} = {value} is the default"
            );
        }
        if let Some(variants) = variants(&setting) {
            let values = std::iter::once(&line.default).chain(&line.alternatives);
            let documented: BTreeSet<_> = values.map(|value| name(value)).collect();
            assert_eq!(documented, variants, "the values of {setting}");
        }
    }
}

#[test]
fn every_line_says_how_sure_it_is() {
    let words = ["spec", "SDK", "report", "our choice"].map(str::to_owned);
    for line in lines() {
        let Line { number, how_sure, .. } = line;
        assert!(
            how_sure.is_subset(&BTreeSet::from(words.clone())),
            "line {number}: {how_sure:?}"
        );
    }
}
