//! Tests of expressions by themselves: small documents whose derived fields are computed by the interpreter.

mod elements;
mod functions;
mod laziness;
mod refused;
mod rows;
mod text_index;

use crate::document;
use crate::document::data_dictionary::DataType;
use crate::document::{Document, Name, read_str};
use crate::error::{Error, Result};
use crate::frame::{Engine, Layout};
use crate::interp::Interpreter;
use crate::ir::verify::verify;
use crate::ir::{Failure, Id, Program, Type};
use crate::lower::Lowering;
use crate::lower::build::operand::Operand;
use pmml_runtime::date::data_types;
use pmml_runtime::{Context, Stream, StringId, number};
use std::sync::Arc;

/// The fields of every document, whose names start with the letter of their type.
const FIELDS: &[(&str, &str, &str)] = &[
    ("i", "continuous", "integer"),
    ("i2", "continuous", "integer"),
    ("x", "continuous", "double"),
    ("x2", "continuous", "double"),
    ("f", "continuous", "float"),
    ("f2", "continuous", "float"),
    ("f3", "continuous", "float"),
    ("s", "categorical", "string"),
    ("s2", "categorical", "string"),
    ("b", "categorical", "boolean"),
    ("b2", "categorical", "boolean"),
    ("dt", "ordinal", "date"),
    ("dt2", "ordinal", "date"),
    ("tm", "ordinal", "time"),
    ("dtt", "ordinal", "dateTime"),
    ("da", "continuous", "dateDaysSince[1960]"),
    ("da2", "continuous", "dateDaysSince[1960]"),
    ("ts", "continuous", "timeSeconds"),
    ("g", "continuous", "double"),
];

