//! The compiler: reads PMML, lowers it to an intermediate representation and compiles that.
#![deny(missing_docs)]

pub mod error;
pub mod pmml;
