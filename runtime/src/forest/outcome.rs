//! Outcomes: one row against all splits of a tree at once.
//!
//! This is how single rows are evaluated in forests whose trees have at most 64 splits and 64 leaves and whose rows have
//! at most 64 columns. A row's codes are the bytes of one vector; for each tree a permutation brings to every split the code of its
//! column, and a comparison with all thresholds gives a word of outcomes. The walk through the tree then reads bits of that word:
//! from a place `p` it goes to `next[2p + outcome of p]`. Leaves are places from 64 on that lead to themselves; so walks go in
//! step for as many steps as the deepest tree has levels.
//!
//! A tree is 48 words (after the last one come empty ones, so that there are groups of eight): 64 bytes with the columns of its splits, 64 with their thresholds, and the 256 bytes of `next`. Columns
//! are those of sweeps, so sets have codes of 0 and 1. It needs a processor that permutes bytes (AVX-512 VBMI); the others
//! walk.

use super::coding::{Coder, Heap, RowCodes};
use super::reduce::Leaves;
use super::{Argument, Forest, OUTCOME_LANES as LANES, OUTCOME_MOST as MOST, OUTCOME_WORDS, Row};
use crate::cast::bytes;
use core::arch::x86_64::*;
use core::array;

/// After how many steps walks look whether all have come to leaves.
const STEPS: u32 = 3;

/// The codes of a row.
struct Codes<'f> {
    forest: &'f Forest<'f>,
    bytes: [u8; MOST],
}

impl RowCodes for &mut Codes<'_> {
    #[inline]
    fn set_window(&mut self, column: u32, code: u16) {
        if let Some(byte) = self.bytes.get_mut(column as usize) {
            *byte = code as u8;
        }
    }

    fn set_position(&mut self, coder: Coder, position: u16) {
        for set in coder.first_column..coder.first_column.saturating_add(coder.columns) {
            let column = self.forest.set_column(set);
            if let Some(byte) = self.bytes.get_mut(column) {
                *byte = u8::from(self.forest.set_contains(set, |_| position));
            }
        }
    }
}

/// A row whose leaves are found by outcomes.
pub(super) struct Outcomes<'f> {
    forest: &'f Forest<'f>,
    codes: [u8; MOST],
}

impl<'f> Outcomes<'f> {
    /// Codes a row. The processor must have AVX-512.
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,bmi2,popcnt")]
    pub fn new(forest: &'f Forest<'f>, cells: &[u64], arguments: &[Argument], row: Row) -> Self {
        let mut codes = Codes { forest, bytes: [0; MOST] };
        forest.code_row(cells, arguments, row, &mut codes, |heap, value| rank(heap, value));
        Self { forest, codes: codes.bytes }
    }

    /// The leaves of all trees. The processor must permute bytes.
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi,bmi2,popcnt")]
    fn visit_all(&self, mut visit: impl FnMut(usize, usize, u32)) {
        // SAFETY: reads the 64 bytes of the array.
        let codes = unsafe { _mm512_loadu_si512(self.codes.as_ptr().cast()) };
        // There are records up to a full group.
        let groups = self.forest.outcomes.as_chunks::<OUTCOME_WORDS>().0.as_chunks::<LANES>().0;
        for (group, (own, trees)) in groups.iter().zip(self.forest.trees.chunks(LANES)).enumerate() {
            let mut outcomes = [0u64; LANES];
            for (outcomes, tree) in outcomes.iter_mut().zip(own) {
                // SAFETY: both lie in the 48 words of the reference.
                let (columns, thresholds) = unsafe {
                    (
                        _mm512_loadu_si512(tree.as_ptr().cast()),
                        _mm512_loadu_si512(tree.as_ptr().add(8).cast()),
                    )
                };
                *outcomes = _mm512_cmpgt_epu8_mask(_mm512_permutexvar_epi8(columns, codes), thresholds);
            }
            let depth = trees.iter().map(|tree| (tree[3] >> 32) as u32).max().unwrap_or(0).min(MOST as u32);
            let mut places = [0usize; LANES];
            for _ in 0..depth.div_ceil(STEPS) {
                for _ in 0..STEPS {
                    places = array::from_fn(|lane| {
                        // Place numbers are below 128, which is how many pairs there are.
                        let place = places[lane] % 128;
                        let pair = u16::from_le_bytes(pairs(&own[lane])[place]);
                        let outcome = outcomes[lane] >> (place % 64) & 1;
                        usize::from((pair >> (8 * outcome)) as u8)
                    });
                }
                if places.iter().fold(usize::MAX, |all, place| all & place) & MOST != 0 {
                    break;
                }
            }
            for (lane, place) in places.into_iter().enumerate().take(trees.len()) {
                visit(group * LANES + lane, 0, (place % MOST) as u32);
            }
        }
    }
}

/// A rank. The first line of a heap has the cuts of three levels, in no order that matters for counting; what is left are
/// 32 cuts, of which the last one is not passed.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,bmi2,popcnt")]
fn rank(heap: Heap<'_>, value: f64) -> u32 {
    let (Some(top), Some(sorted)) = (heap.cuts().first_chunk::<8>(), heap.sorted()) else {
        return heap.rank_of(value);
    };
    let value = _mm512_set1_pd(value);
    let passes = |cuts: &[u64; 8]| {
        // SAFETY: reads the 64 bytes of the reference.
        let cuts = unsafe { _mm512_loadu_pd(cuts.as_ptr().cast()) };
        u32::from(_mm512_cmp_pd_mask::<_CMP_GE_OQ>(value, cuts))
    };
    let first = passes(top).count_ones();
    let [a, b, c, d] = &sorted.as_chunks::<8>().0.as_chunks::<4>().0[first as usize % 8];
    32 * first + (passes(a) | passes(b) << 8 | passes(c) << 16 | passes(d) << 24).count_ones()
}

/// The children of each place.
#[inline]
fn pairs(tree: &[u64; OUTCOME_WORDS]) -> &[[u8; 2]; 128] {
    bytes(tree).as_chunks().0.last_chunk().unwrap_or(&[[0; 2]; 128])
}

impl Leaves for Outcomes<'_> {
    fn visit(&mut self, visit: impl FnMut(usize, usize, u32)) {
        // SAFETY: outcomes are used where the processor permutes bytes.
        unsafe { self.visit_all(visit) }
    }
}
