//! What stands for a missing value.

/// What a cell without text is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EmptyCells {
    /// A missing value, in quotes or not.
    #[default]
    Missing,
    /// The empty text where it stands in quotes (`""`), otherwise a missing value.
    TextInQuotes,
    /// The empty text, in quotes or not.
    Text,
}

/// The texts that stand for a missing value, and what a cell without text is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MissingTexts {
    /// The texts. A text that a field's declared values have is a value of that field all the same.
    pub texts: Vec<String>,
    /// What a cell without text is.
    pub empty: EmptyCells,
}

impl MissingTexts {
    /// Returns whether a cell is missing, for a field without declared values among the texts.
    #[inline]
    pub(crate) fn has(&self, cell: &str, is_quoted: bool) -> bool {
        match cell.is_empty() {
            true => self.is_empty_missing(is_quoted),
            false => self.texts.iter().any(|text| text == cell),
        }
    }

    /// Returns whether a cell without text is missing.
    #[inline]
    pub(crate) fn is_empty_missing(&self, is_quoted: bool) -> bool {
        match self.empty {
            EmptyCells::Missing => true,
            EmptyCells::TextInQuotes => !is_quoted,
            EmptyCells::Text => false,
        }
    }
}
