//! Inputs without a column, and the columns that may have been meant for them: a misspelled name must not
//! silently become a missing value. Batches, record batches and tables find and report them here.

use crate::signature::Signature;
use pmml_runtime::diagnostics::nearest::Search;
use pmml_runtime::diagnostics::quote::quote;
use std::collections::HashSet;
use std::fmt;

/// The largest number of absent columns that an error names.
const NAMED: usize = 20;
/// The largest number of names that are compared to find misspelled columns.
const COMPARED: u64 = 1 << 18;

/// Inputs without a column.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AbsentColumns {
    /// The inputs: at most twenty, those first for which a column may have been meant.
    pub columns: Vec<AbsentColumn>,
    /// Number of further inputs without a column.
    pub more: usize,
}

/// An input without a column.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AbsentColumn {
    /// The input's name.
    pub name: String,
    /// The column that may have been meant: of those that feed no input, the one with the nearest name.
    pub nearest: Option<String>,
}

impl AbsentColumns {
    /// Finds the inputs without a column, except targets, whose actual values are seldom available. Returns
    /// `None` if there are none. `absent` are the numbers of all inputs without a column, `columns` the names
    /// of all columns.
    pub fn find<'n>(
        signature: &Signature,
        absent: &[usize],
        columns: impl Iterator<Item = &'n str>,
    ) -> Option<Self> {
        let needed = absent.iter().filter(|input| !signature.target_inputs.contains(input));
        let needed = needed.filter_map(|input| signature.inputs.get(*input));
        let needed: Vec<&str> = needed.map(|field| field.name.as_str()).collect();
        if needed.is_empty() {
            return None;
        }
        let inputs: HashSet<&str> = signature.inputs.iter().map(|field| field.name.as_str()).collect();
        let unused: Vec<&str> = columns.filter(|name| !inputs.contains(name)).collect();
        let mut search = Search::new(COMPARED);
        let mut columns: Vec<(&str, Option<&str>)> =
            needed.iter().map(|name| (*name, search.nearest(name, unused.iter().copied()))).collect();
        // Inputs with a suggestion come first, since they are more helpful.
        columns.sort_by_key(|(_, nearest)| nearest.is_none());
        let column = |(name, nearest): &(&str, Option<&str>)| AbsentColumn {
            name: (*name).to_owned(),
            nearest: nearest.map(str::to_owned),
        };
        let named = columns.iter().take(NAMED).map(column).collect();
        Some(AbsentColumns { columns: named, more: needed.len().saturating_sub(NAMED) })
    }

    /// Returns whether there is a column of nearly the right name for one of the inputs that the error names.
    pub fn has_nearest(&self) -> bool {
        self.columns.iter().any(|column| column.nearest.is_some())
    }
}

impl fmt::Display for AbsentColumns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, column) in self.columns.iter().enumerate() {
            f.write_str(if number == 0 { "" } else { ", " })?;
            write!(f, "`{}`", quote(&column.name))?;
            if let Some(nearest) = &column.nearest {
                write!(f, " (did you mean the column `{}`?)", quote(nearest))?;
            }
        }
        match self.more {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}
