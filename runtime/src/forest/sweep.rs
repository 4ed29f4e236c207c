//! Sweeps: all splits of a tree, for all rows of some blocks at once.
//!
//! A tree is a list of operations, children before parents, each a word:
//!
//! | bits | what |
//! |---|---|
//! | 0 to 15 | the number of the column |
//! | 16 to 23 | the threshold |
//! | 24 to 31 | the place of the result, less 256 |
//! | 32 to 47 | the low operand |
//! | 48 to 63 | the high operand |
//!
//! An operand below 256 is a leaf, by its number in the tree, any other the place of an earlier result. The last operation
//! is the root. Leaves have a number for each edge that leads to one.
//!
//! There are two algorithms over the same list. *Upward* ([`upward`]), the value of a node is, for each row, the number of
//! the leaf that the row comes to from there: an operation selects, byte by byte, one of its operands. That is plain code,
//! which the compiler turns into vectors of whatever size there is, and suits nodes with several parents too. *Downward*
//! ([`avx512`]), the value of a node is the mask of the rows that come to it: the list runs in reverse, an operation splits
//! its node's mask, and each leaf's rows get the leaf's number at the end. AVX-512 compares 64 bytes into such a mask.
//!
//! Several blocks are swept together, so that what is decoded of an operation serves all of them; that makes up to a
//! factor of three.

#[cfg(target_arch = "x86_64")]
mod avx512;
mod upward;

use super::reduce::{Cells, Leaves};
use super::table::{Table, table_values, whole};
use super::{Accumulators, Argument, Blocks, Forest, MAX_BLOCKS, ROWS, Reduction, Row, Sweep, Tree, coding};
use crate::cast::{Plain, numbers};
use crate::simd::{self, SimdLevel, Work};

/// How many leaves a tree can have.
pub(super) const LEAVES: usize = 256;

/// How many places there can be for the values of inner nodes.
pub(super) const MAX_PLACES: u32 = 128;

/// How many places the values of a tree have, leaves included, at most.
const VALUES: usize = LEAVES + 256;

/// How many words a cache line has.
const LINE: usize = 8;

/// The codes of a column, or what is known of a place, for a block.
type Bytes = [u8; ROWS];

/// How many blocks are swept together, if there are so many.
pub(super) fn width(blocks: usize) -> usize {
    match blocks {
        ..=1 => 1,
        2 => 2,
        3 | 4 => 4,
        _ => MAX_BLOCKS,
    }
}

/// An operation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Operation(u64);

impl Operation {
    #[cfg(feature = "alloc")]
    pub fn new(column: u16, threshold: u8, place: u8, low: u16, high: u16) -> Self {
        let operands = u64::from(low) << 32 | u64::from(high) << 48;
        Self(u64::from(column) | u64::from(threshold) << 16 | u64::from(place) << 24 | operands)
    }

    #[cfg(feature = "alloc")]
    pub fn word(self) -> u64 {
        self.0
    }

    #[inline]
    fn column(self) -> usize {
        usize::from(self.0 as u16)
    }

    #[inline]
    fn threshold(self) -> u8 {
        (self.0 >> 16) as u8
    }

    /// Always below [`VALUES`].
    #[inline]
    fn place(self) -> usize {
        LEAVES + usize::from((self.0 >> 24) as u8)
    }

    /// Always below [`VALUES`].
    #[inline]
    fn low(self) -> usize {
        usize::from((self.0 >> 32) as u16) % VALUES
    }

    /// Always below [`VALUES`].
    #[inline]
    fn high(self) -> usize {
        usize::from((self.0 >> 48) as u16) % VALUES
    }
}

/// The memory of a sweep of `W` blocks.
struct Room<'s, const W: usize> {
    /// For each column the codes of all blocks.
    codes: &'s mut [[Bytes; W]],
    /// Places, for either algorithm.
    values: &'s mut [u64],
    /// The numbers of the leaves that the rows come to, in the tree that was swept last.
    leaves: &'s mut [Bytes; W],
    /// Sums for each accumulator and row, or the rows' states.
    rest: &'s mut [u64],
}

/// How many words the values of places take.
fn value_words(sweep: Sweep, width: usize) -> usize {
    upward::value_words(sweep.places as usize, width).max(VALUES * width)
}

