//! Budgets of rows and interruptions: the same rows exceed their budgets on every engine and in every batch, and work that is
//! interrupted ends.

use pmml::{Backend, Batch, Budget, Column, Error, Interrupt, Model, ModelOptions, Value};
use std::time::Duration;

/// Returns a document that counts the words of a text that are similar to given ones, and returns the text twice in upper
/// case.
fn document(terms: &[&str]) -> String {
    let mut fields = String::new();
    let mut predictors = String::new();
    for (number, term) in terms.iter().enumerate() {
        fields += &format!(
            "<DerivedField name=\"f{number}\" optype=\"continuous\" dataType=\"double\">\
             <TextIndex textField=\"text\" maxLevenshteinDistance=\"2\"><Constant>{term}</Constant></TextIndex>\
             </DerivedField>"
        );
        predictors += &format!("<NumericPredictor name=\"f{number}\" coefficient=\"1\"/>");
    }
    format!(
        "<PMML version=\"4.4\"><Header/><DataDictionary>\
         <DataField name=\"text\" optype=\"categorical\" dataType=\"string\"/>\
         <DataField name=\"y\" optype=\"continuous\" dataType=\"double\"/></DataDictionary>\
         <RegressionModel functionName=\"regression\"><MiningSchema><MiningField name=\"text\"/>\
         <MiningField name=\"y\" usageType=\"target\"/></MiningSchema>\
         <Output><OutputField name=\"twice\" dataType=\"string\" optype=\"categorical\" feature=\"transformedValue\">\
         <Apply function=\"uppercase\"><Apply function=\"concat\"><FieldRef field=\"text\"/><FieldRef field=\"text\"/>\
         </Apply></Apply></OutputField></Output>\
         <LocalTransformations>{fields}</LocalTransformations>\
         <RegressionTable intercept=\"0\">{predictors}</RegressionTable></RegressionModel></PMML>"
    )
}

fn load(document: &str, backend: Backend, budget: Budget) -> Model {
    ModelOptions::new().backend(backend).budget(budget).parse(document).expect("the document is right")
}

/// Returns strings of all lengths, mostly short.
fn strings() -> Vec<String> {
    (0..150).map(|row| "sun moon stars ".repeat(row * row % 61)).collect()
}

/// Returns the results of the rows, scored one at a time.
fn single(model: &Model, strings: &[String]) -> Vec<Result<(String, String), String>> {
    let predict = |text: &String| {
        let record =
            model.predict(&[("text", Value::from(text.as_str()))]).map_err(|error| error.to_string())?;
        let value = |name: &str| record.get(name).map_or_else(String::new, |value| value.to_string());
        Ok((value("y"), value("twice")))
    };
    strings.iter().map(predict).collect()
}

/// Returns the results of the rows, scored as a batch.
fn batch(model: &Model, strings: &[String]) -> Vec<Result<(String, String), String>> {
    let strings: Vec<&str> = strings.iter().map(String::as_str).collect();
    let result =
        model.predict_batch(&Batch::new(strings.len()).column("text", Column::String(&strings))).unwrap();
    let value =
        |name: &str, row: usize| result.column(name).expect("the result is there").get(row).to_string();
    (0..strings.len())
        .map(|row| match result.errors().iter().find(|(failed, _)| *failed == row) {
            Some((_, error)) => Err(error.to_string()),
            None => Ok((value("y", row), value("twice", row))),
        })
        .collect()
}

#[test]
fn the_same_rows_fail_on_every_engine_and_in_every_batch() {
    let (document, strings) = (document(&["sum", "noon", "star"]), strings());
    let mut some = 0;
    for budget in [
        Budget::default(),
        Budget { bytes: 0, ..Budget::default() },
        Budget { bytes: 5000, steps: 50_000 },
        Budget { steps: 3000, ..Budget::default() },
        Budget { bytes: 0, steps: 0 },
    ] {
        let (jit, interpreter) =
            (load(&document, Backend::Jit, budget), load(&document, Backend::Interpreter, budget));
        let expected = single(&interpreter, &strings);
        let failed = expected.iter().filter(|row| row.is_err()).count();
        some += usize::from(failed > 0 && failed < strings.len());
        assert_eq!(single(&jit, &strings), expected, "{budget:?}");
        assert_eq!(batch(&jit, &strings), expected, "{budget:?}");
        assert_eq!(batch(&interpreter, &strings), expected, "{budget:?}");
        for error in expected.into_iter().filter_map(Result::err) {
            assert_eq!(error, "the row's strings and lists take more memory or time than a row may");
        }
    }
    assert!(some >= 2, "budgets that some rows exceed, but not all");
}

