//! Representations of missing values.

use pmml_compiler::signature::Field;

/// Up to this number of strings, comparing a cell with each of them is faster than binary search.
const FEW: usize = 16;

/// How empty cells are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EmptyCells {
    /// A missing value, quoted or not.
    #[default]
    Missing,
    /// The empty string if the cell is quoted (`""`), otherwise a missing value.
    QuotedIsString,
    /// The empty string, quoted or not.
    String,
}

/// The strings that stand for a missing value, and how empty cells are read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MissingStrings {
    /// The strings. One that a field declares as a value is nevertheless a value of that field.
    pub strings: Vec<String>,
    /// How empty cells are read.
    pub empty: EmptyCells,
}

impl MissingStrings {
    /// Returns whether a cell is missing, for a field that declares none of the strings. They must be sorted.
    #[inline]
    pub(crate) fn has(&self, cell: &str, is_quoted: bool) -> bool {
        if cell.is_empty() {
            self.is_empty_missing(is_quoted)
        } else if self.strings.len() <= FEW {
            self.strings.iter().any(|string| string == cell)
        } else {
            self.strings.binary_search_by(|string| string.as_str().cmp(cell)).is_ok()
        }
    }

    /// Returns, in order, the strings that a field declares as values.
    pub(crate) fn declared_by(&self, field: &Field) -> Box<[String]> {
        let values = field.values.iter().map(|category| &category.value);
        let mut declared: Vec<String> =
            values.filter(|value| self.strings.binary_search(value).is_ok()).cloned().collect();
        declared.sort_unstable();
        declared.into()
    }

    /// Returns whether an empty cell is missing.
    #[inline]
    pub(crate) fn is_empty_missing(&self, is_quoted: bool) -> bool {
        match self.empty {
            EmptyCells::Missing => true,
            EmptyCells::QuotedIsString => !is_quoted,
            EmptyCells::String => false,
        }
    }
}
