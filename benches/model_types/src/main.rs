//! Nanoseconds a row, for one model of each type: row by row, and in batches.
//!
//! `cargo run --release -p pmml-model-types -- CORPUS [NAME...]`
//!
//! The corpus is a folder of folders; each model has a folder `FAMILY/MODEL` with a `model.pmml` and an `input.csv`. Of
//! these the models in [`MODELS`] are measured, or those whose `FAMILY/MODEL` holds one of the names. Rows and columns are
//! made before the clock starts: numbers are numbers, texts are texts. A pass scores all rows on one thread; the best of
//! many passes counts.

mod input;
mod measure;

use pmml::Model;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// One or two models of each type, large ones where there is a choice.
const MODELS: [(&str, &str); 22] = [
    ("association", "docs-jpmml-evaluator/association_CategoricalSchemaTest"),
    ("association", "sparkml/FPGrowthShopping"),
    ("anomaly detection", "docs-pmml4s/anomaly_dmg_anomaly_cluster"),
    ("anomaly detection", "docs-pmml4s/anomaly_dmg_anomaly_ocsvm"),
    ("clustering", "sklearn/KMeansWheat"),
    ("general regression", "sparkml/GLMVisit"),
    ("general regression", "r/GLMFormulaAudit"),
    ("naive Bayes", "r/NaiveBayesAudit"),
    ("naive Bayes", "sklearn/GaussianNBIris"),
    ("nearest neighbors", "sklearn/MultiKNNAudit"),
    ("neural network", "r/NNetFormulaAudit"),
    ("neural network", "sklearn/MultiMLPAuto"),
    ("neural network", "sparkml/NeuralNetworkAudit"),
    ("regression", "sparkml/LogisticRegressionAudit"),
    ("rule set", "docs-jpmml-evaluator/rule_set_CompoundRuleTest"),
    ("rule set", "sklearn/RuleSetIris"),
    ("scorecard", "sklearn-extension/ScaledScorecardAudit"),
    ("vector machine", "r/LibSVMFormulaAudit"),
    ("vector machine", "sklearn/SVRHousing"),
    ("vector machine", "sklearn/NuSVCIris"),
    ("tree", "sklearn/DecisionTreeAudit"),
    ("mixed", "sklearn/GBDTLRAudit"),
];

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let Some(corpus) = arguments.next().map(PathBuf::from) else {
        eprintln!("give the folder of the corpus, and perhaps names of models in it");
        return ExitCode::FAILURE;
    };
    let names: Vec<String> = arguments.collect();
    println!("{:20} {:55} {:>6} {:>6} {:>9} {:>9}", "type", "model", "rows", "failed", "one row", "batch");
    let mut code = ExitCode::SUCCESS;
    for (kind, model) in chosen(&corpus, &names) {
        match line(&corpus.join(&model)) {
            Ok(line) => println!("{kind:20} {model:55} {line}"),
            Err(error) => {
                eprintln!("{model}: {error}");
                code = ExitCode::FAILURE;
            }
        }
    }
    code
}

/// The models to measure, with what they stand for.
fn chosen(corpus: &Path, names: &[String]) -> Vec<(String, String)> {
    if names.is_empty() {
        return MODELS.map(|(kind, model)| (kind.to_owned(), model.to_owned())).to_vec();
    }
    let mut found = Vec::new();
    for family in folders(corpus) {
        for model in folders(&corpus.join(&family)) {
            let model = format!("{family}/{model}");
            if names.iter().any(|name| model.contains(name)) {
                let known = MODELS.iter().find(|(_, known)| *known == model);
                found.push((known.map_or("", |(kind, _)| kind).to_owned(), model));
            }
        }
    }
    found
}

/// The names of the folders in a folder, sorted.
fn folders(path: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
    let folders = entries.filter(|entry| entry.path().is_dir());
    let mut names: Vec<String> =
        folders.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// What is told of a model.
fn line(folder: &Path) -> Result<String, Box<dyn Error>> {
    let model = Model::load(folder.join("model.pmml"))?;
    let table = input::Table::read(&folder.join("input.csv"), &model)?;
    let failed = table.rows.iter().filter(|row| model.predict(row.as_slice()).is_err()).count();
    let one = measure::best(table.rows.len(), || {
        for row in &table.rows {
            std::hint::black_box(model.predict(row.as_slice())).ok();
        }
    });
    let columns = table.columns();
    let batch = columns.batch();
    let many = measure::best(table.rows.len(), || {
        std::hint::black_box(model.predict_batch(&batch));
    });
    Ok(format!("{:6} {failed:6} {one:9.0} {many:9.0}", table.rows.len()))
}
