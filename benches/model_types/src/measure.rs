//! The clock.

use std::time::{Duration, Instant};

/// For how long a thing is done, at least.
const TIME: Duration = Duration::from_millis(1_500);
/// How often it is done, at least.
const PASSES: usize = 6;

/// Nanoseconds a row of the fastest pass.
pub fn best(rows: usize, mut pass: impl FnMut()) -> f64 {
    let start = Instant::now();
    let mut best = Duration::MAX;
    let mut passes = 0;
    while passes < PASSES || start.elapsed() < TIME {
        let start = Instant::now();
        pass();
        best = best.min(start.elapsed());
        passes += 1;
    }
    best.as_nanos() as f64 / rows.max(1) as f64
}
