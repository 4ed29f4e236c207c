//! Binning: features as small integers.
//!
//! A *binner* turns a feature into one integer: a rank among cuts, a boolean, whether the feature is present,
//! or a position among elements of sets. *Windows* make columns of ranks: a window starts at a cut, has as
//! many cuts as a bin can count, and determines where missing features and NaN go; most binners have one or
//! two. *Sets* look bits up by position.
//!
//! Columns are numbered: first windows, then positions, then sets. Bit-parallel evaluation and QuickScorer
//! use the first and the last, with bins of a byte, which are 0 or 1 for sets. Walks have bins of 16 bits; if
//! there are many sets, they look up the bits of the sets that they reach, by positions.

#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(not(target_arch = "x86_64"))]
#[path = "portable.rs"]
mod avx512;
mod block;
#[cfg_attr(not(target_arch = "x86_64"), allow(dead_code, reason = "used only by intrinsics"))]
pub(super) mod eytzinger;
mod lookup;
mod row;

pub(super) use block::BlockBinning;
pub(super) use row::RowBins;
