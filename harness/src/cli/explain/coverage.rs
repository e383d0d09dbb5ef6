//! The coverage table: requirement, the scenarios that prove it, the faults that prove them. `scenarios/COVERAGE.md`.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use proofload_scenarios::{Catalogue, Requirement};
use reference_bridge::Fault;

use super::subject::{faults_of, provers};

const HEAD: &str = "\
# Which requirement is proven by what

Generated: `proofload explain --coverage` prints it up to the checks, `UPDATE_DOCS=1 cargo test -p proofload coverage` writes it.

A scenario proves a requirement when it fails as soon as a bridge breaks it. A fault is a defect of the reference bridge that
the scenario is known to catch. `proofload explain ID` tells more of each.

| id | level | requirement | scenarios | faults |
|---|---|---|---|---|
";

const UNTESTED: &str = "\n## Not tested\n\n| id | level | requirement | why |\n|---|---|---|---|\n";

/// The document.
pub(super) fn markdown(catalogue: &Catalogue) -> String {
    let (tested, untested): (Vec<&Requirement>, Vec<&Requirement>) = catalogue
        .requirements()
        .all()
        .iter()
        .partition(|requirement| requirement.untested.is_none());
    let mut text = HEAD.to_owned();
    for requirement in tested {
        let scenarios: Vec<&str> = provers(catalogue, requirement).map(|one| one.id.as_str()).collect();
        let faults: BTreeSet<&str> = scenarios.iter().flat_map(|id| faults_of(id)).map(Fault::name).collect();
        let (id, level) = (&requirement.id, requirement.binding);
        let (scenarios, faults) = (code(scenarios), code(faults));
        _ = writeln!(
            text,
            "| {id} | {level} | {} | {scenarios} | {faults} |",
            told(requirement)
        );
    }
    text.push_str(UNTESTED);
    for requirement in untested {
        let why = requirement.untested.as_deref().unwrap_or_default();
        let (id, level) = (&requirement.id, requirement.binding);
        _ = writeln!(text, "| {id} | {level} | {} | {why} |", told(requirement));
    }
    text
}

/// What it says, both readings, and where.
fn told(requirement: &Requirement) -> String {
    let clash = requirement.clash.as_ref();
    let clash = clash.map(|clash| format!(" *By the RFC:* {} *By products:* {}", clash.rfc, clash.idp));
    let sections = requirement.sections.join(", ");
    format!("{}{} ({sections})", requirement.says, clash.unwrap_or_default())
}

fn code<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    names.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHECKS: &str = "\n## Which check is proven by what\n";

    #[test]
    fn the_coverage_table_is_the_one_in_the_documentation() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../scenarios/COVERAGE.md");
        let table = markdown(&Catalogue::built_in().unwrap());
        // What follows is found by trying the faults, in `tests/faults.rs`.
        let checks_at = |text: &str| text.find(CHECKS).unwrap_or(text.len());
        let mut written = std::fs::read_to_string(path).unwrap_or_default();
        if std::env::var_os("UPDATE_DOCS").is_some() {
            written.replace_range(..checks_at(&written), &table);
            std::fs::write(path, &written).unwrap();
        }
        written.truncate(checks_at(&written));
        let stale = "scenarios/COVERAGE.md is stale: run `UPDATE_DOCS=1 cargo test -p proofload coverage`";
        assert!(written == table, "{stale}");
    }

    #[test]
    fn every_requirement_that_can_be_tested_has_a_scenario() {
        let catalogue = Catalogue::built_in().unwrap();
        let all = catalogue.requirements().all().iter();
        let open: Vec<&str> = all
            .filter(|one| one.untested.is_none() && provers(&catalogue, one).next().is_none())
            .map(|one| one.id.as_str())
            .collect();
        assert!(open.is_empty(), "no scenario proves {}", open.join(", "));
    }
}
