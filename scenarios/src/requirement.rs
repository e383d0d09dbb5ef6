//! What RFC 7643 and RFC 7644 ask of a bridge, read from `requirements.toml`: one entry a rule, in our own words, with
//! its section. Scenarios say which of them they prove.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;

use crate::error::{FileError, Place};

const TEXT: &str = include_str!("../requirements.toml");
const PATH: &str = "scenarios/requirements.toml";

/// One thing that the RFCs ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// Area and number, such as `C-01`.
    pub id: String,
    /// What the RFC makes of it.
    pub binding: Binding,
    /// Where it stands: `RFC 7644 §3.3`.
    pub sections: Vec<String>,
    /// The requirement, a sentence in our own words.
    pub says: String,
    /// Where the letter of the RFC and the habit of an identity provider clash: what each wants.
    pub clash: Option<Clash>,
    /// Why no scenario proves it.
    pub untested: Option<String>,
}

/// Two readings of one requirement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clash {
    /// By the letter.
    pub rfc: String,
    /// As identity providers need it.
    pub idp: String,
}

/// How binding the RFC makes a requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Binding {
    /// MUST, SHALL, REQUIRED, or a plain statement of what is so.
    Must,
    /// SHOULD, RECOMMENDED.
    Should,
    /// MAY, OPTIONAL.
    May,
    /// No sentence says so; it follows.
    Inferred,
}

/// All requirements, in the order of their file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requirements(Vec<Requirement>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    level: Binding,
    section: Vec<String>,
    says: String,
    rfc: Option<String>,
    idp: Option<String>,
    untested: Option<String>,
}

impl Requirements {
    /// The requirements this crate is built with.
    ///
    /// # Errors
    /// Only when the file is wrong, which a test of this crate rules out.
    pub fn built_in() -> Result<Self, FileError> {
        Self::parse(PATH, TEXT)
    }

    /// The requirement with this id, in any letter case.
    pub fn get(&self, id: &str) -> Option<&Requirement> {
        self.0.iter().find(|known| known.id.eq_ignore_ascii_case(id))
    }

    /// All of them.
    pub fn all(&self) -> &[Requirement] {
        &self.0
    }

    fn parse(path: &str, text: &str) -> Result<Self, FileError> {
        let file = Place::new(path.into(), Arc::from(text), 0..0);
        let raw: BTreeMap<Spanned<String>, Raw> =
            toml::from_str(text).map_err(|error| FileError::from_toml(&file, &error))?;
        let mut raw: Vec<(Spanned<String>, Raw)> = raw.into_iter().collect();
        raw.sort_by_key(|(id, _)| id.span().start);
        let all = raw.into_iter().map(|(id, raw)| raw.parse(&id, &file));
        Ok(Self(all.collect::<Result<_, FileError>>()?))
    }
}

impl Raw {
    fn parse(self, id: &Spanned<String>, file: &Place) -> Result<Requirement, FileError> {
        let wrong = |message: &str| FileError::at(&file.at(id.span()), message);
        if !is_id(id.get_ref()) {
            return Err(wrong(ID_IS));
        }
        if self.section.is_empty() {
            return Err(wrong("a requirement stands in at least one section"));
        }
        let clash = match (self.rfc, self.idp) {
            (None, None) => None,
            (Some(rfc), Some(idp)) => Some(Clash { rfc, idp }),
            _ => return Err(wrong("where two readings clash, both are told: `rfc` and `idp`")),
        };
        Ok(Requirement {
            id: id.get_ref().clone(),
            binding: self.level,
            sections: self.section,
            says: self.says,
            clash,
            untested: self.untested,
        })
    }
}

impl Binding {
    /// The word used in files and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Must => "must",
            Self::Should => "should",
            Self::May => "may",
            Self::Inferred => "inferred",
        }
    }
}

impl fmt::Display for Binding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

const ID_IS: &str = "a requirement is an area and a number, such as `C-01`";

fn is_id(id: &str) -> bool {
    id.rsplit_once('-').is_some_and(|(area, number)| {
        area.starts_with(|c: char| c.is_ascii_uppercase())
            && !number.is_empty()
            && number.chars().all(|c| c.is_ascii_digit())
    })
}

/// The ids a scenario names, each of a requirement that there is and that can be tested.
pub(crate) fn parse_claims(
    raw: Vec<Spanned<String>>,
    known: &Requirements,
    file: &Place,
) -> Result<Vec<String>, FileError> {
    let one = |claim: Spanned<String>| {
        let id = claim.get_ref();
        let wrong = |message: String| FileError::at(&file.at(claim.span()), message);
        match known.0.iter().find(|requirement| requirement.id == *id) {
            None if !is_id(id) => Err(wrong(ID_IS.to_owned())),
            None => Err(wrong(format!("there is no requirement `{id}` in {PATH}"))),
            Some(Requirement {
                untested: Some(reason), ..
            }) => Err(wrong(format!("`{id}` counts as untested in {PATH}: {reason}"))),
            Some(_) => Ok(id.clone()),
        }
    };
    raw.into_iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[test]
    fn the_built_in_requirements_can_be_used() {
        let all = Requirements::built_in().unwrap_or_else(|error| panic!("{error}"));
        assert!(all.all().len() > 100);
        assert_eq!(all.all()[0].id, "T-01");
        assert!(all.get("p-page-3").is_some());
    }

    #[rstest]
    #[case::no_id("[C01]\nlevel='must'\nsection=['x']\nsays='y'", ID_IS)]
    #[case::one_reading("[C-01]\nlevel='must'\nsection=['x']\nsays='y'\nrfc='z'", "both are told")]
    #[case::nowhere("[C-01]\nlevel='must'\nsection=[]\nsays='y'", "at least one section")]
    #[case::unknown_key("[C-01]\nlevel='must'\nsection=['x']\nsay='y'", "unknown field `say`")]
    #[case::unknown_level("[C-01]\nlevel='shall'\nsection=['x']\nsays='y'", "unknown variant `shall`")]
    fn what_is_wrong_is_told_with_its_place(#[case] text: &str, #[case] message: &str) {
        let error = Requirements::parse("r.toml", text).unwrap_err();
        assert!(error.message().contains(message), "{error}");
        assert!(error.to_string().starts_with("r.toml:"), "{error}");
    }

    #[rstest]
    #[case::no_id("'C'", ID_IS)]
    #[case::unknown("'C-99'", "there is no requirement `C-99`")]
    #[case::untested("'T-08'", "`T-08` counts as untested")]
    fn a_scenario_claims_only_what_can_be_proven(#[case] claim: &str, #[case] message: &str) {
        #[derive(Deserialize)]
        struct File {
            claims: Vec<Spanned<String>>,
        }
        let text = format!("claims = [{claim}]");
        let file = Place::new("s.toml".into(), text.as_str().into(), 0..0);
        let claims: File = toml::from_str(&text).unwrap();
        let error = parse_claims(claims.claims, &Requirements::built_in().unwrap(), &file).unwrap_err();
        assert!(error.message().contains(message), "{error}");
        assert_eq!(error.place().unwrap().column(), 11);
    }
}
