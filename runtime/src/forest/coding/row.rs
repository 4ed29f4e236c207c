//! Coding single rows.

use super::{Coder, Feature, Heap, Kind, Row, Window};
use crate::forest::{Argument, Forest};

/// Where the codes of a row go.
pub(in crate::forest) trait RowCodes {
    /// A window's column has a code.
    fn set_window(&mut self, column: u32, code: u16);

    /// A feature has a position: its coder tells the column and the sets.
    fn set_position(&mut self, coder: Coder, position: u16);
}

/// What a coder makes of a row's feature.
#[derive(Clone, Copy)]
enum Coded {
    /// A rank or the like; whether the feature is present; whether it is NaN.
    Value(u32, bool, bool),
    Position(u16),
}

impl Coder {
    /// The number of a row that is ranked, if the coder ranks numbers.
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
    #[inline]
    fn code_of(self, value: u32, present: bool, nan: bool) -> u16 {
        match (present, nan) {
            (false, _) => self.extreme(self.missing_high),
            (true, true) => self.extreme(self.nan_high),
            (true, false) => self.code(value),
        }
    }
}

impl Forest<'_> {
    /// Codes the features of a row. `rank` computes a rank, as [`Heap::rank_of`] does.
    #[inline(always)]
    pub(in crate::forest) fn code_row(
        &self,
        cells: &[u64],
        arguments: &[Argument],
        row: Row,
        mut codes: impl RowCodes,
        rank: impl Fn(Heap<'_>, f64) -> u32,
    ) {
        for coder in self.coders {
            let coder = Coder::from_words(*coder);
            match self.coded(coder, cells, arguments, row, &rank) {
                None => {}
                Some(Coded::Position(position)) => codes.set_position(coder, position),
                Some(Coded::Value(value, present, nan)) => {
                    for column in coder.first_column..coder.first_column.saturating_add(coder.columns) {
                        codes.set_window(column, self.window(column).code_of(value, present, nan));
                    }
                }
            }
        }
    }

    /// The code of a row in a column: of a window, of positions, or of a set.
    pub(in crate::forest) fn code_on_demand(
        &self,
        cells: &[u64],
        arguments: &[Argument],
        row: Row,
        column: usize,
    ) -> u16 {
        let coded = |coder: usize| {
            let coder = self.coders.get(coder).copied().map(Coder::from_words)?;
            self.coded(coder, cells, arguments, row, &|heap, value| heap.rank_of(value))
        };
        if let Some(set) = column.checked_sub(self.set_column(0)) {
            // Of a position, which is no set's column.
            let position = |column: u32| match (column as usize) < self.set_column(0) {
                true => self.code_on_demand(cells, arguments, row, column as usize),
                false => 0,
            };
            return u16::from(self.set_contains(set as u32, position));
        }
        match column.checked_sub(self.windows.len()) {
            // Coders of positions come last, in the order of their columns.
            Some(position) => {
                let first = self.coders.len().saturating_sub(self.positions);
                match coded(first.saturating_add(position)) {
                    Some(Coded::Position(position)) => position,
                    _ => 0,
                }
            }
            None => match (self.window(column as u32), coded(self.window_coder(column))) {
                (window, Some(Coded::Value(value, present, nan))) => window.code_of(value, present, nan),
                _ => 0,
            },
        }
    }

    /// Whether the code of a row in a column is above a threshold. Of ranks, that is whether the feature passes one cut:
    /// the rank itself, a search among all cuts, is not needed.
    pub(in crate::forest) fn exceeds_on_demand(
        &self,
        cells: &[u64],
        arguments: &[Argument],
        row: Row,
        column: usize,
        threshold: u16,
    ) -> bool {
        let ranks = || {
            let window = self.windows.get(column).map(|[word, _]| Window::from_word(*word))?;
            let coder = self.coders.get(self.window_coder(column)).copied().map(Coder::from_words)?;
            let [values, present] = self.coder_arguments(coder, arguments, row.offset)?;
            let number = coder.number(values, cells, row)?;
            Some((window, coder, number, present.mask(cells) >> row.row & 1 != 0))
        };
        let Some((window, coder, number, present)) = ranks() else {
            return self.code_on_demand(cells, arguments, row, column) > threshold;
        };
        if !present || number.is_nan() {
            return window.code_of(0, present, true) > threshold;
        }
        let heap = Heap::new(self.cuts(coder), coder.count as usize);
        threshold < window.count && heap.passes(number, u64::from(window.first) + u64::from(threshold))
    }

    #[inline(always)]
    fn coded(
        &self,
        coder: Coder,
        cells: &[u64],
        arguments: &[Argument],
        row: Row,
        rank: &impl Fn(Heap<'_>, f64) -> u32,
    ) -> Option<Coded> {
        let [values, present] = self.coder_arguments(coder, arguments, row.offset)?;
        let present = present.mask(cells) >> row.row & 1 != 0;
        let bits = || values.bits(cells, row.row);
        let bit = || values.mask(cells) >> row.row & 1;
        Some(match coder.kind {
            Kind::RankF32 | Kind::RankF64 => {
                let number = coder.number(values, cells, row)?;
                let heap = Heap::new(self.cuts(coder), coder.count as usize);
                Coded::Value(rank(heap, number), present, number.is_nan())
            }
            Kind::Bool => Coded::Value(bit() as u32, present, false),
            Kind::Present => Coded::Value(u32::from(present), true, false),
            Kind::Position(_) | Kind::TextOffset => {
                let position = match coder.kind {
                    _ if !present => coder.count.saturating_add(1),
                    Kind::Position(Feature::Bool) => self.position(coder, bit()),
                    _ => self.position(coder, bits()),
                };
                Coded::Position(position as u16)
            }
        })
    }
}
