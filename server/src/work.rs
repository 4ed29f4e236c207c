//! Work: what is left for one request of rows, cells, memory and time, and what ends it early.
//!
//! The work goes with the request, from reading its body to the last byte of its answer, on whatever thread. There are two
//! who may end it: the clock, and a client that leaves. Both say so here, and the work looks here.

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

/// What is left for the work of a request.
#[derive(Debug)]
pub struct Work {
    rows: u64,
    cells: u64,
    /// How many bytes of rows that must be held together are left.
    bytes: u64,
    /// How many results a row has.
    results: u64,
    account: Account,
    control: Control,
}

/// What ends the work of a request early.
#[derive(Clone, Debug)]
pub struct Control(Arc<State>);

#[derive(Debug)]
struct State {
    interrupt: Interrupt,
    start: Instant,
    /// When the time is over, in microseconds from the start; never, at first.
    end: AtomicU64,
}

/// Interrupts the work of a request when it is dropped: its client has gone.
#[derive(Debug)]
pub struct InterruptOnDrop(Control);

/// Looks at the clock while this is there, and interrupts the work when its time is over.
#[derive(Debug)]
pub struct Watch(Option<JoinHandle<()>>);

impl Work {
    /// Makes the work of a request to a model, whose rows have `results` results. Its time does not run yet.
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

    /// Returns the account that the work draws memory from.
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// Returns what ends the work early.
    pub fn control(&self) -> &Control {
        &self.control
    }

    /// Takes a row.
    ///
    /// # Errors
    /// Fails if there were too many before.
    pub fn row(&mut self) -> Result<(), Failure> {
        self.rows(1)
    }

    /// Takes some rows, and their results.
    ///
    /// # Errors
    /// Fails if there were too many before.
    pub fn rows(&mut self, count: u64) -> Result<(), Failure> {
        self.rows = self
            .rows
            .checked_sub(count)
            .ok_or_else(|| Failure::too_large("There are more rows than the limit (`--max-rows`)"))?;
        self.cells =
            count.checked_mul(self.results).and_then(|count| self.cells.checked_sub(count)).ok_or_else(
                || Failure::too_large("Rows times results of a row are more than the limit (`--max-cells`)"),
            )?;
        Ok(())
    }

    /// Gives rows back that were only looked at, and are to be taken again.
    pub fn give_back_rows(&mut self, count: u64) {
        self.rows += count;
        self.cells += count * self.results;
    }

    /// Takes bytes of rows that are held until the end.
    ///
    /// # Errors
    /// Fails if too much was taken before.
    pub fn hold(&mut self, bytes: u64) -> Result<(), Failure> {
        self.bytes = self
            .bytes
            .checked_sub(bytes)
            .ok_or_else(|| Failure::too_large("Rows that must be held together are larger than the limit"))?;
        Ok(())
    }

    /// Checks that nothing has ended the work.
    ///
    /// # Errors
    /// Fails if its time is over, or its client has gone.
    pub fn check(&self) -> Result<(), Failure> {
        self.control.check()
    }
}

impl Control {
    /// Makes what ends some work early, the time of which does not run yet.
    pub fn new() -> Self {
        let (interrupt, start) = (Interrupt::new(), Instant::now());
        Control(Arc::new(State { interrupt, start, end: AtomicU64::new(u64::MAX) }))
    }

    /// Returns the flag for those who look at nothing else.
    pub fn flag(&self) -> Interrupt {
        self.0.interrupt.clone()
    }

    /// Lets the time run, of which there is so much.
    pub fn start(&self, time: Duration) {
        let end = self.0.start.elapsed().saturating_add(time);
        self.0.end.store(microseconds(end), Ordering::Relaxed);
    }

    /// Does something that does not count: waiting for a client to read, for example.
    pub fn pause<T>(&self, work: impl FnOnce() -> T) -> T {
        let end = self.0.end.swap(u64::MAX, Ordering::Relaxed);
        let start = Instant::now();
        let result = work();
        if end != u64::MAX {
            self.0.end.store(end.saturating_add(microseconds(start.elapsed())), Ordering::Relaxed);
        }
        result
    }

    /// Checks that nothing has ended the work.
    ///
    /// # Errors
    /// Fails if its time is over, or its client has gone.
    pub fn check(&self) -> Result<(), Failure> {
        if self.left().is_some_and(|left| left.is_zero()) {
            return Err(Failure::unavailable(
                "The evaluation takes longer than the limit (`--evaluation-time`)",
            ));
        }
        if self.0.interrupt.is_interrupted() {
            return Err(Failure::bad_request("The client has gone"));
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

    /// Interrupts the work when its time is over, as long as the guard is there.
    pub fn watch(&self) -> Watch {
        // The time of a stream does not run.
        let (Some(_), Ok(runtime)) = (self.left(), Handle::try_current()) else { return Watch(None) };
        let control = self.clone();
        Watch(Some(runtime.spawn(async move {
            loop {
                match control.left() {
                    Some(left) if left.is_zero() => return control.interrupt(),
                    Some(left) => sleep(left).await,
                    // The time does not run: it may again.
                    None => sleep(Duration::from_millis(100)).await,
                }
            }
        })))
    }

    /// Returns how much time is left; none if it does not run.
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