impl Forest<'_> {
    fn sweep_columns(&self) -> usize {
        self.set_column(0) + self.sets.len()
    }

    /// How many words a sweep of so many blocks works in.
    pub(super) fn sweep_scratch(&self, sweep: Sweep, width: usize) -> usize {
        let rest = if self.tabled { self.accumulators() + 1 } else { self.state };
        // A line more, so that codes can start at the start of one.
        LINE + (self.sweep_columns() + 1) * 8 * width + value_words(sweep, width) + rest * ROWS * width
    }

    pub(super) fn evaluate_by_sweeps(
        &self,
        sweep: Sweep,
        cells: &mut [u64],
        scratch: &mut [u64],
        arguments: &[Argument],
        results: &[usize],
        blocks: Blocks<'_>,
    ) {
        let fits = |width: &usize| scratch.len() >= self.sweep_scratch(sweep, *width);
        let most = [8, 4, 2].into_iter().find(fits).unwrap_or(1);
        for (number, masks) in blocks.masks.chunks(most).enumerate() {
            let first = number * most * blocks.stride;
            let blocks = Blocks { stride: blocks.stride, masks };
            let run = match width(masks.len()) {
                _ if masks.iter().all(|mask| *mask == 0) => continue,
                1 => Self::sweep_blocks::<1>,
                2 => Self::sweep_blocks::<2>,
                4 => Self::sweep_blocks::<4>,
                _ => Self::sweep_blocks::<8>,
            };
            run(self, sweep, cells, scratch, arguments, results, (first, blocks));
        }
    }

    /// Sweeps up to `W` blocks, of which the first lies behind so many words of the frame.
    fn sweep_blocks<const W: usize>(
        &self,
        sweep: Sweep,
        cells: &mut [u64],
        scratch: &mut [u64],
        arguments: &[Argument],
        results: &[usize],
        (first, blocks): (usize, Blocks<'_>),
    ) {
        let start = scratch.as_ptr().align_offset(LINE * size_of::<u64>()).min(LINE);
        let (codes, rest) = scratch[start..].split_at_mut(self.sweep_columns() * 8 * W);
        let (leaves, rest) = rest.split_at_mut(8 * W);
        let (values, rest) = rest.split_at_mut(value_words(sweep, W));
        let codes = numbers::<u8>(codes).as_chunks_mut().0.as_chunks_mut().0;
        let Some(leaves) = numbers::<u8>(leaves).as_chunks_mut().0.first_chunk_mut() else { return };
        let vectors = simd::level();
        self.code(vectors, cells, arguments, (first, blocks), codes.as_flattened_mut(), W);
        let mut room = Room::<W> { codes, values, leaves, rest };
        if vectors < SimdLevel::Avx512 || sweep.shared {
            upward::prepare(room.values);
        }
        match self.reduction {
            Reduction::Sum(accumulators) if self.tabled => {
                match accumulators.single {
                    true => self.sum::<f32, W>(vectors, sweep, &mut room, accumulators),
                    false => self.sum::<f64, W>(vectors, sweep, &mut room, accumulators),
                }
                let mut cells = Cells { cells, results };
                let single = accumulators.single;
                let count = accumulators.count as usize;
                for result in 0..=count {
                    for (block, mask) in blocks.masks.iter().enumerate() {
                        let offset = first + block * blocks.stride;
                        let sums = (result * W + block) * ROWS;
                        room.store(&mut cells, result, (offset, *mask), sums, single, result == count);
                    }
                }
            }
            _ => {
                let mut rows = [Row::default(); ROWS * MAX_BLOCKS];
                let mut places = [0u16; ROWS * MAX_BLOCKS];
                let mut count = 0;
                for row in blocks.rows() {
                    let place = row.offset.checked_div(blocks.stride).unwrap_or(0) * ROWS + row.row;
                    if let (Some(to), Some(at)) = (rows.get_mut(count), places.get_mut(count)) {
                        *to = Row { offset: first + row.offset, row: row.row };
                        *at = place as u16;
                        count += 1;
                    }
                }
                let Room { codes, values, leaves, rest } = room;
                let room = Room { codes, values, leaves, rest: &mut [] };
                let swept = Swept { forest: self, sweep, vectors, room, places: &places[..count] };
                self.reduce(cells, results, &rows[..count], rest, swept);
            }
        }
    }

    /// Codes blocks, of which the first lies at an offset.
    fn code(
        &self,
        vectors: SimdLevel,
        cells: &[u64],
        arguments: &[Argument],
        blocks: (usize, Blocks<'_>),
        codes: &mut [Bytes],
        width: usize,
    ) {
        match vectors {
            #[cfg(target_arch = "x86_64")]
            SimdLevel::Avx512 => {
                // SAFETY: the processor has been asked.
                unsafe { avx512::code(self, cells, arguments, blocks, codes, width) }
            }
            _ => simd::run(vectors, Coding { forest: self, cells, arguments, blocks, codes, width }),
        }
    }

    /// Sweeps a tree.
    #[inline]
    fn sweep_tree<const W: usize>(
        &self,
        vectors: SimdLevel,
        sweep: Sweep,
        tree: Tree,
        room: &mut Room<'_, W>,
    ) {
        let operations = self.operations.get(tree.first_operation as usize..).unwrap_or_default();
        let operations = operations.get(..tree.operations as usize).unwrap_or_default();
        let Room { codes, values, leaves, .. } = room;
        match vectors {
            #[cfg(target_arch = "x86_64")]
            SimdLevel::Avx512 if !sweep.shared => {
                // SAFETY: the processor has been asked.
                unsafe { avx512::sweep(operations, tree.leaves, codes, values, leaves) }
            }
            _ => simd::run(vectors, Upward { operations, codes, values, leaves }),
        }
    }

    /// Sums by tables, in `room.rest`.
    fn sum<T: Addend, const W: usize>(
        &self,
        vectors: SimdLevel,
        sweep: Sweep,
        room: &mut Room<'_, W>,
        accumulators: Accumulators,
    ) {
        let used = (accumulators.count as usize + 1) * W * ROWS;
        room.rest[..used].fill(0);
        for tree in self.trees {
            let tree = Tree::from_words(*tree);
            self.sweep_tree(vectors, sweep, tree, room);
            for table in self.tables_of(tree, accumulators.single) {
                let sums = numbers::<T>(room.rest).as_chunks_mut::<ROWS>().0.as_chunks_mut::<W>().0;
                let Some(sums) = sums.get_mut(table.accumulator) else { continue };
                match vectors {
                    #[cfg(target_arch = "x86_64")]
                    SimdLevel::Avx512 if table.values.len() <= T::VECTOR_WORDS => {
                        T::add_vectors(table.values, room.leaves, sums);
                    }
                    _ => {
                        let mut values = [T::default(); LEAVES];
                        let count = table_values(tree.leaves as usize, true).min(LEAVES);
                        for (leaf, value) in values[..count].iter_mut().enumerate() {
                            *value = T::of(table, leaf as u32);
                        }
                        add(&values, room.leaves, sums);
                    }
                }
            }
        }
    }
}

/// Coding, compiled for several vectors.
struct Coding<'c> {
    forest: &'c Forest<'c>,
    cells: &'c [u64],
    arguments: &'c [Argument],
    blocks: (usize, Blocks<'c>),
    codes: &'c mut [Bytes],
    width: usize,
}

impl Work for Coding<'_> {
    #[inline(always)]
    fn run(self) {
        let Self { forest, cells, arguments, blocks, codes, width } = self;
        forest.code_blocks(cells, arguments, blocks, codes, width, coding::ranks);
    }
}

