//! `Array`, `INT-SparseArray` and `REAL-SparseArray`: lists of values.

use super::enumeration::enumeration;
use super::{Name, Position};

/// The element `Array`.
#[derive(Clone, Debug)]
pub struct Array {
    /// The element's place.
    pub position: Position,
    /// How many values there should be.
    pub n: Option<u32>,
    /// What the values are.
    pub kind: ArrayType,
    /// The values, unquoted.
    pub values: Vec<Name>,
}

enumeration! {
    /// What the values of an array are.
    #[allow(missing_docs, reason = "the variants are the standard's words")]
    pub enum ArrayType {
        Int = "int",
        Real = "real",
        String = "string",
    }
}

/// A list of which most values are the same. Indices count from 1 and stand in the order of the entries.
#[derive(Clone, Debug)]
pub struct SparseArray<T> {
    /// The element's place.
    pub position: Position,
    /// The length of the list.
    pub n: Option<u32>,
    /// The value at all other indices.
    pub default_value: T,
    /// The indices of the entries, from 1. As many as there are entries.
    pub indices: Vec<u32>,
    /// The values at these indices.
    pub entries: Vec<T>,
}

/// The element `INT-SparseArray`.
pub type IntSparseArray = SparseArray<i64>;

/// The element `REAL-SparseArray`.
pub type RealSparseArray = SparseArray<f64>;
