//! `proofload list`: shows what there is, in columns; nothing is run.

use std::fmt::Write as _;

use proofload_scenarios::{Catalogue, Idp, Policy, Profile, Scenario};

use super::source::Source;
use super::{Error, say, select};
use crate::exit;

/// What can be said on the command line.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Only these scenarios: an id or its beginning (users/), a pattern (*/reactivate), or a catalogue row (ACT-05)
    #[arg(value_name = "FILTER")]
    filters: Vec<String>,

    /// Only what these personas tell; repeat it or separate them by commas
    #[arg(long = "persona", value_name = "NAME", value_delimiter = ',')]
    persona: Vec<String>,

    #[command(flatten)]
    source: Source,

    /// The personas instead: which identity providers can be played
    #[arg(long, conflicts_with = "policies")]
    personas: bool,

    /// The load profiles instead: how a company can come on board with `proofload load`
    #[arg(long, conflicts_with_all = ["personas", "policies", "filters", "persona", "markdown"])]
    profiles: bool,

    /// Every scenario as a Markdown table; with --personas, what is known of each of them
    #[arg(long, conflicts_with_all = ["policies", "filters", "persona"])]
    markdown: bool,

    /// The policies instead: on what correct bridges differ
    #[arg(long)]
    policies: bool,
}

pub(super) const HELP: &str = "\
Examples:
  proofload list roles/                  what is told about roles
  proofload list --persona entra         what Entra ID tells
  proofload list --profiles              how a company can come on board
  proofload list --policies              what a [bridge] table in proofload.toml can say";

/// Runs the command and gives the exit code.
pub(super) fn run(args: &Args) -> Result<u8, Error> {
    let (settings, catalogue) = args.source.open(&args.persona)?;
    let text = if args.markdown && args.personas {
        catalogue.personas_markdown()
    } else if args.markdown {
        catalogue.markdown()
    } else if args.policies {
        policies()
    } else if args.profiles {
        profiles(&catalogue)
    } else if args.personas {
        let personas = select::known_personas(&catalogue, &settings.personas).map_err(Error::Selection)?;
        table(
            personas
                .into_iter()
                .map(|Idp { name, title, .. }| [name.clone(), title.clone()])
                .collect(),
        )
    } else {
        scenarios(&catalogue, &args.filters, &settings.personas).map_err(Error::Selection)?
    };
    say(&text)?;
    Ok(exit::CONFORMS)
}

fn scenarios(catalogue: &Catalogue, filters: &[String], personas: &[String]) -> Result<String, String> {
    let cases = select::cases(catalogue, filters, personas)?;
    let mut selected: Vec<&Scenario> = cases.iter().map(|case| case.scenario.as_ref()).collect();
    selected.dedup_by_key(|scenario| &scenario.id);
    let row = |scenario: &Scenario| {
        [
            scenario.id.clone(),
            scenario.catalogue.clone().unwrap_or_else(|| "-".to_owned()),
            scenario.level.to_string(),
            catalogue.told_by(scenario).join(","),
            scenario.title.clone(),
        ]
    };
    Ok(table(selected.into_iter().map(row).collect()))
}

fn profiles(catalogue: &Catalogue) -> String {
    let row = |profile: &Profile| {
        let company = profile.company;
        [
            profile.id.clone(),
            profile.persona.clone(),
            format!("{} people", company.people),
            format!("{} groups", company.groups),
            profile.title.clone(),
        ]
    };
    table(catalogue.profiles().all().iter().map(row).collect())
}

fn policies() -> String {
    let mut text = String::new();
    for policy in Policy::ALL {
        _ = writeln!(text, "{}: {}", policy.name, policy.question);
        let choices = policy
            .choices
            .iter()
            .map(|(name, meaning)| [format!("  {name}"), (*meaning).to_owned()]);
        text.push_str(&table(choices.collect()));
    }
    text
}

/// Columns as wide as they must be; the last is as long as it is.
pub(super) fn table<const N: usize>(rows: Vec<[String; N]>) -> String {
    let mut widths = [0; N];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let mut text = String::new();
    for row in rows {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        _ = writeln!(text, "{}", cells.collect::<Vec<_>>().join("  ").trim_end());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_are_explained() {
        let text = policies();
        assert_eq!(
            text.lines().filter(|line| !line.starts_with(' ')).count(),
            Policy::ALL.len()
        );
        insta::assert_snapshot!(text.lines().take(3).collect::<Vec<_>>().join("\n"), @"
        pending_member: a group update names a person whose invite is not accepted yet
          hold    answered 2xx; the membership is applied after acceptance
          refuse  answered 4xx; the identity provider must send it again later
        ");
    }

    #[test]
    fn scenarios_stand_in_columns() {
        let catalogue = Catalogue::built_in().unwrap();
        let text = scenarios(&catalogue, &["users/assign-okta-minimal".to_owned()], &[]).unwrap();
        insta::assert_snapshot!(text, @"users/assign-okta-minimal  USR-01  must  okta-aiw  Okta assigns a person: the minimal create body it was captured sending");
    }

    #[test]
    fn profiles_stand_in_columns() {
        let text = profiles(&Catalogue::built_in().unwrap());
        let usual = text.lines().find(|line| line.starts_with("onboarding "));
        insta::assert_snapshot!(usual.unwrap_or_default(), @"onboarding         okta-oin  300 people    24 groups   A company comes on board: people are assigned, accept, and their groups are pushed");
    }

    #[test]
    fn a_scenario_stands_once_whoever_tells_it() {
        let catalogue = Catalogue::built_in().unwrap();
        assert_eq!(
            scenarios(&catalogue, &[], &[]).unwrap().lines().count(),
            catalogue.scenarios().len()
        );
    }
}
