//! Compiles PMML models: reads the document, lowers it to an intermediate representation, optimizes that and
//! hands it to an engine.

// Machine code is called in `jit`, and nowhere else.
#![cfg_attr(not(feature = "jit"), forbid(unsafe_code))]
#![allow(rustdoc::private_intra_doc_links, reason = "module docs are for readers of the code")]

pub mod absent;
pub mod document;
pub mod error;
pub mod expansion;
pub mod frame;
pub mod interp;
pub mod ir;
#[cfg(feature = "jit")]
pub mod jit;
pub mod lower;
pub mod memory;
pub mod names;
pub mod passes;
#[cfg(feature = "rust")]
pub mod rust;
pub mod signature;
pub mod watched;
