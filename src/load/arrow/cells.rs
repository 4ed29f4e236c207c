//! Conversion of Arrow columns to the words of frames.
//!
//! The common columns (numbers for numeric fields, strings for fields of strings, booleans) are written to frames by a loop
//! for each type; doubles are copied directly from the column's memory. All others become values, which are converted as
//! those of rows are.

use super::error::RecordBatchError;
use super::types::{offset, per_second};
use crate::load::blocks::Blocks;
use crate::load::blocks::columns::{ColumnWriter, f32_bits};
use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::{Array, ArrayRef, ArrowPrimitiveType};
use arrow_buffer::NullBuffer;
use arrow_buffer::bit_chunk_iterator::BitChunks;
use arrow_schema::{DataType as ArrowType, TimeUnit};
use pmml_runtime::DataType;
use pmml_runtime::compiled::Value;
use pmml_runtime::date::SECONDS_PER_DAY;
use pmml_runtime::date::data_types::{self, Calendar};
use std::borrow::Cow;
use std::ops::Range;

/// Evaluates an expression with a function that returns the string at an index of an array. The expression is compiled for
/// each type of array.
macro_rules! with_strings {
    ($array:expr, |$string:ident| $work:expr) => {
        match $array.data_type() {
            ArrowType::LargeUtf8 => {
                let array = $array.as_string::<i64>();
                let $string = |row: usize| array.value(row);
                $work
            }
            ArrowType::Utf8View => {
                let array = $array.as_string_view();
                let $string = |row: usize| array.value(row);
                $work
            }
            _ => {
                let array = $array.as_string::<i32>();
                let $string = |row: usize| array.value(row);
                $work
            }
        }
    };
}

/// The cells of a column, prepared to be written to frames.
pub struct Cells {
    /// The type of the field, or of its items if it is a list.
    data_type: DataType,
    /// Which rows have a value. `None` if all have one.
    nulls: Option<NullBuffer>,
    values: Values,
}

enum Values {
    /// The column itself.
    Plain(ArrayRef),
    /// A dictionary of strings: the strings, the index of each row's string, and the numbers that the model's program has
    /// for strings, where it names them.
    Strings { strings: ArrayRef, keys: Vec<usize>, known: Vec<Option<u64>> },
    /// Lists: the items of all of them, and where the items of each begin, followed by the end of the last.
    Lists { items: Box<Cells>, bounds: Vec<usize> },
}

impl Cells {
    /// Prepares the cells of a column for an input.
    pub fn new(blocks: &Blocks, input: usize, column: &ArrayRef) -> Result<Self, RecordBatchError> {
        let field = &blocks.signature().inputs[input];
        if !field.is_list {
            return Self::scalars(blocks, field.data_type, column);
        }
        let (list, items, bounds): (_, ArrayRef, Vec<usize>) = match column.data_type() {
            ArrowType::List(_) => {
                let list = column.as_list::<i32>();
                let bounds = list.value_offsets().iter().map(|bound| *bound as usize).collect();
                (column, list.values().clone(), bounds)
            }
            ArrowType::LargeList(_) => {
                let list = column.as_list::<i64>();
                let bounds = list.value_offsets().iter().map(|bound| *bound as usize).collect();
                (column, list.values().clone(), bounds)
            }
            ArrowType::FixedSizeList(..) => {
                let list = column.as_fixed_size_list();
                let size = usize::try_from(list.value_length()).unwrap_or(0);
                (column, list.values().clone(), (0..=list.len()).map(|row| row * size).collect())
            }
            _ => return Self::scalars(blocks, field.data_type, column),
        };
        // A slice of an array keeps the items of the whole array, of which only some are needed.
        let (first, last) = (bounds.first().copied().unwrap_or(0), bounds.last().copied().unwrap_or(0));
        let items = Self::scalars(blocks, field.data_type, &items.slice(first, last - first))?;
        let bounds = bounds.into_iter().map(|bound| bound - first).collect();
        Ok(Cells {
            data_type: field.data_type,
            nulls: list.nulls().cloned(),
            values: Values::Lists { items: Box::new(items), bounds },
        })
    }

