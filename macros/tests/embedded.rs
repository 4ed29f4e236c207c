//! Models that are embedded in a program, used as a program would use them.

use pmml::runtime::compiled::{Column, FailureKind};

/// A decision tree, whose document has verification rows.
mod tree {
    pmml::pmml_model!("../../tests/corpus/sklearn/DecisionTreeIris/model.pmml");
}

/// Boosted trees that decide where values are missing, in single precision.
mod boosted {
    pmml::pmml_model!("../../tests/corpus/xgboost/XGBoostBreastCancerMissing/model.pmml");
}

/// A classification of strings by their words.
mod strings {
    pmml::pmml_model!("../../tests/corpus/sklearn/CountVectorizerSentences/model.pmml");
}

/// A regression that replaces missing values.
mod imputed {
    pmml::pmml_model!("../../tests/corpus/sklearn/ImputationDiabetes/model.pmml");
}

/// A model that refers to the previous row.
mod change {
    pmml::pmml_model!("documents/change.pmml");
}

/// The same document under all options.
mod house {
    pmml::pmml_model!("documents/house.pmml", model = "house", nan = "number",);
}

/// A document without a model.
mod transformations {
    pmml::pmml_model!("documents/transformations.pmml");
}

/// The regression, set to accept values that its document does not allow.
mod lenient {
    pmml::pmml_model!(
        "../../tests/corpus/sklearn/ImputationDiabetes/model.pmml",
        invalid = "as-missing",
        invalid = "as-is:weight"
    );
}

/// The document without a model, with one of its results.
mod body_mass {
    pmml::pmml_model!("documents/transformations.pmml", outputs = ["body mass index"]);
}

#[test]
fn derived_fields() {
    let input = transformations::Input { height: Some(2.0), weight: Some(82.0) };
    let output = transformations::predict(&input).unwrap();
    assert_eq!((output.square, output.body_mass_index), (Some(4.0), Some(20.5)));
    let input = body_mass::Input { height: Some(2.0), weight: Some(82.0) };
    let body_mass::Output { body_mass_index } = body_mass::predict(&input).unwrap();
    assert_eq!(body_mass_index, Some(20.5));
    assert_eq!((body_mass::MODEL_NAME, body_mass::TARGETS, body_mass::verify()), (None, 0, Ok(0)));
}

#[test]
fn a_row() {
    let input = tree::Input { sepal_length: Some(5.9), petal_length: Some(5.1), petal_width: Some(1.8) };
    let output = tree::predict(&input).unwrap();
    assert_eq!(output.species, Some("virginica"));
    assert_eq!(output.probability_virginica, Some(1.0));
    assert_eq!(output.value(0).as_str(), Some("virginica"));
    assert!(output.value(99).is_missing());
}

#[test]
fn the_description() {
    assert_eq!(house::MODEL_NAME, Some("house"));
    let names: Vec<&str> = tree::INPUTS.iter().map(|field| field.name).collect();
    assert_eq!(names, ["sepal_length", "petal_length", "petal_width"]);
    let names: Vec<&str> = tree::OUTPUTS.iter().map(|field| field.name).collect();
    assert_eq!(
        names,
        ["species", "probability(setosa)", "probability(versicolor)", "probability(virginica)"]
    );
    assert_eq!(tree::TARGETS, 1);
    let values: Vec<&str> = tree::OUTPUTS[0].values.iter().map(|category| category.value).collect();
    assert_eq!(values, ["setosa", "versicolor", "virginica"]);
}

#[test]
fn rows_of_strings() {
    let strings = ["5.4", "4.5", "1.5"];
    let string =
        |name: &str| tree::INPUTS.iter().position(|field| field.name == name).map(|index| strings[index]);
    let input = tree::Input::parse(string).unwrap();
    assert_eq!(tree::predict(&input).unwrap().species, Some("versicolor"));
    let failure = tree::Input::parse(|_| Some("wide")).unwrap_err();
    assert_eq!(failure.to_string(), "field `sepal_length`: the value `wide` is not a number");
    assert_eq!(failure.kind, FailureKind::InvalidValue);
}

#[test]
fn verification_rows() {
    assert_eq!(tree::verify(), Ok(5));
    assert_eq!(house::verify(), Ok(0));
}

#[test]
fn a_batch() {
    // More rows than a block has; the columns are one row short.
    let lengths: Vec<f32> = (0..99_u8).map(|row| 1.0 + f32::from(row) * 0.06).collect();
    let widths: Vec<Option<f32>> =
        (0..99_u8).map(|row| (row % 7 != 0).then(|| f32::from(row) * 0.025)).collect();
    let columns = tree::Columns {
        petal_length: Column::Values(&lengths),
        petal_width: widths.as_slice().into(),
        ..Default::default()
    };
    let mut results = vec![Ok(tree::Output::default()); 100];
    tree::predict_batch(&columns, &mut results);
    for (row, result) in results.iter().enumerate() {
        assert_eq!(*result, tree::predict(&columns.row(row)), "row {row}");
    }
    assert_eq!(columns.row(99), tree::Input::default());
}

