//! Tables that the tool reads: what all subcommands with rows let their users say about them, and failures in the tool's
//! words. The reading itself is `pmml_table`'s.

use crate::failure::Failure;
use clap::{Args, ValueEnum};
use pmml::Signature;
use pmml_table::{
    BlankLines, Charset, Detection, Dialect, EmptyCells, Error, MissingColumns, MissingStrings, Plan,
    PlanOptions, Reader, ReaderOptions,
};
use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// The delimiters that are tried.
const DELIMITERS: &[u8] = b",;\t|";

/// What an empty cell is.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Empty {
    /// A missing value, in quotes or not.
    #[default]
    Missing,
    /// The empty text in quotes (`""`), otherwise a missing value.
    Quoted,
    /// The empty text, in quotes or not.
    Text,
}

/// How a table is read.
#[derive(Args, Debug)]
pub struct TableArguments {
    /// What separates cells, in the input and in the results: `,`, `;`, `\t` or `|`, as header and first rows tell, unless
    /// given.
    #[arg(long, value_name = "CHARACTER", value_parser = delimiter)]
    delimiter: Option<u8>,
    /// The encoding of the input, such as `GBK`, `Shift_JIS` or `windows-1252`. (Results are in UTF-8.)
    #[arg(long, default_value = "UTF-8", value_name = "NAME", value_parser = charset)]
    encoding: Charset,
    /// What stands for a missing value, beside an empty cell. A text that the document declares as a value of a field is
    /// that value all the same.
    #[arg(long, value_delimiter = ',', default_value = "NA,N/A", value_name = "TEXT,…")]
    missing: Vec<String>,
    /// What an empty cell is.
    #[arg(long, value_enum, default_value_t)]
    empty: Empty,
}

fn delimiter(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        _ if text == "\\t" => Ok(b'\t'),
        [byte] if byte.is_ascii() && !byte.is_ascii_alphanumeric() && !b"\"\r\n-+.".contains(byte) => {
            Ok(*byte)
        }
        _ => Err("a single character is expected, such as `,`, `;` or `\\t`".to_owned()),
    }
}

fn charset(name: &str) -> Result<Charset, String> {
    Charset::new(name).map_err(|error| format!("{error}; try `GBK`, `Shift_JIS`, `EUC-KR` or `windows-1252`"))
}

impl TableArguments {
    /// Reads the header of a table for a model, and finds its dialect.
    pub fn open<'r>(
        &self,
        input: impl Read + Send + 'r,
        name: &str,
        signature: &Signature,
    ) -> Result<Reader<'r>, Failure> {
        let known: HashSet<&str> = signature.inputs.iter().map(|field| field.name.as_str()).collect();
        let is_known = |name: &str| known.contains(name) || signature.group.as_deref() == Some(name);
        let options = ReaderOptions {
            charset: self.encoding.clone(),
            dialect: self.delimiter.map(Dialect::new),
            detection: Detection { delimiters: DELIMITERS, is_known: &is_known, is_strict: false },
            blank_lines: BlankLines::Rows,
            finds_quotes: matches!(self.empty, Empty::Quoted),
        };
        Reader::new(input, options, ()).map_err(|error| failure(name, error))
    }

    /// Decides which column feeds which input.
    pub fn plan(
        &self,
        name: &str,
        columns: &[String],
        signature: &Signature,
        missing_columns: MissingColumns,
    ) -> Result<Plan, Failure> {
        let empty = match self.empty {
            Empty::Missing => EmptyCells::Missing,
            Empty::Quoted => EmptyCells::QuotedIsString,
            Empty::Text => EmptyCells::Text,
        };
        let strings = self.missing.iter().filter(|text| !text.is_empty()).cloned().collect();
        let missing = MissingStrings { strings, empty };
        let options = PlanOptions { missing, missing_columns, label: None };
        let plan = Plan::new(columns, signature, options);
        let plan = plan.and_then(|plan| plan.require_inputs(columns).map(|()| plan));
        plan.map_err(|error| failure(name, error))
    }
}

/// Says what is wrong with a table of this name.
pub fn failure(name: &str, error: Error) -> Failure {
    let help = match &error {
        Error::AbsentColumns(_) => {
            Some("`--allow-missing-columns` takes the values of such inputs for missing".to_owned())
        }
        Error::Undecodable { charset, .. } if charset == "UTF-8" => {
            Some("say which encoding it has, for example `--encoding windows-1252`".to_owned())
        }
        Error::Ragged { cells, columns, .. } if cells < columns => {
            Some("the file may be cut off, or have another delimiter: see `--delimiter`".to_owned())
        }
        error => error.help(),
    };
    let failure = match error {
        Error::Io(error) => Failure::io(format_args!("the input `{name}` cannot be read"), &error),
        error if error.has_line() => Failure::new(format!("{name}, {error}")),
        error => Failure::new(format!("{name}: {error}")),
    };
    match help {
        Some(help) => failure.help(help),
        None => failure,
    }
}

/// Returns what an input is called in messages.
pub fn input_name(path: &Path) -> String {
    if path.as_os_str() == "-" { "standard input".to_owned() } else { path.display().to_string() }
}

/// Opens an input, and returns its size, where it has one.
pub fn open_input(path: &Path) -> Result<(Box<dyn Read + Send>, Option<u64>), Failure> {
    if path.as_os_str() == "-" {
        return Ok((Box::new(io::stdin()), None));
    }
    let open = || -> io::Result<_> {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        if metadata.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        Ok((Box::new(file) as Box<dyn Read + Send>, metadata.is_file().then_some(metadata.len())))
    };
    open().map_err(|error| Failure::io(format_args!("the input `{}` cannot be read", path.display()), &error))
}
