//! Messages on standard error.

use std::io::{self, Write};

/// Prints a line to standard error.
pub fn complain(line: &str) {
    // A failure to write to standard error cannot be reported anywhere.
    let _ = writeln!(io::stderr(), "{line}");
}
