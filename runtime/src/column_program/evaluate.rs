//! The evaluation of a column program: a loop over its instructions, compiled for each SIMD level.
//!
//! The frame is read as lines of [`LINE`] rows, in cells, so that a result may replace an argument: an operation reads
//! the lines of its arguments before it writes that of its result. If only rows of the first line are active, the others are
//! not computed.

use super::function::{self, LineFunction};
use super::operation::*;
use super::{CONSTANT, ColumnProgram, Instruction, LINE, SCRATCH, SINGLE};
use crate::block::{BLOCK_ROWS, rows_of_mask};
use crate::kernel::float::Float;
use crate::math;
use crate::math::single;
use crate::simd::Work;
use core::cell::Cell;

/// Rows side by side.
type Line = [u64; LINE];

/// The number of lines of a column.
const LINES: usize = BLOCK_ROWS / LINE;

/// A program that is run for a block.
pub(super) struct Evaluation<'e> {
    pub program: ColumnProgram<'e>,
    pub frame: &'e mut [u64],
    pub scratch: usize,
    pub active: u64,
}

impl Work for Evaluation<'_> {
    #[inline(always)]
    fn run(self) {
        let (lines, _) = self.frame.as_chunks_mut::<LINE>();
        let block = Block {
            tables: self.program.tables,
            lines: Cell::from_mut(lines).as_slice_of_cells(),
            scratch: self.scratch,
            active: self.active,
        };
        if self.active < 1 << LINE {
            block.run::<1>(self.program.instructions);
        } else {
            block.run::<LINES>(self.program.instructions);
        }
    }
}

/// The memory of a program.
struct Block<'e> {
    tables: &'e [u64],
    lines: &'e [Cell<Line>],
    scratch: usize,
    active: u64,
}

/// Applies an operation to floats of the precision that an instruction has.
macro_rules! in_precision {
    ($self:ident.$apply:ident::<$n:ident>($instruction:expr), |$($x:ident),+| $double:expr, $single:expr) => {
        if $instruction[0] & SINGLE == 0 {
            $self.$apply::<$n>($instruction, #[inline(always)] |$($x),+| {
                $(let $x = f64::from_bits($x);)+
                $double.to_bits()
            })
        } else {
            $self.$apply::<$n>($instruction, #[inline(always)] |$($x),+| {
                $(let $x = f32::from_bits($x as u32);)+
                u64::from($single.to_bits())
            })
        }
    };
    ($self:ident.$apply:ident::<$n:ident>($instruction:expr), |$($x:ident),+| $both:expr) => {
        in_precision!($self.$apply::<$n>($instruction), |$($x),+| $both, $both)
    };
}

/// Compares floats of the precision that an instruction has.
macro_rules! compare {
    ($self:ident::<$n:ident>, $instruction:expr, |$x:ident, $y:ident| $comparison:expr) => {
        if $instruction[0] & SINGLE == 0 {
            $self.compare::<$n>(
                $instruction,
                #[inline(always)]
                |x, y| {
                    let ($x, $y) = (f64::from_bits(x), f64::from_bits(y));
                    $comparison
                },
            )
        } else {
            $self.compare::<$n>(
                $instruction,
                #[inline(always)]
                |x, y| {
                    let ($x, $y) = (f32::from_bits(x as u32), f32::from_bits(y as u32));
                    $comparison
                },
            )
        }
    };
}

impl<'e> Block<'e> {
    /// Runs instructions for the first `N` lines.
    #[inline(always)]
    fn run<const N: usize>(&self, instructions: &[Instruction]) {
        for instruction in instructions {
            // An instruction with a place outside of the frame is skipped.
            let _ = self.step::<N>(instruction);
        }
    }

