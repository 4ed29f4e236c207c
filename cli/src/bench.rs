//! `pmmlc bench`: measures how long a model takes to load and to score, and its memory.
//!
//! It measures the public interface of the library: [`Model::predict`] with a row of typed values, and
//! [`Model::predict_batch`] with typed columns. Reading the table is not measured.

mod data;
mod measure;

use crate::document::{Backend, DocumentArguments};
use crate::failure::Failure;
use crate::output;
use crate::table::TableArguments;
use clap::{Args, ValueEnum};
use data::Data;
use measure::{Summary, peak_memory, repeated};
use pmml::runtime::simd;
use pmml::{Budget, Model, NanHandling};
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

/// Measure how long a model takes to load and to score.
///
/// Figures are medians of several repetitions. `single` makes a call for each row, `batch` one call for all rows. Both get
/// values that are numbers and strings already: the time to read the table is not included.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  pmmlc bench model.pmml --input rows.csv
  pmmlc bench model.pmml --input rows.csv --threads 4 --json

Exit status: 0, or 1 for an error.")]
pub struct BenchArguments {
    #[command(flatten)]
    document: DocumentArguments,
    /// The rows to score: CSV with a header.
    #[arg(long, short, value_name = "FILE")]
    input: PathBuf,
    /// Number of threads that score the batch.
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: u16,
    /// Number of repetitions of each measurement.
    #[arg(long, default_value_t = 7, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    repeat: u16,
    /// Highest level of vector instructions to use, if the processor supports it.
    #[arg(long, default_value = "avx512", value_name = "SET")]
    vectors: Vectors,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
    /// How the model is run.
    #[arg(long, default_value = "jit", value_name = "ENGINE")]
    backend: Backend,
    #[command(flatten)]
    table: TableArguments,
}

/// Vector instructions, as an argument.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Vectors {
    /// The instructions that every processor of the architecture has.
    Portable,
    /// AVX2.
    Avx2,
    /// AVX-512.
    Avx512,
}

/// Runs the subcommand.
pub fn run(arguments: &BenchArguments) -> Result<ExitCode, Failure> {
    let vectors = simd::cap(match arguments.vectors {
        Vectors::Portable => simd::SimdLevel::Portable,
        Vectors::Avx2 => simd::SimdLevel::Avx2,
        Vectors::Avx512 => simd::SimdLevel::Avx512,
    });
    let (model, load, compile) = load(arguments)?;
    let peak = peak_memory();
    let data = Data::read(&arguments.input, &arguments.table, model.signature())?;
    let rows = data.rows();
    let single = repeated(arguments.repeat, || {
        let calls = data.single_rows().len();
        let start = Instant::now();
        for row in data.single_rows() {
            let _ = std::hint::black_box(model.predict(row.as_slice()));
        }
        start.elapsed().as_nanos() as f64 / calls as f64
    });
    let threads = usize::from(arguments.threads);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(|error| Failure::new(format!("{threads} threads cannot be started: {error}")))?;
    let all = data.batch();
    let result = model.predict_batch(&all).map_err(|error| Failure::new(error.to_string()))?;
    let failed = result.errors().len();
    let batch = repeated(arguments.repeat, || {
        let start = Instant::now();
        let _ = std::hint::black_box(match threads {
            1 => model.predict_batch(&all),
            _ => pool.install(|| model.predict_batch_parallel(&all)),
        });
        start.elapsed().as_nanos() as f64 / rows as f64
    });
    let text = match arguments.json {
        true => {
            let figures = json!({
                "load_ms": load.median,
                "compile_ms": compile.median,
                "peak_mb": peak,
                "single_ns": single.median,
                "batch_ns": batch.median,
                "rows": rows,
                "failed": failed,
                "threads": threads,
                "vectors": format!("{vectors:?}").to_lowercase(),
            });
            format!("{figures}\n")
        }
        false => {
            let peak = peak.map_or("unknown on this system".to_owned(), |peak| format!("{peak:.0} MB peak"));
            format!(
                "load     {load} ms to read the document\n\
                 compile  {compile} ms\n\
                 memory   {peak}, before the rows were read\n\
                 single   {single} ns per row, one call for each\n\
                 batch    {batch} ns per row, {rows} rows in one call on {threads} thread{}, {vectors:?}\n{}",
                if threads == 1 { "" } else { "s" },
                if failed == 0 { String::new() } else { format!("errors   {failed} rows have no results\n") }
            )
        }
    };
    output::print(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// Loads the model, repeatedly if that is quick. Returns it with the times of reading and compiling in milliseconds.
fn load(arguments: &BenchArguments) -> Result<(Model, Summary, Summary), Failure> {
    let (mut load, mut compile) = (Vec::new(), Vec::new());
    let begin = Instant::now();
    loop {
        let start = Instant::now();
        let document = arguments.document.read()?;
        load.push(start.elapsed().as_secs_f64() * 1e3);
        let start = Instant::now();
        let model = arguments.document.compile(
            document,
            arguments.backend,
            NanHandling::Missing,
            Budget::default(),
        )?;
        compile.push(start.elapsed().as_secs_f64() * 1e3);
        if load.len() >= usize::from(arguments.repeat) || begin.elapsed().as_secs() >= 2 {
            return Ok((model, Summary::new(load), Summary::new(compile)));
        }
    }
}
