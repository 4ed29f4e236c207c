//! Strings, lists and histories while a model runs.
//!
//! A string is a number, [`StringId`]: an index into the program's [`Dictionary`], which holds every string that the document
//! names, or, past its end, into the [`Context`] of the call, which holds the strings that came in with the rows or were
//! computed. The context interns a string only if neither has it, so that *two strings are equal exactly when their numbers
//! are*: comparing categories is comparing integers, whatever field they come from.
//!
//! A context belongs to one call (of one row or one block of rows) at a time and is cleared before the next; what it
//! allocated it keeps. A [`Stream`] outlives calls: it keeps histories.
//!
//! The public modules contain the functions that programs call.

pub mod arrays;
pub mod association_rules;
pub mod budget;
mod call;
pub mod dates;
mod dictionary;
pub mod ensemble;
mod interned;
mod items;
pub mod lists;
mod memo;
pub(crate) mod meter;
mod numbers;
pub mod ranking;
mod stream;
pub mod strings;
pub mod text_index;

pub use crate::word::{Item, List, StringId};
pub use call::{Context, TokenizerKey};
pub use dictionary::Dictionary;
pub use stream::Stream;
