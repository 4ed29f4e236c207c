//! Opens a stream: reads its schema, and maps its columns to a model's inputs.

use super::reader::StreamReader;
use crate::budget::Account;
use crate::failure::Failure;
use arrow_schema::Schema;
use pmml::Model;
use pmml::arrow::{MissingColumns, RecordBatchError, RecordBatchPlan};
use std::io::Read;

/// Reads the schema of a stream, and makes a plan that maps its columns to a model's inputs. An input without a column is
/// missing, unless a column has a similar name.
///
/// # Errors
/// Fails if the stream cannot be read, its columns do not fit the model, or a column's name is similar to a missing input.
pub fn open<R: Read>(
    model: &Model,
    input: R,
    limit: u64,
    account: &Account,
) -> Result<(StreamReader<R>, RecordBatchPlan), Failure> {
    let mut reader = StreamReader::new(input, limit, account)?;
    let plan = |schema: &Schema| {
        model.record_batch_plan(schema, MissingColumns::Missing).map_err(|error| refusal(&error))
    };
    // First plan with all columns, so that messages can name them, then with the columns that are used.
    if let Err(RecordBatchError::MissingColumns(absent)) =
        model.record_batch_plan(reader.schema(), MissingColumns::Error)
        && absent.has_nearest()
    {
        return Err(refusal(&RecordBatchError::MissingColumns(absent)));
    }
    let columns = plan(reader.schema())?.columns();
    reader.select(&columns)?;
    let plan = plan(reader.selected())?;
    Ok((reader, plan))
}

/// Makes the failure of record batches that cannot be scored.
pub fn refusal(error: &RecordBatchError) -> Failure {
    match error {
        RecordBatchError::TooLarge(_) => Failure::too_large(error.to_string()),
        _ => Failure::bad_request(error.to_string()),
    }
}
