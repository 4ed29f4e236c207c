//! Detects names of a row that look like misspelled inputs, since a misspelled name must not silently become a missing value.
//! (Inputs without a column in a batch are found by [`pmml_compiler::absent`].)

use super::row::Row;
use super::row_error::{RowError, RowErrorKind};
use pmml_compiler::signature::Signature;
use pmml_runtime::diagnostics::nearest::{self, Search};
use pmml_runtime::diagnostics::quote::quote;
use std::collections::HashMap;

/// How inputs without a column in a batch are treated, and how strictly the names of single rows are checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum MissingColumns {
    /// An input without a column is an error, except for targets, whose actual values are rarely known when a model is
    /// scored. A single row may omit an input, but a name that is unknown and similar to an input that the row omits is
    /// an error.
    #[default]
    Error,
    /// Inputs without a column are missing values, and names of rows are not checked.
    Missing,
}

/// An index of the names that a model knows: its inputs, its results and the field that groups rows.
#[derive(Debug)]
pub(crate) struct Names {
    /// The names' numbers, in order of names.
    sorted: Box<[u32]>,
    /// The inputs, by a key that similar names share.
    inputs: HashMap<(Option<char>, u64), Vec<u32>>,
}

impl Names {
    pub(crate) fn new(signature: &Signature) -> Self {
        let count = signature.inputs.len() + signature.results.len() + usize::from(signature.group.is_some());
        let mut sorted: Box<[u32]> = (0..u32::try_from(count).unwrap_or(u32::MAX)).collect();
        sorted.sort_unstable_by_key(|number| name(signature, *number));
        let mut inputs: HashMap<_, Vec<u32>> = HashMap::new();
        for (number, field) in (0..).zip(&signature.inputs) {
            inputs.entry(nearest::key(&field.name)).or_default().push(number);
        }
        Names { sorted, inputs }
    }

    /// Returns the numbers of the fields that have a name.
    fn of<'s>(&'s self, signature: &'s Signature, wanted: &'s str) -> impl Iterator<Item = usize> + 's {
        let start = self.sorted.partition_point(|number| name(signature, *number) < wanted);
        let same = self.sorted[start..].iter().take_while(move |number| name(signature, **number) == wanted);
        same.map(|number| *number as usize)
    }

    /// Checks that no name of a row is a misspelled input: unknown to the model, but similar to an input that the row lacks.
    ///
    /// # Errors
    /// Fails if one is.
    pub(crate) fn check(&self, signature: &Signature, row: &(impl Row + ?Sized)) -> Result<(), RowError> {
        let (mut named, mut any_unknown) = (vec![false; signature.inputs.len()], false);
        row.names(&mut |given| {
            let mut is_unknown = true;
            for number in self.of(signature, given) {
                is_unknown = false;
                if let Some(named) = named.get_mut(number) {
                    *named = true;
                }
            }
            any_unknown |= is_unknown;
        });
        if !any_unknown || named.iter().all(|named| *named) {
            return Ok(());
        }
        // The search is limited to about the work of filling the row's cells.
        let mut search = Search::new(2 * signature.inputs.len() as u64 + 1024).within(1);
        let mut found = None;
        row.names(&mut |given| {
            if found.is_some() || self.of(signature, given).next().is_some() {
                return;
            }
            // Inputs that the row names correctly are no candidates.
            let close = self.inputs.get(&nearest::key(given)).into_iter().flatten();
            let absent = close.filter(|number| !named[**number as usize]);
            let names = absent.map(|number| name(signature, *number));
            found = search.nearest(given, names).map(|input| (input, given.to_owned()));
        });
        match found {
            None => Ok(()),
            Some((input, given)) => Err(RowError {
                field: Some(input.to_owned()),
                value: None,
                reason: format!(
                    "is not in the row, which has the unknown name `{}`: is it misspelled?",
                    quote(&given)
                ),
                kind: RowErrorKind::Misspelled { name: given },
            }),
        }
    }

    /// Returns the number of bytes of memory that the index uses.
    pub(crate) fn bytes(&self) -> usize {
        let entry = size_of::<((Option<char>, u64), Vec<u32>)>() + 1;
        let inputs: usize = self.inputs.values().map(|inputs| inputs.capacity() * size_of::<u32>()).sum();
        size_of_val(&*self.sorted) + self.inputs.capacity() * entry + inputs
    }
}

/// Returns the name with a number. Inputs are numbered first, then results, then the field that groups rows.
fn name(signature: &Signature, number: u32) -> &str {
    let number = number as usize;
    let result = || signature.results.get(number - signature.inputs.len()).map(|field| field.name.as_str());
    match signature.inputs.get(number) {
        Some(field) => &field.name,
        None => result().or(signature.group.as_deref()).unwrap_or_default(),
    }
}
