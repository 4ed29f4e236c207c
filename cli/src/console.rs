//! Messages on the standard error.

use std::io::{self, Write};

/// Prints a line on the standard error.
pub fn complain(line: &str) {
    // There is nowhere left to report that it cannot be written.
    let _ = writeln!(io::stderr(), "{line}");
}
