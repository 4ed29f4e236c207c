//! `MiningSchema`: the treatment of a field's missing, invalid and outlying values before a model sees them.
//!
//! At the outermost model an input cell has one of three states, and one treatment each (section "MiningSchema" of the
//! standard): *missing* (absent, or one of the field's missing values), *invalid* (not of the type, declared invalid, or
//! outside of the domain) or *valid*. `asMissing` and `asMissingValues` lead on to the treatment of missing values.
//!
//! In a nested model the field already has a value, prepared by the model around it; the nested schema's treatments of
//! missing and outlying values apply to that value again. Its treatment of invalid values applies to those that an
//! outer schema used `asIs`, except `returnInvalid`: the outer schema has decided already.

mod domain;
pub mod treatment;

use super::field::{Domain, Field};
use super::list;
use super::scope::ScopeId;
use super::state::Lowering;
use crate::document::Name;
use crate::document::data_dictionary::DataField;
use crate::document::mining_schema::{
    InvalidValueTreatment, MiningField, MiningSchema, MissingValueTreatment, OutlierTreatment, UsageType,
};
use crate::error::{Error, Result};
use crate::ir::{Binary, FailureData, FailureKind, Id, Input, InputData, InputPart, Type};
use crate::lower::build::operand::{Operand, type_of};
use pmml_runtime::{CONVERTED, UNCONVERTIBLE};

/// Declares the fields of the outermost model's schema and prepares its active inputs.
pub fn lower<'d>(lowering: &mut Lowering<'d>, scope: ScopeId, schema: &'d MiningSchema) -> Result<()> {
    for mining_field in &schema.mining_fields {
        if !lowering.data_fields.contains_key(&mining_field.name) {
            // Some exporters list derived fields, which need no preparation, or a target without a declaration.
            if lowering.dictionary_fields.contains_key(&mining_field.name)
                || mining_field.usage_type != UsageType::Active
            {
                continue;
            }
            let message = format!(
                "`MiningField` refers to the field `{}`, which the DataDictionary lacks",
                mining_field.name
            );
            return Err(Error::invalid(mining_field.position, "MiningField", message));
        }
        lowering.scopes.declare_schema(scope, mining_field);
        if mining_field.usage_type == UsageType::Active {
            prepare_outermost(lowering, scope, mining_field)?;
        }
    }
    Ok(())
}

/// Prepares an input of the outermost model: active fields immediately, because an invalid value must fail
/// its row, others when something refers to them.
pub fn prepare_outermost<'d>(
    lowering: &mut Lowering<'d>,
    scope: ScopeId,
    mining_field: &'d MiningField,
) -> Result<Field<'d>> {
    let data_field = lowering.data_fields[&mining_field.name];
    let field = prepare_input(lowering, data_field, Some(mining_field))?;
    lowering.define(scope, &mining_field.name, field);
    Ok(field)
}

/// Declares the fields of a nested model's schema that change their values.
pub fn lower_nested<'d>(lowering: &mut Lowering<'d>, scope: ScopeId, schema: &'d MiningSchema) {
    for mining_field in &schema.mining_fields {
        if mining_field.usage_type != UsageType::Target && changes_values(mining_field) {
            lowering.scopes.declare_schema(scope, mining_field);
        }
    }
}

/// Returns the input of a field, adding it to the program on first use.
pub fn declare_input<'d>(lowering: &mut Lowering<'d>, data_field: &'d DataField, is_list: bool) -> Input {
    if let Some(input) = lowering.inputs.get(&data_field.name) {
        return *input;
    }
    let item = type_of(data_field.data_type);
    let (ty, items) = if is_list { (Type::List, Some(item)) } else { (item, None) };
    let input = lowering.builder.program_mut().inputs.push(InputData {
        name: data_field.name.to_string(),
        ty,
        items,
        nan: lowering.nan_is_number,
    });
    lowering.inputs.insert(data_field.name.clone(), input);
    input
}

/// Prepares a field of the DataDictionary that no schema lists. JPMML-Evaluator refuses it when a row first needs it;
/// its meaning is clear, so here it is an active field with the default treatments, and a warning. In a document
/// without a model all fields are such; like active fields they are prepared before anything uses them.
pub fn undeclared_input<'d>(lowering: &mut Lowering<'d>, scope: ScopeId, name: &Name) -> Result<Field<'d>> {
    let data_field = lowering.data_fields[name];
    if lowering.is_without_model {
        let suspended = lowering.builder.suspend();
        let field = prepare_input(lowering, data_field, None);
        if let Ok(field) = field {
            lowering.define(scope, name, field);
        }
        lowering.builder.restore(suspended);
        return field;
    }
    if !lowering.inputs.contains_key(name) {
        let message = format!("the field `{name}` is used, but no MiningSchema lists it");
        lowering.warn(data_field.position, "DataField", message);
    }
    let field = prepare_input(lowering, data_field, None)?;
    lowering.define(scope, name, field);
    Ok(field)
}

