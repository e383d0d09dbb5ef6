use std::collections::BTreeMap;
use std::time::Duration;

use clap::Parser;
use rstest::rstest;

use super::*;
use crate::report::ReportKind;

#[derive(Parser)]
struct Flags {
    #[command(flatten)]
    settings: Settings,
}

fn flags(words: &str) -> Settings {
    let words = shell_words::split(words).unwrap();
    Flags::try_parse_from(std::iter::once("check".to_owned()).chain(words))
        .unwrap()
        .settings
}

/// Loads flags, variables (`NAME=value`, one a line) and the text of a file.
fn load(words: &str, variables: &str, file: &str) -> Result<Config, String> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("proofload.toml");
    std::fs::write(&path, file).unwrap();
    let variables: BTreeMap<&str, &str> = variables.lines().filter_map(|line| line.split_once('=')).collect();
    let lookup = |name: &str| variables.get(name).map(OsString::from);
    let shown = |error: ConfigError| error.to_string().replace(&format!("{}/", dir.path().display()), "");
    let mut config = Config::load(flags(words), lookup, Some(&path)).map_err(shown)?;
    config.command = config.command.replace(&format!("{}/", dir.path().display()), "");
    config.scenarios = config
        .scenarios
        .map(|at| at.strip_prefix(dir.path()).unwrap_or(&at).to_owned());
    Ok(config)
}

/// Each row: the flag, the variable and the file each say something else; so the strongest that speaks is heard.
#[rstest]
#[case::seed("--seed 1", "PROOFLOAD_SEED=2", "[check]\nseed = 3", |c: &Config| c.seed.to_string(), ["1", "2", "3"])]
#[case::jobs("--jobs 1", "PROOFLOAD_JOBS=2", "[check]\njobs = 3", |c: &Config| c.jobs.to_string(), ["1", "2", "3"])]
#[case::fail_on("--fail-on may", "PROOFLOAD_FAIL_ON=should", "[check]\nfail_on = \"may\"", |c: &Config| c.fail_on.to_string(), ["may", "should", "may"])]
#[case::baseline("--baseline a", "PROOFLOAD_BASELINE=b", "[check]\nbaseline = \"/c\"", |c: &Config| format!("{:?}", c.baseline), [r#"Some("a")"#, r#"Some("b")"#, r#"Some("/c")"#])]
#[case::personas("--persona a,b", "PROOFLOAD_PERSONA=c", "[check]\npersona = [\"d\"]", |c: &Config| c.personas.join("+"), ["a+b", "c", "d"])]
#[case::scenarios("--scenarios a", "PROOFLOAD_SCENARIOS=b", "[check]\nscenarios = \"c\"", |c: &Config| format!("{:?}", c.scenarios), [r#"Some("a")"#, r#"Some("b")"#, r#"Some("c")"#])]
#[case::report("--report json=a", "PROOFLOAD_REPORT=junit=b", "[check]\nreport = [\"junit=/c\"]", |c: &Config| format!("{} {}", c.reports[0].kind, c.reports[0].path.display()), ["json a", "junit b", "junit /c"])]
#[case::timeout("--timeout 1", "PROOFLOAD_TIMEOUT=2.5", "[check]\ntimeout_seconds = 3", |c: &Config| format!("{:?}", c.target.limits.answer_within), ["1s", "2.5s", "3s"])]
#[case::ready("--ready-within 1", "PROOFLOAD_READY_WITHIN=2", "[target]\nready_within_seconds = 0.5", |c: &Config| format!("{:?}", c.target.ready_within), ["1s", "2s", "500ms"])]
#[case::settle("--settle 1", "PROOFLOAD_SETTLE=0", "[bridge]\nsettle_seconds = 3", |c: &Config| format!("{:?}", c.rules.settle), ["1s", "0ns", "3s"])]
#[case::command("--bridge-cmd a", "PROOFLOAD_BRIDGE_CMD=b", "[target]\nbridge_cmd = \"c\"", |c: &Config| c.target.describe(), ["a", "b", "c"])]
#[case::base_path("--base-path /a", "PROOFLOAD_BASE_PATH=/b", "[target]\nbase_path = \"/c\"", |c: &Config| c.target.base_path.clone().unwrap(), ["/a", "/b", "/c"])]
#[case::scim_only("--scim-only", "PROOFLOAD_SCIM_ONLY=false", "[target]\nscim_only = true", |c: &Config| c.target.scim_only.to_string(), ["true", "false", "true"])]
#[case::durable("--durable", "PROOFLOAD_DURABLE=false", "[target]\ndurable = true", |c: &Config| c.target.durable.to_string(), ["true", "false", "true"])]
#[case::token("--scim-token aaa", "PROOFLOAD_SCIM_TOKEN=bbb", "[target]\nscim_token = \"ccc\"", |c: &Config| c.target.scim_token.clone().unwrap(), ["aaa", "bbb", "ccc"])]
#[case::key("--admin-key aaa", "PROOFLOAD_ADMIN_KEY=bbb", "[target]\nadmin_key = \"ccc\"", |c: &Config| c.target.admin_key.clone().unwrap(), ["aaa", "bbb", "ccc"])]
#[case::reading("--reading rfc", "PROOFLOAD_READING=idp", "[check]\nreading = \"rfc\"", |c: &Config| format!("{:?}", c.rules.policies), [r#"Policies({"reading": ["rfc"]})"#, r#"Policies({"reading": ["idp"]})"#, r#"Policies({"reading": ["rfc"]})"#])]
#[case::policy("--policy discovery=absent", "PROOFLOAD_POLICY=discovery=present", "[bridge]\ndiscovery = \"absent\"", |c: &Config| format!("{:?}", c.rules.policies), [r#"Policies({"discovery": ["absent"]})"#, r#"Policies({"discovery": ["present"]})"#, r#"Policies({"discovery": ["absent"]})"#])]
fn the_stronger_source_is_heard(
    #[case] flag: &str,
    #[case] variable: &str,
    #[case] file: &str,
    #[case] read: fn(&Config) -> String,
    #[case] heard: [&str; 3],
) {
    let [by_flag, by_variable, by_file] = heard;
    assert_eq!(read(&load(flag, variable, file).unwrap()), by_flag);
    assert_eq!(read(&load("", variable, file).unwrap()), by_variable);
    assert_eq!(read(&load("", "", file).unwrap()), by_file);
    let name = variable.split('=').next().unwrap_or_default();
    assert_eq!(
        read(&load("", &format!("{name}="), file).unwrap()),
        by_file,
        "an empty variable says nothing"
    );
}

