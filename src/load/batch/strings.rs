//! Columns of strings: most are categories, which the document names, so that a column has their numbers and shares the
//! strings with the model.

use crate::load::compiled::Compiled;
use pmml_runtime::StringId;
use std::fmt;
use std::sync::Arc;

/// The strings of a column of results.
#[derive(Clone)]
pub(super) struct Strings {
    model: Arc<Compiled>,
    /// For each row, the number of a string of the model's dictionary, or of a computed one plus their number.
    numbers: Vec<u32>,
    computed: Vec<Box<str>>,
}

impl Strings {
    pub fn new(model: Arc<Compiled>, rows: usize) -> Self {
        Self { model, numbers: Vec::with_capacity(rows), computed: Vec::new() }
    }

    fn known(&self) -> usize {
        self.model.program.dictionary.len()
    }

    /// Adds a string of the dictionary. Returns false if it has no string with that number.
    pub fn push_known(&mut self, string: StringId) -> bool {
        let is_known = (string.number() as usize) < self.known();
        if is_known {
            self.numbers.push(string.number());
        }
        is_known
    }

    /// Adds a string that was computed.
    pub fn push(&mut self, string: &str) {
        self.numbers.push((self.known() + self.computed.len()) as u32);
        self.computed.push(string.into());
    }

    /// Adds the strings of the rows that follow, of the same model.
    #[cfg(feature = "parallel")]
    pub fn append(&mut self, more: Strings) {
        let (known, computed) = (self.known(), self.computed.len() as u32);
        let shifted = |number: u32| if (number as usize) < known { number } else { number + computed };
        self.numbers.extend(more.numbers.into_iter().map(shifted));
        self.computed.extend(more.computed);
    }

    /// Returns the string of a row, or the empty string past the end.
    pub fn get(&self, row: usize) -> &str {
        let number = self.numbers.get(row).copied().unwrap_or_default();
        let computed = || self.computed.get(number as usize - self.known()).map(|string| &**string);
        self.model.program.dictionary.get(StringId::from_number(number)).or_else(computed).unwrap_or_default()
    }

    /// Returns the strings of all rows.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.numbers.len()).map(|row| self.get(row))
    }
}

impl fmt::Debug for Strings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
