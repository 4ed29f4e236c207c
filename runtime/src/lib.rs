//! All that a compiled PMML model needs when it runs.
//!
//! Both backends and the interpreter call the functions of this crate for everything whose result could otherwise differ
//! between them: elementary functions, number parsing and formatting, text functions, dates, forests. The crate knows
//! nothing of PMML documents.
//!
//! Every function is total: no argument makes it panic. Without the features `text` and `alloc` the crate needs neither
//! `std` nor `alloc`.

#![no_std]

#[cfg(feature = "alloc")]
extern crate alloc;

#[cfg(feature = "text")]
pub mod context;
#[cfg(feature = "alloc")]
pub mod forest;
pub mod math;
#[cfg(feature = "text")]
pub mod text_functions;

#[cfg(feature = "text")]
pub use context::{Context, Dictionary, Item, List, Stream, Text};

/// The state of an input cell that has no value.
pub const ABSENT: i64 = 0;
/// The state of an input cell whose value is of the input's type.
pub const CONVERTED: i64 = 1;
/// The state of an input cell whose value cannot be converted to the input's type.
pub const UNCONVERTIBLE: i64 = 2;
