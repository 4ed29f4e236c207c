//! Options: which model of a document is loaded, and how it treats rows.

use super::compiled::{Compiled, Parts};
use super::error::Error;
use super::model::Model;
use super::names::MissingColumns;
use pmml_compiler::document::{self, Document, Limits};
use pmml_compiler::error::Error as DocumentError;
use pmml_compiler::frame::Engine;
use pmml_compiler::interp::Interpreter;
#[cfg(feature = "jit")]
use pmml_compiler::ir::Program;
use pmml_compiler::lower::{self, InvalidHandling, InvalidRule, Options};
use pmml_runtime::{Budget, Interrupt};
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;
use std::sync::Arc;

/// How a model's program is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Backend {
    /// Compiled to machine code. Needs the feature `jit`.
    #[cfg_attr(feature = "jit", default)]
    #[cfg(feature = "jit")]
    Jit,
    /// Interpreted as lowered from the document, without any optimization. It is slow and simple, and serves as the reference
    /// for the other backend.
    #[cfg_attr(not(feature = "jit"), default)]
    Interpreter,
}

/// How NaN in the input is treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum NanHandling {
    /// As a missing value, as in pandas and Arrow.
    #[default]
    Missing,
    /// As a value, as in JPMML-Evaluator: invalid, unless the document declares it as missing or valid.
    Number,
}

/// Options for loading a model.
///
/// ```no_run
/// # #[cfg(feature = "jit")] {
/// let model = pmml::ModelOptions::new().model_name("churn").load("models.pmml")?;
/// # }
/// # Ok::<(), pmml::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct ModelOptions {
    model_name: Option<String>,
    outputs: Vec<String>,
    backend: Backend,
    nan: NanHandling,
    invalid: Vec<InvalidRule>,
    missing_columns: MissingColumns,
    limits: Limits,
    budget: Budget,
    max_expansion: Option<u64>,
    interrupt: Option<Interrupt>,
}

impl ModelOptions {
    /// Returns the default options: the document's first scorable model, or its derived fields if it has no model, is
    /// compiled, and NaN is missing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Selects the model with a name, if the document has several.
    pub fn model_name(mut self, name: impl Into<String>) -> Self {
        self.model_name = Some(name.into());
        self
    }

    /// Selects the results of a row and their order, by the names of targets, output fields and derived fields. Without
    /// names, the results are those that the document declares.
    ///
    /// Output fields that are not final results can be selected, and derived fields of the document's
    /// `TransformationDictionary` and of the model's `LocalTransformations`, but not those of segments, whose names need not
    /// be unique. If several have the same name, targets take precedence over output fields, and those over derived fields.
    /// The inputs are the same for any selection, and rows that would fail without it still fail; so do rows for which a
    /// selected derived field cannot be computed. Values that no result needs are not computed.
    pub fn outputs<T: AsRef<str>>(mut self, names: impl IntoIterator<Item = T>) -> Self {
        self.outputs = names.into_iter().map(|name| name.as_ref().to_owned()).collect();
        self
    }

    /// Selects how the program is run.
    pub fn backend(mut self, backend: Backend) -> Self {
        self.backend = backend;
        self
    }

    /// Sets how NaN in the input is treated.
    pub fn nan(mut self, nan: NanHandling) -> Self {
        self.nan = nan;
        self
    }

    /// Sets how values that their fields do not allow are treated, for all fields that no other call names. It overrides the
    /// document's mining schemas, including those of segments.
    ///
    /// ```
    /// # #[cfg(feature = "jit")] {
    /// use pmml::{InvalidHandling, ModelOptions};
    /// # let document = r#"<PMML version="4.4"><Header/><DataDictionary>
    /// #   <DataField name="color" optype="categorical" dataType="string"><Value value="red"/></DataField>
    /// #   <DataField name="y" optype="continuous" dataType="double"/></DataDictionary>
    /// #   <RegressionModel functionName="regression"><MiningSchema><MiningField name="color"/>
    /// #   <MiningField name="y" usageType="target"/></MiningSchema>
    /// #   <RegressionTable intercept="1"><CategoricalPredictor name="color" value="red" coefficient="2"/></RegressionTable>
    /// #   </RegressionModel></PMML>"#;
    /// let model = ModelOptions::new().invalid(InvalidHandling::AsIs).parse(document)?;
    /// assert_eq!(model.predict(&[("color", "mauve".into())])?.get("y"), Some(1.0.into()));
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn invalid(self, handling: InvalidHandling) -> Self {
        self.invalid_rule(InvalidRule { handling, fields: Vec::new() })
    }

    /// Sets how the values that one field does not allow are treated, as [`invalid`](Self::invalid) does for all fields.
    /// Loading fails if the document has no such field.
    pub fn invalid_of(self, field: impl Into<String>, handling: InvalidHandling) -> Self {
        self.invalid_rule(InvalidRule { handling, fields: vec![field.into()] })
    }

    /// Adds a rule as [`invalid`](Self::invalid) and [`invalid_of`](Self::invalid_of) do; a rule can be parsed from a string.
    /// Later rules take precedence over earlier ones.
    pub fn invalid_rule(mut self, rule: InvalidRule) -> Self {
        self.invalid.push(rule);
        self
    }

