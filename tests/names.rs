//! Misspelled names of rows and columns, which do not silently become missing values.

use pmml::{Batch, BatchError, Column, MissingColumns, Model, ModelOptions, Row, RowErrorKind, Value};
use std::collections::{BTreeMap, HashMap};

const DOCUMENT: &str = r#"<PMML version="4.4"><Header/><DataDictionary>
  <DataField name="sepal_length" optype="continuous" dataType="double"/>
  <DataField name="temp_min" optype="continuous" dataType="double"/>
  <DataField name="x1" optype="continuous" dataType="double"/>
  <DataField name="price" optype="continuous" dataType="double"/></DataDictionary>
  <RegressionModel functionName="regression"><MiningSchema><MiningField name="sepal_length" missingValueReplacement="0"/>
    <MiningField name="temp_min" missingValueReplacement="0"/><MiningField name="x1" missingValueReplacement="0"/>
    <MiningField name="price" usageType="target"/></MiningSchema>
  <Output><OutputField name="price" feature="predictedValue"/><OutputField name="left" feature="residual"/></Output>
  <RegressionTable intercept="1"><NumericPredictor name="sepal_length" coefficient="1"/>
    <NumericPredictor name="temp_min" coefficient="1"/><NumericPredictor name="x1" coefficient="1"/></RegressionTable>
  </RegressionModel></PMML>"#;

fn strict() -> Model {
    Model::from_str(DOCUMENT).unwrap()
}

fn lenient() -> Model {
    ModelOptions::new().missing_columns(MissingColumns::Missing).parse(DOCUMENT).unwrap()
}

#[test]
fn a_misspelled_name_of_a_row_is_an_error() {
    let model = strict();
    for wrong in
        ["sepal_lenght", "sepal_lengt", "sepal_lengthh", "sepal_lemgth", "Sepal Length", "sepallength"]
    {
        let error = model.predict(&[(wrong, Value::from(1.0)), ("x1", Value::from(2.0))]).unwrap_err();
        assert_eq!(error.field.as_deref(), Some("sepal_length"), "{wrong}");
        assert_eq!(
            error.to_string(),
            format!(
                "field `sepal_length` is not in the row, which has the unknown name `{wrong}`: is it misspelled?"
            )
        );
        let RowErrorKind::Misspelled { name, .. } = error.kind else { panic!("{wrong}") };
        assert_eq!(name, wrong);
        // The check can be turned off.
        assert!(lenient().predict(&[(wrong, Value::from(1.0))]).is_ok(), "{wrong}");
    }
    // Every kind of row with names.
    let value = || Value::from(1.0);
    assert!(model.predict(&vec![("sepal_lenght", value())]).is_err());
    assert!(model.predict(&HashMap::from([("sepal_lenght", value())])).is_err());
    assert!(model.predict(&HashMap::from([("sepal_lenght".to_owned(), value())])).is_err());
    assert!(model.predict(&BTreeMap::from([("sepal_lenght".to_owned(), value())])).is_err());
    assert!(model.scorer().predict(&[("sepal_lenght", value())]).is_err());
    assert!(model.predict(&&[("sepal_lenght", value())][..]).is_err());
    assert!(model.check_names(&[("sepal_lenght", value())]).is_err());
}

#[test]
fn omitted_inputs_are_missing_and_unknown_names_are_ignored() {
    let model = strict();
    let price = |row: &[(&str, Value<'_>)]| {
        model.predict(row).unwrap_or_else(|error| panic!("{error}")).get("price").unwrap().as_f64().unwrap()
    };
    let one = || Value::from(1.0);
    assert_eq!(price(&[]), 1.0);
    assert_eq!(price(&[("x1", one())]), 2.0);
    // Columns that data frames often have: ids, other numbers, other ends of a range, targets.
    assert_eq!(price(&[("id", one()), ("x2", one()), ("temp_max", one()), ("petal_length", one())]), 1.0);
    assert_eq!(price(&[("price", one()), ("left", one())]), 1.0);
    // A name that is similar to an input that is present, with a value or without.
    let all = [("sepal_length", one()), ("temp_min", one()), ("x1", one()), ("sepal_lenght", one())];
    assert_eq!(price(&all), 4.0);
    assert_eq!(price(&[("sepal_length", Value::Missing), ("sepal_lenght", one())]), 1.0);
    // Rows by position have no names.
    assert_eq!(model.predict([one()].as_slice()).unwrap().get("price"), Some(Value::from(2.0)));
}

/// A row that does not list its names.
struct Silent;

impl Row for Silent {
    fn value(&self, _: usize, name: &str) -> Value<'_> {
        if name == "x1" { Value::from(5.0) } else { Value::Missing }
    }
}

