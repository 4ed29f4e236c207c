//! The output of the tool: a file or standard output.

use crate::failure::Failure;
#[cfg(unix)]
use crate::interrupt;
use same_file::Handle;
use std::fs::{File, OpenOptions};
#[cfg(unix)]
use std::fs::{Metadata, Permissions};
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// An output that is being written.
///
/// A file is written under a temporary name in the same directory, and renamed in [`Self::finish`]. An error or an interrupt
/// therefore leaves no partial result and does not damage an older one. The new file gets the mode of the file that it
/// replaces, and its owner if that is permitted. A link stays a link: the file that it points to is replaced.
pub enum Output {
    /// The standard output.
    Standard,
    /// A path that is not a regular file (a pipe, `/dev/null`), which is written directly.
    Device(PathBuf, File),
    /// A file, under its temporary name.
    File(PathBuf, NamedTempFile),
}

impl Output {
    /// Prepares for writing a path. If it is a file, interrupts end the tool with a message and status 128 + signal from now
    /// on.
    ///
    /// # Errors
    /// Fails if signals cannot be received.
    pub fn prepare(path: &Path) -> Result<(), Failure> {
        #[cfg(unix)]
        if path.as_os_str() != "-" {
            interrupt::listen().map_err(|error| Failure::io("signals cannot be received", &error))?;
        }
        #[cfg(not(unix))]
        let _ = path;
        Ok(())
    }

    /// Opens a path; `-` is the standard output.
    ///
    /// # Errors
    /// Fails if it cannot be written, or is one of the inputs under any name: the results would replace their own input.
    pub fn open(path: &Path, inputs: &[&Path]) -> Result<Self, Failure> {
        if let Some(input) = inputs.iter().find(|input| is_same_file(input, path)) {
            let name = |path: &Path, stream: &str| match path.as_os_str() == "-" {
                true => stream.to_owned(),
                false => format!("`{}`", path.display()),
            };
            let (input, output) = (name(input, "the standard input"), name(path, "the standard output"));
            return Err(Failure::new(format!("the output {output} is the same file as the input {input}"))
                .help("write to another file, and rename it afterwards"));
        }
        if path.as_os_str() == "-" {
            return Ok(Output::Standard);
        }
        Self::open_path(path).map_err(|error| failure(path, &error))
    }

    fn open_path(path: &Path) -> io::Result<Self> {
        #[cfg_attr(
            not(unix),
            allow(unused_variables, reason = "the file's mode and owner are kept on Unix alone")
        )]
        let replaced = match path.metadata() {
            Ok(metadata) if metadata.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
            Ok(metadata) if !metadata.is_file() => {
                return Ok(Output::Device(path.to_owned(), OpenOptions::new().write(true).open(path)?));
            }
            Ok(metadata) => Some(metadata),
            Err(_) if path.is_symlink() => {
                return Err(io::Error::other("it is a link to a file that does not exist"));
            }
            Err(_) => None,
        };
        let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let directory = match target.parent() {
            Some(directory) if !directory.as_os_str().is_empty() => directory,
            _ => Path::new("."),
        };
        let mut builder = tempfile::Builder::new();
        builder.prefix(".pmmlc-").suffix(".tmp");
        #[cfg(unix)]
        if replaced.is_none() {
            use std::os::unix::fs::PermissionsExt;
            // The mode of new files, which the user's mask restricts.
            builder.permissions(Permissions::from_mode(0o666));
        }
        #[cfg(unix)]
        let file = interrupt::create(path, || builder.tempfile_in(directory))?;
        #[cfg(not(unix))]
        let file = builder.tempfile_in(directory)?;
        #[cfg(unix)]
        if let Some(replaced) = replaced {
            take_over(file.as_file(), &replaced)?;
        }
        Ok(Output::File(target, file))
    }

    /// Returns whether the results appear on a terminal as they are written.
    pub fn is_terminal(&self) -> bool {
        match self {
            Output::Standard => io::stdout().is_terminal(),
            Output::Device(_, file) => file.is_terminal(),
            Output::File(..) => false,
        }
    }

    /// Writes a part of the output.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let result = match self {
            Output::Standard => io::stdout().lock().write_all(bytes),
            Output::Device(_, file) => file.write_all(bytes),
            Output::File(_, file) => file.write_all(bytes),
        };
        result.map_err(|error| failure(self.path(), &error))
    }

    /// Completes the output.
    pub fn finish(self) -> Result<(), Failure> {
        match self {
            Output::Standard => io::stdout().lock().flush().map_err(|error| failure(Path::new("-"), &error)),
            Output::Device(..) => Ok(()),
            Output::File(path, file) => {
                #[cfg(unix)]
                let persisted = interrupt::finish(|| file.persist(&path));
                #[cfg(not(unix))]
                let persisted = file.persist(&path);
                persisted.map(drop).map_err(|error| failure(&path, &error.error))
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

/// Gives a new file the owner and the mode of the one that it will replace. No other user can have opened it before.
#[cfg(unix)]
fn take_over(file: &File, replaced: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
    let metadata = file.metadata()?;
    let (mut uid, mut gid) = (metadata.uid() == replaced.uid(), metadata.gid() == replaced.gid());
    // Users may give files to their groups, and administrators may give files to any user.
    uid = uid || fchown(file, Some(replaced.uid()), None).is_ok();
    gid = gid || fchown(file, None, Some(replaced.gid())).is_ok();
    let mode = replaced.mode() & 0o7777;
    // A program that runs with its owner's rights must not run with those of another user.
    let mode = if uid && gid { mode } else { mode & 0o777 };
    file.set_permissions(Permissions::from_mode(mode))
}

/// Returns whether two paths are the same regular file. `-` is a standard stream.
fn is_same_file(input: &Path, output: &Path) -> bool {
    // Only files are opened: opening a pipe would block until its other end is opened.
    let open = |path: &Path, stream: fn() -> io::Result<Handle>| match path.as_os_str() == "-" {
        true => stream().ok(),
        false => path.is_file().then(|| Handle::from_path(path).ok()).flatten(),
    };
    let is_file = |handle: &Handle| handle.as_file().metadata().is_ok_and(|metadata| metadata.is_file());
    let (Some(input), Some(output)) = (open(input, Handle::stdin), open(output, Handle::stdout)) else {
        return false;
    };
    input == output && is_file(&input)
}

fn failure(path: &Path, error: &io::Error) -> Failure {
    if path.as_os_str() == "-" {
        return Failure::io("the standard output cannot be written", error);
    }
    Failure::io(format_args!("the output `{}` cannot be written", path.display()), error)
}

/// Prints text to standard output.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut output = Output::Standard;
    output.write(text.as_bytes())?;
    output.finish()
}
