//! Decodes messages to arrays.
//!
//! A small array can represent a lot of data: a view of a string, or a key of a dictionary, takes a few bytes and may refer
//! to the same megabytes again and again. String views are therefore decoded as views of bytes first, and their lengths are
//! summed up before the strings are used.

use crate::failure::Failure;
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch, RecordBatchOptions};
use arrow_buffer::Buffer;
use arrow_ipc::reader::{RecordBatchDecoder, read_dictionary};
use arrow_ipc::{DictionaryBatch, MetadataVersion};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use axum::http::StatusCode;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Makes the failure of a malformed stream.
pub fn malformed(reason: &str) -> Failure {
    Failure::bad_request(format!("The Arrow stream cannot be read: {reason}"))
}

/// Calls a function on untrusted bytes, and makes a failure of a panic, which must not end the connection.
pub fn guarded<T>(work: impl FnOnce() -> Result<T, ArrowError>) -> Result<T, Failure> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(malformed(&error.to_string())),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let reason = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or_default();
            tracing::warn!(reason, "reading an Arrow stream has panicked");
            Err(malformed("the descriptions of its messages are inconsistent"))
        }
    }
}

/// Checks that the description of a message's arrays fits the bytes of its body.
pub fn check(batch: &arrow_ipc::RecordBatch<'_>, body: &Buffer, rows: u64) -> Result<(), Failure> {
    if batch.compression().is_some() {
        return Err(Failure::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "The buffers of the Arrow stream are compressed, which is not supported: write it without compression; the \
             whole body may be compressed with gzip instead (Content-Encoding)",
        ));
    }
    let bytes = body.len() as u64;
    // Arrays of booleans in lists could have eight items per byte, but then a small body could make very large lists.
    let most = rows.max(bytes);
    for node in batch.nodes().into_iter().flatten() {
        let (length, nulls) = (u64::try_from(node.length()), u64::try_from(node.null_count()));
        let (Ok(length), Ok(nulls)) = (length, nulls) else { return Err(malformed("a length is negative")) };
        if length > most || nulls > length {
            return Err(malformed("an array has more items than bytes, or more nulls than items"));
        }
    }
    for buffer in batch.buffers().into_iter().flatten() {
        let (start, length) = (u64::try_from(buffer.offset()), u64::try_from(buffer.length()));
        let end = start.ok().zip(length.ok()).and_then(|(start, length)| start.checked_add(length));
        if end.is_none_or(|end| end > bytes) {
            return Err(malformed("a buffer reaches past the end of its message"));
        }
    }
    Ok(())
}

/// Decodes messages to record batches.
#[derive(Debug)]
pub struct Decoder {
    /// The schema for decoding, with string views as views of bytes.
    raw: SchemaRef,
    /// The schema of the selected columns for dictionaries, whose values are converted to strings when they are received.
    raw_dictionaries: Schema,
    /// The columns that are decoded.
    columns: Vec<usize>,
    /// The schema of these columns.
    selected: SchemaRef,
    dictionaries: HashMap<i64, ArrayRef>,
    /// The size of each dictionary in bytes.
    sizes: HashMap<i64, u64>,
}

impl Decoder {
    pub fn new(schema: &Schema, columns: &[usize]) -> Result<Self, Failure> {
        let selected = guarded(|| schema.project(columns))?;
        for field in selected.fields() {
            let items = match field.data_type() {
                DataType::List(items) | DataType::LargeList(items) | DataType::FixedSizeList(items, _) => {
                    items
                }
                _ => continue,
            };
            let items = match items.data_type() {
                DataType::Dictionary(_, values) => values,
                other => other,
            };
            if *items == DataType::Utf8View {
                return Err(Failure::bad_request(format!(
                    "The column `{}` has lists of the Arrow type Utf8View, which are not supported: use Utf8",
                    field.name()
                )));
            }
        }
        let map = |schema: &Schema, change: fn(&DataType) -> DataType| {
            let field = |field: &Arc<Field>| field.as_ref().clone().with_data_type(change(field.data_type()));
            Schema::new(schema.fields().iter().map(field).collect::<Vec<_>>())
        };
        let raw = map(schema, |data_type| match data_type {
            DataType::Utf8View => DataType::BinaryView,
            other => other.clone(),
        });
        let raw_dictionaries = map(&selected, |data_type| match data_type {
            DataType::Dictionary(keys, values) if **values == DataType::Utf8View => {
                DataType::Dictionary(keys.clone(), Box::new(DataType::BinaryView))
            }
            other => other.clone(),
        });
        Ok(Decoder {
            raw: Arc::new(raw),
            raw_dictionaries,
            columns: columns.to_vec(),
            selected: Arc::new(selected),
            dictionaries: HashMap::new(),
            sizes: HashMap::new(),
        })
    }