/// `mock_listen` only goes with a running bridge, so it has a row of its own.
#[test]
fn a_running_bridge_by_flag_replaces_a_command_in_the_file() {
    let file = "[target]\nbridge_cmd = \"./bridge\"\nmock_listen = \"127.0.0.1:3\"";
    let config = load(
        "--bridge-url http://localhost:8080/x",
        "PROOFLOAD_SCIM_TOKEN=secret-token",
        file,
    )
    .unwrap();
    assert_eq!(
        config.target.kind,
        TargetKind::Url {
            url: "http://localhost:8080/x".into()
        }
    );
    assert_eq!(config.target.mock_listen, Some("127.0.0.1:3".parse().unwrap()));
    assert_eq!(config.jobs, 1);
    assert!(!format!("{config:?}").contains("secret-token"));
}

#[test]
fn a_command_by_flag_replaces_a_running_bridge_in_the_file() {
    let file = "[target]\nbridge_url = \"http://x\"\nmock_listen = \"127.0.0.1:3\"";
    let config = load("--bridge-cmd ./bridge", "", file).unwrap();
    assert_eq!(config.target.describe(), "./bridge");
    assert_eq!(config.target.mock_listen, None);
}

#[test]
fn a_policy_is_replaced_and_others_stay() {
    let file = "[bridge]\npending_member = [\"hold\", \"refuse\"]\nrole_case = \"fold\"";
    let config = load("--policy pending_member=refuse", "", file).unwrap();
    assert_eq!(
        format!("{:?}", config.rules.policies),
        r#"Policies({"pending_member": ["refuse"], "role_case": ["fold"]})"#
    );
}

#[test]
fn without_a_word_from_anybody() {
    let nothing = Path::new("/nowhere/proofload.toml");
    let settings = file::read(None, nothing).unwrap();
    assert_eq!(settings, Settings::default());
    let config = load("", "", "").unwrap();
    assert_eq!(
        config.target,
        TargetSpec {
            seed: config.seed,
            ..TargetSpec::default()
        }
    );
    assert_eq!(
        (config.fail_on, config.rules.settle),
        (Level::Must, Duration::from_secs(10))
    );
    assert!(config.jobs >= 4 && !config.rules.duplicate_invite_refused);
}

#[test]
fn what_only_the_file_says() {
    let file = "[bridge]\nduplicate_invite = \"upstream-refuses\"\nrole_urn = \"urn:x\"\n[check]\nreport = [\"json=out/r.json\"]";
    let config = load("", "", file).unwrap();
    assert!(config.rules.duplicate_invite_refused);
    assert_eq!(config.rules.role_urn, "urn:x");
    assert_eq!(config.reports[0].kind, ReportKind::Json);
    assert!(
        config.reports[0].path.is_absolute(),
        "a path is meant from the file's folder"
    );
}

