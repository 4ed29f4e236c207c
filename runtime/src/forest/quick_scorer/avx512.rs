//! QuickScorer with AVX-512: see [`super`].

use super::shape::{BYTES, COLUMNS, Shape};
use crate::block::Argument;
use crate::cast::bytes;
use crate::forest::binning::RowBins;
use crate::forest::binning::eytzinger::Eytzinger;
use crate::forest::image::{Binner, Forest};
use crate::forest::reduce::Leaves;
use crate::forest::rows::{Evaluation, Row};
use crate::simd::Vbmi;
use core::arch::x86_64::*;
use core::array;

impl Forest<'_> {
    /// Evaluates rows by QuickScorer.
    pub(in crate::forest) fn evaluate_by_quick_scorer(&self, vbmi: Vbmi, evaluation: Evaluation<'_>) {
        let Evaluation { cells, scratch, arguments, results, blocks } = evaluation;
        for row in blocks.rows() {
            let binned = QuickScorer::new(vbmi, self, cells, arguments, row);
            self.reduce(cells, results, &[row], scratch, binned);
        }
    }
}

/// The bins of a row.
struct Bins<'f> {
    forest: &'f Forest<'f>,
    bytes: [u8; COLUMNS],
}

impl RowBins for &mut Bins<'_> {
    #[inline]
    fn set_window(&mut self, column: u32, bin: u16) {
        if let Some(byte) = self.bytes.get_mut(column as usize) {
            *byte = bin as u8;
        }
    }

    fn set_position(&mut self, binner: Binner, position: u16) {
        for set in binner.first_column..binner.first_column.saturating_add(binner.columns) {
            let column = self.forest.set_column(set);
            if let Some(byte) = self.bytes.get_mut(column) {
                *byte = u8::from(self.forest.set_contains(set, |_| position));
            }
        }
    }
}

/// A row whose leaves QuickScorer finds.
struct QuickScorer<'f> {
    /// The proof that the functions that need VBMI can be called.
    _proof: Vbmi,
    forest: &'f Forest<'f>,
    bins: [u8; COLUMNS],
}

impl<'f> QuickScorer<'f> {
    /// Bins a row.
    fn new(vbmi: Vbmi, forest: &'f Forest<'f>, cells: &[u64], arguments: &[Argument], row: Row) -> Self {
        // SAFETY: `vbmi` is a proof of AVX-512, so every feature in the function's `target_feature` was detected.
        let bins = unsafe { bin(forest, cells, arguments, row) };
        Self { _proof: vbmi, forest, bins }
    }

    /// Visits the leaves of all trees, for a shape with `VECTORS` vectors and `WIDTH` bytes of a vector per
    /// tree.
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi,bmi1,bmi2,popcnt")]
    fn visit_all<const VECTORS: usize, const WIDTH: usize>(
        &self,
        shape: Shape,
        mut visit: impl FnMut(usize, usize, u32),
    ) {
        let bins = load(&self.bins);
        let none = _mm512_set1_epi8(-1);
        // The byte that comes `bytes` bytes later; for the last ones of a tree, its last one.
        let later = |bytes: usize| {
            let byte = |byte: usize| (byte + bytes).min(byte | (WIDTH - 1)) as u8;
            load(&array::from_fn(byte))
        };
        let later: [__m512i; 6] = [later(1), later(2), later(4), later(8), later(16), later(32)];
        let steps = WIDTH.ilog2() as usize;
        let leaves: [__m512i; VECTORS] =
            array::from_fn(|vector| load(&array::from_fn(|byte| (byte % WIDTH * VECTORS + vector) as u8)));
        let trees = BYTES / WIDTH;
        let count = self.forest.trees.len();
        let groups = self.forest.quick_scorer.chunks_exact(shape.words()).take(count.div_ceil(trees));
        for (group, words) in groups.enumerate() {
            let (splits, maps) = bytes(words).as_chunks::<BYTES>().0.split_at(3 * VECTORS);
            let Some(splits) = splits.as_chunks::<3>().0.first_chunk::<VECTORS>() else { return };
            // The starts of splits that are passed.
            let mut least = [none; VECTORS];
            for (least, [columns, thresholds, starts]) in least.iter_mut().zip(splits) {
                let bins = _mm512_permutexvar_epi8(load(columns), bins);
                let passed = _mm512_cmpgt_epu8_mask(bins, load(thresholds));
                *least = _mm512_mask_mov_epi8(none, passed, load(starts));
            }
            // The least start from each place on. Places alternate between the vectors: first those of the
            // same byte, then those of later bytes.
            for vector in (1..VECTORS).rev() {
                least[vector - 1] = _mm512_min_epu8(least[vector - 1], least[vector]);
            }
            let mut suffix = match VECTORS {
                1 => least[0],
                // The last byte has none after it.
                _ => _mm512_mask_permutexvar_epi8(none, u64::MAX >> 1, later[0], least[0]),
            };
            for later in &later[..steps] {
                suffix = _mm512_min_epu8(suffix, _mm512_permutexvar_epi8(*later, suffix));
            }
            let open = |vector: usize| -> u64 {
                let least = if VECTORS == 1 { suffix } else { _mm512_min_epu8(least[vector], suffix) };
                _mm512_cmpgt_epu8_mask(least, leaves[vector])
            };
            let map = |tree: usize, place: usize| {
                let (vector, byte) = shape.place(tree, place);
                if shape.mapped {
                    maps.get(vector).map_or(0, |map| map[byte % BYTES].into())
                } else {
                    place as u32
                }
            };
            if VECTORS == 1 {
                let open = open(0);
                for tree in 0..trees.min(count - group * trees) {
                    // If no other leaf is the row's, the last one is.
                    let own = open >> (tree * WIDTH) | 1 << (WIDTH - 1);
                    visit(group * trees + tree, 0, map(tree, own.trailing_zeros() as usize));
                }
            } else {
                let first = |vector: usize| open(vector).trailing_zeros() as usize * VECTORS + vector;
                let first = (0..VECTORS).fold(VECTORS * BYTES - 1, |least, vector| least.min(first(vector)));
                visit(group, 0, map(0, first));
            }
        }
    }
}

