//! Groups: where a model takes lists, the rows of a group are scored together.
//!
//! A group is the rows with the same text in the column of the model's group field; its lists hold their cells that are
//! not missing, its other inputs are those of the first row. Groups come in the order in which they begin.

use super::plan::Plan;
use super::reader::Line;
use std::collections::HashMap;

/// A row, or the first row of a group.
#[derive(Debug)]
pub struct Row {
    /// The row.
    pub line: Line,
    /// For each list of the plan the cells of the group. Of a row by itself, nothing.
    pub lists: Option<Vec<Vec<String>>>,
}

impl From<Line> for Row {
    fn from(line: Line) -> Self {
        Row { line, lists: None }
    }
}

/// Puts rows of a table with a group column together.
pub fn grouped(plan: &Plan, column: usize, rows: Vec<Row>) -> Vec<Row> {
    let mut numbers: HashMap<String, usize> = HashMap::new();
    let mut groups: Vec<Row> = Vec::new();
    for mut row in rows {
        let name = row.line.cells.get(column).filter(|cell| !plan.is_missing(cell)).unwrap_or_default();
        let number = *numbers.entry(name.to_owned()).or_insert(groups.len());
        let cells = plan.lists.iter().map(|(column, _)| {
            row.line.cells.get(*column).filter(|cell| !plan.is_missing(cell)).map(str::to_owned)
        });
        match groups.get_mut(number).and_then(|group| group.lists.as_mut()) {
            Some(lists) => lists.iter_mut().zip(cells).for_each(|(list, cell)| list.extend(cell)),
            None => {
                row.lists = Some(cells.map(|cell| cell.into_iter().collect()).collect());
                groups.push(row);
            }
        }
    }
    groups
}
