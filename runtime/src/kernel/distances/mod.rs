//! The distance of a row from each of many instances, or from those nearest to it.
//!
//! A row and an instance are vectors of numbers, some of which may be missing. The two numbers of each field
//! are compared. The comparisons are weighted and added up (or counted, if fields are ones and zeros), in the
//! order of the fields. The result is small, or for similarities great, if the two are alike.
//!
//! # Layout
//!
//! | words | what |
//! |---|---|
//! | 1 | the kind, [`DISTANCES`](super::DISTANCES) |
//! | 1 | two numbers: how many fields, how many instances |
//! | 1 | how many of the nearest instances are searched for |
//! | 1 | flags: the [`aggregate`] in the lowest byte, [`NEAREST`], [`GREATEST`], [`GAPS`], [`SINGLE`] |
//! | 1 | the power of [`aggregate::ROOT_OF_POWERS`] |
//! | 8 | the weights of [`aggregate::COUNTS`]: in the numerator, of fields that are 1 in both, in the row alone, in the instance alone, in neither; the same in the denominator |
//! | four per field | how it is [compared](compare); the square of a bell's scale; its weight; its weight where others are missing |
//! | 16 per group and field | the numbers of the group's instances |
//! | per group: 1 + one per field | with [`GAPS`]: which instances of the group have all numbers, then which have the field's, a bit each |
//!
//! Instances are side by side in groups of [`LANES`](super::LANES); the last group is padded with arbitrary
//! numbers. In single precision weights and the like are `f32`, in the low half of their word; the numbers of
//! instances are always `f64`, and so are arguments and distances.
//!
//! Arguments are the row's numbers, then for each a boolean that says whether it is present. Results are all
//! distances or, with [`NEAREST`], the nearest instances: the number of each, from 0, and its distance. On a
//! tie the earlier instance comes first. A distance is NaN if nothing can be compared; NaN comes before all
//! numbers, so that it cannot be overlooked.
//!
//! # Evaluation
//!
//! The instances of a group are computed side by side, for one row; or, in the usual case of squared
//! differences of numbers that are all present, many rows side by side, for two instances. Roots are taken
//! only of the few distances that may be among the nearest.

mod formula;
mod image;
mod nearest;
mod tile;

pub use image::{Distances, GAPS, GREATEST, NEAREST, SINGLE, aggregate, compare};
