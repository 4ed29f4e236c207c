//! What generated Rust code uses besides the functions of the other modules.
//!
//! Code that the compiler generates (`pmml_model!`, `pmmlc build`) depends on this crate alone and holds no `unsafe`:
//! it describes its fields with [`Field`], reports rows that cannot be scored as [`Failure`], opens its tables with the
//! functions of [`table`], and, where a model has kernels, keeps the values that pass between its steps in a [`Frame`].
//! The driver of [`blocks`] runs these steps, and those of machine code.
//! Everything here is total: an index past an end gives a default or does nothing.

pub mod blocks;
mod column;
mod failure;
mod field;
mod frame;
mod held;
pub mod number;
pub mod table;
#[cfg(feature = "alloc")]
mod value;
#[cfg(feature = "alloc")]
mod verification;

pub use column::{Column, Element};
pub use failure::{Failure, FailureKind};
pub use field::{Category, Field, Range};
pub use frame::{Cell, CellOfBool, Frame, Masks};
#[cfg(feature = "alloc")]
pub use value::Value;
#[cfg(feature = "alloc")]
pub use verification::{Deviation, Difference, Strings, VerificationField, agrees, verify};