/// Bins a row.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,bmi1,bmi2,popcnt")]
fn bin(forest: &Forest<'_>, cells: &[u64], arguments: &[Argument], row: Row) -> [u8; COLUMNS] {
    let mut bins = Bins { forest, bytes: [0; COLUMNS] };
    forest.bin_row(cells, arguments, row, &mut bins, |cuts, value| rank(cuts, value));
    bins.bytes
}

#[inline]
#[target_feature(enable = "avx512f")]
fn load(bytes: &[u8; BYTES]) -> __m512i {
    // SAFETY: the reference is valid for reads of its 64 bytes; an unaligned load needs no alignment.
    unsafe { _mm512_loadu_si512(bytes.as_ptr().cast()) }
}

/// Returns a rank. The first cache line holds the cuts of three levels, whose order does not matter for
/// counting; 32 cuts remain, of which the last one is not passed.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,bmi1,bmi2,popcnt")]
fn rank(layout: Eytzinger<'_>, value: f64) -> u32 {
    let (Some(top), Some(sorted)) = (layout.cuts().first_chunk::<8>(), layout.sorted()) else {
        return layout.rank_of(value);
    };
    let value = _mm512_set1_pd(value);
    let passes = |cuts: &[u64; 8]| {
        // SAFETY: the reference is valid for reads of its 64 bytes; an unaligned load needs no alignment.
        let cuts = unsafe { _mm512_loadu_pd(cuts.as_ptr().cast()) };
        u32::from(_mm512_cmp_pd_mask::<_CMP_GE_OQ>(value, cuts))
    };
    let first = passes(top).count_ones();
    let [a, b, c, d] = &sorted.as_chunks::<8>().0.as_chunks::<4>().0[first as usize % 8];
    32 * first + (passes(a) | passes(b) << 8 | passes(c) << 16 | passes(d) << 24).count_ones()
}

impl Leaves for QuickScorer<'_> {
    fn visit(&mut self, visit: impl FnMut(usize, usize, u32)) {
        let Some(shape) = self.forest.properties.quick_scorer else { return };
        // SAFETY: `self` holds a proof of AVX-512 and VBMI, so every feature in the functions'
        // `target_feature` was detected.
        unsafe {
            match shape.leaves {
                8 => self.visit_all::<1, 8>(shape, visit),
                16 => self.visit_all::<1, 16>(shape, visit),
                32 => self.visit_all::<1, 32>(shape, visit),
                64 => self.visit_all::<1, 64>(shape, visit),
                128 => self.visit_all::<2, 64>(shape, visit),
                _ => self.visit_all::<4, 64>(shape, visit),
            }
        }
    }
}
