//! `InlineTable`: rows of named cells; and `TableLocator`, a table that is somewhere else.

use super::{Name, Position};

/// Where a table's rows are.
#[derive(Clone, Debug)]
pub enum Table {
    /// In the document.
    InlineTable(InlineTable),
    /// Somewhere else.
    TableLocator(TableLocator),
}

/// The element `InlineTable`.
#[derive(Clone, Debug, Default)]
pub struct InlineTable {
    /// The element's place.
    pub position: Position,
    /// The rows, in document order.
    pub rows: Vec<Row>,
}

/// The element `row`.
#[derive(Clone, Debug)]
pub struct Row {
    /// The element's place.
    pub position: Position,
    /// The cells, in document order. A column may be absent.
    pub cells: Vec<Cell>,
}

/// An element inside `row`: a cell.
#[derive(Clone, Debug)]
pub struct Cell {
    /// The element's name without its prefix: the column.
    pub column: Name,
    /// The text between the tags, as it stands.
    pub text: Name,
}

impl Row {
    /// The text of the first cell of a column, where there is one.
    pub fn get(&self, column: &str) -> Option<&Name> {
        self.cells.iter().find(|cell| cell.column == *column).map(|cell| &cell.text)
    }
}

/// The element `TableLocator`: a table that the document only refers to.
#[derive(Clone, Debug)]
pub struct TableLocator {
    /// The element's place.
    pub position: Position,
}
