//! Conversion of the words of frames to Arrow arrays of results.

use super::error::RecordBatchError;
use crate::load::blocks::Blocks;
use arrow_array::builder::{BooleanBufferBuilder, NullBufferBuilder};
use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Float32Array, Float64Array, Int64Array, ListArray, RecordBatch,
    RecordBatchOptions, StringArray, Time32SecondArray, TimestampSecondArray,
};
use arrow_buffer::{OffsetBuffer, ScalarBuffer};
use arrow_schema::{DataType as ArrowType, Field, Schema, SchemaRef, TimeUnit};
use pmml_compiler::signature::{Field as ResultField, Signature};
use pmml_runtime::{Context, DataType, List, StringId};
use std::sync::Arc;

/// Returns the schema of the results of a model.
pub fn schema(signature: &Signature) -> SchemaRef {
    let fields = signature.results.iter().map(|field| {
        let scalar = arrow_type(field.data_type);
        let arrow_type = match field.is_list {
            true => ArrowType::List(Arc::new(items(scalar))),
            false => scalar,
        };
        Field::new(&field.name, arrow_type, true)
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

fn items(arrow_type: ArrowType) -> Field {
    Field::new_list_field(arrow_type, true)
}

fn arrow_type(data_type: DataType) -> ArrowType {
    match data_type {
        DataType::Double => ArrowType::Float64,
        DataType::Float => ArrowType::Float32,
        DataType::Boolean => ArrowType::Boolean,
        DataType::String => ArrowType::Utf8,
        DataType::Date => ArrowType::Date32,
        DataType::Time => ArrowType::Time32(TimeUnit::Second),
        DataType::DateTime => ArrowType::Timestamp(TimeUnit::Second, None),
        // Integers, and types that count days or seconds since some day.
        _ => ArrowType::Int64,
    }
}

/// The results of the part of a batch that has been scored.
pub struct Results {
    rows: usize,
    columns: Vec<Column>,
}

impl Results {
    pub fn new(signature: &Signature, rows: usize) -> Self {
        let column = |field: &ResultField| match field.is_list {
            true => Column {
                values: Values::List(Box::new(Column::new(field.data_type, rows)), vec![0]),
                present: NullBufferBuilder::new(rows),
            },
            false => Column::new(field.data_type, rows),
        };
        Results { rows, columns: signature.results.iter().map(column).collect() }
    }

    /// Appends the results of the first rows of a block.
    pub fn take(&mut self, blocks: &Blocks, block: usize, rows: usize) {
        for (result, column) in self.columns.iter_mut().enumerate() {
            let (words, present) = blocks.words(block, result);
            let is_present = |row: usize| present >> row & 1 != 0;
            // Booleans are the bits of one word.
            match column.values {
                Values::Boolean(_) => {
                    let bits = words.first().copied().unwrap_or(0);
                    let cells = (0..rows).map(|row| is_present(row).then_some(bits >> row & 1));
                    column.extend(cells, &blocks.memory.context);
                }
                _ => {
                    let cells = (0..rows).map(|row| words.get(row).copied().filter(|_| is_present(row)));
                    column.extend(cells, &blocks.memory.context);
                }
            }
        }
    }

    pub fn finish(self, schema: &SchemaRef) -> Result<RecordBatch, RecordBatchError> {
        let too_large = |error: &dyn std::fmt::Display| RecordBatchError::TooLarge(error.to_string());
        let columns = self.columns.into_iter().zip(schema.fields()).map(|(column, field)| {
            let (name, column) = (field.name(), column.finish());
            column.ok_or_else(|| {
                too_large(&format!("the column `{name}` has more than 2 GiB of text, or too many items"))
            })
        });
        let columns = columns.collect::<Result<Vec<ArrayRef>, _>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(self.rows));
        RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)
            .map_err(|error| too_large(&error))
    }
}

struct Column {
    values: Values,
    present: NullBufferBuilder,
}

/// The values of a column, arbitrary where one is missing.
enum Values {
    Double(Vec<f64>),
    Float(Vec<f32>),
    Integer(Vec<i64>),
    Boolean(BooleanBufferBuilder),
    /// The concatenated strings, and a 0 followed by the end of each.
    String(Vec<u8>, Vec<usize>),
    Date(Vec<i32>),
    Time(Vec<i32>),
    DateTime(Vec<i64>),
    /// The items, and a 0 followed by the end of each list.
    List(Box<Column>, Vec<usize>),
}

/// Appends numbers, which `value` makes from the words of cells.
fn append<T: Default>(
    values: &mut Vec<T>,
    present: &mut NullBufferBuilder,
    cells: impl Iterator<Item = Option<u64>>,
    value: impl Fn(u64) -> Option<T>,
) {
    for cell in cells {
        let value = cell.and_then(&value);
        present.append(value.is_some());
        values.push(value.unwrap_or_default());
    }
}

impl Column {
    fn new(data_type: DataType, rows: usize) -> Self {
        let values = match data_type {
            DataType::Double => Values::Double(Vec::with_capacity(rows)),
            DataType::Float => Values::Float(Vec::with_capacity(rows)),
            DataType::Boolean => Values::Boolean(BooleanBufferBuilder::new(rows)),
            DataType::String => Values::String(Vec::new(), vec![0]),
            DataType::Date => Values::Date(Vec::with_capacity(rows)),
            DataType::Time => Values::Time(Vec::with_capacity(rows)),
            DataType::DateTime => Values::DateTime(Vec::with_capacity(rows)),
            _ => Values::Integer(Vec::with_capacity(rows)),
        };
        Column { values, present: NullBufferBuilder::new(rows) }
    }

    /// Appends cells, given as their words. A value that the column's type cannot hold (a day beyond those of `Date32`) is
    /// null.
    fn extend(&mut self, cells: impl Iterator<Item = Option<u64>>, context: &Context<'_>) {
        let present = &mut self.present;
        match &mut self.values {
            Values::Double(values) => append(values, present, cells, |bits| Some(f64::from_bits(bits))),
            Values::Float(values) => append(values, present, cells, |bits| Some(f32::from_bits(bits as u32))),
            Values::Integer(values) => append(values, present, cells, |bits| Some(bits as i64)),
            Values::DateTime(values) => append(values, present, cells, |bits| Some(bits as i64)),
            Values::Date(values) => append(values, present, cells, |bits| i32::try_from(bits as i64).ok()),
            Values::Time(values) => append(values, present, cells, |bits| {
                i32::try_from(bits).ok().filter(|seconds| (0..86_400).contains(seconds))
            }),
            Values::Boolean(values) => cells.for_each(|cell| {
                present.append(cell.is_some());
                values.append(cell.is_some_and(|bits| bits != 0));
            }),
            Values::String(bytes, ends) => cells.for_each(|cell| {
                present.append(cell.is_some());
                if let Some(bits) = cell {
                    bytes.extend_from_slice(context.string(StringId::from_number(bits as u32)).as_bytes());
                }
                ends.push(bytes.len());
            }),
            Values::List(items, ends) => cells.for_each(|cell| {
                present.append(cell.is_some());
                let cells = cell.map_or(&[][..], |bits| context.items(List::from_number(bits as u32)));
                items.extend(cells.iter().copied(), context);
                ends.push(ends.last().copied().unwrap_or(0) + cells.len());
            }),
        }
    }

    /// Returns the array, or `None` if its strings or items are too many for its offsets.
    fn finish(mut self) -> Option<ArrayRef> {
        let nulls = self.present.finish();
        Some(match self.values {
            Values::Double(values) => Arc::new(Float64Array::new(values.into(), nulls)),
            Values::Float(values) => Arc::new(Float32Array::new(values.into(), nulls)),
            Values::Integer(values) => Arc::new(Int64Array::new(values.into(), nulls)),
            Values::Boolean(mut values) => Arc::new(BooleanArray::new(values.finish(), nulls)),
            Values::String(bytes, ends) => {
                Arc::new(StringArray::try_new(offsets(&ends)?, bytes.into(), nulls).ok()?)
            }
            Values::Date(values) => Arc::new(Date32Array::new(values.into(), nulls)),
            Values::Time(values) => Arc::new(Time32SecondArray::new(values.into(), nulls)),
            Values::DateTime(values) => Arc::new(TimestampSecondArray::new(values.into(), nulls)),
            Values::List(column, ends) => {
                let values = column.finish()?;
                let field = Arc::new(items(values.data_type().clone()));
                Arc::new(ListArray::try_new(field, offsets(&ends)?, values, nulls).ok()?)
            }
        })
    }
}

fn offsets(ends: &[usize]) -> Option<OffsetBuffer<i32>> {
    let ends: Vec<i32> = ends.iter().map(|end| i32::try_from(*end).ok()).collect::<Option<_>>()?;
    // The ends begin with 0 and never decrease, as `OffsetBuffer::new` requires.
    Some(OffsetBuffer::new(ScalarBuffer::from(ends)))
}
