//! The evaluation of a column program: a loop over its instructions, compiled for each SIMD level.
//!
//! An operation goes through the rows in tiles. It reads the tiles of its arguments before it writes that of its result, so
//! that a result may replace an argument.

use super::operation::*;
use super::{CONSTANT, ColumnProgram, Instruction, SCRATCH, SINGLE};
use crate::block::BLOCK_ROWS;
use crate::math;
use crate::math::single;
use crate::simd::Work;

/// The number of rows of a tile: two vectors of the widest kind, so that one computes while the other waits.
const TILE: usize = 16;

/// A program that is run for a block.
pub(super) struct Evaluation<'e> {
    pub program: ColumnProgram<'e>,
    pub cells: &'e mut [u64],
    pub scratch: &'e mut [u64],
    pub active: u64,
}

/// An argument that is no mask.
#[derive(Clone, Copy)]
enum Source {
    Column(u64),
    Constant(u64),
}

impl Work for Evaluation<'_> {
    #[inline(always)]
    fn run(mut self) {
        for instruction in self.program.instructions {
            self.step(instruction);
        }
    }
}

/// Applies an operation to floats of the precision that an instruction has.
macro_rules! in_precision {
    ($self:ident.$apply:ident($instruction:expr), |$($x:ident),+| $double:expr, $single:expr) => {
        if $instruction[0] & SINGLE == 0 {
            $self.$apply($instruction, |$($x),+| {
                $(let $x = f64::from_bits($x);)+
                $double.to_bits()
            });
        } else {
            $self.$apply($instruction, |$($x),+| {
                $(let $x = f32::from_bits($x as u32);)+
                u64::from($single.to_bits())
            });
        }
    };
    ($self:ident.$apply:ident($instruction:expr), |$($x:ident),+| $both:expr) => {
        in_precision!($self.$apply($instruction), |$($x),+| $both, $both)
    };
}

/// Compares floats of the precision that an instruction has.
macro_rules! compare {
    ($self:ident, $instruction:expr, |$x:ident, $y:ident| $comparison:expr) => {
        if $instruction[0] & SINGLE == 0 {
            $self.compare($instruction, |x, y| {
                let ($x, $y) = (f64::from_bits(x), f64::from_bits(y));
                $comparison
            });
        } else {
            $self.compare($instruction, |x, y| {
                let ($x, $y) = (f32::from_bits(x as u32), f32::from_bits(y as u32));
                $comparison
            });
        }
    };
}

/// Applies a function of `f64`s.
macro_rules! of_f64 {
    ($function:path) => {
        |x| $function(f64::from_bits(x)).to_bits()
    };
}

