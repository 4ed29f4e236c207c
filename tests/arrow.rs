//! Record batches of Apache Arrow are scored as rows with the same values are, to the bit.

use pmml::arrow::arrow_array::cast::AsArray;
use pmml::arrow::arrow_array::types::*;
use pmml::arrow::arrow_array::*;
use pmml::arrow::arrow_schema::{DataType as ArrowType, Field, Schema};
use pmml::arrow::{MissingColumns, RecordBatchError, RecordBatchResult};
use pmml::{DataType, Model, ModelOptions, NanHandling, RowError, Value};
use std::path::{Path, PathBuf};
use std::sync::Arc;

type Results = Vec<Result<Vec<Value<'static>>, RowError>>;

/// Returns the value of an array's cell, as in a row.
fn cell(array: &dyn Array, row: usize) -> Value<'static> {
    let moment = |data_type: DataType, count: i64| match pmml::runtime::date::data_types::format_date(
        data_type, count,
    ) {
        // Beyond the years that can be formatted.
        text if text.is_empty() => Value::Missing,
        text => Value::from(text),
    };
    if array.is_null(row) {
        return Value::Missing;
    }
    match array.data_type() {
        ArrowType::Float64 => Value::Double(array.as_primitive::<Float64Type>().value(row)),
        ArrowType::Float32 => Value::Float(array.as_primitive::<Float32Type>().value(row)),
        ArrowType::Int64 => Value::Integer(array.as_primitive::<Int64Type>().value(row)),
        ArrowType::Boolean => Value::Boolean(array.as_boolean().value(row)),
        ArrowType::Utf8 => Value::from(array.as_string::<i32>().value(row).to_owned()),
        ArrowType::Date32 => moment(DataType::Date, array.as_primitive::<Date32Type>().value(row).into()),
        ArrowType::Time32(_) => {
            moment(DataType::Time, array.as_primitive::<Time32SecondType>().value(row).into())
        }
        ArrowType::Timestamp(..) => {
            moment(DataType::DateTime, array.as_primitive::<TimestampSecondType>().value(row))
        }
        ArrowType::List(_) => {
            let items = array.as_list::<i32>().value(row);
            Value::List((0..items.len()).map(|item| cell(&items, item)).collect())
        }
        other => panic!("no result is of the type {other}"),
    }
}

fn results_of(model: &Model, result: &RecordBatchResult) -> Results {
    let batch = result.record_batch();
    assert_eq!(batch.schema(), model.output_schema());
    let mut errors = result.errors().iter().peekable();
    let row = |row: usize| match errors.next_if(|(failed, _)| *failed == row) {
        Some((_, error)) => {
            assert!(batch.columns().iter().all(|column| column.is_null(row)));
            Err(error.clone())
        }
        None => Ok(batch.columns().iter().map(|column| cell(column, row)).collect()),
    };
    (0..batch.num_rows()).map(row).collect()
}

fn results_by_row(model: &Model, rows: &[Vec<Value<'static>>]) -> Results {
    let mut scorer = model.scorer();
    let results = model.signature().results.clone();
    let value = |scorer: &pmml::Scorer, result: usize| {
        let data_type = results[result].data_type;
        match scorer.value(0, result).into_owned() {
            Value::String(text) if data_type == DataType::String => Value::String(text),
            Value::String(text) if text.is_empty() => Value::Missing,
            // Counts of days and seconds.
            Value::String(text) => text.parse().map_or(Value::String(text), Value::Integer),
            value => value,
        }
    };
    let row = |row: &Vec<Value<'static>>| {
        scorer.clear();
        let fill = |scorer: &mut pmml::Scorer| {
            row.iter().enumerate().for_each(|(input, value)| scorer.set(0, input, value));
        };
        fill(&mut scorer);
        scorer.run(1);
        match scorer.error_as_given(0, fill) {
            Some(error) => Err(error),
            None => Ok((0..results.len()).map(|result| value(&scorer, result)).collect()),
        }
    };
    rows.iter().map(row).collect()
}

/// Compares bit by bit: NaN equals NaN, and 0 does not equal -0.
fn assert_same(left: &Results, right: &Results, what: &str) {
    assert_eq!(left.len(), right.len(), "{what}");
    for (row, (left, right)) in left.iter().zip(right).enumerate() {
        assert_eq!(format!("{left:?}"), format!("{right:?}"), "{what}, row {row}");
    }
}

