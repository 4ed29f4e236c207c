//! Interrupts: what is done before a signal ends the tool.
//!
//! Where the tool writes a file, an interrupt, SIGTERM and SIGHUP remove its temporary file, if it was begun. The tool then
//! ends with the status 128 + signal: what a shell says of a program that a signal has ended, and what a program that has started the
//! tool without a shell reads too. A signal that was ignored when the tool was started (`nohup`) stays ignored.

use crate::console;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::signal_name;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::thread;

/// A file that is being written.
struct Unfinished {
    temporary: PathBuf,
    target: PathBuf,
}

/// The file that is being written: a run of the tool writes one at most. Held while it comes and goes.
static UNFINISHED: Mutex<Option<Unfinished>> = Mutex::new(None);
static START: Once = Once::new();

fn unfinished() -> MutexGuard<'static, Option<Unfinished>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Creates a temporary file, which a signal removes from now on.
///
/// # Errors
/// As `create`, or if signals cannot be heard of.
pub fn create<T: AsRef<Path>>(target: &Path, create: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    listen()?;
    let mut unfinished = unfinished();
    let file = create()?;
    *unfinished = Some(Unfinished { temporary: file.as_ref().to_owned(), target: target.to_owned() });
    Ok(file)
}

/// Gives the temporary file its name. A signal comes before or after that.
pub fn finish<T>(persist: impl FnOnce() -> T) -> T {
    let mut unfinished = unfinished();
    let result = persist();
    *unfinished = None;
    result
}

/// Ends the tool with 128 + signal from now on, whether a file was begun or not.
///
/// # Errors
/// Fails if signals cannot be heard of.
pub fn listen() -> io::Result<()> {
    let mut started = Ok(());
    START.call_once(|| started = start());
    started
}

/// Waits for signals on a thread.
fn start() -> io::Result<()> {
    let ignored = ignored();
    let heard = [SIGINT, SIGTERM, SIGHUP].into_iter().filter(|signal| ignored >> (signal - 1) & 1 == 0);
    let mut signals = Signals::new(heard)?;
    let wait = move || {
        if let Some(signal) = signals.forever().next() {
            end(signal);
        }
    };
    thread::Builder::new().spawn(wait).map(drop)
}

fn end(signal: i32) {
    // Held until the end, so that the file cannot get its name any more.
    let mut unfinished = unfinished();
    let outcome = match unfinished.take() {
        None => String::new(),
        Some(Unfinished { temporary, target }) => {
            let outcome = match fs::remove_file(&temporary) {
                Ok(()) => "its temporary file is removed".to_owned(),
                Err(error) => {
                    format!("its temporary file `{}` cannot be removed: {error}", temporary.display())
                }
            };
            format!(": `{}` was not written, {outcome}", target.display())
        }
    };
    console::complain(&format!("interrupted by {}{outcome}", signal_name(signal).unwrap_or("a signal")));
    std::process::exit(128 + signal);
}

/// Returns the signals that are ignored, a bit each from the lowest. Only Linux says so without unsafe code.
fn ignored() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}