/// Prepares an input: classifies its cell and applies the treatments of invalid, outlying and missing values.
fn prepare_input<'d>(
    lowering: &mut Lowering<'d>,
    data_field: &'d DataField,
    mining_field: Option<&'d MiningField>,
) -> Result<Field<'d>> {
    let is_list = lowering.list_fields.contains(&data_field.name);
    let input = declare_input(lowering, data_field, is_list);
    let domain = Domain {
        optype: mining_field.and_then(|field| field.optype).unwrap_or(data_field.optype),
        values: &data_field.values,
        intervals: &data_field.intervals,
    };
    let builder = &mut lowering.builder;
    let value = builder.input(input, InputPart::Value);
    let state = builder.input(input, InputPart::State);
    let converted = builder.i64(CONVERTED);
    let converted = builder.binary(Binary::Equal, state, converted);
    if is_list {
        let operand = Operand { value, present: Some(converted), data_type: data_field.data_type, is_list };
        return list::prepare(
            lowering,
            data_field,
            mining_field,
            Field { operand, domain, valid: None, input: Some(input) },
        );
    }
    let unconvertible = builder.i64(UNCONVERTIBLE);
    let unconvertible = builder.binary(Binary::Equal, state, unconvertible);
    let mut cell = domain::Cell { input, value, converted, unconvertible };
    let (in_domain, watched) = domain::classify(lowering, &mut cell, data_field, domain)?;

    let builder = &mut lowering.builder;
    let convertible_invalid = in_domain.map(|valid| {
        let invalid = builder.not(valid);
        builder.and(cell.converted, invalid)
    });
    let invalid = match convertible_invalid {
        Some(invalid) => builder.or(cell.unconvertible, invalid),
        None => cell.unconvertible,
    };
    let (treatment, replacement) = lowering.invalid.treatment(&data_field.name, mining_field);
    // Exporters write the ranges of training data as intervals, and numbers outside of them are common. If they are
    // used as they are, and the caller set no rule, counting them would cost more than some models do.
    let is_usual = treatment == InvalidValueTreatment::AsIs
        && !watched.names_values()
        && !lowering.invalid.has_rule(&data_field.name);
    if treatment != InvalidValueTreatment::ReturnInvalid && !is_usual {
        lowering.watched.insert(input.index(), watched);
    }
    let builder = &mut lowering.builder;
    // The value as it is, if there is one.
    let mut operand = Operand::optional(value, cell.converted, data_field.data_type);
    let mut valid = None;
    match (treatment, replacement) {
        (InvalidValueTreatment::ReturnInvalid, _) => {
            let failure = FailureData::new(Some(input), FailureKind::InvalidValue, "");
            builder.fail_if(invalid, failure);
        }
        (InvalidValueTreatment::AsMissing, _) => {
            let valid = builder.not(invalid);
            operand = operand.only_if(builder, valid);
        }
        (InvalidValueTreatment::AsIs | InvalidValueTreatment::AsValue, Some(replacement)) => {
            operand = treatment::replace(lowering, operand, Some(input), invalid, replacement, mining_field)?;
        }
        (InvalidValueTreatment::AsIs | InvalidValueTreatment::AsValue, None) => {
            // A string that is not a number cannot be used as one.
            let message = ", and cannot be used as it is";
            let failure = FailureData::new(Some(input), FailureKind::InvalidValue, message);
            builder.fail_if(cell.unconvertible, failure);
            valid = convertible_invalid.map(|invalid| builder.not(invalid));
        }
    }
    let mut field = Field { operand, domain, valid, input: Some(input) };
    if let Some(mining_field) = mining_field {
        // Only valid values can be outliers: an invalid one that is used as it is stays as it is.
        let outliers_among = match treatment {
            InvalidValueTreatment::AsIs | InvalidValueTreatment::AsValue => {
                Some(lowering.builder.not(invalid))
            }
            _ => None,
        };
        treatment::treat_outliers(&mut lowering.builder, &mut field, mining_field, outliers_among)?;
        treatment::treat_missing(lowering, &mut field, mining_field)?;
    }
    Ok(field)
}

/// Prepares a field of a nested model: treats the value that the model around it has again. Returns `None` if the field
/// is unknown there.
pub fn prepare_nested<'d>(
    lowering: &mut Lowering<'d>,
    scope: ScopeId,
    mining_field: &'d MiningField,
) -> Result<Option<Field<'d>>> {
    let outer = match lowering.scopes.parent(scope) {
        Some(parent) => lowering.find_field(parent, &mining_field.name)?,
        None => None,
    };
    let Some(mut field) = outer else { return Ok(None) };
    let mut among = None;
    if let Some(valid) = field.valid {
        let (treatment, replacement) = lowering.invalid.treatment(&mining_field.name, Some(mining_field));
        match treatment {
            InvalidValueTreatment::ReturnInvalid | InvalidValueTreatment::AsIs => among = Some(valid),
            InvalidValueTreatment::AsMissing => {
                field.operand = field.operand.only_if(&mut lowering.builder, valid);
                field.valid = None;
            }
            InvalidValueTreatment::AsValue => {
                if let Some(replacement) = replacement {
                    let invalid = lowering.builder.not(valid);
                    field.operand = treatment::replace(
                        lowering,
                        field.operand,
                        field.input,
                        invalid,
                        replacement,
                        Some(mining_field),
                    )?;
                    field.valid = None;
                }
            }
        }
    }
    if let Some(optype) = mining_field.optype {
        field.domain.optype = optype;
    }
    treatment::treat_outliers(&mut lowering.builder, &mut field, mining_field, among)?;
    treatment::treat_missing(lowering, &mut field, mining_field)?;
    lowering.define(scope, &mining_field.name, field);
    Ok(Some(field))
}

/// Returns whether a nested model's schema changes a field that the model around it has prepared.
fn changes_values(field: &MiningField) -> bool {
    field.outliers != OutlierTreatment::AsIs
        || field.missing_value_replacement.is_some()
        || field.missing_value_treatment == Some(MissingValueTreatment::ReturnInvalid)
        || matches!(
            field.invalid_value_treatment,
            InvalidValueTreatment::AsMissing | InvalidValueTreatment::AsValue
        )
        || field.optype.is_some()
}
