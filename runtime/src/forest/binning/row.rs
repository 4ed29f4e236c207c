//! Binning single rows.

use super::eytzinger::Eytzinger;
use crate::block::Argument;
use crate::forest::definition::Feature;
use crate::forest::image::{Binner, Forest, Kind, Window};
use crate::forest::rows::Row;

/// Where the bins of a row are written.
pub(in crate::forest) trait RowBins {
    /// Sets the bin of a window's column.
    fn set_window(&mut self, column: u32, bin: u16);

    /// Sets the position of a feature. The binner determines the column and the sets that this concerns.
    fn set_position(&mut self, binner: Binner, position: u16);
}

/// The result of binning a row's feature.
#[derive(Clone, Copy)]
enum Binned {
    /// A rank or the like; whether the feature is present; whether it is NaN.
    Value(u32, bool, bool),
    Position(u16),
}

impl Binner {
    /// Returns the number of a row to be ranked, or `None` if the binner does not rank numbers.
    #[inline]
    fn number(self, values: Argument, cells: &[u64], row: Row) -> Option<f64> {
        match self.kind {
            Kind::RankF32 => Some(f64::from(f32::from_bits(values.bits(cells, row.row) as u32))),
            Kind::RankF64 => Some(f64::from_bits(values.bits(cells, row.row))),
            _ => None,
        }
    }
}

impl Window {
    /// Returns the bin of a value, which may be missing or NaN.
    #[inline]
    fn bin_of(self, value: u32, present: bool, nan: bool) -> u16 {
        match (present, nan) {
            (false, _) => self.extreme(self.missing_high),
            (true, true) => self.extreme(self.nan_high),
            (true, false) => self.bin(value),
        }
    }
}

impl Forest<'_> {
    /// Bins the features of a row. `rank` computes a rank, as [`Eytzinger::rank_of`] does.
    #[inline(always)]
    pub(in crate::forest) fn bin_row(
        &self,
        cells: &[u64],
        arguments: &[Argument],
        row: Row,
        mut bins: impl RowBins,
        rank: impl Fn(Eytzinger<'_>, f64) -> u32,
    ) {
        for binner in self.binners {
            let binner = Binner::from_words(*binner);
            match self.binned(binner, cells, arguments, row, &rank) {
                None => {}
                Some(Binned::Position(position)) => bins.set_position(binner, position),
                Some(Binned::Value(value, present, nan)) => {
                    for column in binner.first_column..binner.first_column.saturating_add(binner.columns) {
                        bins.set_window(column, self.window(column).bin_of(value, present, nan));
                    }
                }
            }
        }
    }

    /// Returns the bin of a row in a column: of a window, of positions, or of a set.
    pub(in crate::forest) fn bin_lazily(
        &self,
        cells: &[u64],
        arguments: &[Argument],
        row: Row,
        column: usize,
    ) -> u16 {
        let binned = |binner: usize| {
            let binner = self.binners.get(binner).copied().map(Binner::from_words)?;
            self.binned(binner, cells, arguments, row, &|cuts, value| cuts.rank_of(value))
        };
        if let Some(set) = column.checked_sub(self.set_column(0)) {
            // For a column of positions: sets do not contain sets, not even in a damaged image.
            let position = |column: u32| {
                if (column as usize) < self.set_column(0) {
                    self.bin_lazily(cells, arguments, row, column as usize)
                } else {
                    0
                }
            };
            return u16::from(self.set_contains(set as u32, position));
        }
        match column.checked_sub(self.windows.len()) {
            // Binners of positions come last, in the order of their columns.
            Some(position) => {
                let first = self.binners.len().saturating_sub(self.properties.positions);
                match binned(first.saturating_add(position)) {
                    Some(Binned::Position(position)) => position,
                    _ => 0,
                }
            }
            None => match (self.window(column as u32), binned(self.window_binner(column))) {
                (window, Some(Binned::Value(value, present, nan))) => window.bin_of(value, present, nan),
                _ => 0,
            },
        }
    }

    /// Returns whether the bin of a row in a column is above a threshold. For ranks, that is whether the
    /// feature passes one cut: the rank itself, which takes a search among all cuts, is not needed.
    pub(in crate::forest) fn exceeds_lazily(
        &self,
        cells: &[u64],
        arguments: &[Argument],
        row: Row,
        column: usize,
        threshold: u16,
    ) -> bool {
        let ranks = || {
            let window = self.windows.get(column).map(|[word, _]| Window::from_word(*word))?;
            let binner = self.binners.get(self.window_binner(column)).copied().map(Binner::from_words)?;
            let [values, present] = self.binner_arguments(binner, arguments, row.offset)?;
            let number = binner.number(values, cells, row)?;
            Some((window, binner, number, present.mask(cells) >> row.row & 1 != 0))
        };
        let Some((window, binner, number, present)) = ranks() else {
            return self.bin_lazily(cells, arguments, row, column) > threshold;
        };
        if !present || number.is_nan() {
            return window.bin_of(0, present, true) > threshold;
        }
        let cuts = Eytzinger::new(self.cuts(binner), binner.count as usize);
        threshold < window.count && cuts.passes(number, u64::from(window.first) + u64::from(threshold))
    }

    /// Bins a row's feature.
    #[inline(always)]
    fn binned(
        &self,
        binner: Binner,
        cells: &[u64],
        arguments: &[Argument],
        row: Row,
        rank: &impl Fn(Eytzinger<'_>, f64) -> u32,
    ) -> Option<Binned> {
        let [values, present] = self.binner_arguments(binner, arguments, row.offset)?;
        let present = present.mask(cells) >> row.row & 1 != 0;
        let bits = || values.bits(cells, row.row);
        let bit = || values.mask(cells) >> row.row & 1;
        Some(match binner.kind {
            Kind::RankF32 | Kind::RankF64 => {
                let number = binner.number(values, cells, row)?;
                let cuts = Eytzinger::new(self.cuts(binner), binner.count as usize);
                Binned::Value(rank(cuts, number), present, number.is_nan())
            }
            Kind::Bool => Binned::Value(bit() as u32, present, false),
            Kind::Present => Binned::Value(u32::from(present), true, false),
            Kind::Position(_) | Kind::StringOffset => {
                let position = match binner.kind {
                    _ if !present => binner.count.saturating_add(1),
                    Kind::Position(Feature::Bool) => self.position(binner, bit()),
                    _ => self.position(binner, bits()),
                };
                Binned::Position(position as u16)
            }
        })
    }
}
