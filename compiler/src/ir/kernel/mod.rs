//! Kernels: heavy arithmetic over many values, evaluated by one instruction.
//!
//! A kernel is constant data and a formula: it takes a fixed number of arguments and returns a fixed number
//! of results, each of a fixed type, and depends on nothing else. Like every instruction, it is *total*: it
//! accepts any bits. It does not handle missing values: lowering combines presences outside of it, and if an
//! argument is missing the results are undefined. A kernel that must know which of its arguments are missing
//! has bools for that among them.
//!
//! There is one module for each kind. It holds the data; the formula as plain loops over one row, which the
//! interpreter runs and which defines what the kernel computes; and the *image*: the 64-bit words that the
//! function of the same name in [`pmml_runtime::kernel`] opens, which the other engines run over blocks of
//! rows. The two share no code, so that one checks the other.

mod dense;
pub mod distances;
mod lists;
mod machine;
mod number;

pub use dense::{Activation, Dense};
pub use distances::Distances;
pub use machine::{KernelMachines, Similarity};

use super::types::Type;
use std::fmt;

/// The data of a kernel.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum KernelData {
    /// Weighted sums.
    Dense(Dense),
    /// Kernel machines.
    KernelMachines(KernelMachines),
    /// Distances from many instances.
    Distances(Distances),
}

impl KernelData {
    /// Returns the types of the arguments.
    pub fn arguments(&self) -> Vec<Type> {
        match self {
            KernelData::Dense(dense) => dense.arguments(),
            KernelData::KernelMachines(machines) => machines.arguments(),
            KernelData::Distances(distances) => distances.arguments(),
        }
    }

    /// Returns the types of the results.
    pub fn results(&self) -> Vec<Type> {
        match self {
            KernelData::Dense(dense) => dense.results(),
            KernelData::KernelMachines(machines) => machines.results(),
            KernelData::Distances(distances) => distances.results(),
        }
    }

    /// Returns the bits of the results for a row's arguments; bits are as
    /// [`Constant::bits`](super::Constant::bits) returns them.
    pub fn evaluate(&self, arguments: &[u64]) -> Vec<u64> {
        match self {
            KernelData::Dense(dense) => dense.evaluate(arguments),
            KernelData::KernelMachines(machines) => machines.evaluate(arguments),
            KernelData::Distances(distances) => distances.evaluate(arguments),
        }
    }

    /// Returns the image that [`Kernel::open`](pmml_runtime::kernel::Kernel::open) opens.
    pub fn pack(&self) -> Vec<u64> {
        match self {
            KernelData::Dense(dense) => dense.pack(),
            KernelData::KernelMachines(machines) => machines.pack(),
            KernelData::Distances(distances) => distances.pack(),
        }
    }

    /// Returns the number of bytes of memory that the data take.
    pub fn memory(&self) -> usize {
        size_of::<Self>()
            + match self {
                KernelData::Dense(dense) => dense.memory(),
                KernelData::KernelMachines(machines) => machines.memory(),
                KernelData::Distances(distances) => distances.memory(),
            }
    }

    /// Checks that the data are well formed. Returns a description of what is wrong if not.
    pub fn verify(&self) -> Result<(), String> {
        match self {
            KernelData::Dense(dense) => dense.verify(),
            KernelData::KernelMachines(machines) => machines.verify(),
            KernelData::Distances(distances) => distances.verify(),
        }
    }
}

impl fmt::Display for KernelData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KernelData::Dense(dense) => dense.fmt(f),
            KernelData::KernelMachines(machines) => machines.fmt(f),
            KernelData::Distances(distances) => distances.fmt(f),
        }
    }
}
