//! Errors of rows as data, which are the same for all interfaces.

use pmml::{Backend, Batch, Column, DataType, Model, ModelOptions, RowErrorKind, Value};

const FIELDS: &str = r#"
    <DataField name="age" optype="continuous" dataType="double">
      <Interval closure="closedClosed" leftMargin="0" rightMargin="3"/>
    </DataField>
    <DataField name="city" optype="categorical" dataType="string">
      <Value value="Berlin"/><Value value="Hamburg"/>
    </DataField>
    <DataField name="day" optype="continuous" dataType="date"/>
    <DataField name="s" optype="categorical" dataType="string"/>
    <DataField name="y" optype="continuous" dataType="double"/>"#;

fn model(backend: Backend) -> Model {
    let document = format!(
        r#"<PMML version="4.4"><Header/><DataDictionary>{FIELDS}</DataDictionary>
        <TransformationDictionary>
          <DerivedField name="number" optype="continuous" dataType="double"><FieldRef field="s"/></DerivedField>
        </TransformationDictionary>
        <RegressionModel functionName="regression"><MiningSchema>
          <MiningField name="age" missingValueTreatment="returnInvalid"/><MiningField name="city"/>
          <MiningField name="day"/><MiningField name="s"/><MiningField name="y" usageType="target"/>
        </MiningSchema>
        <RegressionTable intercept="1"><NumericPredictor name="number" coefficient="2"/></RegressionTable>
        </RegressionModel></PMML>"#
    );
    ModelOptions::new().backend(backend).parse(&document).unwrap()
}

