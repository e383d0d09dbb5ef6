//! Whether the identity provider would have stopped: Entra puts a job whose calls fail too often into quarantine, where it is
//! tried ever more rarely and switched off in the end. Nobody is lost by then, and nobody comes on board either.

use std::collections::BTreeMap;

use proofload_scenarios::Quarantine;

use super::result::Jobs;
use super::words;

/// Kinds of jobs that are about references, by [`Task::name`](super::task::Task::name).
const REFERENCES: [&str; 2] = ["join group", "leave group"];

/// Why the job would be in quarantine by the end of the run, in words; `None` if it would not be. `jobs` are those of the whole
/// run by kind, taken as one cycle; `denied` is how many requests were answered 401 or 403.
pub fn reason(limits: &Quarantine, jobs: &BTreeMap<&'static str, Jobs>, denied: u64) -> Option<String> {
    if denied > 0 {
        return Some(format!(
            "{} requests were answered 401 or 403, and its credentials count at once",
            words::count(denied)
        ));
    }
    let failures = |jobs: &Jobs| jobs.retries + jobs.given_up;
    let all: u64 = jobs.values().map(failures).sum();
    let objects = || jobs.iter().filter(|(kind, _)| !REFERENCES.contains(kind));
    let failed: u64 = objects().map(|(_, jobs)| failures(jobs)).sum();
    let tried: u64 = objects().map(|(_, jobs)| jobs.done + failures(jobs)).sum();
    let count = words::count;
    if all > limits.all {
        Some(format!("{} tries failed", count(all)))
    } else if failed > limits.objects {
        Some(format!("{} tries failed, memberships left out", count(failed)))
    } else if all >= limits.failures && failed * 100 > tried * u64::from(limits.percent) {
        Some(format!(
            "{} of {} tries failed, memberships left out",
            count(failed),
            count(tried)
        ))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const ENTRA: Quarantine = Quarantine {
        failures: 5_000,
        percent: 40,
        objects: 40_000,
        all: 60_000,
    };

    #[rstest]
    #[case::few_failures(&[("assign", 10, 4_999)], 0, None)]
    #[case::too_large_a_share(&[("assign", 7_000, 5_000)], 0, Some("5 000 of 12 000 tries failed, memberships left out"))]
    #[case::a_small_share(&[("assign", 8_000, 5_000)], 0, None)]
    #[case::memberships_have_no_share(&[("assign", 10, 0), ("join group", 10, 50_000)], 0, None)]
    #[case::too_many_objects(&[("assign", 90_000, 40_001)], 0, Some("40 001 tries failed, memberships left out"))]
    #[case::too_many_in_all(&[("join group", 900_000, 60_001)], 0, Some("60 001 tries failed"))]
    #[case::credentials(&[("assign", 9, 1)], 1, Some("1 requests were answered 401 or 403, and its credentials count at once"))]
    fn entra_stops(#[case] kinds: &[(&'static str, u64, u64)], #[case] denied: u64, #[case] why: Option<&str>) {
        let jobs = |done, retries| Jobs {
            done,
            retries,
            given_up: 0,
        };
        let kinds = kinds.iter().map(|(kind, done, failed)| (*kind, jobs(*done, *failed)));
        assert_eq!(reason(&ENTRA, &kinds.collect(), denied).as_deref(), why);
    }
}