    #[inline(always)]
    fn step<const N: usize>(&self, instruction: &Instruction) -> Option<()> {
        let signed = u64::cast_signed;
        match instruction[0] as u8 {
            ADD => in_precision!(self.binary::<N>(instruction), |x, y| x + y),
            SUBTRACT => in_precision!(self.binary::<N>(instruction), |x, y| x - y),
            MULTIPLY => in_precision!(self.binary::<N>(instruction), |x, y| x * y),
            DIVIDE => in_precision!(self.binary::<N>(instruction), |x, y| x / y),
            ADD_PRODUCT => in_precision!(self.ternary::<N>(instruction), |x, y, z| x + y * z),
            NEGATE => in_precision!(self.unary::<N>(instruction), |x| -x),
            ABSOLUTE => in_precision!(self.unary::<N>(instruction), |x| x.abs()),
            SQUARE_ROOT => self.function::<N, function::SquareRoot>(instruction),
            FLOOR => self.function::<N, function::Floor>(instruction),
            CEIL => self.function::<N, function::Ceil>(instruction),
            ADD_PRODUCTS if instruction[0] & SINGLE == 0 => self.products::<f64, N, true>(instruction),
            ADD_PRODUCTS => self.products::<f32, N, true>(instruction),
            SUM_PRODUCTS if instruction[0] & SINGLE == 0 => self.products::<f64, N, false>(instruction),
            SUM_PRODUCTS => self.products::<f32, N, false>(instruction),
            BROADCAST => {
                self.column::<N>(instruction[1])?.iter().for_each(|line| line.set([instruction[2]; LINE]));
                Some(())
            }
            ADD_I64 => self.binary::<N>(instruction, u64::wrapping_add),
            SUBTRACT_I64 => self.binary::<N>(instruction, u64::wrapping_sub),
            MULTIPLY_I64 => self.binary::<N>(instruction, u64::wrapping_mul),
            I64_TO_FLOAT if instruction[0] & SINGLE == 0 => {
                self.unary::<N>(instruction, |x| (x.cast_signed() as f64).to_bits())
            }
            I64_TO_FLOAT => self.unary::<N>(instruction, |x| u64::from((x.cast_signed() as f32).to_bits())),
            F64_TO_I64 => {
                self.unary::<N>(instruction, |x| math::to_i64_saturating(f64::from_bits(x)).cast_unsigned())
            }
            F32_TO_F64 => self.unary::<N>(instruction, |x| f64::from(f32::from_bits(x as u32)).to_bits()),
            F64_TO_F32 => self.unary::<N>(instruction, |x| u64::from((f64::from_bits(x) as f32).to_bits())),
            EQUAL => compare!(self::<N>, instruction, |x, y| x == y),
            LESS => compare!(self::<N>, instruction, |x, y| x < y),
            LESS_OR_EQUAL => compare!(self::<N>, instruction, |x, y| x <= y),
            EQUAL_WORDS => self.compare::<N>(instruction, |x, y| x == y),
            LESS_I64 => self.compare::<N>(instruction, |x, y| signed(x) < signed(y)),
            LESS_OR_EQUAL_I64 => self.compare::<N>(instruction, |x, y| signed(x) <= signed(y)),
            AND => self.set_mask(instruction[1], self.mask(instruction, 0)? & self.mask(instruction, 1)?),
            OR => self.set_mask(instruction[1], self.mask(instruction, 0)? | self.mask(instruction, 1)?),
            NOT => self.set_mask(instruction[1], !self.mask(instruction, 0)?),
            EQUAL_MASKS => {
                self.set_mask(instruction[1], !(self.mask(instruction, 0)? ^ self.mask(instruction, 1)?))
            }
            SELECT => self.select::<N>(instruction),
            SELECT_MASK => {
                let condition = self.mask(instruction, 0)?;
                let (then, otherwise) = (self.mask(instruction, 1)?, self.mask(instruction, 2)?);
                self.set_mask(instruction[1], condition & then | !condition & otherwise)
            }
            CLEAR_ABSENT => self.clear_absent::<N>(instruction),
            AND_ALL => {
                let mut masks = self
                    .pairs(instruction)?
                    .iter()
                    .map(|[mask, inverted]| Some(self.word(*mask)?.get() ^ inverted));
                self.set_mask(instruction[1], masks.try_fold(u64::MAX, |all, mask| Some(all & mask?))?)
            }
            LOOKUP => self.lookup::<N>(instruction),
            HAS_BIT => self.has_bit::<N>(instruction),
            FAIL_IF => self.fail_if(instruction),
            STORE => self.store::<N>(instruction),
            STORE_MASK => {
                let (new, old) = (self.mask(instruction, 0)?, self.word(instruction[1])?.get());
                self.set_mask(instruction[1], old & !self.active | new & self.active)
            }
            EXP => self.function::<N, function::Exp>(instruction),
            LOGISTIC => self.function::<N, function::Logistic>(instruction),
            TANH => self.function::<N, function::Tanh>(instruction),
            LN => self.function::<N, function::Ln>(instruction),
            EXPM1 => self.function::<N, function::Expm1>(instruction),
            LN1P => self.function::<N, function::Ln1p>(instruction),
            POW => in_precision!(self.binary::<N>(instruction), |x, y| math::pow(x, y), single::pow(x, y)),
            MIN_IGNORING_NAN => self.binary::<N>(instruction, |x, y| {
                math::min_ignoring_nan(f64::from_bits(x), f64::from_bits(y)).to_bits()
            }),
            MAX_IGNORING_NAN => self.binary::<N>(instruction, |x, y| {
                math::max_ignoring_nan(f64::from_bits(x), f64::from_bits(y)).to_bits()
            }),
            CALL_UNARY => {
                let function = UNARY.get(instruction[3] as usize)?;
                self.unary::<N>(instruction, |x| function(f64::from_bits(x)).to_bits())
            }
            CALL_BINARY => {
                let function = BINARY.get(instruction[4] as usize)?;
                self.binary::<N>(instruction, |x, y| function(f64::from_bits(x), f64::from_bits(y)).to_bits())
            }
            _ => None,
        }
    }

