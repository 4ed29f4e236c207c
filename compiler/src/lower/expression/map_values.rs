//! `MapValues`: fields looked up in a table.

use crate::document::data_dictionary::DataType;
use crate::document::expression::MapValues;
use crate::document::inline_table::Table;
use crate::error::{Error, Result};
use crate::ir::{Binary, Constant, MapData, SetData, TableData, Type, Value};
use crate::lower::operand::{Operand, all_present, both, type_of};
use crate::lower::scope::ScopeId;
use crate::lower::{Lowering, literal};

impl<'d> Lowering<'d> {
    /// The output column of the first row whose cells equal the fields. A row that lacks a cell, or has one that is no
    /// value of its field's type, equals nothing.
    pub fn map_values(
        &mut self,
        scope: ScopeId,
        map_values: &'d MapValues,
        expected: Option<DataType>,
    ) -> Result<Operand> {
        let (position, element) = (map_values.position, "MapValues");
        if map_values.field_column_pairs.is_empty() {
            self.warn(
                position,
                element,
                "`MapValues` has no `FieldColumnPair`: it finds no row of its table",
            );
        }
        let table = match &map_values.table {
            Some(Table::InlineTable(table)) => table,
            Some(Table::TableLocator(locator)) => {
                let message = "`MapValues` refers to a table outside of the document";
                return Err(Error::unsupported(locator.position, "TableLocator", message));
            }
            None => return Err(Error::invalid(position, element, "`MapValues` has no table")),
        };
        let mut fields = Vec::with_capacity(map_values.field_column_pairs.len());
        for pair in &map_values.field_column_pairs {
            let field = self.field(scope, &pair.field, pair.position, "FieldColumnPair")?;
            if field.operand.is_list {
                let message = "`MapValues` looks up a list of values";
                return Err(Error::unsupported(pair.position, "FieldColumnPair", message));
            }
            fields.push(field.operand);
        }
        let cells = |column: &'d str| table.rows.iter().filter_map(move |row| row.get(column));
        let replacements = map_values.map_missing_to.iter().chain(&map_values.default_value);
        let data_type = map_values.data_type.or(expected).unwrap_or_else(|| {
            literal::common_type(cells(&map_values.output_column).chain(replacements).map(|text| &**text))
        });

        let builder = &mut self.builder;
        let mut tuples = Vec::with_capacity(table.rows.len());
        let mut outputs = Vec::with_capacity(table.rows.len());
        let (mut incomplete, mut faulty) = (Vec::new(), Vec::new());
        for row in &table.rows {
            // Nothing is looked up where there is nothing to compare, and so nothing is found.
            if fields.is_empty() {
                break;
            }
            let pairs = map_values.field_column_pairs.iter().zip(&fields);
            let tuple: Option<Vec<Constant>> = pairs
                .map(|(pair, field)| literal::parse(builder, field.data_type, row.get(&pair.column)?))
                .collect();
            let Some(tuple) = tuple else { continue };
            let output = match row.get(&map_values.output_column) {
                Some(text) => {
                    let output = literal::optional_constant(builder, data_type, text, row.position, "row");
                    if output.is_err() {
                        faulty.push((Constant::I64(tuples.len() as i64), row.position, text));
                    }
                    output.unwrap_or_default()
                }
                None => {
                    incomplete.push(Constant::I64(tuples.len() as i64));
                    None
                }
            };
            tuples.push(tuple);
            outputs.push(output);
        }
        let keys: Vec<Type> = fields.iter().map(|field| field.ty()).collect();
        let arguments: Vec<Value> = fields.iter().map(|field| field.value).collect();
        let row = builder.find(MapData::new(keys, tuples), &arguments);
        let complete = all_present(builder, &fields);
        // The other rows can be used none the less.
        if let Some((_, first, text)) = faulty.first() {
            let rest = format!("`{text}`, which is no value of the type {data_type}");
            let warning = format!("a row of `MapValues` gives {rest}: rows that find it fail");
            self.warn(*first, "row", warning);
            let reached =
                self.builder.contains(SetData::new(Type::I64, faulty.iter().map(|(row, ..)| *row)), row);
            let failed = both(&mut self.builder, complete, Some(reached));
            let message = format!(
                "MapValues at {position} has found a row that gives no value of the type {data_type}"
            );
            self.fail_where(failed, message);
        }
        if !incomplete.is_empty() {
            let reached = self.builder.contains(SetData::new(Type::I64, incomplete), row);
            let failed = both(&mut self.builder, complete, Some(reached));
            let message = format!(
                "MapValues at {position} has found a row without the column `{}`",
                map_values.output_column
            );
            self.fail_where(failed, message);
        }
        let mut result = self.output_of_row(row, &outputs, data_type);
        if let Some(text) = &map_values.default_value {
            let default = self.needed_literal(data_type, text, position, element);
            let none = self.builder.i64(0);
            let none = self.builder.binary(Binary::Less, row, none);
            match default {
                Ok(default) => result = Operand::choose(&mut self.builder, none, default, result),
                Err(reason) => {
                    let needed = both(&mut self.builder, complete, Some(none));
                    self.fail_where(needed, reason);
                }
            }
        }
        if let Some(complete) = complete {
            let otherwise = match &map_values.map_missing_to {
                Some(text) => self.needed_literal(data_type, text, position, element),
                None => Ok(Operand::missing(&mut self.builder, data_type)),
            };
            match otherwise {
                Ok(otherwise) => result = Operand::choose(&mut self.builder, complete, result, otherwise),
                Err(reason) => {
                    let needed = self.builder.not(complete);
                    self.fail_where(Some(needed), reason);
                    result = result.only_if(&mut self.builder, complete);
                }
            }
        }
        Ok(result)
    }

    /// The output of a row, by its number; missing where there is none.
    fn output_of_row(&mut self, row: Value, outputs: &[Option<Constant>], data_type: DataType) -> Operand {
        let builder = &mut self.builder;
        let ty = type_of(data_type);
        let zero = match ty {
            Type::String => Some(Constant::String(builder.intern(""))),
            _ => Constant::from_bits(ty, 0),
        };
        let values = outputs.iter().filter_map(|output| output.or(zero));
        let value = builder.lookup(TableData::new(ty, values), row);
        let present = if outputs.iter().all(Option::is_some) {
            let first = builder.i64(0);
            builder.binary(Binary::GreaterOrEqual, row, first)
        } else {
            let present = outputs.iter().map(|output| Constant::Bool(output.is_some()));
            builder.lookup(TableData::new(Type::Bool, present), row)
        };
        Operand::optional(value, present, data_type)
    }
}
