//! What binning looks up in an image: arguments, windows, cuts and positions.

use crate::block::Argument;
use crate::forest::definition::Feature;
use crate::forest::image::{Binner, Forest, Kind, Window};

impl Feature {
    /// Returns the bits by which a value is looked up in a set: those of 0.0 for -0.0. Returns `None` for
    /// NaN.
    #[inline]
    fn key(self, bits: u64) -> Option<u64> {
        match self {
            Feature::F32 => {
                let value = f32::from_bits(bits as u32);
                (!value.is_nan()).then_some(u64::from((value + 0.0).to_bits()))
            }
            Feature::F64 => {
                let value = f64::from_bits(bits);
                (!value.is_nan()).then_some((value + 0.0).to_bits())
            }
            Feature::String => Some(u64::from(bits as u32)),
            Feature::Bool | Feature::I64 => Some(bits),
        }
    }
}

impl Forest<'_> {
    /// Returns the values of a binner's feature and their presence, in the block at an offset.
    #[inline]
    pub(super) fn binner_arguments(
        &self,
        binner: Binner,
        arguments: &[Argument],
        offset: usize,
    ) -> Option<[Argument; 2]> {
        let first = 2 * binner.feature as usize;
        let [values, present] = *arguments.get(first..)?.first_chunk()?;
        Some([values.shifted(offset), present.shifted(offset)])
    }

    /// Returns a window by its number.
    #[inline]
    pub(super) fn window(&self, number: u32) -> Window {
        self.windows.get(number as usize).map_or(Window::from_word(0), |[word, _]| Window::from_word(*word))
    }

    /// Returns the number of a window's binner.
    #[inline]
    pub(super) fn window_binner(&self, number: usize) -> usize {
        self.windows.get(number).map_or(usize::MAX, |[_, binner]| *binner as usize)
    }

    /// Returns the words that start with a binner's cuts or elements.
    #[inline]
    pub(in crate::forest) fn cuts(&self, binner: Binner) -> &[u64] {
        self.cuts.get(binner.first as usize..).unwrap_or_default()
    }

    /// Returns the position of a value among the elements of a feature's sets.
    #[inline]
    pub(super) fn position(&self, binner: Binner, bits: u64) -> u32 {
        match binner.kind {
            Kind::Position(feature) => {
                let elements = self.cuts(binner).get(..binner.count as usize).unwrap_or_default();
                let found = feature.key(bits).and_then(|key| elements.binary_search(&key).ok());
                found.map_or(binner.count, |position| position as u32)
            }
            _ => (bits as u32).wrapping_sub(binner.first).min(binner.count),
        }
    }
}
