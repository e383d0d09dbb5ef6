//! What a CI system needs. The files are the examples of the documentation, so that there is one of each.
//!
//! A line that begins with `#:` (`//:` in Groovy) is for a bridge that runs already: it becomes a line like the others for
//! such a one, and is left out for a bridge that is started.

use std::path::PathBuf;

use clap::ValueEnum;

/// A CI system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Ci {
    /// GitHub Actions: .github/workflows/proofload.yml
    Github,
    /// GitLab CI: .gitlab/proofload.yml, to be included
    Gitlab,
    /// Jenkins: proofload.Jenkinsfile
    Jenkins,
    /// Azure Pipelines: azure-pipelines.proofload.yml
    Azure,
}

impl Ci {
    /// For people.
    pub(super) const ANSWERS: &'static str = "github, gitlab, jenkins or azure; nothing is none";

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::from_str(name, true).ok()
    }

    /// Where its file goes: never where a team is likely to have one.
    pub(super) fn path(self) -> PathBuf {
        PathBuf::from(match self {
            Self::Github => ".github/workflows/proofload.yml",
            Self::Gitlab => ".gitlab/proofload.yml",
            Self::Jenkins => "proofload.Jenkinsfile",
            Self::Azure => "azure-pipelines.proofload.yml",
        })
    }

    /// The file, for a bridge that runs already or one that is started, and the secret that holds its token.
    pub(super) fn file(self, runs_already: bool, token: &str) -> (PathBuf, String) {
        let lines = self.example().lines().filter_map(|line| {
            let text = line.trim_start();
            let indent = &line[..line.len() - text.len()];
            // What is said of the examples is nothing to the file that was made of one.
            if text.contains("proofload init --ci") {
                return None;
            }
            match text.strip_prefix("#: ").or_else(|| text.strip_prefix("//: ")) {
                Some(text) if runs_already => Some(format!("{indent}{}\n", text.replace("SCIM_SECRET", token))),
                Some(_) => None,
                None => Some(format!("{line}\n")),
            }
        });
        (self.path(), lines.collect())
    }

    /// What to do with it.
    pub(super) fn next(self) -> &'static str {
        match self {
            Self::Github => {
                "commit .github/workflows/proofload.yml; the summary and the page are on the job's front page"
            }
            Self::Gitlab => "include it in .gitlab-ci.yml: `include: [{ local: .gitlab/proofload.yml }]`",
            Self::Jenkins => "make a pipeline job whose script path is proofload.Jenkinsfile",
            Self::Azure => "make a pipeline of azure-pipelines.proofload.yml",
        }
    }

    fn example(self) -> &'static str {
        match self {
            Self::Github => include_str!("../../../docs/ci/github.yml"),
            Self::Gitlab => include_str!("../../../docs/ci/gitlab.yml"),
            Self::Jenkins => include_str!("../../../docs/ci/Jenkinsfile"),
            Self::Azure => include_str!("../../../docs/ci/azure.yml"),
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    fn a_running_bridge_needs_its_token(#[values(Ci::Github, Ci::Gitlab, Ci::Jenkins, Ci::Azure)] ci: Ci) {
        let (_, started) = ci.file(false, "MY_SECRET");
        let (_, running) = ci.file(true, "MY_SECRET");
        assert!(
            running.contains("MY_SECRET") && !running.contains("SCIM_SECRET"),
            "{running}"
        );
        assert!(
            !started.contains("MY_SECRET") && !started.contains("SCIM_SECRET"),
            "{started}"
        );
        for text in [started, running] {
            assert!(!text.contains("#:") && !text.contains("//:"), "{text}");
        }
    }

    /// Examples are for the version they come with, and read what `proofload init` makes runs write.
    #[rstest]
    fn the_examples_are_of_this_version(#[values(Ci::Github, Ci::Gitlab, Ci::Jenkins, Ci::Azure)] ci: Ci) {
        let text = ci.example();
        assert!(text.contains(env!("CARGO_PKG_VERSION")), "{text}");
        assert!(text.contains(super::super::REPORTS) || ci == Ci::Github, "{text}");
    }

    #[test]
    fn every_name_is_known() {
        let (names, _) = Ci::ANSWERS.split_once(';').unwrap();
        let names: Vec<&str> = names
            .split([',', ' '])
            .filter(|word| !word.is_empty() && *word != "or")
            .collect();
        assert!(names.iter().all(|name| Ci::named(name).is_some()), "{names:?}");
        assert_eq!(names.len(), Ci::value_variants().len());
    }
}
