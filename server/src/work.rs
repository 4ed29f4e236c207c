//! Work: the remaining rows, cells, memory and time of a request, and the interruption of its work.
//!
//! The work accompanies the request on any thread, from reading its body to the last byte of its response. A timeout and a
//! client that disconnects may end it. Both are signaled by [`Control`], which the work checks.

use crate::budget::Account;
use crate::failure::Failure;
use crate::limits::Limits;
use pmml::Interrupt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio::time::sleep;

/// The remaining limits of a request.
#[derive(Debug)]
pub struct Work {
    rows: u64,
    cells: u64,
    /// Remaining number of bytes of rows that must be held together.
    bytes: u64,
    /// Number of results of a row.
    results: u64,
    account: Account,
    control: Control,
}

/// The control by which the work of a request is ended early.
#[derive(Clone, Debug)]
pub struct Control(Arc<State>);

#[derive(Debug)]
struct State {
    interrupt: Interrupt,
    start: Instant,
    /// The end of the time in microseconds after the start, or `u64::MAX` while the time does not run.
    end: AtomicU64,
}

/// Interrupts the work of a request when it is dropped because its client has disconnected.
#[derive(Debug)]
pub struct InterruptOnDrop(Control);

/// Interrupts the work when its time is over, until this is dropped.
#[derive(Debug)]
pub struct Watch(Option<JoinHandle<()>>);

impl Work {
    /// Makes the work of a request to a model with `results` results per row. Its time does not run yet.
    pub fn new(limits: &Limits, account: Account, results: usize) -> Self {
        Work {
            rows: limits.rows,
            cells: limits.cells,
            bytes: limits.body_bytes,
            results: results.max(1) as u64,
            account,
            control: Control::new(),
        }
    }

    /// Returns the account from which the work takes memory.
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// Returns the control of the work.
    pub fn control(&self) -> &Control {
        &self.control
    }

    /// Takes a row.
    ///
    /// # Errors
    /// Fails if there are more rows or results than the limits.
    pub fn row(&mut self) -> Result<(), Failure> {
        self.rows(1)
    }

    /// Takes a number of rows and their results.
    ///
    /// # Errors
    /// Fails if there are more rows or results than the limits.
    pub fn rows(&mut self, count: u64) -> Result<(), Failure> {
        self.rows = self
            .rows
            .checked_sub(count)
            .ok_or_else(|| Failure::too_large("There are more rows than the limit (`--max-rows`)"))?;
        self.cells =
            count.checked_mul(self.results).and_then(|count| self.cells.checked_sub(count)).ok_or_else(
                || Failure::too_large("The rows have more results in total than the limit (`--max-cells`)"),
            )?;
        Ok(())
    }

    /// Gives back rows that were only parsed, and will be taken again.
    pub fn give_back_rows(&mut self, count: u64) {
        self.rows += count;
        self.cells += count * self.results;
    }

    /// Takes bytes of rows that are held until the end.
    ///
    /// # Errors
    /// Fails if there are more than the limit.
    pub fn hold(&mut self, bytes: u64) -> Result<(), Failure> {
        self.bytes = self.bytes.checked_sub(bytes).ok_or_else(|| {
            Failure::too_large("The rows must be held in memory together and are larger than the limit")
        })?;
        Ok(())
    }

    /// Checks that the work was not ended.
    ///
    /// # Errors
    /// Fails if its time is over, or its client has disconnected.
    pub fn check(&self) -> Result<(), Failure> {
        self.control.check()
    }
}

impl Control {
    /// Makes the control of some work, whose time does not run yet.
    pub fn new() -> Self {
        let (interrupt, start) = (Interrupt::new(), Instant::now());
        Control(Arc::new(State { interrupt, start, end: AtomicU64::new(u64::MAX) }))
    }

    /// Returns the flag that is set when the work is interrupted.
    pub fn flag(&self) -> Interrupt {
        self.0.interrupt.clone()
    }

    /// Starts the time, which ends after `time`.
    pub fn start(&self, time: Duration) {
        let end = self.0.start.elapsed().saturating_add(time);
        self.0.end.store(microseconds(end), Ordering::Relaxed);
    }

    /// Stops the time while a function runs, for example one that waits for a client to read.
    pub fn pause<T>(&self, work: impl FnOnce() -> T) -> T {
        let end = self.0.end.swap(u64::MAX, Ordering::Relaxed);
        let start = Instant::now();
        let result = work();
        if end != u64::MAX {
            self.0.end.store(end.saturating_add(microseconds(start.elapsed())), Ordering::Relaxed);
        }
        result
    }

    /// Checks that the work was not ended.
    ///
    /// # Errors
    /// Fails if its time is over, or its client has disconnected.
    pub fn check(&self) -> Result<(), Failure> {
        if self.left().is_some_and(|left| left.is_zero()) {
            return Err(Failure::unavailable(
                "The evaluation takes longer than the limit (`--evaluation-time`)",
            ));
        }
        if self.0.interrupt.is_interrupted() {
            return Err(Failure::bad_request("The client has disconnected"));
        }
        Ok(())
    }

    /// Interrupts the work.
    pub fn interrupt(&self) {
        self.0.interrupt.interrupt();
    }

    /// Makes a guard that interrupts the work when it is dropped.
    pub fn interrupt_on_drop(&self) -> InterruptOnDrop {
        InterruptOnDrop(self.clone())
    }

    /// Returns a guard that interrupts the work when its time is over.
    pub fn watch(&self) -> Watch {
        // The time of a stream does not run.
        let (Some(_), Ok(runtime)) = (self.left(), Handle::try_current()) else { return Watch(None) };
        let control = self.clone();
        Watch(Some(runtime.spawn(async move {
            loop {
                match control.left() {
                    Some(left) if left.is_zero() => return control.interrupt(),
                    Some(left) => sleep(left).await,
                    // The time is stopped, and may run again.
                    None => sleep(Duration::from_millis(100)).await,
                }
            }
        })))
    }

    /// Returns the remaining time, or `None` if the time does not run.
    fn left(&self) -> Option<Duration> {
        let end = self.0.end.load(Ordering::Relaxed);
        (end != u64::MAX).then(|| Duration::from_micros(end).saturating_sub(self.0.start.elapsed()))
    }
}

fn microseconds(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX - 1)
}

impl Drop for InterruptOnDrop {
    fn drop(&mut self) {
        self.0.interrupt();
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(task) = &self.0 {
            task.abort();
        }
    }
}
