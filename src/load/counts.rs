//! What is counted of rows, so that a typo in a category or a column that is always empty is seen although no row fails.

/// What was counted of rows that were scored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Number of rows without any result that did not fail.
    pub without_result: u64,
    /// Numbers of values that their fields do not allow, by input, in order; inputs without such values are omitted.
    pub invalid: Vec<InvalidCount>,
}

/// The number of values of an input that its field does not allow: values that the document does not declare, that lie outside of
/// its intervals, or are not of its type. Of a row that fails for such a value the first counts, and a list counts as one.
/// Numbers outside of intervals that the document takes as they are (`asIs`) do not count, unless
/// [`ModelOptions::invalid`](crate::ModelOptions::invalid) says so too: they are every day's.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidCount {
    /// The name of the field.
    pub field: String,
    /// The number of the input in the signature.
    pub input: usize,
    /// The number of values.
    pub values: u64,
}

impl Counts {
    /// Adds what was counted of other rows of the same model.
    pub fn add(&mut self, other: Counts) {
        self.without_result += other.without_result;
        for count in other.invalid {
            match self.invalid.binary_search_by_key(&count.input, |known| known.input) {
                Ok(place) => self.invalid[place].values += count.values,
                Err(place) => self.invalid.insert(place, count),
            }
        }
    }

    /// Returns how many values of all inputs their fields do not allow.
    pub fn invalid_values(&self) -> u64 {
        self.invalid.iter().map(|count| count.values).sum()
    }
}

/// What was counted since the counts were last taken.
#[derive(Debug, Default)]
pub(super) struct Tally {
    without_result: u64,
    /// The invalid values by input; empty as long as there is none.
    invalid: Vec<u64>,
    /// The inputs that have some.
    touched: Vec<usize>,
}

impl Tally {
    /// Adds invalid values of an input, of so many inputs.
    #[cold]
    pub(super) fn add_invalid(&mut self, input: usize, inputs: usize, values: u32) {
        if self.invalid.is_empty() {
            self.invalid.resize(inputs, 0);
        }
        if let Some(count) = self.invalid.get_mut(input) {
            if *count == 0 {
                self.touched.push(input);
            }
            *count += u64::from(values);
        }
    }

    /// Adds a row if it is without result.
    pub(super) fn add_without_result(&mut self, is_without: bool) {
        self.without_result += u64::from(is_without);
    }

    /// Returns what was counted and forgets it; `name` returns the name of an input.
    pub(super) fn take(&mut self, name: impl Fn(usize) -> String) -> Counts {
        self.touched.sort_unstable();
        let invalid = self.touched.iter().map(|input| InvalidCount {
            field: name(*input),
            input: *input,
            values: self.invalid[*input],
        });
        let counts = Counts { without_result: self.without_result, invalid: invalid.collect() };
        self.clear();
        counts
    }

    /// Forgets what was counted and keeps the memory.
    pub(super) fn clear(&mut self) {
        self.without_result = 0;
        for input in self.touched.drain(..) {
            self.invalid[input] = 0;
        }
    }
}
