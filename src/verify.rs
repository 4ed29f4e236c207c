//! `ModelVerification`: rows that a document carries, with the results that its producer computed for them.

use crate::{RowError, Scorer, Value};
use pmml_compiler::pmml::model_verification::{ModelVerification, VerificationField};
use pmml_runtime::compiled::agrees;

/// How a model's results compare with those that its document carries.
#[derive(Clone, Debug, PartialEq)]
pub struct Verification {
    /// How many rows were scored.
    pub rows: usize,
    /// How many results were compared.
    pub compared: usize,
    /// What differs, in order of rows.
    pub differences: Vec<Difference>,
}

/// A result that differs from the one in the document.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The number of the row, from 0.
    pub row: usize,
    /// The result.
    pub field: String,
    /// What the document says.
    pub expected: String,
    /// What the model says; an error where the row failed.
    pub actual: Result<Value<'static>, RowError>,
}

pub(crate) fn verify(scorer: &mut Scorer, verification: &ModelVerification) -> Verification {
    let signature = scorer.signature().clone();
    let number_of = |fields: &[crate::Field], field: &VerificationField| {
        fields.iter().position(|known| known.name == *field.field)
    };
    let mut report = Verification { rows: 0, compared: 0, differences: Vec::new() };
    for row in &verification.inline_table.rows {
        scorer.clear();
        let cell = |field: &VerificationField| {
            let column = field.column.as_ref().unwrap_or(&field.field);
            row.get(column).map(|text| text.as_str()).filter(|text| !text.is_empty())
        };
        for field in &verification.verification_fields {
            if let (Some(input), Some(text)) = (number_of(&signature.inputs, field), cell(field)) {
                scorer.set(0, input, &Value::from(text));
            }
        }
        scorer.run(1);
        for field in &verification.verification_fields {
            let (Some(result), Some(expected)) = (number_of(&signature.results, field), cell(field)) else {
                continue;
            };
            report.compared += 1;
            let actual = match scorer.error(0) {
                Some(error) => Err(error),
                None => Ok(scorer.value(0, result).into_owned()),
            };
            if !actual
                .as_ref()
                .is_ok_and(|actual| agrees(expected, actual, field.precision, field.zero_threshold))
            {
                report.differences.push(Difference {
                    row: report.rows,
                    field: field.field.to_string(),
                    expected: expected.to_owned(),
                    actual,
                });
            }
        }
        report.rows += 1;
    }
    report
}
