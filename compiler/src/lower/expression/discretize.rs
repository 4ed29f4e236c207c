//! `Discretize`: sorts numbers into bins.

use crate::document::Name;
use crate::document::data_dictionary::DataType;
use crate::document::expression::Discretize;
use crate::error::{Error, Position, Result};
use crate::ir::{Binary, Value};
use crate::lower::build::operand::Operand;
use crate::lower::build::{interval, literal};
use crate::lower::scope::ScopeId;
use crate::lower::state::Lowering;
use crate::lower::{checked, convert};

/// Lowers the value of the bin that contains the field's value. Bins should not overlap; if they do, the last one
/// counts, as in JPMML-Evaluator.
pub fn lower<'d>(
    lowering: &mut Lowering<'d>,
    scope: ScopeId,
    discretize: &'d Discretize,
    expected: Option<DataType>,
) -> Result<Operand> {
    let (position, element) = (discretize.position, "Discretize");
    let field = lowering.field(scope, &discretize.field, position, element)?;
    let argument = match field.operand.data_type {
        DataType::String | DataType::Boolean => {
            convert::cast(lowering, field.operand, DataType::Double, position, element)?
        }
        _ => field.operand,
    };
    if argument.is_list {
        let message = "`Discretize` sorts a list of values into bins";
        return Err(Error::unsupported(position, element, message));
    }
    let bins = &discretize.discretize_bins;
    let values = bins.iter().map(|bin| &*bin.bin_value);
    let replacements = discretize.map_missing_to.iter().chain(&discretize.default_value);
    let data_type = discretize
        .data_type
        .or(expected)
        .unwrap_or_else(|| literal::common_type(values.chain(replacements.map(|text| &**text))));
    let mut faults = Faults::default();
    let default_value = discretize.default_value.as_ref();
    let (mut result, default_fault) = faults.value(lowering, default_value, data_type, position, element);
    let mut choices = Vec::with_capacity(bins.len() + 1);
    for bin in bins {
        let (value, fault) =
            faults.value(lowering, Some(&bin.bin_value), data_type, bin.position, "DiscretizeBin");
        let within =
            interval::within(&mut lowering.builder, argument.value, argument.data_type, &bin.interval);
        result = Operand::choose(&mut lowering.builder, within, value, result);
        choices.push((within, fault));
    }
    if let Some(present) = argument.present {
        let map_missing_to = discretize.map_missing_to.as_ref();
        let (otherwise, fault) = faults.value(lowering, map_missing_to, data_type, position, element);
        result = Operand::choose(&mut lowering.builder, present, result, otherwise);
        if !faults.reasons.is_empty() {
            choices.push((lowering.builder.not(present), fault));
        }
    }
    faults.fail(lowering, default_fault, choices);
    Ok(result)
}

/// The values of bins that are not of the result's type.
#[derive(Default)]
struct Faults {
    reasons: Vec<String>,
}

impl Faults {
    /// Returns the operand of a literal, missing if there is none, and the number of its fault, or -1.
    fn value(
        &mut self,
        lowering: &mut Lowering<'_>,
        text: Option<&Name>,
        data_type: DataType,
        position: Position,
        element: &str,
    ) -> (Operand, i64) {
        let read = text.map(|text| checked::needed_literal(lowering, data_type, text, position, element));
        match read {
            Some(Ok(operand)) => (operand, -1),
            None => (Operand::missing(&mut lowering.builder, data_type), -1),
            Some(Err(reason)) => {
                self.reasons.push(reason);
                (Operand::missing(&mut lowering.builder, data_type), self.reasons.len() as i64 - 1)
            }
        }
    }

    /// Makes rows fail whose value has a fault: that of the last choice whose condition is true, else `first`.
    fn fail(self, lowering: &mut Lowering<'_>, first: i64, choices: Vec<(Value, i64)>) {
        if self.reasons.is_empty() {
            return;
        }
        let mut chosen = lowering.builder.i64(first);
        for (condition, fault) in choices {
            let fault = lowering.builder.i64(fault);
            chosen = lowering.builder.select(condition, fault, chosen);
        }
        for (fault, reason) in (0..).zip(self.reasons) {
            let fault = lowering.builder.i64(fault);
            let fails = lowering.builder.binary(Binary::Equal, chosen, fault);
            lowering.fail_where(Some(fails), reason);
        }
    }
}
