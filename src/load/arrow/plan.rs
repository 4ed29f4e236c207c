//! The plan, which maps the columns of record batches to inputs. It is made once for a schema.

use super::cells::Cells;
use super::error::RecordBatchError;
use super::output;
use super::result::RecordBatchResult;
use super::types::{self, Unfit};
use crate::load::batch;
use crate::load::blocks::failure::string_of;
use crate::load::names::MissingColumns;
use crate::load::scorer::Scorer;
use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType as ArrowType, Schema, SchemaRef};
use pmml_compiler::absent::AbsentColumns;
use pmml_compiler::signature::Signature;
use std::collections::HashMap;

/// Maps the columns of record batches of one schema to the inputs of a model.
#[derive(Clone, Debug)]
pub struct RecordBatchPlan {
    /// The column of each input, with its type.
    columns: Vec<Option<(usize, ArrowType)>>,
    output: SchemaRef,
}

impl RecordBatchPlan {
    pub(super) fn new(
        signature: &Signature,
        schema: &Schema,
        missing: MissingColumns,
    ) -> Result<Self, RecordBatchError> {
        let mut numbers: HashMap<&str, (usize, bool)> = HashMap::new();
        for (number, field) in schema.fields().iter().enumerate() {
            numbers.entry(field.name()).and_modify(|known| known.1 = true).or_insert((number, false));
        }
        let (mut columns, mut absent) = (Vec::new(), Vec::new());
        for (input, field) in signature.inputs.iter().enumerate() {
            let Some((number, twice)) = numbers.get(field.name.as_str()).copied() else {
                absent.push(input);
                columns.push(None);
                continue;
            };
            if twice {
                return Err(RecordBatchError::TwoColumns(field.name.clone()));
            }
            let arrow_type = schema.field(number).data_type();
            types::check(arrow_type, field.data_type, field.is_list).map_err(|unfit| match unfit {
                Unfit::Type => RecordBatchError::Type {
                    column: field.name.clone(),
                    arrow_type: arrow_type.clone(),
                    data_type: field.data_type,
                    is_list: field.is_list,
                },
                Unfit::TimeZone(zone) => RecordBatchError::TimeZone { column: field.name.clone(), zone },
            })?;
            columns.push(Some((number, arrow_type.clone())));
        }
        let names = || schema.fields().iter().map(|field| field.name().as_str());
        let absent = AbsentColumns::find(signature, &absent, names());
        // A similar name helps the user more than the list of all missing ones.
        if let Some(absent) = absent.clone().filter(AbsentColumns::has_nearest)
            && missing == MissingColumns::Error
        {
            return Err(RecordBatchError::MissingColumns(absent));
        }
        if !columns.is_empty() && columns.iter().all(Option::is_none) {
            return Err(RecordBatchError::NoColumns(
                signature.inputs.iter().map(|field| field.name.clone()).collect(),
            ));
        }
        if let Some(absent) = absent.filter(|_| missing == MissingColumns::Error) {
            return Err(RecordBatchError::MissingColumns(absent));
        }
        Ok(RecordBatchPlan { columns, output: output::schema(signature) })
    }

    /// Returns the numbers of the columns that feed inputs, in ascending order.
    pub fn columns(&self) -> Vec<usize> {
        let mut columns: Vec<usize> = self.columns.iter().flatten().map(|(number, _)| *number).collect();
        columns.sort_unstable();
        columns
    }

    /// Returns the schema of the results, see [`Model::output_schema`](crate::Model::output_schema).
    pub fn output_schema(&self) -> &SchemaRef {
        &self.output
    }

    /// Scores a record batch of the plan's schema with a scorer of the plan's model. For a model that remembers earlier
    /// rows, these are the rows that the scorer scored before.
    ///
    /// # Errors
    /// Fails if the record batch has another schema, or the results do not fit into a record batch.
    pub fn predict(
        &self,
        scorer: &mut Scorer,
        batch: &RecordBatch,
    ) -> Result<RecordBatchResult, RecordBatchError> {
        let blocks = &mut scorer.blocks;
        let inputs = blocks.signature().inputs.len();
        let mut cells = Vec::new();
        for (input, column) in self.columns.iter().enumerate().take(inputs) {
            let Some((number, arrow_type)) = column else { continue };
            let column = batch.columns().get(*number).filter(|column| column.data_type() == arrow_type);
            let column = column.ok_or(RecordBatchError::Schema { column: *number })?;
            cells.push((input, Cells::new(blocks, input, column)?));
        }
        let mut results = output::Results::new(blocks.signature(), batch.num_rows());
        let errors = batch::in_blocks(
            blocks,
            batch.num_rows(),
            |blocks, block, rows| {
                for (input, cells) in &cells {
                    cells.fill(blocks, block, *input, rows.clone());
                }
            },
            |blocks, block, rows| results.take(blocks, block, rows),
            |row, input| {
                let index = cells.binary_search_by_key(&input, |(fed, _)| *fed).ok()?;
                let (_, cells) = &cells[index];
                cells.values(row..row + 1).first().and_then(string_of)
            },
        );
        let counts = blocks.take_counts();
        Ok(RecordBatchResult::new(results.finish(&self.output)?, errors, counts))
    }
}
