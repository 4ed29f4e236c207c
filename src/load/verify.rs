//! `ModelVerification`: rows in a document, with the results that its producer computed for them.

use super::row_error::RowError;
use super::scorer::Scorer;
use pmml_compiler::document::Name;
use pmml_compiler::document::inline_table::Row;
use pmml_compiler::document::model_verification::{ModelVerification, VerificationField};
use pmml_compiler::signature::Field;
use pmml_runtime::compiled::{Deviation, Value, agrees};
use pmml_table::Groups;

/// Comparison of a model's results with the expected results in its document.
#[derive(Clone, Debug, PartialEq)]
pub struct Verification {
    /// The number of rows that were scored.
    pub rows: usize,
    /// The number of results that were compared.
    pub compared: usize,
    /// The results that differ, in order of rows.
    pub differences: Vec<Difference>,
}

/// A result that differs from the one in the document.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The number of the row, from 0.
    pub row: usize,
    /// The name of the result.
    pub field: String,
    /// The expected result, from the document.
    pub expected: String,
    /// The model's result, or an error if the row failed.
    pub actual: Result<Value<'static>, RowError>,
    /// The deviation of the two, if they are numbers.
    pub deviation: Option<Deviation>,
}

/// Scores the rows of a document and compares their results. Rows of a model that takes lists are compared group by group,
/// see
/// [`Signature::group`](crate::Signature): lists consist of the non-empty cells of the group's rows, and all other fields
/// have the cell of its first row.
pub(crate) fn verify(scorer: &mut Scorer, verification: &ModelVerification) -> Verification {
    let signature = scorer.signature().clone();
    let number_of = |fields: &[Field], field: &VerificationField| {
        fields.iter().position(|known| known.name == *field.field)
    };
    let mut report = Verification { rows: 0, compared: 0, differences: Vec::new() };
    let column = |field: &VerificationField| field.column.clone().unwrap_or_else(|| field.field.clone());
    let group = verification
        .verification_fields
        .iter()
        .find(|field| signature.group.as_ref().is_some_and(|group| *field.field == **group))
        .map(column);
    for rows in grouped(&verification.inline_table.rows, group.as_ref()) {
        scorer.clear();
        let cells = |field: &VerificationField| -> Vec<&str> {
            let column = column(field);
            let cells = rows.iter().filter_map(|row| row.get(&column));
            cells.map(|cell| cell.as_str()).filter(|cell| !cell.is_empty()).collect()
        };
        let cell = |field: &VerificationField| {
            let cell = rows.first()?.get(&column(field))?.as_str();
            (!cell.is_empty()).then_some(cell)
        };
        for field in &verification.verification_fields {
            let Some(input) = number_of(&signature.inputs, field) else { continue };
            if signature.inputs[input].is_list {
                scorer.set(0, input, &Value::from(cells(field)));
            } else if let Some(cell) = cell(field) {
                scorer.set(0, input, &Value::from(cell));
            }
        }
        scorer.run(1);
        if scorer.is_interrupted() {
            break;
        }
        for field in &verification.verification_fields {
            let Some(result) = number_of(&signature.results, field) else { continue };
            let is_list = signature.results[result].is_list;
            let expected = if is_list { cells(field) } else { cell(field).into_iter().collect() };
            let Some(first) = expected.first().copied() else { continue };
            report.compared += 1;
            let actual = match scorer.error(0) {
                Some(error) => Err(error),
                None => Ok(scorer.value(0, result).into_owned()),
            };
            let agrees = |expected: &str, actual: &Value<'_>| {
                agrees(expected, actual, field.precision, field.zero_threshold)
            };
            let is_same = match &actual {
                Err(_) => false,
                Ok(Value::List(items)) => {
                    items.len() == expected.len()
                        && expected.iter().zip(items).all(|(expected, item)| agrees(expected, item))
                }
                Ok(actual) => agrees(first, actual),
            };
            if !is_same {
                let deviation = actual
                    .as_ref()
                    .ok()
                    .and_then(|actual| Deviation::of(first, actual, field.precision, field.zero_threshold));
                let expected = if is_list { Value::from(expected).to_string() } else { first.to_owned() };
                report.differences.push(Difference {
                    row: report.rows,
                    field: field.field.to_string(),
                    expected,
                    actual,
                    deviation,
                });
            }
        }
        report.rows += 1;
    }
    report
}

/// Groups rows with the same cell in a column, in the order in which the groups begin; without a column, each row is a group.
fn grouped<'v>(rows: &'v [Row], column: Option<&Name>) -> Vec<Vec<&'v Row>> {
    let Some(column) = column else { return rows.iter().map(|row| vec![row]).collect() };
    let mut groups = Groups::new(false);
    for row in rows {
        let name = row.get(column).map(|cell| cell.as_str()).unwrap_or_default();
        groups.add(name, row, |row| vec![row], Vec::push);
    }
    groups.end()
}
