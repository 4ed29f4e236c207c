//! The plan, which maps columns to inputs. It is made once, from the header.

#[cfg(test)]
mod tests;

use crate::error::{Error, NAMES};
use crate::missing::MissingStrings;
use crate::reader::Row;
use pmml_compiler::absent::AbsentColumns;
use pmml_compiler::signature::Signature;
use pmml_runtime::compiled::Value;
use std::borrow::Cow;
use std::collections::HashMap;

/// Delimiters to suggest if a header has a single column.
const DELIMITERS: &[char] = &[',', ';', '\t', '|', ':'];

/// How inputs without a column are treated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MissingColumns {
    /// They are an error, unless they are targets, whose actual values are rarely known.
    #[default]
    Error,
    /// They are missing in all rows, unless the header has a column with a similar name that feeds no input.
    NearMisses,
    /// They are missing in all rows.
    Missing,
}

/// Options of a [`Plan`].
#[derive(Clone, Debug, Default)]
pub struct PlanOptions {
    /// The strings that represent a missing value.
    pub missing: MissingStrings,
    /// How inputs without a column are treated.
    pub missing_columns: MissingColumns,
    /// The column that names rows, which feeds no input even if it has the name of one.
    pub label: Option<usize>,
}

/// Maps the cells of a row to the inputs of a model.
#[derive(Debug)]
pub struct Plan {
    /// For each column, the input that it feeds, unless that input is a list.
    feeds: Vec<Option<Feed>>,
    /// The columns that feed lists.
    lists: Vec<(usize, Feed)>,
    group: Option<usize>,
    missing: MissingStrings,
    absent: Vec<String>,
    declared: Vec<(String, String)>,
}

/// How a column feeds an input.
#[derive(Debug)]
struct Feed {
    input: usize,
    /// The strings that represent a missing value elsewhere but that the field declares as values.
    declared: Box<[String]>,
}

impl Plan {
    /// Makes the plan for the names of columns.
    ///
    /// # Errors
    /// Fails if an input that must have a column has none, or the field that groups rows has none.
    pub fn new(columns: &[String], signature: &Signature, options: PlanOptions) -> Result<Self, Error> {
        let PlanOptions { mut missing, missing_columns, label } = options;
        missing.strings.sort_unstable();
        let numbers: HashMap<&str, usize> = columns
            .iter()
            .enumerate()
            .filter(|(number, _)| label != Some(*number))
            .map(|(number, name)| (name.as_str(), number))
            .collect();
        let group = signature.group.as_deref().map(|group| (group, numbers.get(group).copied()));
        let mut plan = Plan {
            feeds: columns.iter().map(|_| None).collect(),
            lists: Vec::new(),
            group: group.and_then(|(_, column)| column),
            missing,
            absent: Vec::new(),
            declared: Vec::new(),
        };
        let mut absent = Vec::new();
        for (input, field) in signature.inputs.iter().enumerate() {
            let Some(column) = numbers.get(field.name.as_str()).copied() else {
                plan.absent.push(field.name.clone());
                absent.push(input);
                continue;
            };
            let feed = Feed { input, declared: plan.missing.declared_by(field) };
            plan.declared.extend(feed.declared.iter().map(|value| (field.name.clone(), value.clone())));
            if field.is_list {
                plan.lists.push((column, feed));
            } else {
                plan.feeds[column] = Some(feed);
            }
        }
        let near_misses_only = missing_columns == MissingColumns::NearMisses;
        let lacks_all = !absent.is_empty() && absent.len() == signature.inputs.len();
        let absent = match missing_columns {
            MissingColumns::Missing => None,
            _ => AbsentColumns::find(signature, &absent, columns.iter().map(String::as_str)),
        };
        match absent {
            // A similar name helps the user more than the list of all names.
            Some(absent) if absent.has_nearest() => return Err(Error::AbsentColumns(absent)),
            _ if lacks_all && missing_columns == MissingColumns::Error => {
                return Err(no_inputs(columns, &plan.absent));
            }
            Some(absent) if !near_misses_only => return Err(Error::AbsentColumns(absent)),
            _ => {}
        }
        match group {
            Some((name, None)) if !near_misses_only => Err(Error::NoGroup { name: name.to_owned() }),
            _ => Ok(plan),
        }
    }

