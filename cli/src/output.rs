//! Where results go: a file, or the standard output.

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

/// Results on their way.
///
/// A file is written under another name beside its own and takes that at the end, in [`Self::finish`]: an error or an
/// interrupt leaves neither half a result nor harms an older one. The file that is replaced leaves its mode, and its owner
/// where that is allowed, to the new one. A link stays a link: the file that it points at is replaced.
pub enum Output {
    /// The standard output.
    Standard,
    /// Something that is no ordinary file (a pipe, `/dev/null`), written as it is.
    Device(PathBuf, File),
    /// A file, under its temporary name.
    File(PathBuf, NamedTempFile),
}

impl Output {
    /// Prepares for writing a path: if it is a file, interrupts end the tool with a message and 128 + signal from now on.
    ///
    /// # Errors
    /// Fails if the system does not report interrupts.
    pub fn prepare(path: &Path) -> Result<(), Failure> {
        #[cfg(unix)]
        if path.as_os_str() != "-" {
            interrupt::listen().map_err(|error| Failure::io("interrupts cannot be heard of", &error))?;
        }
        #[cfg(not(unix))]
        let _ = path;
        Ok(())
    }

    /// Opens a path; `-` is the standard output.
    ///
    /// # Errors
    /// Fails if it cannot be written, or is one of the inputs, under whatever name: the results would take the place of what
    /// they are made from.
    pub fn open(path: &Path, inputs: &[&Path]) -> Result<Self, Failure> {
        if let Some(input) = inputs.iter().find(|input| is_same_file(input, path)) {
            let name = |path: &Path, stream: &str| match path.as_os_str() == "-" {
                true => stream.to_owned(),
                false => format!("`{}`", path.display()),
            };
            let (input, output) = (name(input, "the standard input"), name(path, "the standard output"));
            return Err(Failure::new(format!("the output {output} is the same file as the input {input}"))
                .help("write another file, and rename it when it is what you want"));
        }
        if path.as_os_str() == "-" {
            return Ok(Output::Standard);
        }
        Self::open_path(path).map_err(|error| failure(path, &error))
    }

    fn open_path(path: &Path) -> io::Result<Self> {
        let replaced = match path.metadata() {
            Ok(metadata) if metadata.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
            Ok(metadata) if !metadata.is_file() => {
                return Ok(Output::Device(path.to_owned(), OpenOptions::new().write(true).open(path)?));
            }
            Ok(metadata) => Some(metadata),
            Err(_) if path.is_symlink() => return Err(io::Error::other("it is a link to no file")),
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
            // As any new file: less what the user's mask takes away.
            builder.permissions(Permissions::from_mode(0o666));
        }
        #[cfg(unix)]
        let file = interrupt::create(path, || builder.tempfile_in(directory))?;
        #[cfg(not(unix))]
        let (file, _) = (builder.tempfile_in(directory)?, replaced);
        #[cfg(unix)]
        if let Some(replaced) = replaced {
            take_over(file.as_file(), &replaced)?;
        }
        Ok(Output::File(target, file))
    }

    /// Returns whether people see the results as they come.
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

/// Gives a new file the owner and the mode of the one that it is to replace. Nobody else can have opened it before.
#[cfg(unix)]
fn take_over(file: &File, replaced: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
    let metadata = file.metadata()?;
    let (mut uid, mut gid) = (metadata.uid() == replaced.uid(), metadata.gid() == replaced.gid());
    // Users may give files to their groups, and administrators to everybody.
    uid = uid || fchown(file, Some(replaced.uid()), None).is_ok();
    gid = gid || fchown(file, None, Some(replaced.gid())).is_ok();
    let mode = replaced.mode() & 0o7777;
    // A program that runs as its owner must not become one that runs as somebody else.
    let mode = if uid && gid { mode } else { mode & 0o777 };
    file.set_permissions(Permissions::from_mode(mode))
}

/// Tells whether two paths are the same regular file; `-` is a standard stream.
fn is_same_file(input: &Path, output: &Path) -> bool {
    // Only files are opened: a pipe would wait for its other end.
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

/// Prints text on the standard output.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut output = Output::Standard;
    output.write(text.as_bytes())?;
    output.finish()
}
