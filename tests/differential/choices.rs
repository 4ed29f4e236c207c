//! A stream of choices from which documents and rows are made.
//!
//! The generators take choices from a list of numbers, which proptest makes. Proptest can therefore shrink documents without
//! knowing their structure: the number 0 always chooses the simplest alternative, and after the end of the list all numbers
//! are 0, so that fewer and smaller numbers make a smaller document.

/// A stream of choices.
pub struct Choices<'n> {
    numbers: &'n [u32],
}

impl<'n> Choices<'n> {
    /// Returns a stream of some numbers, then of zeros.
    pub fn new(numbers: &'n [u32]) -> Self {
        Self { numbers }
    }

    /// Chooses a number below a limit, which must not be 0.
    pub fn below(&mut self, limit: usize) -> usize {
        match self.numbers.split_first() {
            Some((number, rest)) => {
                self.numbers = rest;
                *number as usize % limit
            }
            None => 0,
        }
    }

    /// Returns `true` one time in `times`.
    pub fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == times - 1
    }

    /// Chooses an item, of which there must be one.
    pub fn pick<'t, T>(&mut self, items: &'t [T]) -> &'t T {
        &items[self.below(items.len())]
    }

    /// Returns an attribute with one of some values one time in `times`, and otherwise nothing.
    pub fn attribute(&mut self, times: usize, name: &str, values: &[&str]) -> String {
        match self.one_in(times) {
            true => format!(" {name}=\"{}\"", escape(self.pick(values))),
            false => String::new(),
        }
    }
}

/// Escapes a string for the value of an attribute.
pub fn escape(text: impl AsRef<str>) -> String {
    let text = text.as_ref();
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
