use std::time::Duration;

use jiff::civil::date;
use rstest::rstest;

use super::*;
use crate::finding::{Evidence, StepRef};

const SCENARIO: &str = "users/assign";
const LISTED: &str =
    "version = 1\n[[known]]\nscenario = \"users/assign\"\ncheck = \"expect.status\"\nreason = \"ticket 7\"\n";

/// One scenario that two personas tell.
fn catalogue() -> Catalogue {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("users")).unwrap();
    let text = "title = \"t\"\nwhy = \"w\"\nspec = []\npersonas = [\"entra\", \"okta-aiw\"]\n\
                [[step]]\nname = \"n\"\nsend = \"GET /Users\"\nexpect.status = 200\n";
    std::fs::write(dir.path().join("users/assign.toml"), text).unwrap();
    Catalogue::from_dir(dir.path()).unwrap()
}

fn parse(text: &str) -> Result<Baseline, String> {
    let today = date(2026, 6, 30);
    Baseline::parse(Path::new("baseline.toml"), text, &catalogue(), today).map_err(|error| error.to_string())
}

/// How a case under `persona` ended that found these checks at `must`, after the baseline was applied.
fn case(baseline: &Baseline, persona: &str, checks: &[&str], verdict: Verdict) -> (CaseId, CaseResult) {
    let finding = |check: &&str| Finding {
        check: (*check).to_owned(),
        level: Level::Must,
        message: "wrong".into(),
        expected: None,
        got: None,
        why: "w".into(),
        spec: Vec::new(),
        step: StepRef::default(),
        place: None,
        evidence: Evidence::default(),
        known: None,
    };
    let id = CaseId {
        scenario: SCENARIO.into(),
        persona: persona.into(),
    };
    let mut case = CaseResult {
        id: id.clone(),
        title: "t".into(),
        catalogue: None,
        verdict,
        findings: checks.iter().map(finding).collect(),
        reason: None,
        checks: 1,
        checks_not_applicable: 0,
        duration: Duration::ZERO,
        output: Vec::new(),
        played: Vec::new(),
        transcript: None,
    };
    baseline.mark(&mut case, Level::Must);
    (id, case)
}

#[rstest]
#[case::listed(LISTED.to_owned(), &["expect.status"], Verdict::Pass)]
#[case::another(LISTED.to_owned(), &["expect.status", "stable-id"], Verdict::Fail)]
#[case::not_the_beginning(LISTED.to_owned(), &["expect.status.x"], Verdict::Fail)]
#[case::here(format!("{LISTED}persona = \"entra\""), &["expect.status"], Verdict::Pass)]
#[case::elsewhere(format!("{LISTED}persona = \"okta-aiw\""), &["expect.status"], Verdict::Fail)]
#[case::last_day(format!("{LISTED}expires = 2026-06-30"), &["expect.status"], Verdict::Pass)]
#[case::expired(format!("{LISTED}expires = 2026-06-29"), &["expect.status"], Verdict::Fail)]
fn a_listed_finding_fails_nothing(#[case] text: String, #[case] checks: &[&str], #[case] verdict: Verdict) {
    let baseline = parse(&text).unwrap();
    let (_, case) = case(&baseline, "entra", checks, Verdict::Fail);
    assert_eq!(case.verdict, verdict);
    let known = case.findings[0].known.as_deref();
    let is_known = verdict == Verdict::Pass || checks.len() > 1;
    assert_eq!(known, is_known.then_some("ticket 7"));
}

/// A persona, what was found under it (one check or nothing), and how its case ended.
type Ended = (&'static str, &'static str, Verdict);

