//! Every load profile there is: those built in, or those in a folder of one's own.

use std::collections::BTreeMap;
use std::path::Path;

use include_dir::{Dir, include_dir};

use super::Profile;
use crate::catalogue::{collect_built_in, collect_from_disk};
use crate::error::FileError;
use crate::idp::Idp;

static PROFILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/load");

/// Load profiles, ordered by id.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profiles(Vec<Profile>);

impl Profiles {
    /// The profile that is run when none is named.
    pub const USUAL: &str = "onboarding";

    /// The profiles this crate is built with. `idps` are the personas there are.
    ///
    /// # Errors
    /// Only when a built-in file is wrong, which a test of this crate rules out.
    pub fn built_in(idps: &BTreeMap<String, Idp>) -> Result<Self, Vec<FileError>> {
        let mut files = BTreeMap::new();
        collect_built_in(&PROFILES, &mut files);
        Self::from_files(&files, "scenarios/load/", idps)
    }

    /// The profiles in `dir`, instead of the built-in ones.
    ///
    /// # Errors
    /// Every file that cannot be used, not just the first.
    pub fn from_dir(dir: &Path, idps: &BTreeMap<String, Idp>) -> Result<Self, Vec<FileError>> {
        let mut files = BTreeMap::new();
        collect_from_disk(dir, dir, &mut files).map_err(|error| vec![error])?;
        let shown = format!("{}/", dir.display().to_string().trim_end_matches('/'));
        let profiles = Self::from_files(&files, &shown, idps)?;
        if profiles.0.is_empty() {
            return Err(vec![FileError::whole(
                &shown,
                "there is no profile (a .toml file) in this folder",
            )]);
        }
        Ok(profiles)
    }

    /// All of them.
    pub fn all(&self) -> &[Profile] {
        &self.0
    }

    /// The one of this id.
    pub fn get(&self, id: &str) -> Option<&Profile> {
        let id = id.strip_suffix(".toml").unwrap_or(id);
        self.0.iter().find(|profile| profile.id == id)
    }

    fn from_files(
        files: &BTreeMap<String, String>,
        shown: &str,
        idps: &BTreeMap<String, Idp>,
    ) -> Result<Self, Vec<FileError>> {
        let (mut profiles, mut errors) = (Vec::new(), Vec::new());
        for (path, text) in files {
            let Some(id) = path.strip_suffix(".toml") else {
                continue;
            };
            match Profile::parse(id, &format!("{shown}{path}"), text, idps) {
                Ok(profile) => profiles.push(profile),
                Err(error) => errors.push(error),
            }
        }
        if errors.is_empty() {
            Ok(Self(profiles))
        } else {
            Err(errors)
        }
    }
}
