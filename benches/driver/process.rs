//! What `/proc` tells.

use std::fs;
use std::io;
use std::time::Duration;

/// CPU time of all processes that this one has started and waited for, and of theirs. In ticks of a hundredth of a second.
pub(crate) fn cpu_of_children() -> io::Result<Duration> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    // Fields 16 and 17 of proc(5); the first after the name is the third.
    let fields = stat.rsplit_once(')').map(|(_, fields)| fields.split_ascii_whitespace());
    let ticks = fields.into_iter().flatten().skip(13).take(2);
    let ticks: u64 = ticks.filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
    Ok(Duration::from_millis(ticks * 10))
}

/// How many processes wanted to run in the last minute, and how many cores there are.
pub(crate) fn load() -> io::Result<String> {
    let load = fs::read_to_string("/proc/loadavg")?;
    let cores = std::thread::available_parallelism()?;
    Ok(format!(
        "{} on {cores} cores",
        load.split(' ').next().unwrap_or_default()
    ))
}