#[test]
fn rows_need_not_list_their_names() {
    assert_eq!(strict().predict(&Silent).unwrap().get("price"), Some(Value::from(6.0)));
    assert!(strict().check_names(&Silent).is_ok());
}

#[test]
fn a_batch_without_a_column_is_an_error() {
    let ones = [1.0, 1.0];
    let column = || Column::Double(&ones);
    let batch = Batch::new(2).column("sepal_lenght", column()).column("x1", column()).column("id", column());
    let error = strict().predict_batch(&batch).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the batch has no column for `sepal_length` (did you mean the column `sepal_lenght`?), `temp_min`"
    );
    let BatchError::MissingColumns(absent) = error else { panic!("{error}") };
    assert_eq!(absent.columns[0].nearest.as_deref(), Some("sepal_lenght"));
    assert_eq!((absent.columns.len(), absent.more), (2, 0));
    let result = lenient().predict_batch(&batch).unwrap();
    assert_eq!(result.column("price").unwrap().as_doubles(), Some(&[2.0, 2.0][..]));

    // The actual value of a target may be absent, and a column may be empty.
    let whole = Batch::new(2).column("sepal_length", column()).column("temp_min", column());
    let result = strict().predict_batch(&whole.column("x1", Column::Double(&[]))).unwrap();
    assert_eq!(result.column("price").unwrap().as_doubles(), Some(&[3.0, 3.0][..]));
}

#[test]
fn a_misspelled_name_is_found_among_many_others() {
    let names: Vec<String> = ["alpha", "beta", "gamma", "delta", "has_a", "has_b"].map(str::to_owned).into();
    let fields = |tag: &str, more: &str| {
        names.iter().map(|name| format!("<{tag} name=\"{name}\" {more}/>")).collect::<String>()
    };
    let document = format!(
        r#"<PMML version="4.4"><Header/><DataDictionary>{}
        <DataField name="y" optype="continuous" dataType="double"/></DataDictionary>
        <RegressionModel functionName="regression"><MiningSchema>{}<MiningField name="y" usageType="target"/>
        </MiningSchema><RegressionTable intercept="1"/></RegressionModel></PMML>"#,
        fields("DataField", "optype=\"continuous\" dataType=\"double\""),
        fields("MiningField", "")
    );
    let model = Model::from_str(&document).unwrap();
    let others: Vec<String> = (0..5_000).map(|number| format!("column {number}")).collect();
    let row = |last: [&'static str; 5]| -> Vec<(&str, Value<'_>)> {
        let named = ["alpha"].into_iter().chain(others.iter().map(String::as_str)).chain(last);
        named.map(|name| (name, Value::from(1.0))).collect()
    };
    assert!(model.predict(&row(["beta", "gamma", "delta", "has_a", "other"])).is_ok());
    // The most similar input is present, another similar one is not.
    for wrong in ["has_c", "has_bb", "Has_B"] {
        let error = model.predict(&row(["beta", "gamma", "delta", "has_a", wrong])).unwrap_err();
        assert_eq!(error.field.as_deref(), Some("has_b"), "{wrong}");
    }
}

#[test]
fn many_names_against_many_inputs_end() {
    let fields: String = (0..5_000)
        .map(|number| {
            format!("<DataField name=\"feature {number}\" optype=\"continuous\" dataType=\"double\"/>")
        })
        .collect();
    let schema: String =
        (0..5_000).map(|number| format!("<MiningField name=\"feature {number}\"/>")).collect();
    let document = format!(
        r#"<PMML version="4.4"><Header/><DataDictionary>{fields}
        <DataField name="y" optype="continuous" dataType="double"/></DataDictionary>
        <RegressionModel functionName="regression"><MiningSchema>{schema}<MiningField name="y" usageType="target"/>
        </MiningSchema><RegressionTable intercept="1"/></RegressionModel></PMML>"#
    );
    let model = Model::from_str(&document).unwrap();
    let names: Vec<String> = (0..5_000).map(|number| format!("faeture_{number}x")).collect();
    let row: HashMap<&str, Value<'_>> = names.iter().map(|name| (name.as_str(), Value::from(1.0))).collect();
    // The result does not matter, only that the work does not grow with the product.
    let _ = model.predict(&row);
    let ones = [1.0];
    let batch =
        names.iter().fold(Batch::new(1), |batch, name| batch.column(name.as_str(), Column::Double(&ones)));
    let error = model.predict_batch(&batch).unwrap_err().to_string();
    assert!(error.contains(" and 4980 more"), "{error}");
}