impl Evaluation<'_> {
    #[inline(always)]
    fn step(&mut self, instruction: &Instruction) {
        let signed = u64::cast_signed;
        match instruction[0] as u8 {
            ADD => in_precision!(self.binary(instruction), |x, y| x + y),
            SUBTRACT => in_precision!(self.binary(instruction), |x, y| x - y),
            MULTIPLY => in_precision!(self.binary(instruction), |x, y| x * y),
            DIVIDE => in_precision!(self.binary(instruction), |x, y| x / y),
            ADD_PRODUCT => in_precision!(self.ternary(instruction), |x, y, z| x + y * z),
            NEGATE => in_precision!(self.unary(instruction), |x| -x),
            ABSOLUTE => in_precision!(self.unary(instruction), |x| x.abs()),
            SQUARE_ROOT => in_precision!(self.unary(instruction), |x| math::sqrt(x), single::sqrt(x)),
            FLOOR => in_precision!(self.unary(instruction), |x| math::floor(x), single::floor(x)),
            CEIL => in_precision!(self.unary(instruction), |x| math::ceil(x), math::ceil(x.into()) as f32),
            ADD_I64 => self.binary(instruction, u64::wrapping_add),
            SUBTRACT_I64 => self.binary(instruction, u64::wrapping_sub),
            MULTIPLY_I64 => self.binary(instruction, u64::wrapping_mul),
            I64_TO_FLOAT if instruction[0] & SINGLE == 0 => {
                self.unary(instruction, |x| (x.cast_signed() as f64).to_bits());
            }
            I64_TO_FLOAT => self.unary(instruction, |x| u64::from((x.cast_signed() as f32).to_bits())),
            F64_TO_I64 => {
                self.unary(instruction, |x| math::to_i64_saturating(f64::from_bits(x)).cast_unsigned());
            }
            F32_TO_F64 => self.unary(instruction, |x| f64::from(f32::from_bits(x as u32)).to_bits()),
            F64_TO_F32 => self.unary(instruction, |x| u64::from((f64::from_bits(x) as f32).to_bits())),
            EQUAL => compare!(self, instruction, |x, y| x == y),
            LESS => compare!(self, instruction, |x, y| x < y),
            LESS_OR_EQUAL => compare!(self, instruction, |x, y| x <= y),
            EQUAL_WORDS => self.compare(instruction, |x, y| x == y),
            LESS_I64 => self.compare(instruction, |x, y| signed(x) < signed(y)),
            LESS_OR_EQUAL_I64 => self.compare(instruction, |x, y| signed(x) <= signed(y)),
            AND => self.set_mask(instruction[1], self.mask(instruction, 0) & self.mask(instruction, 1)),
            OR => self.set_mask(instruction[1], self.mask(instruction, 0) | self.mask(instruction, 1)),
            NOT => self.set_mask(instruction[1], !self.mask(instruction, 0)),
            EQUAL_MASKS => {
                self.set_mask(instruction[1], !(self.mask(instruction, 0) ^ self.mask(instruction, 1)));
            }
            SELECT => self.select(instruction),
            SELECT_MASK => {
                let [condition, then, otherwise] = [0, 1, 2].map(|number| self.mask(instruction, number));
                self.set_mask(instruction[1], condition & then | !condition & otherwise);
            }
            LOOKUP => self.lookup(instruction),
            FAIL_IF => self.fail_if(instruction),
            STORE => self.store(instruction),
            STORE_MASK => {
                let (new, active) = (self.mask(instruction, 0), self.active);
                let old = self.cells.get(instruction[1] as usize).copied().unwrap_or_default();
                self.set_mask(instruction[1], old & !active | new & active);
            }
            EXP => self.functions(instruction, math::exp_of_lanes, single::exp_of_lanes),
            LOGISTIC => self.functions(
                instruction,
                |lanes: [f64; TILE]| math::exp_of_lanes(lanes.map(|x| -x)).map(|power| 1.0 / (1.0 + power)),
                |lanes: [f32; TILE]| single::exp_of_lanes(lanes.map(|x| -x)).map(|power| 1.0 / (1.0 + power)),
            ),
            TANH => self.functions(instruction, math::tanh_of_lanes, single::tanh_of_lanes),
            LN => self.unary(instruction, of_f64!(math::ln)),
            EXPM1 => self.unary(instruction, of_f64!(math::expm1)),
            LN1P => self.unary(instruction, of_f64!(math::ln1p)),
            POW => in_precision!(self.binary(instruction), |x, y| math::pow(x, y), single::pow(x, y)),
            MIN_IGNORING_NAN => self.binary(instruction, |x, y| {
                math::min_ignoring_nan(f64::from_bits(x), f64::from_bits(y)).to_bits()
            }),
            MAX_IGNORING_NAN => self.binary(instruction, |x, y| {
                math::max_ignoring_nan(f64::from_bits(x), f64::from_bits(y)).to_bits()
            }),
            _ => {}
        }
    }

    /// Returns an argument that is no mask.
    #[inline(always)]
    fn source(instruction: &Instruction, number: usize) -> Source {
        let word = instruction[2 + number];
        if instruction[0] & CONSTANT << number == 0 { Source::Column(word) } else { Source::Constant(word) }
    }

    /// Returns an argument that is a mask.
    #[inline(always)]
    fn mask(&self, instruction: &Instruction, number: usize) -> u64 {
        match Self::source(instruction, number) {
            Source::Constant(0) => 0,
            Source::Constant(_) => u64::MAX,
            Source::Column(place) => self.words(place).first().copied().unwrap_or_default(),
        }
    }

    /// Returns the words from a place on.
    #[inline(always)]
    fn words(&self, place: u64) -> &[u64] {
        let memory: &[u64] = if place & SCRATCH == 0 { self.cells } else { self.scratch };
        memory.get((place & !SCRATCH) as usize..).unwrap_or_default()
    }

    #[inline(always)]
    fn words_mut(&mut self, place: u64) -> &mut [u64] {
        let memory: &mut [u64] = if place & SCRATCH == 0 { self.cells } else { self.scratch };
        memory.get_mut((place & !SCRATCH) as usize..).unwrap_or_default()
    }

    #[inline(always)]
    fn set_mask(&mut self, place: u64, mask: u64) {
        if let Some(word) = self.words_mut(place).first_mut() {
            *word = mask;
        }
    }

    #[inline(always)]
    fn tile(&self, source: Source, first: usize) -> [u64; TILE] {
        match source {
            Source::Constant(bits) => [bits; TILE],
            Source::Column(place) => {
                let column = self.words(place).get(first..).unwrap_or_default();
                column.first_chunk().copied().unwrap_or([0; TILE])
            }
        }
    }

    #[inline(always)]
    fn set_tile(&mut self, place: u64, first: usize, tile: [u64; TILE]) {
        let column = self.words_mut(place).get_mut(first..).unwrap_or_default();
        if let Some(words) = column.first_chunk_mut() {
            *words = tile;
        }
    }

    #[inline(always)]
    fn unary(&mut self, instruction: &Instruction, operation: impl Fn(u64) -> u64) {
        let a = Self::source(instruction, 0);
        for first in (0..BLOCK_ROWS).step_by(TILE) {
            let tile = self.tile(a, first).map(&operation);
            self.set_tile(instruction[1], first, tile);
        }
    }

    #[inline(always)]
    fn binary(&mut self, instruction: &Instruction, operation: impl Fn(u64, u64) -> u64) {
        let [a, b] = [0, 1].map(|number| Self::source(instruction, number));
        for first in (0..BLOCK_ROWS).step_by(TILE) {
            let (x, y) = (self.tile(a, first), self.tile(b, first));
            let tile = core::array::from_fn(|row| operation(x[row], y[row]));
            self.set_tile(instruction[1], first, tile);
        }
    }

    #[inline(always)]
    fn ternary(&mut self, instruction: &Instruction, operation: impl Fn(u64, u64, u64) -> u64) {
        let [a, b, c] = [0, 1, 2].map(|number| Self::source(instruction, number));
        for first in (0..BLOCK_ROWS).step_by(TILE) {
            let (x, y, z) = (self.tile(a, first), self.tile(b, first), self.tile(c, first));
            let tile = core::array::from_fn(|row| operation(x[row], y[row], z[row]));
            self.set_tile(instruction[1], first, tile);
        }
    }

    #[inline(always)]
    fn functions(
        &mut self,
        instruction: &Instruction,
        double: impl Fn([f64; TILE]) -> [f64; TILE],
        single: impl Fn([f32; TILE]) -> [f32; TILE],
    ) {
        let a = Self::source(instruction, 0);
        for first in (0..BLOCK_ROWS).step_by(TILE) {
            let words = self.tile(a, first);
            let tile = if instruction[0] & SINGLE == 0 {
                double(words.map(f64::from_bits)).map(f64::to_bits)
            } else {
                single(words.map(|word| f32::from_bits(word as u32))).map(|x| u64::from(x.to_bits()))
            };
            self.set_tile(instruction[1], first, tile);
        }
    }

    #[inline(always)]
    fn compare(&mut self, instruction: &Instruction, comparison: impl Fn(u64, u64) -> bool) {
        let [a, b] = [0, 1].map(|number| Self::source(instruction, number));
        let mut mask = 0;
        for first in (0..BLOCK_ROWS).step_by(TILE) {
            let (x, y) = (self.tile(a, first), self.tile(b, first));
            let mut bits = 0;
            for row in 0..TILE {
                bits |= u64::from(comparison(x[row], y[row])) << row;
            }
            mask |= bits << first;
        }
        self.set_mask(instruction[1], mask);
    }

    #[inline(always)]
    fn select(&mut self, instruction: &Instruction) {
        let mask = self.mask(instruction, 0);
        let [then, otherwise] = [1, 2].map(|number| Self::source(instruction, number));
        for first in (0..BLOCK_ROWS).step_by(TILE) {
            let bits = mask >> first;
            let (x, y) = (self.tile(then, first), self.tile(otherwise, first));
            let tile = core::array::from_fn(|row| if bits >> row & 1 != 0 { x[row] } else { y[row] });
            self.set_tile(instruction[1], first, tile);
        }
    }

    #[inline(always)]
    fn lookup(&mut self, instruction: &Instruction) {
        let [_, destination, _, start, count] = *instruction;
        let table = self.program.tables.get(start as usize..).unwrap_or_default();
        let a = Self::source(instruction, 0);
        for first in (0..BLOCK_ROWS).step_by(TILE) {
            // Negative indices are past the end too.
            let tile = self.tile(a, first);
            let tile = tile.map(|index| table.get(index.min(count) as usize).copied().unwrap_or_default());
            self.set_tile(destination, first, tile);
        }
    }

    #[inline(always)]
    fn fail_if(&mut self, instruction: &Instruction) {
        let mut failing = self.mask(instruction, 0) & self.active;
        let (column, number) = (instruction[1], instruction[3]);
        while failing != 0 {
            let row = failing.trailing_zeros() as usize;
            failing &= failing - 1;
            if let Some(word) = self.words_mut(column).get_mut(row)
                && *word == 0
            {
                *word = number;
            }
        }
    }

    #[inline(always)]
    fn store(&mut self, instruction: &Instruction) {
        let (active, destination) = (self.active, instruction[1]);
        let a = Self::source(instruction, 0);
        for first in (0..BLOCK_ROWS).step_by(TILE) {
            let mut tile = self.tile(a, first);
            if active != u64::MAX {
                let bits = active >> first;
                let old = self.tile(Source::Column(destination), first);
                tile = core::array::from_fn(|row| if bits >> row & 1 != 0 { tile[row] } else { old[row] });
            }
            self.set_tile(destination, first, tile);
        }
    }
}
