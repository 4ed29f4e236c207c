//! Directories: the file operations that the store uses.
//!
//! Each operation works on one entry of an open directory, which remains the same directory even if its path changes its
//! meaning, and none follows a link. Therefore no entry below the store can lead out of it. The trait has two
//! implementations:
//! [`System`], and one for tests, which is in memory and fails on request.

use cap_fs_ext::{DirExt, FollowSymlinks, OpenOptionsFollowExt, OpenOptionsSyncExt};
use cap_std::ambient_authority;
use cap_std::fs::{Dir, FileType, OpenOptions};
use std::ffi::OsString;
use std::fmt;
use std::fs::TryLockError;
use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;
use std::sync::Arc;

/// An open directory.
pub trait Directory: fmt::Debug + Send + Sync {
    /// Returns the entries, in no particular order.
    fn entries(&self) -> io::Result<Vec<Entry>>;

    /// Opens a directory that is an entry of this one.
    fn directory(&self, name: &str) -> io::Result<Arc<dyn Directory>>;

    /// Creates a directory.
    fn create_directory(&self, name: &str) -> io::Result<()>;

    /// Reads a regular file. Fails with [`ErrorKind::FileTooLarge`] if it has more bytes than the limit. Never blocks on a
    /// pipe without a writer.
    fn read(&self, name: &str, limit: u64) -> io::Result<Vec<u8>>;

    /// Creates a new file, and synchronizes its content. A failure may leave a partial file.
    fn create(&self, name: &str, bytes: &[u8]) -> io::Result<()>;

    /// Renames an entry, replacing a file that has the new name.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Removes a file.
    fn remove_file(&self, name: &str) -> io::Result<()>;

    /// Removes an empty directory.
    fn remove_directory(&self, name: &str) -> io::Result<()>;

    /// Makes the names of the entries durable.
    fn sync(&self) -> io::Result<()>;

    /// Locks an empty file, which is created if there is none. Fails with [`ErrorKind::ResourceBusy`] if it is locked.
    fn lock(&self, name: &str) -> io::Result<Box<dyn Lock>>;
}

/// A lock, released when it is dropped.
pub trait Lock: fmt::Debug + Send + Sync {}

/// An entry of a directory.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// Its name.
    pub name: OsString,
    /// Its kind.
    pub kind: Kind,
}

/// The kind of a directory entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Link,
    /// A pipe, a socket or a device.
    Special,
}

impl Kind {
    fn of(kind: FileType) -> Self {
        if kind.is_file() {
            Kind::File
        } else if kind.is_dir() {
            Kind::Directory
        } else if kind.is_symlink() {
            Kind::Link
        } else {
            Kind::Special
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::File => "a file",
            Kind::Directory => "a folder",
            Kind::Link => "a link",
            Kind::Special => "a pipe, a socket or a device",
        })
    }
}

/// Returns the error for an entry of an unexpected kind.
pub fn unexpected(name: &str, kind: Kind, expected: Kind) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, format!("`{name}` is {kind}, not {expected}"))
}

/// A directory of the system.
#[derive(Debug)]
pub struct System(Dir);

impl System {
    /// Opens a directory by its path, following links, and creates it if it does not exist.
    pub fn open(path: &Path) -> io::Result<Self> {
        Dir::create_ambient_dir_all(path, ambient_authority())?;
        let directory = Dir::open_ambient_dir(path, ambient_authority())?;
        #[cfg(unix)]
        if let Ok(parent) = directory.open_parent_dir(ambient_authority()) {
            // The directory may be new. If its parent cannot be opened, it is not synchronized.
            let _ = System(parent).sync();
        }
        Ok(System(directory))
    }
}

impl Directory for System {
    fn entries(&self) -> io::Result<Vec<Entry>> {
        let entry = |entry: io::Result<cap_std::fs::DirEntry>| {
            let entry = entry?;
            Ok(Entry { name: entry.file_name(), kind: Kind::of(entry.file_type()?) })
        };
        self.0.entries()?.map(entry).collect()
    }

    fn directory(&self, name: &str) -> io::Result<Arc<dyn Directory>> {
        Ok(Arc::new(System(self.0.open_dir_nofollow(name)?)))
    }

    fn create_directory(&self, name: &str) -> io::Result<()> {
        self.0.create_dir(name)
    }

    fn read(&self, name: &str, limit: u64) -> io::Result<Vec<u8>> {
        let check = |kind| match Kind::of(kind) {
            Kind::File => Ok(()),
            kind => Err(unexpected(name, kind, Kind::File)),
        };
        // Checked before opening for a better message, and again afterwards because the entry may have changed.
        check(self.0.symlink_metadata(name)?.file_type())?;
        let mut options = OpenOptions::new();
        options.read(true).follow(FollowSymlinks::No).nonblock(true);
        let file = self.0.open_with(name, &options)?;
        check(file.metadata()?.file_type())?;
        let mut bytes = Vec::new();
        file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > limit {
            let message = format!("`{name}` is larger than {limit} bytes");
            return Err(io::Error::new(ErrorKind::FileTooLarge, message));
        }
        Ok(bytes)
    }

    fn create(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).follow(FollowSymlinks::No);
        #[cfg(unix)]
        cap_std::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = self.0.open_with(name, &options)?;
        file.write_all(bytes)?;
        file.sync_all()
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.0.rename(from, &self.0, to)
    }

    fn remove_file(&self, name: &str) -> io::Result<()> {
        self.0.remove_file(name)
    }

    fn remove_directory(&self, name: &str) -> io::Result<()> {
        self.0.remove_dir(name)
    }

    fn sync(&self) -> io::Result<()> {
        // The handle itself may have been opened only for paths.
        #[cfg(unix)]
        self.0.open(".")?.sync_all()?;
        Ok(())
    }

    fn lock(&self, name: &str) -> io::Result<Box<dyn Lock>> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).follow(FollowSymlinks::No).nonblock(true);
        #[cfg(unix)]
        cap_std::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = self.0.open_with(name, &options)?;
        let kind = Kind::of(file.metadata()?.file_type());
        if kind != Kind::File {
            return Err(unexpected(name, kind, Kind::File));
        }
        let file = file.into_std();
        match file.try_lock() {
            Ok(()) => Ok(Box::new(FileLock { _file: file })),
            Err(TryLockError::WouldBlock) => Err(ErrorKind::ResourceBusy.into()),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

/// A locked file.
#[derive(Debug)]
struct FileLock {
    _file: std::fs::File,
}

impl Lock for FileLock {}
