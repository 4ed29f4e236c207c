//! A stream of choices from which documents and rows are made.
//!
//! What generates asks for choices, one number after the other; proptest makes the numbers. So proptest need not know
//! what a document is to shrink one: the number 0 always chooses the simplest thing, and where the numbers end all
//! further ones are 0. Fewer and smaller numbers make a smaller document.

/// The stream.
pub struct Choices<'n> {
    numbers: &'n [u32],
}

impl<'n> Choices<'n> {
    /// Returns a stream of some numbers, then of zeros.
    pub fn new(numbers: &'n [u32]) -> Self {
        Self { numbers }
    }

    /// Chooses a number below a limit, which is not 0.
    pub fn below(&mut self, limit: usize) -> usize {
        match self.numbers.split_first() {
            Some((number, rest)) => {
                self.numbers = rest;
                *number as usize % limit
            }
            None => 0,
        }
    }

    /// Says yes one time of `times`.
    pub fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == times - 1
    }

    /// Chooses one of some things; of none there is no choice.
    pub fn pick<'t, T>(&mut self, things: &'t [T]) -> &'t T {
        &things[self.below(things.len())]
    }

    /// Returns an attribute with one of some values, or without: one time of `times` there is one.
    pub fn attribute(&mut self, times: usize, name: &str, values: &[&str]) -> String {
        match self.one_in(times) {
            true => format!(" {name}=\"{}\"", escape(self.pick(values))),
            false => String::new(),
        }
    }
}

/// Returns a text as the value of an attribute.
pub fn escape(text: impl AsRef<str>) -> String {
    let text = text.as_ref();
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