#[rstest]
#[case("key", "[target]\nbridge_comand = \"x\"")]
#[case("table", "[targets]\nbridge_cmd = \"x\"")]
#[case("kind", "[check]\nseed = \"seven\"")]
#[case("level", "[check]\nfail_on = \"error\"")]
#[case("jobs", "[check]\njobs = 0")]
#[case("report", "[check]\nreport = [\"json=a\", \"xml=b\"]")]
#[case("both", "[target]\nbridge_cmd = \"a\"\nbridge_url = \"b\"")]
#[case("address", "[target]\nmock_listen = \"9000\"")]
#[case("seconds", "[check]\ntimeout_seconds = -1")]
#[case("policy", "[bridge]\npending_members = \"hold\"")]
#[case("choice", "[bridge]\nrole_case = \"fold\"\npending_member = [\"hold\", \"forget\"]")]
#[case("choice_kind", "[bridge]\npending_member = true")]
#[case("settle", "[bridge]\nsettle_seconds = \"10\"")]
#[case("duplicate", "[bridge]\nduplicate_invite = \"maybe\"")]
#[case("urn", "[bridge]\nrole_urn = 7")]
#[case("syntax", "[check\n")]
fn a_mistake_in_the_file_is_shown_where_it_is(#[case] name: &str, #[case] file: &str) {
    insta::assert_snapshot!(format!("file_{name}"), load("", "", file).unwrap_err());
}

#[test]
fn a_file_that_was_named_must_be_there() {
    let named = Path::new("no/such.toml");
    let error = file::read(Some(named), named).unwrap_err().to_string();
    assert!(error.starts_with("no/such.toml: cannot be read: "), "{error}");
}

#[rstest]
#[case(
    "PROOFLOAD_SEED=x",
    "from the environment: invalid value 'x' for 'PROOFLOAD_SEED': invalid digit found in string"
)]
#[case(
    "PROOFLOAD_JOBS=0",
    "from the environment: invalid value '0' for 'PROOFLOAD_JOBS': 0 is not in 1..=256"
)]
#[case(
    "PROOFLOAD_TIMEOUT=soon",
    "from the environment: invalid value 'soon' for 'PROOFLOAD_TIMEOUT': give seconds from 0 to 86400, such as 10 or 0.5"
)]
#[case(
    "PROOFLOAD_POLICY=x=y",
    "from the environment: invalid value 'x=y' for 'PROOFLOAD_POLICY': unknown policy `x`, expected one of `pending_member`, "
)]
#[case(
    "PROOFLOAD_BRIDGE_CMD=a\nPROOFLOAD_BRIDGE_URL=b",
    "from the environment: the argument 'PROOFLOAD_BRIDGE_CMD' cannot be used with 'PROOFLOAD_BRIDGE_URL'"
)]
fn a_mistake_in_a_variable_names_it(#[case] variables: &str, #[case] message: &str) {
    let error = load("", variables, "").unwrap_err();
    assert!(error.starts_with(message), "{error}");
}

#[rstest]
#[case("--bridge-url http://x", "--bridge-url needs the bearer token")]
#[case(
    "--bridge-url http://x --scim-token t --jobs 2",
    "--jobs 2 cannot be with --bridge-url"
)]
#[case("--timeout 0", "the limit")]
fn settings_that_do_not_go_together_are_refused(#[case] words: &str, #[case] message: &str) {
    let error = load(words, "", "").unwrap_err();
    assert!(error.starts_with(message), "{error}");
}

#[rstest]
#[case::plain("--seed 7", "", "proofload check --config proofload.toml --seed 7")]
#[case::command(
    "--bridge-cmd './bridge --port {port}' --policy role_case=fold --settle 0.5 --seed 7",
    "PROOFLOAD_TIMEOUT=5",
    "proofload check --config proofload.toml --bridge-cmd './bridge --port {port}' --timeout 5 --settle 0.5 --policy 'role_case=fold' --seed 7"
)]
#[case::url(
    "--bridge-url http://x/scim --scim-token s3cret --scim-only --seed 7",
    "",
    "proofload check --config proofload.toml --bridge-url http://x/scim --seed 7 --scim-only --scim-token \"$SCIM_TOKEN\""
)]
fn the_run_can_be_repeated(#[case] words: &str, #[case] variables: &str, #[case] command: &str) {
    assert_eq!(load(words, variables, "[check]\njobs = 1").unwrap().command, command);
}
