//! Where results go: a file, or the standard output.

use crate::failure::Failure;
use std::fs::{File, OpenOptions};
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Results on their way.
///
/// A file is written under another name beside its own and takes that at the end, in [`Self::finish`]: an error leaves
/// neither half a result nor harms an older one.
pub enum Output {
    /// The standard output.
    Standard,
    /// Something that is no ordinary file (a pipe, `/dev/null`), written as it is.
    Device(PathBuf, File),
    /// A file, under its temporary name.
    File(PathBuf, NamedTempFile),
}

impl Output {
    /// Opens a path; `-` is the standard output.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        if path.as_os_str() == "-" {
            return Ok(Output::Standard);
        }
        Self::open_path(path).map_err(|error| failure(path, &error))
    }

    fn open_path(path: &Path) -> io::Result<Self> {
        match path.metadata() {
            Ok(metadata) if metadata.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
            Ok(metadata) if !metadata.is_file() => {
                return Ok(Output::Device(path.to_owned(), OpenOptions::new().write(true).open(path)?));
            }
            _ => {}
        }
        // A link stays a link: what it points at is replaced.
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let directory = match path.parent() {
            Some(directory) if !directory.as_os_str().is_empty() => directory,
            _ => Path::new("."),
        };
        let mut builder = tempfile::Builder::new();
        builder.prefix(".pmmlc-").suffix(".tmp");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // As any new file: less what the user's mask takes away.
            builder.permissions(std::fs::Permissions::from_mode(0o666));
        }
        let file = builder.tempfile_in(directory)?;
        Ok(Output::File(path, file))
    }

    /// Whether people see the results as they come.
    pub fn is_terminal(&self) -> bool {
        match self {
            Output::Standard => io::stdout().is_terminal(),
            Output::Device(_, file) => file.is_terminal(),
            Output::File(..) => false,
        }
    }

    /// Writes a piece.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let result = match self {
            Output::Standard => io::stdout().lock().write_all(bytes),
            Output::Device(_, file) => file.write_all(bytes),
            Output::File(_, file) => file.write_all(bytes),
        };
        result.map_err(|error| failure(self.path(), &error))
    }

    /// Says that everything is written.
    pub fn finish(self) -> Result<(), Failure> {
        match self {
            Output::Standard => io::stdout().lock().flush().map_err(|error| failure(Path::new("-"), &error)),
            Output::Device(..) => Ok(()),
            Output::File(path, file) => {
                file.persist(&path).map(drop).map_err(|error| failure(&path, &error.error))
            }
        }
    }

    fn path(&self) -> &Path {
        match self {
            Output::Standard => Path::new("-"),
            Output::Device(path, _) | Output::File(path, _) => path,
        }
    }
}

fn failure(path: &Path, error: &io::Error) -> Failure {
    if path.as_os_str() == "-" {
        return Failure::io("the standard output cannot be written", error);
    }
    Failure::io(format_args!("the output `{}` cannot be written", path.display()), error)
}

/// Prints text on the standard output.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut output = Output::Standard;
    output.write(text.as_bytes())?;
    output.finish()
}

/// Prints a line on the standard error.
pub fn complain(line: &str) {
    // There is nowhere left to report that it cannot be written.
    let _ = writeln!(io::stderr(), "{line}");
}
