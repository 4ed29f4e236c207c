//! Coding single rows.

use super::{Coder, Feature, Heap, Kind, Row};
use crate::forest::{Argument, Forest};

/// Where the codes of a row go.
pub(in crate::forest) trait RowCodes {
    /// A window's column has a code.
    fn set_window(&mut self, column: u32, code: u16);

    /// A feature has a position: its coder tells the column and the sets.
    fn set_position(&mut self, coder: Coder, position: u16);
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
            let Some([values, present]) = self.coder_arguments(coder, arguments, row.offset) else {
                continue;
            };
            let present = present.mask(cells) >> row.row & 1 != 0;
            let bits = || values.bits(cells, row.row);
            let bit = || values.mask(cells) >> row.row & 1;
            let (value, nan) = match coder.kind {
                Kind::RankF32 | Kind::RankF64 => {
                    let number = match coder.kind {
                        Kind::RankF32 => f64::from(f32::from_bits(bits() as u32)),
                        _ => f64::from_bits(bits()),
                    };
                    let heap = Heap::new(self.cuts(coder), coder.count as usize);
                    (rank(heap, number), number.is_nan())
                }
                Kind::Bool => (bit() as u32, false),
                Kind::Present => (u32::from(present), false),
                Kind::Position(_) | Kind::TextOffset => {
                    let position = match coder.kind {
                        _ if !present => coder.count.saturating_add(1),
                        Kind::Position(Feature::Bool) => self.position(coder, bit()),
                        _ => self.position(coder, bits()),
                    };
                    codes.set_position(coder, position as u16);
                    continue;
                }
            };
            let present = present || coder.kind == Kind::Present;
            for column in coder.first_column..coder.first_column.saturating_add(coder.columns) {
                let window = self.window(column);
                let code = match (present, nan) {
                    (false, _) => window.extreme(window.missing_high),
                    (true, true) => window.extreme(window.nan_high),
                    (true, false) => window.code(value),
                };
                codes.set_window(column, code);
            }
        }
    }
}
