//! A model that is served.

use crate::json::{Evaluations, ModelResponse, Schema};
use crate::metrics::ModelMetrics;
use crate::version::Version;
use crossbeam_queue::ArrayQueue;
use jiff::Timestamp;
use pmml::{Model, ModelOptions, RowError, Scorer};
use pmml_compiler::lower::{self, Options};
use pmml_compiler::pmml::{self as document, Limits};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How many scorers wait for their next use: as many as requests score at once, within reason.
const IDLE_SCORERS: usize = 64;
/// The time of the last access, where there was none.
const NEVER: i64 = i64::MIN;

/// A document, compiled.
#[derive(Debug)]
pub struct Compiled {
    /// The model.
    pub model: Model,
    /// The model's version, as its author calls it.
    pub model_version: Option<String>,
    mining_function: &'static str,
    summary: &'static str,
    schema: Schema,
    seconds: f64,
}

/// Compiles the model of a name, or the first scorable one, of a document. The error is a message.
pub fn compile(bytes: &[u8], model_name: Option<&str>) -> Result<Compiled, String> {
    let start = Instant::now();
    if bytes.is_empty() {
        return Err("the body is empty, where a PMML document is expected".to_owned());
    }
    let document = document::read(bytes, &Limits::default()).map_err(|error| refusal(&error))?;
    let mut options = ModelOptions::new();
    let mut selection = Options::default();
    if let Some(name) = model_name {
        options = options.model_name(name);
        selection.model_name = Some(name.to_owned());
    }
    let selected = lower::select_model(&document, &selection).map_err(|error| refusal(&error))?;
    let mining_function = selected.common().map_or("", |common| common.function_name.as_str());
    let summary = summary(selected.element());
    let model_version = document.header.model_version.as_ref().map(ToString::to_string);
    let types: HashMap<String, _> = document
        .data_dictionary
        .data_fields
        .iter()
        .map(|field| (field.name.to_string(), (field.data_type, field.optype)))
        .collect();
    let model = options.compile(document).map_err(|error| match &error {
        pmml::Error::Document(error) => refusal(error),
        error => error.to_string(),
    })?;
    if let Some(difference) = model.verify().and_then(|report| report.differences.into_iter().next()) {
        let deviation = difference.deviation.map(|deviation| format!(": {deviation}")).unwrap_or_default();
        let actual = match difference.actual {
            Ok(value) => format!("gives `{value}`{deviation}"),
            Err(error) => format!("fails: {error}"),
        };
        return Err(format!(
            "the document's ModelVerification does not hold: in its row {}, `{}` should be `{}`, but the model {actual}",
            difference.row + 1,
            difference.field,
            difference.expected
        ));
    }
    let signature = model.signature();
    let group = signature.group.as_ref().and_then(|name| types.get(name).copied());
    let schema = Schema::new(signature, group);
    let seconds = start.elapsed().as_secs_f64();
    Ok(Compiled { model, model_version, mining_function, summary, schema, seconds })
}

fn refusal(error: &pmml_compiler::error::Error) -> String {
    match error.position() {
        Some(at) => format!("line {}, column {}: {}", at.line, at.column, error.message()),
        None => error.message(),
    }
}

/// What a model is, in words.
fn summary(element: &str) -> &'static str {
    match element {
        "AnomalyDetectionModel" => "Anomaly detection model",
        "AssociationModel" => "Association rules",
        "ClusteringModel" => "Clustering model",
        "GeneralRegressionModel" => "General regression",
        "MiningModel" => "Ensemble model",
        "NaiveBayesModel" => "Naive Bayes model",
        "NearestNeighborModel" => "k-Nearest neighbors model",
        "NeuralNetwork" => "Neural network",
        "RegressionModel" => "Regression",
        "RuleSetModel" => "Ruleset model",
        "Scorecard" => "Scorecard",
        "SupportVectorMachineModel" => "Support vector machine",
        "TreeModel" => "Tree model",
        _ => "Model",
    }
}

