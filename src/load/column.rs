//! Input columns of a batch.

use pmml_runtime::compiled::Value;
#[cfg(feature = "parallel")]
use std::ops::Range;

/// A column of a batch. A missing number is NaN, or a [`Value::Missing`] in a column of values.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Column<'a> {
    /// Numbers in double precision.
    Double(&'a [f64]),
    /// Numbers in single precision.
    Float(&'a [f32]),
    /// Integers.
    Integer(&'a [i64]),
    /// Booleans.
    Boolean(&'a [bool]),
    /// Strings.
    String(&'a [&'a str]),
    /// Values of any type, row by row.
    Values(&'a [Value<'a>]),
}

impl<'a> Column<'a> {
    /// Returns the number of rows.
    pub fn len(&self) -> usize {
        match self {
            Column::Double(values) => values.len(),
            Column::Float(values) => values.len(),
            Column::Integer(values) => values.len(),
            Column::Boolean(values) => values.len(),
            Column::String(values) => values.len(),
            Column::Values(values) => values.len(),
        }
    }

    /// Returns the value of a row, or `Missing` past the end.
    pub(crate) fn get(&self, row: usize) -> Value<'_> {
        match self {
            Column::Double(values) => values.get(row).copied().into(),
            Column::Float(values) => values.get(row).copied().into(),
            Column::Integer(values) => values.get(row).copied().into(),
            Column::Boolean(values) => values.get(row).copied().into(),
            Column::String(values) => values.get(row).copied().into(),
            Column::Values(values) => values.get(row).cloned().unwrap_or_default(),
        }
    }

    /// Returns whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns a range of the rows, cut off at the end of the column.
    #[cfg(feature = "parallel")]
    pub(super) fn part(&self, rows: &Range<usize>) -> Column<'a> {
        fn part<'v, T>(values: &'v [T], rows: &Range<usize>) -> &'v [T] {
            &values[rows.start.min(values.len())..rows.end.min(values.len())]
        }
        match self {
            Column::Double(values) => Column::Double(part(values, rows)),
            Column::Float(values) => Column::Float(part(values, rows)),
            Column::Integer(values) => Column::Integer(part(values, rows)),
            Column::Boolean(values) => Column::Boolean(part(values, rows)),
            Column::String(values) => Column::String(part(values, rows)),
            Column::Values(values) => Column::Values(part(values, rows)),
        }
    }
}
