//! Every scenario, persona and load profile there is: those built in, and those in a folder of one's own.

use std::collections::BTreeMap;
use std::path::Path;

use include_dir::{Dir, include_dir};

use crate::error::FileError;
use crate::idp::Idp;
use crate::profile::Profiles;
use crate::requirement::Requirements;
use crate::scenario::Scenario;

static SCENARIOS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/catalogue");
static PERSONAS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/personas");

/// The most bytes a scenario file may have.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// Scenarios by id, personas by name, and the requirements that scenarios prove.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Catalogue {
    idps: BTreeMap<String, Idp>,
    scenarios: Vec<Scenario>,
    requirements: Requirements,
    profiles: Profiles,
}

impl Catalogue {
    /// The scenarios, personas and load profiles this crate is built with.
    ///
    /// # Errors
    /// Only when a built-in file is wrong, which a test of this crate rules out.
    pub fn built_in() -> Result<Self, Vec<FileError>> {
        let (mut personas, mut scenarios) = (BTreeMap::new(), BTreeMap::new());
        collect_built_in(&PERSONAS, &mut personas);
        collect_built_in(&SCENARIOS, &mut scenarios);
        let empty = Self {
            requirements: Requirements::built_in().map_err(|error| vec![error])?,
            ..Self::default()
        };
        let mut base = Self::from_files(&personas, "scenarios/personas/", empty)?;
        base.profiles = Profiles::built_in(&base.idps)?;
        Self::from_files(&scenarios, "scenarios/catalogue/", base)
    }

    /// The built-in personas, those in `dir`, and the scenarios in `dir` instead of the built-in ones.
    ///
    /// # Errors
    /// Every file that cannot be used, not just the first.
    pub fn from_dir(dir: &Path) -> Result<Self, Vec<FileError>> {
        let mut files = BTreeMap::new();
        collect_from_disk(dir, dir, &mut files).map_err(|error| vec![error])?;
        let built_in = Self {
            scenarios: Vec::new(),
            ..Self::built_in()?
        };
        let shown = format!("{}/", dir.display().to_string().trim_end_matches('/'));
        let catalogue = Self::from_files(&files, &shown, built_in)?;
        if catalogue.scenarios.is_empty() {
            return Err(vec![FileError::whole(
                &shown,
                "there is no scenario (a .toml file) in this folder",
            )]);
        }
        Ok(catalogue)
    }

    /// The scenarios, ordered by id.
    pub fn scenarios(&self) -> &[Scenario] {
        &self.scenarios
    }

    /// The personas by name.
    pub fn idps(&self) -> &BTreeMap<String, Idp> {
        &self.idps
    }

    /// The built-in load profiles.
    pub fn profiles(&self) -> &Profiles {
        &self.profiles
    }

    /// What the RFCs ask.
    pub fn requirements(&self) -> &Requirements {
        &self.requirements
    }

    /// The names of who tells a scenario; `any` for every persona that can and does not wait to be named.
    pub fn told_by<'a>(&self, scenario: &'a Scenario) -> Vec<&'a str> {
        if scenario.any {
            return vec!["any"];
        }
        scenario.personas.iter().map(String::as_str).collect()
    }

    /// Who tells a scenario when nobody in particular is asked for: all its personas, but of two that speak alike in
    /// what it does only one.
    pub fn tellers<'a>(&'a self, scenario: &'a Scenario) -> impl Iterator<Item = &'a Idp> {
        let idps = scenario.personas.iter().filter_map(|name| self.idps.get(name));
        idps.filter(|idp| !scenario.any || idp.speaks_as.is_none())
    }

    /// Reads the files of one folder, by path under it, on top of what `base` has.
    fn from_files(files: &BTreeMap<String, String>, shown: &str, base: Self) -> Result<Self, Vec<FileError>> {
        let Self {
            mut idps,
            mut scenarios,
            requirements,
            profiles,
        } = base;
        let mut errors = Vec::new();
        for (path, text) in files.iter().filter(|(path, _)| is_idp(path)) {
            let folder = path.strip_suffix("idp.toml").unwrap_or_default();
            let beside = files
                .iter()
                .filter_map(|(other, text)| Some((other.strip_prefix(folder)?.to_owned(), text.clone())))
                .collect();
            let name = folder.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
            match Idp::parse(name, &format!("{shown}{path}"), text, &beside) {
                Ok(idp) => _ = idps.insert(name.to_owned(), idp),
                Err(error) => errors.push(error),
            }
        }
        for idp in idps.values() {
            if let Some(stranger) = idp.speaks_as.as_ref().filter(|other| !idps.contains_key(*other)) {
                let message = format!("`speaks_as = \"{stranger}\"` is no persona");
                errors.push(FileError::whole(&format!("{shown}{}/idp.toml", idp.name), message));
            }
        }
        for (path, text) in files.iter().filter(|(path, _)| is_toml(path) && !is_idp(path)) {
            let id = path.trim_end_matches(".toml");
            match Scenario::parse(id, &format!("{shown}{path}"), text, &idps, &requirements) {
                Ok(scenario) => scenarios.push(scenario),
                Err(error) => errors.push(error),
            }
        }
        scenarios.sort_by(|a, b| a.id.cmp(&b.id));
        if errors.is_empty() {
            Ok(Self {
                idps,
                scenarios,
                requirements,
                profiles,
            })
        } else {
            Err(errors)
        }
    }
}

