//! `pmmlc score`: scores the rows of a CSV file.
//!
//! The file is processed as a stream of blocks of rows: one thread reads, some score, and the calling thread writes (see
//! [`pipeline`]). Memory does not grow with the file, and results are in the order of the rows. A [`Plan`], which is made
//! from the header and the model's signature, maps columns to inputs.

mod pipeline;
mod progress;
mod worker;

use crate::console;
use crate::document::{Backend, BudgetArguments, DocumentArguments};
use crate::failure::Failure;
use crate::output::Output;
use crate::table::{self, TableArguments, input_name, open_input};
use clap::{Args, ValueEnum};
use pmml::{Counts, Signature};
use pmml_table::{BlockLimits, MissingColumns, Plan, Source, Writer};
use progress::Progress;
use std::path::PathBuf;
use std::process::ExitCode;
use std::thread;
use worker::{BLOCK_ROWS, Layout, MESSAGES};

/// The exit status if some rows could not be scored.
const SOME_ROWS_FAILED: u8 = 2;
/// Approximate size of a block of rows, in bytes.
const BLOCK_BYTES: usize = 4 << 20;

/// How NaN in the input is treated.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Nan {
    /// As a missing value.
    #[default]
    Missing,
    /// As a value, as in JPMML-Evaluator: invalid, unless the document declares it as missing.
    Number,
}

/// Score the rows of a CSV file.
///
/// The file has a header that names the model's input fields, in any order; other columns are ignored. A target whose
/// actual value the model uses (for a residual, say) may be absent. The result has the model's target fields and output
/// fields, in the document's order, with one line for each row and an empty cell for a missing value.
///
/// If the model takes lists (the items of a transaction, or values to aggregate) and names the field that groups rows, the
/// rows with the same value of that field are scored together. The result then has one line for each group, in the order in
/// which the groups begin. The lists of a group consist of the values of its rows without missing ones; other inputs have
/// the values of its first row. The lists are kept in memory until the file ends, unless `--groups-together` is given.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  pmmlc score model.pmml --input rows.csv --output results.csv
  pmmlc score model.pmml --input rows.csv --id customer --error-column error | head
  zcat rows.csv.gz | pmmlc score model.pmml --missing '?,-999' > results.csv
  pmmlc score baskets.pmml --input items.csv --id transaction

Exit status: 0, 1 for an error, 2 if some rows could not be scored (their results are empty), 128 + signal if
interrupted (the file of the results is then unchanged).")]
pub struct ScoreArguments {
    #[command(flatten)]
    document: DocumentArguments,
    /// The rows, as CSV; `-` is the standard input.
    #[arg(long, short, default_value = "-", value_name = "FILE")]
    input: PathBuf,
    /// The file of the results; `-` is the standard output. An existing file is replaced only when the results are complete,
    /// and keeps its mode. It cannot be the input.
    #[arg(long, short, default_value = "-", value_name = "FILE")]
    output: PathBuf,
    #[command(flatten)]
    table: TableArguments,
    /// How NaN is treated.
    #[arg(long, value_enum, default_value_t)]
    nan: Nan,
    /// Treat inputs without a column as missing, instead of rejecting the file.
    #[arg(long)]
    allow_missing_columns: bool,
    /// Copy this column of the input in front of the results.
    #[arg(long, value_name = "COLUMN")]
    id: Option<String>,
    /// Add a column with this name that says why a row could not be scored.
    #[arg(long, value_name = "NAME")]
    error_column: Option<String>,
    /// The rows of each group are adjacent in the file, so that a group can be scored when the next one begins, in little
    /// memory. (Later rows of the same group count as another group.)
    #[arg(long)]
    groups_together: bool,
    /// Number of threads that score. By default one for each of the machine's. (Models that remember earlier rows use one.)
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    #[command(flatten)]
    budget: BudgetArguments,
    /// How the model is run.
    #[arg(long, value_enum, default_value_t)]
    backend: Backend,
}