/// An upward sweep, compiled for several vectors.
struct Upward<'s, const W: usize> {
    operations: &'s [u64],
    codes: &'s [[Bytes; W]],
    values: &'s mut [u64],
    leaves: &'s mut [Bytes; W],
}

impl<const W: usize> Work for Upward<'_, W> {
    #[inline(always)]
    fn run(self) {
        upward::sweep(self.operations, self.codes, self.values, self.leaves);
    }
}

/// A float type that leaves add.
trait Addend: Plain + Default + core::ops::AddAssign {
    /// How many words the largest table has that fits into vectors.
    #[cfg(target_arch = "x86_64")]
    const VECTOR_WORDS: usize;

    /// What a leaf adds.
    fn of(table: Table<'_>, leaf: u32) -> Self;

    /// Adds to the sums of rows what their leaves add, from a table of 32 or 64 values. Only where [`SimdLevel::Avx512`] is.
    #[cfg(target_arch = "x86_64")]
    fn add_vectors<const W: usize>(values: &[u64], leaves: &[Bytes; W], sums: &mut [[Self; ROWS]; W]);
}

impl Addend for f64 {
    #[cfg(target_arch = "x86_64")]
    const VECTOR_WORDS: usize = 64;

    fn of(table: Table<'_>, leaf: u32) -> Self {
        table.double(leaf)
    }

