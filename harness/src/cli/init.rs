//! `proofload init`: writes `proofload.toml`, and what a CI system needs, for a bridge it has looked at.
//!
//! What flags leave open is asked on a terminal and an error elsewhere. The bridge is raised once, to see where it serves
//! SCIM and what it says of itself. Nothing is written before that, nothing that is there already is touched without
//! `--force`, and no secret is written: a token stays in the variable that holds it.

mod ask;
mod look;
mod pipeline;
mod settings_file;

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::new::write_new;
use super::source::variable;
use super::{Error, runtime, say};
use crate::config;
use crate::exit;
use crate::target::{TargetKind, TargetSpec};

use ask::Asker;
use look::Seen;
use pipeline::Ci;

/// What the other commands look for by themselves.
const FILE: &str = "proofload.toml";
/// Where runs leave their reports, as the file has it and CI systems look for it.
const REPORTS: &str = "proofload-report";

/// What can be said on the command line.
#[derive(Debug, clap::Args)]
#[expect(
    clippy::doc_markdown,
    reason = "people read these comments as help, without Markdown"
)]
pub(super) struct Args {
    /// The command that starts the bridge; it reads PORT, OPENAI_BASE_URL, OPENAI_ADMIN_KEY and SCIM_TOKEN
    #[arg(long, value_name = "CMD", conflicts_with = "bridge_url")]
    bridge_cmd: Option<String>,

    /// The SCIM base URL of a bridge that runs already
    #[arg(long, value_name = "URL")]
    bridge_url: Option<String>,

    /// The variable that holds the bearer token of a running bridge; the token itself is written nowhere
    #[arg(long, value_name = "NAME", default_value = look::TOKEN, value_parser = variable_name)]
    scim_token_env: String,

    /// Path in front of /Users [default: where SCIM answers]
    #[arg(long, value_name = "PATH")]
    base_path: Option<String>,

    /// There is no OpenAI behind this SCIM server
    #[arg(long)]
    scim_only: bool,

    /// The command keeps in STATE_DIR what it has acknowledged, so it may be killed and started again
    #[arg(long, conflicts_with = "bridge_url")]
    durable: bool,

    /// Also write what this CI system needs
    #[arg(long, value_name = "SYSTEM")]
    ci: Option<Ci>,

    /// Write without looking at the bridge
    #[arg(long)]
    no_probe: bool,

    /// Write over files that are there already
    #[arg(long)]
    force: bool,
}

pub(super) const HELP: &str = "\
Examples:
  proofload init                            on a terminal: asks for what it needs to know
  proofload init --bridge-cmd 'node bridge.js' --ci github
      starts the bridge, looks where it serves SCIM, writes proofload.toml and the workflow
  PROOFLOAD_SCIM_TOKEN=… proofload init --bridge-url http://localhost:8080 --ci gitlab
      a bridge that runs already
  proofload init --ci jenkins               proofload.toml stays; only what Jenkins needs is written

Exit codes; where it is not 0, nothing was written:
  0    written
  2    a file is there already, or the command line is wrong
  3    the bridge cannot be tested as it is";

/// What is to be written, decided.
struct Wish {
    target: TargetSpec,
    /// The variable that holds the token.
    token: String,
    ci: Option<Ci>,
}

/// Runs the command and gives the exit code.
pub(super) fn run(args: &Args) -> Result<u8, Error> {
    let is_kept = Path::new(FILE).exists() && args.bridge_cmd.is_none() && args.bridge_url.is_none() && !args.force;
    let told = match args.ci {
        Some(ci) if is_kept => beside(ci, args)?,
        _ => anew(args)?,
    };
    say(&told)?;
    Ok(exit::CONFORMS)
}

/// Only the CI system's file, for the settings that are there already.
fn beside(ci: Ci, args: &Args) -> Result<String, Error> {
    let settings = config::layered(config::Settings::default(), |_| None, Some(Path::new(FILE)))?;
    let files = vec![ci.file(settings.target.bridge_url.is_some(), &args.scim_token_env)];
    let wrote = write(&files, args.force)?;
    Ok(format!("{wrote}{FILE} stays as it is.\nNext: {}\n", ci.next()))
}

/// Everything, for a bridge that was looked at.
fn anew(args: &Args) -> Result<String, Error> {
    not_there(Path::new(FILE), args.force)?;
    if let Some(ci) = args.ci {
        not_there(&ci.path(), args.force)?;
    }
    let wish = wish(args, Asker::on_terminal())?;
    let seen = if args.no_probe {
        Seen::nothing(&wish.target)
    } else {
        let looked = runtime()?.block_on(look::look(&wish.target));
        looked.map_err(Error::NotInitialised)?
    };
    let runs_already = matches!(wish.target.kind, TargetKind::Url { .. });
    let mut files = vec![(
        PathBuf::from(FILE),
        settings_file::text(&wish.target, &wish.token, &seen),
    )];
    files.extend(wish.ci.map(|ci| ci.file(runs_already, &wish.token)));
    let wrote = write(&files, args.force)?;
    let next = wish.ci.map(|ci| format!("  {}\n", ci.next()));
    Ok(format!(
        "{}{wrote}Next:\n  proofload check      tests the bridge; the page is {REPORTS}/index.html\n{}",
        seen.told(),
        next.unwrap_or_default()
    ))
}

