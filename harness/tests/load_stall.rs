//! A bridge that stands still for a second of ten must show it. Whoever measures from when a request was sent, or sends the
//! next request only after the last answer, sees nothing: of a thousand requests eight were slow.

#![cfg(all(feature = "load", unix))]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use proofload::load::result::LoadResult;
use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_proofload");
/// 1,000 requests, 100 a second, on eight connections: ten seconds. Few enough that the bridge has caught up at once.
const PROFILE: &str = r#"
title = "The idle probe, at a rate"
why = "A bridge that stands still must show it."
persona = "okta-oin"

[company]
people = 1

[[phase]]
name = "probes arrive"
do = "probe"
times = 1000
rate = 100.0
connections = 8
"#;
const SECONDS: f64 = 10.0;

/// A neighbour may make both stand still for a moment longer than we know of: what is wrong is so three times.
#[test]
fn a_bridge_that_stands_still_for_a_second_shows_it() {
    let mut attempts = (0..3).map(|_| stands_still());
    let mut deviations = Vec::new();
    let agreed = attempts.any(|attempt| attempt.map_err(|deviation| deviations.push(deviation)).is_ok());
    assert!(agreed, "{deviations:#?}");
}

/// One load run with a bridge that stands still; what is off by more than a twentieth of the truth is the error.
fn stands_still() -> Result<(), String> {
    let dir = TempDir::new().unwrap();
    fs::create_dir(dir.path().join("profiles")).unwrap();
    fs::write(dir.path().join("profiles/probes.toml"), PROFILE).unwrap();
    let bridge = format!("sh -c 'echo $$ > pid; exec \"{PROGRAM}\" bridge'");
    let bridge = bridge.replace("> pid", &format!("> {}/pid", dir.path().display()));
    let mut running = Command::new(PROGRAM)
        .args([
            "load",
            "probes",
            "--profiles",
            "profiles",
            "--seed",
            "7",
            "--report",
            "json=l.json",
        ])
        .args(["--bridge-cmd", &bridge])
        .current_dir(dir.path())
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    // A line is written when the phase begins, and every five seconds: it stands still in the middle.
    let mut lines = BufReader::new(running.stderr.take().unwrap()).lines();
    for _ in 0..2 {
        lines.next().unwrap().unwrap();
    }
    let stood_still = stop_for(Duration::from_secs(1), dir.path());
    lines.for_each(drop);
    running.wait().unwrap();

    let result: LoadResult = serde_json::from_slice(&fs::read(dir.path().join("l.json")).unwrap()).unwrap();
    let all = result.all_steps();
    assert_eq!(all.requests(), 1000);
    // Arrivals are even, so during the stall they wait from nothing to all of it.
    for share in [0.95, 0.99] {
        let [least, most] = stood_still.map(|stood| stood.as_secs_f64() - (1.0 - share) * SECONDS);
        #[expect(clippy::cast_precision_loss, reason = "microseconds of ten seconds")]
        let measured = all.corrected.quantile(share) as f64 / 1e6;
        if measured < least * 0.95 || measured > most * 1.05 {
            return Err(format!(
                "p{share}: {measured} s, and the truth is {least} s to {most} s"
            ));
        }
    }
    match all.service.quantile(0.99) {
        0..200_000 => Ok(()),
        _ => Err("eight connections waited, the other requests did not".into()),
    }
}

/// Gives how long it was, at least and at most: a signal takes a moment.
fn stop_for(time: Duration, dir: &Path) -> [Duration; 2] {
    let pid = fs::read_to_string(dir.join("pid")).unwrap();
    let signal = |name: &str| {
        let sent = Command::new("kill").args([name, pid.trim()]).status().unwrap();
        assert!(sent.success());
    };
    let before = Instant::now();
    signal("-STOP");
    let stopped = Instant::now();
    std::thread::sleep(time);
    let least = stopped.elapsed();
    signal("-CONT");
    [least, before.elapsed()]
}