/// Runs the subcommand.
pub fn run(arguments: &ScoreArguments) -> Result<ExitCode, Failure> {
    Output::prepare(&arguments.output)?;
    let nan = match arguments.nan {
        Nan::Missing => pmml::NanHandling::Missing,
        Nan::Number => pmml::NanHandling::Number,
    };
    let document = arguments.document.read()?;
    let budget = arguments.budget.budget();
    let model = arguments.document.compile(document, arguments.backend, nan, budget)?;
    let name = input_name(&arguments.input);
    let (input, bytes) = open_input(&arguments.input)?;
    let signature = model.signature();
    let reader = arguments.table.open(input, &name, signature)?;
    let missing_columns =
        if arguments.allow_missing_columns { MissingColumns::Missing } else { MissingColumns::Error };
    let plan = arguments.table.plan(&name, reader.columns(), signature, missing_columns)?;
    complain_of(&plan, &name);
    let layout = Layout {
        plan: &plan,
        dialect: reader.dialect(),
        id: id_column(arguments, &name, reader.columns(), signature)?,
        error_column: arguments.error_column.is_some(),
    };

    let mut output = Output::open(&arguments.output, &[&arguments.input, &arguments.document.model])?;
    let progress = Progress::new(bytes, &output);
    output.write(&header(arguments, &layout, signature))?;
    let threads = match arguments.threads {
        _ if model.is_stateful() => 1,
        Some(threads) => usize::from(threads),
        None => thread::available_parallelism().map_or(1, usize::from),
    };
    let (mut rows, mut failed, mut counts) = (0u64, 0u64, Counts::default());
    let limits = BlockLimits { rows: BLOCK_ROWS, bytes: BLOCK_BYTES };
    let source = Source::new(reader, &plan, limits, arguments.groups_together);
    let refuse = |error| table::failure(&name, error);
    pipeline::run(source, &layout, &model, threads, refuse, |scored| {
        output.write(&scored.csv)?;
        for (line, error) in &scored.failures {
            if failed < MESSAGES as u64 {
                progress.say(&format!("{name}, line {line}: {error}"));
            }
            failed += 1;
        }
        failed += scored.more_failures;
        rows += scored.rows;
        counts.add(scored.counts);
        progress.advance(scored.bytes, rows);
        Ok(())
    })?;
    progress.finish();
    output.finish()?;
    let mut summary = remarks(&counts);
    if failed > 0 {
        summary.insert(0, format!("{failed} of {rows} rows could not be scored; their results are empty"));
    }
    if !summary.is_empty() {
        console::complain(&summary.join("; "));
    }
    Ok(if failed > 0 { ExitCode::from(SOME_ROWS_FAILED) } else { ExitCode::SUCCESS })
}

/// Returns sentences about the counts: the numbers of values that the document does not allow, and of rows without a result.
fn remarks(counts: &Counts) -> Vec<String> {
    let mut remarks = Vec::new();
    let of_field =
        |count: &pmml::InvalidCount| format!("{} of `{}`", count.values, pmml::quote(&count.field));
    let fields: Vec<String> = counts.invalid.iter().take(MESSAGES).map(of_field).collect();
    if !fields.is_empty() {
        let more = match counts.invalid.len() - fields.len() {
            0 => String::new(),
            more => format!(" and some of {more} more fields"),
        };
        remarks.push(format!("values that the document does not allow: {}{more}", fields.join(", ")));
    }
    match counts.without_result {
        0 => {}
        1 => remarks.push("1 row has no result".to_owned()),
        rows => remarks.push(format!("{rows} rows have no result")),
    }
    remarks
}

/// Reports the inputs without a column, and the declared values that represent missing values elsewhere.
fn complain_of(plan: &Plan, name: &str) {
    if !plan.absent().is_empty() {
        let absent = quoted(plan.absent());
        console::complain(&format!("warning: {name} has no column for {absent}: missing in all rows"));
    }
    for (field, value) in plan.declared() {
        let (field, value) = (pmml::quote(field), pmml::quote(value));
        console::complain(&format!(
            "note: `{value}` is a value of `{field}`, not a missing one: the document declares it"
        ));
    }
}

/// Returns the number of the column that is copied in front of the results, if there is one.
fn id_column(
    arguments: &ScoreArguments,
    name: &str,
    columns: &[String],
    signature: &Signature,
) -> Result<Option<usize>, Failure> {
    for (option, column) in [("--id", &arguments.id), ("--error-column", &arguments.error_column)] {
        let Some(column) = column else { continue };
        if signature.results.iter().any(|field| field.name == *column) {
            return Err(Failure::new(format!("the results have a column `{column}` already"))
                .help(format!("give `{option}` another name")));
        }
    }
    if arguments.id.is_some() && arguments.id == arguments.error_column {
        return Err(Failure::new("`--id` and `--error-column` are the same column"));
    }
    let Some(id) = &arguments.id else { return Ok(None) };
    columns.iter().position(|column| column == id).map(Some).ok_or_else(|| {
        Failure::new(format!("{name} has no column `{id}` to copy into the results"))
            .help(format!("`--id` takes one of {}", quoted(columns)))
    })
}

/// Returns the header of the results.
fn header(arguments: &ScoreArguments, layout: &Layout<'_>, signature: &Signature) -> Vec<u8> {
    let mut writer = Writer::new(layout.dialect);
    let results = signature.results.iter().map(|field| &field.name);
    writer.header(arguments.id.iter().chain(results).chain(&arguments.error_column).map(String::as_str));
    writer.into_bytes()
}

/// Formats names for a message: a few, followed by the number of names left out.
fn quoted(names: &[String]) -> String {
    const SHOWN: usize = 20;
    let shown: Vec<String> =
        names.iter().take(SHOWN).map(|name| format!("`{}`", pmml::quote(name))).collect();
    match names.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
