//! `proofload init` as somebody with a bridge of their own uses it: what it writes can be used as it is, and where it cannot
//! look at the bridge it says why and writes nothing.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rstest::rstest;
use tempfile::TempDir;

use crate::{PROGRAM, assert_ends, proofload, run, said, text};

const TOKEN: &str = "canary-token-4711";

/// A bridge that runs already with an upstream, on ports of their own.
struct Running([Child; 2], SocketAddr);

/// Starts one of the program's servers and gives the first line it writes.
fn serve(words: &[&str]) -> (Child, String) {
    let mut command = Command::new(PROGRAM);
    let mut child = command
        .args(words)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    (child, line)
}

impl Running {
    fn start() -> Self {
        let (mock, said) = serve(&["mock", "--any-admin-key"]);
        let said: serde_json::Value = serde_json::from_str(&said).unwrap();
        let upstream = said["openai_base_url"].as_str().unwrap();
        let words = [
            "bridge",
            "--port",
            "0",
            "--base-path",
            "/api/scim/v2",
            "--scim-token",
            TOKEN,
        ];
        let words = [&words[..], &["--openai-base-url", upstream, "--openai-admin-key", "k"]].concat();
        let (bridge, said) = serve(&words);
        let address = said
            .split("http://")
            .nth(1)
            .unwrap()
            .split(['/', '"', ' '])
            .next()
            .unwrap();
        Self([bridge, mock], address.trim().parse().unwrap())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        for child in &mut self.0 {
            _ = child.kill();
            _ = child.wait();
        }
    }
}

/// Everything in a folder, hidden files too.
fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// The reference bridge as a command, at a path that nobody was told of.
fn bridge() -> String {
    format!("{PROGRAM} bridge --base-path /scim")
}

#[test]
fn what_is_written_is_all_that_check_needs() {
    let dir = TempDir::new().unwrap();
    let done = run(
        dir.path(),
        &["init", "--bridge-cmd", &bridge(), "--durable", "--ci", "github"],
    );
    let told = text(&done.stdout).replace(PROGRAM, "proofload");
    assert_eq!(done.status.code(), Some(0), "{told}{}", text(&done.stderr));
    insta::assert_snapshot!("init_told", told);
    let file = fs::read_to_string(dir.path().join("proofload.toml")).unwrap();
    let (above, policies) = file.split_once("[bridge]").unwrap();
    insta::assert_snapshot!("init_file", above.replace(PROGRAM, "proofload"));
    for policy in proofload_scenarios::Policy::ALL {
        assert!(policies.contains(&format!("\n# {} = ", policy.name)), "{}", policy.name);
    }
    let workflow = fs::read_to_string(dir.path().join(".github/workflows/proofload.yml")).unwrap();
    assert!(
        workflow.contains("actions/proofload@v") && !workflow.contains("#:"),
        "{workflow}"
    );

    let checked = run(dir.path(), &["check", "users/assign-okta-minimal", "--seed", "7"]);
    assert_ends(&checked, 0);
    assert_eq!(
        names(&dir.path().join("proofload-report")),
        ["index.html", "junit.xml", "summary.md"]
    );
}

#[test]
fn a_running_bridge_is_found_and_its_token_written_nowhere() {
    let (dir, bridge) = (TempDir::new().unwrap(), Running::start());
    let url = format!("http://{}", bridge.1);
    let words = [
        "init",
        "--scim-only",
        "--bridge-url",
        &url,
        "--scim-token-env",
        "MY_TOKEN",
        "--ci",
        "gitlab",
    ];
    let done = proofload(dir.path(), &words).env("MY_TOKEN", TOKEN).output().unwrap();
    let told = said(&done);
    assert_eq!(done.status.code(), Some(0), "{told}");
    assert!(
        told.starts_with("SCIM answers at /api/scim/v2; it says of itself: patch yes, filter yes"),
        "{told}"
    );
    let file = fs::read_to_string(dir.path().join("proofload.toml")).unwrap();
    let pipeline = fs::read_to_string(dir.path().join(".gitlab/proofload.yml")).unwrap();
    assert!(file.contains("\nbase_path = \"/api/scim/v2\"\n"), "{file}");
    assert!(
        file.contains("PROOFLOAD_SCIM_TOKEN=\"$MY_TOKEN\" proofload check"),
        "{file}"
    );
    assert!(pipeline.contains("PROOFLOAD_SCIM_TOKEN: $MY_TOKEN"), "{pipeline}");
    assert!(![told, file, pipeline].concat().contains(TOKEN));

    let checked = proofload(dir.path(), &["check", "users/assign-okta-minimal"])
        .env("PROOFLOAD_SCIM_TOKEN", TOKEN)
        .output()
        .unwrap();
    assert_ends(&checked, 0);
}

#[test]
fn a_wrong_token_is_told_from_a_wrong_path() {
    let (dir, bridge) = (TempDir::new().unwrap(), Running::start());
    let url = format!("http://{}/api/scim/v2", bridge.1);
    let done = proofload(dir.path(), &["init", "--scim-only", "--bridge-url", &url])
        .env("PROOFLOAD_SCIM_TOKEN", "another")
        .output()
        .unwrap();
    let shown = text(&done.stderr);
    assert_eq!(done.status.code(), Some(3), "{shown}");
    assert!(
        shown.contains("/api/scim/v2/Users answered 401: wrong token; give"),
        "{shown}"
    );
    assert!(
        shown.ends_with("; nothing was written (--no-probe writes without a look at the bridge)\n"),
        "{shown}"
    );
    assert!(names(dir.path()).is_empty());
}