    fn scalars(blocks: &Blocks, data_type: DataType, column: &ArrayRef) -> Result<Self, RecordBatchError> {
        let Some(dictionary) = column.as_any_dictionary_opt() else {
            let values = Values::Plain(column.clone());
            return Ok(Cells { data_type, nulls: column.nulls().cloned(), values });
        };
        let strings = dictionary.values();
        if !matches!(strings.data_type(), ArrowType::Utf8 | ArrowType::LargeUtf8 | ArrowType::Utf8View) {
            // Values of a fixed size are looked up once for all rows.
            let plain = arrow_select::take::take(strings, dictionary.keys(), None)
                .map_err(|error| RecordBatchError::TooLarge(error.to_string()))?;
            return Ok(Cells { data_type, nulls: plain.nulls().cloned(), values: Values::Plain(plain) });
        }
        let nulls = column.logical_nulls();
        if strings.is_empty() {
            // No row has a value.
            let nulls = Some(NullBuffer::new_null(column.len()));
            return Ok(Cells { data_type, nulls, values: Values::Plain(column.clone()) });
        }
        let mut known = Vec::new();
        // With fewer rows than strings, it is cheaper to look up the string of each row.
        if data_type == DataType::String && strings.len() <= column.len() {
            let find = |string| blocks.known_string(string);
            known =
                with_strings!(strings, |string| (0..strings.len()).map(|row| find(string(row))).collect());
        }
        let keys = dictionary.normalized_keys();
        Ok(Cells { data_type, nulls, values: Values::Strings { strings: strings.clone(), keys, known } })
    }

    /// Sets the cells of an input in a block to the values of some rows. The cells must be missing before.
    pub fn fill(&self, blocks: &mut Blocks, block: usize, input: usize, rows: Range<usize>) {
        if !self.fill_fast(&mut blocks.column(block, input), rows.clone()) {
            for (row, value) in self.values(rows).iter().enumerate() {
                blocks.set(block, row, input, value);
            }
        }
    }

    /// Returns a mask of the rows, at most 64, that have a value.
    fn present(&self, rows: &Range<usize>) -> u64 {
        let all = if rows.is_empty() { 0 } else { u64::MAX >> (64 - rows.len().min(64)) };
        let Some(nulls) = &self.nulls else { return all };
        bits(nulls.validity(), nulls.offset() + rows.start, rows.len()) & all
    }

    /// Fills cells without checking the type of each. Returns `false` if the types do not allow that.
    fn fill_fast(&self, cells: &mut ColumnWriter<'_>, rows: Range<usize>) -> bool {
        use ArrowType::*;
        let present = self.present(&rows);
        let array = match &self.values {
            Values::Lists { .. } => return false,
            Values::Strings { strings, keys, known } => {
                if self.data_type != DataType::String {
                    return false;
                }
                let keys = &keys[rows];
                with_strings!(strings, |string| {
                    cells.strings(present, |row, context| {
                        let key = keys[row];
                        let known = known.get(key).copied().flatten();
                        known.unwrap_or_else(|| u64::from(context.intern(string(key)).number()))
                    });
                });
                return true;
            }
            Values::Plain(array) => array,
        };
        let done = match array.data_type() {
            Null => return true,
            Float64 => match self.data_type {
                DataType::Double => {
                    let values = &array.as_primitive::<Float64Type>().values()[rows];
                    cells.doubles(values);
                    true
                }
                DataType::Float => {
                    let values = &array.as_primitive::<Float64Type>().values()[rows];
                    cells.numbers(values, |value| f32_bits(value as f32));
                    true
                }
                _ => false,
            },
            Float32 => self.fill_floats(cells, &array.as_primitive::<Float32Type>().values()[rows], |v| v),
            Float16 => {
                self.fill_floats(cells, &array.as_primitive::<Float16Type>().values()[rows], |v| v.to_f32())
            }
            Int8 => self.fill_integers::<Int8Type>(cells, array, rows),
            Int16 => self.fill_integers::<Int16Type>(cells, array, rows),
            Int32 => self.fill_integers::<Int32Type>(cells, array, rows),
            Int64 => self.fill_integers::<Int64Type>(cells, array, rows),
            UInt8 => self.fill_integers::<UInt8Type>(cells, array, rows),
            UInt16 => self.fill_integers::<UInt16Type>(cells, array, rows),
            UInt32 => self.fill_integers::<UInt32Type>(cells, array, rows),
            Boolean if self.data_type == DataType::Boolean => {
                let values = array.as_boolean().values();
                let values = bits(values.values(), values.offset() + rows.start, rows.len());
                cells.booleans(values, present);
                return true;
            }
            Utf8 | LargeUtf8 | Utf8View if self.data_type == DataType::String => {
                with_strings!(array, |string| {
                    cells.strings(present, |row, context| {
                        u64::from(context.intern(string(rows.start + row)).number())
                    });
                });
                return true;
            }
            _ => false,
        };
        if done {
            cells.keep(present);
        }
        done
    }

