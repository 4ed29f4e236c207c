//! All that a compiled PMML model needs when it runs: the functions that every engine shares.
//!
//! The interpreter, the machine code and the generated Rust code call the same functions of this crate, which is
//! what makes their results equal to the last bit. The functions know nothing of documents and of missing values:
//! arguments are present values, and every function is total (whatever its arguments, it returns and does not panic);
//! where no result exists it is `None`, an error or NaN, as the function's documentation says.
//!
//! The crate is `no_std`. Without the features `text` and `alloc` it does not allocate either.

#![no_std]
#![allow(rustdoc::private_intra_doc_links, reason = "module docs are for those who read the code")]

#[cfg(feature = "alloc")]
#[doc(hidden)]
pub extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod block;
#[cfg_attr(not(target_arch = "x86_64"), allow(dead_code, reason = "what only intrinsics need"))]
mod cast;
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
