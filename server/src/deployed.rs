//! A model that is served.

use crate::budget::Memory;
use crate::failure::Failure;
use crate::json::{Evaluations, ModelResponse, Schema};
use crate::metrics::ModelMetrics;
use crate::version::{self, Selection, Version};
use crate::work::Work;
use jiff::Timestamp;
use pmml::{BLOCK_ROWS, Budget, Interrupt, Model, ModelOptions, RowError, Scorer};
use pmml_compiler::document::model::{Model as DocumentModel, ModelType};
use pmml_compiler::document::{self, Limits};
use pmml_compiler::lower::{self, Options};
use std::collections::HashMap;
use std::io::{self, Read};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Number of rows that a thread scores at a time: enough for the blocks that models run together.
pub const SHARE: usize = 8 * BLOCK_ROWS;
/// Size of rows in bytes up to which a scorer keeps the memory of their strings and lists for the next rows.
const MOST_READ: u64 = 1 << 20;
/// Size in bytes up to which a scorer's memory is not counted.
const SMALL_SCORER: usize = 32 << 10;
/// The time of the last access if there was none.
const NEVER: i64 = i64::MIN;

/// A compiled document.
#[derive(Debug)]
pub struct Compiled {
    /// The model.
    pub model: Model,
    /// The model's version, as in the document.
    pub model_version: Option<String>,
    mining_function: &'static str,
    summary: &'static str,
    schema: Schema,
    seconds: f64,
}

/// Compiles documents within limits.
#[derive(Clone, Copy, Debug)]
pub struct Compiler {
    /// Maximum size of a document in bytes, after decompression.
    pub document_bytes: u64,
    /// Maximum size of a program, as a multiple of its document's size.
    pub max_expansion: u64,
    /// The budget of a row.
    pub budget: Budget,
}

impl Compiler {
    /// Makes a compiler within limits.
    pub fn new(limits: &crate::limits::Limits) -> Self {
        Compiler {
            document_bytes: limits.document_bytes,
            max_expansion: limits.expansion,
            budget: limits.row,
        }
    }

    /// Compiles the selected model of a document.
    ///
    /// # Errors
    /// Fails with a message if the document is rejected, or the work is interrupted.
    pub fn compile(
        self,
        bytes: &[u8],
        selection: &Selection,
        interrupt: Interrupt,
    ) -> Result<Compiled, String> {
        let options = ModelOptions::new()
            .outputs(&selection.outputs)
            .interrupt(interrupt.clone())
            .budget(self.budget)
            .max_expansion(self.max_expansion);
        let options = selection.invalid.iter().cloned().fold(options, ModelOptions::invalid_rule);
        compile(bytes, selection.model_name.as_deref(), interrupt, options)
    }
}

fn compile(
    bytes: &[u8],
    model_name: Option<&str>,
    interrupt: Interrupt,
    mut options: ModelOptions,
) -> Result<Compiled, String> {
    let start = Instant::now();
    if bytes.is_empty() {
        return Err("the body is empty, where a PMML document is expected".to_owned());
    }
    let reader = Interruptible { bytes, interrupt: interrupt.clone() };
    let document = document::read(reader, &Limits::default()).map_err(|error| refusal(&error))?;
    let mut selection = Options::default();
    if let Some(name) = model_name {
        options = options.model_name(name);
        selection.model_name = Some(name.to_owned());
    }
    let selected = lower::select_model(&document, &selection).map_err(|error| refusal(&error))?;
    let common = selected.and_then(document::model::Model::common);
    let mining_function = common.map_or("", |common| common.function_name.as_str());
    let title = |model: &DocumentModel| ModelType::of(model.element()).map_or("Model", ModelType::title);
    let summary = selected.map_or("Transformations", title);
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
    let verified = model.verify_unless(interrupt.clone());
    if interrupt.is_interrupted() {
        return Err(pmml::Error::Interrupted.to_string());
    }
    if let Some(difference) = verified.and_then(|report| report.differences.into_iter().next()) {
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

/// A document whose reading can be interrupted.
struct Interruptible<'b> {
    bytes: &'b [u8],
    interrupt: Interrupt,
}

impl Read for Interruptible<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.interrupt.is_interrupted() {
            return Err(io::Error::other("reading was interrupted"));
        }
        self.bytes.read(buffer)
    }
}

