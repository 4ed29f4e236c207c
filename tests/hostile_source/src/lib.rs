//! Documents whose strings want to leave their literals and comments, and what may be in the source made of them.
//!
//! [`documents`] puts strings wherever a document can hold one; [`check`] holds source to the items that follow from the
//! model's signature. The build script writes source of the strings in [`hostile`], which the tests compile in two editions
//! with warnings as errors; a property test and a fuzz target check source of arbitrary strings.

#![forbid(unsafe_code)]

mod documents;
mod items;
mod strings;

pub use documents::documents;
pub use items::{check, check_document};
pub use strings::hostile;
