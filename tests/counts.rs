//! Counts of values that their fields do not allow, and of rows without any result.

use pmml::{Backend, Batch, Column, Counts, InvalidHandling, ModelOptions, Value};

const DOCUMENT: &str = r#"<PMML version="4.4"><Header/><DataDictionary>
  <DataField name="color" optype="categorical" dataType="string">
    <Value value="red"/><Value value="blue"/><Value value="?" property="missing"/>
  </DataField>
  <DataField name="x" optype="continuous" dataType="double">
    <Interval closure="closedOpen" leftMargin="0" rightMargin="10"/><Value value="-1"/>
    <Value value="5" property="invalid"/><Value value="none" property="missing"/>
  </DataField>
  <DataField name="flag" optype="categorical" dataType="boolean"><Value value="true"/></DataField>
  <DataField name="free" optype="categorical" dataType="string"/>
  <DataField name="y" optype="continuous" dataType="double"/></DataDictionary>
  <RegressionModel functionName="regression"><MiningSchema><MiningField name="color"/><MiningField name="x"/>
    <MiningField name="flag"/><MiningField name="free"/><MiningField name="y" usageType="target"/></MiningSchema>
  <RegressionTable intercept="1"><NumericPredictor name="x" coefficient="2"/></RegressionTable>
  </RegressionModel></PMML>"#;

/// Returns rows of color, x and flag.
fn rows() -> [[Vec<Value<'static>>; 3]; 1] {
    let strings = |strings: &[&'static str]| {
        strings.iter().map(|text| if text.is_empty() { Value::Missing } else { (*text).into() }).collect()
    };
    [[
        strings(&["red", "mauve", "?", "", "Red", "blue", "red", "red", "red", "red"]),
        strings(&["1", "2", "3", "", "10", "-1", "5", "none", "much", "1"]),
        strings(&["true", "true", "", "true", "true", "true", "true", "true", "true", "false"]),
    ]]
}

fn summary(counts: &Counts) -> (u64, Vec<(&str, u64)>) {
    (counts.without_result, counts.invalid.iter().map(|count| (count.field.as_str(), count.values)).collect())
}

fn batch_of<'v>(columns: &'v [Vec<Value<'static>>; 3]) -> Batch<'v> {
    let rows = columns[0].len();
    ["color", "x", "flag"]
        .iter()
        .zip(columns)
        .fold(Batch::new(rows), |batch, (name, values)| batch.column(*name, Column::Values(values)))
}

#[test]
fn invalid_values_that_fail_no_row_are_counted() {
    for backend in [Backend::Jit, Backend::Interpreter] {
        let options = ModelOptions::new().backend(backend);
        let missing = options.clone().invalid(InvalidHandling::AsMissing).parse(DOCUMENT).unwrap();
        let [columns] = &rows();
        let free: Vec<Value<'_>> = vec!["anything".into(); 10];
        let batch = batch_of(columns).column("free", Column::Values(&free));
        let result = missing.predict_batch(&batch).unwrap();
        assert!(result.errors().is_empty());
        // Rows 3, 4, 6, 7 and 8 lack x, which the result needs.
        assert_eq!(summary(result.counts()), (5, vec![("color", 2), ("x", 3), ("flag", 1)]));
        assert_eq!(result.counts().invalid_values(), 6);

        // With `AsIs`, `much` fails its row and is counted.
        let as_is = options.clone().invalid(InvalidHandling::AsIs).parse(DOCUMENT).unwrap();
        let result = as_is.predict_batch(&batch).unwrap();
        assert_eq!(result.errors().len(), 1);
        assert_eq!(summary(result.counts()), (2, vec![("color", 2), ("x", 3), ("flag", 1)]));

        // Of a row that fails, only the first invalid value is counted.
        let model = options.parse(DOCUMENT).unwrap();
        let result = model.predict_batch(&batch).unwrap();
        assert_eq!(result.errors().len(), 5);
        assert_eq!(summary(result.counts()), (2, vec![("color", 2), ("x", 2), ("flag", 1)]));
    }
}

#[test]
fn scorers_count_row_by_row() {
    let model = ModelOptions::new().invalid(InvalidHandling::AsMissing).parse(DOCUMENT).unwrap();
    let [columns] = &rows();
    let mut scorer = model.scorer();
    for row in 0..10 {
        let row: Vec<(&str, Value<'_>)> = ["color", "x", "flag"]
            .iter()
            .zip(columns)
            .map(|(name, values)| (*name, values[row].clone()))
            .collect();
        scorer.predict(&row).unwrap();
    }
    let counts = scorer.take_counts();
    assert_eq!(summary(&counts), (5, vec![("color", 2), ("x", 3), ("flag", 1)]));
    assert_eq!(scorer.take_counts(), Counts::default());

    // More rows than run together.
    let many: [Vec<Value<'static>>; 3] =
        [0, 1, 2].map(|column| columns[column].iter().cycle().take(10_000).cloned().collect());
    let free: Vec<Value<'_>> = vec![Value::Missing; 10_000];
    let result = model.predict_batch(&batch_of(&many).column("free", Column::Values(&free))).unwrap();
    assert_eq!(summary(result.counts()), (5000, vec![("color", 2000), ("x", 3000), ("flag", 1000)]));

    let mut sum = counts.clone();
    sum.add(counts);
    assert_eq!(summary(&sum), (10, vec![("color", 4), ("x", 6), ("flag", 2)]));
}