    /// Checks that at least one column feeds an input.
    ///
    /// # Errors
    /// Fails if no column does although the model has inputs.
    pub fn require_inputs(&self, columns: &[String]) -> Result<(), Error> {
        let has_some = self.feeds.iter().any(Option::is_some) || !self.lists.is_empty();
        if has_some || self.absent.is_empty() { Ok(()) } else { Err(no_inputs(columns, &self.absent)) }
    }

    /// Returns the column whose cells name each row's group, if rows are scored in groups.
    pub fn group(&self) -> Option<usize> {
        self.group
    }

    /// Returns the inputs without a column, which are missing in all rows.
    pub fn absent(&self) -> &[String] {
        &self.absent
    }

    /// Returns the strings that represent a missing value elsewhere but that a field declares as a value, with the fields.
    pub fn declared(&self) -> &[(String, String)] {
        &self.declared
    }

    /// Passes a row's values to `give`, as strings, each with the number of its input. Missing inputs are left out; lists
    /// are always passed.
    pub fn fill<'r>(&self, row: &'r Row, mut give: impl FnMut(usize, Value<'r>)) {
        fn string(cell: &str) -> Value<'_> {
            Value::String(Cow::Borrowed(cell))
        }
        for (number, (cell, feed)) in row.cells.iter().zip(&self.feeds).enumerate() {
            if let Some(feed) = feed
                && !self.is_missing(feed, cell, row.quoted.get(number))
            {
                give(feed.input, string(cell));
            }
        }
        for (number, (_, feed)) in self.lists.iter().enumerate() {
            let items = match row.lists.as_ref().and_then(|lists| lists.get(number)) {
                Some(list) => list.iter().map(string).collect(),
                // The list of a row that is scored alone.
                None => self.item(number, row).into_iter().map(string).collect(),
            };
            give(feed.input, Value::List(items));
        }
    }

    #[inline]
    fn is_missing(&self, feed: &Feed, cell: &str, is_quoted: Option<&bool>) -> bool {
        self.missing.has(cell, is_quoted.copied().unwrap_or(false))
            && feed.declared.binary_search_by(|declared| declared.as_str().cmp(cell)).is_err()
    }

    /// Returns the cell of a row for one of the plan's lists, unless it is missing.
    fn item<'r>(&self, list: usize, row: &'r Row) -> Option<&'r str> {
        let (column, feed) = self.lists.get(list)?;
        row.cells.get(*column).filter(|cell| !self.is_missing(feed, cell, row.quoted.get(*column)))
    }

    /// Makes a group of its first row.
    pub(crate) fn begin_group(&self, mut row: Row) -> Row {
        let lists = (0..self.lists.len()).map(|list| self.item(list, &row).into_iter().collect());
        row.lists = Some(lists.collect());
        row
    }

    /// Adds a row to a group.
    pub(crate) fn join_group(&self, group: &mut Row, row: &Row) {
        for (number, list) in group.lists.iter_mut().flatten().enumerate() {
            if let Some(cell) = self.item(number, row) {
                list.push_field(cell);
            }
        }
    }

    /// Returns the name of a row's group, which is empty if the cell is missing.
    pub(crate) fn group_name<'r>(&self, column: usize, row: &'r Row) -> &'r str {
        let cell = row.cells.get(column).unwrap_or_default();
        if self.missing.has(cell, row.quoted.get(column).copied().unwrap_or(false)) { "" } else { cell }
    }
}

fn no_inputs(columns: &[String], inputs: &[String]) -> Error {
    let first = |names: &[String]| names.iter().take(NAMES).cloned().collect::<Vec<_>>();
    let delimiter = match columns {
        [column] => DELIMITERS.iter().copied().find(|delimiter| column.contains(*delimiter)),
        _ => None,
    };
    Error::NoInputs {
        columns: first(columns),
        more_columns: columns.len().saturating_sub(NAMES),
        inputs: first(inputs),
        more_inputs: inputs.len().saturating_sub(NAMES),
        delimiter,
    }
}
