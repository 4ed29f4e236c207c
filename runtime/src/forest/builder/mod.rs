//! Packs forests: checks plain data and lays it out as an image.
//!
//! [`Builder::finish`] (`pack`) goes step by step. Splits become binary nodes, which compare a bin with a threshold
//! (`binary`); the cuts, sets and columns that these need are collected and numbered (`columns`); trees are laid out for
//! walks (`layout`) and, where that is possible, for bit-parallel evaluation (`bit_parallel`) and QuickScorer
//! (`quick_scorer`); what leaves add goes into tables where it can (`tables`).

mod binary;
mod bit_parallel;
mod columns;
mod description;
mod layout;
mod pack;
mod quick_scorer;
mod tables;

pub use description::{Builder, Error, Split, Test};
