//! `proofload record` and `import` as people use them: a real run passes through, is recorded, and is told again.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;

use rstest::rstest;
use serde_json::json;
use tempfile::TempDir;

use crate::{PROGRAM, assert_ends, proofload, run, said, text};

const TOKEN: &str = "canary-token-4711";
const PASSWORD: &str = "Canary-pass-4712";

/// A program that is ended with the test.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

/// A recorder that runs, and where it listens.
struct Recorder {
    process: Ended,
    url: String,
    address: SocketAddr,
}

impl Recorder {
    fn start(dir: &Path, forward: &str) -> Self {
        let words = ["record", "--forward", forward, "--out", "rec"];
        let mut command = proofload(dir, &words);
        let stderr = fs::File::create(dir.join("record.err")).unwrap();
        let mut process = command.stdout(Stdio::piped()).stderr(stderr).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.as_mut().unwrap()).lines();
        let url = lines
            .find_map(|line| line.unwrap().strip_prefix("  ").map(str::to_owned))
            .unwrap();
        let address = url
            .strip_prefix("http://")
            .unwrap()
            .split('/')
            .next()
            .unwrap()
            .parse()
            .unwrap();
        Self {
            process: Ended(process),
            url,
            address,
        }
    }

    fn signal(&self, signal: &str) {
        let id = self.process.0.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
    }

    /// Ctrl-C; gives its exit code and what it said then.
    fn end(mut self) -> (Option<i32>, String) {
        self.signal("-INT");
        let mut ended = String::new();
        // What stands in the pipe is read first, so that it can end.
        self.process
            .0
            .stdout
            .take()
            .unwrap()
            .read_to_string(&mut ended)
            .unwrap();
        (self.process.0.wait().unwrap().code(), ended)
    }
}

/// A port that nobody has at this moment.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn bridge(port: u16, upstream: u16, more: &[&str]) -> Ended {
    let mut command = Command::new(PROGRAM);
    command
        .arg("bridge")
        .args(more)
        .env("PORT", port.to_string())
        .env("SCIM_TOKEN", TOKEN);
    command.env("OPENAI_BASE_URL", format!("http://127.0.0.1:{upstream}/v1"));
    let process = command
        .env("OPENAI_ADMIN_KEY", "sk-admin-x")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    Ended(process.spawn().unwrap())
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] })
        .collect()
}

fn assert_no_file_has(dir: &Path, secrets: &[&str]) {
    for path in files(dir) {
        let text = text(&fs::read(&path).unwrap());
        for secret in secrets {
            assert!(!text.contains(secret), "{secret} in {}", path.display());
        }
    }
}

/// The identity provider's whole day passes through the recorder; what it recorded passes on the reference bridge, without a
/// word changed, and fails on a broken one.
#[rstest]
#[case::okta("okta-oin")]
#[case::entra("entra")]
fn what_passed_when_it_was_recorded_passes_again(#[case] persona: &str) {
    let dir = TempDir::new().unwrap();
    let (port, upstream) = (free_port(), free_port());
    let _bridge = bridge(port, upstream, &[]);
    let recorder = Recorder::start(dir.path(), &format!("http://127.0.0.1:{port}/scim/v2"));
    let mock = format!("127.0.0.1:{upstream}");
    let words = [
        "check",
        "users/",
        "activation/",
        "groups/",
        "membership/",
        "roles/",
        "--persona",
        persona,
        "--bridge-url",
        &recorder.url,
        "--mock-listen",
        &mock,
        "--scim-token",
        TOKEN,
    ];
    let done = run(dir.path(), &words);
    assert_ends(&done, 0);
    let (code, ended) = recorder.end();
    assert_eq!(code, Some(0), "{ended}");
    assert!(ended.contains(&format!("told by `{persona}`")), "{ended}");
    assert_no_file_has(dir.path(), &[TOKEN, "sk-admin-x"]);

    let replay = |more: &[&str]| {
        let mut words = vec!["check", "--scenarios", "rec"];
        words.extend(more);
        run(dir.path(), &words)
    };
    let done = replay(&[]);
    assert_ends(&done, 0);
    let broken = format!("{PROGRAM} bridge --fault deactivate-keeps-invite");
    let done = replay(&["--bridge-cmd", &broken]);
    assert_ends(&done, 1);
}

/// A bridge that answers everything with this, until the test ends.
fn answering(answer: impl Fn(&str) -> String + Send + Sync + Clone + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let answer = answer.clone();
            thread::spawn(move || serve(&stream, &answer));
        }
    });
    address
}

