//! What `/proc` tells of a process, and where it runs.

use std::fs;
use std::io;
use std::time::Duration;

use rustix::thread::{CpuSet, sched_getcpu, sched_setaffinity};

/// Keeps this process, and those that it starts, on the CPU where it is.
pub(crate) fn stay() -> io::Result<()> {
    let mut cpus = CpuSet::new();
    cpus.set(sched_getcpu());
    Ok(sched_setaffinity(None, &cpus)?)
}

/// CPU time of all threads of a process so far, to the nanosecond. Threads that have ended do not
/// count; the servers measured here end none.
pub(crate) fn cpu(pid: u32) -> io::Result<Duration> {
    let mut total = 0;
    for thread in fs::read_dir(format!("/proc/{pid}/task"))? {
        let stat = fs::read_to_string(thread?.path().join("schedstat"))?;
        let nanos = stat.split(' ').next().and_then(|nanos| nanos.parse::<u64>().ok());
        total += nanos.ok_or_else(|| io::Error::other("schedstat has an unknown form"))?;
    }
    Ok(Duration::from_nanos(total))
}

/// Resident bytes of a process.
pub(crate) fn resident(pid: u32) -> io::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    Ok(kilobytes.ok_or_else(|| io::Error::other("status has an unknown form"))? * 1024)
}
