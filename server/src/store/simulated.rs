//! A disk in memory that fails on request.
//!
//! Every file and directory has two states: the one that programs see, and the durable one, which is the state at its last
//! synchronization. Operations are counted. The operation with a given number fails, before it has any effect or after half
//! of its work, alone or with all later ones. Afterwards the disk can be examined in the state that a restart would find.

use super::directory::{Directory, Entry, Kind, Lock, unexpected};
use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex, MutexGuard};

type Names = BTreeMap<String, usize>;

/// A file or directory.
#[derive(Clone, Debug)]
enum Node {
    File { seen: Vec<u8>, durable: Vec<u8> },
    Directory { seen: Names, durable: Names },
    Odd(Odd),
}

/// A file that cannot be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Odd {
    /// A symbolic link.
    Link,
    /// A directory without permission to read it.
    Forbidden,
}

/// How an operation fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It has no effect.
    Nothing,
    /// It does half of a write, or all of any other operation, and reports a failure.
    Half,
    /// It and all later ones have no effect: the machine stops.
    Stop,
    /// It does half of a write, or all of any other operation, and all later ones have no effect.
    HalfAndStop,
}

/// Which unsynchronized changes a restart finds.
#[derive(Clone, Copy, Debug)]
pub struct Restart {
    /// Whether it finds names that were not synchronized.
    pub names: bool,
    /// Whether it finds contents that were not synchronized.
    pub contents: bool,
}

#[derive(Clone, Debug)]
struct Content {
    nodes: Vec<Node>,
    operations: usize,
    fault: Option<(usize, Fault)>,
}

/// A disk.
#[derive(Clone)]
pub struct Disk(Arc<Mutex<Content>>);

impl fmt::Debug for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Disk")
    }
}

impl Disk {
    pub fn new() -> Self {
        let root = Node::Directory { seen: Names::new(), durable: Names::new() };
        Disk(Arc::new(Mutex::new(Content { nodes: vec![root], operations: 0, fault: None })))
    }

    /// Returns a disk in the state that a restart finds. It never fails.
    pub fn restart(&self, restart: Restart) -> Self {
        let mut content = self.lock().clone();
        content.fault = None;
        for node in &mut content.nodes {
            match node {
                Node::File { seen, durable } => {
                    *(if restart.contents { &mut *durable } else { &mut *seen }) =
                        if restart.contents { seen.clone() } else { durable.clone() };
                }
                Node::Directory { seen, durable } => {
                    *(if restart.names { &mut *durable } else { &mut *seen }) =
                        if restart.names { seen.clone() } else { durable.clone() };
                }
                Node::Odd(_) => {}
            }
        }
        Disk(Arc::new(Mutex::new(content)))
    }

    /// Makes the operation with a number fail, counted from 0 and from now.
    pub fn fail(&self, operation: usize, fault: Fault) {
        let mut content = self.lock();
        content.operations = 0;
        content.fault = Some((operation, fault));
    }

    /// Makes no operation fail any more, and returns whether one has failed.
    pub fn repair(&self) -> bool {
        let mut content = self.lock();
        content.fault.take().is_some_and(|(operation, _)| content.operations > operation)
    }

    pub fn root(&self) -> Arc<dyn Directory> {
        Arc::new(Simulated { disk: self.clone(), node: 0 })
    }

    /// Returns all files, by path.
    pub fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let (content, mut files) = (self.lock(), BTreeMap::new());
        let mut open = vec![(String::new(), 0)];
        while let Some((path, node)) = open.pop() {
            match &content.nodes[node] {
                Node::File { seen, .. } => _ = files.insert(path, seen.clone()),
                Node::Odd(_) => _ = files.insert(path, b"mine".to_vec()),
                Node::Directory { seen, .. } => {
                    open.extend(seen.iter().map(|(name, node)| (format!("{path}/{name}"), *node)));
                }
            }
        }
        files
    }

    /// Adds an entry that cannot be opened to a directory.
    pub fn add_odd(&self, directory: &[&str], name: &str, odd: Odd) {
        let mut content = self.lock();
        let mut node = 0;
        for part in directory {
            let Node::Directory { seen, .. } = &content.nodes[node] else { panic!("not a directory") };
            node = seen[*part];
        }
        content.nodes.push(Node::Odd(odd));
        let number = content.nodes.len() - 1;
        let Node::Directory { seen, durable } = &mut content.nodes[node] else { panic!("not a directory") };
        seen.insert(name.to_owned(), number);
        durable.insert(name.to_owned(), number);
    }

    fn lock(&self) -> MutexGuard<'_, Content> {
        self.0.lock().unwrap()
    }
}

/// A directory of a [`Disk`].
#[derive(Debug)]
struct Simulated {
    disk: Disk,
    node: usize,
}

impl Simulated {
    /// Runs an operation, unless it must fail. The argument of the work says whether to do half of it.
    fn operation<T>(&self, work: impl FnOnce(&mut Content, bool) -> io::Result<T>) -> io::Result<T> {
        let mut content = self.disk.lock();
        let number = content.operations;
        content.operations += 1;
        let failed = || Err(io::Error::other(format!("operation {number} was made to fail")));
        match content.fault {
            Some((at, Fault::Nothing)) if number == at => failed(),
            Some((at, Fault::Stop)) if number >= at => failed(),
            Some((at, Fault::HalfAndStop)) if number > at => failed(),
            Some((at, Fault::Half | Fault::HalfAndStop)) if number == at => {
                let _ = work(&mut content, true);
                failed()
            }
            _ => work(&mut content, false),
        }
    }
}

