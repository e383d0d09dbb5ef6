//! What GitHub shows by itself: the summary of a job, and annotations at the lines of scenario files.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::Path;

use crate::event::CaseId;
use crate::finding::Finding;
use crate::report::{Record, markdown};

/// GitHub shows at most so many error annotations of one step.
const ANNOTATIONS_MAX: usize = 10;

/// Adds to the summary of the job, when this is one of GitHub's, and gives the annotations to be said.
pub(super) fn tell(record: &Record, variable: impl Fn(&str) -> Option<OsString>) -> io::Result<String> {
    if variable("GITHUB_ACTIONS").is_none_or(|value| value != "true") {
        return Ok(String::new());
    }
    if let Some(path) = variable("GITHUB_STEP_SUMMARY") {
        // Other steps of the job write there too.
        let mut summary = OpenOptions::new().create(true).append(true).open(path)?;
        summary.write_all(markdown(record).as_bytes())?;
    }
    Ok(annotations(record, Path::is_file))
}

/// A line for each thing that fails the run. The file is named when it is one of the repository's.
fn annotations(record: &Record, is_here: impl Fn(&Path) -> bool) -> String {
    let found = of_each_check_first(record).into_iter().map(|(case, found)| {
        (
            format!("{case} {}", found.check),
            found.message.as_str(),
            found.place.as_ref(),
        )
    });
    let stale = record.stale();
    let stale = stale.iter().map(|entry| {
        (
            entry.name(),
            "no longer happens; take it out of the baseline",
            Some(&entry.place),
        )
    });
    let lines = found.chain(stale).take(ANNOTATIONS_MAX).map(|(title, message, place)| {
        let place = place.filter(|place| is_here(Path::new(place.path())));
        let place = place.map(|place| format!("file={},line={},", property(place.path()), place.line()));
        format!(
            "::error {}title={}::{}\n",
            place.unwrap_or_default(),
            property(&title),
            data(message)
        )
    });
    lines.collect()
}

/// What fails the run: the first finding of every check, then the second of each, because there is not room for all.
fn of_each_check_first(record: &Record) -> Vec<(&CaseId, &Finding)> {
    let mut told: BTreeMap<&str, usize> = BTreeMap::new();
    let mut ranked = Vec::new();
    for case in record.cases.values() {
        for found in case.findings.iter().filter(|found| record.fails(found)) {
            let before = told.entry(found.check.as_str()).or_default();
            ranked.push((*before, &case.id, found));
            *before += 1;
        }
    }
    ranked.sort_by_key(|(before, ..)| *before);
    ranked.into_iter().map(|(_, case, found)| (case, found)).collect()
}

/// Text that ends no command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example;

    #[test]
    fn annotations_point_at_scenario_lines() {
        let mut record = example::record();
        for found in record.cases.values_mut().flat_map(|case| &mut case.findings) {
            found.message.push_str("\n::error::100%");
        }
        insta::assert_snapshot!(annotations(&record, |_| true), @"
        ::error file=scenarios/catalogue/activation/entra-string-false.toml,line=4,title=activation/entra-string-false [entra] expect.json./active::the answer's /active is not what it must be%0A::error::100%25
        ::error file=scenarios/catalogue/activation/entra-string-false.toml,line=4,title=activation/entra-string-false [okta-aiw] expect.json./active::the answer's /active is not what it must be%0A::error::100%25
        ");
        assert!(!annotations(&record, |_| false).contains("file="));
    }

    #[test]
    fn what_fails_everywhere_leaves_room_for_the_rest() {
        let mut record = example::record();
        let failed = example::failed_case();
        for (n, check) in ["common"; 20].into_iter().chain(["rare"]).enumerate() {
            let mut case = failed.clone();
            case.id.scenario = format!("a/case-{n:02}");
            case.findings[0].check = check.to_owned();
            record.cases.insert(case.id.clone(), case);
        }
        let lines = annotations(&record, |_| false);
        assert_eq!(lines.lines().count(), ANNOTATIONS_MAX);
        assert!(lines.contains(" rare::") && lines.contains(" common::"), "{lines}");
    }

    #[test]
    fn the_summary_is_written_on_github_only() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("summary.md");
        std::fs::write(&path, "before\n").unwrap();
        let job = |is_github: bool| {
            let path = path.clone();
            move |name: &str| match name {
                "GITHUB_ACTIONS" => is_github.then(|| "true".into()),
                "GITHUB_STEP_SUMMARY" => Some(path.clone().into_os_string()),
                _ => None,
            }
        };
        let record = example::record();
        assert_eq!(tell(&record, job(false)).unwrap(), "");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "before\n");
        assert!(tell(&record, job(true)).unwrap().starts_with("::error title="));
        assert!(
            std::fs::read_to_string(&path)
                .unwrap()
                .starts_with("before\n### ❌ proofload: ")
        );
    }
}
