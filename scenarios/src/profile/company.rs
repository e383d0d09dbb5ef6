//! Who comes on board: a company or a school district, and how large it is.

use serde::Deserialize;

/// Who comes on board.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Company {
    /// What kind of organization it is; decides which groups there are.
    #[serde(default)]
    pub kind: CompanyKind,
    /// Everybody in the directory.
    pub people: u32,
    /// Every group.
    #[serde(default)]
    pub groups: u32,
}

/// What kind of organization comes on board.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CompanyKind {
    /// Sites with everybody in one group, departments, teams.
    #[default]
    Company,
    /// A school district: schools with a group for each year and one for the staff. Of 83 people 3 are staff.
    School,
}