    /// Returns the first word of a place.
    #[inline(always)]
    fn offset(&self, place: u64) -> usize {
        let base = if place & SCRATCH == 0 { 0 } else { self.scratch };
        base.wrapping_add(place as u32 as usize)
    }

    /// Returns the first lines of a column.
    #[inline(always)]
    fn column<const N: usize>(&self, place: u64) -> Option<&'e [Cell<Line>; N]> {
        self.lines.get(self.offset(place) / LINE..)?.first_chunk()
    }

    /// Returns the word of a mask.
    #[inline(always)]
    fn word(&self, place: u64) -> Option<&'e Cell<u64>> {
        let offset = self.offset(place);
        self.lines.get(offset / LINE)?.as_array_of_cells().get(offset % LINE)
    }

    /// Returns an argument that is a mask.
    #[inline(always)]
    fn mask(&self, instruction: &Instruction, number: usize) -> Option<u64> {
        let word = instruction[2 + number];
        if instruction[0] & CONSTANT << number == 0 {
            Some(self.word(word)?.get())
        } else {
            Some(if word == 0 { 0 } else { u64::MAX })
        }
    }

    #[inline(always)]
    fn set_mask(&self, place: u64, mask: u64) -> Option<()> {
        self.word(place)?.set(mask);
        Some(())
    }

    #[inline(always)]
    fn unary<const N: usize>(&self, instruction: &Instruction, operation: impl Fn(u64) -> u64) -> Option<()> {
        let &[_, destination, a, _, _] = instruction;
        let (destination, a) = (self.column::<N>(destination)?, self.column::<N>(a)?);
        for (destination, a) in destination.iter().zip(a) {
            let mut line = a.get();
            for x in &mut line {
                *x = operation(*x);
            }
            destination.set(line);
        }
        Some(())
    }

    #[inline(always)]
    fn binary<const N: usize>(
        &self,
        instruction: &Instruction,
        operation: impl Fn(u64, u64) -> u64,
    ) -> Option<()> {
        let &[_, destination, a, b, _] = instruction;
        let (a, b) = (self.column::<N>(a)?, self.column::<N>(b)?);
        for ((destination, a), b) in self.column::<N>(destination)?.iter().zip(a).zip(b) {
            let (mut line, b) = (a.get(), b.get());
            for (x, y) in line.iter_mut().zip(b) {
                *x = operation(*x, y);
            }
            destination.set(line);
        }
        Some(())
    }

    #[inline(always)]
    fn ternary<const N: usize>(
        &self,
        instruction: &Instruction,
        operation: impl Fn(u64, u64, u64) -> u64,
    ) -> Option<()> {
        let &[_, destination, a, b, c] = instruction;
        let (a, b, c) = (self.column::<N>(a)?, self.column::<N>(b)?, self.column::<N>(c)?);
        for (((destination, a), b), c) in self.column::<N>(destination)?.iter().zip(a).zip(b).zip(c) {
            let (mut line, b, c) = (a.get(), b.get(), c.get());
            for ((x, y), z) in line.iter_mut().zip(b).zip(c) {
                *x = operation(*x, y, z);
            }
            destination.set(line);
        }
        Some(())
    }

    #[inline(always)]
    fn function<const N: usize, F: LineFunction>(&self, instruction: &Instruction) -> Option<()> {
        let &[code, destination, a, _, _] = instruction;
        let (destination, a) = (self.column::<N>(destination)?, self.column::<N>(a)?);
        for (destination, a) in destination.iter().zip(a) {
            destination.set(if code & SINGLE == 0 {
                words(F::double(floats(a.get())))
            } else {
                words(F::single(floats(a.get())))
            });
        }
        Some(())
    }

    /// Adds products with constants: to a column if `HAS_START`.
    #[inline(always)]
    fn products<F: Float, const N: usize, const HAS_START: bool>(
        &self,
        instruction: &Instruction,
    ) -> Option<()> {
        let &[_, destination, a, _, _] = instruction;
        let mut terms = self.pairs(instruction)?.iter();
        let mut sums = [[F::ZERO; LINE]; N];
        if HAS_START {
            for (sums, x) in sums.iter_mut().zip(self.column::<N>(a)?) {
                *sums = floats(x.get());
            }
        } else {
            let &[place, weight] = terms.next()?;
            let weight = F::from_word(weight);
            for (sums, x) in sums.iter_mut().zip(self.column::<N>(place)?) {
                for (sum, x) in sums.iter_mut().zip(floats::<F>(x.get())) {
                    *sum = weight.times(x);
                }
            }
        }
        for &[place, weight] in terms {
            let (column, weight) = (self.column::<N>(place)?, F::from_word(weight));
            for (sums, x) in sums.iter_mut().zip(column) {
                for (sum, x) in sums.iter_mut().zip(floats::<F>(x.get())) {
                    *sum = sum.plus(weight.times(x));
                }
            }
        }
        for (destination, sums) in self.column::<N>(destination)?.iter().zip(sums) {
            destination.set(words(sums));
        }
        Some(())
    }

    #[inline(always)]
    fn compare<const N: usize>(
        &self,
        instruction: &Instruction,
        comparison: impl Fn(u64, u64) -> bool,
    ) -> Option<()> {
        let &[_, destination, a, b, _] = instruction;
        let (a, b) = (self.column::<N>(a)?, self.column::<N>(b)?);
        let mut mask = 0;
        for (number, (a, b)) in a.iter().zip(b).enumerate() {
            let (a, b) = (a.get(), b.get());
            let mut bits = 0;
            for (row, (x, y)) in a.iter().zip(&b).enumerate() {
                bits |= u64::from(comparison(*x, *y)) << row;
            }
            mask |= bits << (number * LINE);
        }
        self.set_mask(destination, mask)
    }

    #[inline(always)]
    fn select<const N: usize>(&self, instruction: &Instruction) -> Option<()> {
        let &[_, destination, _, then, otherwise] = instruction;
        let mask = self.mask(instruction, 0)?;
        let (then, otherwise) = (self.column::<N>(then)?, self.column::<N>(otherwise)?);
        let destination = self.column::<N>(destination)?;
        for (number, ((destination, then), otherwise)) in
            destination.iter().zip(then).zip(otherwise).enumerate()
        {
            destination.set(blend(mask >> (number * LINE), then.get(), otherwise.get()));
        }
        Some(())
    }

    /// Returns the pairs of an instruction's table.
    #[inline(always)]
    fn pairs(&self, instruction: &Instruction) -> Option<&'e [[u64; 2]]> {
        let &[_, _, _, start, count] = instruction;
        self.tables.get(start as usize..)?.as_chunks().0.get(..count as usize)
    }

    #[inline(always)]
    fn clear_absent<const N: usize>(&self, instruction: &Instruction) -> Option<()> {
        for &[column, mask] in self.pairs(instruction)? {
            let mask = self.word(mask)?.get();
            if mask != u64::MAX {
                for (number, line) in self.column::<N>(column)?.iter().enumerate() {
                    line.set(blend(mask >> (number * LINE), line.get(), [0; LINE]));
                }
            }
        }
        Some(())
    }

    #[inline(always)]
    fn lookup<const N: usize>(&self, instruction: &Instruction) -> Option<()> {
        let &[_, destination, a, start, count] = instruction;
        let table = self.tables.get(start as usize..)?.get(..=count as usize)?;
        let (destination, a) = (self.column::<N>(destination)?, self.column::<N>(a)?);
        for (destination, a) in destination.iter().zip(a) {
            let mut line = a.get();
            for index in &mut line {
                // Negative indices are past the end too.
                *index = table.get((*index).min(count) as usize).copied().unwrap_or_default();
            }
            destination.set(line);
        }
        Some(())
    }

    #[inline(always)]
    fn has_bit<const N: usize>(&self, instruction: &Instruction) -> Option<()> {
        let &[_, destination, a, start, count] = instruction;
        let words = self.tables.get(start as usize..)?.get(..count as usize)?;
        let mut mask = 0;
        for (number, line) in self.column::<N>(a)?.iter().enumerate() {
            let mut bits = 0;
            for (row, bit) in line.get().iter().enumerate() {
                let word = match words {
                    [word] => {
                        if *bit < 64 {
                            *word
                        } else {
                            0
                        }
                    }
                    words => words.get((bit / 64) as usize).copied().unwrap_or_default(),
                };
                bits |= (word >> (bit % 64) & 1) << row;
            }
            mask |= bits << (number * LINE);
        }
        self.set_mask(destination, mask)
    }

    #[inline(always)]
    fn fail_if(&self, instruction: &Instruction) -> Option<()> {
        for &[mask, failure] in self.pairs(instruction)? {
            for row in rows_of_mask(self.word(mask)?.get() & self.active) {
                let word = self.word(instruction[1] + row as u64)?;
                if word.get() == 0 {
                    word.set(failure);
                }
            }
        }
        Some(())
    }

    #[inline(always)]
    fn store<const N: usize>(&self, instruction: &Instruction) -> Option<()> {
        let &[_, destination, a, _, _] = instruction;
        let (destination, a) = (self.column::<N>(destination)?, self.column::<N>(a)?);
        if self.active == u64::MAX {
            destination.iter().zip(a).for_each(|(destination, a)| destination.set(a.get()));
            return Some(());
        }
        for (number, (destination, a)) in destination.iter().zip(a).enumerate() {
            destination.set(blend(self.active >> (number * LINE), a.get(), destination.get()));
        }
        Some(())
    }
}

/// Returns the words of a line in the rows whose bits are set, and of another line in the others.
#[inline(always)]
fn blend(bits: u64, then: Line, otherwise: Line) -> Line {
    let mut line = otherwise;
    for (row, (word, then)) in line.iter_mut().zip(then).enumerate() {
        // All bits of a selected row's word. A conditional expression would become branches.
        let selected = (bits >> row & 1).wrapping_neg();
        *word ^= (*word ^ then) & selected;
    }
    line
}

/// Returns the numbers that a line holds.
#[inline(always)]
fn floats<F: Float>(line: Line) -> [F; LINE] {
    let mut numbers = [F::ZERO; LINE];
    for (number, word) in numbers.iter_mut().zip(line) {
        *number = F::from_word(word);
    }
    numbers
}

/// Returns the words of numbers.
#[inline(always)]
fn words<F: Float>(numbers: [F; LINE]) -> Line {
    let mut line = [0; LINE];
    for (word, number) in line.iter_mut().zip(numbers) {
        *word = number.to_word();
    }
    line
}