    /// Returns the schema of the selected columns.
    pub fn schema(&self) -> &Schema {
        &self.selected
    }

    /// Decodes and keeps a dictionary, if a selected column uses it.
    pub fn dictionary(
        &mut self,
        dictionary: DictionaryBatch<'_>,
        body: &Buffer,
        version: MetadataVersion,
        limit: u64,
    ) -> Result<(), Failure> {
        let id = dictionary.id();
        #[expect(
            deprecated,
            reason = "the crate identifies dictionaries by these numbers, and has no other way to read them"
        )]
        let is_used = !self.raw_dictionaries.fields_with_dict_id(id).is_empty();
        if !is_used {
            return Ok(());
        }
        self.dictionaries.remove(&id);
        self.sizes.insert(id, body.len() as u64);
        if self.sizes.values().sum::<u64>() > limit {
            return Err(Failure::too_large(format!(
                "The dictionaries of the Arrow stream are larger than the limit of {limit} bytes"
            )));
        }
        guarded(|| {
            read_dictionary(body, dictionary, &self.raw_dictionaries, &mut self.dictionaries, &version)
        })?;
        if let Some(values) = self.dictionaries.get_mut(&id)
            && *values.data_type() == DataType::BinaryView
        {
            *values = string_views(values, limit)?;
        }
        Ok(())
    }

    /// Returns the number of bytes that the dictionaries hold, which may be copies of the messages.
    pub fn dictionary_bytes(&self) -> u64 {
        2 * self.sizes.values().sum::<u64>()
    }

    /// Decodes the selected columns of a record batch.
    pub fn batch(
        &self,
        batch: arrow_ipc::RecordBatch<'_>,
        body: &Buffer,
        version: MetadataVersion,
        limit: u64,
    ) -> Result<RecordBatch, Failure> {
        let batch = guarded(|| {
            let schema = Arc::clone(&self.raw);
            RecordBatchDecoder::try_new(body, batch, schema, &self.dictionaries, &version)?
                .with_projection(Some(&self.columns))
                .read_record_batch()
        })?;
        let rows = batch.num_rows();
        let mut columns = batch.columns().to_vec();
        for (column, field) in columns.iter_mut().zip(self.selected.fields()) {
            if string_bytes(column) > limit {
                return Err(too_long(limit));
            }
            if *field.data_type() == DataType::Utf8View {
                *column = string_views(column, limit)?;
            }
        }
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        guarded(|| RecordBatch::try_new_with_options(Arc::clone(&self.selected), columns, &options))
    }
}

fn too_long(limit: u64) -> Failure {
    Failure::too_large(format!(
        "The strings of a column are longer than the limit of {limit} bytes: send several smaller record batches"
    ))
}

/// Converts views of bytes to views of strings.
fn string_views(array: &ArrayRef, limit: u64) -> Result<ArrayRef, Failure> {
    let Some(array) = array.as_binary_view_opt() else { return Err(malformed("a column has another type")) };
    if viewed(array.views().iter().copied()) > limit {
        return Err(too_long(limit));
    }
    guarded(|| Ok(Arc::new(array.clone().to_string_view()?) as ArrayRef))
}

/// Returns the total number of bytes that views refer to. The length of each is in the low 32 bits of its word.
fn viewed(views: impl Iterator<Item = u128>) -> u64 {
    views.map(|view| u64::from(view as u32)).sum()
}

/// Returns the total length of the strings in the rows of a dictionary array, which can exceed the array's memory because
/// each string counts as often as a row has it. Other arrays return 0.
fn string_bytes(array: &dyn Array) -> u64 {
    if let Some(list) = array.as_list_opt::<i32>() {
        return string_bytes(list.values());
    }
    if let Some(list) = array.as_list_opt::<i64>() {
        return string_bytes(list.values());
    }
    if let Some(list) = array.as_fixed_size_list_opt() {
        return string_bytes(list.values());
    }
    let Some(dictionary) = array.as_any_dictionary_opt() else { return 0 };
    let values = dictionary.values();
    let lengths: Vec<u64> = match values.data_type() {
        DataType::Utf8 => values.as_string::<i32>().offsets().lengths().map(|length| length as u64).collect(),
        DataType::LargeUtf8 => {
            values.as_string::<i64>().offsets().lengths().map(|length| length as u64).collect()
        }
        DataType::Utf8View => {
            values.as_string_view().views().iter().map(|view| u64::from(*view as u32)).collect()
        }
        _ => return 0,
    };
    if lengths.is_empty() {
        return 0;
    }
    dictionary.normalized_keys().into_iter().filter_map(|key| lengths.get(key)).sum()
}
