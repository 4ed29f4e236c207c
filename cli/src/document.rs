//! The document on the command line: loading it, and what to say when that fails.

use crate::excerpt::Excerpt;
use crate::failure::Failure;
use clap::{Args, ValueEnum};
use pmml::{Budget, InvalidRule, MissingColumns, Model, ModelOptions, NanHandling};
use pmml_compiler::document::model::Model as DocumentModel;
use pmml_compiler::document::{Document, Limits};
use pmml_compiler::error::Error;
use pmml_compiler::lower::{self, Options};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

/// Which model of which document.
#[derive(Args, Clone, Debug)]
pub struct DocumentArguments {
    /// The PMML document.
    pub model: PathBuf,
    /// The model of this name (its `modelName`), where the document has several. Otherwise the first scorable one.
    #[arg(long, value_name = "NAME")]
    pub model_name: Option<String>,
    /// The results of a row, in this order: targets, output fields (final or not), and derived fields of the document and of
    /// the model itself; `pmmlc inspect` lists them. A name with a comma stands in double quotes. Otherwise they are the
    /// targets and final output fields, or all derived fields of a document without a model.
    #[arg(long, value_name = "NAME,…", value_parser = names)]
    pub outputs: Vec<Names>,
    /// How to treat values that their fields do not allow (unknown categories, numbers outside of an interval), instead of as
    /// the document says: as-is, as-missing or error, for all fields or for some (`as-missing:color,size`). The option
    /// can be given several times. A value that cannot be converted to its field's type fails its row also as-is.
    #[arg(long, value_name = "WHAT[:FIELD,…]")]
    pub invalid: Vec<InvalidRule>,
    /// How many times the size of the document its program may take in memory, besides 32 MiB; likewise the source that
    /// is generated from it.
    #[arg(long, value_name = "TIMES", default_value_t = 64)]
    pub max_expansion: u64,
}

/// Names of results.
#[derive(Clone, Debug)]
pub struct Names(Vec<String>);

fn names(text: &str) -> Result<Names, pmml::NamesError> {
    pmml::split_names(text).map(Names)
}

/// The limits of a row.
#[derive(Args, Clone, Copy, Debug)]
pub struct BudgetArguments {
    /// Limit of the strings and lists that a row computes, in KiB; 16 bytes for each byte of the row's own text come on top.
    /// A row that exceeds it fails.
    #[arg(long, default_value_t = 256, value_name = "KIB")]
    row_memory: usize,
    /// Limit of the steps that functions of strings and lists take for a row, in millions; a step is about a byte. A row
    /// that exceeds it fails.
    #[arg(long, default_value_t = 4295, value_name = "MILLIONS")]
    row_steps: u64,
}

impl BudgetArguments {
    /// Returns the budget of a row.
    pub fn budget(self) -> Budget {
        Budget {
            bytes: self.row_memory.saturating_mul(1024),
            steps: self.row_steps.saturating_mul(1_000_000),
        }
    }
}

/// How the model is run.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub enum Backend {
    /// Compiled to machine code.
    #[default]
    Jit,
    /// Interpreted: slow and simple, to check the other one against.
    Interp,
}

impl From<Backend> for pmml::Backend {
    fn from(backend: Backend) -> Self {
        match backend {
            Backend::Jit => pmml::Backend::Jit,
            Backend::Interp => pmml::Backend::Interpreter,
        }
    }
}

impl DocumentArguments {
    /// Loads the model.
    pub fn load(&self, backend: Backend, nan: NanHandling) -> Result<Model, Failure> {
        self.compile(self.read()?, backend, nan, Budget::default())
    }

    /// Reads the document, without any judgement of what can be scored.
    pub fn read(&self) -> Result<Document, Failure> {
        let file = File::open(&self.model).map_err(|error| cannot_read(&self.model, &error))?;
        pmml_compiler::document::read(BufReader::new(file), &Limits::default())
            .map_err(|error| self.refused(&error))
    }

    /// Reads the document's bytes, as many as a document may have and one more.
    pub fn bytes(&self) -> Result<Vec<u8>, Failure> {
        let mut bytes = Vec::new();
        File::open(&self.model)
            .and_then(|file| file.take(Limits::default().bytes.saturating_add(1)).read_to_end(&mut bytes))
            .map_err(|error| cannot_read(&self.model, &error))?;
        Ok(bytes)
    }

    /// Returns why the document is refused.
    pub fn refused(&self, error: &Error) -> Failure {
        refused(&self.model, error)
    }

    /// Returns what of the document is to be compiled.
    pub fn options(&self) -> Options {
        let outputs = self.outputs.iter().flat_map(|Names(names)| names).cloned();
        Options {
            model_name: self.model_name.clone(),
            outputs: outputs.collect(),
            invalid: self.invalid.clone(),
            max_expansion: self.max_expansion,
            ..Options::default()
        }
    }

    /// Returns the model that would be scored; `None` if the document has none and its derived fields would be.
    pub fn select<'d>(&self, document: &'d Document) -> Result<Option<&'d DocumentModel>, Failure> {
        lower::select_model(document, &self.options()).map_err(|error| self.refused(&error))
    }

    /// Compiles the model.
    pub fn compile(
        &self,
        document: Document,
        backend: Backend,
        nan: NanHandling,
        budget: Budget,
    ) -> Result<Model, Failure> {
        let Options { model_name, outputs, invalid, .. } = self.options();
        let mut options = ModelOptions::new()
            .outputs(outputs)
            // Plans of tables see to names.
            .missing_columns(MissingColumns::Missing)
            .backend(backend.into())
            .nan(nan)
            .budget(budget)
            .max_expansion(self.max_expansion);
        if let Some(name) = model_name {
            options = options.model_name(name);
        }
        for rule in invalid {
            options = options.invalid_rule(rule);
        }
        options.compile(document).map_err(|error| match &error {
            pmml::Error::Document(error) => self.refused(error),
            error => Failure::new(format!("{}: {error}", self.model.display()))
                .help("`--backend interp` runs it without machine code"),
        })
    }
}

fn cannot_read(path: &Path, error: &std::io::Error) -> Failure {
    Failure::io(format_args!("the document `{}` cannot be read", path.display()), error)
}

/// Makes the failure of a document that was refused.
fn refused(path: &Path, error: &Error) -> Failure {
    let help = match error {
        Error::Io(error) => return cannot_read(path, error),
        // These say themselves what to do.
        Error::Syntax { message, .. } if message.contains("not supported") => "",
        Error::Unsupported { element, .. } if element == "PMML" => "",
        Error::Syntax { .. } => "the document is damaged or incomplete: export or copy it again",
        Error::Invalid { .. } => {
            "the document breaks the rules of PMML: mend it here, or export it with a newer tool"
        }
        Error::Unsupported { .. } => {
            "ignoring this could change the scores, so the document is refused; export the model without it, if you can"
        }
        Error::Limit { .. } => {
            "limits guard memory and time against hostile documents; honest models are far below. \
             `--max-expansion` raises what a document may come to"
        }
        Error::NotFound { .. } => "`pmmlc inspect` shows the models, fields and results that there are",
        _ => "see the message",
    };
    let excerpt = error.position().and_then(|position| Excerpt::read(path, position));
    // Without an excerpt the message has to name the place.
    let place = match (error.position(), &excerpt) {
        (Some(position), None) => format!("{}:{position}: ", path.display()),
        (Some(_), Some(_)) => String::new(),
        (None, _) => format!("{}: ", path.display()),
    };
    let failure = Failure::new(format!("{place}{}", error.message())).excerpt(excerpt);
    if help.is_empty() { failure } else { failure.help(help) }
}