impl Content {
    fn names(&mut self, node: usize) -> &mut Names {
        match &mut self.nodes[node] {
            Node::Directory { seen, .. } => seen,
            _ => panic!("a file was opened as a directory"),
        }
    }

    fn find(&mut self, node: usize, name: &str) -> io::Result<usize> {
        self.names(node).get(name).copied().ok_or_else(|| ErrorKind::NotFound.into())
    }

    fn add(&mut self, node: usize, name: &str, new: Node) -> io::Result<usize> {
        let number = self.nodes.len();
        if self.names(node).contains_key(name) {
            return Err(ErrorKind::AlreadyExists.into());
        }
        self.names(node).insert(name.to_owned(), number);
        self.nodes.push(new);
        Ok(number)
    }

    fn kind(&self, node: usize) -> Kind {
        match &self.nodes[node] {
            Node::File { .. } => Kind::File,
            Node::Directory { .. } => Kind::Directory,
            Node::Odd(Odd::Link) => Kind::Link,
            Node::Odd(Odd::Forbidden) => Kind::Directory,
        }
    }
}

impl Directory for Simulated {
    fn entries(&self) -> io::Result<Vec<Entry>> {
        self.operation(|content, _| {
            let names = content.names(self.node).clone();
            let entry = |(name, node): (String, usize)| Entry { name: name.into(), kind: content.kind(node) };
            Ok(names.into_iter().map(entry).collect())
        })
    }

    fn directory(&self, name: &str) -> io::Result<Arc<dyn Directory>> {
        self.operation(|content, _| {
            let node = content.find(self.node, name)?;
            match content.nodes[node] {
                Node::Directory { .. } => Ok(Arc::new(Simulated { disk: self.disk.clone(), node }) as Arc<_>),
                Node::Odd(Odd::Forbidden) => Err(ErrorKind::PermissionDenied.into()),
                _ => Err(ErrorKind::NotADirectory.into()),
            }
        })
    }

    fn create_directory(&self, name: &str) -> io::Result<()> {
        let new = Node::Directory { seen: Names::new(), durable: Names::new() };
        self.operation(|content, _| content.add(self.node, name, new).map(drop))
    }

    fn read(&self, name: &str, limit: u64) -> io::Result<Vec<u8>> {
        self.operation(|content, _| {
            let node = content.find(self.node, name)?;
            match &content.nodes[node] {
                Node::File { seen, .. } if seen.len() as u64 > limit => Err(ErrorKind::FileTooLarge.into()),
                Node::File { seen, .. } => Ok(seen.clone()),
                _ => Err(unexpected(name, content.kind(node), Kind::File)),
            }
        })
    }

    fn create(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let new = Node::File { seen: Vec::new(), durable: Vec::new() };
        let node = self.operation(|content, _| content.add(self.node, name, new))?;
        self.operation(|content, half| {
            let count = if half { bytes.len() / 2 } else { bytes.len() };
            if let Node::File { seen, .. } = &mut content.nodes[node] {
                seen.extend_from_slice(&bytes[..count]);
            }
            Ok(())
        })?;
        self.operation(|content, _| {
            if let Node::File { seen, durable } = &mut content.nodes[node] {
                durable.clone_from(seen);
            }
            Ok(())
        })
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.operation(|content, _| {
            let node = content.find(self.node, from)?;
            content.names(self.node).remove(from);
            content.names(self.node).insert(to.to_owned(), node);
            Ok(())
        })
    }

    fn remove_file(&self, name: &str) -> io::Result<()> {
        self.operation(|content, _| {
            let node = content.find(self.node, name)?;
            if content.kind(node) == Kind::Directory {
                return Err(ErrorKind::IsADirectory.into());
            }
            content.names(self.node).remove(name);
            Ok(())
        })
    }

    fn remove_directory(&self, name: &str) -> io::Result<()> {
        self.operation(|content, _| {
            let node = content.find(self.node, name)?;
            if content.kind(node) != Kind::Directory {
                return Err(ErrorKind::NotADirectory.into());
            }
            if !content.names(node).is_empty() {
                return Err(ErrorKind::DirectoryNotEmpty.into());
            }
            content.names(self.node).remove(name);
            Ok(())
        })
    }

    fn sync(&self) -> io::Result<()> {
        self.operation(|content, _| {
            if let Node::Directory { seen, durable } = &mut content.nodes[self.node] {
                durable.clone_from(seen);
            }
            Ok(())
        })
    }

    fn lock(&self, name: &str) -> io::Result<Box<dyn Lock>> {
        let new = Node::File { seen: Vec::new(), durable: Vec::new() };
        self.operation(|content, _| match content.add(self.node, name, new) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
            _ => Ok(Box::new(Unlocked) as Box<_>),
        })
    }
}

/// A lock that does nothing, since only one test uses a disk.
#[derive(Debug)]
struct Unlocked;

impl Lock for Unlocked {}