/// Returns a model that returns its input.
fn echo(data_type: DataType) -> String {
    let optype = match data_type {
        DataType::String | DataType::Boolean => "categorical",
        _ => "continuous",
    };
    let name = data_type.as_str();
    format!(
        r#"<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/><DataDictionary>
          <DataField name="v" optype="{optype}" dataType="{name}"/>
          <DataField name="y" optype="continuous" dataType="double"/></DataDictionary>
          <RegressionModel functionName="regression"><MiningSchema><MiningField name="v"/>
          <MiningField name="y" usageType="target"/></MiningSchema>
          <Output><OutputField name="out" optype="{optype}" dataType="{name}" feature="transformedValue">
          <FieldRef field="v"/></OutputField></Output>
          <RegressionTable intercept="1"/></RegressionModel></PMML>"#
    )
}

fn batch_of(array: ArrayRef) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable([("v", array, true)]).unwrap()
}

/// Repeats an array until it fills several blocks and a part of one.
fn repeated(array: &ArrayRef) -> ArrayRef {
    let parts: Vec<&dyn Array> = (0..100).map(|_| &**array).collect();
    arrow_select::concat::concat(&parts).unwrap()
}

/// Returns arrays with the values of their cells, for fields that are not dates or times.
fn scalars() -> Vec<(ArrayRef, Vec<Value<'static>>)> {
    fn integers(values: &[Option<i64>]) -> Vec<Value<'static>> {
        values.iter().map(|value| value.map_or(Value::Missing, Value::Integer)).collect()
    }
    fn strings(values: &[Option<&str>]) -> Vec<Value<'static>> {
        values.iter().map(|value| value.map_or(Value::Missing, |text| Value::from(text.to_owned()))).collect()
    }
    let small = [Some(1), None, Some(0), Some(100)];
    let negative = [Some(-7), None, Some(1)];
    let words = [Some("1"), None, Some("true"), Some(""), Some("2020-02-03"), Some("10:30:00"), Some("é")];
    let keyed: Vec<Option<&str>> = vec![Some("a"), None, Some("b"), Some("a"), Some("5")];
    let dictionary: DictionaryArray<Int8Type> = keyed.iter().copied().collect();
    // Nulls among the dictionary's values are nulls too.
    let sparse = DictionaryArray::<UInt16Type>::new(
        UInt16Array::from(vec![Some(1), Some(0), None, Some(2), Some(1)]),
        Arc::new(LargeStringArray::from(vec![None, Some("x"), Some("7")])),
    );
    let numbers = DictionaryArray::<Int32Type>::new(
        Int32Array::from(vec![Some(1), Some(0), None, Some(2)]),
        Arc::new(Float64Array::from(vec![Some(0.5), Some(1.0), None])),
    );
    let half = |value: f32| <Float16Type as ArrowPrimitiveType>::Native::from_f32(value);
    vec![
        (Arc::new(Int8Array::from(vec![Some(1), None, Some(0), Some(100)])) as ArrayRef, integers(&small)),
        (Arc::new(Int16Array::from(vec![Some(-7), None, Some(1)])), integers(&negative)),
        (Arc::new(Int32Array::from(vec![Some(-7), None, Some(1)])), integers(&negative)),
        (
            Arc::new(Int64Array::from(vec![Some(i64::MIN), Some(i64::MAX), None])),
            integers(&[Some(i64::MIN), Some(i64::MAX), None]),
        ),
        (Arc::new(UInt8Array::from(vec![Some(1), None, Some(0), Some(100)])), integers(&small)),
        (Arc::new(UInt16Array::from(vec![Some(1), None, Some(0), Some(100)])), integers(&small)),
        (Arc::new(UInt32Array::from(vec![Some(1), None, Some(0), Some(100)])), integers(&small)),
        (
            Arc::new(UInt64Array::from(vec![Some(1), None, Some(u64::MAX)])),
            vec![Value::Integer(1), Value::Missing, Value::from(u64::MAX.to_string())],
        ),
        (
            Arc::new(Float16Array::from(vec![Some(half(1.0)), None, Some(half(0.1)), Some(half(f32::NAN))])),
            vec![Value::Float(1.0), Value::Missing, Value::Float(half(0.1).to_f32()), Value::Float(f32::NAN)],
        ),
        (
            Arc::new(Float32Array::from(vec![Some(1.0), None, Some(0.1), Some(f32::NAN), Some(-0.0)])),
            vec![
                Value::Float(1.0),
                Value::Missing,
                Value::Float(0.1),
                Value::Float(f32::NAN),
                Value::Float(-0.0),
            ],
        ),
        (
            Arc::new(Float64Array::from(vec![Some(1.0), None, Some(0.1), Some(f64::NAN), Some(-0.0)])),
            vec![
                Value::Double(1.0),
                Value::Missing,
                Value::Double(0.1),
                Value::Double(f64::NAN),
                Value::Double(-0.0),
            ],
        ),
        (
            Arc::new(BooleanArray::from(vec![Some(true), None, Some(false)])),
            vec![Value::Boolean(true), Value::Missing, Value::Boolean(false)],
        ),
        (Arc::new(StringArray::from(words.to_vec())), strings(&words)),
        (Arc::new(LargeStringArray::from(words.to_vec())), strings(&words)),
        (Arc::new(StringViewArray::from(words.to_vec())), strings(&words)),
        (Arc::new(dictionary), strings(&keyed)),
        (Arc::new(sparse), strings(&[Some("x"), None, None, Some("7"), Some("x")])),
        (Arc::new(numbers), vec![Value::Double(1.0), Value::Double(0.5), Value::Missing, Value::Missing]),
        (
            Arc::new(
                Decimal128Array::from(vec![Some(12_345), None, Some(-100)])
                    .with_precision_and_scale(10, 2)
                    .unwrap(),
            ),
            strings(&[Some("123.45"), None, Some("-1.00")]),
        ),
        (
            Arc::new(Decimal64Array::from(vec![Some(12), None]).with_precision_and_scale(10, 0).unwrap()),
            strings(&[Some("12"), None]),
        ),
        (Arc::new(NullArray::new(3)), vec![Value::Missing, Value::Missing, Value::Missing]),
    ]
}

