//! Columns of input for batches.

/// The values of one input for the rows of a batch. Rows past the column's end are missing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Column<'a, T> {
    /// No row has a value.
    #[default]
    Missing,
    /// Every row has a value. (NaN counts as missing, as in all conversions of inputs.)
    Values(&'a [T]),
    /// Some rows have a value.
    Optional(&'a [Option<T>]),
}

impl<T: Copy> Column<'_, T> {
    /// Returns the value of a row.
    #[inline]
    pub fn get(&self, row: usize) -> Option<T> {
        match self {
            Column::Missing => None,
            Column::Values(values) => values.get(row).copied(),
            Column::Optional(values) => values.get(row).copied().flatten(),
        }
    }
}

impl<'a, T> From<&'a [T]> for Column<'a, T> {
    fn from(values: &'a [T]) -> Self {
        Column::Values(values)
    }
}

impl<'a, T> From<&'a [Option<T>]> for Column<'a, T> {
    fn from(values: &'a [Option<T>]) -> Self {
        Column::Optional(values)
    }
}

/// The type of a column's values, of which NaN stands for a missing number.
pub trait Element: Copy {
    /// Returns the value, unless it stands for a missing one.
    fn present(self) -> Option<Self>;
}

macro_rules! element {
    ($($float:ty),*; $($other:ty),*) => {
        $(impl Element for $float {
            #[inline]
            fn present(self) -> Option<Self> {
                if self.is_nan() { None } else { Some(self) }
            }
        })*
        $(impl Element for $other {
            #[inline]
            fn present(self) -> Option<Self> {
                Some(self)
            }
        })*
    };
}

element!(f32, f64; bool, i64, &str);
