//! Interrupts: cleanup before a signal ends the tool.
//!
//! If the tool writes a file, SIGINT, SIGTERM and SIGHUP remove its temporary file, if there is one yet. The tool then exits
//! with the status 128 + signal, as shells report for a program that a signal has ended, so that a program which starts the
//! tool without a shell reads the same status. A signal that was ignored when the tool was started (`nohup`) stays ignored.

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

/// The file that is being written. A run of the tool writes one at most. The lock is held while the file is created, renamed
/// or removed.
static UNFINISHED: Mutex<Option<Unfinished>> = Mutex::new(None);
static START: Once = Once::new();

fn unfinished() -> MutexGuard<'static, Option<Unfinished>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Creates a temporary file, and makes signals remove it from now on.
///
/// # Errors
/// Fails if `create` does, or if signals cannot be received.
pub fn create<T: AsRef<Path>>(target: &Path, create: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    listen()?;
    let mut unfinished = unfinished();
    let file = create()?;
    *unfinished = Some(Unfinished { temporary: file.as_ref().to_owned(), target: target.to_owned() });
    Ok(file)
}

/// Renames the temporary file to its final name. A signal is handled before or after that, not meanwhile.
pub fn finish<T>(persist: impl FnOnce() -> T) -> T {
    let mut unfinished = unfinished();
    let result = persist();
    *unfinished = None;
    result
}

/// Makes signals end the tool with the status 128 + signal from now on, even if there is no file yet.
///
/// # Errors
/// Fails if signals cannot be received.
pub fn listen() -> io::Result<()> {
    let mut started = Ok(());
    START.call_once(|| started = start());
    started
}

/// Waits for signals on a thread.
fn start() -> io::Result<()> {
    let ignored = ignored();
    let handled = [SIGINT, SIGTERM, SIGHUP].into_iter().filter(|signal| ignored >> (signal - 1) & 1 == 0);
    let mut signals = Signals::new(handled)?;
    let wait = move || {
        if let Some(signal) = signals.forever().next() {
            end(signal);
        }
    };
    thread::Builder::new().spawn(wait).map(drop)
}

fn end(signal: i32) {
    // Held until the process exits, so that the file cannot be renamed any more.
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

/// Returns the mask of ignored signals, with signal 1 in the lowest bit. Only Linux reports it without unsafe code.
fn ignored() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}
