//! `proofload explain`: says of one thing, whatever it is, what it is, why, where it stands, and what else touches it.

mod coverage;
mod sheet;
mod subject;

use proofload_scenarios::{Catalogue, Policy};
use reference_bridge::Fault;

use super::list::table;
use super::source::Source;
use super::{Error, say, select};
use crate::exit;
use crate::judge::{Check, Invariant};
use subject::Subject;

/// What can be said on the command line.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A scenario or its catalogue row (ACT-05), a requirement (H-15), a check in a report (expect.json./active), an
    /// invariant (one-invite), a fault, a policy, a persona, a load profile; without it: what there is
    #[arg(value_name = "ID")]
    id: Option<String>,

    /// Which requirement is proven by which scenarios and faults, and what is not tested and why, as Markdown
    #[arg(long, conflicts_with = "id")]
    coverage: bool,

    #[command(flatten)]
    source: Source,
}

pub(super) const HELP: &str = "\
Examples:
  proofload explain ACT-05                 a scenario
  proofload explain H-15                   a requirement, and where it clashes with what a product does
  proofload explain expect.json./active    a check, as a report names it
  proofload explain --coverage             requirements, scenarios and faults, as Markdown";

/// Runs the command and gives the exit code.
pub(super) fn run(args: &Args) -> Result<u8, Error> {
    let (_, catalogue) = args.source.open(&[])?;
    let text = match &args.id {
        Some(id) => explain(&catalogue, id).map_err(Error::Selection)?,
        None if args.coverage => coverage::markdown(&catalogue),
        None => contents(&catalogue),
    };
    say(&text)?;
    Ok(exit::CONFORMS)
}

/// Everything that has this id.
fn explain(catalogue: &Catalogue, id: &str) -> Result<String, String> {
    let found = Subject::named(catalogue, id);
    if found.is_empty() {
        let near = select::near(Subject::names(catalogue), id);
        return Err(format!(
            "there is nothing called `{id}`{near}; `proofload explain` says what there is"
        ));
    }
    let sheets: Vec<String> = found.iter().map(|subject| subject.sheet(catalogue)).collect();
    Ok(sheets.join("\n"))
}

/// How many of each kind there are, and how they are listed.
fn contents(catalogue: &Catalogue) -> String {
    let invariants: Vec<&str> = Invariant::ALL.iter().map(|invariant| invariant.as_str()).collect();
    let checks: Vec<&str> = Check::ALL.iter().map(|check| check.id).collect();
    let rows = [
        ("scenarios", catalogue.scenarios().len(), "proofload list".to_owned()),
        (
            "requirements",
            catalogue.requirements().all().len(),
            "proofload explain --coverage".to_owned(),
        ),
        ("invariants", invariants.len(), invariants.join(", ")),
        ("checks", checks.len(), checks.join(", ")),
        ("faults", Fault::ALL.len(), "proofload bridge --list-faults".to_owned()),
        ("policies", Policy::ALL.len(), "proofload list --policies".to_owned()),
        (
            "personas",
            catalogue.idps().len(),
            "proofload list --personas".to_owned(),
        ),
        (
            "profiles",
            catalogue.profiles().all().len(),
            "proofload list --profiles".to_owned(),
        ),
    ];
    let row = |(kind, count, how): (&str, usize, String)| [format!("{count:>4}"), kind.to_owned(), how];
    table(rows.into_iter().map(row).collect())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::scenario("scenario", "activation/reactivate")]
    #[case::requirement("requirement", "h-15")]
    #[case::check("check", "expect.json./active")]
    #[case::invariant("invariant", "one-invite")]
    #[case::fault("fault", "value-array-remove-empties-group")]
    #[case::load_fault("load_fault", "members-beyond-hundred")]
    #[case::policy("policy", "role_case=fold")]
    #[case::persona("persona", "entra-opt")]
    #[case::profile("profile", "okta-push-oin")]
    fn everything_can_be_explained(#[case] kind: &str, #[case] id: &str) {
        let text = explain(&Catalogue::built_in().unwrap(), id).unwrap();
        insta::assert_snapshot!(format!("explain_{kind}"), text);
    }

    #[test]
    fn a_row_stands_for_its_scenarios() {
        let text = explain(&Catalogue::built_in().unwrap(), "act-05").unwrap();
        assert!(text.starts_with("activation/reactivate  scenario"), "{text}");
    }

    #[rstest]
    #[case("one-invites", "near it one-invite")]
    #[case("H-150", "near it H-1")]
    #[case("qqqq", "there is nothing called `qqqq`; `proofload explain`")]
    fn what_was_probably_meant_is_told(#[case] id: &str, #[case] near: &str) {
        let error = explain(&Catalogue::built_in().unwrap(), id).unwrap_err();
        assert!(error.contains(near), "{error}");
    }

    #[test]
    fn what_there_is_is_counted() {
        let text = contents(&Catalogue::built_in().unwrap());
        assert_eq!(text.lines().count(), 8, "{text}");
        assert!(text.contains("one-invite, ") && text.contains("idp.create"), "{text}");
    }
}