/// The names of the built-in personas.
pub(crate) fn built_in_personas() -> Vec<&'static str> {
    PERSONAS.dirs().filter_map(|dir| dir.path().to_str()).collect()
}

/// The files of a built-in persona as they were written, by name.
pub(crate) fn built_in_persona(name: &str) -> Option<BTreeMap<&'static str, &'static str>> {
    let files = PERSONAS.get_dir(name)?.files();
    let named = files.filter_map(|file| Some((file.path().file_name()?.to_str()?, file.contents_utf8()?)));
    Some(named.collect())
}

fn is_toml(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|extension| extension == "toml")
}

fn is_idp(path: &str) -> bool {
    path == "idp.toml" || path.ends_with("/idp.toml")
}

pub(crate) fn collect_built_in(dir: &Dir<'_>, files: &mut BTreeMap<String, String>) {
    for file in dir.files() {
        let text = file.contents_utf8().unwrap_or_default();
        files.insert(file.path().to_string_lossy().into_owned(), text.to_owned());
    }
    dir.dirs().for_each(|dir| collect_built_in(dir, files));
}

pub(crate) fn collect_from_disk(
    root: &Path,
    dir: &Path,
    files: &mut BTreeMap<String, String>,
) -> Result<(), FileError> {
    let wrong = |path: &Path, error: &std::io::Error| FileError::whole(&path.display().to_string(), error.to_string());
    let entries = std::fs::read_dir(dir).map_err(|error| wrong(dir, &error))?;
    for entry in entries {
        let entry = entry.map_err(|error| wrong(dir, &error))?;
        let path = entry.path();
        let kind = entry.file_type().map_err(|error| wrong(&path, &error))?;
        if kind.is_dir() {
            collect_from_disk(root, &path, files)?;
        } else if path.extension().is_some_and(|ext| ext == "toml" || ext == "json") {
            let size = entry.metadata().map_err(|error| wrong(&path, &error))?.len();
            if size > FILE_BYTES_MAX {
                return Err(FileError::whole(
                    &path.display().to_string(),
                    "is larger than a scenario may be (1 MiB)",
                ));
            }
            let text = std::fs::read_to_string(&path).map_err(|error| wrong(&path, &error))?;
            let name = path
                .strip_prefix(root)
                .unwrap_or(&path)
                .to_string_lossy()
                .replace('\\', "/");
            files.insert(name, text);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_file_can_be_used() {
        let catalogue = Catalogue::built_in().unwrap_or_else(|errors| {
            panic!(
                "{}",
                errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n\n")
            )
        });
        assert!(catalogue.idps().len() >= 4);
    }

    /// A scenario told by `persona`; `step` is its only one.
    fn scenario(persona: &str, step: &str) -> Result<Scenario, FileError> {
        let text = format!(
            "title = 't'\nwhy = 'w'\nspec = []\npersonas = ['{persona}']\n[groups]\n[[step]]\nname = 'n'\n{step}\n\
             expect.status = 200\n"
        );
        let catalogue = Catalogue::built_in().unwrap();
        Scenario::parse("a/b", "a/b.toml", &text, catalogue.idps(), catalogue.requirements())
    }

    #[test]
    fn any_leaves_out_who_cannot_tell_it() {
        let about_people = scenario("any", "send = 'GET /Users'").unwrap();
        assert!(about_people.any && about_people.personas.contains(&"google".to_owned()));
        assert!(!about_people.personas.contains(&"onelogin-v1".to_owned()));
        let about_groups = scenario("any", "send = 'GET /Groups?count=1'").unwrap();
        assert!(!about_groups.personas.contains(&"google".to_owned()));
        let error = scenario("google", "send = 'GET /Groups'").unwrap_err().to_string();
        assert!(
            error.starts_with("a/b.toml:4:13: `google` pushes no groups, and this scenario is about groups"),
            "{error}"
        );
    }

    #[test]
    fn of_two_that_speak_alike_one_tells_what_is_for_any() {
        let catalogue = Catalogue::built_in().unwrap();
        let any = scenario("any", "send = 'GET /Users'").unwrap();
        let names: Vec<&str> = catalogue.tellers(&any).map(|idp| idp.name.as_str()).collect();
        assert!(names.contains(&"okta-oin") && !names.contains(&"okta-ent"), "{names:?}");
        assert!(any.personas.contains(&"okta-ent".to_owned()));
        let one_who_is_named = scenario("okta-ent", "send = 'GET /Users'").unwrap();
        assert_eq!(catalogue.tellers(&one_who_is_named).count(), 1);
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let errors = Catalogue::from_dir(Path::new("no/such/folder")).unwrap_err();
        assert!(errors[0].to_string().starts_with("no/such/folder: "), "{}", errors[0]);
    }
}
