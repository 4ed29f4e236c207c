//! QuickScorer: one row against all splits of a tree at once (Lucchese and others, "QuickScorer: A Fast Algorithm to Rank
//! Documents with Additive Ensembles of Regression Trees", 2015).
//!
//! This is how single rows are evaluated in forests whose trees have at most 256 leaves and whose rows have at most 64
//! columns. A row's bins are the bytes of one vector. For each tree, a permutation brings to every split the bin of its
//! column, and a comparison with all thresholds says which splits the row *passes*: those whose bin is above the threshold.
//!
//! There is no walk. The leaves of a tree are numbered from left to right, and so are its splits: split `i`
//! is between the leaves `i` and `i + 1`. It is the root of a subtree; let `start(i)` be the first leaf of
//! that. A row that passes the split goes high, and so does not reach the leaves `start(i)..=i`. Of all
//! leaves that no passed split excludes, the first one is the row's. The paper keeps a mask of leaves for
//! each split and intersects them. Here a leaf `l` is excluded if and only if a passed split `i >= l` has
//! `start(i) <= l`. So the least start of passed splits is needed from each leaf on: minima of suffixes,
//! which are computed in as many steps as it takes to double a byte up to the length of the vector.
//!
//! # Layout
//!
//! All trees have the same number of places, a power of two ([`Shape`](shape::Shape)). Trees of few leaves
//! share a vector; the places of larger ones alternate between one, two or four vectors, so that most of the
//! suffixes need no permutation. A group of trees that fill their vectors has, for each of these, 64 bytes
//! with the columns of its splits, 64 with their thresholds and 64 with their starts. Places without a split
//! have a threshold that no bin passes. If nodes have several parents, a tree is unfolded, and 64 more bytes
//! for each vector hold the numbers of leaves. Columns are those of bit-parallel evaluation, so sets have
//! bins of 0 and 1.
//!
//! # Limits
//!
//! - The processor must permute bytes (AVX-512 VBMI); on others, rows are walked.
//! - Trees have at most 256 leaves, unfolded, and rows at most 64 columns.

#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(not(target_arch = "x86_64"))]
mod portable;
#[cfg_attr(not(feature = "alloc"), allow(dead_code, reason = "used only by the builder"))]
pub(super) mod shape;