fn serve(stream: &TcpStream, answer: &dyn Fn(&str) -> String) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let (mut first, mut length) = (String::new(), 0);
    reader.read_line(&mut first).unwrap();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line == "\r\n" {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let body = answer(first.trim_end());
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
    // The recorder may have been killed.
    _ = (&mut &*stream).write_all((head + &body).as_bytes());
}

/// Sends a request, and gives the whole answer; `None` when it does not come.
fn ask(address: SocketAddr, request: &str) -> Option<String> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let length: usize = head
        .to_ascii_lowercase()
        .split("content-length: ")
        .nth(1)?
        .lines()
        .next()?
        .parse()
        .ok()?;
    (body.len() == length).then(|| body.to_owned())
}

/// `kill -9` while many are being answered: everything that was answered can be imported.
#[test]
fn a_kill_loses_nothing_that_was_answered() {
    let dir = TempDir::new().unwrap();
    let bridge = answering(|line| json!({"id": line.split(['=', ' ']).nth(2), "userName": "a@x.example"}).to_string());
    let recorder = Recorder::start(dir.path(), &format!("http://{bridge}/scim/v2"));
    let address = recorder.address;
    let clients: Vec<_> = (0..4)
        .map(|client| {
            thread::spawn(move || {
                let all = (0..).map(|number| format!("n-{client}-{number}-"));
                all.map_while(|mark| {
                    let head = format!("GET /Users?mark={mark} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
                    ask(address, &head).map(|_| mark)
                })
                .collect::<Vec<_>>()
            })
        })
        .collect();
    // It is killed as soon as it has seen some.
    let spool = loop {
        let spool = files(&dir.path().join("rec"))
            .into_iter()
            .find(|path| path.extension().is_some_and(|ending| ending == "spool"));
        if let Some(spool) = spool.filter(|spool| fs::metadata(spool).unwrap().len() > 40_000) {
            break spool;
        }
        thread::yield_now();
    };
    recorder.signal("-KILL");
    let answered: Vec<String> = clients.into_iter().flat_map(|client| client.join().unwrap()).collect();
    let spooled = fs::read_to_string(&spool).unwrap();
    assert!(answered.len() > 50, "{}", answered.len());
    for mark in &answered {
        assert!(
            spooled.contains(mark.as_str()),
            "{mark} was answered and is not in the spool"
        );
    }
    // What a kill in the middle of a write leaves.
    let mut file = fs::OpenOptions::new().append(true).open(&spool).unwrap();
    file.write_all(b"{\"began_ms\":1,\"ended").unwrap();
    let done = run(
        dir.path(),
        &[
            "import",
            spool.to_str().unwrap(),
            "--out",
            "imported",
            "--name",
            "after-a-kill",
        ],
    );
    assert_ends(&done, 0);
    assert!(text(&done.stdout).contains("is cut short"), "{}", said(&done));
    assert!(
        files(&dir.path().join("imported"))
            .iter()
            .all(|file| file.extension().is_some_and(|ending| ending == "toml"))
    );
}

/// Secrets in every place an identity provider may put them; names of people are in the spool alone.
#[test]
fn no_secret_is_in_any_file() {
    let dir = TempDir::new().unwrap();
    let bridge = answering(|_| {
        json!({"id": "1", "userName": "marie@corp.example", "password": PASSWORD, "detail": TOKEN}).to_string()
    });
    let recorder = Recorder::start(dir.path(), &format!("http://{bridge}/scim/v2"));
    let user = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "marie@corp.example", "password": PASSWORD}).to_string();
    let patch = json!({"Operations": [{"op": "replace", "path": "password", "value": PASSWORD}]}).to_string();
    let form = format!("username=marie&password={PASSWORD}");
    // base64 of marie:Canary-pass-4712
    let basic = "bWFyaWU6Q2FuYXJ5LXBhc3MtNDcxMg==";
    for (line, header, body) in [
        ("POST /Users", format!("Authorization: Bearer {TOKEN}"), user.as_str()),
        ("PATCH /Users/1", format!("Authorization: Basic {basic}"), &patch),
        (
            "POST /token",
            "Content-Type: application/x-www-form-urlencoded".to_owned(),
            &form,
        ),
        (
            &format!("GET /Users?access_token={TOKEN}&filter=userName%20eq%20%22marie%40corp.example%22"),
            format!("Cookie: sid={TOKEN}"),
            "",
        ),
    ] {
        let length = body.len();
        let request = format!(
            "{line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{header}\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        assert!(
            ask(recorder.address, &request).unwrap().contains(PASSWORD),
            "it is passed on as it is"
        );
    }
    let (code, ended) = recorder.end();
    assert_eq!(code, Some(0), "{ended}");
    assert_no_file_has(dir.path(), &[TOKEN, PASSWORD, basic]);
    for path in files(dir.path())
        .iter()
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
    {
        let scenario = fs::read_to_string(path).unwrap();
        assert!(!scenario.contains("marie") && !scenario.contains("corp"), "{scenario}");
    }
}

