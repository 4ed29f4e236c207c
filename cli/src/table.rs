//! The arguments about tables, which all subcommands that read rows share, and the failures of reading them with help for the
//! user. `pmml_table` does the reading.

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

/// How an empty cell is read.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Empty {
    /// A missing value, quoted or not.
    #[default]
    Missing,
    /// The empty string if quoted (`""`), otherwise a missing value.
    Quoted,
    /// The empty string, quoted or not.
    Text,
}

/// How a table is read.
#[derive(Args, Debug)]
pub struct TableArguments {
    /// The delimiter of cells in the input and in the results. By default it is detected from header and first rows: `,`,
    /// `;`, `\t` or `|`.
    #[arg(long, value_name = "CHARACTER", value_parser = delimiter)]
    delimiter: Option<u8>,
    /// The encoding of the input, such as `GBK`, `Shift_JIS` or `windows-1252`. (Results are in UTF-8.)
    #[arg(long, default_value = "UTF-8", value_name = "NAME", value_parser = charset)]
    encoding: Charset,
    /// The strings that represent a missing value, besides an empty cell. A string that the document declares as a value of a
    /// field is not missing in that field.
    #[arg(long, value_delimiter = ',', default_value = "NA,N/A", value_name = "TEXT,…")]
    missing: Vec<String>,
    /// How an empty cell is read.
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
    /// Detects the dialect of a table for a model, and reads its header.
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

    /// Makes the plan that maps columns to inputs.
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
            Empty::Text => EmptyCells::String,
        };
        let strings = self.missing.iter().filter(|text| !text.is_empty()).cloned().collect();
        let missing = MissingStrings { strings, empty };
        let options = PlanOptions { missing, missing_columns, label: None };
        let plan = Plan::new(columns, signature, options);
        let plan = plan.and_then(|plan| plan.require_inputs(columns).map(|()| plan));
        plan.map_err(|error| failure(name, error))
    }
}

/// Makes the failure of an error in a table with this name.
pub fn failure(name: &str, error: Error) -> Failure {
    let help = match &error {
        Error::AbsentColumns(_) => Some("`--allow-missing-columns` treats such inputs as missing".to_owned()),
        Error::Undecodable { charset, .. } if charset == "UTF-8" => {
            Some("specify the encoding, for example `--encoding windows-1252`".to_owned())
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

/// Returns the name of an input for messages.
pub fn input_name(path: &Path) -> String {
    if path.as_os_str() == "-" { "standard input".to_owned() } else { path.display().to_string() }
}

/// Opens an input. Returns it with its size, if that is known.
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
