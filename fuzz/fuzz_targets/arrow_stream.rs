//! Valid streams of Arrow record batches in which a few bytes are overwritten: the input chooses columns of every type with
//! their values, and then the bytes. The damage therefore reaches the parts after the schema: lengths and offsets of buffers,
//! dictionaries, lists, and the conversions to the inputs of models.
#![no_main]

use arrow_array::types::{Date32Type, Int8Type, Int32Type, Int64Type, UInt8Type};
use arrow_array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Date64Array, Decimal128Array, DictionaryArray,
    Float32Array, Float64Array, Int8Array, Int32Array, Int64Array, LargeStringArray, ListArray, NullArray,
    RecordBatch, StringArray, StringViewArray, Time32SecondArray, Time64NanosecondArray,
    TimestampMillisecondArray, TimestampSecondArray, UInt64Array,
};
use arrow_ipc::writer::StreamWriter;
use libfuzzer_sys::fuzz_target;
use pmml_fuzz::{MODELS, SUBJECT, check_refusal};
use std::sync::Arc;

/// The inputs of the models.
const NAMES: [&str; 14] = [
    "x", "y", "length", "width", "basket", "item", "integer", "float", "double", "boolean", "string", "date",
    "time", "dateTime",
];

fuzz_target!(init: std::panic::set_hook(Box::new(|_| {})), |bytes: &[u8]| {
    let mut input = Input(bytes);
    let rows = usize::from(input.byte() % 8);
    let columns = (0..1 + input.byte() % 6).map(|_| {
        let name = NAMES[usize::from(input.byte()) % NAMES.len()];
        (name, column(&mut input, rows), true)
    });
    let columns: Vec<(&str, ArrayRef, bool)> = columns.collect();
    let Ok(batch) = RecordBatch::try_from_iter_with_nullable(columns) else { return };
    let first = usize::from(input.byte()) % (rows + 1);
    let Some(mut stream) = written(&[batch.slice(first, rows - first), batch]) else { return };
    // The stream as it is, then with bytes written over it.
    for _ in 0..2 {
        for id in MODELS {
            if let Err(refusal) = SUBJECT.arrow(id, &stream) {
                check_refusal(&refusal);
            }
        }
        for _ in 0..1 + input.byte() % 8 {
            let at = (usize::from(input.byte()) << 8 | usize::from(input.byte())) % stream.len();
            stream[at] = input.byte();
        }
    }
});

/// Returns the stream of some record batches.
fn written(batches: &[RecordBatch]) -> Option<Vec<u8>> {
    let mut writer = StreamWriter::try_new(Vec::new(), &batches.first()?.schema()).ok()?;
    for batch in batches {
        writer.write(batch).ok()?;
    }
    writer.into_inner().ok()
}

/// The source of choices: the input's bytes, followed by zeros.
struct Input<'b>(&'b [u8]);

impl Input<'_> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    /// Returns a number for each row; some rows have none.
    fn numbers(&mut self, rows: usize) -> Vec<Option<i64>> {
        let mut number = || {
            let kind = self.byte();
            let small = i64::from(self.byte()) - 100;
            match kind % 8 {
                0 => None,
                1 => Some(small << 56),
                2 => Some(small.wrapping_mul(0x0101_0101_0101_0101)),
                3 => Some(i64::MAX.wrapping_sub(small)),
                _ => Some(small),
            }
        };
        (0..rows).map(|_| number()).collect()
    }
}

/// Returns a column of a type that the input chooses.
fn column(input: &mut Input<'_>, rows: usize) -> ArrayRef {
    let kind = input.byte();
    let numbers = input.numbers(rows);
    let strings = || numbers.iter().map(|number| number.map(|number| text(number)));
    match kind % 24 {
        0 => Arc::new(Int8Array::from_iter(numbers.iter().map(|n| n.map(|n| n as i8)))),
        1 => Arc::new(Int32Array::from_iter(numbers.iter().map(|n| n.map(|n| n as i32)))),
        2 => Arc::new(Int64Array::from_iter(numbers)),
        3 => Arc::new(UInt64Array::from_iter(numbers.iter().map(|n| n.map(|n| n as u64)))),
        4 => Arc::new(Float32Array::from_iter(numbers.iter().map(|n| n.map(|n| f32::from_bits(n as u32))))),
        5 => Arc::new(Float64Array::from_iter(numbers.iter().map(|n| n.map(|n| f64::from_bits(n as u64))))),
        6 => Arc::new(Float64Array::from_iter(numbers.iter().map(|n| n.map(|n| n as f64 / 4.0)))),
        7 => Arc::new(BooleanArray::from_iter(numbers.iter().map(|n| n.map(|n| n % 2 == 0)))),
        8 => Arc::new(StringArray::from_iter(strings())),
        9 => Arc::new(LargeStringArray::from_iter(strings())),
        10 => Arc::new(StringViewArray::from_iter(strings())),
        11 => Arc::new(Date32Array::from_iter(numbers.iter().map(|n| n.map(|n| n as i32)))),
        12 => Arc::new(Date64Array::from_iter(numbers)),
        13 => Arc::new(Time32SecondArray::from_iter(numbers.iter().map(|n| n.map(|n| n as i32)))),
        14 => Arc::new(Time64NanosecondArray::from_iter(numbers)),
        15 => Arc::new(TimestampSecondArray::from_iter(numbers).with_timezone("+01:00")),
        16 => Arc::new(TimestampMillisecondArray::from_iter(numbers).with_timezone("Europe/Paris")),
        17 => Arc::new(TimestampMillisecondArray::from_iter(numbers)),
        18 => {
            let numbers = Decimal128Array::from_iter(numbers.iter().map(|n| n.map(i128::from)));
            match numbers.with_precision_and_scale(38, (kind / 24) as i8) {
                Ok(numbers) => Arc::new(numbers),
                Err(_) => Arc::new(NullArray::new(rows)),
            }
        }
        19 => {
            let strings: Vec<Option<String>> = strings().collect();
            Arc::new(strings.iter().map(Option::as_deref).collect::<DictionaryArray<Int8Type>>())
        }
        20 => {
            let strings: Vec<Option<String>> = strings().collect();
            Arc::new(strings.iter().map(Option::as_deref).collect::<DictionaryArray<UInt8Type>>())
        }
        21 => lists::<Int64Type>(&numbers, |number| number),
        22 => match kind / 24 % 2 {
            0 => lists::<Date32Type>(&numbers, |number| number as i32),
            _ => lists::<Int32Type>(&numbers, |number| number as i32),
        },
        _ if kind >= 128 => Arc::new(NullArray::new(rows)),
        _ => Arc::new(BinaryArray::from_iter(strings())),
    }
}

/// Returns lists whose lengths follow from the numbers.
fn lists<T: arrow_array::ArrowPrimitiveType>(
    numbers: &[Option<i64>],
    item: impl Fn(i64) -> T::Native,
) -> ArrayRef {
    let items = |number: i64| -> Vec<Option<T::Native>> {
        (0..number.rem_euclid(4)).map(|place| (place > 0).then(|| item(number))).collect()
    };
    let lists = numbers.iter().map(|number| number.map(items));
    Arc::new(ListArray::from_iter_primitive::<T, _, _>(lists))
}

fn text(number: i64) -> String {
    match number.rem_euclid(5) {
        0 => "a".to_owned(),
        1 => "bread".to_owned(),
        2 => "2024-02-29T12:00:00".to_owned(),
        3 => "x".repeat(number.rem_euclid(40) as usize),
        _ => number.to_string(),
    }
}
