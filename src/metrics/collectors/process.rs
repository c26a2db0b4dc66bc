//! The process, with the names that every client library of Prometheus uses.

use std::fmt;
use std::fs;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;

use super::samples::Samples;

/// The unit of times in `/proc`: `USER_HZ`, which is 100 on every architecture that matters here.
const TICKS_PER_SECOND: f64 = 100.0;

/// Reads the process from `/proc`. What another system does not have there is left out.
#[derive(Debug)]
pub(in crate::metrics) struct ProcessCollector {
    started: SystemTime,
}

impl ProcessCollector {
    /// Finds out when the process started; now, if the system does not tell.
    pub(in crate::metrics) fn new() -> Self {
        Self {
            started: start_time().unwrap_or_else(SystemTime::now),
        }
    }
}

impl Collector for ProcessCollector {
    fn encode(&self, encoder: DescriptorEncoder) -> fmt::Result {
        let mut samples = Samples(encoder);
        let started = self.started.duration_since(UNIX_EPOCH).unwrap_or_default();
        samples.gauge(
            "process_start_time_seconds",
            "When the process started, in seconds since 1970.",
            &started.as_secs_f64(),
        )?;
        if let Some(seconds) = cpu_seconds() {
            let help = "CPU time of the process in seconds, user and system.";
            samples.counter("process_cpu_seconds", help, &seconds)?;
        }
        if let Some([resident, virtual_memory]) = memory_bytes() {
            let help = "Resident memory of the process in bytes.";
            samples.gauge("process_resident_memory_bytes", help, &resident)?;
            let help = "Virtual memory of the process in bytes.";
            samples.gauge("process_virtual_memory_bytes", help, &virtual_memory)?;
        }
        if let Some(files) = open_files() {
            samples.gauge("process_open_fds", "Open file descriptors.", &files)?;
        }
        if let Some(files) = max_files() {
            let help = "The limit on open file descriptors.";
            samples.gauge("process_max_fds", help, &files)?;
        }
        Ok(())
    }
}

/// When the process started. The system counts from its own start, which it tells in whole seconds.
fn start_time() -> Option<SystemTime> {
    let since_boot = Duration::try_from_secs_f64(stat_seconds(22)?).ok()?;
    let stat = fs::read_to_string("/proc/stat").ok()?;
    let boot = stat.lines().find_map(|line| line.strip_prefix("btime "))?;
    let boot = Duration::from_secs(boot.trim().parse().ok()?);
    Some(UNIX_EPOCH + boot + since_boot)
}

/// The CPU time: that of the user and that of the system.
fn cpu_seconds() -> Option<f64> {
    Some(stat_seconds(14)? + stat_seconds(15)?)
}

/// The time in a field of `proc_pid_stat(5)`, counted from 1.
fn stat_seconds(field: usize) -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // Field 2 is the name of the program in parentheses, which may contain anything.
    let (_, fields) = stat.rsplit_once(')')?;
    let ticks = fields.split_ascii_whitespace().nth(field.checked_sub(3)?)?;
    Some(ticks.parse::<f64>().ok()? / TICKS_PER_SECOND)
}

/// The resident and the virtual memory.
fn memory_bytes() -> Option<[u64; 2]> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let bytes = |key| {
        let kibibytes = status.lines().find_map(|line| line.strip_prefix(key))?;
        let number = kibibytes.trim().strip_suffix(" kB")?;
        Some(number.parse::<u64>().ok()? * 1024)
    };
    Some([bytes("VmRSS:")?, bytes("VmSize:")?])
}

/// The number of open files, without the one that is open to count them.
fn open_files() -> Option<usize> {
    Some(
        fs::read_dir("/proc/self/fd")
            .ok()?
            .count()
            .saturating_sub(1),
    )
}

fn max_files() -> Option<u64> {
    rlimit::Resource::NOFILE.get_soft().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn the_process_can_be_read() {
        let before = cpu_seconds().unwrap();
        while cpu_seconds().unwrap() < before + 0.05 {}
        let since_start = start_time().unwrap().elapsed().unwrap();
        assert!(since_start < Duration::from_hours(24), "{since_start:?}");
        let [resident, virtual_memory] = memory_bytes().unwrap();
        assert!(resident > 1 << 20 && virtual_memory >= resident);
        let files = open_files().unwrap();
        let _file = fs::File::open("/proc/self/stat").unwrap();
        assert!(files > 2 && max_files().unwrap() > files as u64);
    }
}
