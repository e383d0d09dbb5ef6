//! Which cases a filter and the personas asked for stand for. A filter that stands for nothing is a mistake, and it is
//! told with what was probably meant.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use globset::GlobBuilder;
use proofload_scenarios::{Catalogue, Idp, Scenario};

use crate::event::CaseId;
use crate::run::Case;

/// How alike two names must be to be taken for each other, from 0 to 1.
const ALIKE: f64 = 0.8;
/// How many near names are told.
const NEAR_MAX: usize = 3;

/// The cases, by scenario and persona. No filter, and no persona, stands for all.
pub(crate) fn cases(catalogue: &Catalogue, filters: &[String], personas: &[String]) -> Result<Vec<Case>, String> {
    let nobody_in_particular = personas.is_empty();
    let personas = known_personas(catalogue, personas)?;
    let idps: BTreeMap<&str, Arc<Idp>> = personas
        .iter()
        .map(|idp| (idp.name.as_str(), Arc::new((*idp).clone())))
        .collect();
    let selected = scenarios(catalogue, filters)?;
    let mut cases = Vec::new();
    for scenario in &selected {
        let scenario = Arc::new((*scenario).clone());
        let told_by: Vec<&str> = if nobody_in_particular {
            catalogue.tellers(&scenario).map(|idp| idp.name.as_str()).collect()
        } else {
            scenario.personas.iter().map(String::as_str).collect()
        };
        let told_by = told_by.into_iter().filter_map(|name| idps.get(name));
        cases.extend(told_by.map(|idp| Case {
            scenario: Arc::clone(&scenario),
            idp: Arc::clone(idp),
        }));
    }
    if cases.is_empty() {
        let told_by: BTreeSet<&str> = selected
            .iter()
            .flat_map(|scenario| scenario.personas.iter().map(String::as_str))
            .collect();
        let asked: Vec<&str> = idps.into_keys().collect();
        return Err(format!(
            "no selected scenario is told by {}, but by {}",
            asked.join(", "),
            listed(told_by)
        ));
    }
    Ok(cases)
}

/// The scenarios that match at least one filter, in the order of the catalogue.
pub(super) fn scenarios<'a>(catalogue: &'a Catalogue, filters: &[String]) -> Result<Vec<&'a Scenario>, String> {
    if filters.is_empty() {
        return Ok(catalogue.scenarios().iter().collect());
    }
    let mut selected = BTreeSet::new();
    for filter in filters {
        let matched = matching(catalogue.scenarios(), filter)?;
        if matched.is_empty() {
            let names = catalogue.scenarios().iter();
            let names = names.flat_map(|scenario| std::iter::once(&scenario.id).chain(&scenario.catalogue));
            let near = near(names.map(String::as_str), filter);
            return Err(format!(
                "`{filter}` matches no scenario{near}; `proofload list` shows them all"
            ));
        }
        selected.extend(matched.iter().map(|scenario| scenario.id.as_str()));
    }
    Ok(catalogue
        .scenarios()
        .iter()
        .filter(|scenario| selected.contains(scenario.id.as_str()))
        .collect())
}

/// Whether a case that no longer exists would be among those that filters and personas stand for. A catalogue row says
/// nothing about it.
pub(super) fn would_be_selected(id: &CaseId, filters: &[String], personas: &[String]) -> bool {
    let told_by = personas.is_empty() || personas.iter().any(|name| name.eq_ignore_ascii_case(&id.persona));
    let name = id.scenario.to_lowercase();
    let matches = |filter: &String| {
        let wanted = filter.to_lowercase();
        let pattern = GlobBuilder::new(&wanted)
            .build()
            .map(|pattern| pattern.compile_matcher());
        name.starts_with(&wanted) || pattern.is_ok_and(|pattern| pattern.is_match(&name))
    };
    told_by && (filters.is_empty() || filters.iter().any(matches))
}

/// The personas with these names, or all.
pub(super) fn known_personas<'a>(catalogue: &'a Catalogue, names: &[String]) -> Result<Vec<&'a Idp>, String> {
    if names.is_empty() {
        return Ok(catalogue.idps().values().collect());
    }
    let find = |name: &String| {
        let found = catalogue
            .idps()
            .values()
            .find(|idp| idp.name.eq_ignore_ascii_case(name));
        found.ok_or_else(|| {
            format!(
                "there is no persona `{name}`; there are {}",
                listed(catalogue.idps().keys())
            )
        })
    };
    names.iter().map(find).collect()
}

/// A whole id stands for that scenario alone, so that a case can be repeated by itself; else the filter is a catalogue
/// row, a pattern, or the beginning of ids.
fn matching<'a>(scenarios: &'a [Scenario], filter: &str) -> Result<Vec<&'a Scenario>, String> {
    let wanted = filter.to_lowercase();
    let all = |is_match: &dyn Fn(&Scenario) -> bool| -> Vec<&'a Scenario> {
        scenarios.iter().filter(|scenario| is_match(scenario)).collect()
    };
    let whole = all(&|scenario| scenario.id.to_lowercase() == wanted);
    if !whole.is_empty() {
        return Ok(whole);
    }
    let row = all(&|scenario| {
        scenario
            .catalogue
            .as_ref()
            .is_some_and(|row| row.to_lowercase() == wanted)
    });
    if !row.is_empty() {
        return Ok(row);
    }
    if wanted.contains(['*', '?', '[', '{']) {
        let pattern = GlobBuilder::new(&wanted)
            .build()
            .map_err(|error| format!("`{filter}` is no pattern: {}", error.kind()))?;
        let pattern = pattern.compile_matcher();
        return Ok(all(&|scenario| pattern.is_match(scenario.id.to_lowercase())));
    }
    Ok(all(&|scenario| scenario.id.to_lowercase().starts_with(&wanted)))
}

