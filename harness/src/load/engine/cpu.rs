//! What the driver costs: the processor time of its own threads, so that a bridge and an upstream in the same process do
//! not count. Known on Linux only.

use std::time::Duration;

/// The name of every thread of the driver. Linux keeps fifteen bytes.
pub const DRIVER_THREADS: &str = "load-driver";

/// Processor time that the driver's threads have used so far; `None` where the system does not tell.
#[cfg(target_os = "linux")]
pub fn used() -> Option<Duration> {
    let mut ticks = 0;
    for thread in std::fs::read_dir("/proc/self/task").ok()?.flatten() {
        // A thread may end while it is looked at; then it counts no more.
        let Ok(stat) = std::fs::read_to_string(thread.path().join("stat")) else {
            continue;
        };
        ticks += ticks_of_driver(&stat).unwrap_or_default();
    }
    let per_second = rustix::param::clock_ticks_per_second().max(1);
    Some(Duration::from_millis(ticks * 1000 / per_second))
}

/// Unknown here.
#[cfg(not(target_os = "linux"))]
pub fn used() -> Option<Duration> {
    None
}

/// User and system ticks of a line of `/proc/self/task/*/stat`, if it is a thread of the driver.
#[cfg(target_os = "linux")]
fn ticks_of_driver(stat: &str) -> Option<u64> {
    let (before, after) = stat.rsplit_once(')')?;
    before.split_once('(').filter(|(_, name)| *name == DRIVER_THREADS)?;
    // Fields 14 and 15 of proc(5); the first after the name is the third.
    let mut fields = after.split_ascii_whitespace().skip(11);
    let (user, system): (u64, u64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some(user + system)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("7 (load-driver) S 1 7 7 0 -1 4194304 10 0 0 0 120 30 0 0 20 0 1 0", Some(150))]
    #[case("7 (load-target) S 1 7 7 0 -1 4194304 10 0 0 0 120 30 0 0 20 0 1 0", None)]
    #[case("7 (a) (b) S 1 7 7 0 -1 4194304 10 0 0 0 120 30 0 0 20 0 1 0", None)]
    #[case("nonsense", None)]
    fn only_the_driver_counts(#[case] stat: &str, #[case] ticks: Option<u64>) {
        assert_eq!(ticks_of_driver(stat), ticks);
    }

    #[test]
    fn a_busy_driver_is_seen() {
        let before = used().unwrap();
        let busy = std::thread::Builder::new().name(DRIVER_THREADS.to_owned()).spawn(|| {
            let mut sum = 0_u64;
            while used().unwrap() < Duration::from_millis(30) {
                sum = (0..100_000_u64).fold(sum, |sum, number| sum.wrapping_add(number.wrapping_mul(number)));
            }
            (sum, used().unwrap())
        });
        let (_, after) = busy.unwrap().join().unwrap();
        assert!(after > before);
    }
}