#[test]
fn kinds_are_data() {
    for backend in [Backend::Jit, Backend::Interpreter] {
        let model = model(backend);
        let error = |row: &[(&str, Value<'_>)]| model.predict(row).unwrap_err();
        let age = ("age", Value::from("1"));

        let outside = error(&[("age", Value::from("4"))]);
        assert_eq!((outside.field.as_deref(), outside.value.as_deref()), (Some("age"), Some("4")));
        assert_eq!(outside.reason, "is outside of the interval `[0, 3]`");
        let RowErrorKind::OutsideIntervals { intervals, .. } = outside.kind else { panic!("{outside:?}") };
        assert_eq!((intervals[0].left, intervals[0].right), (Some(0.0), Some(3.0)));

        let undeclared = error(&[age.clone(), ("city", Value::from("Hambrug"))]);
        let RowErrorKind::NotDeclared { declared, nearest, .. } = &undeclared.kind else {
            panic!("{undeclared:?}")
        };
        assert_eq!((*declared, nearest.as_deref()), (2, Some("Hamburg")));

        let wrong = error(&[age.clone(), ("day", Value::from("today"))]);
        let RowErrorKind::NotOfType { expected, is_list, .. } = wrong.kind else { panic!("{wrong:?}") };
        assert_eq!((expected, is_list), (DataType::Date, false));

        let missing = error(&[]);
        assert_eq!((missing.kind.clone(), missing.value.clone()), (RowErrorKind::Missing, None));
        assert_eq!(missing.to_string(), "field `age` must not be missing");

        let undefined = error(&[age.clone(), ("s", Value::from("x"))]);
        let RowErrorKind::Undefined { derived_field, .. } = &undefined.kind else { panic!("{undefined:?}") };
        assert_eq!(derived_field.as_deref(), Some("number"));
        assert_eq!((undefined.field.as_deref(), undefined.value.as_deref()), (Some("s"), Some("x")));
    }
}

#[test]
fn the_value_in_an_error_is_that_of_the_row() {
    let model = model(Backend::Jit);
    let given = |value: Value<'static>| model.predict(&[("age", value)]).unwrap_err().value.unwrap();
    assert_eq!(given(Value::from("4")), "4");
    assert_eq!(given(Value::from(" 4e0 ")), " 4e0 ");
    assert_eq!(given(Value::Integer(4)), "4");
    assert_eq!(given(Value::Double(4.0)), "4.0");

    // In a batch it is that of the column.
    let ages = ["1", "+5", "x"];
    let cities = ["Berlin", "Berlin", "Rom"];
    let batch = Batch::new(3).column("age", Column::String(&ages)).column("city", Column::String(&cities));
    let columns = [("day", 3), ("s", 3)];
    let empty = vec![Value::Missing; 3];
    let batch = columns.iter().fold(batch, |batch, (name, _)| batch.column(*name, Column::Values(&empty)));
    let result = model.predict_batch(&batch).unwrap();
    let errors: Vec<String> = result.errors().iter().map(|(row, error)| format!("{row}: {error}")).collect();
    assert_eq!(
        errors,
        [
            "1: field `age`: the value `+5` is outside of the interval `[0, 3]`",
            "2: field `age`: the value `x` is not a number",
        ]
    );
    let integers = Batch::new(1).column("age", Column::Integer(&[7]));
    let integers = integers.column("city", Column::Values(&empty));
    let integers =
        columns.iter().fold(integers, |batch, (name, _)| batch.column(*name, Column::Values(&empty)));
    assert_eq!(model.predict_batch(&integers).unwrap().errors()[0].1.value.as_deref(), Some("7"));

    // A scorer has only the converted values, unless the row is set again.
    let mut scorer = model.scorer();
    let input = |name: &str| model.signature().inputs.iter().position(|field| field.name == name).unwrap();
    scorer.set(0, input("age"), &Value::from("1"));
    scorer.set(1, input("age"), &Value::from("4"));
    scorer.set(2, input("age"), &Value::from("2"));
    scorer.run(3);
    assert_eq!(scorer.error(1).unwrap().value.as_deref(), Some("4.0"));
    let again = |scorer: &mut pmml::Scorer| scorer.set(1, input("age"), &Value::from("4"));
    assert_eq!(scorer.error_as_given(1, again).unwrap().value.as_deref(), Some("4"));
    assert_eq!(scorer.error_as_given(0, |_| panic!("the row has not failed")), None);
    assert_eq!(scorer.error_as_given(1 << 40, |_| panic!("there is no such row")), None);
    // The results do not change.
    assert!(scorer.error(2).is_none() && scorer.error(1).is_some());
}

#[test]
fn messages_are_short_for_any_document_and_row() {
    let long = "x".repeat(1 << 20);
    let values: String = (0..200_000).map(|number| format!("<Value value=\"v{number}\"/>")).collect();
    let document = format!(
        r#"<PMML version="4.4"><Header/><DataDictionary>
        <DataField name="{long}" optype="categorical" dataType="string">{values}<Value value="{long}a"/></DataField>
        <DataField name="x" optype="continuous" dataType="double">{}</DataField>
        <DataField name="y" optype="continuous" dataType="double"/></DataDictionary>
        <RegressionModel functionName="regression"><MiningSchema><MiningField name="{long}"/><MiningField name="x"/>
        <MiningField name="y" usageType="target"/></MiningSchema><RegressionTable intercept="1"/>
        </RegressionModel></PMML>"#,
        "<Interval closure=\"openOpen\" leftMargin=\"0\" rightMargin=\"1\"/>".repeat(10_000)
    );
    let model = Model::from_str(&document).unwrap();
    let error = model.predict(&[(&*long, Value::from(format!("{long}\u{1b}b")))]).unwrap_err();
    let message = error.to_string();
    assert!(
        message.len() < 1000 && message.contains("is not one of the 200001 declared values"),
        "{message}"
    );
    let error = model.predict(&[("x", Value::from(2.0))]).unwrap_err();
    assert!(error.to_string().len() < 400, "{error}");
    let RowErrorKind::OutsideIntervals { intervals, .. } = error.kind else { panic!("{error:?}") };
    assert_eq!(intervals.len(), 10);
}
