//! What is counted of rows, so that a typo in a category or a column that is always empty is seen although no row fails.

use crate::Scorer;
use crate::scorer::{BLOCK_ROWS, Memory};
use pmml_compiler::ir::{FailureKind, Id};
use pmml_runtime::StringId;

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

/// The counts of a scorer.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    without_result: u64,
    /// The invalid values by input; empty as long as there is none.
    invalid: Vec<u64>,
    /// The inputs that have some.
    touched: Vec<usize>,
}

impl Tally {
    #[cold]
    fn add(&mut self, input: usize, inputs: usize, values: u32) {
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

    /// Forgets what was counted and keeps the memory.
    pub(crate) fn clear(&mut self) {
        self.without_result = 0;
        for input in self.touched.drain(..) {
            self.invalid[input] = 0;
        }
    }
}

impl Scorer {
    /// Returns what was counted of the rows that were [run](Self::run) since this was asked last, or since the scorer was made.
    pub fn take_counts(&mut self) -> Counts {
        let Memory { tally, .. } = &mut self.memory;
        tally.touched.sort_unstable();
        let invalid = tally.touched.iter().map(|input| InvalidCount {
            field: self.model.signature.inputs[*input].name.clone(),
            input: *input,
            values: tally.invalid[*input],
        });
        let counts = Counts { without_result: tally.without_result, invalid: invalid.collect() };
        tally.clear();
        counts
    }

    /// Counts what is to be counted of the first rows, which were run.
    pub(crate) fn count(&mut self, rows: usize) {
        for block in 0..rows.div_ceil(BLOCK_ROWS) {
            self.count_block(block, (rows - block * BLOCK_ROWS).min(BLOCK_ROWS));
        }
    }

    fn count_block(&mut self, block: usize, rows: usize) {
        let Scorer { model, memory, .. } = self;
        let Memory { frame, tally, .. } = memory;
        let frame = frame.get(block * model.stride..).unwrap_or_default();
        let layout = model.engine.layout();
        let inputs = model.inputs.len();
        let mask = u64::MAX >> (BLOCK_ROWS - rows);
        let some = layout.results.iter().fold(0, |some, columns| some | frame[columns.present]);
        let codes = &frame[layout.failures..][..rows];
        let any_failed = codes.iter().fold(0, |all, code| all | code) != 0;
        if any_failed || some & mask != mask {
            for (row, code) in codes.iter().enumerate() {
                let Some(code) = (*code as usize).checked_sub(1) else {
                    let has_none = some >> row & 1 == 0 && !layout.results.is_empty();
                    tally.without_result += u64::from(has_none);
                    continue;
                };
                let failure = model.failures.get(Id::new(code));
                let failure = failure.filter(|failure| failure.kind == FailureKind::InvalidValue);
                let Some(input) = failure.and_then(|failure| failure.input) else { continue };
                // Those of the others are counted below.
                if model.watched.binary_search_by_key(&input.index(), |other| other.input.index()).is_err() {
                    tally.add(input.index(), inputs, 1);
                }
            }
        }
        for watched in &model.watched {
            let input = watched.input.index();
            let columns = model.inputs[input].columns;
            let mut invalid = 0;
            for row in ones(frame[columns.unconvertible] & mask) {
                let text = StringId::from_number(frame[columns.texts + row] as u32);
                invalid += u32::from(watched.is_invalid_text(text));
            }
            if watched.has_domain() {
                let is_bool = watched.ty() == pmml_compiler::ir::Type::Bool;
                for row in ones(frame[columns.present] & !frame[columns.unconvertible] & mask) {
                    let bits =
                        if is_bool { frame[columns.values] >> row & 1 } else { frame[columns.values + row] };
                    invalid += u32::from(watched.is_invalid(bits));
                }
            }
            if invalid > 0 {
                tally.add(input, inputs, invalid);
            }
        }
    }
}

/// The places of the ones of a word.
fn ones(mut word: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let place = word.trailing_zeros() as usize;
        let is_there = word != 0;
        word &= word.wrapping_sub(1);
        is_there.then_some(place)
    })
}