/// Returns a document whose `TransformationDictionary` has the given content.
fn document(dictionary: &str) -> Result<Document> {
    let mut fields = String::new();
    let mut schema = String::new();
    for (name, optype, data_type) in FIELDS {
        fields += &format!(r#"<DataField name="{name}" optype="{optype}" dataType="{data_type}"/>"#);
        schema += &format!(r#"<MiningField name="{name}"/>"#);
    }
    // A field whose values have an order, and one that lets invalid values pass.
    fields += r#"<DataField name="o" optype="ordinal" dataType="string">
        <Value value="low"/><Value value="middle"/><Value value="high"/></DataField>
        <DataField name="v" optype="categorical" dataType="string"><Value value="a"/></DataField>"#;
    schema += r#"<MiningField name="o"/><MiningField name="v" invalidValueTreatment="asIs"/>"#;
    read_str(&format!(
        r#"<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/>
        <DataDictionary>{fields}</DataDictionary>
        <TransformationDictionary>{dictionary}</TransformationDictionary>
        <RegressionModel functionName="regression"><MiningSchema>{schema}</MiningSchema>
        <RegressionTable intercept="0"/></RegressionModel></PMML>"#
    ))
}

/// A program that computes derived fields.
struct Fields {
    program: Arc<Program>,
    results: Vec<Operand>,
    /// The types of the inputs.
    inputs: Vec<(String, DataType, bool)>,
}

/// Lowers the derived fields `o1`, `o2` and so on of a dictionary.
fn lower(dictionary: &str) -> Result<Fields> {
    let document = document(dictionary)?;
    let mut lowering = Lowering::new(&document, &crate::lower::Options::default())?;
    let model = &document.models[0];
    crate::lower::list::find_fields(&mut lowering, Some(model));
    let scope = lowering.scopes.open(None);
    let common = model.common().expect("the model is a regression");
    crate::lower::mining_schema::lower(&mut lowering, scope, &common.mining_schema)?;
    let mut results = Vec::new();
    for number in 1.. {
        let name = Name::from(format!("o{number}"));
        if !document
            .transformation_dictionary
            .derived_fields
            .iter()
            .any(|field| field.name.as_ref() == Some(&name))
        {
            break;
        }
        results.push(lowering.field(scope, &name, document::Position::START, "test")?.operand);
    }
    let mut inputs = Vec::new();
    for (_, input) in lowering.builder.program().inputs.iter() {
        let data_type = lowering.data_fields[input.name.as_str()].data_type;
        inputs.push((input.name.clone(), data_type, input.items.is_some()));
    }
    let mut yields = Vec::new();
    for operand in &results {
        yields.push(operand.value);
        yields.push(operand.presence(&mut lowering.builder));
    }
    let program = lowering.builder.finish(yields);
    verify(&program).unwrap_or_else(|error| panic!("{error}\n{program}"));
    Ok(Fields { program: Arc::new(program), results, inputs })
}

/// Parses `x=1 ;; s=a b` into the cells of a row.
fn cells(row: &str) -> Vec<(&str, &str)> {
    row.split(" ;; ").filter_map(|cell| cell.split_once('=')).collect()
}

impl Fields {
    /// Returns the results of rows in sequence, as strings: `_` is a missing value, `!` a row that failed.
    fn run(&self, rows: &[&str]) -> Vec<Vec<String>> {
        let engine = Interpreter::new(self.program.clone());
        let mut context = Context::new(&self.program.dictionary);
        let mut stream = Stream::default();
        rows.iter()
            .map(|row| {
                context.clear();
                self.row(&engine, &cells(row), &mut context, &mut stream)
            })
            .collect()
    }

    fn row(
        &self,
        engine: &Interpreter,
        cells: &[(&str, &str)],
        context: &mut Context<'_>,
        stream: &mut Stream,
    ) -> Vec<String> {
        let layout = engine.layout();
        let mut frame = vec![0; layout.words];
        for (number, (name, data_type, is_list)) in self.inputs.iter().enumerate() {
            let Some((_, cell)) = cells.iter().find(|(known, _)| known == name) else { continue };
            let columns = layout.inputs[number];
            let bits = if *is_list {
                let list = context.new_list();
                for item in cell.split(',').filter(|_| !cell.is_empty()) {
                    let bits = bits(*data_type, item, context);
                    context.push(list, bits);
                }
                Some(u64::from(list.number()))
            } else {
                bits(*data_type, cell, context)
            };
            match bits {
                Some(bits) => {
                    frame[columns.values] = bits;
                    frame[columns.present] = 1;
                }
                None => {
                    frame[columns.unconvertible] = 1;
                    frame[columns.strings] = u64::from(context.intern(cell).number());
                }
            }
        }
        engine.run(&mut frame, 1, context, stream);
        self.strings(layout, &frame, context)
    }

    fn strings(&self, layout: &Layout, frame: &[u64], context: &Context<'_>) -> Vec<String> {
        if let Some(failure) = (frame[layout.failures] as usize).checked_sub(1) {
            return vec![format!("! {}", self.program.failures[Failure::new(failure)].message)];
        }
        let result =
            |(operand, columns): (&Operand, &crate::frame::ResultColumns)| match frame[columns.present] & 1 {
                0 => "_".to_owned(),
                _ => text(*operand, frame[columns.values], context),
            };
        self.results.iter().zip(&layout.results).map(result).collect()
    }
}

/// Returns the bits of a cell, or `None` if it is not a value of its field's type.
fn bits(data_type: DataType, cell: &str, context: &mut Context<'_>) -> Option<u64> {
    Some(match data_type {
        DataType::String => u64::from(context.intern(cell).number()),
        DataType::Double => number::parse_f64(cell)?.to_bits(),
        DataType::Float => u64::from(number::parse_f32(cell)?.to_bits()),
        DataType::Integer => number::parse_i64(cell)? as u64,
        DataType::Boolean => u64::from(number::parse_bool(cell)?),
        _ => data_types::parse_date_literal(data_type, cell)? as u64,
    })
}

/// Formats a value, with its type if the string is ambiguous.
fn text(operand: Operand, bits: u64, context: &Context<'_>) -> String {
    if operand.is_list {
        let items = context.items(pmml_runtime::List::from_number(bits as u32));
        let item = Operand { is_list: false, ..operand };
        let strings = items.iter().map(|bits| bits.map_or("_".to_owned(), |bits| text(item, bits, context)));
        return format!("[{}]", strings.collect::<Vec<_>>().join(", "));
    }
    let mut out = String::new();
    let written = match operand.ty() {
        Type::String => return context.string(StringId::from_number(bits as u32)).to_owned(),
        Type::F64 => number::format_f64(f64::from_bits(bits), &mut out),
        Type::F32 => number::format_f32(f32::from_bits(bits as u32), &mut out),
        Type::Bool => number::format_bool(bits & 1 != 0, &mut out),
        _ if operand.data_type == DataType::Integer => number::format_i64(bits as i64, &mut out),
        _ => return data_types::format_date(operand.data_type, bits as i64),
    };
    written.expect("writing to a String does not fail");
    out
}

/// Returns the result of an expression in the type of a derived field, for one row.
fn evaluate(data_type: &str, expression: &str, row: &str) -> String {
    let optype = if matches!(data_type, "string" | "boolean") { "categorical" } else { "continuous" };
    let dictionary = format!(
        r#"<DerivedField name="o1" optype="{optype}" dataType="{data_type}">{expression}</DerivedField>"#
    );
    let fields = lower(&dictionary).unwrap_or_else(|error| panic!("{expression}: {error}"));
    fields.run(&[row]).remove(0).remove(0)
}

/// Returns the error that refuses a dictionary.
fn refusal(dictionary: &str) -> Error {
    match lower(dictionary) {
        Ok(fields) => panic!("not refused:\n{}", fields.program),
        Err(error) => error,
    }
}

/// Converts an expression in brackets to XML: `(+ x 1.5)` applies a function, `?` is the missing value, quotes make
/// strings, a word is a field, digits a number.
fn xml(expression: &str) -> String {
    let mut out = String::new();
    let mut rest = expression.trim();
    while let Some(first) = rest.chars().next() {
        let next = match first {
            ' ' => 1,
            ')' => {
                out += "</Apply>";
                1
            }
            '(' => {
                let mut end = rest.find([' ', ')']).unwrap_or(rest.len());
                let mut attributes = String::new();
                let name = &rest[1..end];
                while let Some(attribute) = rest[end..].strip_prefix(" :") {
                    let (key, value) = attribute.split_once(' ').expect("an attribute has a value");
                    let length = value.find([' ', ')']).unwrap_or(value.len());
                    attributes += &format!(r#" {key}="{}""#, &value[..length]);
                    end += 2 + key.len() + 1 + length;
                }
                out += &format!(r#"<Apply function="{name}"{attributes}>"#);
                end
            }
            '"' => {
                let length = rest[1..].find('"').expect("a text ends");
                let text = rest[1..=length].replace('&', "&amp;").replace('<', "&lt;");
                out += &format!(r#"<Constant dataType="string">{text}</Constant>"#);
                length + 2
            }
            _ => {
                let end = rest.find([' ', ')']).unwrap_or(rest.len());
                let word = &rest[..end];
                out += &match word {
                    "?" => r#"<Constant missing="true" dataType="double"/>"#.to_owned(),
                    "true" | "false" => format!(r#"<Constant dataType="boolean">{word}</Constant>"#),
                    "NaN" | "INF" | "-INF" => format!(r#"<Constant dataType="double">{word}</Constant>"#),
                    _ if number::parse_i64(word).is_some() && !word.contains(['.', 'e']) => {
                        format!(r#"<Constant dataType="integer">{word}</Constant>"#)
                    }
                    _ if number::parse_f64(word).is_some() => {
                        format!(r#"<Constant dataType="double">{word}</Constant>"#)
                    }
                    _ => format!(r#"<FieldRef field="{word}"/>"#),
                };
                end
            }
        };
        rest = &rest[next..];
    }
    out
}