    #[cfg(target_arch = "x86_64")]
    fn add_vectors<const W: usize>(values: &[u64], leaves: &[Bytes; W], sums: &mut [[Self; ROWS]; W]) {
        // SAFETY: the processor has been asked.
        unsafe { avx512::add_doubles(values, leaves, sums) }
    }
}

impl Addend for f32 {
    #[cfg(target_arch = "x86_64")]
    const VECTOR_WORDS: usize = 32;

    fn of(table: Table<'_>, leaf: u32) -> Self {
        table.single(leaf)
    }

    #[cfg(target_arch = "x86_64")]
    fn add_vectors<const W: usize>(values: &[u64], leaves: &[Bytes; W], sums: &mut [[Self; ROWS]; W]) {
        // SAFETY: the processor has been asked.
        unsafe { avx512::add_singles(values, leaves, sums) }
    }
}

/// Adds to the sums of rows what their leaves add.
fn add<T: Copy + core::ops::AddAssign, const W: usize>(
    values: &[T; LEAVES],
    leaves: &[Bytes; W],
    sums: &mut [[T; ROWS]; W],
) {
    for (leaves, sums) in leaves.iter().zip(sums) {
        for (leaf, sum) in leaves.iter().zip(sums) {
            *sum += values[usize::from(*leaf)];
        }
    }
}

impl<const W: usize> Room<'_, W> {
    /// Writes the sums of a block, of which the first is given, to a result's cells; counts as integers.
    fn store(
        &mut self,
        cells: &mut Cells<'_>,
        result: usize,
        (offset, mask): (usize, u64),
        first: usize,
        single: bool,
        count: bool,
    ) {
        let mut block = [0u64; ROWS];
        match single {
            true => {
                let sums = numbers::<f32>(self.rest).get(first..).unwrap_or_default();
                for (word, sum) in block.iter_mut().zip(sums) {
                    *word = u64::from(sum.to_bits());
                }
            }
            false => {
                for (word, sum) in block.iter_mut().zip(self.rest.get(first..).unwrap_or_default()) {
                    *word = *sum;
                }
            }
        }
        if count {
            block = block.map(|sum| whole(sum, single));
        }
        let place = cells.results.get(result).map_or(usize::MAX, |place| place.saturating_add(offset));
        let column = cells.cells.get_mut(place..).unwrap_or_default();
        match column.first_chunk_mut::<ROWS>() {
            Some(column) if mask == u64::MAX => *column = block,
            _ => {
                for (row, (cell, word)) in column.iter_mut().zip(block).enumerate() {
                    if mask >> row & 1 != 0 {
                        *cell = word;
                    }
                }
            }
        }
    }
}

/// A sweep whose leaves are visited row by row.
struct Swept<'f, 's, const W: usize> {
    forest: &'f Forest<'f>,
    sweep: Sweep,
    vectors: SimdLevel,
    room: Room<'s, W>,
    /// For each row, where its leaf is.
    places: &'f [u16],
}

impl<const W: usize> Leaves for Swept<'_, '_, W> {
    fn visit(&mut self, mut visit: impl FnMut(usize, usize, u32)) {
        for (number, tree) in self.forest.trees.iter().enumerate() {
            self.forest.sweep_tree(self.vectors, self.sweep, Tree::from_words(*tree), &mut self.room);
            let leaves = self.room.leaves.as_flattened();
            for (position, place) in self.places.iter().enumerate() {
                let leaf = leaves.get(usize::from(*place)).copied().unwrap_or(0);
                visit(number, position, u32::from(leaf));
            }
        }
    }
}