#[test]
fn missing_values() {
    // In document order: the first row of the corpus, then a row without any value.
    let input = boosted::Input {
        mean_radius: Some(11.66),
        mean_texture: Some(17.07),
        mean_perimeter: Some(73.7),
        mean_area: Some(421.0),
        mean_smoothness: Some(0.07561),
        mean_compactness: Some(0.0363),
        mean_concavity: Some(0.008306),
        mean_concave_points: Some(0.01162),
        mean_symmetry: Some(0.1671),
        mean_fractal_dimension: Some(0.05731),
    };
    assert_eq!(boosted::predict(&input).unwrap().probability_1, Some(0.0074667735));
    let without = boosted::Input { mean_radius: None, mean_area: Some(f32::NAN), ..input };
    let same = boosted::Input { mean_area: None, ..without };
    assert_eq!(boosted::predict(&without), boosted::predict(&same));
    let nothing = boosted::predict(&boosted::Input::default()).unwrap();
    assert!(nothing.probability_1.is_some_and(|probability| probability > 0.0 && probability < 1.0));

    let input = imputed::Input {
        weight: Some("normal"),
        age_group: Some("older"),
        pressure: Some(95.33),
        hdl: Some(35.0),
        ltg: None,
        glucose: Some(117.0),
    };
    let progression = imputed::predict(&input).unwrap().progression.unwrap();
    assert!((progression - 154.98362002970734).abs() < 1e-9, "{progression}");
}

#[test]
fn an_invalid_value() {
    let failure =
        imputed::predict(&imputed::Input { weight: Some("heavy"), ..Default::default() }).unwrap_err();
    assert_eq!(failure.field, Some("weight"));
    assert_eq!(failure.kind, FailureKind::InvalidValue);
    let message = failure.to_string();
    let words = "field `weight`: the value `heavy` is not one of the ";
    assert!(message.starts_with(words), "{message}");
}

#[test]
fn invalid_values_are_accepted() {
    let scored = lenient::predict(&lenient::Input { weight: Some("heavy"), ..Default::default() });
    assert!(scored.is_ok(), "{scored:?}");
}

#[test]
fn strings_of_one_scorer() {
    let mut scorer = strings::Scorer::new();
    let sentence = "For instance field is Mean Radius field".to_owned();
    let output = scorer.predict(&strings::Input { sentence: Some(&sentence) }).unwrap();
    assert_eq!(output.data_set.as_deref(), Some("breast_cancer"));
    let probability = output.probability_breast_cancer.unwrap();
    assert!((probability - 0.7614422104272233).abs() < 1e-9, "{probability}");
    // The output does not borrow the row's string.
    drop(sentence);
    assert_eq!(output.data_set.as_deref(), Some("breast_cancer"));

    let sentences = ["Number of Attributes numeric predictive attributes and the class", ""];
    let mut results = vec![Ok(strings::Output::default()); 2];
    scorer.predict_batch(&strings::Columns { sentence: Column::Values(&sentences) }, &mut results);
    assert_eq!(results[0].as_ref().unwrap().data_set.as_deref(), Some("iris"));
    assert_eq!(results[1], strings::predict(&strings::Input { sentence: Some("") }));
}

#[test]
fn a_scorer_remembers_rows() {
    let mut scorer = change::Scorer::new();
    let mut changes = Vec::new();
    for level in [Some(1.0), Some(4.0), None, Some(9.0), Some(9.5)] {
        changes.push(scorer.predict(&change::Input { level }).unwrap().change);
    }
    assert_eq!(changes, [None, Some(3.0), None, None, Some(0.5)]);

    // A batch continues after the rows scored before it.
    let mut results = vec![Ok(change::Output::default()); 2];
    scorer.predict_batch(&change::Columns { level: Column::Values(&[10.0, 8.0]) }, &mut results);
    let changes: Vec<Option<f64>> = results.into_iter().map(|result| result.unwrap().change).collect();
    assert_eq!(changes, [Some(0.5), Some(-2.0)]);

    // Without a scorer there is no previous row.
    assert_eq!(change::predict(&change::Input { level: Some(1.0) }).unwrap().change, None);
}

#[test]
fn nan_as_a_number() {
    assert_eq!(house::predict(&house::Input { area: Some(100.0) }).unwrap().price, Some(260.0));
    assert_eq!(house::predict(&house::Input { area: None }).unwrap().price, None);
    // As a number it is not valid for its field, unless the document says so.
    let failure = house::predict(&house::Input { area: Some(f64::NAN) }).unwrap_err();
    assert_eq!(failure.kind, FailureKind::InvalidValue);
}
