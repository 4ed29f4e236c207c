//! The document on the command line: its arguments, loading it, and failures of that with help for the user.

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

/// The arguments that select a document and a model in it.
#[derive(Args, Clone, Debug)]
pub struct DocumentArguments {
    /// The PMML document.
    pub model: PathBuf,
    /// Use the model with this name (`modelName`) if the document has several. By default the first scorable one is used.
    #[arg(long, value_name = "NAME")]
    pub model_name: Option<String>,
    /// The results of a row, in this order: targets, output fields (final or not), and derived fields of the document and of
    /// the model itself; `pmmlc inspect` lists them. Put names with a comma in double quotes. By default they are the targets
    /// and final output fields, or all derived fields of a document without a model.
    #[arg(long, value_name = "NAME,…", value_parser = names)]
    pub outputs: Vec<Names>,
    /// How to treat values that their fields do not allow (unknown categories, numbers outside the intervals), overriding the
    /// document: as-is, as-missing or error, for all fields or for some (`as-missing:color,size`). The option can be
    /// repeated. A value that cannot be converted to its field's type fails its row even with as-is.
    #[arg(long, value_name = "WHAT[:FIELD,…]")]
    pub invalid: Vec<InvalidRule>,
    /// Maximum size of the program in memory, as a multiple of the document's size, to which 32 MiB are added. The same limit
    /// applies to generated source.
    #[arg(long, value_name = "TIMES", default_value_t = 64)]
    pub max_expansion: u64,
}

/// Names of results.
#[derive(Clone, Debug)]
pub struct Names(Vec<String>);

fn names(text: &str) -> Result<Names, pmml::NamesError> {
    pmml::split_names(text).map(Names)
}

/// The arguments for the budget of a row.
#[derive(Args, Clone, Copy, Debug)]
pub struct BudgetArguments {
    /// Maximum size of the strings and lists computed for a row, in KiB, to which 16 bytes for each byte of the row's own
    /// text are added. A row that exceeds it fails.
    #[arg(long, default_value_t = 256, value_name = "KIB")]
    row_memory: usize,
    /// Maximum number of steps of string and list functions for a row, in millions; a step is about a byte. A row that
    /// exceeds it fails.
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
    /// Interpreted: slow and simple, a reference for the other backend.
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

    /// Reads the document, whether it can be scored or not.
    pub fn read(&self) -> Result<Document, Failure> {
        let file = File::open(&self.model).map_err(|error| cannot_read(&self.model, &error))?;
        pmml_compiler::document::read(BufReader::new(file), &Limits::default())
            .map_err(|error| self.refused(&error))
    }

    /// Reads the document's bytes, up to one more than a document may have.
    pub fn bytes(&self) -> Result<Vec<u8>, Failure> {
        let mut bytes = Vec::new();
        File::open(&self.model)
            .and_then(|file| file.take(Limits::default().bytes.saturating_add(1)).read_to_end(&mut bytes))
            .map_err(|error| cannot_read(&self.model, &error))?;
        Ok(bytes)
    }

    /// Returns the failure of a document that is rejected.
    pub fn refused(&self, error: &Error) -> Failure {
        refused(&self.model, error)
    }

    /// Returns the compiler's options.
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

    /// Returns the model that would be scored, or `None` if the document has no model and its derived fields would be
    /// computed.
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
            // The plan of the table checks names.
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

/// Makes the failure of a document that was rejected.
fn refused(path: &Path, error: &Error) -> Failure {
    let help = match error {
        Error::Io(error) => return cannot_read(path, error),
        // These messages include what to do.
        Error::Syntax { message, .. } if message.contains("not supported") => "",
        Error::Unsupported { element, .. } if element == "PMML" => "",
        Error::Syntax { .. } => "the document is damaged or incomplete: export or copy it again",
        Error::Invalid { .. } => {
            "the document violates the PMML standard: correct it here, or export it with a newer tool"
        }
        Error::Unsupported { .. } => {
            "ignoring this could change the scores, so the document is rejected; export the model without it, if you can"
        }
        Error::Limit { .. } => {
            "limits protect memory and time against hostile documents; genuine models are far below them. \
             `--max-expansion` raises the limit on a document's expansion"
        }
        Error::NotFound { .. } => "`pmmlc inspect` lists the models, fields and results",
        _ => "see the message",
    };
    let excerpt = error.position().and_then(|position| Excerpt::read(path, position));
    // Without an excerpt the message must contain the position.
    let place = match (error.position(), &excerpt) {
        (Some(position), None) => format!("{}:{position}: ", path.display()),
        (Some(_), Some(_)) => String::new(),
        (None, _) => format!("{}: ", path.display()),
    };
    let failure = Failure::new(format!("{place}{}", error.message())).excerpt(excerpt);
    if help.is_empty() { failure } else { failure.help(help) }
}
