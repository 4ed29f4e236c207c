//! `InlineTable`: rows of named cells; and `TableLocator`, a table outside of the document.

use super::markup::Markup;
use super::{Name, Position};
use crate::error::Result;

/// A table, in the document or outside of it.
#[derive(Clone, Debug)]
pub enum Table {
    /// In the document.
    InlineTable(InlineTable),
    /// Outside of it.
    TableLocator(TableLocator),
}

/// The element `InlineTable`.
#[derive(Clone, Debug, Default)]
pub struct InlineTable {
    /// The element's position.
    pub position: Position,
    /// The rows, in document order.
    pub rows: Vec<Row>,
}

/// The element `row`.
#[derive(Clone, Debug)]
pub struct Row {
    /// The element's position.
    pub position: Position,
    /// The cells, in document order. A column may be absent.
    pub cells: Vec<Cell>,
}

/// An element inside `row`: a cell.
#[derive(Clone, Debug)]
pub struct Cell {
    /// The element's name without its prefix: the column.
    pub column: Name,
    /// The text between the tags, unchanged.
    pub text: Name,
}

impl Row {
    /// Returns the text of the first cell of a column, or `None` if the row has none. A prefix of the column's name is
    /// ignored, as it is in the names of cells.
    pub fn get(&self, column: &str) -> Option<&Name> {
        let column = local(column);
        self.cells.iter().find(|cell| cell.column == *column).map(|cell| &cell.text)
    }

    /// Returns what [`Row::get`] does, looking first at a place where the cell is likely to be; stores the place where
    /// it was found.
    pub fn get_near(&self, column: &str, place: &mut usize) -> Option<&Name> {
        let column = local(column);
        if self.cells.get(*place).is_none_or(|cell| cell.column != *column) {
            *place = self.cells.iter().position(|cell| cell.column == *column)?;
        }
        self.cells.get(*place).map(|cell| &cell.text)
    }
}

/// Returns a column's name without its prefix.
fn local(column: &str) -> &str {
    column.rsplit_once(':').map_or(column, |(_, local)| local)
}

/// The element `TableLocator`: a table that the document only refers to.
#[derive(Clone, Debug)]
pub struct TableLocator {
    /// The element's position.
    pub position: Position,
}

impl Table {
    /// Reads the `InlineTable` or `TableLocator` whose start tag has been read.
    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
        if xml.element() == "InlineTable" {
            return Ok(Table::InlineTable(InlineTable::read(xml)?));
        }
        let locator = TableLocator { position: xml.position() };
        xml.skip()?;
        Ok(Table::TableLocator(locator))
    }
}

impl InlineTable {
    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let mut table = InlineTable { position: xml.position(), rows: Vec::new() };
        while let Some(child) = xml.child()? {
            match &*child {
                "row" => table.rows.push(Row::read(xml)?),
                _ => return Err(xml.unexpected()),
            }
        }
        Ok(table)
    }
}

impl Row {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let mut row = Row { position: xml.position(), cells: Vec::new() };
        while let Some(column) = xml.child()? {
            row.cells.push(Cell { column, text: xml.name()? });
        }
        Ok(row)
    }
}