/// A server that answers every request with a web page.
fn web_page() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            _ = stream.read(&mut [0; 4096]);
            let page = "<html><title>Sign in</title></html>";
            _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{page}",
                page.len()
            );
        }
    });
    address
}

#[test]
fn a_web_page_is_no_bridge() {
    let dir = TempDir::new().unwrap();
    let url = format!("http://{}", web_page());
    let done = proofload(dir.path(), &["init", "--scim-only", "--bridge-url", &url])
        .env("PROOFLOAD_SCIM_TOKEN", TOKEN)
        .output()
        .unwrap();
    let shown = text(&done.stderr);
    assert_eq!(done.status.code(), Some(3), "{shown}");
    assert!(shown.contains("answered with a web page (`Sign in`)"), "{shown}");
    assert!(names(dir.path()).is_empty());
}

#[rstest]
#[case::nobody_to_ask(2, &["init"], "error: say how the bridge is reached: --bridge-cmd 'CMD' starts it")]
#[case::no_bridge(3, &["init", "--bridge-cmd", "false"], "error: the bridge exited with status 1 before it listened")]
#[case::no_program(3, &["init", "--bridge-cmd", "no-such-program"], "error: cannot start `no-such-program`")]
#[case::wrong_path(3, &["init", "--bridge-cmd", "BRIDGE", "--base-path", "/v2"], "error: GET http://127.0.0.1:")]
#[case::no_token(2, &["init", "--bridge-url", "http://127.0.0.1:1"], "error: a bridge that runs already expects a bearer token")]
#[case::password(2, &["init", "--no-probe", "--bridge-url", "http://a:b@127.0.0.1:1"], "error: --bridge-url `http://127.0.0.1:1` cannot be used")]
#[case::token_for_its_name(2, &["init", "--bridge-url", "http://127.0.0.1:1", "--scim-token-env", "eyJ.x"], "error: invalid value 'eyJ.x'")]
#[case::unknown_system(2, &["init", "--bridge-cmd", "BRIDGE", "--ci", "circle"], "error: invalid value 'circle'")]
fn what_cannot_be_done_writes_nothing(#[case] code: i32, #[case] words: &[&str], #[case] message: &str) {
    let dir = TempDir::new().unwrap();
    let bridge = bridge();
    let words: Vec<&str> = words
        .iter()
        .map(|word| if *word == "BRIDGE" { &bridge } else { *word })
        .collect();
    let done = run(dir.path(), &words);
    let shown = text(&done.stderr);
    assert_eq!(done.status.code(), Some(code), "{shown}");
    assert!(shown.starts_with(message), "{shown}");
    assert!(names(dir.path()).is_empty());
}

#[test]
fn nothing_that_is_there_is_overwritten() {
    let dir = TempDir::new().unwrap();
    let words = ["init", "--no-probe", "--bridge-cmd", "./bridge", "--ci", "jenkins"];
    let both = ["proofload.Jenkinsfile", "proofload.toml"];
    for name in both {
        fs::write(dir.path().join(name), "mine").unwrap();
        let done = run(dir.path(), &words);
        let shown = text(&done.stderr);
        assert_eq!(done.status.code(), Some(2), "{shown}");
        assert!(
            shown.contains(&format!("{name} is there already; nothing was written")),
            "{shown}"
        );
        assert_eq!(names(dir.path()), [name]);
        assert_eq!(fs::read_to_string(dir.path().join(name)).unwrap(), "mine");
        fs::remove_file(dir.path().join(name)).unwrap();
    }
    fs::write(dir.path().join("proofload.toml"), "mine").unwrap();
    let forced = run(dir.path(), &[&words[..], &["--force"]].concat());
    assert_eq!(forced.status.code(), Some(0), "{}", text(&forced.stderr));
    assert_eq!(names(dir.path()), both);
    assert!(
        fs::read_to_string(dir.path().join("proofload.toml"))
            .unwrap()
            .contains("bridge_cmd = \"./bridge\"")
    );
}

/// The second step of a team that has begun without its CI.
#[rstest]
#[case("bridge_cmd = \"./bridge\"", false)]
#[case("bridge_url = \"http://localhost:8080\"", true)]
fn the_pipeline_can_come_later(#[case] target: &str, #[case] needs_token: bool) {
    let dir = TempDir::new().unwrap();
    let file = format!("[target]\n{target}\n");
    fs::write(dir.path().join("proofload.toml"), &file).unwrap();
    let done = run(dir.path(), &["init", "--ci", "azure"]);
    assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
    let pipeline = fs::read_to_string(dir.path().join("azure-pipelines.proofload.yml")).unwrap();
    assert_eq!(pipeline.contains("PROOFLOAD_SCIM_TOKEN"), needs_token, "{pipeline}");
    assert_eq!(fs::read_to_string(dir.path().join("proofload.toml")).unwrap(), file);
}