/// `, near it …`, or nothing.
pub(super) fn near<'a>(names: impl Iterator<Item = &'a str>, wanted: &str) -> String {
    let wanted = wanted.to_lowercase();
    let likeness = |name: &str| {
        let name = name.to_lowercase();
        let leaf = name.rsplit('/').next().unwrap_or_default();
        if name.contains(&wanted) {
            1.0
        } else {
            strsim::jaro_winkler(&name, &wanted).max(strsim::jaro_winkler(leaf, &wanted))
        }
    };
    let mut names: Vec<(f64, &str)> = names
        .map(|name| (likeness(name), name))
        .filter(|(alike, _)| *alike >= ALIKE)
        .collect();
    names.sort_by(|(a, name), (b, other)| b.total_cmp(a).then(name.cmp(other)));
    names.dedup();
    if names.is_empty() {
        return String::new();
    }
    format!(
        ", near it {}",
        listed(names.into_iter().take(NEAR_MAX).map(|(_, name)| name))
    )
}

fn listed(names: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    names
        .into_iter()
        .map(|name| name.as_ref().to_owned())
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use rstest::rstest;

    use super::*;

    /// Four scenarios under personas that are built in.
    fn catalogue() -> Catalogue {
        let dir = tempfile::tempdir().unwrap();
        for (id, row, personas) in [
            ("activation/reactivate", "ACT-05", "any"),
            ("activation/twice", "ACT-06", "okta-aiw"),
            ("users/assign", "USR-01", "entra"),
            ("users/assign-full", "USR-02", "entra"),
        ] {
            let path = dir.path().join(format!("{id}.toml"));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            let text = format!(
                "title = \"t\"\ncatalogue = \"{row}\"\nwhy = \"w\"\nspec = []\npersonas = [\"{personas}\"]\n\
                 [[step]]\nname = \"n\"\nsend = \"GET /Users\"\nexpect.status = 200\n"
            );
            fs::write(path, text).unwrap();
        }
        Catalogue::from_dir(dir.path()).unwrap()
    }

    fn owned(words: &[&str]) -> Vec<String> {
        words.iter().map(ToString::to_string).collect()
    }

    #[rstest]
    #[case::nothing(&[], "activation/reactivate activation/twice users/assign users/assign-full")]
    #[case::folder(&["users/"], "users/assign users/assign-full")]
    #[case::beginning(&["users/ass"], "users/assign users/assign-full")]
    #[case::whole_id_alone(&["users/assign"], "users/assign")]
    #[case::letter_case(&["Users/ASSIGN"], "users/assign")]
    #[case::row(&["act-05"], "activation/reactivate")]
    #[case::pattern(&["*/reactivate"], "activation/reactivate")]
    #[case::pattern_over_folders(&["*ass*"], "users/assign users/assign-full")]
    #[case::choice(&["{users,activation}/{twice,assign}"], "activation/twice users/assign")]
    #[case::several_in_the_catalogues_order(&["users/assign", "ACT-06"], "activation/twice users/assign")]
    fn a_filter_stands_for(#[case] filters: &[&str], #[case] ids: &str) {
        let catalogue = catalogue();
        let selected = scenarios(&catalogue, &owned(filters)).unwrap();
        let selected: Vec<&str> = selected.iter().map(|scenario| scenario.id.as_str()).collect();
        assert_eq!(selected.join(" "), ids);
    }

    #[rstest]
    #[case::mistyped(
        "users/asign",
        "`users/asign` matches no scenario, near it users/assign, users/assign-full; `proofload list` shows them all"
    )]
    #[case::only_the_leaf(
        "reactivate",
        "`reactivate` matches no scenario, near it activation/reactivate; `proofload list` shows them all"
    )]
    #[case::row(
        "ACT-50",
        "`ACT-50` matches no scenario, near it ACT-05, ACT-06; `proofload list` shows them all"
    )]
    #[case::nothing_near("zzz", "`zzz` matches no scenario; `proofload list` shows them all")]
    #[case::pattern("[", "`[` is no pattern: unclosed character class; missing ']'")]
    fn a_filter_that_stands_for_nothing_is_told(#[case] filter: &str, #[case] message: &str) {
        assert_eq!(scenarios(&catalogue(), &owned(&[filter])).unwrap_err(), message);
    }

    #[test]
    fn personas_narrow_the_cases() {
        let catalogue = catalogue();
        let ids = |filters: &[&str], personas: &[&str]| {
            let cases = cases(&catalogue, &owned(filters), &owned(personas))?;
            Ok::<_, String>(cases.iter().map(|case| case.id().to_string()).collect::<Vec<_>>())
        };
        assert_eq!(
            ids(&["activation/"], &["Okta-AIW"]).unwrap(),
            ["activation/reactivate [okta-aiw]", "activation/twice [okta-aiw]"]
        );
        assert_eq!(
            ids(&["users/"], &[]).unwrap(),
            ["users/assign [entra]", "users/assign-full [entra]"]
        );
        assert_eq!(
            ids(&["users/"], &["okta-aiw"]).unwrap_err(),
            "no selected scenario is told by okta-aiw, but by entra"
        );
        assert!(
            ids(&[], &["okta"])
                .unwrap_err()
                .starts_with("there is no persona `okta`; there are entra, ")
        );
    }
}
