//! Numbers of a column of a table to the cells of a frame, compiled for each [SIMD level](crate::simd).

use crate::block::BLOCK_ROWS;
use crate::simd::{self, Work};

/// Copies the bits of numbers to cells, as many as fit, up to a block. Returns the mask of those that are NaN.
pub fn copy(numbers: &[f64], cells: &mut [u64]) -> u64 {
    let mut nan = 0;
    simd::run(Copy { numbers, cells, nan: &mut nan });
    nan
}

struct Copy<'c> {
    numbers: &'c [f64],
    cells: &'c mut [u64],
    nan: &'c mut u64,
}

impl Work for Copy<'_> {
    #[inline(always)]
    fn run(self) {
        // A whole block has a known length, which makes its loop one without a rest.
        if let (Some(numbers), Some(cells)) =
            (self.numbers.first_chunk::<BLOCK_ROWS>(), self.cells.first_chunk_mut::<BLOCK_ROWS>())
        {
            *self.nan = copy_all(numbers, cells);
        } else {
            *self.nan = copy_all(self.numbers, self.cells);
        }
    }
}

#[inline(always)]
fn copy_all(numbers: &[f64], cells: &mut [u64]) -> u64 {
    let mut any = false;
    for (cell, number) in cells.iter_mut().zip(numbers) {
        *cell = number.to_bits();
        any |= number.is_nan();
    }
    if !any {
        return 0;
    }
    let cells = numbers.iter().zip(cells).take(BLOCK_ROWS).enumerate();
    cells.fold(0, |mask, (row, (number, _))| mask | u64::from(number.is_nan()) << row)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::SimdLevel;

    #[test]
    fn numbers_are_copied_and_nan_is_marked() {
        for most in [SimdLevel::Portable, SimdLevel::Avx2, SimdLevel::Avx512] {
            for count in [0, 1, 7, 63, 64, 70] {
                let numbers: std::vec::Vec<f64> =
                    (0..count).map(|row| if row % 5 == 3 { f64::NAN } else { f64::from(row) }).collect();
                let (mut cells, mut nan) = ([1_u64; BLOCK_ROWS], 0);
                simd::run_at(most, Copy { numbers: &numbers, cells: &mut cells, nan: &mut nan });
                for (row, cell) in cells.iter().enumerate() {
                    let number = numbers.get(row);
                    assert_eq!(*cell, number.map_or(1, |number| number.to_bits()), "{row} of {count}");
                    assert_eq!(
                        nan >> row & 1 != 0,
                        number.is_some_and(|number| number.is_nan()),
                        "{row} of {count}"
                    );
                }
            }
        }
    }
}
