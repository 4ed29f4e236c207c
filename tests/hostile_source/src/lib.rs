//! Documents whose strings try to escape from literals and comments, and a check of the source generated from them.
//!
//! [`documents`] inserts strings wherever a document can contain one; [`check`] checks that source has only the items that
//! follow from the model's signature. The build script generates source from the strings in [`hostile`], which the tests
//! compile in two editions with warnings as errors; a property test and a fuzz target check source from arbitrary strings.

#![forbid(unsafe_code)]

mod documents;
mod items;
mod strings;

pub use documents::documents;
pub use items::{check, check_document};
pub use strings::hostile;
