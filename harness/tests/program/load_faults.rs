//! What only load shows is shown by the profile that each fault names, in the category it names, and a bridge without the
//! fault passes the same run. Companies are small here; `proofload load PROFILE` takes larger ones.

use reference_bridge::Fault;
use rstest::rstest;
use serde_json::Value;
use tempfile::TempDir;

use crate::{PROGRAM, run, text};

/// Calls upstream for each SCIM request, at most.
const AMPLIFICATION: &str = "amplification<=4";

/// Every row of this file.
const PROVEN: [Fault; 8] = [
    Fault::MembersBeyondHundred,
    Fault::AdditionReadsGroup,
    Fault::LookUpReadsEverybody,
    Fault::FullQueueDropsInvite,
    Fault::RemovalQueueOverflows,
    Fault::HeldMembersTenALook,
    Fault::RemovalMeetsAddition,
    Fault::EverybodyWakesAtOnce,
];

#[rstest]
#[case(
    Fault::MembersBeyondHundred,
    "--people 300 --groups 4 --workers 16 --think 0 --accept at-once"
)]
#[case(Fault::AdditionReadsGroup, "--people 400 --groups 4 --accept at-once")]
#[case(Fault::LookUpReadsEverybody, "--people 1000 --workers 16 --think 0 --accept at-once")]
#[case(Fault::FullQueueDropsInvite, "--people 300 --groups 0 --accept never")]
#[case(Fault::RemovalQueueOverflows, "--people 400 --groups 4 --accept at-once")]
#[case(Fault::HeldMembersTenALook, "--people 120 --groups 4 --accept 4")]
#[case(
    Fault::RemovalMeetsAddition,
    "--people 400 --groups 12 --accept at-once --compress 10"
)]
#[case(
    Fault::EverybodyWakesAtOnce,
    "--people 40 --groups 0 --throttle 5/600 --accept never"
)]
fn a_fault_that_only_load_shows(#[case] fault: Fault, #[case] size: &str) {
    let (profile, category) = fault.load_proof().unwrap();
    let threshold = if category == "amplification" {
        AMPLIFICATION
    } else {
        "lost>=0"
    };
    // Side by side: they mostly wait.
    let ((sound, sound_report), (code, report)) = std::thread::scope(|scope| {
        let sound = scope.spawn(|| load(profile, size, threshold, ""));
        let faulty = load(profile, size, threshold, &format!(" --fault {fault}"));
        (sound.join().unwrap(), faulty)
    });
    assert_eq!(sound, Some(0), "without the fault: {sound_report:#}");
    if category == "amplification" {
        assert_eq!(code, Some(5), "{report:#}");
        return;
    }
    let count = &report["end_state"][category.replace('-', "_")]["count"];
    assert!(count.as_u64().unwrap() > 0, "{category}: {report:#}");
    assert_eq!(code, Some(1));
}

/// The exit code and the report of a run.
fn load(profile: &str, size: &str, threshold: &str, fault: &str) -> (Option<i32>, Value) {
    let dir = TempDir::new().unwrap();
    let mut words = vec!["load", profile, "--quiet", "--seed", "7", "--settle-within", "15"];
    words.extend(size.split_whitespace());
    words.extend(["--threshold", threshold, "--report", "json=load.json"]);
    let bridge = format!("'{PROGRAM}' bridge{fault}");
    words.extend(["--bridge-cmd", &bridge]);
    let done = run(dir.path(), &words);
    let report = std::fs::read(dir.path().join("load.json"));
    let report = report.unwrap_or_else(|error| panic!("{error}: {}", text(&done.stderr)));
    (done.status.code(), serde_json::from_slice(&report).unwrap())
}

#[test]
fn every_fault_that_only_load_shows_is_in_this_file() {
    let all = Fault::ALL.iter().filter(|fault| fault.load_proof().is_some());
    assert!(all.eq(&PROVEN));
}