fn refusal(error: &pmml_compiler::error::Error) -> String {
    match error.position() {
        Some(at) => format!("line {}, column {}: {}", at.line, at.column, error.message()),
        None => error.message(),
    }
}

/// A model that is served under an id.
///
/// It is immutable except for its counters, so that scoring takes no lock. Another version of the model is another value.
#[derive(Debug)]
pub struct Deployed {
    /// The id.
    pub id: String,
    /// The model.
    pub model: Model,
    /// The version of the model.
    pub version: Arc<Version>,
    /// The earlier versions that can be rolled back to, the latest first.
    pub earlier: Vec<Arc<Version>>,
    /// Whether it comes from a file of the model folder.
    pub from_folder: bool,
    /// Writes its results.
    pub evaluations: Evaluations,
    /// Its metrics.
    pub metrics: ModelMetrics,
    mining_function: &'static str,
    summary: &'static str,
    schema: Schema,
    inputs: HashMap<String, usize>,
    /// The size of a scorer in bytes.
    scorer_bytes: usize,
    accessed: AtomicI64,
    /// The time of a single row in nanoseconds, as an exponential moving average.
    row_nanoseconds: AtomicU64,
}

impl Deployed {
    /// Makes a model that is served under an id.
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
        let mut scorer = compiled.model.scorer();
        scorer.reserve(SHARE);
        let scorer_bytes = scorer.frame_bytes();
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
            scorer_bytes,
            accessed: AtomicI64::new(NEVER),
            row_nanoseconds: AtomicU64::new(0),
        }
    }

    /// Returns the number of an input, or `None` if the model has no such input.
    pub fn input(&self, name: &str) -> Option<usize> {
        self.inputs.get(name).copied()
    }

    /// Checks that no result has the name that a column for the errors of rows will have.
    ///
    /// # Errors
    /// Fails if one has.
    pub fn check_error_column(&self, name: &str) -> Result<(), Failure> {
        if self.model.signature().results.iter().any(|field| field.name == name) {
            return Err(Failure::bad_request(format!("The results have a column `{name}` already")));
        }
        Ok(())
    }

    /// Records an access to the model.
    pub fn touch(&self) {
        self.accessed.store(Timestamp::now().as_millisecond(), Ordering::Relaxed);
    }

    /// Calls a function with a scorer, whose memory is counted meanwhile. `bytes` is the size of the rows to score. If the
    /// work is ended, so are the scorer's runs.
    ///
    /// # Errors
    /// As `run`, and if the memory budget is spent.
    pub fn with_scorer<T>(
        &self,
        work: &Work,
        bytes: u64,
        run: impl FnOnce(&mut Scorer) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let _memory = match self.scorer_bytes {
            0..=SMALL_SCORER => None,
            bytes => Some(work.account().hold(bytes as u64)?),
        };
        self.model.with_scorer(|scorer| {
            scorer.set_interrupt(Some(work.control().flag()));
            let result = run(scorer);
            if bytes > MOST_READ {
                scorer.release();
            }
            result
        })
    }

    /// Scores rows in shares of `share` on all cores, and returns the results of `score` in order. `bytes` returns the size
    /// of the rows of a share. The rows of a stream go through their [own scorer](Self::own_scorer) in order.
    ///
    /// # Errors
    /// As `score`, and if the memory budget is spent.
    pub fn in_shares<T: Send>(
        &self,
        work: &Work,
        own: Option<&mut (Scorer, Memory)>,
        (rows, share): (usize, usize),
        bytes: impl Fn(Range<usize>) -> u64 + Sync,
        score: impl Fn(&mut Scorer, Range<usize>) -> Result<T, Failure> + Sync,
    ) -> Result<Vec<T>, Failure> {
        match own {
            Some((scorer, _)) => Ok(vec![score(scorer, 0..rows)?]),
            None => pmml::in_shares(rows, share, |rows| {
                self.with_scorer(work, bytes(rows.clone()), |scorer| score(scorer, rows))
            }),
        }
    }

    /// Makes a scorer for the rows of one stream, with its memory, if the model refers to earlier rows.
    ///
    /// # Errors
    /// Fails if the memory budget is spent.
    pub fn own_scorer(&self, work: &Work) -> Result<Option<(Scorer, Memory)>, Failure> {
        if !self.model.is_stateful() {
            return Ok(None);
        }
        let memory = work.account().hold(self.scorer_bytes as u64)?;
        let mut scorer = self.model.scorer();
        scorer.set_interrupt(Some(work.control().flag()));
        Ok(Some((scorer, memory)))
    }

    /// Makes space in a scorer for a number of rows, and returns the number of rows to score together.
    pub fn rows_together(&self, scorer: &mut Scorer, rows: usize) -> usize {
        let together = scorer.reserve(rows);
        // Computed strings take memory, and scoring many of them together is not faster.
        if scorer.computed_bytes(1) > 0 { together.min(BLOCK_ROWS) } else { together }
    }

    /// Scores rows, at most as many as are scored [together](Self::rows_together). `fill` sets a row's values in the scorer.
    /// Returns the errors of rows that failed.
    ///
    /// # Errors
    /// Fails if the work was ended, or the memory budget is spent.
    pub fn score<R>(
        &self,
        work: &Work,
        scorer: &mut Scorer,
        rows: &[R],
        mut fill: impl FnMut(&mut Scorer, usize, &R),
    ) -> Result<Vec<(usize, RowError)>, Failure> {
        let start = Instant::now();
        scorer.clear();
        for (number, row) in rows.iter().enumerate() {
            fill(scorer, number, row);
        }
        let computed = scorer.computed_bytes(rows.len()) as u64;
        let _memory = (computed > 0).then(|| work.account().hold(computed)).transpose()?;
        scorer.run(rows.len());
        // The results of an interrupted run must not be used.
        work.check()?;
        let mut errors = Vec::new();
        for (number, row) in rows.iter().enumerate() {
            let error = scorer.error_as_given(number, |scorer| fill(scorer, number, row));
            errors.extend(error.map(|error| (number, error)));
        }
        self.metrics.scored(start.elapsed(), rows.len(), errors.len());
        self.metrics.counted(&scorer.take_counts());
        Ok(errors)
    }

    /// Records the time that a single row took.
    pub fn took(&self, time: Duration) {
        let time = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let average = self.row_nanoseconds.load(Ordering::Relaxed);
        self.row_nanoseconds.store(average - average / 8 + time / 8, Ordering::Relaxed);
    }

    /// Returns the average time of a single row.
    pub fn row_time(&self) -> Duration {
        Duration::from_nanos(self.row_nanoseconds.load(Ordering::Relaxed))
    }

    /// Returns the response that describes the model.
    pub fn response(&self, with_schema: bool) -> ModelResponse {
        let accessed = match self.accessed.load(Ordering::Relaxed) {
            NEVER => None,
            time => Timestamp::from_millisecond(time).ok(),
        };
        let mut properties = self.version.properties(Some(accessed));
        properties.put("deployed.version", self.version.number);
        properties.put("deployed.from", if self.from_folder { "folder" } else { "client" });
        let Selection { model_name, outputs, invalid } = &self.version.selection;
        if let Some(name) = model_name {
            properties.put("deployed.modelName", name.as_str());
        }
        if !outputs.is_empty() {
            properties.put("deployed.outputs", outputs.as_slice());
        }
        if !invalid.is_empty() {
            properties.put("deployed.invalid", version::rules_text(invalid));
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