/// What somebody saved with a proxy: told to the reference bridge as it is.
#[test]
fn a_har_file_becomes_a_scenario_that_passes() {
    let dir = TempDir::new().unwrap();
    let entry = |at: u32, method: &str, path: &str, body: Option<String>, status: u16, answer: serde_json::Value| {
        json!({
            "startedDateTime": format!("2026-11-22T10:00:{at:02}.000Z"), "time": 5,
            "request": {"method": method, "url": format!("https://b.corp.example/scim/v2{path}"), "headers": [
                {"name": "Authorization", "value": format!("Bearer {TOKEN}")}, {"name": "User-Agent", "value": "idp/1"}],
                "postData": body.map(|text| json!({"mimeType": "application/scim+json", "text": text}))},
            "response": {"status": status, "headers": [], "content": {"text": answer.to_string()}}
        })
    };
    let user = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "Marie@corp.example", "active": true,
        "name": {"givenName": "Marie", "familyName": "Neill"}, "emails": [{"value": "Marie@corp.example", "primary": true}]});
    let off = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{"op": "replace", "value": {"active": false}}]});
    let stored = json!({"id": "17", "userName": "Marie@corp.example"});
    let har = json!({"log": {"entries": [
        entry(1, "GET", "/Users?filter=userName%20eq%20%22Marie%40corp.example%22", None, 200, json!({"Resources": []})),
        entry(2, "POST", "/Users", Some(user.to_string()), 201, stored.clone()),
        entry(3, "PATCH", "/Users/17", Some(off.to_string()), 200, stored),
        {"request": {"method": "GET", "url": "https://b.corp.example/logo.png"}, "response": {"status": 200, "content": {"text": "/9j/", "encoding": "base64"}}},
    ]}});
    fs::write(dir.path().join("Day 1.har"), har.to_string()).unwrap();
    let done = run(dir.path(), &["import", "Day 1.har"]);
    assert_ends(&done, 0);
    let scenario = fs::read_to_string(dir.path().join("my-scenarios/recorded/day-1.toml")).unwrap();
    assert!(
        !scenario.contains("Marie") && !scenario.contains("corp") && !scenario.contains(TOKEN),
        "{scenario}"
    );
    let done = run(dir.path(), &["check", "--scenarios", "my-scenarios", "recorded/day-1"]);
    assert_eq!(done.status.code(), Some(0), "{}{scenario}", said(&done));

    let done = run(dir.path(), &["import", "Day 1.har"]);
    assert_ends(&done, 2);
    assert!(
        text(&done.stderr).contains("is there already; nothing was written"),
        "{}",
        said(&done)
    );
    assert_eq!(
        fs::read_to_string(dir.path().join("my-scenarios/recorded/day-1.toml")).unwrap(),
        scenario
    );
}

#[rstest]
#[case::missing(&["import", "no.har"], "no.har: No such file")]
#[case::broken(&["import", "broken.har"], "broken.har: broken JSON: expected `:` at line 2 column 2")]
#[case::unknown(&["import", "other.json"], "let the validator talk to `proofload record`")]
#[case::name(&["import", "other.json", "--name", "../x"], "letters, digits")]
#[case::forward(&["record", "--forward", "bridge:80"], "cannot be where the bridge is")]
#[case::listen(&["record", "--forward", "http://x/", "--listen", "here"], "invalid socket address")]
fn what_cannot_be_read_ends_as_usage(#[case] words: &[&str], #[case] message: &str) {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("broken.har"), "{\"log\"\n 1}").unwrap();
    fs::write(dir.path().join("other.json"), "{\"SFComplianceFailed\": true}").unwrap();
    let done = run(dir.path(), words);
    assert_ends(&done, 2);
    assert!(text(&done.stderr).contains(message), "{}", said(&done));
    assert!(!dir.path().join("my-scenarios").exists(), "nothing was written");
}
