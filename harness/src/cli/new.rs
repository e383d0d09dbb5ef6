//! `proofload new`: writes files to begin with. Nothing that is there already is touched.

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use proofload_scenarios::{NewFile, new_persona, new_scenario};

use super::source::variable;
use super::{Error, say};
use crate::exit;

/// Where new files go when nobody says where.
const FOLDER: &str = "my-scenarios";

/// What can be said on the command line.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,

    /// The folder to write into, which --scenarios of the other commands then reads [default: my-scenarios]
    #[arg(long, value_name = "DIR", global = true)]
    scenarios: Option<PathBuf>,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// A persona that speaks like a built-in one until you edit it
    #[command(after_help = PERSONA_HELP)]
    Persona {
        /// Its name: the folder it is kept in, and what scenarios call it
        name: String,
        /// The built-in persona to begin with; `proofload list --personas` shows them
        #[arg(long, value_name = "PERSONA", default_value = "okta-oin")]
        like: String,
    },
    /// A scenario that passes with a good bridge, to be made yours
    #[command(after_help = SCENARIO_HELP)]
    Scenario {
        /// Area and name: users/leaves-twice
        #[arg(value_name = "AREA/NAME")]
        id: String,
        /// Who tells it; repeat it or separate them by commas [default: any]
        #[arg(long = "persona", value_name = "NAME", value_delimiter = ',')]
        personas: Vec<String>,
    },
}

pub(super) const HELP: &str = "\
Examples:
  proofload new scenario users/leaves-twice       my-scenarios/users/leaves-twice.toml
  proofload new persona acme --like entra         my-scenarios/acme/ with all that a persona has
  proofload check --scenarios my-scenarios        tell them to the reference bridge";

const PERSONA_HELP: &str = "\
A persona is how one identity provider speaks. What it says of itself stands in idp.toml: headers, look-ups,
PUT or PATCH, batches, patience, and how well each of these is known. user.json and group.json are the bodies of
its creates. No Rust is needed as long as one of the manners that are there fits.

  proofload new persona acme --like okta-oin
  proofload check --scenarios my-scenarios --persona acme";

const SCENARIO_HELP: &str = "\
A scenario is what an identity provider does, step by step, and what must hold after each step.

  proofload new scenario users/leaves-twice --persona entra,okta-aiw
  proofload check --scenarios my-scenarios users/leaves-twice --bridge-cmd './my-bridge'";

/// Runs the command and gives the exit code.
pub(super) fn run(args: &Args) -> Result<u8, Error> {
    let set = variable("PROOFLOAD_SCENARIOS").map(PathBuf::from);
    let folder = args.scenarios.clone().or(set).unwrap_or_else(|| FOLDER.into());
    say(&make(&args.what, &folder).map_err(Error::New)?)?;
    Ok(exit::CONFORMS)
}

/// Writes what is asked for, and says what was written and what to do next.
fn make(what: &What, folder: &Path) -> Result<String, String> {
    let shown = folder.display();
    match what {
        What::Persona { name, like } => {
            let files = new_persona(name, like)?;
            if folder.join(name).exists() {
                return Err(format!("{shown}/{name} is there already; nothing was written"));
            }
            let mut text = write_all(folder, &files)?;
            _ = write!(
                text,
                "`{name}` speaks like `{like}` until you edit its files. Try it:\n  \
                 proofload check --scenarios {shown} --persona {name}\n"
            );
            Ok(text)
        }
        What::Scenario { id, personas } => {
            let file = new_scenario(id, personas)?;
            let mut text = write_all(folder, &[file])?;
            _ = write!(
                text,
                "Edit it, then tell it:\n  proofload check --scenarios {shown} {id}\n"
            );
            Ok(text)
        }
    }
}

fn write_all(folder: &Path, files: &[NewFile]) -> Result<String, String> {
    let mut text = String::new();
    for (name, content) in files {
        let path = folder.join(name);
        write_new(&path, content).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => format!("{} is there already; it was left as it is", path.display()),
            _ => format!("{}: {error}", path.display()),
        })?;
        _ = writeln!(text, "wrote {}", path.display());
    }
    Ok(text)
}

/// Writes a file that is not there yet, and the folders it is in.
pub(super) fn write_new(path: &Path, content: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(content.as_bytes())
}

#[cfg(test)]
mod tests {
    use proofload_scenarios::Catalogue;

    use super::*;

    fn persona() -> What {
        What::Persona {
            name: "acme".to_owned(),
            like: "okta-oin".to_owned(),
        }
    }

    fn scenario() -> What {
        What::Scenario {
            id: "users/leaves".to_owned(),
            personas: Vec::new(),
        }
    }

    #[test]
    fn what_was_written_is_said_and_can_be_read() {
        let dir = tempfile::tempdir().unwrap();
        let text = make(&persona(), dir.path()).unwrap() + &make(&scenario(), dir.path()).unwrap();
        let text = text.replace(&dir.path().display().to_string(), "DIR");
        insta::assert_snapshot!(text, @"
        wrote DIR/acme/group.json
        wrote DIR/acme/idp.toml
        wrote DIR/acme/user.json
        wrote DIR/acme/first-day.toml
        `acme` speaks like `okta-oin` until you edit its files. Try it:
          proofload check --scenarios DIR --persona acme
        wrote DIR/users/leaves.toml
        Edit it, then tell it:
          proofload check --scenarios DIR users/leaves
        ");
        let catalogue = Catalogue::from_dir(dir.path()).unwrap();
        let ids: Vec<&str> = catalogue
            .scenarios()
            .iter()
            .map(|scenario| scenario.id.as_str())
            .collect();
        assert_eq!(ids, ["acme/first-day", "users/leaves"]);
        assert!(catalogue.scenarios()[1].personas.contains(&"acme".to_owned()));
    }

    #[test]
    fn nothing_is_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        make(&scenario(), dir.path()).unwrap();
        make(&persona(), dir.path()).unwrap();
        for (what, path) in [(scenario(), "users/leaves.toml"), (persona(), "acme/idp.toml")] {
            let path = dir.path().join(path);
            fs::write(&path, "mine").unwrap();
            assert!(make(&what, dir.path()).unwrap_err().contains("is there already"));
            assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
        }
    }
}
