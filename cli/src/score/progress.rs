//! The progress bar.

use crate::console;
use crate::output::Output;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{self, IsTerminal};
use std::time::Duration;

/// Shows the progress of scoring on a terminal, unless the results are written to it.
pub struct Progress(ProgressBar);

impl Progress {
    /// Makes a bar for an input, with its size if that is known.
    pub fn new(bytes: Option<u64>, output: &Output) -> Self {
        if !io::stderr().is_terminal() || output.is_terminal() {
            return Progress(ProgressBar::hidden());
        }
        let (bar, template) = match bytes {
            Some(bytes) => (
                ProgressBar::new(bytes),
                "{bar:40} {bytes} of {total_bytes}, {bytes_per_sec}, {msg}, {eta} to go",
            ),
            None => (ProgressBar::new_spinner(), "{spinner} {bytes}, {bytes_per_sec}, {msg}"),
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        Progress(bar)
    }

    /// Advances the bar by a number of input bytes. `rows` is the total number of rows scored.
    pub fn advance(&self, bytes: u64, rows: u64) {
        if !self.0.is_hidden() {
            self.0.inc(bytes);
            self.0.set_message(format!("{rows} rows"));
        }
    }

    /// Prints a message without disturbing the bar.
    pub fn say(&self, message: &str) {
        self.0.suspend(|| console::complain(message));
    }

    /// Removes the bar.
    pub fn finish(&self) {
        self.0.finish_and_clear();
    }
}
