//! Treatments: the replacement of missing, invalid and outlying values.

use crate::document::Name;
use crate::document::data_dictionary::DataType;
use crate::document::mining_schema::{MiningField, MissingValueTreatment, OutlierTreatment};
use crate::error::{Error, Result};
use crate::ir::{Binary, Builder, FailureData, FailureKind, Input, Type, Value};
use crate::lower::build::operand::{Operand, is_numeric, type_of};
use crate::lower::build::{literal, numbers};
use crate::lower::field::Field;
use crate::lower::state::Lowering;

/// Replaces a value if a condition is true. If the replacement is not a value of the field's type, rows that need it
/// fail.
pub(super) fn replace(
    lowering: &mut Lowering<'_>,
    operand: Operand,
    input: Option<Input>,
    condition: Value,
    replacement: &Name,
    mining_field: Option<&MiningField>,
) -> Result<Operand> {
    let Some(constant) = literal::parse(&mut lowering.builder, operand.data_type, replacement) else {
        if let Some(mining_field) = mining_field {
            let data_type = operand.data_type;
            no_replacement(lowering, mining_field, input, condition, replacement, data_type, "invalid");
        }
        return Ok(operand);
    };
    let value = lowering.builder.constant(constant);
    let replacement = Operand::present(value, operand.data_type);
    Ok(Operand::choose(&mut lowering.builder, condition, replacement, operand))
}

/// Makes rows fail that need a replacement that is not a value of its field, and warns of it: H2O replaces missing
/// integers by their mean.
pub fn no_replacement(
    lowering: &mut Lowering<'_>,
    mining_field: &MiningField,
    input: Option<Input>,
    condition: Value,
    replacement: &Name,
    data_type: DataType,
    replaced: &str,
) {
    let reason = format!("its replacement `{replacement}` is not a value of the type {data_type}");
    let warning = format!(
        "`MiningField` replaces {replaced} values of `{}`, but {reason}: rows that need it fail",
        mining_field.name
    );
    lowering.warn(mining_field.position, "MiningField", warning);
    let (kind, missing) = match replaced {
        "missing" => (FailureKind::MissingValue, "is missing"),
        _ => (FailureKind::InvalidValue, ""),
    };
    let message = format!("{missing}, and {reason}");
    lowering.builder.fail_if(condition, FailureData::new(input, kind, message));
}

/// Applies the treatment of outliers to the values for which `among` is true. Fails if the field is not a number, or
/// the schema has no bounds.
pub(super) fn treat_outliers(
    builder: &mut Builder,
    field: &mut Field<'_>,
    mining_field: &MiningField,
    among: Option<Value>,
) -> Result<()> {
    if mining_field.outliers == OutlierTreatment::AsIs {
        return Ok(());
    }
    let operand = field.operand;
    if !is_numeric(operand.data_type) {
        let message =
            format!("`MiningField` treats outliers of `{}`, which is not a number", mining_field.name);
        return Err(Error::invalid(mining_field.position, "MiningField", message));
    }
    if mining_field.low_value.is_none() && mining_field.high_value.is_none() {
        let message = format!(
            "`MiningField` treats outliers of `{}`, but has neither lowValue nor highValue",
            mining_field.name
        );
        return Err(Error::invalid(mining_field.position, "MiningField", message));
    }
    let number = numbers::to_f64(builder, operand.value, operand.data_type);
    let bounds = [(mining_field.low_value, Binary::Less), (mining_field.high_value, Binary::Greater)];
    for (bound, comparison) in bounds {
        let Some(bound) = bound else { continue };
        let limit = builder.f64(bound);
        let mut outlier = builder.binary(comparison, number, limit);
        if let Some(among) = among {
            outlier = builder.and(among, outlier);
        }
        match mining_field.outliers {
            OutlierTreatment::AsIs => {}
            OutlierTreatment::AsMissingValues => {
                let kept = builder.not(outlier);
                field.operand = field.operand.only_if(builder, kept);
            }
            OutlierTreatment::AsExtremeValues => {
                // An integer field takes the nearest integer within the bound.
                let extreme = match (type_of(operand.data_type), comparison) {
                    (Type::I64, Binary::Less) => bound.ceil(),
                    (Type::I64, _) => bound.floor(),
                    _ => bound,
                };
                let extreme = numbers::constant(builder, extreme, operand.data_type);
                field.operand.value = builder.select(outlier, extreme, field.operand.value);
            }
        }
    }
    Ok(())
}

/// Applies the treatment of missing values: makes the row fail, or replaces them.
pub(super) fn treat_missing<'d>(
    lowering: &mut Lowering<'d>,
    field: &mut Field<'d>,
    mining_field: &MiningField,
) -> Result<()> {
    if mining_field.missing_value_treatment == Some(MissingValueTreatment::ReturnInvalid) {
        if let Some(present) = field.operand.present {
            let missing = lowering.builder.not(present);
            let message = "must not be missing";
            let failure = FailureData::new(field.input, FailureKind::MissingValue, message);
            lowering.builder.fail_if(missing, failure);
        }
        return Ok(());
    }
    let Some(replacement) = &mining_field.missing_value_replacement else { return Ok(()) };
    let data_type = field.operand.data_type;
    if replacement.is_empty() && data_type != DataType::String {
        let message =
            format!("the replacement of missing values of `{}` is empty and is not used", mining_field.name);
        lowering.warn(mining_field.position, "MiningField", message);
        return Ok(());
    }
    let Some(constant) = literal::parse(&mut lowering.builder, data_type, replacement) else {
        if let Some(present) = field.operand.present {
            let missing = lowering.builder.not(present);
            no_replacement(lowering, mining_field, field.input, missing, replacement, data_type, "missing");
        }
        return Ok(());
    };
    let value = lowering.builder.constant(constant);
    let replacement = Operand::present(value, data_type);
    field.operand = field.operand.or(&mut lowering.builder, replacement);
    Ok(())
}
