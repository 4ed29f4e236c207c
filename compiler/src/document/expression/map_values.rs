//! `MapValues`: looks up values in a table.

use crate::document::data_dictionary::DataType;
use crate::document::inline_table::Table;
use crate::document::markup::Markup;
use crate::document::{Name, Position};
use crate::error::Result;

/// The element `MapValues`.
#[derive(Clone, Debug)]
pub struct MapValues {
    /// The element's position.
    pub position: Position,
    /// The result if any of the fields is missing.
    pub map_missing_to: Option<Name>,
    /// The result if no row matches.
    pub default_value: Option<Name>,
    /// The column that holds the results.
    pub output_column: Name,
    /// The type of the results.
    pub data_type: Option<DataType>,
    /// The fields, each with the column that it is compared with.
    pub field_column_pairs: Vec<FieldColumnPair>,
    /// The table, if any.
    pub table: Option<Table>,
}

/// The element `FieldColumnPair`.
#[derive(Clone, Debug)]
pub struct FieldColumnPair {
    /// The element's position.
    pub position: Position,
    /// The field.
    pub field: Name,
    /// The column that it is compared with.
    pub column: Name,
}

impl MapValues {
    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let mut map = MapValues {
            position: xml.position(),
            map_missing_to: xml.optional("mapMissingTo")?,
            default_value: xml.optional("defaultValue")?,
            output_column: xml.required("outputColumn")?,
            data_type: xml.optional("dataType")?,
            field_column_pairs: Vec::new(),
            table: None,
        };
        while let Some(child) = xml.child()? {
            match &*child {
                "FieldColumnPair" => map.field_column_pairs.push(FieldColumnPair::read(xml)?),
                "InlineTable" | "TableLocator" => xml.once(&mut map.table, Table::read)?,
                _ => return Err(xml.unexpected()),
            }
        }
        Ok(map)
    }
}

impl FieldColumnPair {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let pair = FieldColumnPair {
            position: xml.position(),
            field: xml.required("field")?,
            column: xml.required("column")?,
        };
        xml.leaf()?;
        Ok(pair)
    }
}
