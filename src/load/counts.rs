//! Counts, which reveal a misspelled category or a column that is always empty although no row fails.

/// Counts of rows that were scored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Number of rows without any result that did not fail.
    pub without_result: u64,
    /// Counts of values that their fields do not allow, in order of inputs. Inputs without such values are omitted.
    pub invalid: Vec<InvalidCount>,
}

/// The number of values of an input that its field does not allow: values that are not declared, are outside the field's
/// intervals, or do not have its type. If a row fails because of such a value, only the first one is counted. A list counts
/// as one value. Numbers outside intervals that the document accepts as they are (`asIs`) are common and are not counted,
/// unless
/// [`ModelOptions::invalid`](crate::ModelOptions::invalid) says `asIs` too.
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
    /// Adds the counts of other rows of the same model.
    pub fn add(&mut self, other: Counts) {
        self.without_result += other.without_result;
        for count in other.invalid {
            match self.invalid.binary_search_by_key(&count.input, |known| known.input) {
                Ok(index) => self.invalid[index].values += count.values,
                Err(index) => self.invalid.insert(index, count),
            }
        }
    }

    /// Returns the number of values that their fields do not allow, of all inputs.
    pub fn invalid_values(&self) -> u64 {
        self.invalid.iter().map(|count| count.values).sum()
    }
}

/// Counts since they were last taken.
#[derive(Debug, Default)]
pub(super) struct Tally {
    without_result: u64,
    /// The number of invalid values by input. Empty until there is one.
    invalid: Vec<u64>,
    /// The inputs that have invalid values.
    touched: Vec<usize>,
}

impl Tally {
    /// Adds invalid values of an input. `inputs` is the number of all inputs.
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

    /// Adds a row if it has no result.
    pub(super) fn add_without_result(&mut self, is_without: bool) {
        self.without_result += u64::from(is_without);
    }

    /// Returns the counts and resets them. `name` returns the name of an input.
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

    /// Resets the counts and keeps the memory.
    pub(super) fn clear(&mut self) {
        self.without_result = 0;
        for input in self.touched.drain(..) {
            self.invalid[input] = 0;
        }
    }
}
