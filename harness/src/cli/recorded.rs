//! What `record` and `import` share: a recording becomes files, and nothing that is there already is touched.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use proofload_scenarios::{Catalogue, Requirements, Scenario};

use super::Error;
use super::new::write_new;
use crate::recording::{Recording, requests};

/// The area that recordings are written to.
pub(super) const AREA: &str = "recorded";
/// Where they go when nobody says where.
pub(super) const FOLDER: &str = "my-scenarios";

/// How recordings become files.
#[derive(Debug, clap::Args)]
pub(super) struct Output {
    /// The folder to write into, which --scenarios of the other commands then reads
    #[arg(long, value_name = "DIR", default_value = FOLDER)]
    pub(super) out: PathBuf,

    /// Begin a new scenario after so many seconds without a request
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..))]
    split_at_pause: Option<u32>,
}

/// Writes the scenarios of a recording, and says what was written and what was not.
pub(super) fn write(recording: &Recording, name: &str, output: &Output) -> Result<String, Error> {
    let built_in = Catalogue::built_in().map_err(Error::Files)?;
    let pause = output.split_at_pause.map(|seconds| Duration::from_secs(seconds.into()));
    let told = recording.scenarios(built_in.idps(), pause);
    let mut text = String::new();
    let ids: Vec<String> = match told.texts.len() {
        1 => vec![format!("{AREA}/{name}")],
        many => (1..=many).map(|number| format!("{AREA}/{name}-{number}")).collect(),
    };
    let paths: Vec<PathBuf> = ids.iter().map(|id| output.out.join(format!("{id}.toml"))).collect();
    if let Some(there) = paths.iter().find(|path| path.exists()) {
        return Err(Error::New(format!(
            "{} is there already; nothing was written. Move it away, or say another name with --name",
            there.display()
        )));
    }
    for ((id, path), scenario) in ids.iter().zip(&paths).zip(&told.texts) {
        // What the loader refuses would be our mistake; it is better found now.
        Scenario::parse(
            id,
            &path.display().to_string(),
            scenario,
            built_in.idps(),
            &Requirements::default(),
        )
        .map_err(|error| Error::Files(vec![error]))?;
        write_new(path, scenario).map_err(|error| Error::New(format!("{}: {error}", path.display())))?;
        _ = writeln!(text, "wrote {}", path.display());
    }
    for note in &told.notes {
        _ = writeln!(text, "{note}");
    }
    if told.texts.is_empty() {
        text.push_str("There is nothing to tell: no scenario was written.\n");
    } else {
        _ = write!(
            text,
            "{}, told by `{}`. Tell them to a bridge:\n  proofload check --scenarios {} {AREA}/{name}\n",
            requests(told.requests),
            told.persona,
            output.out.display()
        );
    }
    Ok(text)
}

/// Keeps spools out of version control: they hold names and addresses of real people.
pub(super) fn ignore_spools(folder: &Path) {
    // Who has a file of that name has decided this already.
    _ = write_new(
        &folder.join(".gitignore"),
        "# Recordings as they were, with names and addresses of real people.\n*.spool\n",
    );
}
