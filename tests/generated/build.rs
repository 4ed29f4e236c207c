//! Generates a module for each model of the corpora and of the cases.
//!
//! The corpora are `tests/corpus` and, if `PMML_CORPUS` names a folder, every n-th model of that in order of names, where n
//! is `PMML_CORPUS_EVERY`, 12 by default.

#[path = "../case_file/mod.rs"]
mod case_file;

use case_file::{File, Row};
use pmml_compiler::document::data_dictionary::DataType;
use pmml_compiler::document::{self, Limits};
use pmml_compiler::lower::{self, Options};
use pmml_compiler::rust;
use pmml_compiler::signature::Signature;
use std::fmt::Write;
use std::path::{Path, PathBuf};

fn main() {
    let here = PathBuf::from(variable("CARGO_MANIFEST_DIR"));
    let tests = here.parent().expect("the folder has a parent").to_owned();
    let mut source = Source { modules: String::new(), models: String::new(), count: 0 };
    for folder in corpora(&tests) {
        let document = std::fs::read(folder.join("model.pmml")).expect("a model's document");
        let kind = format!("Kind::Corpus({:?})", folder.to_string_lossy());
        source.add(&document, &Options::default(), &kind, &[]);
    }
    let cases = tests.join("cases");
    println!("cargo::rerun-if-changed={}", cases.display());
    for path in sorted(&cases).into_iter().filter(|path| path.extension().is_some_and(|end| end == "toml")) {
        let text = std::fs::read_to_string(&path).expect("a file of cases");
        let file: File = toml::from_str(&text).expect("a file of cases");
        for (number, case) in file.case.iter().enumerate().filter(|(_, case)| case.refused.is_none()) {
            let document = case.document();
            let options = Options {
                model_name: case.model_name.clone(),
                outputs: case.outputs.clone(),
                nan_is_number: case.nan_is_number,
                invalid: case.invalid.iter().map(|rule| rule.parse().expect("a rule")).collect(),
                ..Options::default()
            };
            let kind = format!("Kind::Case({:?}, {number})", path.to_string_lossy());
            source.add(document.as_bytes(), &options, &kind, &case.rows);
        }
    }
    let Source { modules, models, .. } = source;
    let text = format!("{modules}\n/// The models.\npub static MODELS: &[Model] = &[\n{models}];\n");
    std::fs::write(Path::new(&variable("OUT_DIR")).join("models.rs"), text).expect("the output folder");
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("cargo sets {name}"))
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("a folder's entry").path()).collect();
    paths.sort();
    paths
}

/// Returns the folders of the corpora's models.
fn corpora(tests: &Path) -> Vec<PathBuf> {
    println!("cargo::rerun-if-env-changed=PMML_CORPUS");
    println!("cargo::rerun-if-env-changed=PMML_CORPUS_EVERY");
    let models = |corpus: &Path| -> Vec<PathBuf> {
        println!("cargo::rerun-if-changed={}", corpus.display());
        let families = sorted(corpus).into_iter().filter(|path| path.is_dir());
        let folders = families.flat_map(|family| sorted(&family));
        folders.filter(|folder| folder.join("model.pmml").is_file()).collect()
    };
    let mut folders = models(&tests.join("corpus"));
    if let Ok(larger) = std::env::var("PMML_CORPUS") {
        let every =
            std::env::var("PMML_CORPUS_EVERY").ok().and_then(|every| every.parse().ok()).unwrap_or(12);
        let larger = std::path::absolute(tests.join("..").join(larger)).expect("a path");
        folders.extend(models(&larger).into_iter().step_by(every));
    }
    folders
}

/// The source that is generated.
struct Source {
    modules: String,
    models: String,
    count: usize,
}

