//! `MapValues`: looks up fields in a table.

use crate::document::data_dictionary::DataType;
use crate::document::expression::MapValues;
use crate::document::inline_table::Table;
use crate::error::{Error, Result};
use crate::ir::{Binary, Builder, Constant, MapData, SetData, TableData, Type, Value};
use crate::lower::build::literal;
use crate::lower::build::operand::{Operand, all_present, both, type_of};
use crate::lower::checked;
use crate::lower::scope::ScopeId;
use crate::lower::state::Lowering;

/// Lowers the output column of the first row whose cells equal the fields. A row that lacks a cell, or has one that is
/// not a value of its field's type, equals nothing.
pub fn lower<'d>(
    lowering: &mut Lowering<'d>,
    scope: ScopeId,
    map_values: &'d MapValues,
    expected: Option<DataType>,
) -> Result<Operand> {
    let (position, element) = (map_values.position, "MapValues");
    if map_values.field_column_pairs.is_empty() {
        lowering.warn(
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
        let field = lowering.field(scope, &pair.field, pair.position, "FieldColumnPair")?;
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

    let builder = &mut lowering.builder;
    let mut tuples = Vec::with_capacity(table.rows.len());
    let mut outputs = Vec::with_capacity(table.rows.len());
    let (mut incomplete, mut faulty) = (Vec::new(), Vec::new());
    for row in &table.rows {
        // Without fields nothing is compared, and so nothing is found.
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
    // The other rows can still be used.
    if let Some((_, first, text)) = faulty.first() {
        let rest = format!("`{text}`, which is not a value of the type {data_type}");
        let warning = format!("a row of `MapValues` has {rest}: rows that find it fail");
        lowering.warn(*first, "row", warning);
        let reached =
            lowering.builder.contains(SetData::new(Type::I64, faulty.iter().map(|(row, ..)| *row)), row);
        let failed = both(&mut lowering.builder, complete, Some(reached));
        let message = format!(
            "MapValues at {position} has found a row whose output is not a value of the type {data_type}"
        );
        lowering.fail_where(failed, message);
    }
    if !incomplete.is_empty() {
        let reached = lowering.builder.contains(SetData::new(Type::I64, incomplete), row);
        let failed = both(&mut lowering.builder, complete, Some(reached));
        let message = format!(
            "MapValues at {position} has found a row without the column `{}`",
            map_values.output_column
        );
        lowering.fail_where(failed, message);
    }
    let mut result = output_of_row(&mut lowering.builder, row, &outputs, data_type);
    if let Some(text) = &map_values.default_value {
        let default = checked::needed_literal(lowering, data_type, text, position, element);
        let none = lowering.builder.i64(0);
        let none = lowering.builder.binary(Binary::Less, row, none);
        match default {
            Ok(default) => result = Operand::choose(&mut lowering.builder, none, default, result),
            Err(reason) => {
                let needed = both(&mut lowering.builder, complete, Some(none));
                lowering.fail_where(needed, reason);
            }
        }
    }
    if let Some(complete) = complete {
        let otherwise = match &map_values.map_missing_to {
            Some(text) => checked::needed_literal(lowering, data_type, text, position, element),
            None => Ok(Operand::missing(&mut lowering.builder, data_type)),
        };
        match otherwise {
            Ok(otherwise) => result = Operand::choose(&mut lowering.builder, complete, result, otherwise),
            Err(reason) => {
                let needed = lowering.builder.not(complete);
                lowering.fail_where(Some(needed), reason);
                result = result.only_if(&mut lowering.builder, complete);
            }
        }
    }
    Ok(result)
}

/// Looks up the output of a row by its number; missing if no row was found.
fn output_of_row(
    builder: &mut Builder,
    row: Value,
    outputs: &[Option<Constant>],
    data_type: DataType,
) -> Operand {
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