    fn fill_floats<T: Copy>(
        &self,
        cells: &mut ColumnWriter<'_>,
        values: &[T],
        float: impl Fn(T) -> f32,
    ) -> bool {
        match self.data_type {
            DataType::Double => cells.numbers(values, |value| {
                let value = float(value);
                (f64::from(value).to_bits(), value.is_nan())
            }),
            DataType::Float => cells.numbers(values, |value| f32_bits(float(value))),
            _ => return false,
        }
        true
    }

    fn fill_integers<T>(&self, cells: &mut ColumnWriter<'_>, array: &ArrayRef, rows: Range<usize>) -> bool
    where
        T: ArrowPrimitiveType,
        T::Native: Into<i64>,
    {
        let values = &array.as_primitive::<T>().values()[rows];
        match self.data_type {
            DataType::Double => {
                cells.numbers(values, |value| ((Into::<i64>::into(value) as f64).to_bits(), false));
            }
            DataType::Float => cells.numbers(values, |value| f32_bits(Into::<i64>::into(value) as f32)),
            DataType::String | DataType::Boolean => return false,
            // Integers, and the days or seconds of dates and times.
            _ => cells.numbers(values, |value| (Into::<i64>::into(value) as u64, false)),
        }
        true
    }

    /// Returns the values of some rows.
    pub fn values(&self, rows: Range<usize>) -> Vec<Value<'_>> {
        match &self.values {
            Values::Lists { items, bounds } => {
                self.each(rows, |row| Value::List(items.values(bounds[row]..bounds[row + 1])))
            }
            Values::Strings { strings, keys, .. } => with_strings!(strings, |string| {
                self.each(rows, |row| Value::String(Cow::Borrowed(string(keys[row]))))
            }),
            Values::Plain(array) => self.plain_values(array, rows),
        }
    }