#[rstest]
#[case::gone(&[("entra", "", Verdict::Pass), ("okta-aiw", "", Verdict::Pass)], true)]
#[case::gone_where_it_applies(&[("entra", "", Verdict::Pass), ("okta-aiw", "", Verdict::NotApplicable)], true)]
#[case::still_there_under_one(&[("entra", "", Verdict::Pass), ("okta-aiw", "expect.status", Verdict::Fail)], false)]
#[case::perhaps_hidden(&[("entra", "", Verdict::Pass), ("okta-aiw", "stable-id", Verdict::Fail)], false)]
#[case::not_all_were_told(&[("entra", "", Verdict::Pass)], false)]
#[case::cut_short(&[("entra", "", Verdict::Pass), ("okta-aiw", "", Verdict::Skip)], false)]
#[case::not_known(&[("entra", "", Verdict::Pass), ("okta-aiw", "", Verdict::Error)], false)]
#[case::applies_nowhere(&[("entra", "", Verdict::NotApplicable), ("okta-aiw", "", Verdict::NotApplicable)], false)]
#[case::nothing_ran(&[], false)]
fn an_entry_is_stale_when_every_case_shows_it(#[case] ended: &[Ended], #[case] stale: bool) {
    let baseline = parse(LISTED).unwrap();
    let cases: BTreeMap<_, _> = ended
        .iter()
        .map(|(persona, check, verdict)| {
            let checks: &[&str] = if check.is_empty() { &[] } else { &[check] };
            case(&baseline, persona, checks, *verdict)
        })
        .collect();
    assert_eq!(baseline.stale(&cases).len(), usize::from(stale));
}

#[rstest]
#[case("scenario", &LISTED.replace("users/assign", "users/asign"))]
#[case("check", &LISTED.replace("expect.status", "expect.statuses"))]
#[case("persona", &format!("{LISTED}persona = \"okta-oin\""))]
#[case("no_reason", &LISTED.replace("reason = \"ticket 7\"\n", ""))]
#[case("empty_reason", &LISTED.replace("ticket 7", " "))]
#[case("unsaid_reason", &LISTED.replace("ticket 7", "TODO: say why"))]
#[case("date", &format!("{LISTED}expires = 2026-06-30T12:00:00Z"))]
#[case("newer", "version = 2\nknown = \"all\"\n")]
#[case("older", "version = 0\n")]
#[case("no_version", &LISTED.replace("version = 1\n", ""))]
#[case("key", &format!("{LISTED}expire = 2026-06-30"))]
#[case("twice", &format!("{LISTED}{}", LISTED.replace("version = 1\n", "")))]
#[case("syntax", "version = 1\n[[known]\n")]
fn a_mistake_is_shown_where_it_is(#[case] name: &str, #[case] text: &str) {
    insta::assert_snapshot!(format!("mistake_{name}"), parse(text).unwrap_err());
}

#[test]
fn an_update_keeps_what_was_said_and_asks_for_what_was_not() {
    let text = format!(
        "# a comment\n{LISTED}expires = 2026-12-31\n\
         [[known]]\nscenario = \"users/assign\"\ncheck = \"idp.create\"\npersona = \"entra\"\nreason = \"a \\\"quoted\\\" one\"\n\
         [[known]]\nscenario = \"users/assign\"\ncheck = \"expect.json./active\"\npersona = \"okta-aiw\"\nreason = \"perhaps hidden\"\n"
    );
    let baseline = parse(&text).unwrap();
    let entra = ["expect.status", "idp.create", "stable-id", "json-errors"];
    let cases = BTreeMap::from([
        case(&baseline, "entra", &entra, Verdict::Fail),
        case(&baseline, "okta-aiw", &["stable-id"], Verdict::Fail),
    ]);
    let written = baseline.updated(&cases, Level::Must).unwrap();
    insta::assert_snapshot!("updated", written);
    assert!(
        parse(&written).unwrap_err().contains("say why"),
        "not before somebody has said why"
    );
    let said = parse(&written.replace("TODO: say why", "said")).unwrap();
    assert_eq!(said.updated(&cases, Level::Must), None, "nothing to change");
}

#[test]
fn an_update_takes_out_what_is_stale() {
    let baseline = parse(LISTED).unwrap();
    let cases = BTreeMap::from(["entra", "okta-aiw"].map(|persona| case(&baseline, persona, &[], Verdict::Pass)));
    let written = baseline.updated(&cases, Level::Must).unwrap();
    assert_eq!(parse(&written).unwrap().entries, []);
}
