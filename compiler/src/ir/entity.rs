//! Entity ids and the arenas that they index.
//!
//! Everything in the IR is referred to by a small typed id, never by a reference: ids are `Copy`, print as `v12` or
//! `forest3`, and keep the IR free of lifetimes and of recursion. An id is only meaningful for the arena that made it.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Index, IndexMut};

/// An id that indexes an [`Arena`].
pub trait Id: Copy + Eq + fmt::Debug {
    /// Returns the id of the element at `index`.
    fn new(index: usize) -> Self;
    /// Returns the element's index in its arena.
    fn index(self) -> usize;
}

/// Defines id types: a documented newtype over `u32` each, with the prefix that it prints with.
macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(u32);

        impl $crate::ir::entity::Id for $name {
            fn new(index: usize) -> Self {
                // Arenas do not grow past u32, see `Arena::push`.
                Self(index as u32)
            }
            fn index(self) -> usize {
                self.0 as usize
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(self, f)
            }
        }
    )*};
}

ids! {
    /// A value: one result of one instruction, assigned once.
    Value = "v";
    /// An instruction.
    Instruction = "i";
    /// A region: a list of instructions that run in order and the values that it yields.
    Region = "region";
    /// An input field of the program.
    Input = "input";
    /// A forest: see [`Forest`](super::forest::Forest).
    ForestId = "forest";
    /// The data of a kernel: see [`KernelData`](super::kernel::KernelData).
    Kernel = "kernel";
    /// A node of a forest.
    Node = "n";
    /// A constant table, indexed by row.
    Table = "table";
    /// A constant set.
    Set = "set";
    /// A constant map from tuples of keys to row numbers.
    Map = "map";
    /// A reason why a row can fail.
    Failure = "failure";
    /// The record of a field's previous values.
    History = "history";
}

/// A growing list whose elements are identified by ids of type `K`.
#[derive(Clone, PartialEq)]
pub struct Arena<K, V> {
    items: Vec<V>,
    key: PhantomData<K>,
}

impl<K: Id, V> Arena<K, V> {
    /// Makes an empty arena.
    pub fn new() -> Self {
        Self { items: Vec::new(), key: PhantomData }
    }

    /// Adds an element and returns its id.
    pub fn push(&mut self, item: V) -> K {
        // Documents are limited to far less than 2^32 elements, and each adds a bounded number of entities.
        debug_assert!(self.items.len() < u32::MAX as usize);
        self.items.push(item);
        K::new(self.items.len() - 1)
    }

    /// Returns the number of elements.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Returns the number of elements for which memory is allocated.
    pub fn capacity(&self) -> usize {
        self.items.capacity()
    }

    /// Returns whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Returns the element of an id, or `None` if the arena did not make that id.
    pub fn get(&self, id: K) -> Option<&V> {
        self.items.get(id.index())
    }

    /// Returns all elements with their ids, in order of creation.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (K, &V)> + ExactSizeIterator {
        self.items.iter().enumerate().map(|(index, item)| (K::new(index), item))
    }

    /// Returns all ids, in order of creation.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = K> + ExactSizeIterator + use<K, V> {
        (0..self.items.len()).map(K::new)
    }

    /// Returns all elements, in order of creation.
    pub fn values(&self) -> std::slice::Iter<'_, V> {
        self.items.iter()
    }

    /// Takes all elements out of the arena, in order of creation.
    pub fn into_values(self) -> std::vec::IntoIter<V> {
        self.items.into_iter()
    }

    /// Returns mutable references to all elements, in order of creation.
    pub fn values_mut(&mut self) -> std::slice::IterMut<'_, V> {
        self.items.iter_mut()
    }
}

impl<K: Id, V> Default for Arena<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Id, V> Index<K> for Arena<K, V> {
    type Output = V;
    fn index(&self, id: K) -> &V {
        &self.items[id.index()]
    }
}

impl<K: Id, V> IndexMut<K> for Arena<K, V> {
    fn index_mut(&mut self, id: K) -> &mut V {
        &mut self.items[id.index()]
    }
}

impl<K: Id, V: fmt::Debug> fmt::Debug for Arena<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}