#[test]
fn computed_strings_have_a_bound() {
    let model = load(&document(&["sun"]), Backend::Jit, Budget::default());
    let mut scorer = model.scorer();
    let text = "sun ".repeat(100);
    scorer.set(0, 0, &Value::String(text.as_str().into()));
    assert_eq!(scorer.computed_bytes(1), (256 << 10) + 16 * text.len());
    let numbers = "<PMML version=\"4.4\"><Header/><DataDictionary>\
        <DataField name=\"x\" optype=\"continuous\" dataType=\"double\"/>\
        <DataField name=\"y\" optype=\"continuous\" dataType=\"double\"/></DataDictionary>\
        <RegressionModel functionName=\"regression\"><MiningSchema><MiningField name=\"x\"/>\
        <MiningField name=\"y\" usageType=\"target\"/></MiningSchema>\
        <RegressionTable intercept=\"1\"/></RegressionModel></PMML>";
    assert_eq!(load(numbers, Backend::Jit, Budget::default()).scorer().computed_bytes(1), 0);
}

#[test]
fn a_long_row_can_be_interrupted() {
    // Many words are compared with many terms, which would take minutes.
    let terms: Vec<String> = (0..200).map(|number| format!("wordnumber{number}")).collect();
    let terms: Vec<&str> = terms.iter().map(String::as_str).collect();
    let text = "wordnumbed12 ".repeat(300_000);
    for backend in [Backend::Jit, Backend::Interpreter] {
        let model = load(&document(&terms), backend, Budget { bytes: usize::MAX, steps: u64::MAX });
        let mut scorer = model.scorer();
        scorer.set(0, 0, &Value::String(text.as_str().into()));
        let interrupt = Interrupt::new();
        scorer.set_interrupt(Some(interrupt.clone()));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(Duration::from_millis(50));
                interrupt.interrupt();
            });
            scorer.run(1);
        });
        assert!(scorer.is_interrupted());
        // The scorer can be used again.
        scorer.set_interrupt(None);
        scorer.clear();
        scorer.set(0, 0, &Value::String("wordnumber1".into()));
        scorer.run(1);
        assert_eq!(scorer.error(0), None);
    }
}

#[test]
fn loading_can_be_interrupted() {
    let interrupt = Interrupt::new();
    let options = ModelOptions::new().interrupt(interrupt.clone());
    assert!(options.parse(&document(&["sun"])).is_ok());
    interrupt.interrupt();
    assert!(matches!(options.parse(&document(&["sun"])), Err(Error::Interrupted)));
    // Also in the middle: this document expands to more additions than can be compiled.
    let interrupt = Interrupt::new();
    let options = ModelOptions::new().max_expansion(u64::MAX).interrupt(interrupt.clone());
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(50));
            interrupt.interrupt();
        });
        assert!(matches!(options.parse(&nested_functions(60)), Err(Error::Interrupted)));
    });
}

/// Returns a document with a chain of functions, each of which calls the previous one twice.
fn nested_functions(depth: usize) -> String {
    let mut functions = String::new();
    for number in 0..depth {
        let body = match number {
            0 => "<Apply function=\"+\"><FieldRef field=\"a\"/><Constant>1</Constant></Apply>".to_owned(),
            _ => {
                let call = |constant: usize| {
                    format!(
                        "<Apply function=\"f{}\"><Apply function=\"*\"><FieldRef field=\"a\"/><Constant>{constant}\
                         </Constant></Apply></Apply>",
                        number - 1
                    )
                };
                format!("<Apply function=\"+\">{}{}</Apply>", call(2 * number), call(2 * number + 1))
            }
        };
        functions += &format!(
            "<DefineFunction name=\"f{number}\" optype=\"continuous\" dataType=\"double\">\
             <ParameterField name=\"a\" optype=\"continuous\" dataType=\"double\"/>{body}</DefineFunction>"
        );
    }
    format!(
        "<PMML version=\"4.4\"><Header/><DataDictionary>\
         <DataField name=\"x\" optype=\"continuous\" dataType=\"double\"/>\
         <DataField name=\"y\" optype=\"continuous\" dataType=\"double\"/></DataDictionary>\
         <TransformationDictionary>{functions}<DerivedField name=\"d\" optype=\"continuous\" dataType=\"double\">\
         <Apply function=\"f{}\"><FieldRef field=\"x\"/></Apply></DerivedField></TransformationDictionary>\
         <RegressionModel functionName=\"regression\"><MiningSchema><MiningField name=\"x\"/>\
         <MiningField name=\"y\" usageType=\"target\"/></MiningSchema>\
         <RegressionTable intercept=\"0\"><NumericPredictor name=\"d\" coefficient=\"1\"/></RegressionTable>\
         </RegressionModel></PMML>",
        depth - 1
    )
}

#[test]
fn the_expansion_of_documents_is_bounded() {
    let error =
        Model::from_str(&nested_functions(24)).map(drop).expect_err("it expands to 16 million additions");
    let message = error.to_string();
    assert!(message.contains("max_expansion") && message.contains("`Apply`"), "{message}");
    // A few are accepted, and more if the limit is raised.
    assert!(Model::from_str(&nested_functions(8)).is_ok());
    let strict = ModelOptions::new().max_expansion(0).backend(Backend::Interpreter);
    assert!(strict.parse(&nested_functions(17)).is_err());
    assert!(
        ModelOptions::new()
            .backend(Backend::Interpreter)
            .max_expansion(100_000)
            .parse(&nested_functions(17))
            .is_ok()
    );
}