/// Returns arrays of dates and times, with the strings of their cells in fields of dates, dates with time, and times.
#[allow(clippy::type_complexity)]
fn moments() -> Vec<(ArrayRef, [Option<Vec<Option<&'static str>>>; 3])> {
    let days = Some(vec![Some("2020-02-03"), None, Some("1969-12-31")]);
    let midnights = Some(vec![Some("2020-02-03T00:00"), None, Some("1969-12-31T00:00")]);
    let seconds = [Some(1_580_725_859), None, Some(-1)];
    let strings = vec![Some("2020-02-03T10:30:59"), None, Some("1969-12-31T23:59:59")];
    let ahead = vec![Some("2020-02-03T12:00:59"), None, Some("1970-01-01T01:29:59")];
    let times = vec![Some("10:30:59"), None, Some("00:00:00")];
    // Fractions of a second are dropped.
    let scaled = |scale: i64| -> Vec<Option<i64>> {
        seconds.iter().map(|value| value.map(|value| value * scale + scale / 2)).collect()
    };
    vec![
        (
            Arc::new(Date32Array::from(vec![Some(18_295), None, Some(-1)])) as ArrayRef,
            [days.clone(), midnights.clone(), None],
        ),
        (
            Arc::new(Date64Array::from(vec![Some(18_295 * 86_400_000), None, Some(-86_400_000)])),
            [days.clone(), midnights.clone(), None],
        ),
        (
            Arc::new(TimestampSecondArray::from(vec![Some(18_295 * 86_400), None, Some(-86_400)])),
            [days, midnights, None],
        ),
        (
            Arc::new(TimestampSecondArray::from(seconds.to_vec())),
            [Some(strings.clone()), Some(strings.clone()), None],
        ),
        (
            Arc::new(TimestampMillisecondArray::from(scaled(1_000)).with_timezone("UTC")),
            [Some(strings.clone()), Some(strings.clone()), None],
        ),
        (
            Arc::new(TimestampMicrosecondArray::from(scaled(1_000_000))),
            [Some(strings.clone()), Some(strings.clone()), None],
        ),
        (
            Arc::new(TimestampNanosecondArray::from(scaled(1_000_000_000)).with_timezone("+01:30")),
            [Some(ahead.clone()), Some(ahead), None],
        ),
        (
            Arc::new(Time32SecondArray::from(vec![Some(37_859), None, Some(0)])),
            [None, None, Some(times.clone())],
        ),
        (
            Arc::new(Time32MillisecondArray::from(vec![Some(37_859_999), None, Some(0)])),
            [None, None, Some(times.clone())],
        ),
        (
            Arc::new(Time64MicrosecondArray::from(vec![Some(37_859_000_001), None, Some(0)])),
            [None, None, Some(times.clone())],
        ),
        (
            Arc::new(Time64NanosecondArray::from(vec![Some(37_859_000_000_001), None, Some(0)])),
            [None, None, Some(times)],
        ),
    ]
}

/// Compares a column and slices of it with rows.
fn compare(model: &Model, array: &ArrayRef, values: &[Value<'static>], what: &str) {
    let array = repeated(array);
    let rows: Vec<Vec<Value<'static>>> =
        values.iter().cycle().take(array.len()).map(|value| vec![value.clone()]).collect();
    let wanted = results_by_row(model, &rows);
    let batch = batch_of(array);
    for (start, length) in [(0, rows.len()), (3, rows.len() - 5), (65, 70), (1, 1), (rows.len(), 0)] {
        let result = model.predict_record_batch(&batch.slice(start, length)).unwrap();
        let wanted = wanted[start..start + length].to_vec();
        assert_same(&results_of(model, &result), &wanted, &format!("{what} from {start}"));
    }
}

#[test]
fn every_type_as_rows() {
    for data_type in DataType::ALL.iter().copied() {
        let document = echo(data_type);
        for nan in [NanHandling::Missing, NanHandling::Number] {
            let model = ModelOptions::new().nan(nan).parse(&document).unwrap();
            let is_date = !matches!(
                data_type,
                DataType::String | DataType::Integer | DataType::Float | DataType::Double | DataType::Boolean
            );
            for (array, values) in scalars() {
                let what = format!("{} for {data_type}", array.data_type());
                let inner = match array.data_type() {
                    ArrowType::Dictionary(_, values) => values,
                    other => other,
                };
                let fits = !is_date
                    || inner.is_integer()
                    || inner.is_null()
                    || matches!(inner, ArrowType::Utf8 | ArrowType::LargeUtf8 | ArrowType::Utf8View);
                if fits {
                    compare(&model, &array, &values, &what);
                } else {
                    rejected(&model, array, data_type);
                }
            }
        }
    }
}

#[test]
fn dates_and_times_as_rows() {
    for data_type in DataType::ALL.iter().copied() {
        let model = Model::from_str(&echo(data_type)).unwrap();
        for (array, [dates, date_times, times]) in moments() {
            let name = data_type.as_str();
            let strings = match data_type {
                DataType::String => dates.clone().or(times),
                DataType::Integer | DataType::Float | DataType::Double | DataType::Boolean => None,
                DataType::Time | DataType::TimeSeconds => times,
                _ if name.starts_with("dateTime") => date_times,
                _ => dates,
            };
            let Some(strings) = strings else {
                rejected(&model, array, data_type);
                continue;
            };
            let mut values: Vec<Value<'static>> = strings.into_iter().map(Value::from).collect();
            if data_type == DataType::String {
                // Timestamps at midnight are dates for dates only; seconds that are 0 are not written.
                for value in &mut values {
                    let Value::String(text) = value else { continue };
                    if matches!(array.data_type(), ArrowType::Timestamp(..)) && !text.contains('T') {
                        *text = format!("{text}T00:00").into();
                    }
                    if text == "00:00:00" {
                        *text = "00:00".into();
                    }
                }
            }
            compare(&model, &array, &values, &format!("{} for {data_type}", array.data_type()));
        }
    }
}

/// Checks that a column is rejected because of its type.
fn rejected(model: &Model, array: ArrayRef, data_type: DataType) {
    let error = model.predict_record_batch(&batch_of(array.clone())).unwrap_err();
    let wanted = RecordBatchError::Type {
        column: "v".to_owned(),
        arrow_type: array.data_type().clone(),
        data_type,
        is_list: false,
    };
    assert_eq!(error, wanted);
}

#[test]
fn nan_is_missing_where_strings_are_expected_too() {
    let batch = batch_of(Arc::new(Float64Array::from(vec![f64::NAN, 1.0])));
    for (nan, wanted) in [(NanHandling::Missing, Value::Missing), (NanHandling::Number, Value::from("NaN"))] {
        let model = ModelOptions::new().nan(nan).parse(&echo(DataType::String)).unwrap();
        let results = results_of(&model, &model.predict_record_batch(&batch).unwrap());
        assert_eq!(results[0].as_ref().unwrap()[1], wanted);
        assert_eq!(results[1].as_ref().unwrap()[1], Value::from("1.0"));
    }
}

#[test]
fn errors_of_record_batches() {
    let model = Model::from_str(&echo(DataType::Double)).unwrap();
    rejected(&model, Arc::new(BinaryArray::from(vec![&b"1"[..]])), DataType::Double);
    rejected(
        &model,
        Arc::new(ListArray::from_iter_primitive::<Int64Type, _, _>([Some([Some(1)])])),
        DataType::Double,
    );
    let error = model.predict_record_batch(&batch_of(Arc::new(Date32Array::from(vec![1])))).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the column `v` has the Arrow type Date32, which a field of type double cannot take"
    );
    let berlin = TimestampSecondArray::from(vec![0]).with_timezone("Europe/Berlin");
    let dates = Model::from_str(&echo(DataType::DateTime)).unwrap();
    let error = dates.predict_record_batch(&batch_of(Arc::new(berlin))).unwrap_err();
    assert!(error.to_string().contains("`Europe/Berlin`"), "{error}");

    let numbers: ArrayRef = Arc::new(Float64Array::from(vec![1.0]));
    let other = RecordBatch::try_from_iter([("other", numbers.clone())]).unwrap();
    let error = model.predict_record_batch(&other).unwrap_err();
    assert_eq!(error, RecordBatchError::NoColumns(vec!["v".to_owned()]));
    let twice = RecordBatch::try_from_iter([("v", numbers.clone()), ("v", numbers.clone())]).unwrap();
    let error = model.predict_record_batch(&twice).unwrap_err();
    assert_eq!(error, RecordBatchError::TwoColumns("v".to_owned()));
    // A plan is for one schema.
    let plan = model.record_batch_plan(&batch_of(numbers).schema(), MissingColumns::Error).unwrap();
    let strings = batch_of(Arc::new(StringArray::from(vec!["1"])));
    let error = plan.predict(&mut model.scorer(), &strings).unwrap_err();
    assert_eq!(error, RecordBatchError::Schema { column: 0 });
}

fn iris() -> Model {
    Model::load(Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/data/iris.pmml")).unwrap()
}

#[test]
fn missing_columns() {
    let model = iris();
    let names: Vec<String> = model.signature().inputs.iter().map(|field| field.name.clone()).collect();
    let column: ArrayRef = Arc::new(Float64Array::from(vec![1.0, 2.0]));
    let batch = RecordBatch::try_from_iter([(names[0].as_str(), column.clone()), ("more", column)]).unwrap();
    let error = model.predict_record_batch(&batch).unwrap_err();
    let RecordBatchError::MissingColumns(absent) = &error else { panic!("{error}") };
    let missing: Vec<&String> = absent.columns.iter().map(|column| &column.name).collect();
    assert_eq!(missing, names[1..].iter().collect::<Vec<_>>());
    assert!(absent.columns.iter().all(|column| column.nearest.is_none()) && absent.more == 0);
    let plan = model.record_batch_plan(&batch.schema(), MissingColumns::Missing).unwrap();
    assert_eq!(plan.columns(), [0]);
    let result = plan.predict(&mut model.scorer(), &batch).unwrap();
    let rows: Vec<Vec<Value<'static>>> = [1.0, 2.0].iter().map(|value| vec![Value::Double(*value)]).collect();
    assert_same(&results_of(&model, &result), &results_by_row(&model, &rows), "missing columns");
}

#[test]
fn a_misspelled_column() {
    let column: ArrayRef = Arc::new(Float64Array::from(vec![1.0, 2.0]));
    let names = ["sepal_length", "sepal_width", "petal_lenght", "petal_width"];
    let batch = RecordBatch::try_from_iter(names.map(|name| (name, column.clone()))).unwrap();
    let error = iris().predict_record_batch(&batch).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the record batch has no column for `petal_length` (did you mean the column `petal_lenght`?)"
    );
    let options = pmml::ModelOptions::new().missing_columns(MissingColumns::Missing);
    let lenient =
        options.load(Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/data/iris.pmml")).unwrap();
    assert_eq!(lenient.predict_record_batch(&batch).unwrap().record_batch().num_rows(), 2);
}

#[test]
fn the_schema_of_results_is_known_before_scoring() {
    let schema = Model::from_str(&echo(DataType::DateTime)).unwrap().output_schema();
    let wanted = Schema::new(vec![
        Field::new("y", ArrowType::Float64, true),
        Field::new("out", ArrowType::Timestamp(pmml::arrow::arrow_schema::TimeUnit::Second, None), true),
    ]);
    assert_eq!(*schema, wanted);
}

fn folders(path: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut folders: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

/// Returns the rows of a model's input in the order of its fields, with lists where it takes them. Each row is a group.
fn input_rows(model: &Model, path: &Path) -> Vec<Vec<Value<'static>>> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_path(path).unwrap();
    let header = reader.headers().unwrap().clone();
    let inputs = &model.signature().inputs;
    let columns: Vec<Option<usize>> =
        inputs.iter().map(|field| header.iter().position(|name| *name == field.name)).collect();
    let row = |record: csv::StringRecord| {
        let cells = inputs.iter().zip(&columns).map(|(field, column)| {
            let text = column.and_then(|column| record.get(column)).unwrap_or_default();
            let value = match text {
                "" | "NA" | "N/A" => Value::Missing,
                text => Value::from(text.to_owned()),
            };
            match (field.is_list, value) {
                (true, Value::Missing) => Value::List(Vec::new()),
                (true, value) => Value::List(vec![value.clone(), value]),
                (false, value) => value,
            }
        });
        cells.collect()
    };
    reader.records().map(|record| row(record.unwrap())).collect()
}

/// Returns a column of the values as strings, in one of Arrow's types of strings.
fn string_column(values: &[&Value<'static>], kind: usize) -> ArrayRef {
    let strings = || values.iter().map(|value| (!value.is_missing()).then(|| value.to_string()));
    match kind % 4 {
        0 => Arc::new(StringArray::from_iter(strings())),
        1 => Arc::new(LargeStringArray::from_iter(strings())),
        2 => Arc::new(StringViewArray::from_iter(strings())),
        _ => {
            let strings: Vec<Option<String>> = strings().collect();
            Arc::new(strings.iter().map(Option::as_deref).collect::<DictionaryArray<Int32Type>>())
        }
    }
}

/// Returns a column of the type that the values have.
fn column(values: &[&Value<'static>], kind: usize) -> ArrayRef {
    let first = values.iter().find(|value| !value.is_missing());
    match first {
        Some(Value::Double(_)) => {
            Arc::new(Float64Array::from_iter(values.iter().map(|value| value.as_f64())))
        }
        Some(Value::Integer(_)) => Arc::new(Int64Array::from_iter(values.iter().map(|value| match value {
            Value::Integer(value) => Some(*value),
            _ => None,
        }))),
        Some(Value::List(_)) => {
            let mut builder = builder::ListBuilder::new(builder::StringBuilder::new());
            for value in values {
                let Value::List(items) = value else { panic!("a list is expected") };
                items.iter().for_each(|item| builder.values().append_value(item.to_string()));
                builder.append(true);
            }
            Arc::new(builder.finish())
        }
        _ => string_column(values, kind),
    }
}

/// Returns the rows with numbers in place of strings for numeric fields whose cells are all numbers or missing.
fn typed(model: &Model, rows: &[Vec<Value<'static>>]) -> Vec<Vec<Value<'static>>> {
    let mut rows = rows.to_vec();
    for (input, field) in model.signature().inputs.iter().enumerate() {
        let parse = |value: &Value<'static>| match (value, field.data_type) {
            (Value::Missing, _) => Some(Value::Missing),
            (Value::String(text), DataType::Double | DataType::Float) => text.parse().ok().map(Value::Double),
            (Value::String(text), DataType::Integer) => text.parse().ok().map(Value::Integer),
            _ => None,
        };
        let values: Option<Vec<Value<'static>>> = rows.iter().map(|row| parse(&row[input])).collect();
        let Some(values) = values else { continue };
        rows.iter_mut().zip(values).for_each(|(row, value)| row[input] = value);
    }
    rows
}

fn check(model: &Model, rows: &[Vec<Value<'static>>], what: &str) {
    let wanted = if model.is_stateful() {
        // The rows are one stream.
        let mut scorer = model.scorer();
        rows.iter()
            .map(|row| {
                scorer.predict(&row[..]).map(|record| record.values().map(Value::into_owned).collect())
            })
            .collect()
    } else {
        results_by_row(model, rows)
    };
    let columns = model.signature().inputs.iter().enumerate().map(|(input, field)| {
        let values: Vec<&Value<'static>> = rows.iter().map(|row| &row[input]).collect();
        (field.name.clone(), column(&values, input), true)
    });
    let batch = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
    let result = model.predict_record_batch(&batch).unwrap();
    assert_same(&results_of(model, &result), &wanted, what);
    if !model.is_stateful() && rows.len() > 4 {
        let result = model.predict_record_batch(&batch.slice(3, rows.len() - 4)).unwrap();
        assert_same(&results_of(model, &result), &wanted[3..rows.len() - 1].to_vec(), what);
    }
    let result = model.predict_record_batch(&batch.slice(0, 0)).unwrap();
    assert_eq!(result.record_batch(), &RecordBatch::new_empty(model.output_schema()));
}

#[test]
fn the_corpus_as_rows() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let mut count = 0;
    for folder in folders(&corpus).iter().flat_map(|family| folders(family)) {
        if !folder.join("meta.json").is_file() {
            continue;
        }
        let model = Model::load(folder.join("model.pmml")).unwrap();
        if model.signature().inputs.is_empty() {
            continue;
        }
        let rows = input_rows(&model, &folder.join("input.csv"));
        let what = folder.display().to_string();
        check(&model, &rows, &what);
        check(&model, &typed(&model, &rows), &what);
        count += 1;
    }
    assert!(count > 50, "{count} models were scored");
}

#[test]
fn lists() {
    let baskets = std::fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../server/tests/server/common/baskets.pmml"),
    );
    let model = Model::from_str(&baskets.unwrap()).unwrap();
    let name = model.signature().inputs[0].name.clone();
    let rows = [vec!["bread", "butter"], vec![], vec!["beer"], vec!["butter", "bread", "x"], vec!["bread"]];
    let values: Vec<Vec<Value<'static>>> = rows
        .iter()
        .map(|items| vec![Value::List(items.iter().map(|item| Value::from(item.to_string())).collect())])
        .collect();
    let wanted = results_by_row(&model, &values);
    assert!(wanted.iter().any(|row| row.as_ref().unwrap().iter().any(|value| !value.is_missing())));
    let mut list = builder::ListBuilder::new(builder::StringBuilder::new());
    let mut large = builder::LargeListBuilder::new(builder::StringDictionaryBuilder::<Int8Type>::new());
    for items in &rows {
        items.iter().for_each(|item| {
            list.values().append_value(item);
            large.values().append_value(item);
        });
        list.append(true);
        large.append(true);
    }
    for array in [Arc::new(list.finish()) as ArrayRef, Arc::new(large.finish())] {
        let batch = RecordBatch::try_from_iter([(name.as_str(), array)]).unwrap();
        for (start, length) in [(0, 5), (2, 3), (1, 1)] {
            let result = model.predict_record_batch(&batch.slice(start, length)).unwrap();
            assert_same(&results_of(&model, &result), &wanted[start..start + length].to_vec(), "lists");
        }
    }
    let strings: ArrayRef = Arc::new(StringArray::from(vec!["bread"]));
    let batch = RecordBatch::try_from_iter([(name.as_str(), strings)]).unwrap();
    let error = model.predict_record_batch(&batch).unwrap_err();
    assert!(error.to_string().contains("list of string"), "{error}");
}

#[test]
fn parallel() {
    let model = iris();
    let rows = 40_000;
    let columns = model.signature().inputs.iter().enumerate().map(|(input, field)| {
        let values = (0..rows).map(|row| Some(((row * (input + 7)) % 90) as f64 / 10.0).filter(|v| *v > 0.2));
        (field.name.clone(), Arc::new(Float64Array::from_iter(values)) as ArrayRef)
    });
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let alone = model.predict_record_batch(&batch).unwrap();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
    let together = pool.install(|| model.predict_record_batch_parallel(&batch)).unwrap();
    assert_eq!(alone.record_batch(), together.record_batch());
    assert_eq!(alone.errors(), together.errors());
}
