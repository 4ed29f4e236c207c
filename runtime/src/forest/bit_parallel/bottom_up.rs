//! Evaluation from the leaves to the root, in plain loops: see [`super`].
//!
//! Values are bytes, the numbers of leaves. The memory of values starts with the constants of all leaves, a
//! block each; the slots of inner nodes follow, a block for each block that is evaluated.

use super::operation::{Bytes, LEAVES, Operation};
use crate::cast::numbers;

/// Returns the number of words that the values take.
pub(super) fn value_words(slots: usize, width: usize) -> usize {
    (LEAVES + slots * width) * 8
}

/// Writes the constants of leaves.
pub(super) fn prepare(values: &mut [u64]) {
    let values = numbers::<u8>(values).as_chunks_mut::<64>().0;
    for (leaf, value) in values.iter_mut().take(LEAVES).enumerate() {
        *value = [leaf as u8; 64];
    }
}

/// Returns the high bytes where the bins are greater than a threshold, elsewhere the low ones.
#[inline(always)]
fn select(bins: &Bytes, threshold: u8, low: &Bytes, high: &Bytes) -> Bytes {
    let mut selected = [0; 64];
    // The compiler vectorizes loops of 16 reliably.
    let chunks =
        bins.as_chunks::<16>().0.iter().zip(low.as_chunks::<16>().0.iter().zip(high.as_chunks::<16>().0));
    for (selected, (bins, (low, high))) in selected.as_chunks_mut::<16>().0.iter_mut().zip(chunks) {
        for row in 0..16 {
            let mask = if bins[row] > threshold { 0xff } else { 0u8 };
            selected[row] = high[row] & mask | low[row] & !mask;
        }
    }
    selected
}

/// Evaluates a tree: writes for each row the number of its leaf.
#[inline(always)]
pub(super) fn evaluate<const W: usize>(
    operations: &[u64],
    bins: &[[Bytes; W]],
    values: &mut [u64],
    leaves: &mut [Bytes; W],
) {
    let values = numbers::<u8>(values).as_chunks_mut::<64>().0;
    // The first block of a value, and how far apart its blocks are.
    let blocks = |value: usize| match value.checked_sub(LEAVES) {
        None => (value, 0),
        Some(slot) => (LEAVES + slot * W, 1),
    };
    let mut root = 0;
    for operation in operations {
        let operation = Operation(*operation);
        let Some(bins) = bins.get(operation.column()) else { return };
        let ((low, low_step), (high, high_step)) = (blocks(operation.low()), blocks(operation.high()));
        (root, _) = blocks(operation.slot());
        for (block, bins) in bins.iter().enumerate() {
            let (Some(low), Some(high)) =
                (values.get(low + block * low_step), values.get(high + block * high_step))
            else {
                return;
            };
            let selected = select(bins, operation.threshold(), low, high);
            if let Some(place) = values.get_mut(root + block) {
                *place = selected;
            }
        }
    }
    for (block, leaves) in leaves.iter_mut().enumerate() {
        *leaves = match operations {
            [] => [0; 64],
            _ => values.get(root + block).copied().unwrap_or([0; 64]),
        };
    }
}