/// What was said, and what is asked for because it was not.
fn wish(args: &Args, mut asker: Option<Asker<'_>>) -> Result<Wish, Error> {
    let (mut bridge_cmd, mut bridge_url) = (args.bridge_cmd.clone(), args.bridge_url.clone());
    let (mut durable, mut ci) = (args.durable, args.ci);
    if bridge_cmd.is_none() && bridge_url.is_none() {
        let asker = asker.as_mut().ok_or_else(|| {
            Error::usage(
                "say how the bridge is reached: --bridge-cmd 'CMD' starts it, --bridge-url URL is where it runs",
            )
        })?;
        bridge_cmd = asker.text("Which command starts your bridge? (nothing: it runs already)")?;
        if bridge_cmd.is_none() {
            bridge_url = asker.text("At which URL does it serve SCIM?")?;
        } else if !durable {
            durable = asker.yes("Does it keep its state in STATE_DIR, so that it may be killed and started again?")?;
        }
        if ci.is_none() {
            ci = asker.one_of("Which CI system is a file to be written for?", Ci::ANSWERS, Ci::named)?;
        }
    }
    if let Some(ci) = ci {
        not_there(&ci.path(), args.force)?;
    }
    let kind = match (bridge_cmd, bridge_url) {
        (Some(command), _) => TargetKind::Command { command },
        (None, Some(url)) => TargetKind::Url { url },
        (None, None) => {
            return Err(Error::usage(
                "there is no bridge without a command or a URL; nothing was written",
            ));
        }
    };
    let scim_token = match kind {
        TargetKind::Url { .. } => Some(token(args)?),
        TargetKind::Command { .. } | TargetKind::Embedded | TargetKind::InProcess(_) => None,
    };
    let target = TargetSpec {
        kind,
        scim_only: args.scim_only,
        durable,
        base_path: args.base_path.clone(),
        scim_token,
        ..TargetSpec::default()
    };
    target.validate().map_err(|error| Error::Run(error.into()))?;
    Ok(Wish {
        target,
        token: args.scim_token_env.clone(),
        ci,
    })
}

/// The token of a running bridge, which only its variable holds.
fn token(args: &Args) -> Result<String, Error> {
    let name = &args.scim_token_env;
    match variable(name).map(|token| token.to_string_lossy().into_owned()) {
        Some(token) => Ok(token),
        // It is not sent anywhere.
        None if args.no_probe => Ok("unknown".to_owned()),
        None => Err(Error::Selection(format!(
            "a bridge that runs already expects a bearer token: put it into {name} (or name its variable with \
             --scim-token-env), or write without looking at the bridge: --no-probe"
        ))),
    }
}

fn variable_name(text: &str) -> Result<String, String> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let is_one = text.bytes().all(fits) && text.bytes().next().is_some_and(|first| !first.is_ascii_digit());
    is_one
        .then(|| text.to_owned())
        .ok_or_else(|| "give the name of an environment variable, such as SCIM_TOKEN, not the token".to_owned())
}

fn not_there(path: &Path, force: bool) -> Result<(), Error> {
    if !force && path.exists() {
        return Err(Error::New(format!(
            "{} is there already; nothing was written (--force writes over it)",
            path.display()
        )));
    }
    Ok(())
}

/// Writes the files and says which.
fn write(files: &[(PathBuf, String)], force: bool) -> Result<String, Error> {
    for (path, _) in files {
        not_there(path, force)?;
    }
    let mut told = String::new();
    for (path, text) in files {
        let written = if force && path.exists() {
            fs::write(path, text)
        } else {
            write_new(path, text)
        };
        written.map_err(|error: io::Error| Error::New(format!("{}: {error}", path.display())))?;
        _ = writeln!(told, "wrote {}", path.display());
    }
    Ok(told)
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use rstest::rstest;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    /// What is decided from these flags and these answers.
    fn decided(flags: &[&str], answers: &str) -> Result<Wish, Error> {
        let line = Line::parse_from(["init"].iter().chain(flags));
        wish(&line.args, Some(Asker::new(answers.as_bytes(), io::sink())))
    }

    #[rstest]
    #[case::all(&[], "./bridge\ny\ngithub\n", true, Some(Ci::Github))]
    #[case::silence_is_no(&[], "./bridge\n\n\n", false, None)]
    #[case::the_answers_end(&[], "./bridge\n", false, None)]
    #[case::flags_are_not_asked_for(&["--durable", "--ci", "azure"], "./bridge\nno\n", true, Some(Ci::Azure))]
    #[case::nothing_is_left_to_ask(&["--bridge-cmd", "./bridge"], "y\ngithub\n", false, None)]
    fn asks_for_what_is_not_said(
        #[case] flags: &[&str],
        #[case] answers: &str,
        #[case] durable: bool,
        #[case] ci: Option<Ci>,
    ) {
        let wish = decided(flags, answers).unwrap_or_else(|error| panic!("{error}"));
        let command = "./bridge".to_owned();
        assert_eq!(wish.target.kind, TargetKind::Command { command });
        assert_eq!((wish.target.durable, wish.ci), (durable, ci));
    }

    #[test]
    fn a_bridge_may_run_already() {
        let wish =
            decided(&["--no-probe"], "\nhttp://localhost:8080/v2\njenkins\n").unwrap_or_else(|error| panic!("{error}"));
        let url = "http://localhost:8080/v2".to_owned();
        assert_eq!(
            (wish.target.kind, wish.ci),
            (TargetKind::Url { url }, Some(Ci::Jenkins))
        );
    }

    #[rstest]
    #[case::no_bridge("\n\n\n", "there is no bridge without a command or a URL")]
    #[case::no_command("'./bridge\n\n\n", "cannot be split into words")]
    fn what_cannot_be_meant_is_refused(#[case] answers: &str, #[case] said: &str) {
        let Err(error) = decided(&[], answers) else {
            panic!("it was taken");
        };
        assert!(error.to_string().contains(said), "{error}");
        assert_eq!(error.exit_code(), exit::USAGE);
    }
}
