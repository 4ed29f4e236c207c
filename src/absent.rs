//! Names that do not match: inputs that have no column, and names of a row that look like a misspelled input. A misspelled
//! name must not become a missing value in silence.

use crate::{Model, Row, RowError, RowErrorKind, Signature, quote};
use pmml_runtime::nearest::Search;

/// How often the names of a row are looked through for one that is close to another.
const LOOKS: usize = 16;

/// What inputs are that a batch has no column for, and how closely the names of single rows are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum MissingColumns {
    /// An error, but for targets, whose actual values are seldom at hand where a model is scored. In a single row an input
    /// may be left out; a name that is no input, but close to one that the row leaves out, is an error.
    #[default]
    Error,
    /// Missing values, whatever other names there are.
    Missing,
}

/// The names that a model knows, in order: its inputs, results and the field that groups rows.
#[derive(Debug)]
pub(crate) struct Names(Box<[u32]>);

impl Names {
    pub(crate) fn new(signature: &Signature) -> Self {
        let count = signature.inputs.len() + signature.results.len() + usize::from(signature.group.is_some());
        let mut numbers: Box<[u32]> = (0..u32::try_from(count).unwrap_or(u32::MAX)).collect();
        numbers.sort_unstable_by_key(|number| name(signature, *number));
        Names(numbers)
    }

    fn knows(&self, signature: &Signature, wanted: &str) -> bool {
        self.0.binary_search_by(|number| name(signature, *number).cmp(wanted)).is_ok()
    }

    /// Returns whether all inputs are among the names of a row: none is left out then, though some may have no value.
    fn all_given(&self, signature: &Signature, row: &(impl Row + ?Sized)) -> bool {
        let (mut inputs, mut others) = (0, 0);
        row.names(&mut |given| {
            let is_input = |number: &u32| (*number as usize) < signature.inputs.len();
            let start = self.0.partition_point(|number| name(signature, *number) < given);
            let same = self.0[start..].iter().take_while(|number| name(signature, **number) == given);
            match same.into_iter().any(is_input) {
                true => inputs += 1,
                false => others += 1,
            }
        });
        others == 0 || inputs >= signature.inputs.len()
    }

    /// Returns how many bytes it takes.
    pub(crate) fn bytes(&self) -> usize {
        size_of_val(&*self.0)
    }
}

fn name(signature: &Signature, number: u32) -> &str {
    let number = number as usize;
    let result = || signature.results.get(number - signature.inputs.len()).map(|field| field.name.as_str());
    match signature.inputs.get(number) {
        Some(field) => &field.name,
        None => result().or(signature.group.as_deref()).unwrap_or_default(),
    }
}

impl Model {
    /// Looks for a name of a row that the model does not know, but that is close to an input that the row does not name.
    /// [`predict`](Self::predict) does this where inputs are missing. A row that has no [names](Row::names) is fine.
    ///
    /// # Errors
    /// If there is one, unless [`MissingColumns::Missing`] was chosen.
    pub fn check_names(&self, row: &(impl Row + ?Sized)) -> Result<(), RowError> {
        self.inner().check_names(row)
    }
}

impl crate::model::Inner {
    pub(crate) fn check_names(&self, row: &(impl Row + ?Sized)) -> Result<(), RowError> {
        if self.missing_columns == MissingColumns::Missing {
            return Ok(());
        }
        let signature = &*self.signature;
        let known = self.names.get_or_init(|| Names::new(signature));
        if known.all_given(signature, row) {
            return Ok(());
        }
        // As much work as it takes to fill the row's cells.
        let mut search = Search::new(2 * signature.inputs.len() as u64 + 1024).within(1);
        let mut found = None;
        let mut looks = LOOKS;
        row.names(&mut |given| {
            if found.is_some() || known.knows(signature, given) {
                return;
            }
            let inputs = signature.inputs.iter().map(|field| field.name.as_str());
            let near = search.nearest(given, inputs);
            found = near.map(|input| (input, given.to_owned()));
            // An input that the row names too has no value there, which is what the row says.
            if let Some((input, _)) = found {
                let mut is_named = looks == 0;
                if !is_named {
                    looks -= 1;
                    row.names(&mut |other| is_named |= other == input);
                }
                if is_named {
                    found = None;
                }
            }
        });
        match found {
            None => Ok(()),
            Some((input, given)) => Err(RowError {
                field: Some(input.to_owned()),
                value: None,
                reason: format!(
                    "is not in the row, but the name `{}`, which the model does not know: is it misspelled?",
                    quote(&given)
                ),
                kind: RowErrorKind::Misspelled { name: given },
            }),
        }
    }
}
