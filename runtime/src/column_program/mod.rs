//! Column programs: straight-line arithmetic over the columns of a block, one instruction for all rows after the other.
//!
//! A scalar stage of machine code computes a row, then the next one: a value waits for the one before it, and a processor's
//! vectors stay empty. A column program computes the same values the other way round: an instruction at a time for all 64
//! rows of a block, side by side, compiled for each [SIMD level](crate::simd). The operations are those of the IR, each
//! rounded once and none contracted, so that the bits are the same. Decoding an
//! instruction is work that 64 rows share.
//!
//! Every operation is total. So rows that are not active may compute whatever the frame holds; only [`operation::STORE`],
//! [`operation::STORE_MASK`] and [`operation::FAIL_IF`] write what others see, and they write the active rows alone.
//!
//! # Layout
//!
//! | words | what |
//! |---|---|
//! | 1 | two numbers: how many instructions, how many words of scratch space |
//! | 5 an instruction | its code with flags, its destination, its three arguments |
//! | | tables |
//!
//! A destination or argument is a place in the frame: a column's first word or a mask's word. With [`SCRATCH`] it is a
//! place in the scratch space. Columns start at multiples of [`LINE`] words. An argument that is a mask and whose flag
//! ([`CONSTANT`], shifted by the argument's number) is set is a constant, 0 or 1. Bits of an `f32` and of a string are in the low
//! half of their word.

mod evaluate;
mod function;
pub mod operation;

pub use crate::block::LINE;
#[cfg(feature = "alloc")]
use crate::image::pair;
use crate::image::{Reader, halves};
use crate::simd;
#[cfg(feature = "alloc")]
use alloc::vec::Vec;

/// Marks a place that is in the scratch space.
pub const SCRATCH: u64 = 1 << 32;
/// The flag that the first argument, a mask, is a constant; the flags of the others are next to it.
pub const CONSTANT: u64 = 1 << 8;
/// The flag that an operation is in single precision.
pub const SINGLE: u64 = 1 << 11;

/// An instruction: a code of [`operation`] with flags, the destination, and the arguments. Unused words are 0.
pub type Instruction = [u64; 5];

/// A column program in an image.
#[derive(Clone, Copy, Debug)]
pub struct ColumnProgram<'i> {
    instructions: &'i [Instruction],
    tables: &'i [u64],
    scratch: usize,
}

/// Packs a column program: its instructions, its tables, and the number of words of scratch space that it works in.
#[cfg(feature = "alloc")]
#[must_use]
pub fn pack(instructions: &[Instruction], tables: &[u64], scratch: u32) -> Vec<u64> {
    let mut image = Vec::with_capacity(1 + 5 * instructions.len() + tables.len());
    image.push(pair(u32::try_from(instructions.len()).unwrap_or(u32::MAX), scratch));
    image.extend(instructions.iter().flatten());
    image.extend(tables);
    image
}

impl<'i> ColumnProgram<'i> {
    /// Opens an image. Returns `None` if it is malformed.
    #[must_use]
    pub fn open(image: &'i [u64]) -> Option<Self> {
        let mut reader = Reader(image);
        let &[sizes] = reader.array()?;
        let (instructions, scratch) = halves(sizes);
        let instructions = reader.records(instructions as usize)?;
        Some(Self { instructions, tables: reader.0, scratch: scratch as usize })
    }

    /// Returns the number of words of scratch space that [`evaluate`](Self::evaluate) needs.
    #[must_use]
    pub fn scratch(&self) -> usize {
        self.scratch
    }

    /// Runs the program for a block, which starts with the frame. The words from `scratch` on, a multiple of [`LINE`], are
    /// overwritten. Only the active rows' results are written, and cells of inputs that are not present become 0. Skips
    /// instructions with a place outside of the frame.
    pub fn evaluate(&self, frame: &mut [u64], scratch: usize, active: u64) {
        simd::run(evaluate::Evaluation { program: *self, frame, scratch, active });
    }
}

#[cfg(test)]
mod tests;
