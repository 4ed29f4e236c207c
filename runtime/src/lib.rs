//! The runtime of compiled PMML models: the functions that all engines share.
//!
//! The interpreter, the machine code and the generated Rust code call the same functions of this crate, which
//! makes their results equal to the last bit. The functions know nothing about documents or missing values:
//! arguments are present values, and every function is total (for all arguments, it returns and does not
//! panic). If there is no result, it returns `None`, an error or NaN, as its documentation says.
//!
//! The crate is `no_std`. Without the features `text` and `alloc` it does not allocate either.

#![no_std]
#![allow(rustdoc::private_intra_doc_links, reason = "module docs are for readers of the code")]

#[cfg(feature = "alloc")]
#[doc(hidden)]
pub extern crate alloc;
#[cfg(test)]
extern crate std;

#[cfg(feature = "alloc")]
pub mod aligned;
pub mod block;
#[cfg_attr(not(target_arch = "x86_64"), allow(dead_code, reason = "used only by intrinsics"))]
mod cast;
pub mod cells;
pub mod column_program;
pub mod compiled;
#[cfg(feature = "text")]
pub mod context;
mod data_type;
#[cfg(feature = "text")]
pub mod date;
pub mod diagnostics;
pub mod forest;
mod image;
pub mod kernel;
pub mod math;
pub mod number;
mod range;
pub mod simd;
#[cfg(feature = "text")]
pub mod text;
pub mod word;

pub use block::BLOCK_ROWS;
#[cfg(feature = "text")]
pub use context::budget::{Budget, Interrupt};
#[cfg(feature = "text")]
pub use context::{Context, Dictionary, Item, Stream};
pub use data_type::{DataType, OpType};
pub use word::{List, StringId, Word};

/// The state of an input cell that has no value.
pub const ABSENT: i64 = 0;
/// The state of an input cell whose value is of the input's type.
pub const CONVERTED: i64 = 1;
/// The state of an input cell whose value cannot be converted to the input's type.
pub const UNCONVERTIBLE: i64 = 2;