    /// Sets how inputs without a column in a batch are treated. By default they are an error.
    pub fn missing_columns(mut self, missing: MissingColumns) -> Self {
        self.missing_columns = missing;
        self
    }

    /// Sets the budget of a row. Rows that exceed it fail.
    pub fn budget(mut self, budget: Budget) -> Self {
        self.budget = budget;
        self
    }

    /// Sets the maximum size of a program in memory, as a multiple of the size of its document, to which 32 MiB are added. It
    /// bounds the programs of short documents that would expand without end. 64 by default.
    pub fn max_expansion(mut self, times: u64) -> Self {
        self.max_expansion = Some(times);
        self
    }

    /// Sets a flag that ends loading, with [`Error::Interrupted`].
    pub fn interrupt(mut self, interrupt: Interrupt) -> Self {
        self.interrupt = Some(interrupt);
        self
    }

    /// Loads a model from a file.
    ///
    /// # Errors
    /// As [`Self::read`], wrapped in an [`Error::File`] that names the file, except for [`Error::Interrupted`].
    pub fn load(&self, path: impl AsRef<Path>) -> Result<Model, Error> {
        let path = path.as_ref();
        let file = File::open(path).map_err(|error| DocumentError::Io(error).into());
        file.and_then(|file| self.read(BufReader::new(file))).map_err(|error| match error {
            Error::Interrupted => Error::Interrupted,
            error => Error::File { path: path.to_owned(), error: Box::new(error) },
        })
    }

    /// Loads a model from a reader.
    ///
    /// # Errors
    /// Fails if the document cannot be read, is not well-formed PMML, exceeds a limit, or contains something that cannot be
    /// honoured. The error says what and where.
    pub fn read(&self, reader: impl Read) -> Result<Model, Error> {
        let interrupt = self.interrupt.clone().unwrap_or_default();
        self.compile(document::read(Interruptible { reader, interrupt }, &self.limits)?)
    }

    /// Loads a model from a string.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn parse(&self, document: &str) -> Result<Model, Error> {
        self.read(document.as_bytes())
    }

    /// Compiles a document that was read with [`Document`]'s readers.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn compile(&self, document: Document) -> Result<Model, Error> {
        let mut options = Options {
            model_name: self.model_name.clone(),
            outputs: self.outputs.clone(),
            invalid: self.invalid.clone(),
            nan_is_number: self.nan == NanHandling::Number,
            interrupt: self.interrupt.clone(),
            ..Options::default()
        };
        options.max_expansion = self.max_expansion.unwrap_or(options.max_expansion);
        let lowered = lower::lower(&document, &options)?;
        let verification = lower::verification(&document, &options)?.cloned();
        // A large document is as large as its program, and the passes need the memory.
        drop(document);
        let program = Arc::new(lowered.program);
        let (engine, failures): (Box<dyn Engine>, _) = match self.backend {
            #[cfg(feature = "jit")]
            Backend::Jit => {
                use pmml_compiler::jit;
                let interrupt = self.interrupt.clone().unwrap_or_default();
                let optimized = pmml_compiler::passes::optimize_unless(Program::clone(&program), &interrupt)?;
                let jit = jit::Jit::compile_unless(&optimized, &interrupt).map_err(|error| match error {
                    jit::Error::Interrupted => Error::Interrupted,
                    error => Error::Compile(error.into()),
                })?;
                (Box::new(jit), optimized.failures)
            }
            Backend::Interpreter => {
                (Box::new(Interpreter::new(Arc::clone(&program))), program.failures.clone())
            }
        };
        let compiled = Compiled::new(Parts {
            signature: lowered.signature,
            program,
            engine,
            failures,
            watched: lowered.watched,
            budget: self.budget,
            nan_is_missing: self.nan == NanHandling::Missing,
            missing_columns: self.missing_columns,
        });
        Ok(Model::new(Arc::new(compiled), verification, lowered.warnings))
    }
}

impl Model {
    /// Loads the first scorable model of a file and compiles it. See [`ModelOptions`] for options.
    ///
    /// # Errors
    /// As [`ModelOptions::load`].
    pub fn load(path: impl AsRef<Path>) -> Result<Self, Error> {
        ModelOptions::new().load(path)
    }

    /// Loads a model from a reader.
    ///
    /// # Errors
    /// As [`ModelOptions::read`].
    pub fn from_reader(reader: impl Read) -> Result<Self, Error> {
        ModelOptions::new().read(reader)
    }

    /// Loads a model from a string.
    ///
    /// # Errors
    /// As [`ModelOptions::read`].
    #[allow(clippy::should_implement_trait, reason = "the trait is implemented too")]
    pub fn from_str(document: &str) -> Result<Self, Error> {
        ModelOptions::new().parse(document)
    }
}

impl std::str::FromStr for Model {
    type Err = Error;
    fn from_str(document: &str) -> Result<Self, Error> {
        ModelOptions::new().parse(document)
    }
}

/// A document whose reading can be interrupted.
struct Interruptible<R> {
    reader: R,
    interrupt: Interrupt,
}

impl<R: Read> Read for Interruptible<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.interrupt.is_interrupted() {
            return Err(io::Error::other(DocumentError::Interrupted));
        }
        self.reader.read(buffer)
    }
}