/// A model that is served under an id.
///
/// It does not change but for its counters, so that scoring takes no lock; another version of the model is another value.
#[derive(Debug)]
pub struct Deployed {
    /// The id.
    pub id: String,
    /// The model.
    pub model: Model,
    /// The version that it is of.
    pub version: Arc<Version>,
    /// The versions to which one can go back, the latest first.
    pub earlier: Vec<Arc<Version>>,
    /// Whether it comes from a file of the model folder.
    pub from_folder: bool,
    /// Writes its results.
    pub evaluations: Evaluations,
    /// What is counted about it.
    pub metrics: ModelMetrics,
    mining_function: &'static str,
    summary: &'static str,
    schema: Schema,
    inputs: HashMap<String, usize>,
    scorers: ArrayQueue<Scorer>,
    accessed: AtomicI64,
    /// How long a row by itself takes, in nanoseconds: an average that forgets.
    row_nanoseconds: AtomicU64,
}

impl Deployed {
    /// A compiled model under an id.
    pub fn new(
        id: String,
        compiled: Compiled,
        version: Arc<Version>,
        earlier: Vec<Arc<Version>>,
        from_folder: bool,
        metrics: ModelMetrics,
    ) -> Self {
        let signature = compiled.model.signature();
        let inputs =
            signature.inputs.iter().enumerate().map(|(number, field)| (field.name.clone(), number)).collect();
        metrics.loaded(compiled.seconds, version.size, compiled.model.memory());
        Deployed {
            id,
            evaluations: Evaluations::new(signature),
            inputs,
            model: compiled.model,
            version,
            earlier,
            from_folder,
            metrics,
            mining_function: compiled.mining_function,
            summary: compiled.summary,
            schema: compiled.schema,
            scorers: ArrayQueue::new(IDLE_SCORERS),
            accessed: AtomicI64::new(NEVER),
            row_nanoseconds: AtomicU64::new(0),
        }
    }

    /// The number of an input.
    pub fn input(&self, name: &str) -> Option<usize> {
        self.inputs.get(name).copied()
    }

    /// Notes that somebody has used the model.
    pub fn touch(&self) {
        self.accessed.store(Timestamp::now().as_millisecond(), Ordering::Relaxed);
    }

    /// Lends a scorer.
    pub fn with_scorer<T>(&self, work: impl FnOnce(&mut Scorer) -> T) -> T {
        let mut scorer = self.scorers.pop().unwrap_or_else(|| self.model.scorer());
        scorer.restart();
        let result = work(&mut scorer);
        // Where enough wait already, this one is not needed again.
        let _ = self.scorers.push(scorer);
        result
    }

    /// Scores rows, of as many at most as the scorer has [room](Scorer::reserve) for; `fill` gives a row's values to the
    /// scorer. The errors of rows that failed come back.
    pub fn score<R>(
        &self,
        scorer: &mut Scorer,
        rows: &[R],
        mut fill: impl FnMut(&mut Scorer, usize, &R),
    ) -> Vec<(usize, RowError)> {
        let start = Instant::now();
        scorer.clear();
        for (number, row) in rows.iter().enumerate() {
            fill(scorer, number, row);
        }
        scorer.run(rows.len());
        let errors: Vec<_> =
            (0..rows.len()).filter_map(|row| scorer.error(row).map(|error| (row, error))).collect();
        self.metrics.scored(start.elapsed(), rows.len(), errors.len());
        errors
    }

    /// Notes how long a row by itself took.
    pub fn took(&self, time: Duration) {
        let time = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let average = self.row_nanoseconds.load(Ordering::Relaxed);
        self.row_nanoseconds.store(average - average / 8 + time / 8, Ordering::Relaxed);
    }

    /// How long a row by itself takes.
    pub fn row_time(&self) -> Duration {
        Duration::from_nanos(self.row_nanoseconds.load(Ordering::Relaxed))
    }

    /// The response that describes the model.
    pub fn response(&self, with_schema: bool) -> ModelResponse {
        let accessed = match self.accessed.load(Ordering::Relaxed) {
            NEVER => None,
            time => Timestamp::from_millisecond(time).ok(),
        };
        let mut properties = self.version.properties(Some(accessed));
        properties.put("deployed.version", self.version.number);
        properties.put("deployed.from", if self.from_folder { "folder" } else { "client" });
        if let Some(name) = &self.version.model_name {
            properties.put("deployed.modelName", name.as_str());
        }
        ModelResponse {
            id: self.id.clone(),
            mining_function: self.mining_function,
            summary: self.summary,
            properties,
            schema: with_schema.then(|| self.schema.clone()),
        }
    }
}