    fn each<'v>(&self, rows: Range<usize>, value: impl Fn(usize) -> Value<'v>) -> Vec<Value<'v>> {
        rows.map(|row| match &self.nulls {
            Some(nulls) if nulls.is_null(row) => Value::Missing,
            _ => value(row),
        })
        .collect()
    }

    fn plain_values<'v>(&self, array: &'v ArrayRef, rows: Range<usize>) -> Vec<Value<'v>> {
        use ArrowType::*;
        /// Evaluates to the values of rows of a primitive array.
        macro_rules! primitive {
            ($type:ty, $value:expr) => {{
                let (array, value) = (array.as_primitive::<$type>(), $value);
                self.each(rows, |row| value(array.value(row)))
            }};
        }
        macro_rules! decimal {
            ($type:ty) => {{
                let array = array.as_primitive::<$type>();
                self.each(rows, |row| Value::String(Cow::Owned(array.value_as_string(row))))
            }};
        }
        let integer = |value: i64| Value::Integer(value);
        let float = |value: f32| Value::Float(value);
        let date = |days: i64| self.moment(Moment::Date(days));
        let time = |time: i64, per_second: i64| self.moment(Moment::Time(time.div_euclid(per_second)));
        match array.data_type() {
            Boolean => {
                let array = array.as_boolean();
                self.each(rows, |row| Value::Boolean(array.value(row)))
            }
            Int8 => primitive!(Int8Type, |value: i8| integer(value.into())),
            Int16 => primitive!(Int16Type, |value: i16| integer(value.into())),
            Int32 => primitive!(Int32Type, |value: i32| integer(value.into())),
            Int64 => primitive!(Int64Type, integer),
            UInt8 => primitive!(UInt8Type, |value: u8| integer(value.into())),
            UInt16 => primitive!(UInt16Type, |value: u16| integer(value.into())),
            UInt32 => primitive!(UInt32Type, |value: u32| integer(value.into())),
            // A number that is too large for an integer becomes a string of its digits.
            UInt64 => primitive!(UInt64Type, |value: u64| match i64::try_from(value) {
                Ok(value) => integer(value),
                Err(_) => Value::String(Cow::Owned(value.to_string())),
            }),
            Float16 => primitive!(Float16Type, |value: <Float16Type as ArrowPrimitiveType>::Native| float(
                value.to_f32()
            )),
            Float32 => primitive!(Float32Type, float),
            Float64 => primitive!(Float64Type, Value::Double),
            Decimal32(..) => decimal!(Decimal32Type),
            Decimal64(..) => decimal!(Decimal64Type),
            Decimal128(..) => decimal!(Decimal128Type),
            Decimal256(..) => decimal!(Decimal256Type),
            Utf8 | LargeUtf8 | Utf8View => {
                with_strings!(array, |string| self
                    .each(rows, |row| Value::String(Cow::Borrowed(string(row)))))
            }
            Date32 => primitive!(Date32Type, |days: i32| date(days.into())),
            Date64 => primitive!(Date64Type, |time: i64| date(time.div_euclid(1_000 * SECONDS_PER_DAY))),
            Time32(TimeUnit::Second) => primitive!(Time32SecondType, |value: i32| time(value.into(), 1)),
            Time32(unit) => {
                let per_second = per_second(*unit);
                primitive!(Time32MillisecondType, |value: i32| time(value.into(), per_second))
            }
            Time64(TimeUnit::Microsecond) => {
                primitive!(Time64MicrosecondType, |value: i64| time(value, 1_000_000))
            }
            Time64(_) => primitive!(Time64NanosecondType, |value: i64| time(value, 1_000_000_000)),
            Timestamp(unit, zone) => {
                let offset = zone.as_deref().and_then(offset).unwrap_or(0);
                let per_second = per_second(*unit);
                let moment = |value: i64| {
                    let seconds = value.div_euclid(per_second).saturating_add(offset);
                    self.moment(Moment::DateTime(seconds))
                };
                match unit {
                    TimeUnit::Second => primitive!(TimestampSecondType, moment),
                    TimeUnit::Millisecond => primitive!(TimestampMillisecondType, moment),
                    TimeUnit::Microsecond => primitive!(TimestampMicrosecondType, moment),
                    TimeUnit::Nanosecond => primitive!(TimestampNanosecondType, moment),
                }
            }
            // Null. The plan rejects all other types.
            _ => self.each(rows, |_| Value::Missing),
        }
    }

    /// Returns the value of a date or time: the number that the field's type counts, or else a string.
    fn moment(&self, moment: Moment) -> Value<'static> {
        use Calendar::{Days, Seconds, SecondsOfDay};
        let integer = match (moment, data_types::calendar(self.data_type)) {
            (Moment::Date(days), Some(Days(epoch))) => Some(epoch.days_since(days)),
            (Moment::Date(days), Some(Seconds(epoch))) => {
                Some(epoch.seconds_since(days.saturating_mul(SECONDS_PER_DAY)))
            }
            (Moment::DateTime(seconds), Some(Seconds(epoch))) => Some(epoch.seconds_since(seconds)),
            (Moment::DateTime(seconds), Some(Days(epoch))) if seconds.rem_euclid(SECONDS_PER_DAY) == 0 => {
                Some(epoch.days_since(seconds.div_euclid(SECONDS_PER_DAY)))
            }
            (Moment::Time(seconds), Some(SecondsOfDay)) => Some(seconds),
            _ => None,
        };
        let (data_type, count) = match moment {
            Moment::Date(days) => (DataType::Date, days),
            Moment::DateTime(seconds) => (DataType::DateTime, seconds),
            Moment::Time(seconds) => (DataType::Time, seconds),
        };
        match integer {
            Some(integer) => Value::Integer(integer),
            None => match data_types::format_date(data_type, count) {
                // Beyond the years that can be formatted.
                string if string.is_empty() => Value::String(Cow::Owned(count.to_string())),
                string => Value::String(Cow::Owned(string)),
            },
        }
    }
}

/// A date or time, in days or seconds.
#[derive(Clone, Copy)]
enum Moment {
    Date(i64),
    DateTime(i64),
    Time(i64),
}

/// Returns up to 64 bits.
fn bits(bytes: &[u8], offset: usize, count: usize) -> u64 {
    BitChunks::new(bytes, offset, count.min(64)).iter_padded().next().unwrap_or(0)
}
