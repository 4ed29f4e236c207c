#![doc = include_str!("README.md")]

mod binning;
mod bit_parallel;
#[cfg(feature = "alloc")]
mod builder;
mod definition;
mod evaluate;
#[cfg_attr(not(feature = "alloc"), allow(dead_code, reason = "used only by the builder"))]
mod image;
mod lazy;
mod quick_scorer;
mod reduce;
mod rows;
mod table;
#[cfg(target_arch = "x86_64")]
mod vectors;
#[cfg_attr(not(feature = "alloc"), allow(dead_code, reason = "used only by the builder"))]
mod walk;

#[cfg(feature = "alloc")]
pub use builder::{Builder, Error, Split, Test};
pub use definition::{Accumulators, Feature, Reduction, Term};
pub use evaluate::{Method, Methods};
pub use image::Forest;
pub use rows::{Blocks, MAX_BLOCKS};

#[cfg(test)]
mod tests;