impl Source {
    /// Adds a model. Documents that the compiler rejects have no code; other tests check that they are rejected.
    fn add(&mut self, document: &[u8], options: &Options, kind: &str, rows: &[Row]) {
        let Ok(document) = document::read(document, &Limits::default()) else { return };
        let Ok(lowered) = lower::lower(&document, options) else { return };
        let verification = lower::verification(&document, options).ok().flatten();
        let file = rust::file(&lowered, verification, &rust::Options::default())
            .unwrap_or_else(|error| panic!("{kind}: {error}"));
        let items = syn::parse_file(&file).unwrap_or_else(|error| panic!("{kind}: {error}")).items;
        let structs = items.iter().filter_map(|item| match item {
            syn::Item::Struct(item) => Some(item),
            _ => None,
        });
        let structs: Vec<_> = structs.collect();
        let fields: Vec<String> = structs
            .iter()
            .filter(|item| item.ident == "Columns")
            .flat_map(|item| item.fields.iter().filter_map(|field| field.ident.as_ref()))
            .map(|ident| ident.to_string())
            .collect();
        let has_lists = lowered.signature.inputs.iter().any(|field| field.is_list);
        let given = if has_lists { given(&lowered.signature, &fields, rows) } else { String::new() };
        let has_scorer = structs.iter().any(|item| item.ident == "Scorer");
        let name = format!("model_{}", self.count);
        self.count += 1;
        let driver = if has_scorer { "drive_scorer" } else { "drive" };
        let fields = fields.join(", ");
        // Writing to a String cannot fail.
        let _ = write!(self.modules, "mod {name} {{\n{file}\ncrate::{driver}!({fields});\n{given}}}\n");
        let given = if given.is_empty() { "None".to_owned() } else { format!("Some({name}::given)") };
        let _ = writeln!(
            self.models,
            "Model {{ kind: {kind}, inputs: &{name}::INPUTS, outputs: &{name}::OUTPUTS, \
             one_by_one: {name}::one_by_one, as_batch: {name}::as_batch, verify: {name}::verify, given: {given} }},"
        );
    }
}

/// Returns a function that scores a case's rows with literals, since lists cannot be parsed from strings.
fn given(signature: &Signature, fields: &[String], rows: &[Row]) -> String {
    let input = |row: &Row| -> Option<String> {
        let mut cells = String::new();
        for (field, name) in signature.inputs.iter().zip(fields) {
            let Some(value) = row.input.get(&field.name) else { continue };
            let cell = match value {
                toml::Value::Array(items) if field.is_list => {
                    let items: Option<Vec<String>> =
                        items.iter().map(|item| literal(item, field.data_type)).collect();
                    format!("Some(&[{}])", items?.join(", "))
                }
                value if is_missing(value) => continue,
                value if !field.is_list => literal(value, field.data_type)?,
                _ => return None,
            };
            let _ = write!(cells, "{name}: {cell}, ");
        }
        Some(format!("Some(Input {{ {cells} ..Input::default() }})"))
    };
    let inputs: Vec<String> =
        rows.iter().map(|row| input(row).unwrap_or_else(|| "None".to_owned())).collect();
    // Models that handle lists have a scorer.
    format!(
        "#[allow(clippy::needless_update)]\n\
         pub(crate) fn given() -> Vec<Option<crate::Answer>> {{\n\
         let mut scorer = Scorer::new();\n\
         let inputs: Vec<Option<Input<'_>>> = vec![{}];\n\
         let mut answer = |input: Option<Input<'_>>| {{\n\
         Some(scorer.predict(&input?).map(|output| values(&output)))\n\
         }};\n\
         inputs.into_iter().map(&mut answer).collect()\n\
         }}\n",
        inputs.join(", ")
    )
}

fn is_missing(value: &toml::Value) -> bool {
    value.as_str() == Some("<missing>")
}

/// Returns the literal of a value of a data type, as an option, or `None` if the type has no such value.
fn literal(value: &toml::Value, data_type: DataType) -> Option<String> {
    use toml::Value::{Boolean, Float, Integer, String as Text};
    Some(match (data_type, value) {
        (_, value) if is_missing(value) => "None".to_owned(),
        (DataType::String, Text(text)) => format!("Some({text:?})"),
        (DataType::String, Integer(number)) => format!("Some(\"{number}\")"),
        (DataType::Double, Float(number)) if number.is_finite() => format!("Some({number:?})"),
        (DataType::Double, Integer(number)) => format!("Some({:?})", *number as f64),
        (DataType::Float, Float(number)) if number.is_finite() => format!("Some({:?})", *number as f32),
        (DataType::Integer, Integer(number)) => format!("Some({number})"),
        (DataType::Boolean, Boolean(value)) => format!("Some({value})"),
        _ => return None,
    })
}
