//! Opens a stream: its schema, and how its columns feed a model.

use super::reader::StreamReader;
use crate::budget::Account;
use crate::failure::Failure;
use arrow_schema::Schema;
use pmml::Model;
use pmml::arrow::{MissingColumns, RecordBatchError, RecordBatchPlan};
use std::io::Read;

/// Reads a stream up to its schema, and plans how its columns feed a model. An input without a column is missing, unless
/// a column has nearly its name.
///
/// # Errors
/// Fails if the stream cannot be read, or its columns do not fit the model.
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
    // First with all columns, so that messages can name them, then with those that are wanted.
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

/// Returns what a client reads of record batches that cannot be scored.
pub fn refusal(error: &RecordBatchError) -> Failure {
    match error {
        RecordBatchError::TooLarge(_) => Failure::too_large(error.to_string()),
        _ => Failure::bad_request(error.to_string()),
    }
}
