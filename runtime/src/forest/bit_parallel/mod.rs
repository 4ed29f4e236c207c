//! Bit-parallel evaluation: all splits of a tree, for all rows of some blocks at once.
//!
//! A tree is a list of operations, children before parents, each a word:
//!
//! | bits | what |
//! |---|---|
//! | 0 to 15 | the number of the column |
//! | 16 to 23 | the threshold |
//! | 24 to 31 | the slot of the result |
//! | 32 to 47 | the low operand |
//! | 48 to 63 | the high operand |
//!
//! An operand below 256 is a leaf, by its number in the tree; any other is the result of an earlier
//! operation, by its slot plus 256. The last operation is the root. A leaf has a number for each edge that
//! leads to it.
//!
//! There are two algorithms over the same list. *Bottom-up* (`bottom_up`), the value of a node is, for each
//! row, the number of the leaf that the row reaches from there: an operation selects one of its operands,
//! byte by byte. That is a plain loop, which the compiler vectorizes for registers of any size, and it
//! supports nodes with several parents too. *Top-down* (`avx512`), the value of a node is the mask of the
//! rows that reach it: the list runs in reverse, an operation splits its node's mask, and each leaf's rows
//! get the leaf's number at the end. AVX-512 compares 64 bytes into such a mask.
//!
//! Several blocks are evaluated together, so that an operation is decoded once for all of them; that makes up
//! to a factor of three.

#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(not(target_arch = "x86_64"))]
#[path = "portable.rs"]
mod avx512;
mod bottom_up;
mod evaluate;
#[cfg_attr(not(feature = "alloc"), allow(dead_code, reason = "used only by the builder"))]
mod operation;
mod sum;
mod trees;

#[cfg(feature = "alloc")]
pub(super) use operation::{LEAVES, Operation};
