//! The plan: which column feeds which input, decided once from the header.

use crate::deployed::Deployed;
use pmml::{Scorer, Value};
use std::borrow::Cow;

/// What becomes of the cells of a row.
#[derive(Debug)]
pub struct Plan {
    /// For each column the input that it feeds, unless that is a list.
    inputs: Vec<Option<usize>>,
    /// The columns that feed lists, each with the number of its input.
    pub lists: Vec<(usize, usize)>,
    /// The column that says which rows belong together.
    pub group: Option<usize>,
    /// The column that names rows: the first, if it is called so.
    pub id: Option<String>,
    /// What stands for a missing value, beside an empty cell.
    missing: Vec<String>,
}

impl Plan {
    /// The plan for a header.
    pub fn new(deployed: &Deployed, columns: &[String], missing: Vec<String>) -> Self {
        let signature = deployed.model.signature();
        let id = columns.first().filter(|name| name.eq_ignore_ascii_case("id")).cloned();
        let mut plan =
            Plan { inputs: vec![None; columns.len()], lists: Vec::new(), group: None, id, missing };
        let first = usize::from(plan.id.is_some());
        for (column, name) in columns.iter().enumerate().skip(first) {
            if signature.group.as_ref() == Some(name) {
                plan.group = Some(column);
            }
            let Some(input) = deployed.input(name) else { continue };
            match signature.inputs.get(input).is_some_and(|field| field.is_list) {
                true => plan.lists.push((column, input)),
                false => plan.inputs[column] = Some(input),
            }
        }
        plan
    }

    /// Whether a cell stands for a missing value.
    pub fn is_missing(&self, cell: &str) -> bool {
        cell.is_empty() || self.missing.iter().any(|missing| missing == cell)
    }

    /// Gives a row's cells to the scorer. `lists` are those of its group, if it is the first row of one.
    pub fn fill(
        &self,
        scorer: &mut Scorer,
        row: usize,
        cells: &csv::StringRecord,
        lists: Option<&[Vec<String>]>,
    ) {
        fn text(cell: &str) -> Value<'_> {
            Value::Text(Cow::Borrowed(cell))
        }
        for (cell, input) in cells.iter().zip(&self.inputs) {
            if let Some(input) = input
                && !self.is_missing(cell)
            {
                scorer.set(row, *input, &text(cell));
            }
        }
        for (number, (column, input)) in self.lists.iter().enumerate() {
            let own =
                || cells.get(*column).filter(|cell| !self.is_missing(cell)).map(text).into_iter().collect();
            let items = match lists.and_then(|lists| lists.get(number)) {
                Some(list) => list.iter().map(|cell| text(cell)).collect(),
                None => own(),
            };
            scorer.set(row, *input, &Value::List(items));
        }
    }
}
