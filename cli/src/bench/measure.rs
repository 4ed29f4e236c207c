//! Repeated measurements and their summaries.

use std::fmt;

/// A summary of repeated measurements.
#[derive(Clone, Copy, Debug)]
pub struct Summary {
    /// The median.
    pub median: f64,
    least: f64,
}

impl Summary {
    /// Summarizes one measurement or more.
    pub fn new(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let median = values.get(values.len() / 2).copied().unwrap_or_default();
        Self { median, least: values.first().copied().unwrap_or_default() }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1} (at best {:.1})", self.median, self.least)
    }
}

/// Repeats a measurement, after one run that is not counted.
pub fn repeated(times: u16, mut measure: impl FnMut() -> f64) -> Summary {
    measure();
    Summary::new((0..times).map(|_| measure()).collect())
}

/// Returns the peak memory of the process in megabytes, if the system reports it.
pub fn peak_memory() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024.0 / 1e6)
}
